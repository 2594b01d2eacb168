#include "ctl/ask.h"

#include "base/json.h"
#include "ctl/args.h"
#include "ctl/greylist.h"
#include "ctl/show.h"
#include "ctl/store_state.h"
#include "ctl/transfer.h"
#include "event/event.h"
#include "metrics/metrics.h"

enum { COMPLETE_TIMEOUT_MS = 1000 }; /* somebody sits before a shell and waits */

#define SOCKET_DEFAULT "/run/komainu/control.sock"

/* Reading, trying and putting a configuration in force takes longer than an answer. */
enum { RELOAD_TIMEOUT_MS = 120000 };

void
ask_path(const struct ctl_args *args, const char *file, struct buf *path)
{
    if (args->given[OPT_STATE])
        buf_printf(path, "%s/control.sock", args->value[OPT_STATE]);
    else
        buf_add_text(path,
                     args->given[OPT_SOCKET] ? args->value[OPT_SOCKET] : SOCKET_DEFAULT);
    if (!file)
        return;
    buf_truncate(path, (size_t)(span_find_last(buf_span(path), '/') + 1));
    buf_add_text(path, file);
}

/* Whether it is the gate that is asked, not the guard. */
static bool
is_of_gate(const struct ctl_args *args)
{
    return args->command->fn == gate_command || args->command->fn == greylist_command ||
           (args->command->fn == transfer_import && args->word_count > 0 &&
            strcmp(args->words[0], "postgrey") == 0);
}

enum ctl_exit
ask_connect(const struct ctl_env *env, const struct ctl_args *args, struct client *c,
            struct buf *error)
{
    struct buf path = {0};
    enum ctl_exit code;
    int timeout_ms = args->command->fn == ask_watch    ? -1
                     : args->command->fn == ask_reload ? RELOAD_TIMEOUT_MS
                                                       : env->timeout_ms;

    if (args->command->fn == ask_complete && timeout_ms > COMPLETE_TIMEOUT_MS)
        timeout_ms = COMPLETE_TIMEOUT_MS;

    ask_path(args,
             args->command->fn == ask_reload                ? "komainud.sock"
             : is_of_gate(args) && !args->given[OPT_SOCKET] ? "gate.sock"
                                                            : NULL,
             &path);
    code = client_init(c, path.ptr, timeout_ms, error);
    buf_fini(&path);
    return code;
}

enum ctl_exit
ask_guard(const struct ctl_env *env, const struct ctl_args *args, struct buf *frame,
          struct answer *a, struct buf *error)
{
    struct client c;
    enum ctl_exit code = ask_connect(env, args, &c, error);

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
ask_for(const struct ctl_env *env, const struct ctl_args *args, struct buf *frame,
        struct answer *a, struct buf *error)
{
    enum ctl_exit code = ask_guard(env, args, frame, a, error);

    return code == CTL_DONE ? client_outcome(a, error) : code;
}

enum ctl_exit
ask_list(const struct ctl_env *env, const struct ctl_args *args, struct buf *frame,
         struct answer *a, struct buf *error)
{
    enum ctl_exit code = ask_guard(env, args, frame, a, error);

    return code == CTL_DONE && a->outcome != ANSWER_NO_MATCH ? client_outcome(a, error)
                                                             : code;
}

bool
ask_is_json(const struct ctl_args *args)
{
    return args->given[OPT_JSON] || args->given[OPT_JSONL];
}

enum ctl_exit
ask_whole_status(const struct ctl_env *env, const struct ctl_args *args, struct answer *a,
                 struct buf *error)
{
    struct buf frame = {0};
    enum ctl_exit code;

