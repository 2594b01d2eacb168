/* ask_allow: who is never banned. */
#include "base/host.h"
#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/show.h"

/* Whom a word means: an address or prefix, or the name of a host. */
struct somebody {
    struct addr who;  /* family 0: */
    struct span name; /* as it was typed */
};

/* Reads the word at `at`. */
static enum ctl_exit
take_somebody(const struct ctl_args *args, size_t at, struct somebody *s,
              struct buf *error)
{
    *s = (struct somebody){0};
    if (at == args->word_count) {
        buf_add_text(error, "ADDR|PREFIX|NAME: missing");
        return CTL_USAGE;
    }
    if (addr_parse_prefix(span_of(args->words[at]), &s->who))
        return CTL_DONE;
    s->name = span_of(args->words[at]);
    if (span_ends(s->name, SPAN(".")))
        s->name.len--;
    if (host_is_name(s->name))
        return CTL_DONE;
    text_foreign(error, span_of(args->words[at]));
    buf_add_text(error, ": not an address, a network or the name of a host");
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
    struct somebody s = {0};
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code = refuse_options(args, &o->error);

    if (code == CTL_DONE && args->word_count > 1)
        code = take_somebody(args, 1, &s, &o->error);
    if (code != CTL_DONE)
        return code;
    wire_put_ask_allowed(&frame,
                         &(struct wire_ask_allowed){.within = s.who, .name = s.name});
    code = ask_list(env, args, &frame, &a, &o->error);
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

static void
add_json(const struct ctl_env *env, const struct answer *a, const struct somebody *s,
         bool is_done, struct buf *out)
{
    json_begin(out, env->screen.now_us);
    if (s->name.len) {
        json_key(out, "name");
        json_span(out, s->name);
        show_allowed_addresses_json(buf_span(&a->frames), out);
    } else {
        json_who(out, &s->who);
    }
    json_key(out, "changed");
    json_bool(out, is_done);
    json_key(out, "text");
    json_span(out, buf_span(&a->text));
    json_end(out);
}

/* What became of it; `said` stands behind the address. */
static enum ctl_exit
finish(const struct ctl_env *env, const struct ctl_args *args, struct answer *a,
       const struct somebody *s, const char *said, struct ctl_output *o)
{
    enum ctl_exit code = client_outcome(a, &o->error);
    char text[ADDR_TEXT_MAX];

    if (args->given[OPT_JSON] || args->given[OPT_JSONL]) {
        add_json(env, a, s, code == CTL_DONE, &o->out);
    } else if (code == CTL_DONE) {
        if (s->name.len)
            text_foreign(&o->out, s->name);
        else
            buf_add_text(&o->out, addr_text(&s->who, text));
        buf_printf(&o->out, " %s.", said);
        show_allowed_addresses(buf_span(&a->frames), &o->out);
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
    struct somebody s;
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code = refuse_options(args, &o->error);

    if (code == CTL_DONE)
        code = take_somebody(args, 1, &s, &o->error);
    if (code != CTL_DONE)
        return code;
    wire_put_ask_disallow(&frame,
                          &(struct wire_ask_disallow){.who = s.who, .name = s.name});
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish(env, args, &a, &s, "may be banned again", o);
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
    struct somebody s;
    enum ctl_exit code = take_somebody(args, 0, &s, &o->error);

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
    m.who = s.who;
    m.name = s.name;
    wire_put_ask_allow(&frame, &m);
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish(env, args, &a, &s, said.ptr, o);
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
