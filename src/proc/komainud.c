/* komainud: the supervisor. Reads the configuration, opens what needs root, starts the
 * roles and starts them again; parses no foreign byte. See guard.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/config_print.h"
#include "guard_children.h"
#include "guard_options.h"
#include "guard_parts.h"
#include "guard_sources.h"

#define STATE_DEFAULT "/var/lib/komainu"
#define RUN_DEFAULT "/run/komainu"

enum { DESCRIPTORS_MAX = 65536, MANUAL_MAX = 1 << 17 };

/* Exit statuses, as those of the command line. */
enum { EXIT_BROKEN = 1, EXIT_USAGE = 2, EXIT_REFUSED = 4 };

NORETURN static void
give_up(int status, const char *what, const char *detail)
{
    (void)fprintf(stderr, "komainud: %s%s%s\n", what, *detail ? ": " : "", detail);
    exit(status);
}

/* What needs no guard: prints and exits. */
static void
print_and_exit(const struct guard_options *o)
{
    static char frame[MANUAL_MAX];
    struct buf out = {0};

    if (o->task == GUARD_TASK_HELP)
        guard_add_help(&out);
    else if (o->task == GUARD_TASK_VERSION)
        buf_add_text(&out, "komainud " KOMAINU_VERSION "\n");
    else
        guard_add_man(&out, (struct span){frame, fread(frame, 1, sizeof(frame), stdin)},
                      o->language);
    if (fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        give_up(EXIT_BROKEN, "cannot write", strerror(errno));
    exit(0);
}

/* Reads the configuration, or exits with its errors; with --test or --check exits in any
 * case. */
static void
load_config(struct guard *g, const struct guard_options *o)
{
    bool is_test = o->task == GUARD_TASK_TEST || o->task == GUARD_TASK_CHECK;
    struct buf text = {0};

    g->config_dir = o->config;
    g->fail2ban_directory = o->fail2ban;
    g->fail2ban_socket = o->fail2ban_socket;
    if (!guard_load_config(g, &g->config, &g->machine, &text) ||
        (is_test && !guard_try(g, &g->config, ~0U, &text))) {
        (void)fprintf(stderr,
                      "%skomainud: the configuration has errors; nothing was %s\n",
                      text.ptr, is_test ? "changed" : "started");
        exit(EXIT_USAGE);
    }
    if (is_test)
        (void)fputs(g->config.notes, stderr);
    if (o->task == GUARD_TASK_CHECK)
        config_print(&g->config, &text);
    else
        buf_printf(&text, "OK: the configuration is good: %zu jails, %zu sources\n",
                   g->config.jail_count, g->config.source_count);
    if (is_test) {
        (void)fwrite(text.ptr, 1, text.len, stdout);
        exit(fflush(stdout) == 0 ? 0 : EXIT_BROKEN);
    }
    buf_fini(&text);
}

/* Where this program lies: the roles lie beside it, or where they are installed. */
static char *
find_role_dir(const struct guard_options *o)
{
    static const char installed[] = KOMAINU_LIBEXECDIR;
    struct buf path = {0};
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    ptrdiff_t slash;

    if (o->role_dir)
        return mem_copy_text(o->role_dir, strlen(o->role_dir));
    slash = n > 0 ? span_find_last((struct span){self, (size_t)n}, '/') : -1;
    if (slash > 0) {
        buf_add(&path, (struct span){self, (size_t)slash});
        buf_add_text(&path, "/komainu-judge");
        if (access(path.ptr, X_OK) == 0) {
            buf_truncate(&path, (size_t)slash);
            return buf_detach(&path);
        }
    }
    buf_fini(&path);
    return mem_copy_text(installed, sizeof(installed) - 1);
}

/* What a person types for `komainu`: its path when it is not where the shell looks. */
static char *
find_command(void)
{
    struct buf path = {0};
    char self[4096], here[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    struct span folder = {self, n > 0 ? (size_t)n : 0};
    ptrdiff_t slash = span_find_last(folder, '/');

    folder = span_head(folder, slash > 0 ? (size_t)slash : 0);
    buf_add(&path, folder);
    buf_add_text(&path, "/komainu");
    if (slash <= 0 || access(path.ptr, X_OK) != 0) {
        buf_clear(&path);
        buf_add_text(&path, "komainu");
    } else if (getcwd(here, sizeof(here)) && span_take(&folder, span_of(here)) &&
               span_starts(folder, SPAN("/"))) {
        buf_clear(&path);
        buf_add(&path, span_from(folder, 1));
        buf_add_text(&path, "/komainu");
    }
    return buf_detach(&path);
}

/* The option that leads commands to this guard; "" when they find it by themselves. */
static char *
state_option(const struct guard_options *o)
{
    struct buf text = {0};

    if (o->state) {
        buf_add_text(&text, " --state ");
        buf_escaped(&text, span_of(o->state));
    }
    return buf_detach(&text);
}

static bool
is_empty(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;

    while (folder && readdir(folder))
        count++;
    if (folder)
        (void)closedir(folder); /* only read */
    return count <= 2;          /* . and .. */
}

/* Makes a folder that `owner` owns. One that is there must be his already, and nobody
 * else may write to it; `is_ours`: it is known to be Komainu's, so its mode may be put
 * right. */
static void
make_folder(const char *path, struct guard_user owner, mode_t mode, bool is_ours)
{
    struct stat st;

    if (mkdir(path, mode) == 0) {
        if (chmod(path, mode) != 0 || lchown(path, owner.uid, owner.gid) != 0)
            give_up(EXIT_BROKEN, path, strerror(errno));
        return;
    }
    if (errno != EEXIST || lstat(path, &st) != 0)
        give_up(EXIT_BROKEN, path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        give_up(EXIT_REFUSED, path, "is no folder");
    if (st.st_uid != owner.uid || (st.st_mode & 022))
        give_up(EXIT_REFUSED, path,
                "belongs to somebody else, or others may write to it");
    if ((st.st_mode & mode) == mode)
        return;
    if (!is_ours && !is_empty(path))
        give_up(EXIT_REFUSED, path,
                "is closed to other users and not empty; give an empty folder");
    if (chmod(path, mode) != 0)
        give_up(EXIT_BROKEN, path, strerror(errno));
}

/* Whether the folder holds the state of a guard. */
static bool
is_state(const char *path)
{
    struct buf judge = {0};
    bool is_there;

    buf_printf(&judge, "%s/judge", path);
    is_there = access(judge.ptr, F_OK) == 0;
    buf_fini(&judge);
    return is_there;
}

/* One guard for one table: two would undo each other's. An abstract name lives in the
 * network namespace, as the table does, and as long as this process. */
static void
take_table(struct guard *g)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "komainu/%s",
                     g->config.table);
    int tries = 0;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);

    g->table_lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (g->table_lock < 0)
        give_up(EXIT_BROKEN, "socket", strerror(errno));
    while (bind(g->table_lock, (struct sockaddr *)&name, len) != 0) {
        if (errno != EADDRINUSE)
            give_up(EXIT_BROKEN, "cannot lock the table", strerror(errno));
        if (!guard_waits(&tries))
            give_up(EXIT_REFUSED, "another guard is running with the nftables table",
                    g->config.table);
    }
}

