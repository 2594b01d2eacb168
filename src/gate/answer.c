#include "gate/answer.h"

#include "base/ascii.h"
#include "base/mem.h"

static const struct {
    struct span name;
    bool needs_text;
} actions[GATE_ACTIONS] = {
    [GATE_DUNNO] = {SPAN_INIT("DUNNO"), false},
    [GATE_OK] = {SPAN_INIT("OK"), false},
    [GATE_PREPEND] = {SPAN_INIT("PREPEND"), true},
    [GATE_WARN] = {SPAN_INIT("WARN"), false},
    [GATE_INFO] = {SPAN_INIT("INFO"), false},
    [GATE_DEFER_IF_PERMIT] = {SPAN_INIT("DEFER_IF_PERMIT"), false},
    [GATE_DEFER_IF_REJECT] = {SPAN_INIT("DEFER_IF_REJECT"), false},
    [GATE_DEFER] = {SPAN_INIT("DEFER"), false},
    [GATE_REJECT] = {SPAN_INIT("REJECT"), false},
    [GATE_CODE] = {SPAN_INIT("CODE"), false},
    [GATE_DISCARD] = {SPAN_INIT("DISCARD"), false},
    [GATE_HOLD] = {SPAN_INIT("HOLD"), false},
    [GATE_FILTER] = {SPAN_INIT("FILTER"), true},
    [GATE_REDIRECT] = {SPAN_INIT("REDIRECT"), true},
    [GATE_BCC] = {SPAN_INIT("BCC"), true},
    [GATE_RESTRICTION] = {SPAN_INIT("RESTRICTION"), true},
};

const char *
gate_action_name(enum gate_action action)
{
    return actions[action].name.ptr;
}

/* --- reading --- */

static bool
is_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_digit(s.ptr[i]))
            return false;
    return true;
}

/* The action called so; GATE_RESTRICTION when it is none. */
static enum gate_action
action_of(struct span name, uint16_t *code)
{
    uint64_t n;

    if (name.len == 3 && span_u64(name, 400, 599, &n)) {
        *code = (uint16_t)n;
        return GATE_CODE;
    }
    if (is_digits(name) || span_eq_nocase(name, SPAN("PERMIT")))
        return GATE_OK;
    for (size_t i = 0; i < GATE_CODE; i++)
        if (span_eq_nocase(actions[i].name, name))
            return (enum gate_action)i;
    for (size_t i = GATE_CODE + 1; i < GATE_RESTRICTION; i++)
        if (span_eq_nocase(actions[i].name, name))
            return (enum gate_action)i;
    return GATE_RESTRICTION;
}

bool
gate_answer_read(struct span text, struct gate_answer *out)
{
    struct gate_answer a = {0};
    size_t n = 0;

    text = span_trim(text);
    if (text.len == 0)
        return false;
    while (n < text.len && text.ptr[n] != ' ' && text.ptr[n] != '\t')
        n++;
    a.action = action_of(span_head(text, n), &a.code);
    a.text = a.action == GATE_RESTRICTION ? text : span_trim(span_from(text, n));
    if (actions[a.action].needs_text && a.text.len == 0)
        return false;
    *out = a;
    return true;
}

/* --- writing --- */

static size_t
put(char *out, size_t at, struct span s)
{
    memcpy(out + at, s.ptr, s.len);
    return at + s.len;
}

static size_t
put_foreign(char *out, size_t at, struct span s)
{
    s = span_head(s, GATE_TEXT_MAX);
    for (size_t i = 0; i < s.len; i++)
        out[at + i] = s.ptr[i] >= ' ' && s.ptr[i] <= '~' ? s.ptr[i] : '?';
    return at + s.len;
}

static size_t
put_code(char *out, size_t at, uint16_t code)
{
    must(code >= 400 && code <= 599);
    out[at] = (char)('0' + code / 100);
    out[at + 1] = (char)('0' + code / 10 % 10);
    out[at + 2] = (char)('0' + code % 10);
    return at + 3;
}

size_t
gate_answer_write(const struct gate_answer *a, char out[GATE_ANSWER_MAX])
{
    size_t at = put(out, 0, SPAN("action="));
    enum gate_action action = a->action;

    must(action < GATE_ACTIONS);
    if (actions[action].needs_text && a->text.len == 0)
        action = GATE_DUNNO;
    if (action == GATE_CODE)
        at = put_code(out, at, a->code);
    else if (action != GATE_RESTRICTION)
        at = put(out, at, actions[action].name);
    if (a->text.len) {
        if (action != GATE_RESTRICTION)
            out[at++] = ' ';
        at = put_foreign(out, at, a->text);
    }
    return put(out, at, SPAN("\n\n"));
}
