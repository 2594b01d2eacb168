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

#include <float.h>

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
    struct buf *out; /* NULL: reads `in`, which is empty otherwise */
    struct span in;
    bool is_bad;
    /* Reading what is longer than `in`: puts more behind what `in` has still, from
     * wherever it comes, and takes it off `left`. Texts that were read before stay valid
     * until the next call but one. NULL: there is no more. */
    void (*more)(struct pack *p);
    void *ctx;
    uint64_t left;  /* bytes that are not in `in` yet */
    bool is_walked; /* reading: nothing will be looked for in the tables, nor added */
    size_t rows;    /* when it is walked: of tables with a worth no more will be shown,
                       at most BEST_MAX; 0: all of them */
    uint16_t words[PACK_WORDS_MAX]; /* reading: which word a number stands for now */
    uint16_t word_count;
};

/* Writes, or reads, the names of the words. */
void pack_begin(struct pack *p);

/* Whether all was read, and good. */
bool pack_is_read(const struct pack *p);

/* Part of what follows: a number of any length; one that is bad. */
void pack_long_u64(struct pack *p, uint64_t *n);
void pack_spoil(struct pack *p);

/* A number; what does not fit its type is bad. Most are short. */
static inline void
pack_u64(struct pack *p, uint64_t *n)
{
    const uint8_t *at = (const uint8_t *)p->in.ptr;
    size_t len = 1;

    if (p->in.len < 2 || (at[0] & at[1] & 0x80)) { /* or it is written */
        pack_long_u64(p, n);
        return;
    }
    *n = at[0];
    if (at[0] & 0x80) {
        *n = (at[0] & 0x7F) | (uint64_t)at[1] << 7;
        len = 2;
    }
    p->in.ptr += len;
    p->in.len -= len;
}

static inline void
pack_u32(struct pack *p, uint32_t *n)
{
    uint64_t wide = *n;

    pack_u64(p, &wide);
    if (wide > UINT32_MAX) {
        pack_spoil(p);
        wide = 0;
    }
    *n = (uint32_t)wide;
}

/* Small ones of both signs are short. */
static inline void
pack_i64(struct pack *p, int64_t *n)
{
    uint64_t wide = (uint64_t)*n << 1 ^ (*n < 0 ? UINT64_MAX : 0);

    pack_u64(p, &wide);
    *n = (int64_t)(wide >> 1 ^ (wide & 1 ? UINT64_MAX : 0));
}

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
static inline void
pack_count(struct pack *p, uint64_t *n, uint64_t max)
{
    pack_u64(p, n);
    if (*n > max || (!p->out && *n > p->in.len + p->left)) {
        pack_spoil(p);
        *n = 0;
    }
}

/* Part of pack_text(): one of any length. */
void pack_long_text(struct pack *p, struct span *text, size_t max);

/* A text; read, it is borrowed from `in`. Longer than `max` is bad. */
static inline void
pack_text(struct pack *p, struct span *text, size_t max)
{
    size_t len = p->in.len ? (uint8_t)p->in.ptr[0] : 0x80; /* none: or it is written */

    if (len >= 0x80 || len > max || p->in.len <= len) {
        pack_long_text(p, text, max);
        return;
    }
    *text = (struct span){p->in.ptr + 1, len};
    p->in.ptr += 1 + len;
    p->in.len -= 1 + len;
}

/* The same in an array of `room` bytes of its own. */
void pack_chars(struct pack *p, char *text, uint8_t *len, size_t room);

/* A word; one that is not known (any more) is bad. */
static inline void
pack_word(struct pack *p, enum word *word)
{
    uint64_t n = (uint64_t)*word;

    pack_u64(p, &n);
    if (p->out)
        return;
    if (n >= p->word_count || (n != WORD_NONE && p->words[n] == WORD_NONE)) {
        pack_spoil(p);
        n = WORD_NONE;
    }
    *word = (enum word)p->words[n];
}

/* Packs one value of a table. */
typedef void pack_value_fn(struct pack *p, void *value);

/* Durations. */
void pack_delays(struct pack *p, struct delays *d);

/* A table, which is empty when it is read; what finds no room is counted by its budget.
 */
void pack_texts(struct pack *p, struct texts *t, pack_value_fn *value);

/* What an entry is worth: the more the sooner it is shown; 0: it is not. */
typedef double pack_worth_fn(const void *value);

#define PACK_ALWAYS DBL_MAX /* it is needed, and none of those that are weighed */

/* The same of a table of which nothing but the p->rows best entries, by worth and then by
 * text, and those that are needed always, are of use to whoever walks through: of the
 * others only their number (texts.left_out). Some that are not the best may be in it. */
void pack_texts_best(struct pack *p, struct texts *t, pack_value_fn *value,
                     pack_worth_fn *worth);
