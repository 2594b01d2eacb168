#include "ctl/ask.h"

#include "ctl/json.h"
#include "ctl/show.h"

enum { COMPLETE_TIMEOUT_MS = 1000 }; /* somebody sits before a shell and waits */

#define SOCKET_DEFAULT "/run/komainu/control.sock"

static enum ctl_exit
connect_guard(const struct ctl_env *env, const struct ctl_args *args, struct client *c,
              struct buf *error)
{
    struct buf path = {0};
    enum ctl_exit code;
    int timeout_ms = args->command->fn == ask_watch ? -1 : env->timeout_ms;

    if (args->command->fn == ask_complete && timeout_ms > COMPLETE_TIMEOUT_MS)
        timeout_ms = COMPLETE_TIMEOUT_MS;

    if (args->given[OPT_STATE])
        buf_printf(&path, "%s/control.sock", args->value[OPT_STATE]);
    else
        buf_add_text(&path,
                     args->given[OPT_SOCKET] ? args->value[OPT_SOCKET] : SOCKET_DEFAULT);
    code = client_init(c, path.ptr, timeout_ms, error);
    buf_fini(&path);
    return code;
}

/* Asks, and waits for all of the answer. */
static enum ctl_exit
ask(const struct ctl_env *env, const struct ctl_args *args, struct buf *frame,
    struct answer *a, struct buf *error)
{
    struct client c;
    enum ctl_exit code = connect_guard(env, args, &c, error);

    if (code != CTL_DONE)
        goto done;
    code = client_ask(&c, buf_span(frame), error);
    while (code == CTL_DONE && !a->is_ended)
        code = client_receive(&c, a, error);
    client_fini(&c);
done:
    buf_fini(frame);
    return code;
}

