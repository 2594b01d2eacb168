#include "gate/request.h"

#include "base/look.h"

static const struct span names[GATE_ATTRIBUTES] = {
#define X(NAME, name) SPAN_INIT(name),
#include "gate/request.def"
#undef X
};

/* In the order of Postfix' SMTP sessions; EHLO is read as HELO. */
static const struct span states[GATE_STATES] = {
    SPAN_INIT("CONNECT"), SPAN_INIT("HELO"), SPAN_INIT("MAIL"),
    SPAN_INIT("RCPT"),    SPAN_INIT("DATA"), SPAN_INIT("END-OF-MESSAGE"),
    SPAN_INIT("VRFY"),    SPAN_INIT("ETRN")};

enum { SURE = 3 * LOOK_BYTES /* the longest head, and LOOK_BYTES of its value */ };

/* The head of each line, zeros behind it. */
static const char heads[GATE_ATTRIBUTES][2 * LOOK_BYTES] = {
#define X(NAME, name) name "=",
#include "gate/request.def"
#undef X
};

/* Whether the line that begins here, with as much behind it, is that of this attribute.
 */
static inline bool
has_head(const char *line, size_t i)
{
    look_bytes first = look_at(heads[i]), second = look_at(heads[i] + LOOK_BYTES);

    return look_all((look_bytes)((first == look_at(line)) | (first == 0)) &
                    (look_bytes)((second == look_at(line + LOOK_BYTES)) | (second == 0)));
}

/* The search begins where the last one ended. */
static size_t
attribute_of(struct span name, size_t first)
{
    for (size_t i = first; i < GATE_ATTRIBUTES; i++)
        if (span_eq(names[i], name))
            return i;
    for (size_t i = 0; i < first; i++)
        if (span_eq(names[i], name))
            return i;
    return GATE_ATTRIBUTES;
}

static bool
read_state(struct span name, enum gate_state *out)
{
    if (span_eq(name, SPAN("EHLO")))
        name = SPAN("HELO");
    for (size_t i = 0; i < GATE_STATES; i++)
        if (span_eq(states[i], name)) {
            *out = (enum gate_state)i;
            return true;
        }
    return false;
}

/* Nothing is 0. */
static bool
read_number(struct span text, uint64_t *out)
{
    *out = 0;
    return text.len == 0 || span_u64(text, 0, INT64_MAX, out);
}

/* Where the line ends, at the latest with all of them. Mostly that is near. */
static const char *
line_end(const char *at, const char *end)
{
    const char *feed;
    size_t first;

    for (; end - at >= LOOK_BYTES; at += LOOK_BYTES) {
        first = look_first((look_bytes)(look_at(at) == (uint8_t)'\n'));
        if (first < LOOK_BYTES)
            return at + first;
    }
    feed = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return feed ? feed : end;
}

/* A line of any attribute, or of none that is read. */
static bool
read_line(struct span line, size_t *next, struct gate_request *out)
{
    ptrdiff_t equals = span_find_byte(line, '=');
    struct span value;
    size_t i;

    if (equals < 0)
        return false;
    i = attribute_of(span_head(line, (size_t)equals), *next);
    if (i == GATE_ATTRIBUTES)
        return true;
    *next = i + 1;
    value = span_between(line.ptr + equals + 1, line.ptr + line.len);
    if (value.len > GATE_VALUE_MAX)
        return false;
    out->values[i] = value;
    return true;
}

/* Reads lines as long as each is that of the next attribute: MTAs send them in the order
 * of the list. Ends where the first one begins that is another, or too long, or with
 * whose head and some bytes all are over. This is where the time of a request goes: it
 * has some thirty lines. */
static const char *
read_expected(const char *at, const char *end, size_t *next, struct gate_request *out)
{
    const char *value, *feed;
    size_t i = *next, first;

    for (; i < GATE_ATTRIBUTES && end - at >= SURE && has_head(at, i); i++) {
        value = at + names[i].len + 1;
        first = look_first((look_bytes)(look_at(value) == (uint8_t)'\n'));
        feed = first < LOOK_BYTES ? value + first : line_end(value + LOOK_BYTES, end);
        if (feed == end || feed - value > GATE_VALUE_MAX)
            break;
        out->values[i] = span_between(value, feed);
        at = feed + 1;
    }
    *next = i;
    return at;
}

static bool
read_lines(struct span lines, struct gate_request *out)
{
    const char *at = lines.ptr, *end = at + lines.len, *feed;
    size_t next = 0;
    bool is_good = true;

    for (;; at = feed + 1) {
        at = read_expected(at, end, &next, out);
        if (at == end || *at == '\n')
            break;
        feed = line_end(at, end);
        is_good &= read_line(span_between(at, feed), &next, out);
        if (feed == end) {
            at = end;
            break;
        }
    }
    is_good &= at > lines.ptr;
    out->bytes = (size_t)(at - lines.ptr) + (at < end);
    out->has_etrn_domain =
        out->values[GATE_ETRN_DOMAIN].ptr; /* empty ones have one, too */
    return is_good;
}

enum gate_read
gate_request_read(struct span lines, struct gate_request *out)
{
    bool is_good;

    *out = (struct gate_request){0};
    is_good = lines.len && read_lines(lines, out);
    is_good &= span_find_byte(span_head(lines, out->bytes), '\0') < 0;
    if (!span_eq(out->values[GATE_REQUEST], SPAN("smtpd_access_policy")))
        return GATE_NOT_POLICY;
    is_good &= read_state(out->values[GATE_PROTOCOL_STATE], &out->state);
    is_good &= read_number(out->values[GATE_SIZE], &out->size);
    is_good &= read_number(out->values[GATE_RECIPIENT_COUNT], &out->recipient_count);
    out->is_stressed = out->values[GATE_STRESS].len != 0;
    if (!addr_parse(out->values[GATE_CLIENT_ADDRESS], &out->client))
        out->client = (struct addr){0};
    return is_good ? GATE_READ : GATE_MALFORMED;
}

const char *
gate_state_name(enum gate_state state)
{
    return states[state].ptr;
}
