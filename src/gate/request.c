#include "gate/request.h"

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

/* Whether it is the line of this attribute. */
static bool
is_line_of(struct span line, size_t i)
{
    return i < GATE_ATTRIBUTES && line.len > names[i].len &&
           line.ptr[names[i].len] == '=' &&
           memcmp(line.ptr, names[i].ptr, names[i].len) == 0;
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

/* `*next` is the attribute that is expected: MTAs send them in the order of the list. */
static bool
read_line(struct span line, size_t *next, struct gate_request *out)
{
    size_t i = *next;
    ptrdiff_t equals;
    struct span value;

    if (!is_line_of(line, i)) {
        equals = span_find_byte(line, '=');
        if (equals < 0)
            return false;
        i = attribute_of(span_head(line, (size_t)equals), i);
        if (i == GATE_ATTRIBUTES)
            return true;
    }
    *next = i + 1;
    value = span_from(line, names[i].len + 1);
    if (value.len > GATE_VALUE_MAX)
        return false;
    out->values[i] = value;
    if (i == GATE_ETRN_DOMAIN)
        out->has_etrn_domain = true;
    return true;
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

/* A request has some thirty lines: this is where its time goes. */
static bool
read_lines(struct span lines, struct gate_request *out)
{
    const char *at = lines.ptr, *end = at + lines.len, *feed;
    size_t next = 0;
    bool is_good = true;

    while ((feed = memchr(at, '\n', (size_t)(end - at)))) {
        is_good &= read_line(span_between(at, feed), &next, out);
        at = feed + 1;
    }
    if (at < end)
        is_good &= read_line(span_between(at, end), &next, out);
    return is_good;
}

enum gate_read
gate_request_read(struct span lines, struct gate_request *out)
{
    bool is_good = span_find_byte(lines, '\0') < 0;

    *out = (struct gate_request){0};
    is_good &= lines.len && read_lines(lines, out);
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