/* Binds a socket for commands, or exits. */
static int
bind_control(const char *folder, const char *name, char **path)
{
    struct buf full = {0}, why = {0};
    int fd;

    buf_printf(&full, "%s/%s", folder, name);
    fd = guard_bind_control(full.ptr, &why);
    if (fd < 0)
        give_up(fd == -ENAMETOOLONG ? EXIT_USAGE : EXIT_BROKEN, why.ptr, "");
    *path = buf_detach(&full);
    return fd;
}

/* The folders, the lock that keeps a second guard away, and the control socket. */
static void
take_state(struct guard *g, const struct guard_options *o)
{
    struct guard_user root = {0, 0};
    const char *run = o->state ? o->state : RUN_DEFAULT;
    struct buf path = {0};
    int tries = 0;

    g->state = o->state ? o->state : STATE_DEFAULT;
    make_folder(g->state, root, 0711, !o->state || is_state(g->state));
    make_folder(run, root, 0711, true);
    buf_printf(&path, "%s/lock", run);
    g->lock = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (g->lock < 0)
        give_up(EXIT_BROKEN, path.ptr, strerror(errno));
    while (flock(g->lock, LOCK_EX | LOCK_NB) != 0)
        if (!guard_waits(&tries))
            give_up(EXIT_REFUSED, "another guard is running with the lock", path.ptr);
    buf_fini(&path);
    if (g->is_loading)
        return; /* nobody is served */
    g->control = bind_control(run, "control.sock", &g->control_path);
    g->orders.fd = bind_control(run, "komainud.sock", &g->orders_path);
    buf_printf(&path, "%s/gate.sock", run);
    g->gate_path = buf_detach(&path); /* bound when there is a gate */
}

