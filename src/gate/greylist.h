/* greylist: who is asked to come back, as postgrey asks.
 *
 * A mail of a sender, a recipient and a network (a triplet) that is not known is put off;
 * when it comes again after `delay` and within `retry-window` it passes, and all that
 * follow with it, until none has come for `max-age`. A client whose triplets have passed
 * `auto-whitelist-clients` times passes without being asked. Answers, texts and lines of
 * the log are postgrey's (1.37); what differs on purpose:
 *
 *  - what is over is over when it is looked up, not when something cleans up at night;
 *  - a triplet that has passed stays so when `delay` grows or the clock goes back;
 *  - what the options beside postgrey's say (conf/config_greylist.h).
 *
 * What is known lives in memory and in a log of records (gate/grey_store.h). Of a triplet
 * and a client a keyed hash is kept, no text.
 *
 * Nothing here waits: greylist_ask() is O(1) and makes no system call but, when asked for
 * postgrey's lines, one send(). greylist_commit() is one write(), to be called once for
 * all questions of a turn before their answers go out: then no answer that was given is
 * forgotten by a process that is killed. Time is an argument.
 *
 *     err = greylist_open(&config, folder, &notes, &g);
 *     greylist_ask(g, &ask, &answer);
 *     greylist_commit(g);
 *     ... send the answers; greylist_tick() when it says
 */
#pragma once

#include "base/addr.h"
#include "conf/config_greylist.h"

struct greylist;

/* What the caller knows of the client of a question: bits. */
enum greylist_looks {
    GREYLIST_TRUSTED = CONFIG_GREYLIST_TRUSTED, /* a list or the watch trusts it */
    GREYLIST_SPF_PASS = CONFIG_GREYLIST_SPF,    /* for the sender of this question */
    GREYLIST_DNSWL = CONFIG_GREYLIST_DNSWL,     /* listed in a white list of DNS */
    GREYLIST_GENERIC = 16,  /* its name is one of a range of addresses: dyn-7-51... */
    GREYLIST_DOUBTFUL = 32, /* a block list, its HELO, the watch: something is wrong */
};

/* All borrowed; what is not known is empty. */
struct greylist_ask {
    struct addr client;      /* family 0: the answer is GREYLIST_NOT_ASKED */
    struct span client_name; /* forward-confirmed, or "unknown" */
    struct span helo, sender, recipient;
    struct span instance; /* the same for all recipients of a message */
    struct span queue_id;
    struct span spf_domain; /* for which SPF passed (with GREYLIST_SPF_PASS) */
    bool has_etrn_domain;
    unsigned looks;
    int64_t now_s; /* wall clock */
};

enum greylist_outcome {
    GREYLIST_NEW,        /* put off: never seen, or long ago */
    GREYLIST_EARLY,      /* put off: `missing_s` too soon */
    GREYLIST_FIRST_PASS, /* after `delayed_s`; `header` is to be added, once a message */
    GREYLIST_PASS,       /* known */
    GREYLIST_AWL,        /* the client is known for passing */
    GREYLIST_CLIENT_LISTED,    /* whitelist-clients */
    GREYLIST_RECIPIENT_LISTED, /* whitelist-recipients */
    GREYLIST_SKIPPED,          /* by an option of ours: see `why` */
    GREYLIST_NOT_ASKED,        /* no client or recipient to know it by */
    GREYLIST_OUTCOMES,
};

/* The texts live until the next call with the same greylist. They hold foreign bytes (the
 * recipient's domain): who sends them makes them safe. */
struct greylist_answer {
    enum greylist_outcome outcome;
    uint32_t missing_s; /* put off: to wait from now */
    uint32_t delayed_s; /* GREYLIST_FIRST_PASS */
    struct span action; /* put off: "DEFER_IF_PERMIT", else empty */
    struct span text;   /* put off: "4.2.0 Greylisted, see ..." */
    struct span
        header; /* GREYLIST_FIRST_PASS, and first of its message: "X-Greylist: ..." */
    const char *why; /* a word for it: "new", "early-retry", "client-awl" ... */
};

/* What has happened since the greylist was opened. */
struct greylist_counts {
    uint64_t outcomes[GREYLIST_OUTCOMES];
    uint64_t triplets, clients; /* known now, or over and not yet cleaned up */
    uint64_t evicted;           /* pushed out of a full table */
    uint64_t expired;           /* cleaned up */
    uint64_t lost_lines;        /* of postgrey's log, that syslog did not take */
    uint64_t damaged;           /* records of the log that could not be read */
};

