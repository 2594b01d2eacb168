/* server: the policy protocol of Postfix (SMTPD_POLICY_README) on any number of listening
 * sockets: what is read, what is answered, and when.
 *
 * It knows nothing of restrictions. Of a request that came whole it makes a turn, and
 * gives it to the decider, who answers now or later. One turn a connection: what a client
 * sends meanwhile waits. Answers go out together at the end of a round of the loop, after
 * `before_answers` has been called: what must be on disk before anybody hears of it is
 * written there.
 *
 * Nobody waits for ever: a turn that is not answered by its deadline gets the fail
 * answer; so does what is malformed or too long but is a policy request. What is none is
 * not answered at all. A connection that says nothing holds no buffer.
 *
 *     gate_server_new(&server, &loop, &options);
 *     gate_server_listen(server, fd);
 *     loop.wake: gate_server_wake(server, clock_wall_us(), clock_boot_us());
 *     loop.turn: gate_server_flush(server);
 */
#pragma once

#include "base/loop.h"
#include "gate/answer.h"
#include "gate/request.h"

enum {
    GATE_LISTENERS_MAX = 32,
    GATE_REQUEST_MAX = 64 << 10, /* bytes of one request */
};

struct gate_turn;

/* Tells that nobody waits for the answer any longer. It must still be given, at once or
 * later. */
typedef void gate_cancel_fn(struct gate_turn *turn);

/* One request that is to be decided. The decider writes `on_cancel` and `work` only. */
struct gate_turn {
    const struct gate_request *request; /* valid until gate_turn_answer() returns */
    int64_t now_s;                      /* wall clock, since 1970 */
    int64_t now_us, deadline_us;        /* since boot */
    unsigned listener;                  /* the how manieth gate_server_listen() */
    bool is_cancelled;         /* the deadline has passed, or the client has hung up */
    gate_cancel_fn *on_cancel; /* NULL: nobody wants to know */
    void *work;                /* the decider's own */
};

/* Begins to decide `turn`. gate_turn_answer() is to be called exactly once, by it or
 * later. */
typedef void gate_decide_fn(void *ctx, struct gate_turn *turn);

/* Answers; a turn that is cancelled may be answered as well, which changes nothing. The
 * text is borrowed until this returns; the turn and its request are gone then. */
void gate_turn_answer(struct gate_turn *turn, const struct gate_answer *answer);

/* Answers will be sent when this returns: called once a round that has any. */
typedef void gate_before_fn(void *ctx);

/* What goes wrong; gate_trouble_name() has each as a word. Each is counted. */
enum gate_trouble {
    GATE_LATE,        /* not decided by its deadline: fail answer */
    GATE_BROKEN,      /* malformed: fail answer */
    GATE_TOO_LONG,    /* more than GATE_REQUEST_MAX: fail answer, and closed */
    GATE_OVERLOADED,  /* as many cancelled turns are not answered yet as connections may
                       * be: fail answer */
    GATE_NO_REQUEST,  /* not of this protocol: closed */
    GATE_CUT,         /* hung up within a request */
    GATE_GONE,        /* hung up before its answer */
    GATE_SLOW_WRITER, /* a request took longer than the deadline: closed */
    GATE_SLOW_READER, /* so did an answer: closed */
    GATE_EVICTED,     /* closed, idle longest, for a new connection */
    GATE_REFUSED,     /* too many connections, and none idle: closed */
    GATE_NOT_TAKEN,   /* the system has no connection left to give */
    GATE_TROUBLES,
};

/* One more of these, from a connection to `listener`. */
typedef void gate_trouble_fn(void *ctx, enum gate_trouble what, unsigned listener);

struct gate_server_options {
    int64_t deadline_us, idle_us;
    size_t connections;      /* the most at a time */
    struct gate_answer fail; /* the text is copied */
    gate_decide_fn *decide;
    gate_before_fn *before_answers; /* may be NULL */
    gate_trouble_fn *trouble;       /* may be NULL */
    void *ctx;                      /* for all three */
};

struct gate_counts {
    uint64_t accepted, requests, answers;
    uint64_t idled; /* closed after idle_us without a word */
    uint64_t troubles[GATE_TROUBLES];
    size_t connections, deciding, orphans; /* now; orphans: cancelled and not answered */
};

struct gate_server;

/* Makes a server; `l` outlives it. */
void gate_server_new(struct gate_server **out, struct loop *l,
                     const struct gate_server_options *options);

/* Gives whose turn it is the fail answer, as far as the sockets take it at once, and
 * closes everything. Turns still with the decider are cancelled, and must not be answered
 * any more once this has returned. NULL is legal. */
void gate_server_free(struct gate_server *s);

/* Takes a listening, non-blocking socket, which is closed with the server. 0, or a
 * negative errno (then it stays the caller's). */
NODISCARD int gate_server_listen(struct gate_server *s, int fd);

/* Closes the listening sockets; who is connected is served on. */
void gate_server_deafen(struct gate_server *s);

/* Sets the time; at the beginning of each round of the loop. */
void gate_server_wake(struct gate_server *s, int64_t wall_us, int64_t boot_us);

/* Sends the answers of the round; at its end. */
void gate_server_flush(struct gate_server *s);

/* Counts since the beginning. */
struct gate_counts gate_server_counts(const struct gate_server *s);

/* "late" and the like. */
const char *gate_trouble_name(enum gate_trouble what);
