/* queue_memory: what is known of each message while it is in the queue.
 *
 * A message is known by instance and queue id from its first line to `removed`; then the
 * id is free, because short ones come again. Ids are of at most QUEUE_ID_MAX bytes; the
 * longest that Postfix makes have 17. When more than the most are in the queue, the one
 * that was silent longest is forgotten, and counted.
 */
#pragma once

#include "base/span.h"
#include "base/table.h"

enum { QUEUE_ID_MAX = 20, QUEUE_CLIENT_MAX = 64 };

struct queue_message {
    int64_t since_us; /* of its first line; wall time */
    int64_t size;     /* bytes, -1: not said yet */
    uint32_t detail;  /* number of whoever wants to remember more, 0: none */
    bool is_received; /* a client or sendmail(1) brought it */
    bool is_local;    /* sendmail(1) did */
    bool is_queued;   /* the queue manager has had it */
    bool is_deferred; /* at least once */
    bool is_named;    /* `client` is a name, and not an address */
    uint8_t client_len;
    char client[QUEUE_CLIENT_MAX]; /* the end of its name, or its address */
};

struct queue_memory {
    struct table table;
    uint64_t forgotten; /* messages that found no room */
};

/* Nothing is in the queue; at most `max` messages will be known. */
void queue_memory_init(struct queue_memory *q, uint32_t max);

/* Frees all; a zeroed struct is legal. */
void queue_memory_fini(struct queue_memory *q);

/* Which message: `instance` is any number of the caller's. */
struct queue_id {
    struct span text;
    uint32_t instance;
};

/* The message, or NULL when it is not known. */
struct queue_message *queue_memory_find(const struct queue_memory *q, struct queue_id id);

/* The same; a new one, with since_us, when it is not known. Never NULL. Valid until the
 * next call. */
struct queue_message *queue_memory_put(struct queue_memory *q, struct queue_id id,
                                       int64_t wall_us);

/* The message is gone from the queue. */
void queue_memory_remove(struct queue_memory *q, struct queue_message *m);

/* The instance and id of a message that is known; the text as long as that is. */
struct queue_id queue_memory_id(const struct queue_memory *q,
                                const struct queue_message *m);
