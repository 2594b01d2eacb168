#include "conf/tags.h"

enum { NO_TAG = -1 };

struct round {
    struct buf out;
    struct buf value;  /* of the tag at hand */
    ptrdiff_t opening; /* where in `out` the innermost < stands, or NO_TAG */
    bool has_changed;
    tag_find *find;
    void *ctx;
};

/* Whether `value` holds <name>. */
static bool
holds_tag(struct span value, struct span name)
{
    struct span before;

    while (span_cut(value, SPAN("<"), &before, &value))
        if (span_take(&value, name) && span_starts(value, SPAN(">")))
            return true;
    return false;
}

/* A > has come: replaces the tag that it ends, if it is one that we know. */
static enum tags_result
end_tag(struct round *r)
{
    size_t opening = (size_t)r->opening;
    struct span name = span_from(buf_span(&r->out), opening + 1);

    r->opening = NO_TAG;
    if (name.len == 0 || name.len > TAGS_NAME_MAX) {
        buf_add_byte(&r->out, '>');
        return TAGS_OK;
    }
    buf_clear(&r->value);
    switch (r->find(r->ctx, name, &r->value)) {
    case TAG_UNKNOWN:
        buf_add_byte(&r->out, '>');
        return TAGS_OK;
    case TAG_BROKEN:
        return TAGS_BROKEN;
    case TAG_FOUND:
        break;
    }
    if (r->value.is_cut)
        return TAGS_LONG;
    if (holds_tag(buf_span(&r->value), name))
        return TAGS_SELF;
    buf_truncate(&r->out, opening);
    buf_add(&r->out, buf_span(&r->value));
    r->has_changed = true;
    return TAGS_OK;
}

static enum tags_result
run_round(struct round *r, struct span text)
{
    enum tags_result result = TAGS_OK;

    r->has_changed = false;
    r->opening = NO_TAG;
    buf_clear(&r->out);
    for (size_t i = 0; i < text.len && result == TAGS_OK; i++) {
        char c = text.ptr[i];

        if (c == '>' && r->opening != NO_TAG) {
            result = end_tag(r);
            continue;
        }
        if (c == '<')
            r->opening = (ptrdiff_t)r->out.len;
        else if (c == ' ' || c == '\t' || c == '\n')
            r->opening = NO_TAG;
        buf_add_byte(&r->out, c);
    }
    return result == TAGS_OK && r->out.is_cut ? TAGS_LONG : result;
}

enum tags_result
tags_replace(struct buf *text, tag_find *find, void *ctx)
{
    struct round r = {.out = buf_bounded(text->limit),
                      .value = buf_bounded(text->limit),
                      .find = find,
                      .ctx = ctx};
    enum tags_result result = text->is_cut ? TAGS_LONG : TAGS_OK;
    unsigned rounds = 0;

    r.has_changed = true;
    while (result == TAGS_OK && r.has_changed) {
        if (rounds++ == TAGS_ROUNDS_MAX) {
            result = TAGS_DEEP;
            break;
        }
        result = run_round(&r, buf_span(text));
        buf_clear(text);
        buf_add(text, buf_span(&r.out));
    }
    buf_fini(&r.value);
    buf_fini(&r.out);
    return result;
}

const char *
tags_result_text(enum tags_result result)
{
    static const char *const texts[] = {
        [TAGS_OK] = "fine",
        [TAGS_BROKEN] = "a <tag> in it cannot be read",
        [TAGS_SELF] = "a <tag> in it refers to itself",
        [TAGS_DEEP] = "its <tags> are nested deeper than 25 rounds can replace",
        [TAGS_LONG] = "it becomes too long when its <tags> are replaced",
    };

    return texts[result];
}