static void
name_children(struct guard *g)
{
    static const struct {
        enum wire_role role;
        const char *program;
        bool has_folder;
    } roles[GUARD_CHILDREN] = {
        {ROLE_ENFORCER, "komainu-enforcer", false},
        {ROLE_JUDGE, "komainu-judge", true},
        {ROLE_SENSOR, "komainu-sensor", false},
        {ROLE_JOURNAL, "komainu-journal", false},
        {ROLE_RUNNER, "komainu-runner", false},
        {ROLE_RESOLVER, "komainu-resolver", false},
        {ROLE_COMPAT, "komainu-compat", false},
        {ROLE_GATE, "komainu-gate", true},
        {ROLE_SHARE, "komainu-share", false},
        {ROLE_REPORTER, "komainu-reporter", true},
    };
    struct buf folder = {0};

    for (size_t i = 0; i < GUARD_CHILDREN; i++) {
        g->children[i] = (struct guard_child){.guard = g,
                                              .role = roles[i].role,
                                              .program = roles[i].program,
                                              .up = {.fd = -1}};
        if (roles[i].role != ROLE_RUNNER) /* which stays root */
            g->children[i].user = guard_user(roles[i].role);
        if (!roles[i].has_folder)
            continue;
        buf_printf(&folder, "%s/%s", g->state, wire_role_name(roles[i].role));
        guard_adopt(folder.ptr, roles[i].role);
        make_folder(folder.ptr, g->children[i].user, 0700, true);
        g->children[i].folder = buf_detach(&folder);
    }
    guard_choose_children(g);
}

/* What comes of it is in the log. */
static void
reload(struct guard *g)
{
    struct buf text = {0};

    if (guard_reload(g, &text) == ANSWER_DONE) /* refused: all is as it was */
        guard_tell_reloaded(g, (struct span){0});
    buf_fini(&text);
}

static void
on_signal(void *ctx, unsigned ready UNUSED)
{
    struct guard *g = ctx;
    struct signalfd_siginfo info;

    while (read(g->signals.fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            guard_reap(g);
        else if (info.ssi_signo == SIGHUP && !g->is_loading)
            reload(g);
        else if (info.ssi_signo == SIGUSR1 && !g->is_loading)
            guard_send_log(g);
        else
            loop_stop(&g->loop);
    }
}

/* Every log needs some descriptors, here and in the sensor: as many as the system
 * permits. */
static void
raise_descriptor_limit(struct guard *g)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_line(&g->log, LOG_LEVEL_WARNING, "descriptor-limit", "error=%d", errno);
}

static void
prepare_loop(struct guard *g)
{
    sigset_t set;
    int e = loop_init(&g->loop);

    (void)sigemptyset(&set); /* known signals: cannot fail */
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    g->signals = (struct loop_fd){
        .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), .fn = on_signal, .ctx = g};
    if (e == 0)
        e = g->signals.fd < 0 ? -errno : loop_add(&g->loop, &g->signals, LOOP_READ);
    if (e)
        give_up(EXIT_BROKEN, "cannot make the event loop", strerror(-e));
}

