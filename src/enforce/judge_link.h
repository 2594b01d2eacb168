/* judge_link: the enforcer's end of the socket to judge.
 *
 * Frames are gathered in `out` and sent as one packet. When the socket is full the packet
 * waits and the owner must not read (is_waiting): so what waits is bounded by the answers
 * to one round of requests.
 */
#pragma once

#include "base/loop.h"
#include "wire/chan.h"

struct judge_link {
    struct loop *loop; /* borrowed */
    struct loop_fd io; /* calls the owner: readable, or writable after waiting */
    struct chan chan;  /* fd -1: no judge */
    struct buf out;    /* at most one packet */
    bool is_waiting;   /* `out` waits for room in the socket */
    bool has_resync;   /* `out` holds a RESYNC already */
};

/* A link without a judge; `fn` is called when there is something to read or room again.
 */
void judge_link_init(struct judge_link *l, struct loop *loop, loop_fd_fn *fn, void *ctx);

/* Takes over `fd`, in place of a former one. 0, or a negative errno; then `fd` is closed.
 */
NODISCARD int judge_link_attach(struct judge_link *l, int fd);

/* Closes and forgets what waited; legal without a judge. */
void judge_link_close(struct judge_link *l);

/* Frees all; a zeroed link is legal. */
void judge_link_fini(struct judge_link *l);

/* Whether there is a judge. */
bool judge_link_is_up(const struct judge_link *l);

/* Appends the result of a request; without a judge nothing happens. */
void judge_link_result(struct judge_link *l, const struct wire_result *m);

/* Appends the enforcer's state; without a judge nothing happens. */
void judge_link_state(struct judge_link *l, const struct wire_enforcer_state *m);

/* Appends own addresses, in place of those told before, to an empty packet, which holds
 * 1,024 of them. Without a judge nothing happens. */
void judge_link_own(struct judge_link *l, const struct addr *own, size_t count);

/* Appends frames to an empty packet, which must hold them. Without a judge nothing
 * happens.
 */
void judge_link_add(struct judge_link *l, struct span frames);

/* Appends the wish that judge sends its bans again, for `why` (enum
 * resync_why); once a packet, more are left out. Without a judge nothing happens. */
void judge_link_resync(struct judge_link *l, uint8_t why);

/* Sends what was appended. True when nothing waits any more, or nobody is there; a judge
 * that is gone is closed. */
bool judge_link_flush(struct judge_link *l);
