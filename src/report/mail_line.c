#include "report/mail_line.h"

#include "base/ascii.h"
#include "report/mail_read.h"

enum { REPEATED_MAX = 1000000 };

typedef void read_fn(struct span message, struct mail_line *m);

/* Nothing of interest; but no mystery either. */
static void
read_quiet(struct span message, struct mail_line *m)
{
    read_as(m, MAIL_QUIET, message);
}

/* In the order of how much they say on a busy server. */
static const struct program {
    struct span name;
    read_fn *read;
} programs[] = {
    {SPAN_INIT("dovecot"), read_dovecot},
    {SPAN_INIT("opendkim"), read_dkim},
    {SPAN_INIT("postgrey"), read_postgrey},
    {SPAN_INIT("komainu-gate"), read_guard},
    {SPAN_INIT("policyd-spf"), read_spf},
    {SPAN_INIT("opendmarc"), read_dmarc},
    {SPAN_INIT("komainud"), read_guard},
    {SPAN_INIT("komainu-judge"), read_guard},
    {SPAN_INIT("komainu-sensor"), read_guard},
    {SPAN_INIT("komainu-enforcer"), read_guard},
    {SPAN_INIT("komainu-journal"), read_guard},
    {SPAN_INIT("komainu-runner"), read_guard},
    {SPAN_INIT("komainu-resolver"), read_guard},
    {SPAN_INIT("komainu-compat"), read_guard},
    {SPAN_INIT("komainu-share"), read_guard},
    {SPAN_INIT("fail2ban.actions"), read_guard},
    {SPAN_INIT("postlog"), read_quiet},
};

/* Of Dovecot's own log. */
static const char *const dovecot_processes[] = {"imap-login",
                                                "pop3-login",
                                                "submission-login",
                                                "managesieve-login",
                                                "imap",
                                                "pop3",
                                                "lmtp",
                                                "lda",
                                                "auth",
                                                "auth-worker",
                                                "master",
                                                "submission",
                                                "anvil",
                                                "imap-urlauth-login"};

static bool
is_postfix(struct span instance, const char *const *instances)
{
    if (span_starts(instance, SPAN("postfix")))
        return true;
    for (; instances && *instances; instances++) {
        if (span_eq(instance, span_of(*instances)))
            return true;
    }
    return false;
}

/* Takes "postfix/submission/smtpd" apart; its first slash is at `first`. */
static void
split_postfix(struct span tag, size_t first, struct mail_line *m)
{
    size_t last = tag.len - 1;

    while (tag.ptr[last] != '/')
        last--;
    m->instance = span_head(tag, first);
    m->daemon = span_from(tag, last + 1);
    if (last > first)
        m->service = span_between(tag.ptr + first + 1, tag.ptr + last);
}

/* Whether one of `programs` said it: none of them has a slash in its name. */
static bool
read_program(const struct line *l, struct mail_line *m)
{
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        if (!span_eq(l->tag, programs[i].name))
            continue;
        m->instance = m->daemon = l->tag;
        m->kind = MAIL_UNKNOWN;
        programs[i].read(l->message, m);
        return true;
    }
    return false;
}

/* Other names of Postfix, and what stands in Dovecot's own log. */
static void
read_other(const struct line *l, const char *const *instances, struct mail_line *m)
{
    ptrdiff_t slash = span_find_byte(l->tag, '/');

    if (slash > 0 && is_postfix(span_head(l->tag, (size_t)slash), instances)) {
        m->kind = MAIL_UNKNOWN;
        split_postfix(l->tag, (size_t)slash, m);
        read_postfix(l->message, m);
        return;
    }
    m->daemon = l->tag;
    if (l->level.len &&
        span_is_one_of(dovecot_processes, ARRAY_LEN(dovecot_processes), l->tag)) {
        m->instance = SPAN("dovecot");
        m->kind = MAIL_UNKNOWN;
        read_dovecot(span_between(l->tag.ptr, l->message.ptr + l->message.len), m);
    }
}

void
mail_line_read(const struct line *l, const char *const *instances, struct mail_line *out)
{
    static const struct span usual = SPAN_INIT("postfix/");

    *out = (struct mail_line){.kind = MAIL_FOREIGN,
                              .size = -1,
                              .nrcpt = -1,
                              .delay_us = -1,
                              .delays_us = {-1, -1, -1, -1}};
    if (span_starts(l->tag, usual)) {
        out->kind = MAIL_UNKNOWN;
        split_postfix(l->tag, usual.len - 1, out);
        read_postfix(l->message, out);
    } else if (!read_program(l, out)) {
        read_other(l, instances, out);
    }
}

/* Not inline: every line is asked whether it is one, and this would make it save
 * registers first. */
static uint32_t __attribute__((noinline)) read_repeated(struct span *message)
{
    struct span s = *message, count;
    uint64_t n;

    if (!span_take(&s, SPAN("message repeated ")) || !read_until(&s, ' ', &count) ||
        !span_take(&s, SPAN("times: [")) || !span_ends(s, SPAN("]")) ||
        !span_u64(count, 1, UINT64_MAX, &n))
        return 1;
    s.len--;
    if (s.len && s.ptr[0] == ' ')
        s = span_from(s, 1);
    *message = s;
    return n < REPEATED_MAX ? (uint32_t)n : REPEATED_MAX;
}

uint32_t
mail_line_repeated(struct span *message)
{
    if (message->len == 0 || message->ptr[0] != 'm') /* hardly any line has it */
        return 1;
    return read_repeated(message);
}

const char *
mail_kind_name(enum mail_kind kind)
{
    static const char *const names[MAIL_KINDS] = {
#define X(name, text) [MAIL_##name] = text,
#include "report/mail_kind.def"
#undef X
    };

    return kind < MAIL_KINDS ? names[kind] : "?";
}
