/* ask_trust: who has logged in from where, and that he is to be forgotten. */
#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static void
show_forgotten(const struct answer *a, const struct ctl_args *args,
               const struct screen *s, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (args->given[OPT_JSON] || args->given[OPT_JSONL]) {
        json_begin(out, s->now_us);
        json_who(out, &args->who);
        json_key(out, "forgotten");
        json_u64(out, a->matched);
        json_end(out);
        return;
    }
    text_count(out, a->matched, "place");
    buf_printf(out, " in or around %s forgotten.\n", addr_text(&args->who, text));
}

enum ctl_exit
ask_trust(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    bool is_forget = args->given[OPT_FORGET], is_lines = args->given[OPT_JSONL];
    struct buf frame = {0};
    struct answer a = {0};
    size_t count;
    enum ctl_exit code;

    if (is_forget && !args->word_count) {
        buf_add_text(&o->error, "--forget: say which address or network");
        return CTL_USAGE;
    }
    wire_put_ask_trust(
        &frame, &(struct wire_ask_trust){.within = args->who, .is_forget = is_forget});
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && a.outcome != ANSWER_NO_MATCH)
        code = client_outcome(&a, &o->error);
    if (code == CTL_DONE && is_forget) {
        show_forgotten(&a, args, &env->screen, &o->out);
        code = a.matched ? CTL_DONE : CTL_NO_MATCH;
    } else if (code == CTL_DONE) {
        count =
            args->given[OPT_JSON] || is_lines
                ? show_trust_json(buf_span(&a.frames), &env->screen, is_lines, &o->out)
                : show_trust(buf_span(&a.frames), &env->screen, &o->out);
        code = count || !args->word_count ? CTL_DONE : CTL_NO_MATCH;
    }
    answer_fini(&a);
    return code;
}
