/* entry: what the gates of several hosts tell each other, as bytes.
 *
 * One entry of a stream of Redis is one of these, all numbers little-endian:
 *
 *      0  4  "KSH1"
 *      4  1  kind: enum entry_kind
 *      5  3  zeros
 *      8  8  life: a random number of the process that wrote it
 *     16  8  seq: of its entries, counted up
 *     24  8  time_s: its clock
 *     32     records, each of the length of the kind
 *     end 8  check: SipHash-2-4 of all before, keyed by what all hosts have
 *
 * Who has Redis and not the secret can forge none, and learns hashes alone. It can leave
 * entries out and send them again: triplets are merged, which again changes nothing;
 * counts are taken once by life and seq.
 *
 *     entry_begin(&b, &head);
 *     entry_add_triplet(&b, &t);
 *     entry_seal(&b, key);
 *
 *     if (entry_open(payload, key, &head, &body))
 *         while (entry_next_triplet(&body, &t)) ...
 */
#pragma once

#include "base/buf.h"
#include "base/hash.h"

enum {
    ENTRY_HEAD_BYTES = 32,
    ENTRY_CHECK_BYTES = 8,
    ENTRY_TRIPLET_BYTES = 28,
    ENTRY_COUNT_BYTES = 24,
    ENTRY_WANT_BYTES = 16,
    ENTRY_RECORDS_MAX = 128,
    ENTRY_MAX = 4096, /* of a whole one */
};

enum entry_kind {
    ENTRY_TRIPLETS = 1, /* triplets and clients of the greylist */
    ENTRY_COUNTS,       /* what came of limited things */
    ENTRY_WANT,         /* somebody asks for what is known since a time */
    ENTRY_DONE,         /* and has it all now */
    ENTRY_KINDS,
};

/* Streams; in the order of their names in Redis. */
enum entry_stream { ENTRY_LOG, ENTRY_BULK, ENTRY_LIMITS, ENTRY_STREAMS };

struct entry_head {
    enum entry_kind kind;
    uint64_t life, seq;
    int64_t time_s;
};

/* As gate/grey_store.h has it. */
struct entry_triplet {
    uint64_t a, b;
    uint32_t first_s, last_s;
    uint16_t count;
    uint8_t kind, flags;
};

/* So much came of `key` for the limit `limit`; both are hashes. */
struct entry_count {
    uint64_t limit, key;
    uint32_t amount, time_s;
};

/* since_s: what changed since then; of ENTRY_DONE nothing. */
struct entry_want {
    uint64_t request;
    int64_t since_s;
};

/* Appends the head of an entry; `out` is empty before. */
void entry_begin(struct buf *out, const struct entry_head *head);

/* Append a record of the kind that the head names. */
void entry_add_triplet(struct buf *out, const struct entry_triplet *t);
void entry_add_count(struct buf *out, const struct entry_count *c);
void entry_add_want(struct buf *out, const struct entry_want *w);

/* Appends the check. */
void entry_seal(struct buf *out, struct hash_key key);

/* How many records an entry of `len` bytes has that is not sealed. */
size_t entry_records(enum entry_kind kind, size_t len);

/* Opens an entry: its head, and its records. False: it is none, or of nobody who has the
 * key. `*body` borrows. O(bytes). */
NODISCARD bool entry_open(struct span payload, struct hash_key key,
                          struct entry_head *head, struct span *body);

/* Take the next record off a body; false: that was all. */
NODISCARD bool entry_next_triplet(struct span *body, struct entry_triplet *out);
NODISCARD bool entry_next_count(struct span *body, struct entry_count *out);
NODISCARD bool entry_next_want(struct span *body, struct entry_want *out);
