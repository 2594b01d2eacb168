#include <poll.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/migrate_steps.h"

#define SOCKET_USUAL "/var/run/fail2ban/fail2ban.sock"

static bool
is(const char *verb, const char *unit)
{
    struct buf said = {0};
    bool result = migrate_systemctl(verb, unit, &said);

    buf_fini(&said);
    return result;
}

bool
migrate_step(const char *verb, const char *unit, const char *what, struct ctl_output *o)
{
    struct buf said = {0};
    bool is_good = migrate_systemctl(verb, unit, &said);

    if (is_good) {
        buf_printf(&o->out, "%s\n", what);
    } else {
        buf_printf(&o->error, "systemctl %s %s: ", verb, unit);
        text_foreign(&o->error, span_head(span_trim(buf_span(&said)), 1024));
        buf_add_byte(&o->error, '\n');
    }
    buf_fini(&said);
    return is_good;
}

/* Whether the guard answers and the kernel has every ban. */
static bool
has_all_bans(const struct ctl_env *env, const struct ctl_args *args)
{
    struct wire_tell_status st = {.bans_waiting = 1};
    struct buf frame = {0}, error = {0};
    struct answer a = {0};
    struct span rest, fields;
    bool is_told = false;

    wire_put_ask_status(&frame, &(struct wire_ask_status){0});
    if (ask_for(env, args, &frame, &a, &error) == CTL_DONE) {
        rest = buf_span(&a.frames);
        is_told = answer_next(&rest, WIRE_TELL_STATUS, &fields) &&
                  wire_get_tell_status(fields, &st);
    }
    answer_fini(&a);
    buf_fini(&error); /* it is asked again, and who gives up says so */
    return is_told && st.is_enforcer_up && st.is_sensor_up && st.bans_waiting == 0;
}

bool
migrate_wait_for_bans(const struct ctl_env *env, const struct ctl_args *args)
{
    int64_t end_us = env->boot_us() + MIGRATE_WAIT_S * SECOND_US;

    while (!has_all_bans(env, args)) {
        if (env->boot_us() > end_us)
            return false;
        (void)poll(NULL, 0, MIGRATE_LOOK_MS); /* a signal only makes it look earlier */
    }
    return true;
}

static void
say_by_hand(const struct migrate_plan *p, const char *path, struct buf *out)
{
    buf_printf(out,
               "systemd does not run this machine. By hand, in this order:\n"
               "  1. write to %s: [komainu] and, on the next line, fail2ban = %s\n"
               "  2. komainu check-config\n"
               "  3. end komainud, if it runs; its bans stay in the kernel\n"
               "  4. komainu import fail2ban%s%s\n"
               "  5. start komainud, and look at komainu status\n"
               "  6. stop fail2ban, so that it does not start again\n"
               "  7. komainu import fail2ban, once more\n",
               path, p->directory, p->database ? " " : "",
               p->database ? p->database : "");
}

/* Everything as it was: fail2ban was not touched. */
static void
take_back(const char *path, const struct migrate_before *b, struct ctl_output *o)
{
    struct buf said = {0};

    (void)unlink(
        path); /* one that is left does no harm while fail2ban runs, and is told */
    if (!b->guard_active)
        (void)migrate_systemctl("stop", MIGRATE_GUARD, &said); /* it may not run */
    else if (!migrate_systemctl("restart", MIGRATE_GUARD, &said))
        buf_add_text(&o->error, "komainu did not start again; see `systemctl status`\n");
    buf_fini(&said);
    buf_add_text(&o->error, "Nothing was changed: fail2ban is as it was.\n");
}

