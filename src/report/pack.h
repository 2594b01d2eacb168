/* pack: what was counted as bytes in a file, and back: one function for both ways, so
 * that what is written is what is read.
 *
 *     struct pack p = {.out = &buf};               or {.in = bytes}
 *     pack_begin(&p);
 *     pack_u64(&p, &t->lines);
 *
 * Numbers are of variable length, little ends first; texts have their length in front.
 * Words go by their names, which a table at the beginning has: they stay when words are
 * added. What is read is foreign: anything that cannot be sets is_bad, and from then on
 * all that is read is 0. A text that was read is valid until PACK_TEXT_LIVES more bytes
 * were.
 */
#pragma once

#include "base/table.h"
#include "report/delays.h"
#include "report/texts.h"
#include "report/words.h"

enum {
    PACK_WORDS_MAX = 1024,
    PACK_VALUE_MAX = 2048,
    PACK_NEED_MAX = 4096, /* bytes that are asked for at once, the longest text */
    PACK_TEXT_LIVES = 32768,
};

struct pack {
    struct buf *out; /* NULL: reads `in` */
    struct span in;
    bool is_bad;
    /* Reading what is longer than `in`: puts more behind what `in` has still, from
     * wherever it comes, and takes it off `left`. Texts that were read before stay valid
     * until the next call but one. NULL: there is no more. */
    void (*more)(struct pack *p);
    void *ctx;
    uint64_t left;  /* bytes that are not in `in` yet */
    bool is_walked; /* reading: nothing will be looked for in the tables, nor added */
    uint16_t words[PACK_WORDS_MAX]; /* reading: which word a number stands for now */
    uint16_t word_count;
};

/* Writes, or reads, the names of the words. */
void pack_begin(struct pack *p);

/* Whether all was read, and good. */
bool pack_is_read(const struct pack *p);

/* Part of pack_u64(): a number of any length. */
void pack_long_u64(struct pack *p, uint64_t *n);

/* A number; what does not fit its type is bad. */
static inline void
pack_u64(struct pack *p, uint64_t *n)
{
    if (p->out || p->in.len == 0 || (p->in.ptr[0] & 0x80)) {
        pack_long_u64(p, n);
        return;
    }
    *n = (uint8_t)p->in.ptr[0]; /* read, and short, as most are */
    p->in.ptr++;
    p->in.len--;
}
void pack_u32(struct pack *p, uint32_t *n);
void pack_i64(struct pack *p, int64_t *n);
void pack_double(struct pack *p, double *n);
void pack_bool(struct pack *p, bool *b);

/* Numbers that are 0 nearly all: only the others are written. */
void pack_few_u64(struct pack *p, uint64_t *n, size_t count);
void pack_few_u32(struct pack *p, uint32_t *n, size_t count);

/* As many, all of them. */
void pack_all_u64(struct pack *p, uint64_t *n, size_t count);

/* A number that is to be as it is now, or it is bad: of a table's entries, a version. */
void pack_same(struct pack *p, uint64_t n);

/* How many entries follow: at most `max`, and no more than there are bytes. */
void pack_count(struct pack *p, uint64_t *n, uint64_t max);

/* A text; read, it is borrowed from `in`. Longer than `max` is bad. */
void pack_text(struct pack *p, struct span *text, size_t max);

/* The same in an array of `room` bytes of its own. */
void pack_chars(struct pack *p, char *text, uint8_t *len, size_t room);

/* A word; one that is not known (any more) is bad. */
void pack_word(struct pack *p, enum word *word);

/* Packs one value of a table. */
typedef void pack_value_fn(struct pack *p, void *value);

/* Durations. */
void pack_delays(struct pack *p, struct delays *d);

/* A table, which is empty when it is read; what finds no room is counted by its budget.
 */
void pack_texts(struct pack *p, struct texts *t, pack_value_fn *value);

/* The same of a table that is of no use to whoever only walks through what was counted:
 * then it stays empty. */
void pack_texts_unread(struct pack *p, struct texts *t, pack_value_fn *value);