/* A file of that name that is there is of a daemon before us. */
static void
write_pid(struct guard *g, const char *path)
{
    int fd = open(path,
                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
                      O_NONBLOCK,
                  0644);
    struct buf text = {0};
    bool is_good;

    buf_printf(&text, "%d\n", (int)getpid());
    is_good = fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len;
    if (!is_good)
        log_line(&g->log, LOG_LEVEL_WARNING, "pid-file-failed",
                 "path=\"%s\" reason=\"%s\"", path, strerror(errno));
    if (fd >= 0)
        (void)close(fd); /* written, or told */
    buf_fini(&text);
}

/* Binds and opens all that the configuration asks for, or gives up. */
static void
open_all(struct guard *g)
{
    struct guard_gate gate;
    struct buf why = {0};
    int e;

    if (guard_bind_metrics(NULL, &g->config, &g->metrics, &why) != 0 ||
        guard_bind_compat(NULL, &g->config, &g->compat, &why) != 0 ||
        guard_take_handed(g, &why) != 0 ||
        guard_bind_gate(g, &g->config, &gate, &why) != 0 ||
        guard_prepare_sources(g, &why) != 0)
        give_up(EXIT_BROKEN, why.ptr, "");
    guard_take_gate(g, &gate);
    guard_note_handed(g);
    e = guard_begin_control(g);
    if (e)
        give_up(EXIT_BROKEN, "cannot watch the control socket", strerror(-e));
    buf_fini(&why);
}

/* Ends the roles, and takes away what was made for them. */
static void
end_all(struct guard *g, const struct guard_options *o)
{
    notify_say(&g->manager, "STOPPING=1");
    guard_stop_children(g);
    guard_close_sources(g);
    (void)unlink(g->control_path); /* of our own making */
    (void)unlink(g->orders_path);
    guard_remove_metrics(&g->config);
    guard_remove_compat(&g->config);
    guard_remove_gate(g);
    if (o->pid_file)
        (void)unlink(o->pid_file); /* of our own making */
    log_line(&g->log, LOG_LEVEL_INFO, "stopped",
             "what=\"bans stay until their time is over\"");
}

int
main(int argc, char **argv)
{
    static struct guard g;
    struct guard_options o = {0};
    struct buf why = {0};
    int e;

    if (!guard_read_options(argc, argv, &o, &why))
        give_up(EXIT_USAGE, why.ptr, "see komainud --help");
    if (o.task >= GUARD_TASK_HELP)
        print_and_exit(&o);
    g.log.has_priority_prefix = log_is_journal(getenv("JOURNAL_STREAM"));
    g.log.program = "komainud";
    g.is_verbose = o.is_verbose;
    g.is_loading = o.task == GUARD_TASK_LOAD;
    clock_load_zone();
    g.gate.control = -1;
    g.role_dir = find_role_dir(&o);
    load_config(&g, &o);
    g.log.level = config_own_level(g.config.loglevel);
    if (geteuid() != 0)
        give_up(EXIT_REFUSED, "must be started as root",
                "it opens logs and starts the enforcer");
    g.command = find_command();
    g.state_option = state_option(&o);
    take_state(&g, &o);
    take_table(&g);
    name_children(&g);
    raise_descriptor_limit(&g);
    prepare_loop(&g);
    if (g.is_loading)
        return guard_load_bans(&g);
    open_all(&g);
    if (o.pid_file)
        write_pid(&g, o.pid_file);
    guard_begin_pulse(&g);
    guard_log_notes(&g, &g.config);
    guard_start_children(&g);
    guard_watch_globs(&g);
    e = loop_run(&g.loop);
    end_all(&g, &o);
    return e ? EXIT_BROKEN : g.status;
}
