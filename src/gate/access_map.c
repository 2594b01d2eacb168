#include "gate/access_map.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gate/access_file.h"
#include "gate/access_rules.h"
#include "gate/access_text.h"

enum { ENTRIES_MAX = 1 << 23, TROUBLE_MAX = 2048 };

/* A key and its value in `text`, one behind the other. */
struct entry {
    uint32_t at;
    uint16_t key_len, value_len;
};

/* Indexed text. */
struct index {
    struct buf text;
    struct entry *entries;
    uint32_t *slots; /* number of an entry, from 1 */
    uint32_t count, room, mask;
};

struct access_map {
    char *name;
    struct access_file file; /* its path in `name`; or `{` and so on */
    enum access_syntax syntax;
    bool has_patterns, is_inline, is_read;
    char *trouble; /* NULL: none */
    struct hash_key hash;
    struct access_names names;
    struct index index;
    struct access_rules *rules;
};

static const struct {
    const char *type;
    enum access_syntax syntax;
} patterns[] = {{"cidr", ACCESS_CIDR}, {"regexp", ACCESS_REGEXP}, {"pcre", ACCESS_PCRE}};

void
access_map_new(struct access_map **out, const char *table)
{
    struct access_map *m = mem_zalloc(1, sizeof(*m));
    const char *colon = strchr(table, ':');

    must(colon);
    m->name = mem_copy_text(table, strlen(table));
    m->file.path = m->name + (colon - table) + 1;
    m->is_inline = m->file.path[0] == '{';
    m->hash = hash_random_key();
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
        if (span_eq(span_between(table, colon), span_of(patterns[i].type))) {
            m->has_patterns = true;
            m->syntax = patterns[i].syntax;
        }
    *out = m;
}

void
access_map_know(struct access_map *m, const struct access_names *names)
{
    m->names = *names;
}

bool
access_map_refuses_ok(const struct access_map *m)
{
    return m->names.is_ok_refused;
}

static void
index_fini(struct index *x)
{
    buf_fini(&x->text);
    mem_free(x->entries);
    mem_free(x->slots);
    *x = (struct index){0};
}

void
access_map_free(struct access_map *m)
{
    if (!m)
        return;
    index_fini(&m->index);
    access_rules_free(m->rules);
    mem_free(m->trouble);
    mem_free(m->name);
    mem_free(m);
}

/* --- indexed text --- */

static uint32_t *
find_slot(const struct access_map *m, const struct index *x, struct span key)
{
    uint32_t at = (uint32_t)hash_bytes_fast(m->hash, key.ptr, key.len) & x->mask;

    for (;; at = (at + 1) & x->mask) {
        const struct entry *e;

        if (x->slots[at] == 0)
            return &x->slots[at];
        e = &x->entries[x->slots[at] - 1];
        if (span_eq((struct span){x->text.ptr + e->at, e->key_len}, key))
            return &x->slots[at];
    }
}

static void
make_slots(const struct access_map *m, struct index *x)
{
    uint32_t size = 2;

    while (size < 2 * x->count)
        size *= 2;
    x->mask = size - 1;
    x->slots = mem_zalloc(size, sizeof(*x->slots));
    for (uint32_t i = 0; i < x->count; i++) {
        const struct entry *e = &x->entries[i];
        uint32_t *slot = find_slot(m, x, (struct span){x->text.ptr + e->at, e->key_len});

        if (*slot == 0) /* as with Postfix the first of two counts */
            *slot = i + 1;
    }
}

static bool
add_entry(struct index *x, struct span key, struct span value, struct buf *why)
{
    if (key.len > ACCESS_KEY_MAX || x->count == ENTRIES_MAX) {
        buf_printf(why,
                   key.len > ACCESS_KEY_MAX ? "the key has more than %d bytes"
                                            : "there are more than %d keys",
                   key.len > ACCESS_KEY_MAX ? ACCESS_KEY_MAX : ENTRIES_MAX);
        return false;
    }
    if (x->count == x->room) {
        x->room = x->room ? 2 * x->room : 64;
        x->entries = mem_realloc(x->entries, x->room, sizeof(*x->entries));
    }
    x->entries[x->count++] =
        (struct entry){(uint32_t)x->text.len, (uint16_t)key.len, (uint16_t)value.len};
    for (size_t i = 0; i < key.len; i++)
        buf_add_byte(&x->text, ascii_lower(key.ptr[i]));
    buf_add(&x->text, value);
    return true;
}

static bool
read_index(struct access_map *m, struct access_text *t, struct buf *why)
{
    struct index x = {.text.limit = 2 * (size_t)ACCESS_FILE_MAX};
    struct span line, key, value;
    enum access_line got;

    while ((got = access_text_next(t, &line)) == ACCESS_LINE) {
        if (!access_text_cut(line, &key, &value)) {
            buf_add_text(why, "nothing stands behind the key; write KEY ACTION");
            goto fail;
        }
        if (!access_value_check(value, &m->names, why) || !add_entry(&x, key, value, why))
            goto fail;
    }
    if (got == ACCESS_LINE_TOO_LONG) {
        buf_printf(why, "the line has more than %d bytes", ACCESS_LINE_MAX);
        goto fail;
    }
    make_slots(m, &x);
    index_fini(&m->index);
    m->index = x;
    return true;
fail:
    index_fini(&x);
    return false;
}

