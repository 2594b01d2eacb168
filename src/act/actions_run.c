/* The commands of actions: their texts, and running one. */
#include <ctype.h>

#include "act/actions_internal.h"
#include "act/mail.h"
#include "base/clock.h"
#include "base/mem.h"

/* --- texts --- */

const char *
actions_text(const struct action *a, enum action_event event, unsigned family)
{
    return a->config
        ->commands[event][family == FAMILY_INET6 ? ACTION_INET6 : ACTION_INET4];
}

bool
actions_has(const struct action *a, enum action_event event, unsigned family)
{
    for (const char *c = actions_text(a, event, family); *c; c++)
        if (!isspace((unsigned char)*c))
            return true;
    return false;
}

static struct span
family_name(unsigned family)
{
    static const char *const names[FAMILIES] = {"", "inet4", "inet6", ""};

    return span_of(names[family]);
}

unsigned
actions_family(const struct actions_jail *j)
{
    const struct ticket *t = &j->job->kept->ticket;

    if (t->id.len)
        return FAMILY_NONE;
    return t->who.family == 6 ? FAMILY_INET6 : FAMILY_INET4;
}

struct action *
actions_present(struct actions_jail *j)
{
    return &j->list[j->job->kind == JOB_STOP ? j->count - 1 - j->at : j->at];
}

static struct ticket_words
words_of(const struct actions_jail *j, const struct action *a)
{
    return (struct ticket_words){.timeout_s = a->config->timeout_s,
                                 .host = j->actions->setup.host};
}

/* The command of an event that is for no ban, with its family in it. */
char *
actions_shared_text(const struct actions_jail *j, const struct action *a,
                    enum action_event event, unsigned family)
{
    struct ticket_words words = words_of(j, a);
    struct ticket_command c = {0};
    char *text;

    words.family = family_name(family);
    ticket_command(&words, actions_text(a, event, family),
                   &c); /* no value: none is foreign */
    text = buf_detach(&c.text);
    ticket_command_fini(&c);
    return text;
}

/* --- what was run of families --- */

void
actions_forget_run(struct action *a, enum action_event event, unsigned family)
{
    char *text = a->run[event][family];

    a->run[event][family] = NULL;
    for (size_t i = 0; text && i < FAMILIES; i++)
        if (a->run[event][i] && strcmp(a->run[event][i], text) == 0) {
            mem_free(a->run[event][i]);
            a->run[event][i] = NULL;
        }
    mem_free(text);
}

void
actions_forget_all(struct action *a, enum action_event event)
{
    for (unsigned family = 0; family < FAMILIES; family++)
        actions_forget_run(a, event, family);
}

void
actions_note_run(struct action *a, enum action_event event, unsigned family,
                 const char *text)
{
    mem_free(a->run[event][family]);
    a->run[event][family] = mem_copy_text(text, strlen(text));
}

static bool
was_run(const struct action *a, enum action_event event, unsigned family,
        const char *text)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (i != family && a->run[event][i] && strcmp(a->run[event][i], text) == 0)
            return true;
    return false;
}

/* --- running --- */

static const char *
command_name(const struct actions_jail *j)
{
    return config_action_event_name(j->event);
}

void
actions_say_failed(struct actions_jail *j, const struct run_end *end)
{
    const struct actions_setup *s = &j->actions->setup;

    s->failed(s->ctx,
              &(struct actions_failure){.jail = s->config->jails[j->number].name,
                                        .action = actions_present(j)->config->name,
                                        .command = command_name(j),
                                        .end = end});
}

static struct span
mail_lines(const struct action *a, const struct ticket *t)
{
    if (!t || a->config->mail_lines == ACTION_LINES_NONE)
        return (struct span){0};
    if (a->config->mail_lines == ACTION_LINES_OF_JAIL)
        return t->jail_matches;
    return a->config->mail_lines == ACTION_LINES_OF_BAN ? t->matches : t->all_matches;
}

/* For how long somebody is banned, and what for. */
static void
tell_ban(const struct ticket *t, struct span who, const char *jail, struct span lines,
         struct buf *body)
{
    struct span line;

    buf_printf(body, "%.*s has been banned ", SPAN_FMT(who));
    if (t->bantime_s < 0)
        buf_add_text(body, "for good");
    else
        buf_printf(body, "for %lld seconds", (long long)t->bantime_s);
    buf_printf(body, " after %u failures in jail %s.\n", t->failures, jail);
    buf_add_text(body, lines.len ? "\nIts lines:\n" : "");
    while (span_line(&lines, &line)) {
        buf_escaped(body, line);
        buf_add_byte(body, '\n');
    }
}

