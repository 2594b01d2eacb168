#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/migrate_steps.h"

#define CLIENT "/usr/bin/fail2ban-client"

/* Whether fail2ban says that it bans all that its database has. */
static bool
has_restored(const struct import *i)
{
    const char *argv[] = {CLIENT, "banned", NULL};
    struct buf said = buf_bounded(256 << 20), one = {0};
    struct wire_ask_put_ban ban;
    struct wire_frame f;
    bool has_all = migrate_run(argv, &said);
    char who[ADDR_TEXT_MAX];

    for (size_t n = 0; has_all && n < i->group_count; n++) {
        struct span rest = buf_span(&i->groups[n].bans);

        while (has_all && wire_next(&rest, WIRE_ASK, &f) == WIRE_FRAME) {
            if (f.type != WIRE_ASK_PUT_BAN || !wire_get_ask_put_ban(f.fields, &ban))
                continue;
            buf_clear(&one);
            buf_printf(&one, "'%s'", addr_text(&ban.who, who));
            has_all = i->groups[n].jail == IMPORT_BY_HAND ||
                      span_find(buf_span(&said), buf_span(&one)) >= 0;
        }
    }
    buf_fini(&one);
    buf_fini(&said);
    return has_all;
}

/* Bans that only the guard has, to fail2ban; by jail, for it asks by jail. */
static void
give_bans(const struct ctl_env *env, const struct ctl_args *args,
          const struct migrate_plan *p)
{
    struct buf frame = {0}, error = {0}, said = {0};
    struct answer a = {0};
    struct span rest, fields;
    struct wire_tell_ban ban;
    char who[ADDR_TEXT_MAX], jail[CTL_NAME_MAX + 2];

    wire_put_ask_bans(&frame, &(struct wire_ask_bans){.to_us = INT64_MAX});
    if (ask_guard(env, args, &frame, &a, &error) == CTL_DONE)
        for (rest = buf_span(&a.frames); answer_next(&rest, WIRE_TELL_BAN, &fields);) {
            const char *argv[] = {CLIENT, "set", jail, "banip", who, NULL};

            if (!wire_get_tell_ban(fields, &ban) ||
                !span_cstr(ban.jail, jail, sizeof(jail)))
                continue;
            (void)addr_text(&ban.who, who);
            buf_clear(&said);
            for (size_t i = 0; i < p->jail_count; i++)
                if (strcmp(p->jails[i].name, jail) == 0)
                    (void)migrate_run(argv, &said); /* what it has already is no harm */
        }
    answer_fini(&a);
    buf_fini(&error);
    buf_fini(&said);
}

/* fail2ban at work, with all of its bans and ours; they stand twice then. */
static bool
start_fail2ban(const struct ctl_env *env, const struct ctl_args *args,
               const struct migrate_before *b, const char *directory,
               struct ctl_output *o)
{
    int64_t end_us = env->boot_us() + MIGRATE_WAIT_S * SECOND_US;
    struct migrate_plan p = {0};
    bool is_good = true;

    if (b->fail2ban_enabled)
        is_good = migrate_step("enable", MIGRATE_FAIL2BAN,
                               "fail2ban starts with the machine again.", o);
    if (!is_good || !b->fail2ban_active)
        return is_good;
    is_good = migrate_step("start", MIGRATE_FAIL2BAN, "fail2ban is started.", o) &&
              migrate_plan(&p, directory, migrate_config_directory(args),
                           env->screen.now_us, &o->error);
    while (is_good && !has_restored(&p.import)) {
        is_good = env->boot_us() < end_us;
        (void)poll(NULL, 0,
                   MIGRATE_LOOK_MS * 4); /* a signal only makes it look earlier */
    }
    if (is_good) {
        give_bans(env, args, &p);
        buf_add_text(&o->out, "fail2ban has its bans again, and ours.\n");
    } else if (!o->error.len) {
        buf_add_text(&o->error, "fail2ban has not all of its bans yet\n");
    }
    migrate_plan_fini(&p);
    return is_good;
}

/* A guard that runs on lifts the bans of the jails that are gone; one that ends leaves
 * them in the kernel, for as long as they last. */
static bool
end_guard(const char *path, const struct migrate_before *b, struct ctl_output *o)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return migrate_fail_file(path, &o->error);
    if (b->guard_active)
        return migrate_step("reload", MIGRATE_GUARD,
                            "The guard goes on without fail2ban's jails.", o);
    return migrate_step("stop", MIGRATE_GUARD,
                        "The guard is stopped; its bans run out in the kernel.", o) &&
           (b->guard_enabled ||
            migrate_step("disable", MIGRATE_GUARD,
                         "It does not start with the machine any more.", o));
}

enum ctl_exit
migrate_undo(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    char *path = migrate_file_path(args);
    struct buf directory = {0};
    struct migrate_before b = {0};
    enum migrate_file file = migrate_read_file(path, &b, &directory);
    enum ctl_exit code = CTL_REFUSED;

    if (geteuid() != 0) {
        buf_add_text(&o->error, "run this as root");
    } else if (file != FILE_OURS) {
        buf_printf(&o->error, "%s is not there, or not ours: nothing to undo", path);
        code = CTL_NO_MATCH;
    } else if (!migrate_has_systemd()) {
        buf_printf(&o->error,
                   "systemd does not run this machine: start fail2ban, wait until it has "
                   "its bans, remove %s, and end or reload komainud",
                   path);
    } else {
        /* First the socket is free again, where the guard served it. */
        code = migrate_write_file(path, directory.ptr, &b, NULL, &o->error) &&
                       migrate_step("reload", MIGRATE_GUARD, "fail2ban's socket is free.",
                                    o) &&
                       start_fail2ban(env, args, &b, directory.ptr, o) &&
                       end_guard(path, &b, o)
                   ? CTL_DONE
                   : CTL_INTERNAL;
        if (code != CTL_DONE)
            buf_add_text(&o->error, "The guard goes on; --undo can be tried again\n");
    }
    buf_fini(&directory);
    mem_free(path);
    return code;
}
