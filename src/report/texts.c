#include "report/texts.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

enum { ROOM_FIRST = 64, BYTES_FIRST = 4096, EXPECT_BYTES = 4 << 20 };

void
texts_init(struct texts *t, struct texts_budget *budget, size_t value_bytes, uint32_t max)
{
    *t = (struct texts){
        .budget = budget, .value_bytes = (uint32_t)value_bytes, .max = max ? max : 1};
    hash_short_init(&t->short_key);
    t->key = hash_random_key();
}

void
texts_fini(struct texts *t)
{
    mem_free(t->slots);
    mem_free(t->entries);
    mem_free(t->values);
    mem_free(t->bytes);
    *t = (struct texts){0};
}

/* The short hash takes "a" and "a" with a NUL for the same: a text that is read from a
 * log line seldom ends in one, and then they only share a slot. */
static uint32_t
hash_of(const struct texts *t, struct span text)
{
    if (text.len <= HASH_SHORT_MAX)
        return hash_short(&t->short_key, text.ptr, text.len);
    return (uint32_t)hash_bytes_fast(t->key, text.ptr, text.len);
}

struct span
texts_text(const struct texts *t, uint32_t number)
{
    const struct texts_entry *e = &t->entries[number];

    return e->len ? (struct span){t->bytes + e->at, e->len} : SPAN("");
}

void *
texts_value(const struct texts *t, uint32_t number)
{
    return t->values + (size_t)number * t->value_bytes;
}

/* The slot that holds `text`, or the free one where it belongs. */
static uint32_t
slot_of(const struct texts *t, struct span text, uint32_t hash)
{
    uint32_t mask = t->slot_count - 1;

    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        const struct texts_entry *e = &t->entries[t->slots[i] - 1];

        if (t->slots[i] == 0 ||
            (e->hash == hash && span_eq(texts_text(t, t->slots[i] - 1), text)))
            return i;
    }
}

static bool
take(struct texts *t, size_t bytes)
{
    if (t->budget->left < bytes)
        return false;
    t->budget->left -= bytes;
    return true;
}

static uint32_t
next_room(uint32_t room)
{
    return room ? 2 * room : ROOM_FIRST;
}

/* Pays for more entries, and for their slots as well. */
static bool
take_entries(struct texts *t, uint32_t count)
{
    return take(t,
                count * (sizeof(*t->entries) + t->value_bytes + 2 * sizeof(*t->slots)));
}

static void
set_room(struct texts *t, uint32_t room)
{
    t->entries = mem_realloc(t->entries, room, sizeof(*t->entries));
    t->values = mem_realloc(t->values, room, t->value_bytes);
    t->room = room;
}

/* Makes room for more entries. */
static bool
grow_entries(struct texts *t)
{
    uint32_t room = next_room(t->room);

    if (!take_entries(t, room - t->room))
        return false;
    set_room(t, room);
    return true;
}

/* All of this memory is used soon: of large pages, where the system has them, as each
 * page costs a turn of the kernel. */
static void
expect(uint8_t *bytes, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), skip = -(uintptr_t)bytes & (page - 1);

    if (len >= EXPECT_BYTES)
        (void)madvise(bytes + skip, len - skip, MADV_HUGEPAGE); /* else it is slower */
}

void
texts_reserve(struct texts *t, uint32_t count)
{
    uint32_t room = 0;

    must(t->room == 0 && count <= t->max);
    while (room < count && take_entries(t, next_room(room) - room))
        room = next_room(room);
    if (!room)
        return;
    set_room(t, room);
    expect(t->values, (size_t)(count < room ? count : room) * t->value_bytes);
}

/* Gives each entry a slot, by its hash. */
static void
make_slots(struct texts *t)
{
    mem_free(t->slots);
    t->slot_count = 2 * t->room;
    t->slots = mem_zalloc(t->slot_count, sizeof(*t->slots));
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t slot = t->entries[i].hash & (t->slot_count - 1);

        while (t->slots[slot])
            slot = (slot + 1) & (t->slot_count - 1);
        t->slots[slot] = i + 1;
    }
}

/* Of a table that was filled by texts_append(). */
static void
make_index(struct texts *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        t->entries[i].hash = hash_of(t, texts_text(t, i));
    make_slots(t);
}

static bool
has_index(const struct texts *t)
{
    return t->count == 0 || t->slot_count;
}

static bool
grow_bytes(struct texts *t, size_t len)
{
    uint32_t room = t->byte_room ? 2 * t->byte_room : BYTES_FIRST;

    if (t->byte_room - t->byte_count >= len)
        return true;
    if (t->byte_room > UINT32_MAX / 2 || !take(t, room - t->byte_room))
        return false;
    t->bytes = mem_realloc(t->bytes, room, 1);
    t->byte_room = room;
    return true;
}

/* Looks at every entry. */
static void *
walk_to(const struct texts *t, struct span text)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (span_eq(texts_text(t, i), text))
            return texts_value(t, i);
    return NULL;
}

void *
texts_find(const struct texts *t, struct span text)
{
    uint32_t slot;

    if (t->count == 0)
        return NULL;
    text = span_head(text, TEXTS_LEN_MAX);
    if (!has_index(t))
        return walk_to(t, text);
    slot = slot_of(t, text, hash_of(t, text));
    return t->slots[slot] ? texts_value(t, t->slots[slot] - 1) : NULL;
}

/* Whether there is room for one more text; else it is counted. */
static bool
make_room(struct texts *t, size_t len)
{
    bool is_good = t->count < t->max && (t->count < t->room || grow_entries(t)) &&
                   grow_bytes(t, len);

    t->budget->dropped += !is_good;
    return is_good;
}

/* Adds an entry behind the others, for which there is room. */
static void *
add_entry(struct texts *t, struct span text, uint32_t hash)
{
    uint32_t number = t->count;

    t->entries[number] = (struct texts_entry){t->byte_count, (uint32_t)text.len, hash};
    if (text.len)
        memcpy(t->bytes + t->byte_count, text.ptr, text.len);
    t->byte_count += (uint32_t)text.len;
    t->count++;
    memset(texts_value(t, number), 0, t->value_bytes);
    return texts_value(t, number);
}

/* Adds a text that is not there. */
static void *
add(struct texts *t, struct span text, uint32_t hash)
{
    if (!make_room(t, text.len))
        return NULL;
    if (t->slot_count != 2 * t->room)
        make_slots(t);
    t->slots[slot_of(t, text, hash)] = t->count + 1;
    return add_entry(t, text, hash);
}

void *
texts_append(struct texts *t, struct span text)
{
    text = span_head(text, TEXTS_LEN_MAX);
    must(t->slot_count == 0);
    return make_room(t, text.len) ? add_entry(t, text, 0) : NULL;
}

void *
texts_put(struct texts *t, struct span text)
{
    uint32_t hash, slot;

    if (!has_index(t))
        make_index(t);
    text = span_head(text, TEXTS_LEN_MAX);
    hash = hash_of(t, text);
    if (t->count) {
        slot = slot_of(t, text, hash);
        if (t->slots[slot])
            return texts_value(t, t->slots[slot] - 1);
    }
    return add(t, text, hash);
}
