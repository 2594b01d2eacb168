#include "match/view.h"

#include "base/utf8.h"

typedef uint8_t many __attribute__((vector_size(32)));

/* The highest bits tell what is strange: bytes beyond ASCII have it, and those of \x1c to
 * \x1f get it where four is taken from 0 to 3. */
static inline __attribute__((always_inline)) void
add_strange(many *strange, const char *bytes)
{
    many all;

    memcpy(&all, bytes, sizeof(all));
    *strange |= all | ((all ^ 0x1C) - 4);
}

/* Of at least as many as are looked at together. */
static inline __attribute__((always_inline)) bool
is_plain(struct span text)
{
    const char *last = text.ptr + text.len - sizeof(many);
    many strange = {0};
    uint64_t parts[4];

    for (; text.ptr < last; text.ptr += sizeof(many))
        add_strange(&strange, text.ptr);
    add_strange(&strange, last); /* mostly some of them again */
    memcpy(parts, &strange, sizeof(parts));
    return !((parts[0] | parts[1] | parts[2] | parts[3]) & UINT64_C(0x8080808080808080));
}

#ifdef __x86_64__

__attribute__((target("avx2"))) static bool
is_plain_avx2(struct span text)
{
    return is_plain(text);
}

static bool
is_long_plain(struct span text)
{
    return __builtin_cpu_supports("avx2") ? is_plain_avx2(text) : is_plain(text);
}

#else

static bool
is_long_plain(struct span text)
{
    return is_plain(text);
}

#endif

bool
view_is_plain(struct span text)
{
    if (text.len >= sizeof(many))
        return is_long_plain(text);
    for (; text.len; text = span_from(text, 1))
        if ((*text.ptr & 0x80) || ((unsigned char)*text.ptr & 0xFCU) == 0x1C)
            return false;
    return true;
}

/* Puts U+FFFD in the place of what is no UTF-8. False: there is no room. */
static bool
repair(struct view *v, struct span before, struct span behind)
{
    size_t head = utf8_repaired_len(before), len = head + utf8_repaired_len(behind);

    if (len > VIEW_TEXT_MAX)
        return false;
    utf8_repair(before, v->text);
    utf8_repair(behind, v->text + head);
    v->is_repaired = true;
    v->len = len;
    return true;
}

bool
view_load(struct view *v, enum view_kind kind, struct span origin, size_t hole_at,
          size_t hole_len)
{
    struct span before = span_head(origin, hole_at);
    struct span behind = span_from(origin, hole_at + hole_len);

    v->is_loaded = v->is_wide = v->is_repaired = false;
    if (before.len + behind.len > VIEW_TEXT_MAX)
        return false;
    if (before.len)
        memcpy(v->text, before.ptr, before.len);
    if (behind.len)
        memcpy(v->text + before.len, behind.ptr, behind.len);
    v->len = before.len + behind.len;
    v->kind = kind;
    if (kind == VIEW_CHARACTERS)
        v->is_wide =
            (utf8_is_good(before) && utf8_is_good(behind)) || repair(v, before, behind);
    v->text[v->len] = '\n';
    v->origin = origin;
    v->hole_at = before.len;
    v->hole_len = origin.len - before.len - behind.len;
    v->is_loaded = true;
    return true;
}

struct span
view_text(const struct view *v)
{
    return (struct span){v->text, v->len + 1};
}

struct span
view_tail(const struct view *v, struct span end)
{
    size_t len = v->is_repaired ? utf8_repaired_len(end) : end.len;

    return span_from(view_text(v), v->len - (len < v->len ? len : v->len));
}

bool
view_has(const struct view *v, struct span part)
{
    return v->is_loaded && part.ptr >= v->text && part.ptr <= v->text + VIEW_TEXT_MAX;
}

bool
view_origin(const struct view *v, struct span part, struct span *out)
{
    size_t at = (size_t)(part.ptr - v->text);

    if (v->is_repaired)
        return false;
    if (at < v->hole_at && at + part.len > v->hole_at && v->hole_len)
        return false;
    if (at >= v->hole_at)
        at += v->hole_len;
    *out = span_head(span_from(v->origin, at), part.len);
    return true;
}