/* The state of fail2ban, while no guard runs. */
static bool
import_state(const struct ctl_env *env, const struct ctl_args *args,
             struct migrate_plan *p, struct ctl_output *o)
{
    if (!p->has_state) {
        buf_add_text(&o->out, "No bans were taken over: ");
        buf_add(&o->out, buf_span(&p->no_database));
        buf_add_byte(&o->out, '\n');
        return true;
    }
    if (import_to_store(&p->import, args->value[OPT_STATE], &o->error) != CTL_DONE) {
        buf_add_byte(&o->error, '\n');
        return false;
    }
    import_show(&p->import, env, false, &o->out);
    return true;
}

/* What fail2ban banned since: the guard runs. False: it could not be had. */
static bool
import_rest(const struct ctl_env *env, const struct ctl_args *args,
            const struct migrate_plan *p, struct ctl_output *o)
{
    struct import i = {.config = &p->config, .now_us = env->screen.now_us};
    bool is_good =
        !p->has_state || (import_read_fail2ban(&i, p->database, &o->error) &&
                          import_deliver(&i, env, args, &o->error) == CTL_DONE);

    if (!is_good)
        buf_add_text(&o->error,
                     "\nWhom fail2ban has banned since it was looked at is not "
                     "taken over; once more: komainu import fail2ban\n");
    else if (import_taken(&i))
        buf_printf(&o->out, "Banned by fail2ban meanwhile, and taken over: %llu.\n",
                   (unsigned long long)import_taken(&i));
    import_fini(&i);
    return is_good;
}

/* From here on the guard has everything; what fails leaves both at work. */
static enum ctl_exit
end_fail2ban(const struct ctl_env *env, const struct ctl_args *args,
             struct migrate_plan *p, const struct migrate_before *b, struct ctl_output *o)
{
    const char *socket = fail2ban_text(&p->model.server, "socket", SOCKET_USUAL);
    char *path = migrate_file_path(args);
    bool is_good = true, has_rest;

    if ((b->fail2ban_active &&
         !migrate_step("stop", MIGRATE_FAIL2BAN, "fail2ban is stopped.", o)) ||
        (b->fail2ban_enabled && !migrate_step("disable", MIGRATE_FAIL2BAN,
                                              "fail2ban does not start any more.", o)) ||
        (!b->guard_enabled &&
         !migrate_step("enable", MIGRATE_GUARD, "komainu starts with the machine.", o))) {
        buf_add_text(&o->error,
                     "The guard has every ban and goes on; do the rest by hand, "
                     "or go back: komainu migrate --undo\n");
        is_good = false;
    }
    has_rest = !is_good || import_rest(env, args, p, o);
    if (is_good && args->given[OPT_SERVE]) {
        is_good =
            migrate_write_file(path, p->directory, b, socket, &o->error) &&
            migrate_step("reload", MIGRATE_GUARD, "fail2ban's clients are served.", o);
        if (!is_good)
            buf_add_text(&o->error,
                         "fail2ban's clients are not served; all else is done\n");
    }
    mem_free(path);
    return is_good && has_rest ? CTL_DONE : CTL_INTERNAL;
}

static enum ctl_exit
take_over(const struct ctl_env *env, const struct ctl_args *args, struct migrate_plan *p,
          const struct migrate_before *b, struct ctl_output *o)
{
    char *path = migrate_file_path(args);
    bool is_good = migrate_write_file(path, p->directory, b, NULL, &o->error);
    enum ctl_exit code = CTL_INTERNAL;

    if (is_good && b->guard_active)
        is_good = migrate_step("stop", MIGRATE_GUARD,
                               "The guard is stopped; its bans stay in the kernel.", o);
    is_good = is_good && import_state(env, args, p, o) &&
              migrate_step("start", MIGRATE_GUARD, "The guard is started.", o);
    if (is_good && !migrate_wait_for_bans(env, args)) {
        buf_printf(&o->error, "the guard has not every ban in the kernel after %d s\n",
                   MIGRATE_WAIT_S);
        is_good = false;
    }
    if (is_good) {
        buf_add_text(&o->out, "The kernel has every ban.\n");
        code = end_fail2ban(env, args, p, b, o);
    } else {
        take_back(path, b, o);
    }
    if (code == CTL_DONE && migrate_wait_for_bans(env, args))
        buf_add_text(&o->out, "Done. Go back with: komainu migrate --undo\n");
    mem_free(path);
    return code;
}

