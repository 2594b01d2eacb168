/* judged: what the guard's rules say of the same lines: whom they would ban, which
 * attacks belong together, which logins are not their owners'. Whoever feeds the rules
 * fills it; the digest shows it.
 *
 * A plain record: zeroed it is empty, judged_free() frees what it holds. Bounded; what
 * finds no room is counted.
 */
#pragma once

#include "base/addr.h"
#include "report/words.h"

enum {
    JUDGED_NAME_MAX = 64, /* bytes kept of a rule's name, of an account */
    JUDGED_RULES_MAX = 256,
    JUDGED_GROUPS_MAX = 4096,
    JUDGED_ALERTS_MAX = 1024,
};

/* A text of bounded length, foreign; what is behind its end is cut off. */
struct judged_text {
    uint8_t len;
    char text[JUDGED_NAME_MAX];
};

/* A jail or rule that bans or tells. */
struct judged_rule {
    struct judged_text name;
    enum word kind;
    bool is_observed; /* it bans nobody */
    uint64_t bans, alerts;
    int64_t first_us, last_us; /* of those */
};

/* An attack of several addresses: of a network, on an account, or on this host. */
struct judged_group {
    struct judged_text rule, account; /* account: empty where it is of none */
    struct addr network;              /* family 0: it is of none */
    enum word kind;
    uint64_t attempts;
    uint32_t addresses, networks, accounts; /* different ones; above 8 an estimate */
    int64_t first_us, last_us;
};

/* What somebody is told about an account. */
struct judged_alert {
    enum word note; /* WORD_NOTE_... */
    struct judged_text account, address;
    uint32_t count;
    int64_t time_us;
};

struct judged {
    struct judged_rule rules[JUDGED_RULES_MAX]; /* in the order of the configuration */
    size_t rule_count;
    struct judged_group *groups; /* in the order in which they were heard of last */
    size_t group_count;
    struct judged_alert *alerts; /* in the order of time */
    size_t alert_count;
    uint64_t dropped;
    uint64_t events;  /* that were judged */
    bool is_built_in; /* by the rules that are built in, not this machine's */
    /* Of who keeps days (report/keeper.h): */
    uint64_t unjudged; /* lines that nobody could judge */
    uint32_t breaks;   /* times that judging began anew within: groups that went on then
                          are two */
};

/* Keeps the beginning of a text. */
struct judged_text judged_text_of(struct span text);

/* The text as a span; borrowed. */
struct span judged_span(const struct judged_text *text);

/* Room for one more; NULL, and counted, when there is none. Valid until the next call. */
struct judged_group *judged_add_group(struct judged *j);
struct judged_alert *judged_add_alert(struct judged *j);

/* Makes `*to`, which is zeroed, the same; the caller frees it with judged_free(). */
void judged_copy(struct judged *to, const struct judged *from);

/* Frees what it holds. */
void judged_free(struct judged *j);
