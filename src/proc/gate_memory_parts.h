/* gate_memory_parts: what the files of gate_memory.h share. */
#pragma once

#include "base/table.h"
#include "gate_memory.h"

enum {
    GATE_OUT_MAX = 256 << 10, /* bytes that wait for a judge that does not read */
    GATE_FRAME_MAX = 1200,    /* of a GATE_EVENT */
};

struct gate_waiter;

/* What is known of a client. */
struct gate_client {
    uint8_t standing;             /* enum standing */
    uint8_t is_waiting;           /* judge was asked */
    uint32_t told;                /* bits of kinds that were told of the last message */
    uint64_t message;             /* the hash of its instance */
    int64_t until_us;             /* boot; negative: until judge says something else */
    int64_t storm_us, put_off_us; /* boot: when these were begun to be counted */
    uint32_t recipients, put_off;
    struct gate_waiter *waiters;
};

/* Who waits stands in the order of its time. */
struct gate_memory {
    struct gate *gate;
    struct to_judge judge;
    uint64_t known_judges; /* of judge.judges, whose coming was noticed */
    struct table clients;  /* struct addr -> struct gate_client */
    struct gate_waiter *oldest, *youngest;
    struct loop_timer due;
    struct hash_key hash;
    struct buf out; /* whole frames that are not sent yet */
    uint64_t asked, heard, unanswered, told, dropped;
    uint64_t answers[STANDINGS];
};

/* Whether there is a judge to ask and to tell; NULL is legal. */
static inline bool
gate_memory_has_judge(const struct gate_memory *m)
{
    return m && m->judge.chan.fd >= 0;
}

/* Whether judge is asked about the client of a request: not about this machine, nor about
 * who has logged in. */
bool gate_memory_is_asked_about(const struct gate_request *r);

/* One more recipient of a client, and judge is told when they are too many. O(1). */
void gate_memory_count_recipient(struct gate_memory *m, const struct gate_request *r);
