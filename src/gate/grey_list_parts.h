/* grey_list_parts: what a white list is made of, for its own files. */
#pragma once

#include "base/hash.h"
#include "base/pcre.h"
#include "gate/grey_list.h"

enum { GREY_LIST_LINE_MAX = 512, GREY_LIST_PAIRS_LOG = 13 };

#define GREY_LIST_IS_LISTED UINT64_C(1)

/* A name or an address with @, in lower case, in `texts`. */
struct grey_word {
    uint32_t at, len;
};

/* An expression; is_plain: it means the same as one of several. */
struct grey_regex {
    void *code;
    bool is_plain;
};

struct grey_list {
    enum grey_list_kind kind;
    struct buf texts;
    struct grey_word *words; /* sorted by their texts once the list is sealed */
    size_t word_count, word_room;
    struct addr *addresses; /* sorted likewise */
    size_t address_count, address_room;
    /* What the words and addresses look like at a glance, a bit each: mostly a name or an
     * address is none of them. */
    uint64_t *glances;
    unsigned glance_shift;
    struct grey_widths {
        uint8_t of[129];
        uint8_t count;
    } widths[2]; /* lengths that occur; of IPv4, of IPv6 */
    struct grey_regex *regexes;
    size_t regex_count;
    struct buf joined; /* the plain ones: A|B */
    bool has_jit;      /* all of them */
    struct pcre_engine engine;
    struct hash_key seen_key;
    /* What was found of texts lately, in pairs: the hash of one, and in the lowest bit
     * (GREY_LIST_IS_LISTED) whether it is listed; 0: nothing. The same names and
     * recipients come again and again. NULL: the list has neither words nor expressions.
     */
    uint64_t *seen;
};
