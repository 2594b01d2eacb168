#include "report/audit.h"

#include <stddef.h>

unsigned
audit_usual(void)
{
    unsigned set = 0;

#define X(name, text, is_noise) set |= is_noise ? 0 : AUDIT_BIT(AUDIT_##name);
#include "report/audit.def"
#undef X
    return set;
}

const char *
audit_name(enum audit_category category)
{
    static const char *const names[AUDIT_CATEGORIES] = {
#define X(name, text, is_noise) [AUDIT_##name] = text,
#include "report/audit.def"
#undef X
    };

    return category < AUDIT_CATEGORIES ? names[category] : "?";
}

bool
audit_read_set(struct span text, unsigned *set, struct span *wrong)
{
    unsigned found = 0;

    while (span_word(&text, wrong)) {
        enum audit_category i = 0;

        while (i < AUDIT_CATEGORIES && !span_eq(*wrong, span_of(audit_name(i))))
            i++;
        if (i == AUDIT_CATEGORIES)
            return false;
        found |= AUDIT_BIT(i);
    }
    *set = found;
    return found != 0;
}

/* "... blocked using list.example; ..." */
static bool
names_list(const struct mail_line *m, struct span *list)
{
    struct span rest, words;

    if (!span_cut(m->text, SPAN(" blocked using "), &words, &rest))
        return false;
    for (list->len = 0; list->len < rest.len; list->len++) {
        char c = rest.ptr[list->len];

        if (c == ';' || c == ' ' || c == ',')
            break;
    }
    list->ptr = rest.ptr;
    return true;
}

static bool
is_of_content(const struct mail_line *m)
{
    return m->is_milter || span_starts(m->stage, SPAN("header")) ||
           span_starts(m->stage, SPAN("body")) ||
           span_starts(m->stage, SPAN("mime-header")) ||
           span_starts(m->stage, SPAN("nested-header")) ||
           span_starts(m->stage, SPAN("END-OF-MESSAGE"));
}

static enum audit_category
category_of_refusal(const struct mail_line *m, struct span *what)
{
    *what = m->stage;
    if (names_list(m, what))
        return AUDIT_LIST;
    if (is_of_content(m))
        return AUDIT_CONTENT;
    return span_find(m->text, SPAN("reylist")) >= 0 ? AUDIT_GATE : AUDIT_REJECT;
}

/* Only what speaks against a mail. */
static bool
is_bad_result(struct span status)
{
    return span_eq_nocase(status, SPAN("fail")) ||
           span_eq_nocase(status, SPAN("softfail")) ||
           span_eq_nocase(status, SPAN("permerror"));
}

static bool
is_guard_word(const struct mail_line *m)
{
    static const char *const words[] = {"started", "reloaded", "configuration",
                                        "trouble"};

    return span_is_one_of(words, ARRAY_LEN(words), m->status);
}

/* Whether a line of a kind that is shown is shown. */
typedef bool is_shown_fn(const struct mail_line *m);

static bool
is_bad(const struct mail_line *m)
{
    return is_bad_result(m->status);
}

static bool
is_put_off(const struct mail_line *m)
{
    return !span_eq(m->status, SPAN("pass"));
}

#define WHAT(member) offsetof(struct mail_line, member)

