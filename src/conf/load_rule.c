/* A jail that counts events of all filters: the options events, per, distinct,
 * mindistinct, apart, own and verdict. */
#include "conf/load_internal.h"

static const char *const rule_options[] = {
    "per", "distinct", "mindistinct",    "apart",
    "own", "verdict",  "limit-messages", "limit-recipients"};

/* Of rules that limit mail. */
static const char *const limit_options[] = {"limit-messages", "limit-recipients"};

/* Of a jail that reads logs; in [DEFAULT] they are for the others. */
static const char *const log_options[] = {
    "filter",  "mode",     "failregex",   "ignoreregex", "prefregex",
    "logpath", "senders",  "service",     "backend",     "journalmatch",
    "usedns",  "maxlines", "datepattern", "logtimezone"};

/* The lengths of prefixes that can be banned, as `per` names them. */
static const struct {
    const char *word;
    uint8_t bits4, bits6;
} prefixes[] = {{"/24", 24, 0}, {"/20", 20, 0}, {"/64", 0, 64},
                {"/56", 0, 56}, {"/48", 0, 48}, {"/40", 0, 40}};

static void
tell(const struct section *s, const struct section_value *v, const char *what)
{
    conf_error(s->expand.errors, v->file, v->line, "[%.*s] %s",
               SPAN_FMT(s->expand.section), what);
}

static void
load_events(const struct section *s, struct config_rule *out)
{
    struct section_value v;
    enum event_kind kind;
    struct span rest, word;

    if (!section_get(s, "events", &v))
        return;
    rest = v.value.text;
    while (span_word(&rest, &word))
        if (event_kind_parse(word, &kind))
            out->kinds |= UINT32_C(1) << kind;
        else
            conf_error(s->expand.errors, v.file, v.line,
                       "[%.*s] `events` has `%.*s`; write kinds of events, such as "
                       "auth_fail or user_unknown",
                       SPAN_FMT(s->expand.section),
                       SPAN_FMT(span_head(word, CONFIG_NAME_MAX)));
    section_value_fini(&v);
}

static bool
add_prefix(struct span word, struct config_rule *out)
{
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (!span_eq(word, span_of(prefixes[i].word)))
            continue;
        if ((prefixes[i].bits4 && out->bits4) || (prefixes[i].bits6 && out->bits6))
            return false;
        out->bits4 |= prefixes[i].bits4;
        out->bits6 |= prefixes[i].bits6;
        return true;
    }
    return false;
}

/* A word of `per` that is no prefix. */
static enum rule_key
key_of(struct span word)
{
    for (enum rule_key key = RULE_ADDRESS; key < RULE_KEYS; key++)
        if (key != RULE_PREFIX && span_eq(word, span_of(config_rule_key_name(key))))
            return key;
    return RULE_NONE;
}

static void
load_per(const struct section *s, struct config_rule *out)
{
    struct section_value v;
    struct span rest, word;
    bool is_good;

    if (!section_get(s, "per", &v))
        return;
    rest = v.value.text;
    is_good = span_word(&rest, &word);
    if (is_good && word.ptr[0] != '/') {
        out->key = key_of(word);
        is_good = out->key != RULE_NONE && !span_word(&rest, &word);
    } else if (is_good) {
        out->key = RULE_PREFIX;
        do
            is_good = add_prefix(word, out);
        while (is_good && span_word(&rest, &word));
    }
    if (!is_good)
        tell(s, &v,
             "`per` is what is counted by: address, account, host, or one prefix of each "
             "family, of /24 /20 and /64 /56 /48 /40");
    section_value_fini(&v);
}

static void
load_distinct(const struct section *s, uint32_t maxretry, struct config_rule *out)
{
    struct section_value v;

    out->distinct = (enum rule_distinct)section_integer(s, "distinct");
    if (!section_get(s, "mindistinct", &v))
        return;
    out->mindistinct = (uint32_t)v.value.number;
    if (out->distinct == DISTINCT_NONE && out->mindistinct > 1)
        tell(s, &v,
             "`mindistinct` without `distinct`; write of what there must be so many");
    if (out->mindistinct > maxretry)
        tell(s, &v, "`mindistinct` is more than maxretry: that is never reached");
    section_value_fini(&v);
}

/* Who a verdict can be about. */
static void
check_verdict(const struct section *s, const struct config_rule *r)
{
    const char *what = NULL;
    struct section_value v;

    if (r->verdict == RULE_PROLONG && r->key != RULE_ADDRESS)
        what = "`verdict = prolong` is for rules per address";
    else if (config_rule_curbs(r) && r->key != RULE_ACCOUNT)
        what = "`verdict = hold` and `verdict = limit` are for rules per account: it is "
               "the mail of an account that the gate holds or limits";
    if (!what || !section_get(s, "verdict", &v))
        return;
    tell(s, &v, what);
    section_value_fini(&v);
}

/* Tells of each option in the jail's own section that has no place in it. */
static void
refuse(const struct section *s, const char *const *names, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        const struct ini_option *o =
            ini_own(s->expand.ini, s->expand.section, span_of(names[i]), 0);

        if (o)
            conf_error(s->expand.errors, o->file, o->lines[0], "[%.*s] `%s` %s",
                       SPAN_FMT(s->expand.section), names[i], what);
    }
}

static void
refuse_verdict(const struct section *s, const struct section_value *v)
{
    conf_error(s->expand.errors, v->file, v->line,
               "`verdict` is `%.*s`; write `ban`, `alert`, `prolong`, `hold` or `limit`",
               SPAN_FMT(span_head(v->value.text, CONFIG_NAME_MAX)));
}

static enum rule_verdict
load_verdict(const struct section *s)
{
    enum rule_verdict verdict = RULE_BAN;
    struct section_value v;

    if (!section_get(s, "verdict", &v))
        return RULE_BAN;
    while (verdict < RULE_VERDICTS &&
           !span_eq_nocase(v.value.text, span_of(config_rule_verdict_name(verdict))))
        verdict++;
    if (verdict == RULE_VERDICTS)
        refuse_verdict(s, &v);
    section_value_fini(&v);
    return verdict == RULE_VERDICTS ? RULE_ALERT : verdict;
}

static void
load_limit(const struct section *s, struct config_rule *out)
{
    if (out->verdict != RULE_LIMIT) {
        refuse(s, limit_options, ARRAY_LEN(limit_options),
               "without `verdict = limit`; write that, or remove it");
        return;
    }
    out->messages = (uint32_t)section_integer(s, "limit-messages");
    out->recipients = (uint32_t)section_integer(s, "limit-recipients");
}

bool
load_is_rule(const struct section *s)
{
    const struct ini_option *o =
        ini_get(s->expand.ini, s->expand.section, SPAN("events"), 0);

    return o && span_trim(span_of(o->value)).len > 0;
}

bool
load_rule(const struct section *s, uint32_t maxretry, struct config_rule *out)
{
    *out = (struct config_rule){0};
    load_events(s, out);
    if (!out->kinds) {
        refuse(s, rule_options, ARRAY_LEN(rule_options),
               "without `events`; write which events are counted");
        return false;
    }
    refuse(s, log_options, ARRAY_LEN(log_options),
           "and `events`; a jail with `events` reads no log, remove one of them");
    load_per(s, out);
    load_distinct(s, maxretry, out);
    out->apart_s = section_integer(s, "apart");
    out->own = (uint32_t)section_integer(s, "own");
    out->verdict = load_verdict(s);
    check_verdict(s, out);
    load_limit(s, out);
    return true;
}