/* Who is banned would be let in, and nobody told of it in time. */
static void
refuse_without_bans(const struct migrate_plan *p, struct buf *error)
{
    buf_add_text(error, "the bans of fail2ban cannot be taken over: ");
    buf_add(error, buf_span(&p->no_database));
    buf_add_text(error,
                 "\nNothing was changed: fail2ban is as it was. Mend that; or leave "
                 "its bans behind, so that who is banned can connect again: "
                 "komainu migrate --apply --without-bans");
}

enum ctl_exit
migrate_apply(const struct ctl_env *env, const struct ctl_args *args,
              struct migrate_plan *p, struct ctl_output *o)
{
    char *path = migrate_file_path(args);
    struct buf directory = {0};
    struct migrate_before b = {0};
    enum ctl_exit code = CTL_REFUSED;
    enum migrate_file file = migrate_read_file(path, &b, &directory);

    if (geteuid() != 0) {
        buf_add_text(&o->error, "run this as root");
    } else if (p->loses_bans && !args->given[OPT_WITHOUT_BANS]) {
        refuse_without_bans(p, &o->error);
    } else if (p->jail_count == p->left_out) {
        buf_add_text(&o->error, "no jail can be taken over");
    } else if (file == FILE_FOREIGN) {
        buf_printf(&o->error, "%s is there, and not ours", path);
    } else if (file == FILE_OURS) {
        buf_add_text(&o->error, "that was done already; go back with --undo");
        code = CTL_NO_MATCH;
    } else if (!migrate_has_systemd()) {
        say_by_hand(p, path, &o->out);
    } else {
        b = (struct migrate_before){
            is("is-active", MIGRATE_GUARD), is("is-enabled", MIGRATE_GUARD),
            is("is-active", MIGRATE_FAIL2BAN), is("is-enabled", MIGRATE_FAIL2BAN)};
        code = take_over(env, args, p, &b, o);
    }
    buf_fini(&directory);
    mem_free(path);
    return code;
}

/* What is wrong with the options together, or NULL. */
static const char *
wrong_options(const bool *given)
{
    if (given[OPT_APPLY] && given[OPT_UNDO])
        return "--apply and --undo: one of them, please";
    if (given[OPT_SERVE] && !given[OPT_APPLY])
        return "--serve-clients: only with --apply";
    if (given[OPT_WITHOUT_BANS] && !given[OPT_APPLY])
        return "--without-bans: only with --apply";
    if (given[OPT_JSON] && (given[OPT_APPLY] || given[OPT_UNDO]))
        return "--json: only to look";
    return NULL;
}

enum ctl_exit
migrate_command(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    const char *directory =
        args->given[OPT_FAIL2BAN] ? args->value[OPT_FAIL2BAN] : FAIL2BAN_DIRECTORY;
    const char *wrong = wrong_options(args->given);
    struct migrate_plan p = {0};
    enum ctl_exit code = CTL_USAGE;

    if (wrong) {
        buf_add_text(&o->error, wrong);
        return CTL_USAGE;
    }
    if (args->given[OPT_UNDO])
        return migrate_undo(env, args, o);
    if (migrate_plan(&p, directory, migrate_config_directory(args), env->screen.now_us,
                     &o->error)) {
        code = CTL_DONE;
        if (args->given[OPT_JSON])
            migrate_show_json(&p, &env->screen, &o->out);
        else
            migrate_show(&p, &env->screen, &o->out);
        if (args->given[OPT_APPLY])
            code = migrate_apply(env, args, &p, o);
        else if (!args->given[OPT_JSON])
            migrate_show_next(&p, &o->out);
    }
    migrate_plan_fini(&p);
    return code;
}
