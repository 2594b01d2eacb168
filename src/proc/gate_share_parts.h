/* gate_share_parts: what the files of gate_share.h share. */
#pragma once

#include "base/table.h"
#include "frames_out.h"
#include "gate/check_share.h"
#include "gate/greylist_share.h"
#include "gate_decide.h"
#include "gate_share.h"
#include "share/place.h"

enum {
    SHARE_FLUSH_US = 20000,
    SHARE_OUT_MAX = 256 << 10, /* bytes that wait for the role */
    SHARE_PEERS_MAX = 64,
    SHARE_SERVES_MAX = 8,     /* hosts that ask, and were not answered */
    SHARE_PENDING_MAX = 8192, /* keys of limits that are to be told */
    SHARE_EPOCH_BYTES = 33,
};

/* Somebody else, by the life of its process. */
struct share_peer {
    uint64_t counted; /* seq of the last counts that were taken */
};

/* Somebody who asks. */
struct share_serve {
    uint64_t request;
    int64_t since_s, due_us; /* due: when it may be claimed; 0: it was; -1: by us */
};

/* How far another process could go on: what is written down. */
struct share_mark {
    char place[PLACE_MAX], epoch[SHARE_EPOCH_BYTES];
    int64_t good_s; /* wall: until then all that changed here was told; 0: never */
};

struct gate_share {
    struct gate *gate;
    struct role *role;
    struct chan chan; /* fd -1: there is no role */
    struct loop_fd watch;
    struct frames_out out;
    bool is_blocked;             /* the role does not read */
    struct hash_key check, keys; /* of entries, of limits */
    uint64_t life, seq;
    struct greylist_watch changed;
    struct rates_watch counted;
    struct loop_timer due, walk_due;
    struct buf batch; /* an ENTRY_TRIPLETS that is being filled; empty: none */
    bool is_up, is_missed, has_merged;
    char why[256];               /* it is not up: foreign bytes */
    struct wire_share_line line; /* its texts are not to be used */
    struct share_mark now, older;
    int64_t marked_us;
    /* a walk through the greylist */
    bool is_walking, has_own_walk;
    enum entry_stream walk_stream;
    uint64_t walk_place, walk_request; /* 0: for nobody in particular */
    int64_t walk_since_s, own_since_s;
    struct buf walk_batch;
    struct share_serve serves[SHARE_SERVES_MAX];
    size_t serve_count;
    uint64_t want; /* our own request; 0: none */
    int64_t want_since_s, want_due_us, want_pause_us;
    struct table peers;   /* life -> struct share_peer */
    struct table limits;  /* id -> struct rates * */
    struct table pending; /* struct entry_count's limit and key -> amount and time */
    uint64_t told, merged, refused, forged, counts_told, counts_merged, counts_dropped,
        missed, walks, served;
};

/* --- gate_share.c --- */

/* Signs what is in `entry` and hands it to the role; empties it. */
void share_put(struct gate_share *s, enum entry_stream stream, struct buf *entry);

/* Begins an entry. */
void share_begin_entry(struct gate_share *s, enum entry_kind kind, struct buf *entry);

/* Has share_flush() called soon. */
void share_soon(struct gate_share *s);

/* --- gate_share_walk.c --- */

/* The line is good, as the role says: anew, or as before. */
void share_is_up(struct gate_share *s, bool is_anew, bool is_gap);

/* A step of the walk; a loop_timer_fn. */
void share_walk(void *ctx);

/* Takes ENTRY_WANT and ENTRY_DONE. */
void share_take_want(struct gate_share *s, const struct entry_head *head,
                     struct span body);
void share_take_done(struct gate_share *s, struct span body);
void share_take_claimed(struct gate_share *s, uint64_t claim, bool is_ours);

/* --- gate_share_limits.c --- */

/* Learns what limits there are, and has them told. */
void share_begin_limits(struct gate_share *s);

/* Tells what was counted since the last call. */
void share_tell_counts(struct gate_share *s);

/* Takes ENTRY_COUNTS of a host that was heard of. */
void share_take_counts(struct gate_share *s, const struct entry_head *head,
                       struct share_peer *peer, struct span body);

/* --- gate_share_place.c --- */

/* Reads the mark in the folder; none is a zeroed one. */
void share_read_mark(struct gate_share *s);

/* Writes it, as it was at the last look unless `is_last`: what the greylist has is on the
 * disk a second later. */
void share_write_mark(struct gate_share *s, bool is_last);
