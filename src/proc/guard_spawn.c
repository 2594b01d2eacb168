#include "guard_children.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/config_wire.h"
#include "role.h"

enum {
    CONFIG_SOCKET = 1 << 20, /* bytes a child's socket may hold */
    ARGUMENTS_MAX = 8,
};

/* What a role gets of the environment: the zone, where its messages go, and what
 * sanitizers ask. */
static void
copy_environment(char **out, size_t max)
{
    static const char *const names[] = {"TZ", "JOURNAL_STREAM", "ASAN_OPTIONS",
                                        "UBSAN_OPTIONS", "LSAN_OPTIONS"};
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(names) && n + 1 < max; i++) {
        const char *value = getenv(names[i]);
        struct buf entry = {0};

        if (!value)
            continue;
        buf_printf(&entry, "%s=%s", names[i], value);
        out[n++] = buf_detach(&entry);
    }
    out[n] = NULL;
}

/* The role's arguments; they borrow from `c` and the texts. */
static void
fill_arguments(const struct guard_child *c, char *path, char *uid, char *gid, char **argv)
{
    static char uid_option[] = "--uid", gid_option[] = "--gid",
                folder_option[] = "--folder", groups_option[] = "--groups";

    argv[0] = path;
    argv[1] = uid_option;
    argv[2] = uid;
    argv[3] = gid_option;
    argv[4] = gid;
    if (c->folder) {
        argv[5] = folder_option;
        argv[6] = c->folder;
    } else if (c->groups) {
        argv[5] = groups_option;
        argv[6] = c->groups;
    }
}

/* Executes the program with `fd` as its socket to us and, unless -1, `messages` as its
 * stderr. 0, or a negative errno. */
static int
execute(struct guard_child *c, int fd, int messages)
{
    char uid[16], gid[16], *argv[ARGUMENTS_MAX] = {0}, *environment[8];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct buf path = {0};
    sigset_t none;
    int e;

    (void)snprintf(uid, sizeof(uid), "%u", (unsigned)c->user.uid);
    (void)snprintf(gid, sizeof(gid), "%u", (unsigned)c->user.gid);
    buf_printf(&path, "%s/%s", c->guard->role_dir, c->program);
    fill_arguments(c, path.ptr, uid, gid, argv);
    copy_environment(environment, ARRAY_LEN(environment));
    /* These set-up calls fail only for lack of memory, as spawn does. */
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    if (messages >= 0)
        (void)posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, fd, ROLE_FD);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    e = posix_spawn(&c->pid, path.ptr, &actions, &attributes, argv, environment);
    for (char **entry = environment; *entry; entry++)
        mem_free(*entry);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    if (e) {
        c->pid = 0;
        log_line(&c->guard->log, LOG_LEVEL_ERROR, "role-cannot-start",
                 "program=%s error=\"%s\"", path.ptr, strerror(e));
    }
    buf_fini(&path);
    return -e;
}

int
guard_spawn(struct guard_child *c, int messages)
{
    int fds[2], size = CONFIG_SOCKET;
    int e = chan_pair(fds);

    c->started_us = clock_boot_us();
    if (e)
        return e;
    /* A smaller buffer only means that komainud waits while the child reads. */
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
    e = execute(c, fds[1], messages);
    (void)close(fds[1]);
    if (e)
        (void)close(fds[0]);
    else
        c->up.fd = fds[0];
    return e;
}

static int
send_config_packet(void *ctx, struct span packet)
{
    guard_send(ctx, packet, -1);
    return 0;
}

/* A word of a shell's. */
static void
add_quoted(struct buf *out, const char *word)
{
    buf_add_text(out, " '");
    for (; *word; word++)
        buf_add_text(out, *word == '\'' ? "'\\''" : (char[]){*word, 0});
    buf_add_byte(out, '\'');
}

/* The same of a path, which is found from any folder. */
static void
add_path(struct buf *out, const char *path)
{
    char real[PATH_MAX];

    add_quoted(out, realpath(path, real) ? real : path);
}

/* What sends the report that is due, if one is. */
static void
send_report_command(struct guard_child *c)
{
    const struct guard *g = c->guard;
    struct buf command = {0}, packet = {0};

    buf_add_text(&command, "exec");
    if (strchr(g->command, '/'))
        add_path(&command, g->command);
    else
        add_quoted(&command, g->command);
    buf_add_text(&command, " report --scheduled --state");
    add_path(&command, g->state);
    if (g->config_dir) {
        buf_add_text(&command, " --config");
        add_path(&command, g->config_dir);
    }
    wire_put_conf_report_command(
        &packet, &(struct wire_conf_report_command){.command = buf_span(&command)});
    guard_send(c, buf_span(&packet), -1);
    buf_fini(&command);
    buf_fini(&packet);
}

int
guard_greet(struct guard_child *c, const struct config *config)
{
    struct buf hello = {0};
    int e;

    wire_put_hello(&hello,
                   &(struct wire_hello){.hash = wire_hash(), .role = ROLE_KOMAINUD});
    guard_send(c, buf_span(&hello), -1);
    buf_fini(&hello);
    if (c->role == ROLE_RUNNER &&
        (e = config_send_commands(config, send_config_packet, c)) != 0)
        return e;
    if (c->role == ROLE_GATE &&
        ((e = config_send_gate(config, send_config_packet, c)) != 0 ||
         (e = config_send_gate_origins(config, send_config_packet, c)) != 0 ||
         (e = config_send_share_secret(config, send_config_packet, c)) != 0))
        return e;
    if (c->role == ROLE_SHARE &&
        ((e = config_send_gate(config, send_config_packet, c)) != 0 ||
         (e = config_send_share_password(config, send_config_packet, c)) != 0))
        return e;
    if (c->role == ROLE_RUNNER && config->report.is_mailed)
        send_report_command(c);
    return config_send(config, send_config_packet, c);
}
