#include "match/view.h"

#include "base/utf8.h"

typedef uint8_t sixteen __attribute__((vector_size(16)));

/* What is strange of sixteen bytes: not 0 where one is. */
static inline sixteen
strange_of(const char *bytes)
{
    sixteen all;

    memcpy(&all, bytes, sizeof(all));
    return (all & 0x80) | (sixteen)((all ^ 0x1C) < 4);
}

bool
view_is_plain(struct span text)
{
    sixteen strange = {0};
    uint64_t halves[2];
    size_t i = 0;

    if (text.len < sizeof(strange)) {
        for (; i < text.len; i++)
            if ((text.ptr[i] & 0x80) || ((unsigned char)text.ptr[i] & 0xFCU) == 0x1C)
                return false;
        return true;
    }
    /* The last sixteen are mostly seen twice. */
    for (; i < text.len - sizeof(strange); i += sizeof(strange))
        strange |= strange_of(text.ptr + i);
    strange |= strange_of(text.ptr + text.len - sizeof(strange));
    memcpy(halves, &strange, sizeof(halves));
    return !(halves[0] | halves[1]);
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
view_load(struct view *v, struct span origin, size_t hole_at, size_t hole_len)
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
    if (!view_is_plain((struct span){v->text, v->len}))
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
