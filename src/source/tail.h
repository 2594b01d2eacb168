/* tail: the file that a path names, followed through rotations and restarts.
 *
 * The tail opens nothing. Its owner offers it descriptors: of the file that the path
 * names now and of the rotated ones beside it (siblings), at the start and whenever the
 * path may name another file; the tail decides which of them to read, and in which order,
 * and closes the rest. Files wait in a queue; the first one is read to its end, and left
 * only when a later one has data: until then its writer may still be writing to it.
 *
 *     tail_offer(t, fd, false);           the file, and then its siblings
 *     tail_begin(t, b, resume, &seek);  later: offers again, and tail_update(t)
 *     do {
 *         outcome = tail_read(t, b, &chunk);
 *         if (outcome == TAIL_LINES)
 *             judge(chunk.lines, chunk.offset), tail_place_now(t, chunk.end, &place);
 *     } while (outcome == TAIL_LINES || outcome == TAIL_AGAIN);
 *
 * Nothing is delivered twice when the place that was committed last is given to
 * tail_begin(), and nothing is left out as long as the files are still there. Out of
 * sight is what was copied away and truncated before the first look at its file; what a
 * sibling held that was compressed or deleted meanwhile; and what is written to a file
 * that was rotated away while still empty, and not offered before. A last line without
 * newline is never delivered: its end may be missing. The order of siblings is that of
 * their times of change.
 */
#pragma once

#include "source/seek.h"
#include "source/tail_file.h"

enum {
    TAIL_QUEUE = 16,  /* files read or waiting */
    TAIL_OFFERS = 16, /* siblings kept of one round of offers: the newest */
};

/* What was found among the files offered. */
enum tail_found {
    TAIL_FOUND_NONE,      /* the path names no file now; what was read before stays */
    TAIL_FOUND_SAME,      /* the file that is followed already */
    TAIL_FOUND_ROTATED,   /* another file, to be read after those before it */
    TAIL_FOUND_FRESH,     /* no place was given: begins where `seek` says */
    TAIL_FOUND_CONTINUED, /* goes on at the place, in the file the path names */
    TAIL_FOUND_SIBLING,   /* goes on in a rotated file: a rotation was missed */
    TAIL_FOUND_COPY,      /* goes on in a copy, made before the file was truncated */
    TAIL_FOUND_REPLACED,  /* the file was emptied or begins otherwise: from its start */
    TAIL_FOUND_UNKNOWN,   /* no file fits the place: from the start */
};

struct tail_counts {
    uint64_t long_lines;  /* cut at TAIL_LINE_MAX */
    uint64_t truncations; /* seen while following */
    uint64_t rotations;   /* times another file was gone on to */
    uint64_t unfinished;  /* files left with a last line without newline */
    uint64_t dropped;     /* waiting files for which there was no room */
};

struct tail_offer {
    struct tail_file file;
    int64_t mtime_ns;
};

/* Zeroed: no file. */
struct tail {
    struct tail_file files[TAIL_QUEUE]; /* [0] is being read */
    unsigned count;
    struct tail_offer siblings[TAIL_OFFERS]; /* oldest first; fd -1: moved to `files` */
    unsigned sibling_count;
    struct tail_offer now; /* what the path names, when has_now */
    bool has_now;
    bool is_live;
    bool is_lost;             /* files[0] was truncated: waits for tail_update() */
    int error;                /* of the last TAIL_FAILED: negative errno */
    struct tail_place resume; /* of tail_begin(), until a file is there */
    struct tail_counts counts;
};

/* Makes an empty tail, whatever was there before: no file, nothing offered. */
void tail_init(struct tail *t);

/* Closes all descriptors and zeroes. */
void tail_fini(struct tail *t);

/* Hands over a descriptor for the next tail_begin() or tail_update(); siblings newest
 * first, as far as that is known: the order of those with one time of change. Takes `fd`
 * in any case. 0, or a negative errno when it is unusable (-EINVAL: no regular file). */
NODISCARD int tail_offer(struct tail *t, int fd, bool is_sibling);

/* Chooses where to start among the files offered: at `resume`, or, when that is NULL or
 * has inode 0, where `seek` says; when all of the file is young enough that may be in a
 * sibling. With no file at all, the first one that comes later is read from the place, or
 * from its start. */
enum tail_found tail_begin(struct tail *t, struct tail_buffer *b,
                           const struct tail_place *resume, const struct seek *seek);

/* Takes in what has been offered since: nothing at all when the path names no file. To be
 * called after TAIL_TRUNCATED, and when the path may name another file; with the
 * siblings, lest a file that came and went between two calls be missed. */
enum tail_found tail_update(struct tail *t);

/* The next whole lines (tail_file_read()). TAIL_TRUNCATED again and again until
 * tail_update() is called, with siblings: what was not read yet may be in a copy. After
 * TAIL_FAILED it may be called again, later; t->error says why. */
NODISCARD enum tail_outcome tail_read(struct tail *t, struct tail_buffer *b,
                                      struct tail_chunk *chunk);

/* The place to commit when all before `offset` is done: an offset in the chunk delivered
 * last, to be asked before the next tail_read() or tail_update(). False when there is no
 * file. */
NODISCARD bool tail_place_now(const struct tail *t, uint64_t offset,
                              struct tail_place *out);

/* The place to commit when all that was delivered is done; also after TAIL_AGAIN, which
 * may have gone on to another file. False when there is no file. */
NODISCARD bool tail_place_done(const struct tail *t, struct tail_place *out);

/* Whether the end has been reached since the start, so that what comes now is new. False
 * again while files that were missed are read. */
bool tail_is_live(const struct tail *t);

/* The outcome as a word for logs: "continued". */
const char *tail_found_name(enum tail_found found);
