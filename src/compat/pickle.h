/* pickle: Python's pickles of plain values, read into a small tree and written.
 *
 * What fail2ban's clients send is a pickle. The reader takes None, bool, int (of 64
 * bits), float, str, bytes, list, tuple, dict and set of protocols 0 to 5; whatever names
 * a class or calls something is refused, but for what a server answers, see
 * PICKLE_OBJECTS. Nothing that is read is ever run.
 *
 * Values live in an arena and are freed with it. A container that stands in another one
 * is complete: no tree has a cycle, and depth and size of the whole are bounded even
 * where a pickle names one container many times.
 *
 *     struct pickle_arena arena = {0};
 *     const struct pickle_value *v = pickle_read(&arena, bytes, 0, &why);
 *     ...
 *     pickle_arena_fini(&arena);
 */
#pragma once

#include "base/buf.h"

enum {
    PICKLE_BYTES_MAX = 4 << 20,  /* of one pickle */
    PICKLE_VALUES_MAX = 1 << 21, /* in a tree, each counted as often as it stands there */
    PICKLE_DEPTH_MAX = 16,       /* containers inside containers */
    PICKLE_ARENA_MAX =
        256 << 20, /* bytes of one arena: a list of a million addresses fits */
};

enum pickle_type {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_FLOAT,
    PICKLE_STR,   /* the bytes are UTF-8 unless the sender's were not */
    PICKLE_BYTES, /* a bytes object */
    PICKLE_LIST,
    PICKLE_TUPLE,
    PICKLE_DICT,   /* key, value, key ...; of equal keys the last one counts */
    PICKLE_SET,    /* set or frozenset */
    PICKLE_OBJECT, /* `text` is "module name", its item the TUPLE of its arguments */
};

struct pickle_value {
    enum pickle_type type;
    bool is_complete;       /* a container that stands in another one */
    uint32_t depth, weight; /* of the tree below: 1 and 1 for what holds nothing */
    int64_t number;         /* INT, BOOL */
    double real;            /* FLOAT */
    struct span text;       /* STR, BYTES, OBJECT; in the arena */
    struct pickle_value **items;
    uint32_t count, room;
};

/* Memory of values; a zeroed one is empty and valid. */
struct pickle_arena {
    struct pickle_chunk *chunks;
    size_t bytes;
};

/* For pickle_read(): objects are taken as PICKLE_OBJECT, as the answers of a server have
 * them (exceptions); the text that an address stands for becomes a str. */
enum { PICKLE_OBJECTS = 1 };

/* Frees all values of the arena. */
void pickle_arena_fini(struct pickle_arena *a);

/* Zeroed memory of the arena; NULL when it has PICKLE_ARENA_MAX bytes. */
NODISCARD void *pickle_arena_take(struct pickle_arena *a, size_t bytes);

/* Reads one pickle that fills all of `bytes`. NULL when it is none, or not plain, or too
 * large: `*why` is a static text then. Linear in its length. */
NODISCARD const struct pickle_value *
pickle_read(struct pickle_arena *a, struct span bytes, unsigned flags, const char **why);

/* Appends the value as a pickle of protocol 2. What the buf has no room for is cut
 * (is_cut). */
void pickle_write(struct buf *out, const struct pickle_value *v);

/* Appends what Python's repr() says of the value. */
void pickle_repr(struct buf *out, const struct pickle_value *v);

/* Appends what Python's str() says of it: a str as it is, but for control bytes other
 * than tabs and line feeds. */
void pickle_str(struct buf *out, const struct pickle_value *v);

/* --- making values: of an arena that is full each is NULL, and what holds a NULL, too.
 * They live as long as the arena --- */

/* None. */
struct pickle_value *pickle_none(struct pickle_arena *a);

/* True or False. */
struct pickle_value *pickle_bool(struct pickle_arena *a, bool is_true);

/* A whole number. */
struct pickle_value *pickle_int(struct pickle_arena *a, int64_t n);

/* A number with a point. */
struct pickle_value *pickle_float(struct pickle_arena *a, double n);

/* A str of this text, which is copied. */
struct pickle_value *pickle_text(struct pickle_arena *a, struct span text);

/* The same as bytes. */
struct pickle_value *pickle_bytes(struct pickle_arena *a, struct span text);

/* An empty LIST, TUPLE, DICT or SET. */
struct pickle_value *pickle_container(struct pickle_arena *a, enum pickle_type type);

/* An object of `name` ("builtins Exception") made with a TUPLE of arguments. */
struct pickle_value *pickle_object(struct pickle_arena *a, struct span name,
                                   struct pickle_value *arguments);

/* (a, b). */
struct pickle_value *pickle_pair(struct pickle_arena *a, struct pickle_value *first,
                                 struct pickle_value *second);

/* Appends to a container that stands in no other one; `item`, if a container, is complete
 * from then on. False when it does not fit, or either is NULL. */
bool pickle_add(struct pickle_arena *a, struct pickle_value *to,
                struct pickle_value *item);

/* The text of a STR or BYTES; false for what is neither. */
NODISCARD bool pickle_get_text(const struct pickle_value *v, struct span *out);

/* Whether it is a LIST or a TUPLE. */
bool pickle_is_sequence(const struct pickle_value *v);

/* --- walking a tree without recursion --- */

enum pickle_step { PICKLE_LEAF, PICKLE_OPEN, PICKLE_CLOSE, PICKLE_END };

struct pickle_walk {
    const struct pickle_value *above[PICKLE_DEPTH_MAX + 1];
    uint32_t next[PICKLE_DEPTH_MAX + 1];
    size_t depth; /* containers that are open */
    const struct pickle_value *root;
};

/* The next step and its value; `w` begins zeroed but for the root. Before LEAF and OPEN
 * its place among its siblings is w->next[] of the container around it, less one. */
enum pickle_step pickle_walk_on(struct pickle_walk *w, const struct pickle_value **v);
