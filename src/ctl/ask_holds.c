/* ask_holds: accounts whose mail is held or limited. */
#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static bool
read_words(const struct ctl_args *args, struct wire_ask_holds *m, struct buf *error)
{
    *m = (struct wire_ask_holds){.is_release = args->given[OPT_RELEASE],
                                 .is_hold = args->given[OPT_HOLD],
                                 .for_s = args->for_s > 0 ? args->for_s : 0};
    if (args->word_count)
        m->account = span_of(args->words[0]);
    if (args->word_count && m->account.len == 0)
        buf_add_text(error, "the account is empty");
    else if (m->account.len > CTL_ACCOUNT_MAX)
        buf_printf(error, "an account has at most %d bytes", CTL_ACCOUNT_MAX);
    else if (m->is_release && m->is_hold)
        buf_add_text(error, "--hold and --release: only one of them");
    else if (args->given[OPT_FOR] && !m->is_hold)
        buf_add_text(error, "--for: only with --hold");
    else if ((m->is_release || m->is_hold) && m->account.len == 0)
        buf_printf(error, "--%s: say which account", m->is_hold ? "hold" : "release");
    return error->len == 0;
}

/* What was released, in a sentence with what to do next. */
static void
show_released(struct span account, struct buf *out)
{
    buf_add_text(out, "Mail of ");
    text_foreign(out, account);
    buf_add_text(out,
                 " is not held or limited any more.\n"
                 "What waits in Postfix's hold queue stays there: `postqueue -p` marks "
                 "it with !,\n`postsuper -H ID` lets it go, `postsuper -d ID` deletes "
                 "it.\n");
}

/* The same of what is held from now on. */
static void
show_held(struct span account, int64_t for_s, struct buf *out)
{
    buf_add_text(out, "Mail of ");
    text_foreign(out, account);
    buf_add_text(out, " is held ");
    if (for_s) {
        buf_add_text(out, "for ");
        text_duration_s(out, for_s);
    } else {
        buf_add_text(out, "until it is released");
    }
    buf_add_text(out, ": it goes to Postfix's hold queue, where the gate is asked.\n");
}

static size_t
show(const struct ctl_env *env, const struct ctl_args *args, struct span frames,
     struct buf *out)
{
    if (ask_is_json(args))
        return show_holds_json(frames, &env->screen, args->given[OPT_JSONL], out);
    return show_holds(frames, &env->screen, out);
}

enum ctl_exit
ask_holds(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_holds m;
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    if (!read_words(args, &m, &o->error))
        return CTL_USAGE;
    wire_put_ask_holds(&frame, &m);
    code = m.is_release || m.is_hold ? ask_for(env, args, &frame, &a, &o->error)
                                     : ask_list(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && m.is_release && !ask_is_json(args)) {
        show_released(m.account, &o->out);
    } else if (code == CTL_DONE && m.is_hold && !ask_is_json(args)) {
        show_held(m.account, m.for_s, &o->out);
    } else if (code == CTL_DONE) {
        /* Of an account that is not there it is no match; all of none is an answer. */
        if (!show(env, args, buf_span(&a.frames), &o->out) && args->word_count)
            code = CTL_NO_MATCH;
    }
    answer_fini(&a);
    return code;
}
