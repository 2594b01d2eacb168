#include "ctl/show_list.h"

#include "base/json.h"

size_t
show_list_array(const struct show_list *l, struct span frames, struct buf *out)
{
    size_t count;

    json_open(out, '[');
    count = l->objects(frames, false, out);
    json_close(out, ']');
    return count;
}

size_t
show_list_json(const struct show_list *l, struct span frames, const struct screen *s,
               bool is_lines, struct buf *out)
{
    size_t count;

    if (is_lines)
        return l->objects(frames, true, out);
    json_begin(out, s->now_us);
    json_key(out, l->name);
    count = show_list_array(l, frames, out);
    json_end(out);
    return count;
}
