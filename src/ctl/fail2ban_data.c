#include "ctl/fail2ban_data.h"

#include "ctl/json_flat.h"

static bool
take(struct span *rest, char c)
{
    while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\n' ||
                         rest->ptr[0] == '\t' || rest->ptr[0] == '\r'))
        *rest = span_from(*rest, 1);
    if (!rest->len || rest->ptr[0] != c)
        return false;
    *rest = span_from(*rest, 1);
    return true;
}

static bool
is_next(struct span rest, char c)
{
    return take(&rest, c);
}

/* What is open around a place. */
struct nesting {
    char closing[FAIL2BAN_DATA_DEPTH_MAX];
    size_t depth;
};

/* A name and its colon, where an object has one. */
static bool
skip_name(struct span *rest, char closing, struct buf *text)
{
    return closing != '}' || (json_flat_text(rest, text) && take(rest, ':'));
}

/* Steps into a list or object, or over a plain value; `*is_in`: there is a value in it.
 */
static bool
step_in(struct span *rest, struct nesting *n, bool *is_in, struct buf *text)
{
    char close = take(rest, '{') ? '}' : take(rest, '[') ? ']' : '\0';
    struct json_flat_member m;

    *is_in = false;
    if (!close)
        return json_flat_value(rest, &m, text);
    if (n->depth == sizeof(n->closing))
        return false;
    n->closing[n->depth++] = close;
    *is_in = !is_next(*rest, close);
    return !*is_in || skip_name(rest, close, text);
}

/* Steps over a value, or over what is left of one; without recursion, for the nesting is
 * foreign. */
static bool
skip_value(struct span *rest, struct buf *text)
{
    struct nesting n = {0};
    bool is_in;

    for (;;) {
        if (!step_in(rest, &n, &is_in, text))
            return false;
        if (is_in)
            continue;
        while (n.depth && take(rest, n.closing[n.depth - 1]))
            n.depth--;
        if (n.depth == 0)
            return true;
        if (!take(rest, ',') || !skip_name(rest, n.closing[n.depth - 1], text))
            return false;
    }
}

/* A line, or the parts of one. */
static bool
take_match(struct span *rest, struct buf *line, struct buf *text)
{
    struct json_flat_member m;

    if (!take(rest, '[')) {
        if (!json_flat_value(rest, &m, text) || m.kind != JSON_FLAT_TEXT)
            return false;
        buf_add(line, m.value);
        return true;
    }
    if (take(rest, ']'))
        return true;
    do {
        if (!json_flat_value(rest, &m, text))
            return false;
        if (m.kind == JSON_FLAT_TEXT)
            buf_add(line, m.value);
    } while (take(rest, ','));
    return take(rest, ']');
}

static bool
take_matches(struct span *rest, struct fail2ban_data *d, struct buf *text)
{
    struct buf *line;

    if (!is_next(*rest, '['))
        return skip_value(rest, text);
    if (!take(rest, '[') || take(rest, ']'))
        return true;
    do {
        if (d->match_count == FAIL2BAN_DATA_MATCHES_MAX) {
            if (!skip_value(rest, text))
                return false;
            continue;
        }
        line = &d->matches[d->match_count++];
        *line = buf_bounded(FAIL2BAN_DATA_LINE_MAX);
        if (!take_match(rest, line, text))
            return false;
        while (line->len && strchr("\r\n", line->ptr[line->len - 1]))
            buf_truncate(line, line->len - 1);
    } while (take(rest, ','));
    return take(rest, ']');
}

static bool
take_member(struct span *rest, struct span name, struct fail2ban_data *d,
            struct buf *text)
{
    struct json_flat_member m;
    uint64_t n;

    if (span_eq(name, SPAN("matches")))
        return take_matches(rest, d, text);
    if (is_next(*rest, '{') || is_next(*rest, '['))
        return skip_value(rest, text);
    if (!json_flat_value(rest, &m, text))
        return false;
    if (span_eq(name, SPAN("failures")) && m.kind == JSON_FLAT_NUMBER &&
        span_u64(m.value, 0, UINT32_MAX, &n))
        d->failures = (uint32_t)n;
    if (span_eq(name, SPAN("user")) && m.kind == JSON_FLAT_TEXT && !d->user.len)
        buf_add(&d->user, span_head(m.value, FAIL2BAN_DATA_USER_MAX));
    return true;
}

static bool
read_members(struct span *rest, struct fail2ban_data *d, struct buf *text)
{
    char name[16];

    if (!take(rest, '{'))
        return false;
    if (take(rest, '}'))
        return rest->len == 0;
    do {
        if (!json_flat_text(rest, text) || !take(rest, ':'))
            return false;
        if (!span_cstr(buf_span(text), name, sizeof(name)))
            name[0] = '\0'; /* none that is known */
        if (!take_member(rest, span_of(name), d, text))
            return false;
    } while (take(rest, ','));
    return take(rest, '}') && span_trim(*rest).len == 0;
}

bool
fail2ban_data_read(struct span json, struct fail2ban_data *out)
{
    struct buf text = {0};
    bool is_good = read_members(&json, out, &text);

    buf_fini(&text);
    return is_good;
}

void
fail2ban_data_fini(struct fail2ban_data *d)
{
    buf_fini(&d->user);
    for (size_t i = 0; i < d->match_count; i++)
        buf_fini(&d->matches[i]);
    *d = (struct fail2ban_data){0};
}