/* What smtp.py writes, in our words. */
static void
make_mail(const struct actions_jail *j, const struct action *a, struct buf *out)
{
    const struct actions_setup *s = &j->actions->setup;
    const char *jail = s->config->jails[j->number].name;
    const struct ticket *t = j->job->kept ? &j->job->kept->ticket : NULL;
    struct buf subject = {0}, body = {0}, who = {0};

    if (t)
        ticket_add_id(t, &who);
    buf_printf(&subject, "[Fail2Ban] %s: ", jail);
    if (t)
        buf_printf(&subject, "banned %.*s from ", SPAN_FMT(buf_span(&who)));
    else
        buf_printf(&subject, "%s on ", j->event == ACTION_START ? "started" : "stopped");
    buf_add(&subject, s->host);
    if (t)
        tell_ban(t, buf_span(&who), jail, mail_lines(a, t), &body);
    else
        buf_printf(&body, "The jail %s has been %s.\n", jail,
                   j->event == ACTION_START ? "started" : "stopped");
    mail_build(
        &(struct mail){.name = span_of(a->config->mail_name ? a->config->mail_name : ""),
                       .from = a->config->mail_from,
                       .to = a->config->mail_to,
                       .time_us = clock_wall_us(),
                       .host = s->host,
                       .id = (uint64_t)clock_boot_us(),
                       .subject = buf_span(&subject),
                       .body = buf_span(&body)},
        out);
    buf_fini(&who);
    buf_fini(&subject);
    buf_fini(&body);
}

/* Runs shell text; actions_step_ended() is called, maybe at once. */
static void
run(struct actions_jail *j, const struct ticket_command *c)
{
    const struct action *a = actions_present(j);
    struct buf input = {0};
    struct run_order order = {.id = j->number,
                              .shell = c->text.ptr,
                              .timeout_us = a->config->timeout_s * SECOND_US,
                              .grace_us = ACTIONS_GRACE_US,
                              .argument_count = c->count};

    for (size_t i = 0; i < c->count; i++)
        order.arguments[i] = buf_span(&c->values[i]);
    if (a->config->mail_to)
        make_mail(j, a, &input);
    order.input = buf_span(&input);
    j->is_running = true;
    /* Each jail has one at a time, and there is room for all jails. */
    must(runs_add(&j->actions->runs, &order));
    buf_fini(&input);
}

/* The command of the present event, for the ban of the job or, `ticket` being an empty
 * one, for none. */
void
actions_run_command(struct actions_jail *j, const struct ticket *ticket, unsigned family,
                    const char *text)
{
    struct ticket_words words = words_of(j, actions_present(j));
    struct ticket_command c = {0};

    words.ticket = ticket;
    words.family = family == FAMILY_NONE ? SPAN("None") : family_name(family);
    ticket_command(&words, text, &c);
    if (c.is_too_much) {
        actions_say_failed(j, NULL);
        actions_go_on(j, false);
    } else if (c.text.len == 0) {
        actions_go_on(j, true);
    } else {
        run(j, &c);
    }
    ticket_command_fini(&c);
}

/* Runs the present event for a family, unless another family had the same command. */
void
actions_run_shared(struct actions_jail *j, unsigned family)
{
    const struct config_jail *jail = &j->actions->setup.config->jails[j->number];
    struct action *a = actions_present(j);
    struct ticket none = {.time_us = clock_wall_us(), .bantime_s = jail->bantime_s};
    char *text = actions_shared_text(j, a, j->event, family);

    if (!text[0] || was_run(a, j->event, family, text))
        actions_go_on(j, true);
    else
        actions_run_command(j, &none, family, text);
    mem_free(text);
}

/* actioncheck and actionrepair know of no ban at all. */
void
actions_run_bare(struct actions_jail *j, unsigned family)
{
    struct ticket_command c = {0};

    c.text.ptr = actions_shared_text(j, actions_present(j), j->event, family);
    c.text.len = strlen(c.text.ptr);
    c.text.room = c.text.len + 1;
    if (c.text.len == 0)
        actions_go_on(j, true);
    else
        run(j, &c);
    ticket_command_fini(&c);
}