    wire_put_ask_status(&frame, &(struct wire_ask_status){0});
    code = ask_for(env, args, &frame, a, error);
    if (code == CTL_DONE) {
        gate_add_numbers(env, args, a);
        store_state_add(args, a);
    }
    return code;
}

enum ctl_exit
ask_status(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct answer a = {0};
    enum ctl_exit code = ask_whole_status(env, args, &a, &o->error);

    if (code == CTL_DONE && args->given[OPT_JSON])
        show_status_json(buf_span(&a.frames), &env->screen, &o->out);
    else if (code == CTL_DONE)
        show_status(buf_span(&a.frames), &env->screen, &o->out);
    answer_fini(&a);
    return code;
}

struct span
ask_jail_name(const struct ctl_args *args)
{
    return span_of(args->value[OPT_JAIL]);
}

/* One jail, by its name. */
static enum ctl_exit
ask_jail(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_jail(&frame, &(struct wire_ask_jail){.name = span_of(args->words[0])});
    code = ask_for(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && ask_is_json(args))
        show_jail_json(buf_span(&a.frames), &env->screen, &o->out);
    else if (code == CTL_DONE)
        show_jail(buf_span(&a.frames), &env->screen, &o->out);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_jails(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    if (args->word_count)
        return ask_jail(env, args, o);
    wire_put_ask_status(&frame, &(struct wire_ask_status){0});
    code = ask_for(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && ask_is_json(args))
        show_jails_json(buf_span(&a.frames), &env->screen, args->given[OPT_JSONL],
                        &o->out);
    else if (code == CTL_DONE)
        show_jails(buf_span(&a.frames), &env->screen, &o->out);
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_bans(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_bans m = {.within = args->who, .jail = ask_jail_name(args)};
    struct buf frame = {0};
    struct answer a = {0};
    size_t count = 0;
    bool is_all;
    enum ctl_exit code;

    if (!args_range(args, env->screen.now_us, &m.from_us, &m.to_us, &o->error))
        return CTL_USAGE;
    wire_put_ask_bans(&frame, &m);
    code = ask_list(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE) {
        if (ask_is_json(args))
            count = show_bans_json(buf_span(&a.frames), &env->screen,
                                   args->given[OPT_JSONL], &o->out);
        else if (args->given[OPT_ALL])
            count = show_bans(buf_span(&a.frames), &env->screen, &o->out);
        else
            count = show_bans_folded(buf_span(&a.frames), &env->screen, &o->out);
        is_all = !args->word_count && !args->given[OPT_JAIL] && !args->given[OPT_SINCE] &&
                 !args->given[OPT_UNTIL];
        code = count || is_all ? CTL_DONE : CTL_NO_MATCH;
    }
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_history(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_past m = {.within = args->who, .jail = ask_jail_name(args)};
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    if (!args_range(args, env->screen.now_us, &m.from_us, &m.to_us, &o->error))
        return CTL_USAGE;
    wire_put_ask_past(&frame, &m);
    code = ask_list(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE && ask_is_json(args))
        code = show_past_json(buf_span(&a.frames), &env->screen, args->given[OPT_JSONL],
                              &o->out)
                   ? CTL_DONE
                   : CTL_NO_MATCH;
    else if (code == CTL_DONE)
        code = show_past(buf_span(&a.frames), &env->screen, &o->out) ? CTL_DONE
                                                                     : CTL_NO_MATCH;
    answer_fini(&a);
    return code;
}

/* The word of `alerts` is an address, or else an account. */
static bool
read_alerts(const struct ctl_args *args, int64_t now_us, struct wire_ask_alerts *m,
            struct buf *error)
{
    struct span word = args->word_count ? span_of(args->words[0]) : (struct span){0};

    *m = (struct wire_ask_alerts){.is_clear = args->given[OPT_CLEAR]};
    if (word.len && !addr_parse_prefix(word, &m->within))
        m->account = word;
    if (args->word_count && word.len == 0)
        buf_add_text(error, "the account is empty");
    else if (word.len > CTL_ACCOUNT_MAX)
        buf_printf(error, "an account has at most %d bytes", CTL_ACCOUNT_MAX);
    else if (m->is_clear && word.len == 0)
        buf_add_text(error, "--clear: say which account or address");
    return error->len == 0 && args_range(args, now_us, &m->from_us, &m->to_us, error);
}

enum ctl_exit
ask_alerts(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_alerts m;
    struct buf frame = {0};
    struct answer a = {0};
    bool is_lines = args->given[OPT_JSONL];
    size_t count = 0;
    enum ctl_exit code;

    if (!read_alerts(args, env->screen.now_us, &m, &o->error))
        return CTL_USAGE;
    wire_put_ask_alerts(&frame, &m);
    code = m.is_clear ? ask_for(env, args, &frame, &a, &o->error)
                      : ask_list(env, args, &frame, &a, &o->error);
    if (m.is_clear) {
        if (code == CTL_DONE)
            show_cleared(buf_span(&a.text), a.matched, args->given[OPT_JSON] || is_lines,
                         &o->out);
    } else if (code == CTL_DONE) {
        if (args->given[OPT_JSON] || is_lines)
            count =
                show_alerts_json(buf_span(&a.frames), &env->screen, is_lines, &o->out);
        else
            count = show_alerts(buf_span(&a.frames), &env->screen, &o->out);
        code = count ? CTL_DONE : CTL_NO_MATCH;
    }
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_campaigns(const struct ctl_env *env, const struct ctl_args *args,
              struct ctl_output *o)
{
    struct wire_ask_campaigns m = {.is_all = args->given[OPT_ALL] ||
                                             args->given[OPT_SINCE] ||
                                             args->given[OPT_UNTIL]};
    bool is_json = ask_is_json(args);
    struct buf frame = {0};
    struct answer a = {0};
    size_t count = 0;
    enum ctl_exit code;

    if (args->word_count)
        m.kind = span_of(args->words[0]);
    if (m.kind.len > CTL_NAME_MAX) {
        buf_add_text(&o->error, "no rule has so long a name");
        return CTL_USAGE;
    }
    if (!args_range(args, env->screen.now_us, &m.from_us, &m.to_us, &o->error))
        return CTL_USAGE;
    wire_put_ask_campaigns(&frame, &m);
    code = ask_list(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE) {
        count = is_json ? show_campaigns_json(buf_span(&a.frames), &env->screen,
                                              args->given[OPT_JSONL], &o->out)
                        : show_campaigns(buf_span(&a.frames), &env->screen, &o->out);
        code = count ? CTL_DONE : CTL_NO_MATCH;
    }
    answer_fini(&a);
    return code;
}

/* Shows what is known of an address or prefix, or else of an account. */
static bool
show_known(const struct ctl_env *env, const struct ctl_args *args,
           const struct wire_ask_why *m, struct span frames, struct buf *out)
{
    const struct screen *s = &env->screen;

    if (args->given[OPT_JSON])
        return m->who.family ? show_why_json(frames, &m->who, s, out)
                             : show_why_account_json(frames, m->account, s, out);
    return m->who.family ? show_why(frames, &m->who, s, out)
                         : show_why_account(frames, m->account, s, out);
}

enum ctl_exit
ask_why(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct wire_ask_why m = {.who = {0}};
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    /* A word that is no address is an account. */
    if (!addr_parse_prefix(span_of(args->words[0]), &m.who))
        m.account = span_of(args->words[0]);
    if (!m.who.family && (!m.account.len || m.account.len > EVENT_TEXT_MAX)) {
        buf_add_text(&o->error, "give an address, a network or an account");
        return CTL_USAGE;
    }
    if (span_find(m.account, SPAN(":")) >= 0 && span_find(m.account, SPAN("@")) < 0) {
        text_foreign(&o->error, m.account);
        buf_add_text(&o->error, ": not an address");
        return CTL_USAGE;
    }
    wire_put_ask_why(&frame, &m);
    code = ask_list(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE)
        code = show_known(env, args, &m, buf_span(&a.frames), &o->out) ? CTL_DONE
                                                                       : CTL_NO_MATCH;
    answer_fini(&a);
    return code;
}

enum ctl_exit
ask_metrics(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_status(&frame, &(struct wire_ask_status){0});
    code = ask_for(env, args, &frame, &a, &o->error);
    if (code == CTL_DONE) {
        gate_add_numbers(env, args, &a);
        metrics_add(buf_span(&a.frames), text_foreign, &o->out);
    }
    answer_fini(&a);
    return code;
}

/* What `allow` takes beside addresses. */
static void
add_verbs(struct span beginning, struct buf *out)
{
    static const char *const verbs[] = {"list", "remove"};

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (span_starts(span_of(verbs[i]), beginning))
            buf_printf(out, "%s\n", verbs[i]);
    }
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
    else if (span_eq(what, SPAN("allowed")))
        names.what = NAMES_ALLOWED;
    else
        return CTL_USAGE;
    if (names.what == NAMES_ALLOWED)
        add_verbs(names.beginning, &o->out);
    wire_put_ask_names(&frame, &names);
    /* No guard, no candidates: a shell that completes has no place for errors. */
    if (ask_guard(env, args, &frame, &a, &o->error) == CTL_DONE) {
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
    enum ctl_exit code = ask_connect(env, args, &c, &o->error);
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
    code = ask_guard(env, args, &frame, &a, &o->error);
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
