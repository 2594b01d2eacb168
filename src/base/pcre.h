/* pcre: what every use of PCRE2 here has in common: bytes, or characters where the caller
 * asks for them and sees to it that texts are good UTF-8 (a byte that is none must not
 * hide a line), lines that end in LF, JIT, and searches within limits.
 *
 * Only what uses it is linked with libpcre2. A search itself is pcre2_match(), or
 * pcre2_jit_match(), with the members of an engine; it allocates nothing.
 */
#pragma once

#include "base/buf.h"

enum pcre_flag {
    PCRE_MULTILINE = 1,
    PCRE_CASELESS = 2,
    PCRE_CHARACTERS = 4, /* of UTF-8, with what Unicode says of them; else bytes */
};

struct pcre_limits {
    uint32_t steps, depth, heap_kib; /* of one search */
    size_t stack_bytes;
};

/* What all searches of one kind share. */
struct pcre_engine {
    void *context; /* pcre2_match_context */
    void *stack;   /* pcre2_jit_stack */
    void *data;    /* pcre2_match_data */
};

/* One named group of an expression. */
struct pcre_name {
    struct span name; /* as long as the code lives */
    uint16_t number;
};

/* Compiles: a pcre2_code, to be released with pcre_free(). NULL with the reason appended
 * and the byte of `text` it is about in `*at`. May map executable memory. */
NODISCARD void *pcre_compile(struct span text, unsigned flags, struct buf *reason,
                             size_t *at);

/* NULL is legal. */
void pcre_free(void *code);

/* Whether pcre2_jit_match() can search it, which spares what pcre2_match() asks first. */
bool pcre_has_jit(const void *code);

/* Groups altogether, and the whole match. */
uint32_t pcre_pairs(const void *code);

/* How many named groups there are; names may stand several times. */
uint32_t pcre_names(const void *code);

/* The `i`-th of them, in the order of their names. */
struct pcre_name pcre_name_at(const void *code, uint32_t i);

/* Allocates limits, stack and room for expressions of up to `pairs` pairs. */
void pcre_engine_init(struct pcre_engine *e, const struct pcre_limits *limits,
                      uint32_t pairs);

/* Frees what pcre_engine_init() allocated; a zeroed engine is legal. */
void pcre_engine_fini(struct pcre_engine *e);

/* Appends where in a pattern something is wrong: ` at byte 3, before "x)"`. */
void pcre_add_place(struct buf *error, struct span pattern, size_t at);
