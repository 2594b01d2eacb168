/* keeper_events: what the lines of a day tell that can be judged, in a file: so that a
 * process that begins in the middle of a day knows what the one before it knew.
 *
 * Blocks are only appended, each with its length and its hash; how many bytes of the file
 * count is kept elsewhere ("totals"), so that what an end in between has left behind is
 * written over, and nothing is there twice. A day has at most KEEPER_EVENTS_MAX bytes:
 * what comes then is left out (is_cut).
 *
 *     keeper_events_add(&e, &line);
 *     error = keeper_events_write(&e, folder, day, true);
 *     error = keeper_events_read(&e, folder, day, 0, e.bytes, fn, ctx);
 */
#pragma once

#include "report/attacks.h"

enum { KEEPER_EVENTS_MAX = 32 << 20 };

/* Of one day; zeroed it has none. */
struct keeper_events {
    struct buf waiting; /* not yet in the file */
    int64_t last_us;    /* of the line before in there */
    uint64_t bytes;     /* of the file, that count */
    bool is_cut;        /* some have found no room */
};

/* Adds a line. */
void keeper_events_add(struct keeper_events *e, const struct attack_line *l);

/* Whether so much waits that it should be written. */
bool keeper_events_are_due(const struct keeper_events *e);

/* Appends what waits to the file of the day, and brings it to the disk when `is_last`. 0,
 * or a negative errno: then it waits on. */
NODISCARD int keeper_events_write(struct keeper_events *e, int folder, int64_t day,
                                  bool is_last);

typedef void keeper_event_fn(void *ctx, const struct attack_line *l);

/* Part of keeper_events_read(): calls `fn` for each line of a block. 0 or -EBADMSG. */
NODISCARD int keeper_events_take(struct span bytes, keeper_event_fn *fn, void *ctx);

/* Calls `fn` for each line in the bytes from `from`, which is 0 or was e->bytes once, to
 * `until`. 0, -EBADMSG: they are damaged or of another version; or another negative
 * errno: then `fn` may have been called for some. */
NODISCARD int keeper_events_read(int folder, int64_t day, uint64_t from, uint64_t until,
                                 keeper_event_fn *fn, void *ctx);

/* Removes the file of the day, if there is one. */
void keeper_events_remove(int folder, int64_t day);

/* Frees what waits. */
void keeper_events_fini(struct keeper_events *e);
