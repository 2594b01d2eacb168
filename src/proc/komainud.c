/* komainud: the supervisor. Reads the configuration, opens what needs root, starts the
 * roles and starts them again; parses no foreign byte. See guard.h. */
#include "guard_sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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
#include "conf/globs.h"
#include "conf/load.h"
#include "doctor/detect.h"

#define STATE_DEFAULT "/var/lib/komainu"
#define RUN_DEFAULT "/run/komainu"

/* Fixed, and of no user: ids that no distribution hands out. */
enum { UID_SENSOR = 70201, UID_JUDGE = 70202, UID_ENFORCER = 70203, UID_JOURNAL = 70204 };

enum { DESCRIPTORS_MAX = 65536 };

/* Exit statuses, as those of the command line. */
enum { EXIT_BROKEN = 1, EXIT_USAGE = 2, EXIT_REFUSED = 4 };

struct options {
    const char *state, *config, *role_dir;
    bool is_check, is_verbose;
};

NORETURN static void
give_up(int status, const char *what, const char *detail)
{
    (void)fprintf(stderr, "komainud: %s%s%s\n", what, *detail ? ": " : "", detail);
    exit(status);
}

static const char usage[] =
    "usage: komainud [--state DIR] [--config DIR] [--check] [--verbose]\n"
    "\n"
    "  --state DIR   keep state, and the control socket, in DIR\n"
    "                (default: state in " STATE_DEFAULT ", socket in " RUN_DEFAULT ")\n"
    "  --config DIR  read the configuration in DIR (default: " CONFIG_DIRECTORY
    ", if it is there)\n"
    "  --check       say whether the configuration is good, print it, and end\n"
    "  --verbose     say more\n"
    "\n"
    "Runs in the foreground as root; SIGTERM or Ctrl-C ends it, and bans stay in the "
    "kernel.\n";

static struct options
read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"state", required_argument, NULL, 's'},
        {"config", required_argument, NULL, 'c'},
        {"role-dir", required_argument, NULL, 'r'},
        {"check", no_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    struct options o = {0};
    int c;

    while ((c = getopt_long(argc, argv, "t", known, NULL)) >= 0) {
        switch (c) {
        case 's':
            o.state = optarg;
            break;
        case 'c':
            o.config = optarg;
            break;
        case 'r':
            o.role_dir = optarg;
            break;
        case 't':
            o.is_check = true;
            break;
        case 'v':
            o.is_verbose = true;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            exit(0);
        case 'V':
            (void)puts("komainud " KOMAINU_VERSION);
            exit(0);
        default:
            (void)fputs(usage, stderr);
            exit(EXIT_USAGE);
        }
    }
    if (optind < argc)
        give_up(EXIT_USAGE, "unexpected argument", argv[optind]);
    return o;
}

static void
load_config(struct guard *g, const struct options *o)
{
    struct config_request request = {.directory =
                                         o->config ? o->config : CONFIG_DIRECTORY,
                                     .is_directory_required = o->config != NULL,
                                     .machine = &g->machine};
    struct buf text = {0};

    detect(&g->machine, "");
    if (config_load(&request, &g->config, &text) != 0) {
        (void)fprintf(stderr,
                      "%s\nkomainud: the configuration has errors; nothing was started\n",
                      text.ptr);
        exit(EXIT_USAGE);
    }
    globs_expand(&g->config);
    if (o->is_check) {
        config_print(&g->config, &text);
        (void)fwrite(text.ptr, 1, text.len, stdout);
        exit(0);
    }
    buf_fini(&text);
}

