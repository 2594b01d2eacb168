/* restriction: the language of a list of restrictions, in Postfix' names and order.
 *
 *     permit_mynetworks, warn reject_unknown_helo_hostname,
 *     score 3 reject_rbl_client zen.example.org=127.0.0.[2..11],
 *     check_client_access cidr:/etc/postfix/client_access, sleep 5, greylist
 *
 * Commas and ends of lines stand between restrictions; blanks do, too, where a
 * restriction is complete. Before one there may be a form: warn (or warn_if_reject), tag,
 * defer, reject, discard or score N. A `#` at the beginning of a line is a comment.
 *
 * What restrictions mean is gate/check.h's.
 */
#pragma once

#include "conf/dns_filter.h"

enum {
    RESTRICTIONS_MAX = 64,        /* of one list */
    RESTRICTION_TEXT_MAX = 16384, /* bytes of one word: an inline table */
    RESTRICTION_SECONDS_MAX = 60,
    RESTRICTION_SCORE_MAX = 1000,
    RATE_KEYS_MAX = 4,
};

/* What of a request is meant. */
enum restriction_subject {
    SUBJECT_NONE,
    SUBJECT_CLIENT, /* its name and its address */
    SUBJECT_REVERSE,
    SUBJECT_HELO,
    SUBJECT_SENDER,
    SUBJECT_RECIPIENT,
};

enum restriction_kind {
    RESTRICTION_PERMIT,
    RESTRICTION_REJECT,
    RESTRICTION_DEFER,
    RESTRICTION_DEFER_IF_PERMIT,
    RESTRICTION_DEFER_IF_REJECT,
    RESTRICTION_PERMIT_MYNETWORKS,
    RESTRICTION_PERMIT_SASL,
    RESTRICTION_ACCESS,
    RESTRICTION_RBL,   /* of the client's address */
    RESTRICTION_RHSBL, /* of the domain of the subject */
    RESTRICTION_DNSWL,
    RESTRICTION_RHSWL,
    RESTRICTION_DNS_LISTS, /* the weighed ones */
    RESTRICTION_UNKNOWN_REVERSE,
    RESTRICTION_UNKNOWN_CLIENT,
    RESTRICTION_UNKNOWN_FORWARD,
    RESTRICTION_INVALID_HELO,
    RESTRICTION_NON_FQDN_HELO,
    RESTRICTION_UNKNOWN_HELO,
    RESTRICTION_OUR_HELO,       /* it says that it is us */
    RESTRICTION_ADDRESS_HELO,   /* an address without brackets, or in them another's */
    RESTRICTION_FOREIGN_HELO,   /* unlike the name that DNS has for the client */
    RESTRICTION_NON_FQDN,       /* sender or recipient */
    RESTRICTION_UNKNOWN_DOMAIN, /* the same */
    RESTRICTION_MULTI_BOUNCE,
    RESTRICTION_SPF,
    RESTRICTION_GREYLIST,
    RESTRICTION_RATE,
    RESTRICTION_SLEEP,
    RESTRICTION_TARPIT,
    RESTRICTION_KINDS,
};

/* What becomes of a restriction that would reject. */
enum restriction_form {
    FORM_OWN, /* what the restriction says itself */
    FORM_WARN,
    FORM_TAG,
    FORM_DEFER,
    FORM_REJECT,
    FORM_DISCARD,
    FORM_SCORE,
    RESTRICTION_FORMS,
};

enum rate_part {
    RATE_CLIENT,
    RATE_SENDER,
    RATE_SENDER_DOMAIN,
    RATE_RECIPIENT,
    RATE_RECIPIENT_DOMAIN,
    RATE_SASL_USERNAME,
    RATE_HELO,
    RATE_PARTS,
};

enum rate_unit { RATE_MESSAGES, RATE_RECIPIENTS, RATE_BYTES, RATE_FAILURES, RATE_UNITS };

/* More than `limit` of `unit` within `window_s` for one key. */
struct rate_spec {
    struct {
        enum rate_part part;
        uint8_t bits; /* of RATE_CLIENT; 0: the whole address */
    } keys[RATE_KEYS_MAX];
    size_t key_count;
    enum rate_unit unit;
    uint64_t limit;
    int64_t window_s;
};

struct restriction {
    enum restriction_kind kind;
    enum restriction_form form;
    enum restriction_subject subject;
    int score;            /* FORM_SCORE */
    char *name;           /* as it was written, without the form */
    char *table;          /* RESTRICTION_ACCESS: TYPE:FILE or TYPE:{...} */
    struct dns_spec list; /* RESTRICTION_RBL and its kin */
    struct rate_spec rate;
    unsigned seconds; /* RESTRICTION_SLEEP and _TARPIT */
};

struct restriction_list {
    struct restriction *items;
    size_t count;
};

/* Reads a list. False with what is wrong, and what would be right, appended to `why`, and
 * the line of `text` it stands in, from 0, in `*line`. Else restriction_list_fini() ends
 * `*out`. */
NODISCARD bool restriction_list_read(struct span text, struct restriction_list *out,
                                     struct buf *why, unsigned *line);

/* Frees all; a zeroed list is legal. */
void restriction_list_fini(struct restriction_list *list);

/* The word of a form ("warn"); "" of FORM_OWN. */
const char *restriction_form_name(enum restriction_form form);

/* Whether it lets through what it fits, so that it is nothing to reject for. */
bool restriction_permits(enum restriction_kind kind);
