/* sensor: the process that reads the attacker's text, and can do nothing else.
 *
 * Bytes of logs and syslog datagrams become lines, lines become hits, hits become EVENT
 * frames in batches for judge. It has no network, no open(2) and no file of its own:
 * komainud hands it descriptors. It stops reading when judge is behind, and drops
 * nothing.
 */
#pragma once

#include "match/matcher.h"
#include "role.h"
#include "source/inbox.h"
#include "source/journal_line.h"
#include "source/stream.h"
#include "source/tail.h"
#include "wire/meaning.h"
#include "wire/outbox.h"

enum { SENSOR_PEERS_MAX = 64 }; /* connections to one listener */

struct sensor;
struct sensor_source;

/* A connection over which another host sends its syslog. */
struct sensor_peer {
    struct sensor *sensor;
    struct sensor_source *source;
    struct loop_fd watch; /* fd -1: none */
    struct stream stream;
    int64_t heard_us; /* since boot */
};

/* One line as it was read. */
struct sensor_line {
    struct span raw;
    uint64_t
        offset;     /* of its first byte; of a datagram its stamp, of a stream a number */
    uint64_t end;   /* of a file: where the next line begins */
    int64_t now_us; /* when it was read; of a journal's entry, when it was written */
    bool is_live;   /* was written just now, not while nobody read */
    const struct line *split; /* its parts, when they are known; else NULL */
};

struct sensor_source {
    uint16_t index;
    enum source_kind kind;
    filter_set filters;   /* bit set of the filters that read it */
    bool has_descriptors; /* everything was offered once */
    bool has_begun;
    bool has_place; /* judge said where to go on */
    bool is_due;    /* there may be something to read */
    struct tail_place place;
    int64_t stamp_ns; /* of a socket: the datagram handed over last */
    int64_t file_watch, old_watch, dir_watch;
    int64_t open_error; /* why komainud cannot open the file: negative errno, or 0 */
    struct tail tail;
    struct inbox inbox;
    struct loop_fd inbox_watch;
    bool is_taken_later;                 /* a datagram was batched but not sent yet */
    struct loop_fd listener;             /* of SOURCE_TCP */
    struct sensor_peer *peers;           /* SENSOR_PEERS_MAX of them */
    uint64_t messages;                   /* of all connections */
    bool has_progress;                   /* read further than judge was told */
    char cursor[JOURNAL_CURSOR_MAX + 1]; /* of a journal: of the entry read last; "" */
    bool is_place_own; /* of a journal: it was begun once, so we know better than judge */
    enum source_state state;
    int64_t error;
    bool is_state_told;
};

struct sensor {
    struct role role;
    struct matcher *matcher;
    struct sensor_source *sources;
    struct tail_buffer *buffer;
    struct chan judge;
    struct loop_fd judge_watch;
    bool has_resume; /* this judge has said what it committed */
    bool may_read;   /* a judge has said GO */
    struct outbox outbox;
    struct buf packet; /* the batch that is being filled */
    struct loop_fd notify_watch;
    struct loop_timer more; /* armed at once when a round left something unread */
    struct loop_timer tell; /* armed while there is progress to tell */
    uint64_t lines, bytes, hits, long_lines;
    uint64_t cut_messages, refused_senders, broken_streams;
    struct chan journal; /* to the journal reader; fd -1: none */
    struct loop_fd journal_watch;
    bool is_journal_due;     /* there may be packets of it */
    struct buf journal_text; /* parts of an entry that is not complete */
    uint16_t journal_source; /* whose they are */
};

/* --- sensor_link.c: the way to judge --- */

/* Takes the socket to a (new) judge. */
void sensor_take_judge(struct sensor *s, int fd);

/* Makes sure that `events` events, `sessions` changes of sessions and the place behind
 * them go into one batch: it is committed whole. */
void sensor_reserve(struct sensor *s, size_t events, size_t sessions);

/* Adds one event to the batch that was reserved. */
void sensor_add_event(struct sensor *s, const struct event *e);

/* Adds what the last line changed of sessions to it. */
void sensor_add_sessions(struct sensor *s);

/* Adds the place that `source` is done with to it. */
void sensor_add_place(struct sensor *s, const struct sensor_source *source);

/* Closes the batch and sends what waits. Whether everything is sent. */
bool sensor_flush(struct sensor *s);

/* --- sensor_read.c: lines, files, rounds --- */

/* Matches one line. Whether it made events or changed sessions: they and the place behind
 * the line are in one batch then, so that nothing can come between them. */
bool sensor_take_line(struct sensor *s, struct sensor_source *source,
                      const struct sensor_line *read);

/* Tells judge how the source is, if that is news; `error` is a negative errno. */
void sensor_tell_state(struct sensor *s, struct sensor_source *source,
                       enum source_state state, int64_t error);

/* Asks komainud for the files of a source anew. */
void sensor_ask_again(struct sensor *s, const struct sensor_source *source);

/* Something was read: places and counts are told some time later. */
void sensor_arm_tell(struct sensor *s);

/* Reads until nothing is left, judge is behind, or the others need a turn. */
void sensor_read_round(struct sensor *s);

/* Before this no jail counts a line of the source: a log never seen before is read from
 * here on. */
int64_t sensor_oldest_wanted_us(const struct sensor *s,
                                const struct sensor_source *source);

/* --- sensor_journal.c: the way to the journal reader --- */

/* Takes the socket to a new reader. */
void sensor_take_journal(struct sensor *s, int fd);

/* Has the reader begin a source, once it and the place are known. */
void sensor_begin_journal(struct sensor *s, struct sensor_source *source);

/* Reads some packets of the reader, unless judge is behind. Whether there may be more at
 * once. */
bool sensor_read_journal(struct sensor *s);
