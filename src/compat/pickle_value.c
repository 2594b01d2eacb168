/* pickle_value: the arena, and trees of values. */
#include "base/mem.h"
#include "compat/pickle.h"

enum { CHUNK_BYTES = 16 << 10, ALIGN = 16 };

struct pickle_chunk {
    struct pickle_chunk *next;
    size_t used, room;
    _Alignas(ALIGN) char bytes[];
};

void
pickle_arena_fini(struct pickle_arena *a)
{
    struct pickle_chunk *next;

    for (struct pickle_chunk *c = a->chunks; c; c = next) {
        next = c->next;
        mem_free(c);
    }
    *a = (struct pickle_arena){0};
}

void *
pickle_arena_take(struct pickle_arena *a, size_t bytes)
{
    struct pickle_chunk *c = a->chunks;
    void *p;

    if (bytes > PICKLE_ARENA_MAX)
        return NULL;
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (!c || c->room - c->used < bytes) {
        size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

        if (a->bytes + room > PICKLE_ARENA_MAX)
            return NULL;
        c = mem_zalloc(1, sizeof(*c) + room);
        c->room = room;
        c->next = a->chunks;
        a->chunks = c;
        a->bytes += room;
    }
    p = c->bytes + c->used;
    c->used += bytes;
    return p;
}

static struct pickle_value *
make(struct pickle_arena *a, enum pickle_type type)
{
    struct pickle_value *v = pickle_arena_take(a, sizeof(*v));

    if (v) {
        v->type = type;
        v->depth = v->weight = 1;
    }
    return v;
}

struct pickle_value *
pickle_none(struct pickle_arena *a)
{
    return make(a, PICKLE_NONE);
}

struct pickle_value *
pickle_bool(struct pickle_arena *a, bool is_true)
{
    struct pickle_value *v = make(a, PICKLE_BOOL);

    if (v)
        v->number = is_true;
    return v;
}

struct pickle_value *
pickle_int(struct pickle_arena *a, int64_t n)
{
    struct pickle_value *v = make(a, PICKLE_INT);

    if (v)
        v->number = n;
    return v;
}

struct pickle_value *
pickle_float(struct pickle_arena *a, double n)
{
    struct pickle_value *v = make(a, PICKLE_FLOAT);

    if (v)
        v->real = n;
    return v;
}

static struct pickle_value *
make_text(struct pickle_arena *a, enum pickle_type type, struct span text)
{
    struct pickle_value *v = make(a, type);
    char *copy = v ? pickle_arena_take(a, text.len + 1) : NULL;

    if (!copy)
        return NULL;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    v->text = (struct span){copy, text.len};
    return v;
}

struct pickle_value *
pickle_text(struct pickle_arena *a, struct span text)
{
    return make_text(a, PICKLE_STR, text);
}

struct pickle_value *
pickle_bytes(struct pickle_arena *a, struct span text)
{
    return make_text(a, PICKLE_BYTES, text);
}

struct pickle_value *
pickle_container(struct pickle_arena *a, enum pickle_type type)
{
    return make(a, type);
}

struct pickle_value *
pickle_object(struct pickle_arena *a, struct span name, struct pickle_value *arguments)
{
    struct pickle_value *v = make_text(a, PICKLE_OBJECT, name);

    return v && pickle_add(a, v, arguments) ? v : NULL;
}

struct pickle_value *
pickle_pair(struct pickle_arena *a, struct pickle_value *first,
            struct pickle_value *second)
{
    struct pickle_value *v = make(a, PICKLE_TUPLE);

    return v && pickle_add(a, v, first) && pickle_add(a, v, second) ? v : NULL;
}

static bool
grow(struct pickle_arena *a, struct pickle_value *v)
{
    uint32_t room = v->room ? v->room * 2 : 4;
    struct pickle_value **items =
        pickle_arena_take(a, room * sizeof(struct pickle_value *));

    if (!items)
        return false;
    if (v->count)
        memcpy(items, v->items, v->count * sizeof(struct pickle_value *));
    v->items = items;
    v->room = room;
    return true;
}

bool
pickle_add(struct pickle_arena *a, struct pickle_value *to, struct pickle_value *item)
{
    if (!to || !item || to->type < PICKLE_LIST || to->is_complete)
        return false;
    item->is_complete = true;
    /* Now, for what is added to itself. */
    if (to->is_complete || item->depth >= PICKLE_DEPTH_MAX ||
        item->weight > PICKLE_VALUES_MAX - to->weight)
        return false;
    if (to->count == to->room && !grow(a, to))
        return false;
    to->items[to->count++] = item;
    to->weight += item->weight;
    if (item->depth >= to->depth)
        to->depth = item->depth + 1;
    return true;
}

bool
pickle_get_text(const struct pickle_value *v, struct span *out)
{
    if (v->type != PICKLE_STR && v->type != PICKLE_BYTES)
        return false;
    *out = v->text;
    return true;
}

bool
pickle_is_sequence(const struct pickle_value *v)
{
    return v->type == PICKLE_LIST || v->type == PICKLE_TUPLE;
}

enum pickle_step
pickle_walk_on(struct pickle_walk *w, const struct pickle_value **v)
{
    const struct pickle_value *around;

    if (w->root) {
        *v = w->root;
        w->root = NULL;
    } else if (w->depth == 0) {
        return PICKLE_END;
    } else {
        around = w->above[w->depth - 1];
        if (w->next[w->depth - 1] == around->count) {
            w->depth--;
            *v = around;
            return PICKLE_CLOSE;
        }
        *v = around->items[w->next[w->depth - 1]++];
    }
    if ((*v)->type < PICKLE_LIST)
        return PICKLE_LEAF;
    must(w->depth <= PICKLE_DEPTH_MAX); /* pickle_add() sees to it */
    w->above[w->depth] = *v;
    w->next[w->depth++] = 0;
    return PICKLE_OPEN;
}
