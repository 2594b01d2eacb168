/* greylist_parts: what the files of the greylist share. */
#pragma once

#include "gate/grey_lines.h"
#include "gate/grey_list.h"
#include "gate/grey_store.h"
#include "gate/greylist.h"

enum {
    GREYLIST_MESSAGES = 1024, /* messages of which something is remembered at a time */
    GREYLIST_HOST_MAX = 256,
};

/* Which messages were seen lately, by the hash of their instance; 0 is none. */
struct greylist_messages {
    uint64_t seen[GREYLIST_MESSAGES];
};

struct greylist {
    const struct config_greylist *config;
    struct grey_store store;
    struct grey_list *clients, *recipients, *only;
    struct greylist_messages headed, passed;
    struct grey_syslog syslog;
    struct buf client, mail, key, scratch, text, header, line;
    char hostname[GREYLIST_HOST_MAX];
    uint64_t outcomes[GREYLIST_OUTCOMES];
    bool has_told_trouble;
};

/* An entry that is to be set. */
struct greylist_change {
    struct grey_key key;
    struct grey_entry entry;
    bool is_set;
};

/* One question on its way to its answer. */
struct greylist_turn {
    const struct greylist_ask *ask;
    struct greylist_answer *out;
    struct greylist_change triplet, client;
    struct grey_key client_key;
    const struct grey_entry *known_client;
    bool is_whitelisted_now, has_delay_line;
};

/* The key of the client as the auto whitelist knows it. */
struct grey_key greylist_client_key(struct greylist *g, const struct addr *client);

/* A client that postgrey kept with --privacy, or NULL. */
const struct grey_entry *greylist_find_client_sha1(struct greylist *g,
                                                   const struct greylist_ask *ask);

/* Finds the triplet of a question under each key it may have; `*key` is the one under
 * which it is to be kept, `*is_own` whether it was found there. */
const struct grey_entry *greylist_find(struct greylist *g, const struct greylist_ask *ask,
                                       struct grey_key *key, bool *is_own);

/* Whether the client has a forward-confirmed name that is not generic. */
bool greylist_has_good_name(const struct greylist_ask *ask);

/* The delay of this question. */
int64_t greylist_delay(const struct greylist *g, const struct greylist_ask *ask);

/* The reason not to ask, or NULL. */
const char *greylist_skips(const struct greylist *g, const struct greylist_ask *ask);

/* Writes the texts of an answer that is decided. */
void greylist_compose(struct greylist *g, struct greylist_turn *t);

/* Whether a message was seen; and remembers it. One without an instance never was. */
bool greylist_message_seen(const struct greylist *g, const struct greylist_messages *m,
                           struct span instance);
void greylist_message_add(const struct greylist *g, struct greylist_messages *m,
                          struct span instance);

/* greylist_ask() without its lines of the log, and how it came to the answer. */
struct greylist_turn greylist_answer_turn(struct greylist *g,
                                          const struct greylist_ask *ask,
                                          struct greylist_answer *out);
