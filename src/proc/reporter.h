/* reporter: what the parts of the process that counts for reports share. */
#pragma once

#include "report/keeper.h"
#include "role.h"
#include "source/tail.h"

/* The journal, as the reader sends it. */
struct reporter_journal {
    struct keeper_source *kept; /* NULL: it is not counted */
    struct chan chan;           /* to the reader; fd -1: there is none */
    struct loop_fd watch;
    struct buf text; /* of a long entry that is on its way */
    bool is_level;   /* all that was there at level_us is counted */
    bool is_gone;    /* entries may be gone behind the last one: to be told */
    bool is_reading; /* packets wait for another turn */
    int64_t level_us;
};

struct reporter {
    struct role role;
    struct keeper *keeper;
    struct attack_rules rules; /* of role.config, or of built_in */
    struct config built_in;
    struct log *logs; /* by the number of the source; kept NULL: not read */
    struct reporter_journal journal;
    struct tail_buffer *buffer;
    struct loop_timer look, more, save;
    int folder;
    bool has_failed; /* to save: that is tried again after a while */
};

/* --- reporter.c --- */

/* Saves. False: it is tried again, though nothing came in between. */
bool reporter_save(struct reporter *r);

/* Saves, some time from now. */
void reporter_save_later(struct reporter *r);

/* Lines are lost, up to `until_us`, as it seems: says so, here and in the report. */
void reporter_lost(struct reporter *r, const struct keeper_source *s, int64_t until_us,
                   const char *what);

/* --- reporter_journal.c --- */

/* Nobody is there yet, and nothing is counted. */
void reporter_journal_init(struct reporter *r);

/* The journal is counted, if the configuration says so. */
void reporter_journal_open(struct reporter *r);

/* Takes the socket to a new reader, which is told where to begin. */
void reporter_journal_take(struct reporter *r, int fd);

/* Takes what the reader has sent, at most `packets`; whether there may be more. */
bool reporter_journal_read(struct reporter *r, int packets);

/* Up to when all of the journal is counted, at most `now_us`, which it is where no
 * journal is counted. False: not all that was sent is. */
bool reporter_journal_level(const struct reporter *r, int64_t *now_us);
