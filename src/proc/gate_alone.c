/* gate_alone: the gate without komainud: its command line, its sockets, its sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "conf/load_gate.h"
#include "gate/tables.h"
#include "gate_decide.h"
#include "listen.h"

enum { SECTIONS_MAX = 8 }; /* of the gate's parts */

struct alone {
    struct gate gate;
    struct loop loop;
    struct logger log;
    struct loop_fd signals;
    const char *state, *file, *user_name, *pid_file;
    int pid_fd; /* of that; -1: none */
    struct sandbox_user user;
    int fds[GATE_LISTEN_MAX];    /* of the places */
    int handed[GATE_LISTEN_MAX]; /* sockets that systemd listens at */
    int handed_count;
    char folders[GATE_LISTEN_MAX]
                [sizeof((struct config_gate_listen){0}.path)]; /* of them */
    char pid_folder[PATH_MAX];
    struct buf listen; /* places, a line each */
    struct {
        const char *name;
        struct buf lines;
    } sections[SECTIONS_MAX]; /* what -o says, as it would stand in a file */
    const char *wrong;        /* the argument that is wrong */
    struct config_gate_lines lines;
};

static const char usage[] =
    "usage: komainu gate run --state DIR --listen unix:PATH[,MODE]|inet:HOST:PORT\n"
    "           [--listen ...] [-c FILE] [-o OPTION=VALUE] [--user NAME]\n"
    "           [--pid-file FILE]\n";

NORETURN static void
fail(struct alone *a, const char *what, const char *detail)
{
    struct buf shown = buf_bounded(1024);

    buf_escaped(&shown, span_of(what));
    log_line(&a->log, LOG_LEVEL_ERROR, "gate-failed", "what=\"%s\" reason=\"%s\"",
             shown.ptr, detail);
    exit(1);
}

/* --- the command line --- */

/* The section that has an option of this name: no two have. */
static const char *
section_of(struct span option)
{
    const struct option *row;

    for (const struct config_gate_part *p = config_gate_parts; p->section; p++)
        if (config_gate_find(span_of(p->section), option, &row))
            return p->section;
    return "gate";
}

/* The lines of a section. */
static struct buf *
lines_of(struct alone *a, const char *section)
{
    size_t i = 0;

    while (a->sections[i].name && strcmp(a->sections[i].name, section) != 0)
        must(++i < SECTIONS_MAX);
    a->sections[i].name = section;
    return &a->sections[i].lines;
}

/* -o OPTION=VALUE; % stands for itself. */
static bool
take_setting(struct alone *a, struct span text)
{
    struct span option, value;
    struct buf *lines;

    if (!span_cut(text, SPAN("="), &option, &value) || span_find_byte(text, '\n') >= 0)
        return false;
    option = span_trim(option);
    lines = lines_of(a, section_of(option));
    buf_printf(lines, "%.*s = ", SPAN_FMT(option));
    for (size_t i = 0; i < value.len; i++)
        buf_add_text(lines, value.ptr[i] == '%' ? "%%" : (char[]){value.ptr[i], 0});
    buf_add_byte(lines, '\n');
    return true;
}

static bool
take_argument(struct alone *a, struct span name, const char *value)
{
    if (span_eq(name, SPAN("--state")))
        a->state = value;
    else if (span_eq(name, SPAN("--config")) || span_eq(name, SPAN("-c")))
        a->file = value;
    else if (span_eq(name, SPAN("--user")))
        a->user_name = value;
    else if (span_eq(name, SPAN("--pid-file")))
        a->pid_file = value;
    else if (span_eq(name, SPAN("--listen")))
        buf_printf(&a->listen, "%s%s", a->listen.len ? "\n  " : "", value);
    else
        return span_eq(name, SPAN("-o")) && take_setting(a, span_of(value));
    return value[0] != '\0';
}

/* Options take their value behind a blank or, long ones, behind =. */
static bool
read_arguments(struct alone *a, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '='), *value;
        struct span name = span_of(argv[i]);

        a->wrong = argv[i];
        if (span_starts(name, SPAN("--")) && equals) {
            name = span_between(argv[i], equals);
            value = equals + 1;
        } else if (i + 1 < argc) {
            value = argv[++i];
        } else {
            return false;
        }
        if (!take_argument(a, name, value))
            return false;
    }
    a->wrong = "--state";
    return a->state != NULL;
}

/* Without a list of restrictions it is a greylist. */
static void
greylist_only(struct config_gate *c, struct buf *why)
{
    struct config_gate_line line = {SPAN("gate"), SPAN("recipient_restrictions"),
                                    SPAN("greylist")};

    if (!config_gate_has_lists(c))
        must(config_gate_set(c, &line, why)); /* our own */
}

