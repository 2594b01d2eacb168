/* session: what several lines of one session say together.
 *
 * A program may name the address in one line and the failure in another (sshd,
 * OpenSMTPD). Lines that name the same session, by <F-MLFID>, are merged as fail2ban
 * does: later values replace earlier ones; a line marked <F-NOFAIL> is no failure by
 * itself; a failure without an address waits until a later line brings one; <F-MLFGAINED>
 * (a login) forgives what waits, unless several accounts were tried; <F-MLFFORGET> ends
 * the session.
 *
 * A session ends SESSIONS_AGE_US after its first line, by the dates of its own lines. The
 * table is bounded: what was not heard of for as long leaves it, and when it is full the
 * one heard of longest ago, which is counted. That is by a clock of the table's own,
 * which follows the lines' dates, but never goes back nor ahead of the caller's now: a
 * host whose clock is fast ends nobody else's sessions. Changes can be read, so that
 * somebody may keep them over a restart.
 */
#pragma once

#include "base/table.h"
#include "event/event.h"

enum {
    SESSIONS_MAX = 4096,
    SESSION_ID_MAX = 93,      /* of a longer name the end counts */
    SESSION_USER_MAX = 160,   /* bytes kept of an account */
    SESSION_CHANGES_MAX = 24, /* not read yet; more filters of one line are not told */
};

#define SESSIONS_AGE_US (INT64_C(300) * 1000000)

/* Zeroed behind the name: compared as bytes. */
struct session_key {
    uint16_t filter;
    uint8_t len;
    char id[SESSION_ID_MAX];
};

struct session {
    int64_t first_us;         /* the date of its first line */
    int64_t heard_us;         /* when that was read, by the table's clock */
    struct addr peer;         /* family 0: not known yet */
    uint64_t first_user;      /* a hash of the first account */
    uint8_t pending_kind;     /* enum event_kind of the failure that waits */
    bool is_pending;          /* a failure waits for an address */
    bool has_user, has_users; /* an account was tried, several */
    uint8_t user_len;
    char user[SESSION_USER_MAX]; /* the last one */
};

struct sessions {
    struct table all;
    int64_t clock_us;
    struct session once; /* of a line that is a session by itself */
    struct session_key changes[SESSION_CHANGES_MAX];
    size_t change_count;
    bool is_watched;
    uint64_t lost;   /* left because the table was full */
    uint64_t untold; /* changes beyond SESSION_CHANGES_MAX of one line */
};

/* What one line says. */
struct session_line {
    int64_t time_us; /* its date */
    int64_t now_us;  /* the caller's */
    enum event_kind kind;
    struct addr peer; /* family 0: none */
    struct span user; /* ptr NULL: none */
    bool is_named;    /* it names somebody otherwise: by a host's name, or an id */
    bool is_of_none;  /* it has an address that is none: not of who was there before */
    bool is_told;     /* an eventregex: never a failure */
    bool is_nofail, is_gained, is_over;
};

enum session_says {
    SESSION_HELD,    /* no event now */
    SESSION_FAILURE, /* a failure of *line: its kind, peer and user are the merged ones;
                        without a peer when the line names somebody otherwise */
    SESSION_TOLD,    /* an event, with the merged peer and user */
};

/* An empty table. Its memory grows as it is used. */
void sessions_init(struct sessions *s);

/* Frees all; a zeroed struct is legal. */
void sessions_fini(struct sessions *s);

/* The key of a session by its name, of any length. */
struct session_key session_key_of(uint16_t filter, struct span id);

/* Takes one line of a session and fills in what is known of it. line->user is borrowed
 * from the session, until the next call. O(1). */
NODISCARD enum session_says session_step(struct sessions *s,
                                         const struct session_key *key,
                                         struct session_line *line);

/* From now on what lines change is remembered; it must be read after every line. Sessions
 * that only grow old, or leave a full table, are not told of. */
void sessions_watch(struct sessions *s);

/* The next change since the last call: the session of `*key`, or NULL in `*now` when it
 * ended. False when there is none. `*now` is valid until the next session_step(). */
NODISCARD bool sessions_change(struct sessions *s, struct session_key *key,
                               const struct session **now);

/* Puts a session back that sessions_change() told of before a restart; when the table is
 * full the one put back first leaves and is counted. False when it cannot be one. */
NODISCARD bool sessions_restore(struct sessions *s, const struct session_key *key,
                                const struct session *session);
