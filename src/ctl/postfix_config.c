#include "ctl/postfix_config.h"

#include <unistd.h>

#include "base/json.h"
#include "ctl/migrate.h"
#include "ctl/postfix_place.h"

/* A setting of main.cf as it stands there, a restriction a line. */
static void
show_setting(const struct postfix_setting *s, struct buf *out)
{
    struct span rest = buf_span(&s->after);
    struct postfix_entry e;
    bool is_first = true;

    buf_printf(out, "%s =", s->name);
    if (!strstr(s->name, "_restrictions")) {
        buf_printf(out, " %s\n", s->after.ptr);
        return;
    }
    for (; postfix_next(&rest, &e); is_first = false) {
        buf_add_text(out, is_first ? "\n    " : ",\n    ");
        buf_add(out, e.whole);
    }
    buf_add_byte(out, '\n');
}

static void
show_lines(struct span lines, const char *head, struct buf *out)
{
    struct span line;

    if (lines.len)
        buf_add_text(out, head);
    while (span_line(&lines, &line)) {
        buf_add_text(out, "#     ");
        text_foreign(out, line);
        buf_add_byte(out, '\n');
    }
}

/* As it can be pasted. */
static void
show(const struct postfix_plan *p, struct buf *out)
{
    const char *head = "\n# In master.cf, by postconf -P:\n";

    for (size_t i = 0; i < p->count; i++)
        if (!strchr(p->settings[i].name, '/'))
            show_setting(&p->settings[i], out);
    for (size_t i = 0; i < p->count; i++) {
        if (!strchr(p->settings[i].name, '/'))
            continue;
        buf_printf(out, "%s#     %s = %s\n", head, p->settings[i].name,
                   p->settings[i].after.ptr);
        head = "";
    }
    show_lines(buf_span(&p->out), "\n# Not asked any more:\n", out);
    show_lines(buf_span(&p->remarks), "\n# Please note:\n", out);
}

static void
json_lines(struct buf *out, const char *key, struct span lines)
{
    struct span line;

    json_key(out, key);
    json_open(out, '[');
    while (span_line(&lines, &line))
        json_span(out, line);
    json_close(out, ']');
}

static void
show_json(const struct postfix_plan *p, const struct screen *s, struct buf *out)
{
    json_begin(out, s->now_us);
    json_key(out, "settings");
    json_open(out, '[');
    for (size_t i = 0; i < p->count; i++) {
        json_open(out, '{');
        json_key(out, "name");
        json_text(out, p->settings[i].name);
        json_key(out, "was_set");
        json_bool(out, p->settings[i].was_set);
        json_key(out, "before");
        json_span(out, buf_span(&p->settings[i].before));
        json_key(out, "after");
        json_span(out, buf_span(&p->settings[i].after));
        json_close(out, '}');
    }
    json_close(out, ']');
    json_lines(out, "not_asked_any_more", buf_span(&p->out));
    json_lines(out, "remarks", buf_span(&p->remarks));
    json_end(out);
}

/* All or nothing: what fails puts back what was done before it. */
static bool
change(const char *directory, const struct postfix_plan *p, struct ctl_output *o)
{
    bool is_good = true;

    for (size_t i = 0; is_good && i < p->count; i++)
        is_good = postfix_set(directory, p->settings[i].name, p->settings[i].after.ptr,
                              &o->error);
    return is_good && postfix_take(directory, &o->out, &o->error);
}

static enum ctl_exit
apply(const char *directory, const struct postfix_plan *p, struct ctl_output *o)
{
    if (!p->count) {
        buf_add_text(&o->out, "Nothing is to be changed.\n");
        return CTL_NO_MATCH;
    }
    if (!postfix_record_write(directory, p, &o->error))
        return CTL_REFUSED;
    if (!change(directory, p, o)) {
        if (postfix_record_undo(directory, o) == CTL_DONE)
            buf_add_text(&o->error, "; everything is as it was");
        return CTL_INTERNAL;
    }
    show(p, &o->out);
    buf_add_text(&o->out, "\nPostfix asks the gate now. `komainu postfix-config --undo` "
                          "takes it back.\n");
    return CTL_DONE;
}

static enum ctl_exit
do_plan(const struct ctl_env *env, const struct ctl_args *args, const char *directory,
        const struct postfix_plan *p, struct ctl_output *o)
{
    if (args->given[OPT_APPLY])
        return apply(directory, p, o);
    if (args->given[OPT_JSON])
        show_json(p, &env->screen, &o->out);
    else if (p->count)
        show(p, &o->out);
    else
        buf_add_text(&o->out, "Postfix asks the gate; nothing is to be changed.\n");
    return CTL_DONE;
}

/* Postfix would put all mail off when nobody answered. */
static enum ctl_exit
check_place(const struct postfix_place *place, struct span text, struct buf *error)
{
    int e = postfix_place_try(&place->where);

    if (e == 0)
        return CTL_DONE;
    buf_add_text(error, "nobody answers at ");
    text_foreign(error, text);
    buf_printf(
        error,
        " (%s): start the gate first, with `komainu reload` where [gate] names the "
        "place, else with `komainu gate run`; nothing was changed",
        strerror(-e));
    return CTL_NOT_RUNNING;
}

static enum ctl_exit
plan_at(const struct ctl_env *env, const struct ctl_args *args, const char *directory,
        struct postfix_read *r, struct ctl_output *o)
{
    struct span queue = buf_span(&r->queue_directory);
    struct buf text = {0}, service = {0};
    struct postfix_plan p = {0};
    struct postfix_place place;
    enum ctl_exit code = postfix_place_find(args, queue, &place, &o->error);

    if (code != CTL_DONE)
        return code;
    config_gate_listen_print(&place.where, &text);
    if (!postfix_service(buf_span(&text), queue, &service, &o->error))
        code = CTL_REFUSED;
    else if (args->given[OPT_APPLY])
        code = check_place(&place, buf_span(&text), &o->error);
    if (code == CTL_DONE) {
        postfix_plan(&r->now, buf_span(&service), place.is_open, &p);
        code = do_plan(env, args, directory, &p, o);
    }
    postfix_plan_fini(&p);
    buf_fini(&text);
    buf_fini(&service);
    return code;
}

static enum ctl_exit
plan(const struct ctl_env *env, const struct ctl_args *args, const char *directory,
     struct ctl_output *o)
{
    struct postfix_read r;
    enum ctl_exit code = CTL_REFUSED;

    if (postfix_read(directory, &r, &o->error))
        code = plan_at(env, args, directory, &r, o);
    postfix_read_fini(&r);
    return code;
}

enum ctl_exit
postfix_config_command(const struct ctl_env *env, const struct ctl_args *args,
                       struct ctl_output *o)
{
    const char *directory = args->word_count ? args->words[0] : POSTFIX_DIRECTORY;

    if (args->given[OPT_APPLY] + args->given[OPT_UNDO] > 1) {
        buf_add_text(&o->error, "either --apply or --undo");
        return CTL_USAGE;
    }
    if ((args->given[OPT_APPLY] || args->given[OPT_UNDO]) && geteuid() != 0) {
        buf_add_text(&o->error, "run this as root");
        return CTL_REFUSED;
    }
    if (args->given[OPT_UNDO])
        return postfix_record_undo(directory, o);
    return plan(env, args, directory, o);
}