static bool
look_index(const struct access_map *m, struct span key, struct span *value)
{
    const struct index *x = &m->index;
    char folded[ACCESS_KEY_MAX];
    const struct entry *e;
    uint32_t slot;

    if (x->count == 0 || key.len > sizeof(folded))
        return false;
    if (key.len)
        memcpy(folded, key.ptr, key.len);
    ascii_lower_all(folded, key.len);
    slot = *find_slot(m, x, (struct span){folded, key.len});
    if (slot == 0)
        return false;
    e = &x->entries[slot - 1];
    *value = (struct span){x->text.ptr + e->at + e->key_len, e->value_len};
    return true;
}

/* --- all kinds --- */

static bool
read_rules(struct access_map *m, struct access_text *t, struct buf *why)
{
    struct access_rules *rules = access_rules_read(m->syntax, t, &m->names, why);

    if (!rules)
        return false;
    access_rules_free(m->rules);
    m->rules = rules;
    return true;
}

bool
access_map_read(struct access_map *m, struct span text, struct buf *why)
{
    struct access_text t = {.rest = text};
    struct buf what = {0};
    bool is_good = m->has_patterns ? read_rules(m, &t, &what) : read_index(m, &t, &what);

    if (!is_good) {
        if (m->is_inline)
            buf_escaped(why, span_head(span_of(m->name), 60));
        else
            buf_printf(why, "%s:%u", m->file.path, t.line);
        buf_add_text(why, ": ");
        buf_add(why, buf_span(&what));
    }
    buf_fini(&what);
    buf_fini(&t.logical);
    return is_good;
}

static enum access_map_outcome
read_braces(struct access_map *m, struct buf *why)
{
    struct buf lines = {0};
    bool is_good = access_text_unbrace(span_of(m->file.path), !m->has_patterns, &lines);

    if (!is_good) {
        buf_escaped(why, span_head(span_of(m->name), 60));
        buf_add_text(why, ": braces do not fit; write inline:{KEY=ACTION, "
                          "{KEY=ACTION TEXT}} or cidr:{{PATTERN ACTION}, {...}}");
    } else {
        is_good = access_map_read(m, buf_span(&lines), why);
    }
    buf_fini(&lines);
    return is_good ? ACCESS_MAP_LOADED : ACCESS_MAP_BAD;
}

static enum access_map_outcome
refresh(struct access_map *m, struct buf *why)
{
    struct buf text = {.limit = ACCESS_FILE_MAX};
    enum access_map_outcome outcome = ACCESS_MAP_SAME;

    if (m->is_inline) {
        if (m->file.seen_error)
            return ACCESS_MAP_SAME;
        m->file.seen_error = 1;
        return read_braces(m, why);
    }
    switch (access_file_read(&m->file, &text, why)) {
    case ACCESS_FILE_SAME:
        break;
    case ACCESS_FILE_BAD:
        outcome = ACCESS_MAP_BAD;
        break;
    case ACCESS_FILE_READ:
        outcome =
            access_map_read(m, buf_span(&text), why) ? ACCESS_MAP_LOADED : ACCESS_MAP_BAD;
        break;
    }
    buf_fini(&text);
    return outcome;
}

enum access_map_outcome
access_map_refresh(struct access_map *m, struct buf *why)
{
    struct buf what = {.limit = TROUBLE_MAX};
    enum access_map_outcome outcome = refresh(m, &what);

    if (outcome != ACCESS_MAP_SAME) {
        mem_free(m->trouble);
        m->trouble = NULL;
    }
    if (outcome == ACCESS_MAP_BAD) {
        m->trouble = mem_copy_text(what.ptr, what.len);
        buf_add(why, buf_span(&what));
    }
    m->is_read |= outcome == ACCESS_MAP_LOADED;
    buf_fini(&what);
    return outcome;
}

bool
access_map_look(struct access_map *m, struct span key, struct gate_answer *out)
{
    struct span value;

    if (m->has_patterns) {
        if (!m->rules || !access_rules_look(m->rules, key, &value))
            return false;
    } else if (!look_index(m, key, &value)) {
        return false;
    }
    /* With what $1 brought a text may say something else; it is nothing then. */
    return gate_answer_read(value, out) &&
           (out->action != GATE_RESTRICTION || access_names_know(&m->names, out->text));
}

bool
access_map_has_patterns(const struct access_map *m)
{
    return m->has_patterns;
}

size_t
access_map_count(const struct access_map *m)
{
    if (!m->has_patterns)
        return m->index.count;
    return m->rules ? access_rules_count(m->rules) : 0;
}

const char *
access_map_name(const struct access_map *m)
{
    return m->name;
}

bool
access_map_is_read(const struct access_map *m)
{
    return m->is_read;
}

const char *
access_map_trouble(const struct access_map *m)
{
    return m->trouble ? m->trouble : "";
}