enum ctl_exit
ask_status(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_status(&frame, &(struct wire_ask_status){0});
    code = ask(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = client_outcome(&a, &o->error);
    if (code == CTL_DONE && args->given[OPT_JSON])
        show_status_json(buf_span(&a.frames), &env->screen, &o->out);
    else if (code == CTL_DONE)
        show_status(buf_span(&a.frames), &env->screen, &o->out);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_bans(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    size_t count = 0;
    enum ctl_exit code;

    wire_put_ask_bans(&frame, &(struct wire_ask_bans){.within = args->who});
    code = ask(env, args, &frame, &a, &o->error);
    /* An empty list is an answer, not an error. */
    if (code == CTL_DONE && a.outcome != ANSWER_NO_MATCH)
        code = client_outcome(&a, &o->error);
    if (code == CTL_DONE) {
        if (args->given[OPT_JSON] || args->given[OPT_JSONL])
            count = show_bans_json(buf_span(&a.frames), &env->screen,
                                   args->given[OPT_JSONL], &o->out);
        else
            count = show_bans(buf_span(&a.frames), &env->screen, &o->out);
        code = args->word_count && count == 0 ? CTL_NO_MATCH : CTL_DONE;
    }
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_why(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    bool is_known = false;
    enum ctl_exit code;

    wire_put_ask_why(&frame, &(struct wire_ask_why){.who = args->who});
    code = ask(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && a.outcome != ANSWER_NO_MATCH)
        code = client_outcome(&a, &o->error);
    if (code == CTL_DONE) {
        if (args->given[OPT_JSON])
            is_known =
                show_why_json(buf_span(&a.frames), &args->who, &env->screen, &o->out);
        else
            is_known = show_why(buf_span(&a.frames), &args->who, &env->screen, &o->out);
        code = is_known ? CTL_DONE : CTL_NO_MATCH;
    }
    answer_fini(&a);
    return code;
}

/* What became of an order, as JSON: whatever the outcome. */
static void
add_outcome_json(const struct ctl_args *args, const struct answer *a,
                 const struct screen *s, struct buf *out)
{
    static const char *const names[] = {"done",    "unchanged", "bad request",
                                        "unknown", "refused",   "internal"};

    json_begin(out, s->now_us);
    json_who(out, &args->who);
    json_key(out, "outcome");
    json_text(out, a->outcome < ARRAY_LEN(names) ? names[a->outcome] : "unknown");
    json_key(out, "matched");
    json_u64(out, a->matched);
    json_key(out, "text");
    json_span(out, buf_span(&a->text));
    json_end(out);
}

/* Prints what became of an order: `said` when it is done, and judge's own words. */
static enum ctl_exit
finish_order(const struct ctl_env *env, const struct ctl_args *args,
             const struct answer *a, struct span said, struct ctl_output *o)
{
    enum ctl_exit code = client_outcome(a, &o->error);

    if (args->given[OPT_JSON]) {
        add_outcome_json(args, a, &env->screen, &o->out);
    } else if (code == CTL_DONE) {
        buf_add(&o->out, said);
        if (a->text.len)
            buf_add_byte(&o->out, ' ');
        text_foreign(&o->out, buf_span(&a->text));
        buf_add_byte(&o->out, '\n');
    }
    return code;
}

enum ctl_exit
ask_ban(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0}, said = {0};
    struct answer a = {0};
    char text[ADDR_TEXT_MAX];
    enum ctl_exit code;

    buf_printf(&said, "%s is banned", addr_text(&args->who, text));
    if (args->for_s < 0)
        buf_add_text(&said, " permanently");
    if (args->for_s > 0) {
        buf_add_text(&said, " for ");
        text_duration_s(&said, args->for_s);
    }
    buf_add_byte(&said, '.');
    wire_put_ask_ban(&frame, &(struct wire_ask_ban){
                                 .who = args->who,
                                 .bantime_s = args->for_s,
                                 .comment = span_of(args->value[OPT_COMMENT]),
                             });
    code = ask(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish_order(env, args, &a, buf_span(&said), o);
    buf_fini(&said);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_unban(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0}, said = {0};
    struct answer a = {0};
    char text[ADDR_TEXT_MAX];
    enum ctl_exit code;

    wire_put_ask_unban(&frame, &(struct wire_ask_unban){.within = args->who});
    code = ask(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE) {
        if (a.outcome == ANSWER_DONE && a.matched == 0)
            a.outcome = ANSWER_NO_MATCH;
        if (a.outcome == ANSWER_NO_MATCH && a.text.len == 0)
            buf_printf(&a.text, "%s is not banned", addr_text(&args->who, text));
        text_count(&said, a.matched, "ban");
        buf_printf(&said, " of %s lifted.", addr_text(&args->who, text));
        code = finish_order(env, args, &a, buf_span(&said), o);
    }
    buf_fini(&said);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_complete(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct span what = span_of(args->words[0]), fields;
    struct wire_ask_names names = {
        .beginning = args->word_count > 1 ? span_of(args->words[1]) : (struct span){0}};
    struct buf frame = {0};
    struct answer a = {0};
    struct wire_tell_name name;
    struct span rest;

    if (span_eq(what, SPAN("jails")))
        names.what = NAMES_JAILS;
    else if (span_eq(what, SPAN("bans")))
        names.what = NAMES_BANNED;
    else
        return CTL_USAGE;
    wire_put_ask_names(&frame, &names);
    /* No guard, no candidates: a shell that completes has no place for errors. */
    if (ask(env, args, &frame, &a, &o->error) == CTL_DONE) {
        for (rest = buf_span(&a.frames); answer_next(&rest, WIRE_TELL_NAME, &fields);) {
            if (!wire_get_tell_name(fields, &name))
                continue;
            text_foreign(&o->out, name.name);
            buf_add_byte(&o->out, '\n');
        }
    }
    buf_clear(&o->error);
    answer_fini(&a);
    return CTL_DONE;
}

enum ctl_exit
ask_watch(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    struct client c;
    enum ctl_exit code = connect_guard(env, args, &c, &o->error);
    int rc;

    if (code != CTL_DONE)
        return code;
    wire_put_ask_watch(&frame, &(struct wire_ask_watch){0});
    code = client_ask(&c, buf_span(&frame), &o->error);
    while (code == CTL_DONE && !a.is_ended) {
        code = client_receive(&c, &a, &o->error);
        if (args->given[OPT_JSON])
            show_news_json(buf_span(&a.frames), &o->out);
        else
            show_news(buf_span(&a.frames), &env->screen, &o->out);
        answer_clear(&a);
        rc = ctl_flush(env->out, &o->out);
        if (rc != 0 && code == CTL_DONE) {
            buf_printf(&o->error, "cannot write the output: %s", strerror(-rc));
            code = CTL_INTERNAL;
        }
    }
    if (code == CTL_DONE)
        code = client_outcome(&a, &o->error);
    client_fini(&c);
    buf_fini(&frame);
    answer_fini(&a);
    return code;
}
