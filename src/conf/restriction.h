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
 * A name of a class (conf/restriction_class.h) stands for the list that it has.
 *
 * What restrictions mean is gate/check.h's.
 */
#pragma once

#include "conf/dns_filter.h"
#include "conf/rate_spec.h"

enum {
    RESTRICTIONS_MAX = 64,        /* of one list */
    RESTRICTION_TEXT_MAX = 16384, /* bytes of one word: an inline table */
    RESTRICTION_SECONDS_MAX = 60,
    RESTRICTION_SCORE_MAX = 1000,
};

/* What of a request is meant. */
enum restriction_subject {
    SUBJECT_NONE,
    SUBJECT_CLIENT, /* its name and its address */
    SUBJECT_REVERSE,
    SUBJECT_HELO,
    SUBJECT_SENDER,
    SUBJECT_RECIPIENT,
    SUBJECT_SASL,  /* the name of who has logged in */
    SUBJECT_CCERT, /* the fingerprints of the client's certificate */
};

enum restriction_kind {
    RESTRICTION_PERMIT,
    RESTRICTION_REJECT,
    RESTRICTION_DEFER,
    RESTRICTION_DEFER_IF_PERMIT,
    RESTRICTION_DEFER_IF_REJECT,
    RESTRICTION_PERMIT_MYNETWORKS,
    RESTRICTION_PERMIT_SASL,
    RESTRICTION_PERMIT_CCERT, /* its certificate was verified */
    RESTRICTION_ACCESS,
    RESTRICTION_SERVER_ACCESS, /* tables, asked for the servers that a name has */
    RESTRICTION_RBL,           /* of the client's address */
    RESTRICTION_RHSBL,         /* of the domain of the subject */
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
    RESTRICTION_GENERIC_CLIENT, /* its name is one of a range of addresses */
    RESTRICTION_NON_FQDN,       /* sender or recipient */
    RESTRICTION_UNKNOWN_DOMAIN, /* the same */
    RESTRICTION_MULTI_BOUNCE,
    RESTRICTION_SPF,
    RESTRICTION_GREYLIST,
    RESTRICTION_RATE,
    RESTRICTION_SLEEP,
    RESTRICTION_TARPIT,
    RESTRICTION_CLASS, /* a list that has a name */
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

struct restriction {
    enum restriction_kind kind;
    enum restriction_form form;
    enum restriction_subject subject;
    int score;   /* FORM_SCORE */
    char *name;  /* as it was written, without the form */
    char *table; /* of the two that ask one: TYPE:FILE or TYPE:{...}; or NULL */
    enum host_record servers; /* RESTRICTION_SERVER_ACCESS: HOST_ADDRESSES, _MX or _NS */
    struct dns_spec list;     /* RESTRICTION_RBL and its kin */
    struct rate_spec rate;
    unsigned seconds; /* RESTRICTION_SLEEP and _TARPIT */
};

struct restriction_list {
    struct restriction *items;
    size_t count;
};

struct restriction_classes; /* conf/restriction_class.h */

/* Reads a list, in which `classes` (NULL: none) may stand. False with what is wrong, and
 * what would be right, appended to `why`, and the line of `text` it stands in, from 0, in
 * `*line`. Else restriction_list_fini() ends
 * `*out`. */
NODISCARD bool restriction_list_read(struct span text,
                                     const struct restriction_classes *classes,
                                     struct restriction_list *out, struct buf *why,
                                     unsigned *line);

/* Makes a list of all restrictions that need no argument, each under each of its names;
 * restriction_list_fini() ends it. */
void restriction_list_plain(struct restriction_list *out);

/* Whether it is a restriction, here or with Postfix, or a form. */
bool restriction_has_name(struct span name);

/* Frees all; a zeroed list is legal. */
void restriction_list_fini(struct restriction_list *list);

/* The word of a form ("warn"); "" of FORM_OWN. */
const char *restriction_form_name(enum restriction_form form);

/* Whether it lets through what it fits, so that it is nothing to reject for. */
bool restriction_permits(enum restriction_kind kind);
