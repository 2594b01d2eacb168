/* ask_allow: who is never banned. */
#include "ctl/ask.h"
#include "ctl/json.h"
#include "ctl/show.h"

/* Reads the word at `at` as an address or prefix. */
static enum ctl_exit
take_address(const struct ctl_args *args, size_t at, struct addr *who, struct buf *error)
{
    if (at < args->word_count && addr_parse_prefix(span_of(args->words[at]), who))
        return CTL_DONE;
    if (at < args->word_count) {
        text_foreign(error, span_of(args->words[at]));
        buf_add_text(error, ": not an address or network; names are not built yet");
    } else {
        buf_add_text(error, "ADDR|PREFIX: missing");
    }
    return CTL_USAGE;
}

static enum ctl_exit
refuse_options(const struct ctl_args *args, struct buf *error)
{
    if (!args->given[OPT_FOR] && !args->given[OPT_COMMENT])
        return CTL_DONE;
    buf_printf(error, "%s: only where an address is added",
               args->given[OPT_FOR] ? "--for" : "--comment");
    return CTL_USAGE;
}

static enum ctl_exit
list(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_allowed m = {0};
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code = refuse_options(args, &o->error);

    if (code == CTL_DONE && args->word_count > 1)
        code = take_address(args, 1, &m.within, &o->error);
    if (code != CTL_DONE)
        return code;
    wire_put_ask_allowed(&frame, &m);
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && a.outcome != ANSWER_NO_MATCH)
        code = client_outcome(&a, &o->error);
    if (code == CTL_DONE) {
        if (args->given[OPT_JSON] || args->given[OPT_JSONL])
            (void)show_allowed_json(buf_span(&a.frames), &env->screen,
                                    args->given[OPT_JSONL], &o->out);
        else
            show_allowed(buf_span(&a.frames), &env->screen, &o->out);
        text_foreign(&o->error, buf_span(&a.text)); /* lines that cannot be read */
        code = a.outcome == ANSWER_NO_MATCH ? CTL_NO_MATCH : CTL_DONE;
    }
    answer_fini(&a);
    return code;
}

/* What became of it; `said` stands behind the address. */
static enum ctl_exit
finish(const struct ctl_env *env, const struct ctl_args *args, struct answer *a,
       const struct addr *who, const char *said, struct ctl_output *o)
{
    enum ctl_exit code = client_outcome(a, &o->error);
    char text[ADDR_TEXT_MAX];

    if (args->given[OPT_JSON] || args->given[OPT_JSONL]) {
        json_begin(&o->out, env->screen.now_us);
        json_who(&o->out, who);
        json_key(&o->out, "changed");
        json_bool(&o->out, code == CTL_DONE);
        json_key(&o->out, "text");
        json_span(&o->out, buf_span(&a->text));
        json_end(&o->out);
    } else if (code == CTL_DONE) {
        buf_printf(&o->out, "%s %s.", addr_text(who, text), said);
        if (a->text.len)
            buf_add_byte(&o->out, ' ');
        text_foreign(&o->out, buf_span(&a->text));
        buf_add_text(&o->out, a->text.len ? ".\n" : "\n");
    }
    return code;
}

static enum ctl_exit
remove_entry(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_disallow m;
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code = refuse_options(args, &o->error);

    if (code == CTL_DONE)
        code = take_address(args, 1, &m.who, &o->error);
    if (code != CTL_DONE)
        return code;
    wire_put_ask_disallow(&frame, &m);
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish(env, args, &a, &m.who, "may be banned again", o);
    answer_fini(&a);
    return code;
}

static enum ctl_exit
add_entry(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_allow m = {.for_s = args->for_s,
                               .comment = span_of(args->value[OPT_COMMENT])};
    struct buf frame = {0}, said = {0};
    struct answer a = {0};
    enum ctl_exit code = take_address(args, 0, &m.who, &o->error);

    if (code == CTL_DONE && args->word_count > 1) {
        text_foreign(&o->error, span_of(args->words[1]));
        buf_add_text(&o->error, ": too many arguments");
        code = CTL_USAGE;
    }
    if (code != CTL_DONE)
        return code;
    buf_add_text(&said, "is not banned");
    if (args->for_s > 0) {
        buf_add_text(&said, " for ");
        text_duration_s(&said, args->for_s);
    } else {
        buf_add_text(&said, " any more");
    }
    wire_put_ask_allow(&frame, &m);
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish(env, args, &a, &m.who, said.ptr, o);
    buf_fini(&said);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_allow(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct span verb = span_of(args->words[0]);

    if (span_eq(verb, SPAN("list")))
        return list(env, args, o);
    if (span_eq(verb, SPAN("remove")))
        return remove_entry(env, args, o);
    return add_entry(env, args, o);
}