enum greylist_trouble {
    GREYLIST_FINE,
    GREYLIST_WRITE_FAILS, /* goes on from memory; `error` is the errno */
    GREYLIST_WRITES_AGAIN,
};

/* Opens what is known in `folder` (made with mode 0700 when it is not there), the white
 * lists, and syslog when its lines are asked for; to be called before files are shut off.
 * `config` is borrowed until greylist_close(). What is odd but no failure (a damaged log,
 * a line of a white list that cannot be read) is told in `notes`, a line each. 0, or a
 * negative errno: -EWOULDBLOCK when another process has the folder. O(what is known). */
NODISCARD int greylist_open(const struct config_greylist *config, const char *folder,
                            struct buf *notes, struct greylist **out);

/* Writes what waits, syncs it, and frees all; NULL is legal. */
void greylist_close(struct greylist *g);

/* Answers one question. O(1) but for the regular expressions of the white lists. */
void greylist_ask(struct greylist *g, const struct greylist_ask *ask,
                  struct greylist_answer *out);

/* The same without remembering anything: what would be answered. */
void greylist_try(struct greylist *g, const struct greylist_ask *ask,
                  struct greylist_answer *out);

/* Writes what the questions since the last call have changed: one write(), or none. */
void greylist_commit(struct greylist *g);

/* Does the work of the background in steps of about a millisecond: syncs once a second,
 * forgets what is over, rewrites the log. Returns in how many milliseconds it wants to be
 * called again, 10 to 1000. `boot_us` is of the clock that never steps. */
unsigned greylist_tick(struct greylist *g, int64_t now_s, int64_t boot_us);

/* Whether writing fails since the last question of this kind, or does so no longer: to be
 * told once. */
enum greylist_trouble greylist_trouble(struct greylist *g, int *error);

/* Reads the white lists anew (SIGHUP, or when they have changed); what is wrong is told
 * in `notes`, and a file that cannot be read leaves its list as it was. */
void greylist_reload(struct greylist *g, struct buf *notes);

/* All that was counted since it was opened. */
void greylist_counts(const struct greylist *g, struct greylist_counts *out);

/* Opens what is known to look at it, while a gate may have it: for greylist_try(),
 * greylist_next() and greylist_client_count(), then greylist_close(). 0, or a negative
 * errno: -ENOENT when nothing is there. */
NODISCARD int greylist_look(const struct config_greylist *config, const char *folder,
                            struct buf *notes, struct greylist **out);

struct greylist_known {
    bool is_client;  /* else a triplet */
    bool has_passed; /* a triplet: once at least */
    int64_t first_s, last_s;
    uint32_t count; /* of a client: how often it has passed */
    char key[33];   /* in hex: of what, cannot be said */
};

/* Gives one after the other what is not over: `*place` begins as 0. False: that was all.
 */
NODISCARD bool greylist_next(const struct greylist *g, uint64_t *place, int64_t now_s,
                             struct greylist_known *out);

/* How often a client has passed, as the auto whitelist counts; 0: not known. */
uint32_t greylist_client_count(struct greylist *g, const struct addr *client,
                               int64_t now_s);

/* Lets a client pass as one that is known for passing, until max-age. */
void greylist_allow(struct greylist *g, const struct addr *client, int64_t now_s);

/* Forgets a triplet, under its network and the pool that `ask` names, or, without a
 * recipient, the client. False: it was not known. */
bool greylist_forget(struct greylist *g, const struct greylist_ask *ask);

/* What became of the pairs of a dump. */
struct greylist_imported {
    uint64_t triplets, clients; /* taken over */
    uint64_t same;              /* known here already */
    uint64_t over, broken;      /* older than max-age or retry-window; not readable */
};

/* Takes over what postgrey knows: `fd` gives the text that db_dump (-p or not) writes of
 * its postgrey.db or postgrey_clients.db, with or without --privacy. Which of the two it
 * is shows. 0; -EBADMSG: it is no such text, or its end is missing (what was read is
 * taken over); or another negative errno. O(pairs). */
NODISCARD int greylist_import(struct greylist *g, int fd, int64_t now_s,
                              struct greylist_imported *out);

/* One pair of such a text. */
struct greylist_pair {
    struct span key, value;
};

/* Takes over one pair, and adds to `done`; kept when greylist_commit() is called. O(1).
 */
void greylist_import_pair(struct greylist *g, const struct greylist_pair *pair,
                          int64_t now_s, struct greylist_imported *done);

/* "new", "early-retry", "first-pass", "pass", "client-awl", "client-whitelist",
 * "recipient-whitelist", "skipped", "not-asked". */
const char *greylist_outcome_name(enum greylist_outcome outcome);
