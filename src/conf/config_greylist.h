/* config_greylist: what the section [greylist] says: postgrey's options by their names,
 * and ours.
 *
 * A plain record of values and of texts that it owns. config_greylist_init() fills it
 * with the defaults, config_greylist_set() changes one option; the same function serves
 * komainud, a role that is told its configuration, and a command line.
 *
 *     struct config_greylist g = {0};
 *     config_greylist_init(&g);
 *     if (!config_greylist_set(&g, SPAN("delay"), SPAN("5m"), &why)) ...
 *     config_greylist_fini(&g);
 */
#pragma once

#include "conf/options.h"

enum { CONFIG_GREYLIST_FILES_MAX = 16 };

/* Clients that are not greylisted at all, bits of `skip`. The numbers of the first four
 * are those of what a caller knows of a client (gate/greylist.h). */
enum config_greylist_skip {
    CONFIG_GREYLIST_TRUSTED = 1,
    CONFIG_GREYLIST_FCRDNS = 2, /* a forward-confirmed name that is not generic */
    CONFIG_GREYLIST_SPF = 4,
    CONFIG_GREYLIST_DNSWL = 8,
};

struct config_greylist_files {
    char *paths[CONFIG_GREYLIST_FILES_MAX];
    size_t count;
    bool is_default; /* not said by anybody: files that are not there are passed over */
};

struct config_greylist {
    int64_t delay_s, max_age_s, retry_window_s;
    char *action;   /* "DEFER_IF_PERMIT" */
    char *text;     /* with %s and %r */
    char *header;   /* with %t %v %h %d */
    char *hostname; /* empty: the machine's */
    bool is_by_host;
    uint8_t ipv4_bits, ipv6_bits;
    uint32_t auto_whitelist; /* 0: off */
    bool is_auto_by_network;
    struct config_greylist_files clients, recipients, only_recipients;
    bool has_log_lines;  /* postgrey's, to syslog */
    int syslog_facility; /* as in syslog.h */
    bool has_sender_tokens, has_pools;
    unsigned skip; /* of enum config_greylist_skip */
    bool is_only_doubtful, is_per_message, skips_null_sender;
    int64_t early_delay_s; /* 0: none */
    char *early_senders;   /* words, in lower case */
    uint32_t max_triplets;
};

extern const struct option options_greylist[];
extern const size_t options_greylist_count;

/* Fills a zeroed record with the defaults. */
void config_greylist_init(struct config_greylist *g);

/* Frees what it owns and zeroes it; a zeroed one is legal. */
void config_greylist_fini(struct config_greylist *g);

/* Takes the value of one option of the table, which option_read() has read. False, and
 * nothing changed, with what is wrong and what would be right appended to `why`. A list
 * of files replaces the one before. */
NODISCARD bool config_greylist_take(struct config_greylist *g, const struct option *o,
                                    const struct option_value *v, struct buf *why);

/* The same from the name and the text of an option. */
NODISCARD bool config_greylist_set(struct config_greylist *g, struct span option,
                                   struct span text, struct buf *why);

/* Whether the options fit together (delay below retry-window ...); false: `why`. */
NODISCARD bool config_greylist_check(const struct config_greylist *g, struct buf *why);

/* Sets what makes it answer as postgrey does with no options: none of ours, its header
 * and its lines of the log. */
void config_greylist_as_postgrey(struct config_greylist *g);
