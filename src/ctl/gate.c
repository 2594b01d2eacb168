/* gate: what a gate that runs says of itself. */
#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/gate_page.h"

enum {
    REQUEST_MAX = 16000, /* what a frame holds */
    PATIENCE_MS = 1000,  /* of who asked the guard, and the gate by the way */
};

void
gate_add_numbers(const struct ctl_env *env, const struct ctl_args *args, struct answer *a)
{
    int patience_ms = env->timeout_ms < PATIENCE_MS ? env->timeout_ms : PATIENCE_MS;
    struct buf path = {0}, frame = {0}, error = {0};
    struct answer said = {0};
    struct client c;
    enum ctl_exit code;

    ask_path(args, "gate.sock", &path);
    wire_put_ask_gate(&frame, &(struct wire_ask_gate){0});
    code = client_init(&c, path.ptr, patience_ms, &error);
    if (code == CTL_DONE) {
        code = client_ask(&c, buf_span(&frame), &error);
        while (code == CTL_DONE && !said.is_ended)
            code = client_receive(&c, &said, &error);
        client_fini(&c);
    }
    if (code == CTL_DONE)
        buf_add(&a->frames, buf_span(&said.frames));
    answer_fini(&said);
    buf_fini(&path);
    buf_fini(&frame);
    buf_fini(&error);
}

static enum ctl_exit
status(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_gate(&frame, &(struct wire_ask_gate){0});
    code = ask_for(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && args->given[OPT_JSON]) {
        gate_page_json(buf_span(&a.frames), &env->screen, &o->out);
    } else if (code == CTL_DONE) {
        gate_page(buf_span(&a.frames), &env->screen, &o->out);
    }
    answer_fini(&a);
    return code;
}

/* --- gate test --- */

/* What a word calls what Postfix calls otherwise. */
static const struct {
    const char *word, *attribute;
} names[] = {{"client", "client_address"},
             {"helo", "helo_name"},
             {"state", "protocol_state"},
             {"name", "client_name"},
             {"rdns", "reverse_client_name"}};

static bool
is_name(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') && s.ptr[i] != '_')
            return false;
    return s.len > 0;
}

/* Appends NAME=VALUE as a line of a request. False when it is none. */
static bool
add_word(struct span word, struct buf *request)
{
    struct span name, value;

    if (!span_cut(word, SPAN("="), &name, &value) || !is_name(name) ||
        span_find_byte(value, '\n') >= 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq(name, span_of(names[i].word)))
            name = span_of(names[i].attribute);
    buf_add(request, name);
    buf_add_byte(request, '=');
    buf_add(request, value);
    buf_add_byte(request, '\n');
    return !request->is_cut;
}

static bool
next_step(struct span *frames, struct wire_tell_gate_step *m)
{
    struct span fields;

    while (answer_next(frames, WIRE_TELL_GATE_STEP, &fields))
        if (wire_get_tell_gate_step(fields, m))
            return true;
    return false;
}

static struct span
answer_of(struct span frames)
{
    struct wire_tell_gate_answer m;
    struct span fields;

    if (answer_next(&frames, WIRE_TELL_GATE_ANSWER, &fields) &&
        wire_get_tell_gate_answer(fields, &m))
        return m.answer;
    return (struct span){0};
}

static void
show_test(struct span frames, struct buf *out)
{
    struct span rest = frames;
    struct wire_tell_gate_step m;

    while (next_step(&rest, &m)) {
        text_foreign(out, m.step);
        buf_add_text(out, ": ");
        text_foreign(out, m.outcome);
        if (m.why.len) {
            buf_add_text(out, " (");
            text_foreign(out, m.why);
            buf_add_byte(out, ')');
        }
        buf_add_byte(out, '\n');
    }
    text_foreign(out, answer_of(frames));
    buf_add_byte(out, '\n');
}

static void
show_test_json(struct span frames, struct buf *out)
{
    struct span rest = frames;
    struct wire_tell_gate_step m;

    json_key(out, "answer");
    json_span(out, answer_of(frames));
    json_key(out, "steps");
    json_open(out, '[');
    while (next_step(&rest, &m)) {
        json_open(out, '{');
        json_key(out, "step");
        json_span(out, m.step);
        json_key(out, "outcome");
        json_span(out, m.outcome);
        json_key(out, "why");
        json_span(out, m.why);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static enum ctl_exit
test(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0}, request = buf_bounded(REQUEST_MAX);
    struct answer a = {0};
    enum ctl_exit code = CTL_DONE;

    buf_add_text(&request, "request=smtpd_access_policy\nprotocol_state=RCPT\n"
                           "protocol_name=ESMTP\nclient_name=unknown\n"
                           "reverse_client_name=unknown\netrn_domain=\n");
    for (size_t i = 1; i < args->word_count && code == CTL_DONE; i++)
        if (!add_word(span_of(args->words[i]), &request)) {
            text_foreign(&o->error, span_of(args->words[i]));
            buf_add_text(&o->error, ": write NAME=VALUE, as client=192.0.2.1");
            code = CTL_USAGE;
        }
    if (code == CTL_DONE) {
        wire_put_ask_gate_test(
            &frame, &(struct wire_ask_gate_test){.request = buf_span(&request)});
        code = ask_for(env, args, &frame, &a, &o->error);
    }
    if (code == CTL_DONE && args->given[OPT_JSON]) {
        json_begin(&o->out, env->screen.now_us);
        show_test_json(buf_span(&a.frames), &o->out);
        json_end(&o->out);
    } else if (code == CTL_DONE) {
        show_test(buf_span(&a.frames), &o->out);
    }
    answer_fini(&a);
    buf_fini(&request);
    return code;
}

enum ctl_exit
gate_command(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct span verb = span_of(args->words[0]);

    if (span_eq(verb, SPAN("status")) && args->word_count == 1)
        return status(env, args, o);
    if (span_eq(verb, SPAN("test")))
        return test(env, args, o);
    if (span_eq(verb, SPAN("run")))
        buf_add_text(&o->error,
                     "write run first, then its options: komainu gate run ...");
    else
        buf_add_text(&o->error,
                     "write status, test NAME=VALUE ..., or run with its options");
    return CTL_USAGE;
}
