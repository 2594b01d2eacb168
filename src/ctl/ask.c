#include "ctl/ask.h"

#include "ctl/json.h"
#include "ctl/show.h"

#define SOCKET_DEFAULT "/run/komainu/control.sock"

/* Reading, trying and putting a configuration in force takes longer than an answer. */
enum { RELOAD_TIMEOUT_MS = 120000 };

/* komainud's own socket lies beside that of judge. */
static void
set_file(struct buf *path, const char *name)
{
    ptrdiff_t slash = span_find_last(buf_span(path), '/');

    buf_truncate(path, (size_t)(slash + 1));
    buf_add_text(path, name);
}

static enum ctl_exit
connect_guard(const struct ctl_env *env, const struct ctl_args *args, struct client *c,
              struct buf *error)
{
    struct buf path = {0};
    enum ctl_exit code;
    int timeout_ms = args->command->fn == ask_watch    ? -1
                     : args->command->fn == ask_reload ? RELOAD_TIMEOUT_MS
                                                       : env->timeout_ms;

    if (args->given[OPT_STATE])
        buf_printf(&path, "%s/control.sock", args->value[OPT_STATE]);
    else
        buf_add_text(&path,
                     args->given[OPT_SOCKET] ? args->value[OPT_SOCKET] : SOCKET_DEFAULT);
    if (args->command->fn == ask_reload)
        set_file(&path, "komainud.sock");
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

/* The lines of the answer: what changed, or what is wrong. */
static void
add_lines(const struct answer *a, struct buf *out)
{
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_news news;

    while (answer_next(&rest, WIRE_TELL_NEWS, &fields))
        if (wire_get_tell_news(fields, &news)) {
            text_foreign(out, news.text);
            buf_add_byte(out, '\n');
        }
}

static void
add_reload_json(const struct answer *a, const struct screen *s, struct buf *out)
{
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_news news;

    json_begin(out, s->now_us);
    json_key(out, "outcome");
    json_text(out, a->outcome == ANSWER_DONE ? "done" : "refused");
    json_key(out, "lines");
    json_open(out, '[');
    while (answer_next(&rest, WIRE_TELL_NEWS, &fields))
        if (wire_get_tell_news(fields, &news))
            json_span(out, news.text);
    json_close(out, ']');
    json_end(out);
}

enum ctl_exit
ask_reload(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_reload(&frame, &(struct wire_ask_reload){0});
    code = ask(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE) {
        if (args->given[OPT_JSON])
            add_reload_json(&a, &env->screen, &o->out);
        code = a.outcome == ANSWER_DONE ? CTL_DONE : CTL_USAGE;
        if (code != CTL_DONE)
            add_lines(&a, &o->error);
        else if (!args->given[OPT_JSON])
            add_lines(&a, &o->out);
    }
    answer_fini(&a);
    return code;
}