/* Where this program lies: the roles lie beside it, or where they are installed. */
static char *
find_role_dir(const struct options *o)
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
state_option(const struct options *o)
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
make_folder(const char *path, uid_t owner, mode_t mode, bool is_ours)
{
    struct stat st;

    if (mkdir(path, mode) == 0) {
        if (chmod(path, mode) != 0 || lchown(path, owner, owner) != 0)
            give_up(EXIT_BROKEN, path, strerror(errno));
        return;
    }
    if (errno != EEXIST || lstat(path, &st) != 0)
        give_up(EXIT_BROKEN, path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        give_up(EXIT_REFUSED, path, "is no folder");
    if (st.st_uid != owner || (st.st_mode & 022))
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

/* The folders, the lock that keeps a second guard away, and the control socket. */
static void
take_state(struct guard *g, const struct options *o)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *run = o->state ? o->state : RUN_DEFAULT;
    struct buf path = {0};
    int tries = 0;

    g->state = o->state ? o->state : STATE_DEFAULT;
    make_folder(g->state, 0, 0711, !o->state || is_state(g->state));
    make_folder(run, 0, 0711, true);
    buf_printf(&path, "%s/lock", run);
    g->lock = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (g->lock < 0)
        give_up(EXIT_BROKEN, path.ptr, strerror(errno));
    while (flock(g->lock, LOCK_EX | LOCK_NB) != 0)
        if (!guard_waits(&tries))
            give_up(EXIT_REFUSED, "another guard is running with the lock", path.ptr);
    buf_clear(&path);
    buf_printf(&path, "%s/control.sock", run);
    if (!span_cstr(buf_span(&path), name.sun_path, sizeof(name.sun_path)))
        give_up(EXIT_USAGE, "the name of the control socket is too long", path.ptr);
    g->control = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlink(name.sun_path); /* of a guard before us: the lock is ours */
    (void)umask(0177);           /* cannot fail */
    if (g->control < 0 || bind(g->control, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(g->control, 16) != 0)
        give_up(EXIT_BROKEN, name.sun_path, strerror(errno));
    (void)umask(022);
    g->control_path = buf_detach(&path);
}

/* Some roles are started only when the configuration has work for them. */
static bool
is_wanted(const struct guard *g, enum wire_role role)
{
    if (role == ROLE_JOURNAL)
        return guard_reads_journal(g);
    return role != ROLE_RUNNER || g->config.notify.ways > 0;
}

static void
name_children(struct guard *g)
{
    static const struct {
        enum wire_role role;
        const char *program;
        uid_t uid;
        bool has_folder;
    } roles[GUARD_CHILDREN] = {
        {ROLE_ENFORCER, "komainu-enforcer", UID_ENFORCER, false},
        {ROLE_JUDGE, "komainu-judge", UID_JUDGE, true},
        {ROLE_SENSOR, "komainu-sensor", UID_SENSOR, false},
        {ROLE_JOURNAL, "komainu-journal", UID_JOURNAL, false},
        {ROLE_RUNNER, "komainu-runner", 0, false},
    };
    struct buf folder = {0};

    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        struct guard_child *c = &g->children[g->child_count];

        if (!is_wanted(g, roles[i].role))
            continue;
        g->child_count++;
        *c = (struct guard_child){.guard = g,
                                  .role = roles[i].role,
                                  .program = roles[i].program,
                                  .uid = roles[i].uid};
        if (!roles[i].has_folder)
            continue;
        buf_printf(&folder, "%s/%s", g->state, wire_role_name(roles[i].role));
        make_folder(folder.ptr, roles[i].uid, 0700, true);
        c->folder = buf_detach(&folder);
    }
}

static void
on_signal(void *ctx, unsigned ready UNUSED)
{
    struct guard *g = ctx;
    struct signalfd_siginfo info;

    while (read(g->signals.fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            guard_reap(g);
        else if (info.ssi_signo == SIGHUP)
            log_line(&g->log, LOG_LEVEL_WARNING, "reload-not-supported",
                     "what=\"stop and start the guard to read a new configuration; bans "
                     "stay\"");
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
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    g->signals = (struct loop_fd){
        .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), .fn = on_signal, .ctx = g};
    if (e == 0)
        e = g->signals.fd < 0 ? -errno : loop_add(&g->loop, &g->signals, LOOP_READ);
    if (e)
        give_up(EXIT_BROKEN, "cannot make the event loop", strerror(-e));
}

int
main(int argc, char **argv)
{
    static struct guard g;
    struct options o = read_options(argc, argv);
    struct buf why = {0};
    int e;

    g.log.has_priority_prefix = getenv("JOURNAL_STREAM") != NULL;
    g.log.program = "komainud";
    g.log.level = o.is_verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
    clock_load_zone();
    load_config(&g, &o);
    if (geteuid() != 0)
        give_up(EXIT_REFUSED, "must be started as root",
                "it opens logs and starts the enforcer");
    g.role_dir = find_role_dir(&o);
    g.command = find_command();
    g.state_option = state_option(&o);
    take_state(&g, &o);
    take_table(&g);
    name_children(&g);
    raise_descriptor_limit(&g);
    prepare_loop(&g);
    if (guard_prepare_sources(&g, &why) != 0)
        give_up(EXIT_BROKEN, why.ptr, "");
    guard_start_children(&g);
    guard_watch_globs(&g);
    e = loop_run(&g.loop);
    guard_stop_children(&g);
    guard_close_sources(&g);
    (void)unlink(g.control_path); /* of our own making */
    log_line(&g.log, LOG_LEVEL_INFO, "stopped",
             "what=\"bans stay until their time is over\"");
    return e ? EXIT_BROKEN : g.status;
}
