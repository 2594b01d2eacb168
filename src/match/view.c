#include "match/view.h"

#include "base/utf8.h"

bool
view_is_plain(struct span text)
{
    unsigned strange = 0;

    /* No way out before the end: so it is done for sixteen bytes at a time. */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        strange |= (c & 0x80U) | ((c & 0xFCU) == 0x1C);
    }
    return !strange;
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
