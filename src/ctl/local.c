#include "ctl/local.h"

#include <errno.h>

#include "base/json.h"
#include "base/mem.h"
#include "conf/config_print.h"
#include "conf/globs.h"
#include "conf/load.h"
#include "doctor/detect.h"
#include "enforce/panic.h"
#include "gate/tables.h"
#include "match/matcher.h"

#define TABLE_DEFAULT "komainu"

/* The expressions are compiled as well, and the gate's tables read: that they can be is
 * part of being right. */
static enum ctl_exit
print_config(const struct config *c, bool is_json, struct ctl_output *o)
{
    struct matcher *m = matcher_new(c, &o->error);

    if (!m)
        return CTL_USAGE;
    buf_add_text(&o->error, matcher_left_out(m));
    matcher_free(m);
    if (!tables_try(&c->gate, &o->error))
        return CTL_USAGE;
    if (is_json)
        config_print_json(c, &o->out);
    else
        config_print(c, &o->out);
    return CTL_DONE;
}

bool
local_load(const struct ctl_args *args, struct config *out, struct buf *errors)
{
    struct machine *machine = mem_zalloc(1, sizeof(*machine));
    struct config_request request = {
        .directory = args->given[OPT_CONFIG] ? args->value[OPT_CONFIG] : CONFIG_DIRECTORY,
        .is_directory_required = args->given[OPT_CONFIG],
        .machine = machine,
    };
    bool is_good;

    detect(machine, "");
    is_good = config_load(&request, out, errors) >= 0;
    mem_free(machine);
    return is_good;
}

enum ctl_exit
local_check_config(const struct ctl_env *env UNUSED, const struct ctl_args *args,
                   struct ctl_output *o)
{
    enum ctl_exit code = CTL_USAGE;
    struct config config;

    if (local_load(args, &config, &o->error)) {
        globs_expand(&config);
        code = print_config(&config, args->given[OPT_JSON], o);
        config_fini(&config);
    }
    return code;
}

enum ctl_exit
local_detect(const struct ctl_env *env UNUSED, const struct ctl_args *args,
             struct ctl_output *o)
{
    struct machine *machine = mem_zalloc(1, sizeof(*machine));
    struct config_request request = {.directory = CONFIG_DIRECTORY, .machine = machine};
    struct config config = {0};
    struct buf errors = {0}; /* those of the configuration are check-config's to tell */
    bool has_config;

    detect(machine, "");
    has_config = config_load(&request, &config, &errors) >= 0;
    if (args->given[OPT_JSON])
        detect_print_json(machine, has_config ? &config : NULL, &o->out);
    else
        detect_print(machine, has_config ? &config : NULL, &o->out);
    if (!has_config)
        buf_add_text(&o->error, "the configuration has errors, so no jail can be named; "
                                "see 'komainu check-config'\n");
    config_fini(&config);
    buf_fini(&errors);
    mem_free(machine);
    return CTL_DONE;
}

static const char *
table_of(const struct ctl_args *args)
{
    return args->given[OPT_TABLE] ? args->value[OPT_TABLE] : TABLE_DEFAULT;
}

static enum ctl_exit
explain_panic(int rc, struct buf *error)
{
    if (rc != -EPERM && rc != -EACCES)
        return CTL_INTERNAL;
    if (error->len)
        buf_add_text(error, "; ");
    buf_add_text(error, "run this as root");
    return CTL_REFUSED;
}

static void
add_panic_json(const struct ctl_args *args, const struct screen *s, bool is_changed,
               struct buf *out)
{
    struct buf line = {0};

    json_begin(out, s->now_us);
    json_key(out, "panic");
    json_bool(out, !args->given[OPT_OFF]);
    json_key(out, "changed");
    json_bool(out, is_changed);
    if (args->given[OPT_DRY_RUN]) {
        panic_add_line(table_of(args), !args->given[OPT_OFF], &line);
        json_key(out, "dry_run");
        json_bool(out, true);
        json_key(out, "lines");
        json_open(out, '[');
        if (is_changed)
            json_span(out, buf_span(&line));
        json_close(out, ']');
    }
    json_end(out);
    buf_fini(&line);
}

/* What would be done. */
static void
add_dry_panic(const struct ctl_args *args, bool is_changed, struct buf *out)
{
    bool is_ending = args->given[OPT_OFF];

    if (!is_changed) {
        buf_add_text(out, is_ending ? "There is no panic to end.\n"
                                    : "Everything is open already.\n");
        return;
    }
    buf_add_text(out, is_ending ? "The panic would be over: the guard would enforce its "
                                  "bans again.\n"
                                : "Everything would be open: no ban in force.\n");
    buf_add_text(out, "In the kernel that is:\n  ");
    panic_add_line(table_of(args), !is_ending, out);
    buf_add_byte(out, '\n');
}

static void
add_panic(const struct ctl_args *args, const struct screen *s, bool is_changed,
          struct buf *out)
{
    bool is_ending = args->given[OPT_OFF];

    if (args->given[OPT_JSON]) {
        add_panic_json(args, s, is_changed, out);
    } else if (args->given[OPT_DRY_RUN]) {
        add_dry_panic(args, is_changed, out);
    } else if (is_ending) {
        buf_add_text(
            out, is_changed ? "The panic is over: the guard enforces its bans again, at "
                              "once if it is running, else when it is started.\n"
                            : "There is no panic to end.\n");
    } else {
        text_paint(out, s, PAINT_RED,
                   is_changed ? "Everything is open: no ban is in force.\n"
                              : "Everything was open already: no ban is in force.\n");
        buf_add_text(out, "Go back with: komainu panic --off");
        if (args->given[OPT_TABLE])
            buf_printf(out, " --table %s", args->value[OPT_TABLE]);
        buf_add_byte(out, '\n');
    }
}

enum ctl_exit
local_panic(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    const char *table = table_of(args);
    bool is_ending = args->given[OPT_OFF], was_open;
    int rc = panic_is_open(table, &o->error, &was_open);

    if (rc == 0 && !args->given[OPT_DRY_RUN])
        rc = is_ending ? panic_close(table, &o->error) : panic_open(table, &o->error);
    if (rc != 0)
        return explain_panic(rc, &o->error);
    add_panic(args, &env->screen, was_open == is_ending, &o->out);
    return was_open == is_ending ? CTL_DONE : CTL_NO_MATCH;
}
