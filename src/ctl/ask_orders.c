#include "base/ident.h"
#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static void
add_holes_json(struct span frames, struct buf *out)
{
    struct wire_tell_hole hole;
    struct span fields;

    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_HOLE, &fields))
        if (wire_get_tell_hole(fields, &hole))
            show_hole(&hole, out);
    json_close(out, ']');
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
    json_key(out, "dry_run");
    json_bool(out, args->given[OPT_DRY_RUN]);
    json_key(out, "text");
    json_span(out, buf_span(&a->text));
    json_key(out, "bans");
    show_bans_array(buf_span(&a->frames), out);
    if (args->given[OPT_DRY_RUN]) {
        json_key(out, "lines");
        show_lines_array(buf_span(&a->frames), out);
    }
    json_key(out, "holes");
    add_holes_json(buf_span(&a->frames), out);
    json_end(out);
}

/* Prints what became of an order: `said` when it is done, and judge's own words. */
static enum ctl_exit
finish(const struct ctl_env *env, const struct ctl_args *args, const struct answer *a,
       const struct buf *said, struct ctl_output *o)
{
    enum ctl_exit code = client_outcome(a, &o->error);

    if (args->given[OPT_JSON]) {
        add_outcome_json(args, a, &env->screen, &o->out);
    } else if (code == CTL_DONE) {
        buf_add(&o->out, buf_span(said));
        if (said->len && a->text.len)
            buf_add_byte(&o->out, ' ');
        text_foreign(&o->out, buf_span(&a->text));
        if (said->len || a->text.len)
            buf_add_byte(&o->out, '\n');
        if (args->given[OPT_DRY_RUN])
            show_lines(buf_span(&a->frames), &o->out);
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

    buf_printf(&said, "%s %s banned", addr_text(&args->who, text),
               args->given[OPT_DRY_RUN] ? "would be" : "is");
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
                                 .is_dry = args->given[OPT_DRY_RUN],
                             });
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish(env, args, &a, &said, o);
    buf_fini(&said);
    answer_fini(&a);
    return code;
}

/* The word of `unban`, when it is no address. */
static struct span
id_of(const struct ctl_args *args)
{
    return args->word_count && !args->who.family ? span_of(args->words[0])
                                                 : (struct span){0};
}

/* "bans of 192.0.2.7 that tried alice in sshd": what an order is about. */
static void
add_subject(const struct ctl_args *args, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (args->who.family)
        buf_printf(out, " of %s", addr_text(&args->who, text));
    if (id_of(args).len) {
        buf_add_text(out, " of ");
        text_foreign(out, id_of(args));
    }
    if (args->given[OPT_ACCOUNT]) {
        buf_add_text(out,
                     args->who.family ? " that tried " : " of addresses that tried ");
        text_foreign(out, span_of(args->value[OPT_ACCOUNT]));
    }
    if (args->given[OPT_JAIL]) {
        buf_add_text(out, " in ");
        text_foreign(out, span_of(args->value[OPT_JAIL]));
    }
}

/* "192.0.2.7 let out of the ban of 192.0.2.0/24, which stays for the other 255." for each
 * hole. */
static void
add_let_out(struct span frames, bool is_dry, struct buf *out)
{
    char who[ADDR_TEXT_MAX], prefix[ADDR_TEXT_MAX];
    struct wire_tell_hole h;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_HOLE, &fields)) {
        if (!wire_get_tell_hole(fields, &h))
            continue;
        buf_printf(out, "%s %slet out of the ban of %s, which ", addr_text(&h.who, who),
                   is_dry ? "would be " : "", addr_text(&h.prefix, prefix));
        if (is_dry)
            buf_add_text(out, "would stay.\n");
        else if (h.prefix.family == 4 && h.prefix.bits >= 8)
            buf_printf(out, "stays for the other %llu.\n",
                       (unsigned long long)(UINT64_C(1) << (32 - h.prefix.bits)) -
                           h.holes);
        else
            buf_add_text(out, "stays for all others.\n");
    }
}

static enum ctl_exit
finish_unban(const struct ctl_env *env, const struct ctl_args *args, struct answer *a,
             struct ctl_output *o)
{
    bool is_one = args->who.family && addr_is_host(&args->who);
    bool is_dry = args->given[OPT_DRY_RUN];
    size_t let_out = answer_count(buf_span(&a->frames), WIRE_TELL_HOLE);
    struct buf said = {0};
    enum ctl_exit code;

    if (a->outcome == ANSWER_DONE && a->matched == 0)
        a->outcome = ANSWER_NO_MATCH;
    if (a->outcome == ANSWER_NO_MATCH && a->text.len == 0) {
        buf_add_text(&a->text, "no bans");
        add_subject(args, &a->text);
    }
    if (a->outcome == ANSWER_DONE && !args->given[OPT_JSON] && (!is_one || is_dry))
        (void)show_bans_table(buf_span(&a->frames), &env->screen, &o->out);
    if (!args->given[OPT_JSON])
        add_let_out(buf_span(&a->frames), is_dry, &o->out);
    if (let_out == 0 || a->matched > let_out) {
        text_count(&said, a->matched - let_out, "ban");
        add_subject(args, &said);
        buf_add_text(&said, is_dry ? " would be lifted." : " lifted.");
    }
    code = finish(env, args, a, &said, o);
    buf_fini(&said);
    return code;
}

enum ctl_exit
ask_unban(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    if (!args->word_count && !args->given[OPT_ACCOUNT] && !args->given[OPT_JAIL] &&
        !args->given[OPT_ALL]) {
        buf_add_text(&o->error, "give an address, a network, --account, --jail or --all");
        return CTL_USAGE;
    }
    if (id_of(args).len > IDENT_MAX) {
        buf_printf(&o->error, "an id has at most %d bytes", IDENT_MAX);
        return CTL_USAGE;
    }
    if (args->given[OPT_ALL] && (args->word_count || args->given[OPT_ACCOUNT])) {
        buf_add_text(&o->error, "--all: give it alone, or with --jail");
        return CTL_USAGE;
    }
    wire_put_ask_unban(&frame, &(struct wire_ask_unban){
                                   .within = args->who,
                                   .jail = ask_jail_name(args),
                                   .account = span_of(args->value[OPT_ACCOUNT]),
                                   .is_dry = args->given[OPT_DRY_RUN],
                                   .id = id_of(args),
                               });
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = finish_unban(env, args, &a, o);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_extend(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0}, said = {0};
    struct answer a = {0};
    enum ctl_exit code;

    if (!args->given[OPT_FOR]) {
        buf_add_text(&o->error, "--for: missing");
        return CTL_USAGE;
    }
    wire_put_ask_extend(&frame,
                        &(struct wire_ask_extend){.who = args->who,
                                                  .jail = ask_jail_name(args),
                                                  .more_s = args->for_s,
                                                  .is_dry = args->given[OPT_DRY_RUN]});
    code = ask_guard(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE) {
        if (a.outcome == ANSWER_DONE && !args->given[OPT_JSON])
            (void)show_bans_table(buf_span(&a.frames), &env->screen, &o->out);
        text_count(&said, a.matched, "ban");
        add_subject(args, &said);
        buf_add_text(&said,
                     args->given[OPT_DRY_RUN] ? " would be prolonged." : " prolonged.");
        code = finish(env, args, &a, &said, o);
    }
    buf_fini(&said);
    answer_fini(&a);
    return code;
}