static void
load(struct alone *a)
{
    struct buf errors = {0}, more = {0};

    if (a->listen.len)
        buf_printf(lines_of(a, "gate"), "listen = %s\n", a->listen.ptr);
    for (size_t i = 0; i < SECTIONS_MAX && a->sections[i].name; i++)
        buf_printf(&more, "[%s]\n%s", a->sections[i].name, a->sections[i].lines.ptr);
    config_gate_init(&a->gate.config);
    if (!load_gate_file_lines(a->file, buf_span(&more), &a->lines, &errors) ||
        !load_gate_lines(&a->lines, &a->gate.config, &errors)) {
        (void)fputs(errors.ptr, stderr);
        exit(2);
    }
    buf_fini(&more);
    a->handed_count = listen_handed(a->handed, ARRAY_LEN(a->handed));
    if (a->handed_count < 0)
        fail(a, "LISTEN_FDS", "no stream sockets that listen, or more than 16");
    if (a->gate.config.listen_count == 0 && a->handed_count == 0) {
        (void)fputs("komainu: gate: nowhere to listen; give --listen\n", stderr);
        exit(2);
    }
    if (a->gate.config.share.redis[0]) {
        (void)fputs("komainu: gate: `redis`: a gate that runs alone shares nothing; run "
                    "komainud with [gate] and [share], or take the option out\n",
                    stderr);
        exit(2);
    }
    greylist_only(&a->gate.config, &errors);
    buf_fini(&errors);
}

/* --- the process --- */

static void
on_signal(void *ctx, unsigned ready UNUSED)
{
    struct alone *a = ctx;
    struct signalfd_siginfo s;

    if (read(a->signals.fd, &s, sizeof(s)) != sizeof(s))
        return;
    if (s.ssi_signo == SIGHUP) {
        gate_decide_reload(&a->gate);
        return;
    }
    log_line(&a->log, LOG_LEVEL_INFO, "gate-ends", "signal=%u", s.ssi_signo);
    loop_stop(&a->loop);
}

static void
watch_signals(struct alone *a)
{
    sigset_t set;
    int e;

    /* Known signals: none of these calls can fail but signalfd(). */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    a->signals = (struct loop_fd){
        .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), .fn = on_signal, .ctx = a};
    e = a->signals.fd < 0 ? -errno : loop_add(&a->loop, &a->signals, LOOP_READ);
    if (e)
        fail(a, "cannot watch signals", strerror(-e));
}

/* Binds every place, while we may; gate_serve() takes the sockets later. */
static void
bind_places(struct alone *a)
{
    const struct config_gate *c = &a->gate.config;
    struct buf place = {0};

    for (size_t i = 0; i < c->listen_count; i++) {
        const struct config_gate_listen *l = &c->listen[i];

        config_gate_listen_print(l, &place);
        a->fds[i] = l->path[0] ? listen_unix(l->path, l->mode, SOCK_STREAM)
                               : listen_inet(&l->address, l->port);
        if (a->fds[i] < 0)
            fail(a, place.ptr, strerror(-a->fds[i]));
        buf_clear(&place);
    }
    buf_fini(&place);
}

static void
serve(struct alone *a)
{
    const struct config_gate *c = &a->gate.config;
    struct buf place = {0};

    for (size_t i = 0; i < c->listen_count; i++) {
        config_gate_listen_print(&c->listen[i], &place);
        if (gate_serve(&a->gate, a->fds[i], buf_span(&place)) != 0)
            exit(1); /* it was logged */
        buf_clear(&place);
    }
    for (int i = 0; i < a->handed_count; i++) {
        buf_printf(&place, "LISTEN_FDS:%d", i + 1);
        if (gate_serve(&a->gate, a->handed[i], buf_span(&place)) != 0)
            exit(1); /* it was logged */
        buf_clear(&place);
    }
    buf_fini(&place);
}

/* Whom to become; by root somebody has to be named. */
static void
find_user(struct alone *a)
{
    const struct passwd *entry;

    if (geteuid() != 0)
        return;
    entry = a->user_name ? getpwnam(a->user_name) : NULL;
    if (!entry || entry->pw_uid == 0 || entry->pw_gid == 0)
        fail(a, "started as root", "name a user who is not root with --user");
    a->user.id = entry->pw_uid;
    a->user.group = entry->pw_gid;
}

/* A folder that root makes is made for the user. */
static void
make_folder(struct alone *a)
{
    if (mkdir(a->state, 0700) == 0) {
        if (a->user.id && chown(a->state, a->user.id, a->user.group) != 0)
            fail(a, a->state, strerror(errno));
    } else if (errno != EEXIST) {
        fail(a, a->state, strerror(errno));
    }
}

static void
drop(struct alone *a)
{
    struct stat st;
    int e = sandbox_become(&a->user);

    /* A role dies with komainud; this one may well outlive whoever started it. */
    if (e || prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) != 0)
        fail(a, "cannot drop privileges", strerror(e ? -e : errno));
    if (stat(a->state, &st) != 0 || !S_ISDIR(st.st_mode) || access(a->state, W_OK) != 0)
        fail(a, a->state, "no folder that can be written");
}

/* A person, or a manager, hears of a table that cannot be read, and of where it is named.
 */
static void
try_tables(struct alone *a)
{
    struct buf why = {0};
    struct span rest, line;

    if (!tables_try(&a->lines, &why)) {
        rest = buf_span(&why);
        while (span_line(&rest, &line)) {
            struct buf shown = {0};

            gate_log_value(&shown, "reason", line);
            log_line(&a->log, LOG_LEVEL_ERROR, "gate-failed", "what=\"tables\"%s",
                     shown.ptr);
            buf_fini(&shown);
        }
        exit(1);
    }
    config_gate_lines_fini(&a->lines);
}

