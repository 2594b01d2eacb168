/* config_restrictions: the options of the gate that say what is asked of a request: its
 * lists, the lists of DNS, scores and codes. Each profile has its own.
 *
 * Lists and codes have Postfix' names, and mean what they mean there.
 */
#pragma once

#include "conf/options.h"
#include "conf/restriction_class.h"

enum {
    DNS_LISTS_MAX = 32,
    DNS_SHOWN_MAX = 32,
    MYNETWORKS_MAX = 256,
    OUR_NAMES_MAX = 32,
    GATE_RATES_MAX = 64, /* of all lists together */
};

enum gate_list {
    GATE_LIST_CLIENT,
    GATE_LIST_HELO,
    GATE_LIST_SENDER,
    GATE_LIST_RECIPIENT,
    GATE_LIST_DATA,
    GATE_LIST_END,
    GATE_LISTS,
};

/* The reply codes of Postfix that can be chosen. */
enum gate_code {
    CODE_REJECT,
    CODE_DEFER,
    CODE_ACCESS_REJECT,
    CODE_ACCESS_DEFER,
    CODE_RBL,
    CODE_UNKNOWN_CLIENT,
    CODE_UNKNOWN_HOSTNAME,
    CODE_UNKNOWN_ADDRESS,
    CODE_INVALID_HOSTNAME,
    CODE_NON_FQDN,
    CODE_MULTI_BOUNCE,
    GATE_CODES,
};

/* What is said in place of a zone that has a key in its name. */
struct dns_shown {
    struct host_key zone;
    char *text;
};

struct config_restrictions {
    struct restriction_classes classes;
    struct restriction_list lists[GATE_LISTS];
    uint16_t codes[GATE_CODES];
    struct addr mynetworks[MYNETWORKS_MAX];
    size_t mynetwork_count;
    struct host_key our_names[OUR_NAMES_MAX];
    size_t our_name_count;
    struct addr our_addresses[OUR_NAMES_MAX];
    size_t our_address_count;
    struct dns_spec dns_lists[DNS_LISTS_MAX];
    size_t dns_list_count;
    struct dns_shown dns_shown[DNS_SHOWN_MAX];
    size_t dns_shown_count;
    int64_t dns_threshold;
    int64_t score_tag, score_defer, score_reject; /* 0: at no score */
    int64_t held_max;                             /* replies held at a time */
};

extern const struct option options_restrictions[];
extern const size_t options_restrictions_count;

/* Sets every option to its default. */
void config_restrictions_init(struct config_restrictions *c);

/* Frees what it owns and zeroes it; a zeroed struct is legal. */
void config_restrictions_fini(struct config_restrictions *c);

/* Takes the value of one option of the table, which option_read() has read; it replaces
 * the one before. False with what is wrong and what would be right in `why`, and nothing
 * changed. */
NODISCARD bool config_restrictions_take(struct config_restrictions *c,
                                        const struct option *o,
                                        const struct option_value *v, struct buf *why);

/* "recipient_restrictions" and the like. */
const char *gate_list_name(enum gate_list list);

/* How many rates are in the lists and the classes. */
size_t config_restrictions_rates(const struct config_restrictions *c);

/* Whether one of them counts by `asn`. */
bool config_restrictions_has_asn(const struct config_restrictions *c);
