#include "ctl/audit.h"

#include "base/mem.h"
#include "ctl/args.h"
#include "ctl/ask.h"
#include "ctl/audit_parts.h"

/* --- what was: all logs side by side --- */

/* The log with the oldest entry, or log_count. */
static size_t
oldest(const struct audit *a)
{
    size_t first = a->log_count;

    for (size_t i = 0; i < a->log_count; i++) {
        if (a->logs[i].has_entry &&
            (first == a->log_count ||
             a->logs[i].entry.time_us < a->logs[first].entry.time_us))
            first = i;
    }
    return first;
}

static void
tell_read_errors(struct audit *a)
{
    for (size_t i = 0; i < a->log_count; i++) {
        if (a->logs[i].reader.error == 0)
            continue;
        text_foreign(&a->o->error, span_of(a->logs[i].name));
        buf_printf(&a->o->error, ": cannot be read on: %s\n", a->logs[i].reader.why);
        a->code = CTL_INTERNAL;
    }
}

static void
search(struct audit *a)
{
    struct audit_past *past = a->args->word_count ? NULL : audit_past_ask(a);
    size_t first;

    for (size_t i = 0; i < a->log_count; i++)
        audit_log_next(&a->logs[i], &a->filter);
    while (!a->write_error && (first = oldest(a)) < a->log_count) {
        audit_past_show(a, past, a->logs[first].entry.time_us);
        audit_show(a, &a->logs[first].entry);
        audit_log_next(&a->logs[first], &a->filter);
    }
    audit_past_show(a, past, INT64_MAX);
    tell_read_errors(a);
    if (a->code == CTL_DONE && a->shown == 0)
        a->code = CTL_NO_MATCH;
    audit_past_free(past);
}

/* --- the command --- */

static bool
read_filter(struct audit *a)
{
    const struct ctl_args *args = a->args;
    struct audit_filter *f = &a->filter;
    struct span wrong;

    f->categories = audit_usual();
    f->account = span_of(args->value[OPT_ACCOUNT]);
    if (args->given[OPT_NOISE])
        f->categories |= AUDIT_BIT(AUDIT_NOISE);
    if (args->given[OPT_CATEGORY] &&
        !audit_read_set(span_of(args->value[OPT_CATEGORY]), &f->categories, &wrong)) {
        buf_add_text(&a->o->error, "--category: ");
        text_foreign(&a->o->error, wrong);
        buf_add_text(&a->o->error, ": is none of them:");
        for (enum audit_category i = 0; i < AUDIT_CATEGORIES; i++)
            buf_printf(&a->o->error, " %s", audit_name(i));
        return false;
    }
    if (args->given[OPT_ADDRESS] &&
        !addr_parse_prefix(span_of(args->value[OPT_ADDRESS]), &f->within)) {
        buf_add_text(&a->o->error, "--address: ");
        text_foreign(&a->o->error, span_of(args->value[OPT_ADDRESS]));
        buf_add_text(&a->o->error, ": is no address and no ADDRESS/LENGTH");
        return false;
    }
    return args_range(args, a->env->screen.now_us, &f->from_us, &f->to_us, &a->o->error);
}

static bool
open_log(struct audit *a, const char *name, struct tail_buffer *b)
{
    struct audit_log *l = &a->logs[a->log_count];
    int64_t now_us = a->env->screen.now_us;
    bool is_open = a->args->given[OPT_FOLLOW]
                       ? audit_log_follow(l, name, now_us, &a->filter, b, &a->o->error)
                       : audit_log_open(l, name, a->env->in, now_us, &a->o->error);

    a->log_count += is_open;
    if (!is_open && a->args->given[OPT_FOLLOW])
        audit_log_fini(l);
    return is_open;
}

static bool
open_logs(struct audit *a)
{
    struct tail_buffer *b = mem_zalloc(1, sizeof(*b));
    char *names[AUDIT_LOGS_MAX];
    size_t count = 0;
    bool is_good = audit_find_names(a, names, &count);

    a->logs = mem_zalloc(count + 1, sizeof(*a->logs));
    for (size_t i = 0; i < count; i++) {
        is_good = is_good && open_log(a, names[i], b);
        mem_free(names[i]);
    }
    mem_free(b);
    return is_good;
}

enum ctl_exit
audit_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct audit a = {
        .env = env, .args = args, .o = o, .is_json = ask_is_json(args), .code = CTL_DONE};

    if (!read_filter(&a) || !open_logs(&a)) {
        a.code = CTL_USAGE;
    } else if (args->given[OPT_FOLLOW]) {
        audit_follow(&a);
    } else {
        search(&a);
    }
    if (a.write_error && a.code <= CTL_NO_MATCH) {
        buf_printf(&o->error, "cannot write the output: %s", strerror(-a.write_error));
        a.code = CTL_INTERNAL;
    }
    for (size_t i = 0; i < a.log_count; i++)
        audit_log_fini(&a.logs[i]);
    mem_free(a.logs);
    return a.code;
}
