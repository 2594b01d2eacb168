/* server_internal: what the files of the server share: its connections, in one list for
 * each thing they wait for, so that whoever has waited longest stands first. */
#pragma once

#include "base/buf.h"
#include "gate/server.h"

enum {
    GATE_ASK_ROOM = 4096,     /* bytes of a buffer at first, and of one that is kept */
    GATE_ASKS_KEPT = 128,     /* buffers kept for later */
    GATE_DRAIN_MAX = 1 << 20, /* bytes thrown away behind a last answer */
};

enum gate_wait {
    GATE_IDLE,     /* for a request */
    GATE_READING,  /* for the rest of one */
    GATE_DECIDING, /* for the decider */
    GATE_ANSWERED, /* for the end of the round */
    GATE_WRITING,  /* for the client to read its answer */
    GATE_AGAIN,    /* for the next round: the next request is there already */
    GATE_DRAINING, /* for the client to hang up */
    GATE_WAITS,
};

/* A request: its bytes, and the turn that is made of it. Kept for the next one; an idle
 * connection has none. */
struct gate_ask {
    struct gate_turn turn;
    struct gate_request request;
    struct gate_server *server;
    struct gate_conn *conn; /* NULL: nobody waits any longer */
    char *bytes;
    size_t len, room;
    size_t scanned;        /* so far there is no end of a request */
    size_t used;           /* bytes of the request that is decided; 0: none is */
    struct gate_ask *next; /* kept, or orphans */
    struct gate_ask *previous;
};

struct gate_conn {
    struct gate_server *server;
    struct loop_fd watch;
    unsigned listener;
    enum gate_wait wait;
    struct gate_conn *previous, *next; /* of those who wait for the same */
    int64_t since_us;
    struct gate_ask *ask;   /* NULL: idle, or being answered */
    size_t out_at, out_len; /* GATE_ANSWERED: of the server's `out` */
    char *rest;             /* GATE_WRITING: what the socket did not take; owned */
    size_t rest_len, drained;
    bool is_paused; /* not watched for reading */
    bool is_last;   /* closed behind its answer */
};

struct gate_listener {
    struct gate_server *server;
    struct loop_fd watch; /* fd -1: closed */
    unsigned number;
};

struct gate_server {
    struct loop *loop;
    struct gate_server_options options;
    char fail_text[GATE_TEXT_MAX];
    struct gate_listener *listeners[GATE_LISTENERS_MAX];
    unsigned listener_count;
    struct {
        struct gate_conn *first, *last;
    } waits[GATE_WAITS];
    struct gate_ask *kept, *orphans;
    size_t kept_count;
    struct buf out;                /* answers of the round */
    struct loop_timer timer, deaf; /* the next time-out; listening again */
    int64_t wall_us, now_us;
    struct gate_counts counts;
};

/* Makes `c` wait for something, from now on, or (GATE_WAITS) for nothing. */
void gate_conn_wait(struct gate_conn *c, enum gate_wait wait);

/* Takes a connection. */
void gate_conn_new(struct gate_listener *l, int fd);

/* Closes it; a turn of its is cancelled. */
void gate_conn_close(struct gate_conn *c);

/* Sends the answer of a connection in GATE_ANSWERED, and goes on. */
void gate_conn_send(struct gate_conn *c);

/* Looks whether a whole request is there, and begins with it. */
void gate_conn_proceed(struct gate_conn *c);

/* Gives a connection in GATE_DECIDING the fail answer, and cancels its turn. */
void gate_conn_give_up(struct gate_conn *c);

/* Counts and tells. */
void gate_server_tell(struct gate_server *s, enum gate_trouble what, unsigned listener);

/* A buffer for a request; takes it back; makes more room in it. */
struct gate_ask *gate_ask_take(struct gate_server *s);
void gate_ask_release(struct gate_ask *a);
void gate_ask_grow(struct gate_ask *a);

/* Its client is gone: it waits for the decider's answer alone. */
void gate_ask_orphan(struct gate_ask *a);