/* In its folder, as a guard has it in its own. */
static void
bind_control(struct alone *a)
{
    struct buf path = {0};
    int e;

    buf_printf(&path, "%s/gate.sock", a->state);
    e = listen_unix(path.ptr, 0600, SOCK_SEQPACKET);
    if (e < 0 || (e = gate_control_begin(&a->gate, e)) != 0)
        fail(a, path.ptr, strerror(-e));
    buf_fini(&path);
}

/* While we may; it stays open, for its folder may be closed to us at the end. */
static void
write_pid(struct alone *a)
{
    a->pid_fd = -1;
    if (!a->pid_file)
        return;
    a->pid_fd = open(a->pid_file,
                     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
                         O_NONBLOCK,
                     0644);
    if (a->pid_fd < 0 || dprintf(a->pid_fd, "%d\n", (int)getpid()) < 0)
        fail(a, a->pid_file, strerror(errno));
}

/* Where it may not be removed it is emptied: a number in it would be another's one day.
 */
static void
remove_pid(struct alone *a)
{
    if (a->pid_fd >= 0 && unlink(a->pid_file) != 0 && ftruncate(a->pid_fd, 0) != 0)
        log_line(&a->log, LOG_LEVEL_WARNING, "pid-file-stays", "error=\"%s\"",
                 strerror(errno));
}

/* The folder of a path; NULL: it has none. */
static const char *
folder_of(const char *path, char *out, size_t size)
{
    ptrdiff_t slash = span_find_last(span_of(path), '/');

    return slash > 0 && span_cstr((struct span){path, (size_t)slash}, out, size) ? out
                                                                                 : NULL;
}

/* The folders of its sockets, out of which it takes them at the end. */
static void
fill_removable(struct alone *a, struct sandbox_folders *out)
{
    const struct config_gate *c = &a->gate.config;

    const char *folder;

    for (size_t i = 0; i < c->listen_count; i++) {
        folder = folder_of(c->listen[i].path, a->folders[i], sizeof(a->folders[i]));
        if (folder)
            out->removable[out->removable_count++] = folder;
    }
    folder =
        a->pid_file ? folder_of(a->pid_file, a->pid_folder, sizeof(a->pid_folder)) : NULL;
    if (folder)
        out->removable[out->removable_count++] = folder;
}

static void
enter(struct alone *a)
{
    struct sandbox_folders folders = {0};
    int e;

    gate_fill_folders(&a->gate, &folders);
    fill_removable(a, &folders);
    switch (sandbox_files(&folders)) {
    case SANDBOX_FILES_SHUT:
        break;
    case SANDBOX_NO_LANDLOCK:
        log_line(&a->log, LOG_LEVEL_WARNING, "no-landlock",
                 "this kernel has no Landlock; the other walls of the sandbox stand");
        break;
    case SANDBOX_FILES_FAILED:
        fail(a, "cannot shut the file system off", strerror(errno));
    }
    e = sandbox_calls(gate_calls());
    if (e)
        fail(a, "cannot install the seccomp filter", strerror(-e));
}

static void
remove_sockets(const struct config_gate *c, const char *state)
{
    struct buf path = {0};

    buf_printf(&path, "%s/gate.sock", state);
    listen_remove(path.ptr);
    buf_fini(&path);
    for (size_t i = 0; i < c->listen_count; i++)
        if (c->listen[i].path[0])
            listen_remove(c->listen[i].path);
}

int
gate_alone(int argc, char **argv)
{
    static struct alone a;
    int e;

    a.log.program = "komainu-gate";
    a.log.has_priority_prefix = log_is_journal(getenv("JOURNAL_STREAM"));
    if (!read_arguments(&a, argc, argv)) {
        struct buf shown = buf_bounded(256);

        buf_escaped(&shown, span_of(a.wrong));
        (void)fprintf(stderr, "komainu: gate: `%s` is missing or wrong\n%s", shown.ptr,
                      usage);
        buf_fini(&shown);
        return 2;
    }
    load(&a);
    e = loop_init(&a.loop);
    if (e)
        fail(&a, "cannot make an epoll set", strerror(-e));
    a.gate.loop = &a.loop;
    a.gate.log = &a.log;
    a.gate.folder = a.state;
    watch_signals(&a);
    find_user(&a);
    bind_places(&a);
    write_pid(&a);
    make_folder(&a);
    drop(&a);
    try_tables(&a);
    if (gate_open(&a.gate) != 0)
        return 1; /* it was logged */
    serve(&a);
    bind_control(&a);
    enter(&a);
    log_line(&a.log, LOG_LEVEL_INFO, "gate-ready", "state=%s", a.state);
    e = loop_run(&a.loop);
    if (e)
        fail(&a, "the event loop failed", strerror(-e));
    remove_sockets(&a.gate.config, a.state); /* what its user may not remove, stays */
    remove_pid(&a);
    gate_close(&a.gate);
    return 0;
}
