/* What was refused, held or discarded, and connections. */
#include "base/ascii.h"
#include "base/clock.h"
#include "report/reason.h"
#include "report/tally_internal.h"

/* --- refusals --- */

struct place {
    enum tally_list list;
    enum tally_total total;
};

static const struct place places[MAIL_KINDS] = {
    [MAIL_REJECT] = {LIST_REJECTED, TOTAL_REJECTED},
    [MAIL_REJECT_WARNING] = {LIST_WARNED, TOTAL_WARNED},
    [MAIL_HOLD] = {LIST_HELD, TOTAL_HELD},
    [MAIL_DISCARD] = {LIST_DISCARDED, TOTAL_DISCARDED},
    [MAIL_WARNING] = {LIST_WARNED, TOTAL_WARNED},
};

/* "<>" for an address that is empty or not there. */
static struct span
envelope(struct span address)
{
    return address.len ? address : SPAN("<>");
}

static void
add_address(struct tally *t, struct buf *out, struct span address, bool is_sender)
{
    if (is_sender && t->options.address.verp > 0)
        address_verp(out, address, t->options.address.verp);
    else
        buf_add(out, address);
}

static void
add_in_brackets(struct tally *t, struct span address, bool is_sender)
{
    buf_add_text(&t->key, "  (");
    add_address(t, &t->key, address, is_sender);
    buf_add_byte(&t->key, ')');
}

/* All behind the client; and the client with its port, as the line has it. */
static struct span
behind_client(const struct tally_step *s, struct span *client)
{
    const struct mail_line *m = s->mail;
    const char *end = s->line->message.ptr + s->line->message.len;
    struct span rest;

    *client = (struct span){0};
    if (!m->name.ptr)
        return m->text; /* a line that names none */
    rest = span_between(m->name.ptr, end);
    if (!span_cut(rest, SPAN(": "), client, &rest))
        *client = rest;
    return rest;
}

/* By whom it is counted: the sender, the recipient, or the client. */
static void
add_whom(struct tally *t, const struct tally_step *s, struct span reason)
{
    const struct mail_line *m = s->mail;
    struct span from = envelope(m->sender);
    struct span to = envelope(m->recipient);
    size_t begin = t->key.len;
    struct span client;

    if (reason_is_sender(reason)) {
        add_address(t, &t->key, from, true);
        if (t->options.adds_recipient)
            add_in_brackets(t, to, false);
    } else if (span_eq(reason, SPAN("Improper use of SMTP command pipelining"))) {
        (void)behind_client(s, &client);
        buf_add(&t->key, client);
    } else {
        if (reason_is_recipient(reason))
            buf_add(&t->key, to);
        else
            reason_domain(&t->key, m->name, m->address);
        if (t->options.adds_sender)
            add_in_brackets(t, from, true);
    }
    for (size_t i = begin; t->options.address.ignores_case && i < t->key.len; i++)
        t->key.ptr[i] = ascii_lower(t->key.ptr[i]);
}

/* smtpd's and postscreen's: stage, reason, whom. */
static void
of_session(struct tally *t, const struct tally_step *s)
{
    struct span client;
    struct span reason =
        t->options.is_verbose ? behind_client(s, &client) : reason_of_reply(s->mail);

    tally_begin_key(t, s->mail->stage);
    if (!t->options.is_verbose && span_starts(reason, SPAN("Server configuration ")))
        buf_add_text(&t->key, "(Local) ");
    buf_add(&t->key, reason);
    buf_add_byte(&t->key, '\0');
    add_whom(t, s, reason);
}

/* What cleanup looked at and found; false when a warning is about something else. */
static bool
read_content(const struct tally_step *s, struct span *stage, struct span *rest)
{
    const struct mail_line *m = s->mail;
    const char *end = s->line->message.ptr + s->line->message.len;

    if (m->kind == MAIL_WARNING)
        return span_cut(m->text, SPAN(" "), stage, rest) &&
               (span_eq(*stage, SPAN("header")) || span_eq(*stage, SPAN("body")) ||
                span_eq(*stage, SPAN("END-OF-MESSAGE")));
    if (!m->stage.ptr)
        return false;
    *stage = m->stage;
    *rest = span_from(span_between(m->stage.ptr + m->stage.len, end), 1);
    return true;
}

/* cleanup's: its name, what was looked at, what was found. */
static void
of_content(struct tally *t, const struct tally_step *s, struct span stage,
           struct span rest)
{
    tally_begin_key(t, s->mail->daemon);
    buf_add(&t->key, stage);
    buf_add_byte(&t->key, '\0');
    reason_cut(&t->key, t->options.is_verbose ? rest : reason_of_check(rest),
               tally_limit(t, 64));
}

void
tally_refusal(struct tally *t, const struct tally_step *s)
{
    const struct place *place = &places[s->mail->kind];
    bool is_cleanup = span_eq(s->mail->daemon, SPAN("cleanup"));
    struct span stage, rest;

    if (is_cleanup && read_content(s, &stage, &rest))
        of_content(t, s, stage, rest);
    else if (!is_cleanup && s->mail->kind != MAIL_WARNING)
        of_session(t, s);
    else
        return;
    t->total[place->total] += s->times;
    tally_add_flow(t, s, FLOW_REJECTED, s->wall_us);
    tally_add_to_list(t, place->list, s->times);
}

/* --- connections --- */

/* Only smtpd's are counted, as far as their pid is a number. */
static bool
read_pid(const struct tally *t, const struct tally_step *s, uint32_t *pid)
{
    uint64_t n;

    if (!t->options.has_sessions || !span_eq(s->mail->daemon, SPAN("smtpd")) ||
        !span_u64(s->line->pid, 1, UINT32_MAX, &n))
        return false;
    *pid = (uint32_t)n;
    return true;
}

void
tally_connect(struct tally *t, const struct tally_step *s)
{
    uint32_t pid;
    int64_t *since_us;

    if (!read_pid(t, s, &pid))
        return;
    if (table_is_full(&t->connects) && !table_find(&t->connects, &pid)) {
        table_remove(&t->connects, table_oldest(&t->connects));
        t->budget.dropped++;
    }
    since_us = table_put(&t->connects, &pid);
    if (since_us)
        *since_us = s->wall_us;
}

static void
add_session(struct tally_sessions *sum, uint64_t seconds)
{
    sum->count++;
    sum->total_s += seconds;
    if (seconds > sum->longest_s)
        sum->longest_s = seconds;
}

/* Whole seconds of both ends, as logs without fractions have them. */
static uint64_t
seconds_between(int64_t from_us, int64_t to_us)
{
    return to_us > from_us ? (uint64_t)(to_us / SECOND_US - from_us / SECOND_US) : 0;
}

void
tally_disconnect(struct tally *t, const struct tally_step *s)
{
    struct tally_sessions *domain;
    uint64_t seconds;
    int64_t *since_us;
    uint32_t pid;

    if (!read_pid(t, s, &pid))
        return;
    since_us = table_find(&t->connects, &pid);
    if (!since_us)
        return;
    seconds = seconds_between(*since_us, s->wall_us);
    table_remove(&t->connects, since_us);
    buf_clear(&t->text);
    reason_domain(&t->text, s->mail->name, s->mail->address);
    domain = texts_put(&t->session_domains, buf_span(&t->text));
    if (domain)
        add_session(domain, seconds);
    add_session(&t->hour_sessions[s->hour], seconds);
    add_session(&s->day->sessions, seconds);
    add_session(&t->sessions, seconds);
}