/* The kinds that are shown; where the line says what it was, else its daemon does. */
static const struct view {
    enum mail_kind kind;
    enum audit_category category;
    size_t what;
    is_shown_fn *is_shown; /* NULL: always */
} views[] = {
    {MAIL_REJECT, AUDIT_REJECT, WHAT(stage), NULL},
    {MAIL_HOLD, AUDIT_REJECT, WHAT(stage), NULL},
    {MAIL_REDIRECT, AUDIT_REJECT, WHAT(stage), NULL},
    {MAIL_FILTER, AUDIT_REJECT, WHAT(stage), NULL},
    {MAIL_DISCARD, AUDIT_NOISE, WHAT(stage), NULL},
    {MAIL_SCREEN_PREGREET, AUDIT_REJECT, WHAT(status), NULL},
    {MAIL_SCREEN_HANGUP, AUDIT_REJECT, WHAT(status), NULL},
    {MAIL_SCREEN_TEST, AUDIT_REJECT, WHAT(status), NULL},
    {MAIL_SCREEN_LISTED, AUDIT_REJECT, WHAT(status), NULL},
    {MAIL_SCREEN_DNSBL, AUDIT_LIST, WHAT(status), NULL},
    {MAIL_DNSBL, AUDIT_LIST, WHAT(subject), NULL},
    {MAIL_AUTH_FAILED, AUDIT_LOGIN, WHAT(method), NULL},
    {MAIL_ACCOUNT_UNKNOWN, AUDIT_LOGIN, WHAT(daemon), NULL},
    {MAIL_PASSWORD_WRONG, AUDIT_LOGIN, WHAT(daemon), NULL},
    {MAIL_LIMIT, AUDIT_LOGIN, WHAT(subject), NULL},
    {MAIL_LOST, AUDIT_NOISE, WHAT(stage), NULL},
    {MAIL_LOGIN_ABORTED, AUDIT_NOISE, WHAT(daemon), NULL},
    {MAIL_TLS_FAILED, AUDIT_NOISE, WHAT(daemon), NULL},
    {MAIL_GREYLIST, AUDIT_GATE, WHAT(status), is_put_off},
    {MAIL_SPF, AUDIT_GATE, WHAT(daemon), is_bad},
    {MAIL_DMARC, AUDIT_CONTENT, WHAT(daemon), is_bad},
    {MAIL_DKIM, AUDIT_CONTENT, WHAT(daemon), is_bad},
    {MAIL_GATE_REFUSED, AUDIT_GATE, WHAT(subject), NULL},
    {MAIL_BAN, AUDIT_BAN, WHAT(subject), NULL},
    {MAIL_UNBAN, AUDIT_UNBAN, WHAT(subject), NULL},
    {MAIL_MASTER, AUDIT_CONFIG, WHAT(daemon), NULL},
    {MAIL_AUTH_TROUBLE, AUDIT_TROUBLE, WHAT(method), NULL},
    {MAIL_FATAL, AUDIT_TROUBLE, WHAT(daemon), NULL},
    {MAIL_PANIC, AUDIT_TROUBLE, WHAT(daemon), NULL},
    {MAIL_ERROR, AUDIT_TROUBLE, WHAT(daemon), NULL},
    {MAIL_GUARD, AUDIT_CONFIG, WHAT(daemon), is_guard_word},
};

static const struct view *
view_of(enum mail_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        if (views[i].kind == kind)
            return &views[i];
    }
    return NULL;
}

/* Of a kind that can be of several categories. */
static void
correct(const struct mail_line *m, struct audit_entry *e)
{
    if (m->kind == MAIL_REJECT)
        e->category = category_of_refusal(m, &e->what);
    else if (e->category == AUDIT_REJECT && is_of_content(m))
        e->category = AUDIT_CONTENT;
    else if (m->kind == MAIL_GREYLIST)
        e->text = m->stage;
    else if (m->kind == MAIL_GUARD && span_eq(m->status, SPAN("trouble")))
        e->category = AUDIT_TROUBLE;
}

bool
audit_take(const struct mail_line *m, struct audit_entry *out)
{
    const struct view *v = view_of(m->kind);

    if (!v || (v->is_shown && !v->is_shown(m)))
        return false;
    *out = (struct audit_entry){.category = v->category,
                                .address = m->address,
                                .account = m->account,
                                .recipient = m->recipient,
                                .queue_id = m->queue_id,
                                .what = *(const struct span *)((const char *)m + v->what),
                                .text = m->text.len ? m->text : m->status};
    if (!out->what.len)
        out->what = m->daemon;
    correct(m, out);
    return true;
}
