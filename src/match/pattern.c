#include "match/pattern.h"

#include "conf/config.h"

enum { OPEN_MAX = 32, NAME_BYTES = 32 };

/* Digits next to it would make another address of it, and ::ffff: before it is IP4's.
 * What these take is still read by addr_parse(). */
#define V4 "(?<![0-9])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![0-9])"
#define V6                                                                               \
    "(?<![0-9A-Fa-f])(?!::[Ff]{4}:[0-9]+\\.|:[^:])(?:[0-9A-Fa-f]{0,4}:){2,7}"            \
    "(?:(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![0-9])|[0-9A-Fa-f]{1,4}(?![0-9A-Fa-f])|(?<=::)" \
    ")"
#define IP4 "(?:::[Ff]{4,6}:)?(?P<ip4>" V4 ")"
#define IP6 "(?P<ip6>" V6 ")"
#define IP "(?:" IP4 "|" IP6 ")"
#define DNS "(?P<dns>[\\w.^-]*\\w)"
#define CIDR "(?P<cidr>[0-9]{1,3})"

static const struct {
    struct span tag;
    const char *text;
} tags[] = {
    {SPAN_INIT("<HOST>"), "(?:\\[?" IP "\\]?|" DNS ")"},
    {SPAN_INIT("<ADDR>"), "(?:\\[?" IP "\\]?)"},
    {SPAN_INIT("<F-ADDR/>"), "(?:\\[?" IP "\\]?)"},
    {SPAN_INIT("<IP4>"), IP4},
    {SPAN_INIT("<F-IP4/>"), IP4},
    {SPAN_INIT("<IP6>"), IP6},
    {SPAN_INIT("<F-IP6/>"), IP6},
    {SPAN_INIT("<DNS>"), DNS},
    {SPAN_INIT("<F-DNS/>"), DNS},
    {SPAN_INIT("<CIDR>"), CIDR},
    {SPAN_INIT("<F-CIDR/>"), CIDR},
    {SPAN_INIT("<SUBNET>"), "(?:\\[?" IP "(?:/" CIDR ")?\\]?)"},
    {SPAN_INIT("<F-SUBNET/>"), "(?:\\[?" IP "(?:/" CIDR ")?\\]?)"},
    {SPAN_INIT("<F-ID/>"), "(?P<fid>\\S+)"},
    {SPAN_INIT("<F-PORT/>"), "(?P<fport>\\w+)"},
};

/* The state of one expansion: what is left to read, and which tags were opened: each of
 * their closing tags closes a group. */
struct walk {
    struct span whole, rest;
    struct pattern *out;
    struct buf *reason;
    struct span open[OPEN_MAX];
    size_t open_count;
    unsigned skips; /* <SKIPLINES> so far */
};

static size_t
walk_position(const struct walk *w)
{
    return w->whole.len - w->rest.len;
}

/* Emits `text` for the next `taken` bytes of the pattern. */
static void
emit(struct walk *w, struct span text, size_t taken)
{
    uint16_t from = (uint16_t)walk_position(w);

    buf_add(&w->out->text, text);
    for (size_t i = 0; i < text.len; i++)
        buf_add(&w->out->positions, (struct span){(const char *)&from, sizeof(from)});
    w->rest = span_from(w->rest, taken);
}

static void
emit_as_is(struct walk *w, size_t n)
{
    for (; n > 0 && w->rest.len; n--)
        emit(w, span_head(w->rest, 1), 1);
}

/* How many bytes from the front of `s` on are in `set`. */
static size_t
count_of(struct span s, const char *set)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] && strchr(set, s.ptr[n]))
        n++;
    return n;
}

/* Groups of that many lines, each found by its name. */
static void
skip_lines(struct walk *w, size_t taken)
{
    struct buf text = {0};

    buf_printf(&text, "\\n(?P<skiplines%u>(?:.*\\n)*?)", w->skips++);
    emit(w, buf_span(&text), taken);
    buf_fini(&text);
}

static bool
was_opened(const struct walk *w, struct span name)
{
    for (size_t i = 0; i < w->open_count; i++)
        if (span_eq(w->open[i], name))
            return true;
    return false;
}

