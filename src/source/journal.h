/* journal: the entries of a systemd journal that a match wants, one after the other.
 *
 * Over libsystemd's sd_journal; linked into the journal reader alone. What names a place
 * in a journal is a cursor, a text of libsystemd's.
 *
 *     e = journal_open(place, match, &j);
 *     found = journal_begin(j, cursor, since_us);        // once, and again at will
 *     while ((outcome = journal_next(j, &entry)) == JOURNAL_ENTRY)
 *         ...
 *     // journal_fd(j) is readable: e = journal_process(j), then journal_next() again
 */
#pragma once

#include "source/journal_line.h"

struct journal;

/* One entry; its texts live until the next call. */
struct journal_entry {
    struct journal_fields fields;
    int64_t time_us;    /* wall time: _SOURCE_REALTIME_TIMESTAMP, else when it came in */
    struct span cursor; /* at most JOURNAL_CURSOR_MAX bytes */
};

enum journal_outcome {
    JOURNAL_ENTRY,
    JOURNAL_IDLE,   /* all is read */
    JOURNAL_FAILED, /* journal_error() says why */
};

enum journal_found {
    JOURNAL_BEHIND, /* goes on behind the entry of the cursor */
    JOURNAL_GAP, /* that entry is gone: goes on with the oldest behind it that remains */
    JOURNAL_SINCE, /* no cursor: begins at the time asked for */
    JOURNAL_LOST,  /* failed: journal_error() says why */
};

/* Has libsystemd read which machine this is, by which it knows its own journal in
 * /var/log; before a sandbox closes, behind which it would find nothing there. Where
 * there is no id it finds nothing in any case. */
void journal_prepare(void);

/* Opens the journal at `place` (source/journal_place.h; without flags, of this machine's
 * own what the system wrote) to read what `match`, a normal form of conf/journalmatch.h,
 * wants. 0, or a negative errno; the caller ends it with journal_close(). Files that
 * cannot be read are passed over: ask journal_access(). Patterns of files are looked up
 * once. */
NODISCARD int journal_open(const char *place, struct span match, struct journal **out);

/* Closes; NULL is legal. */
void journal_close(struct journal *j);

/* Goes behind the entry of `cursor`; without one to the first entry of `since_us` or
 * later. */
NODISCARD enum journal_found journal_begin(struct journal *j, struct span cursor,
                                           int64_t since_us);

/* The next entry. */
NODISCARD enum journal_outcome journal_next(struct journal *j, struct journal_entry *out);

/* Whether the entry of the cursor, or the one read last, was gone when its place was
 * looked for last, by journal_begin() or journal_process(). */
bool journal_is_gap(const struct journal *j);

/* Whether entries that came after `since_us` (wall time) may have left the journal: it is
 * empty or begins later. Where others than journald may put files, its beginning says
 * little of what is gone: there it is so after every gap. */
bool journal_may_miss(struct journal *j, int64_t since_us);

/* The negative errno of what failed last. */
int journal_error(const struct journal *j);

/* A descriptor that is readable when something has changed, and the events to wait for
 * (poll's); it is the journal's. */
int journal_fd(const struct journal *j);

/* Takes notice of what has changed: new entries, files that came and went. 0, or a
 * negative errno. */
NODISCARD int journal_process(struct journal *j);
