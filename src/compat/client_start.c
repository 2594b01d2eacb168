/* client_start: `start`, `restart` and fail2ban-server: our daemon in the place of
 * fail2ban's. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "compat/client_internal.h"
#include "compat/words.h"

/* Options for komainud, as its unit could have: of whoever keeps his configuration
 * elsewhere. */
#define OPTIONS_OF_DAEMON "KOMAINU_OPTIONS"

enum { PATH_BYTES = 4096, ARGUMENTS_MAX = 64, POLL_MS = 20, STOP_WAIT_MS = 30000 };

struct daemon {
    char path[PATH_BYTES];
    char *options; /* the texts of some of the arguments */
    const char *arguments[ARGUMENTS_MAX];
};

/* komainud is where we are, or beside that as bin and sbin are. */
static bool
find_daemon(struct daemon *d)
{
    static const char *const places[] = {"/komainud", "/../sbin/komainud"};
    char self[PATH_BYTES / 2];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    struct span folder = {self, n > 0 ? (size_t)n : 0};
    ptrdiff_t slash = span_find_last(folder, '/');

    for (size_t i = 0; i < ARRAY_LEN(places) && slash >= 0; i++) {
        (void)snprintf(d->path, sizeof(d->path), "%.*s%s", (int)slash, self, places[i]);
        if (access(d->path, X_OK) == 0)
            return true;
    }
    return false;
}

/* False: there is no such program, or options for it that cannot be read, which was told.
 */
static bool
prepare(struct compat_run *r, struct daemon *d)
{
    const char *more = getenv(OPTIONS_OF_DAEMON), *why;
    size_t count = 0, unused;

    if (!find_daemon(d)) {
        client_log(r, "ERROR", "komainud is not there: it is to be beside this program");
        return false;
    }
    d->arguments[count++] = d->path;
    d->arguments[count++] = "--foreground";
    d->arguments[count++] = "--fail2ban";
    d->arguments[count++] = r->options.config;
    d->arguments[count++] = "--fail2ban-socket";
    d->arguments[count++] = r->socket;
    if (r->pidfile[0]) {
        d->arguments[count++] = "--pid-file";
        d->arguments[count++] = r->pidfile;
    }
    d->options = mem_copy_text(more ? more : "", more ? strlen(more) : 0);
    if (!words_split(d->options, d->arguments + count, ARGUMENTS_MAX - 1 - count, &unused,
                     &why)) {
        client_log(r, "ERROR", "%s: %s", OPTIONS_OF_DAEMON, why);
        return false;
    }
    return true;
}

/* It goes on as komainud; returns when that cannot be. */
static void
become(struct compat_run *r, const struct daemon *d)
{
    execv(d->path, (char **)(uintptr_t)d->arguments);
    client_log(r, "ERROR", "cannot run %s: %s", d->path, strerror(errno));
}

/* What it says goes where our errors go: into the log of whoever starts it. */
static void
become_in_background(struct compat_run *r, const struct daemon *d)
{
    int null = open("/dev/null", O_RDWR);

    (void)setsid(); /* fails only for who leads a group: a child does not */
    (void)!chdir("/");
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
    }
    become(r, d);
    _exit(CLIENT_FAILED);
}

/* Until the daemon answers, or has ended. */
static bool
wait_for(struct compat_run *r, pid_t pid)
{
    int64_t until_us = r->env->wall_us() + (int64_t)r->options.timeout_s * 1000000;

    while (!client_is_alive(r)) {
        if (waitpid(pid, NULL, WNOHANG) == pid) {
            client_log(r, "ERROR",
                       "Could not start server: komainud has ended; what it "
                       "said is above");
            return false;
        }
        if (r->env->wall_us() > until_us) {
            client_log(r, "ERROR",
                       "Could not start server: nobody answers at %s after %d s",
                       r->socket, r->options.timeout_s);
            return false;
        }
        (void)poll(NULL, 0, POLL_MS);
    }
    return true;
}

static bool
run_in_background(struct compat_run *r, const struct daemon *d)
{
    pid_t pid;

    client_print(r);
    pid = fork();
    if (pid < 0) {
        client_log(r, "ERROR", "cannot fork: %s", strerror(errno));
        return false;
    }
    if (pid == 0)
        become_in_background(r, d);
    if (!wait_for(r, pid))
        return false;
    buf_add_text(&r->out, "Server ready\n");
    client_print(r);
    return true;
}

bool
client_start(struct compat_run *r, bool is_background)
{
    struct daemon d = {0};
    bool is_good = false;

    if (r->options.unheeded) {
        client_log(r, "ERROR",
                   "option --%s is not taken for a start: write what it says into "
                   "fail2ban.conf or komainu.conf",
                   r->options.unheeded);
        return false;
    }
    if (client_is_alive(r)) {
        client_log(r, "ERROR", "Server already running");
        return false;
    }
    if (prepare(r, &d)) {
        if (is_background)
            is_good = run_in_background(r, &d);
        else
            become(r, &d);
    }
    mem_free(d.options);
    return is_good;
}

bool
client_restart(struct compat_run *r)
{
    const char *stop[] = {"stop"};
    int64_t until_us;

    if (r->options.unheeded)
        return client_start(r, true); /* which tells, before anything is stopped */
    if (!client_command(r, stop, 1))
        return false;
    until_us = r->env->wall_us() + (int64_t)STOP_WAIT_MS * 1000;
    while (access(r->socket, F_OK) == 0) {
        if (r->env->wall_us() > until_us) {
            client_log(r, "ERROR", "Could not stop server");
            return false;
        }
        (void)poll(NULL, 0, POLL_MS);
    }
    return client_start(r, r->options.is_background);
}
