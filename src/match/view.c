#include "match/view.h"

bool
view_load(struct view *v, struct span origin, size_t hole_at, size_t hole_len)
{
    struct span before = span_head(origin, hole_at);
    struct span behind = span_from(origin, hole_at + hole_len);

    v->is_loaded = false;
    if (before.len + behind.len > VIEW_TEXT_MAX)
        return false;
    if (before.len)
        memcpy(v->text, before.ptr, before.len);
    if (behind.len)
        memcpy(v->text + before.len, behind.ptr, behind.len);
    v->text[before.len + behind.len] = '\n';
    v->origin = origin;
    v->hole_at = before.len;
    v->hole_len = origin.len - before.len - behind.len;
    v->is_loaded = true;
    return true;
}

struct span
view_text(const struct view *v)
{
    return (struct span){v->text, v->origin.len - v->hole_len + 1};
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

    if (at < v->hole_at && at + part.len > v->hole_at && v->hole_len)
        return false;
    if (at >= v->hole_at)
        at += v->hole_len;
    *out = span_head(span_from(v->origin, at), part.len);
    return true;
}
