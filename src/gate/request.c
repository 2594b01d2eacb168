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

static size_t
attribute_of(struct span name)
{
    size_t i = 0;

    while (i < GATE_ATTRIBUTES && !span_eq(names[i], name))
        i++;
    return i;
}

static bool
read_line(struct span line, struct gate_request *out)
{
    struct span name, value;
    size_t i;

    if (!span_cut(line, SPAN("="), &name, &value) || span_find_byte(line, '\0') >= 0)
        return false;
    i = attribute_of(name);
    if (i == GATE_ATTRIBUTES)
        return true;
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

enum gate_read
gate_request_read(struct span lines, struct gate_request *out)
{
    struct span line;
    bool is_good = true;

    *out = (struct gate_request){0};
    while (span_line(&lines, &line))
        is_good &= read_line(line, out);
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
