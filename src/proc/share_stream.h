/* share_stream: the streams of Redis through which hosts share, as komainu-share writes
 * and reads them. What entries say is not known here: they are the gate's.
 *
 * Of a cluster called NAME there are in Redis
 *
 *     NAME:epoch        a random word of who found it empty: another one, and all is anew
 *     NAME:log          what changes, of all hosts; the last 16,384 entries or so
 *     NAME:bulk         what is told to who has missed something; for an hour
 *     NAME:limits       what is counted for limits; for a day
 *     NAME:claim:...    who answers whom
 *
 * Two connections: one writes, in order and without waiting for answers, the other reads
 * and is blocked there. When one of them fails both are ended and made anew after a pause
 * that grows; an error that Redis answers is a failure, too. What was written and not
 * answered is not sent again: the gate sends what it has changed since.
 */
#pragma once

#include "conf/config_share.h"
#include "share/entry.h"
#include "share/place.h"
#include "share_link.h"

enum {
    SHARE_WHY_MAX = 256,
    SHARE_EPOCH_MAX = 33,
    SHARE_AWAITED_MAX = 8192, /* commands without an answer */
    SHARE_KEY_MAX = 96,
};

enum share_state { SHARE_CUT, SHARE_UP, SHARE_STATES };

struct share_stream;

struct share_events {
    /* An entry of a stream, behind all before. */
    void (*entry)(void *ctx, enum entry_stream stream, struct span place,
                  struct span payload);
    void (*claimed)(void *ctx, uint64_t claim, bool is_ours);
    /* The state, or a count, is another; `is_anew`: connections have just been made;
     * once a second while it is up. */
    void (*told)(void *ctx, bool is_anew);
    void *ctx;
};

struct share_stream {
    struct loop *loop; /* set by the owner, as all up to `events` */
    const struct config_share *config;
    const char *password; /* NULL: none */
    struct share_events events;
    struct config_gate_listen where;
    char keys[ENTRY_STREAMS][SHARE_KEY_MAX], epoch_key[SHARE_KEY_MAX];
    struct share_link writer, reader;
    enum share_state state;
    bool is_wanted;      /* there is a gate */
    bool is_held;        /* nothing is read until the gate has taken what there is */
    bool is_asking;      /* a XREAD is not answered */
    bool is_gap;         /* what is behind our place is not all there */
    unsigned one_by_one; /* so many replies of one entry, since one was too long */
    bool was_added[ENTRY_STREAMS]; /* since the last beat */
    char epoch[SHARE_EPOCH_MAX], known_epoch[SHARE_EPOCH_MAX];
    struct place places[ENTRY_STREAMS], first, last[ENTRY_STREAMS];
    bool has_place[ENTRY_STREAMS];
    struct {
        uint8_t what;
        uint64_t claim;
    } * awaited; /* a ring */
    size_t awaited_first, awaited_count;
    int64_t wrote_us, read_us; /* since boot: when each was heard of */
    int64_t pause_us;
    struct loop_timer beat, retry;
    char why[SHARE_WHY_MAX]; /* of a cut; foreign bytes */
    uint64_t sent, got, strange, connects;
};

/* Makes ready. False: `config` has no place that can be read (it was checked). */
NODISCARD bool share_stream_init(struct share_stream *s);

/* A gate has come: connects, and reads behind its place in the log, which belongs to an
 * epoch; both empty: it has read nothing. */
void share_stream_begin(struct share_stream *s, struct span place, struct span epoch);

/* There is no gate any more. */
void share_stream_stop(struct share_stream *s);

/* Adds an entry to a stream; while it is cut nothing happens. */
void share_stream_add(struct share_stream *s, enum entry_stream stream,
                      struct span payload);

/* Asks Redis who is the first to claim this. */
void share_stream_claim(struct share_stream *s, uint64_t claim);

/* Whether as much waits for Redis as there may. */
bool share_stream_is_full(const struct share_stream *s);

/* Nothing, or again something, may be read. */
void share_stream_hold(struct share_stream *s, bool is_held);

/* Sends what waits; at the end of a round. */
void share_stream_flush(struct share_stream *s);

/* --- share_reply.c --- */

/* Gives each entry of a reply to XREAD to `events`, and notes its place; what is none of
 * ours is counted. False: the reply is no such thing. */
NODISCARD bool share_take_entries(struct share_stream *s, struct span reply);

/* The id of the only entry of a reply to XRANGE; `*has` whether there is one. False: the
 * reply is no such thing. */
NODISCARD bool share_take_id(struct span reply, struct place *out, bool *has);