/* `<F-NAME>`: `name` is NAME. */
static bool
open_group(struct walk *w, struct span tag, struct span name)
{
    char group[NAME_BYTES + 8];
    size_t n = 4;

    if (name.len > NAME_BYTES - 1 || w->open_count == OPEN_MAX) {
        buf_add_text(w->reason, name.len > NAME_BYTES - 1
                                    ? "the name of the tag is too long"
                                    : "too many tags with names");
        return false;
    }
    memcpy(group, "(?P<", n);
    if (span_eq(name, SPAN("ID")) || span_eq(name, SPAN("PORT")))
        group[n++] = 'f';
    for (size_t i = 0; i < name.len; i++)
        group[n++] = name.ptr[i] == '_' ? '_' : (char)(name.ptr[i] | 0x20);
    group[n++] = '>';
    if (!was_opened(w, name))
        w->open[w->open_count++] = name;
    emit(w, (struct span){group, n}, tag.len);
    return true;
}

static void
close_group(struct walk *w, struct span tag, struct span name)
{
    if (was_opened(w, name))
        emit(w, SPAN(")"), tag.len);
    else
        emit_as_is(w, tag.len);
}

static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* `<F-A-B>`, which would make a group of a name that no group can have. */
static bool
has_bad_name(struct span tag)
{
    struct span rest = tag;
    size_t n;

    if (!span_take(&rest, SPAN("<F-")))
        return false;
    n = count_of(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return n < rest.len && rest.ptr[n] == '>' && memchr(rest.ptr, '-', n);
}

/* At a '<': replaces a tag of ours, copies anything else. */
static bool
walk_tag(struct walk *w)
{
    struct span s = w->rest, name;
    bool is_closing = span_starts(s, SPAN("</F-"));
    size_t head = is_closing ? 4 : 3, n;

    if (span_starts(s, SPAN("<PREFIX>"))) {
        buf_add_text(w->reason, "<PREFIX> may stand only at the beginning, after ^");
        return false;
    }
    if (span_starts(s, SPAN("<SKIPLINES>"))) {
        skip_lines(w, sizeof("<SKIPLINES>") - 1);
        return true;
    }
    if (span_starts(s, SPAN("<F-MLFID/>"))) {
        w->out->is_of_header = true;
        emit(w, SPAN(""), sizeof("<F-MLFID/>") - 1);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        if (!span_starts(s, tags[i].tag))
            continue;
        emit(w, span_of(tags[i].text), tags[i].tag.len);
        return true;
    }
    if (has_bad_name(s)) {
        buf_add_text(w->reason, "the name of a tag has capitals, digits and _, no -");
        return false;
    }
    n = count_of(span_from(s, head), name_bytes);
    name = span_head(span_from(s, head), n);
    if ((!is_closing && !span_starts(s, SPAN("<F-"))) || n == 0 || head + n >= s.len ||
        s.ptr[head + n] != '>') {
        emit_as_is(w, 1);
        return true;
    }
    if (!is_closing)
        return open_group(w, span_head(s, head + n + 1), name);
    close_group(w, span_head(s, head + n + 1), name);
    return true;
}

bool
pattern_expand(struct span pattern, struct pattern *out, struct buf *reason, size_t *at)
{
    struct walk w = {.whole = pattern, .rest = pattern, .out = out, .reason = reason};

    if (pattern.len > CONFIG_REGEX_MAX) {
        buf_printf(reason, "longer than %d bytes", CONFIG_REGEX_MAX);
        *at = CONFIG_REGEX_MAX;
        return false;
    }
    if (span_starts(pattern, SPAN("^<PREFIX>"))) {
        out->is_on_message = true;
        emit(&w, SPAN("^"), sizeof("^<PREFIX>") - 1);
    }
    while (w.rest.len) {
        if (*w.rest.ptr != '<') {
            emit_as_is(&w, 1);
        } else if (!walk_tag(&w)) {
            *at = walk_position(&w);
            return false;
        }
    }
    return true;
}

void
pattern_fini(struct pattern *e)
{
    buf_fini(&e->text);
    buf_fini(&e->positions);
    e->is_on_message = e->is_of_header = false;
}

size_t
pattern_origin(const struct pattern *e, size_t offset)
{
    size_t count = e->positions.len / sizeof(uint16_t);
    uint16_t position = 0;

    if (count == 0)
        return 0;
    if (offset >= count)
        offset = count - 1;
    memcpy(&position, e->positions.ptr + offset * sizeof(position), sizeof(position));
    return position;
}
