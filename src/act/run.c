#include "act/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/message.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
    FIXED_VARIABLES = 3,
    VALUE_MAX = 16384, /* bytes of one variable; execve() takes 128 KiB */
    DESCRIPTORS_SOFT = 1024,
    NO_SHELL = 127, /* exit status of what could not be executed, as shells have it */
};

/* What a command is started with: owned texts. */
struct run_waiting {
    struct run_waiting *next;
    uint64_t id;
    char *shell;
    int64_t timeout_us;
    int64_t grace_us;
    char *arguments[RUN_ARGUMENTS_MAX + 1];
    char *environment[FIXED_VARIABLES + RUN_VARIABLES_MAX + 1];
    struct buf input;
};

static const char *const fixed_variables[FIXED_VARIABLES] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
    "LC_ALL=C.UTF-8"};

const char *
run_outcome_name(enum run_outcome outcome)
{
    static const char *const names[RUN_OUTCOMES] = {"done", "failed", "signalled",
                                                    "timed-out", "not-started"};

    return (size_t)outcome < RUN_OUTCOMES ? names[outcome] : "?";
}

/* --- what waits --- */

static struct run_waiting *
waiting_new(const struct run_order *order)
{
    struct run_waiting *w = mem_zalloc(1, sizeof(*w));
    size_t n = 0;

    must(order->variable_count <= RUN_VARIABLES_MAX);
    w->id = order->id;
    w->shell = mem_copy_text(order->shell, strlen(order->shell));
    w->timeout_us = order->timeout_us;
    w->grace_us = order->grace_us;
    must(order->argument_count <= RUN_ARGUMENTS_MAX);
    for (size_t i = 0; i < order->argument_count; i++) {
        struct span s = span_head(order->arguments[i], RUN_ARGUMENT_BYTES);

        w->arguments[i] = mem_copy_text(s.len ? s.ptr : "", s.len);
    }
    buf_add(&w->input, order->input);
    for (; n < FIXED_VARIABLES; n++)
        w->environment[n] = mem_copy_text(fixed_variables[n], strlen(fixed_variables[n]));
    for (size_t i = 0; i < order->variable_count; i++) {
        struct buf entry = {0};

        buf_printf(&entry, "%s=", order->variables[i].name);
        message_clean(&entry, span_head(order->variables[i].value, VALUE_MAX));
        w->environment[n++] = buf_detach(&entry);
    }
    return w;
}

static void
waiting_free(struct run_waiting *w)
{
    for (char **entry = w->environment; *entry; entry++)
        mem_free(*entry);
    for (char **argument = w->arguments; *argument; argument++)
        mem_free(*argument);
    buf_fini(&w->input);
    mem_free(w->shell);
    mem_free(w);
}

/* --- starting --- */

/* In the child, which may only make system calls: never returns. */
NORETURN static void
become_command(const struct run_waiting *w, int in, int out)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP};
    char shell[] = "/bin/sh", option[] = "-c";
    char *argv[3 + RUN_ARGUMENTS_MAX + 1] = {shell, option, w->shell};
    struct rlimit files;
    sigset_t none;

    for (size_t i = 0; w->arguments[i]; i++)
        argv[3 + i] = w->arguments[i];
    /* None of these fails with what it is given here; a command without one of them is
     * still the administrator's own. */
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)umask(077);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        (void)signal(signals[i], SIG_DFL);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > DESCRIPTORS_SOFT) {
        files.rlim_cur = DESCRIPTORS_SOFT;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (chdir("/") != 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
        _exit(NO_SHELL);
    (void)execve(shell, argv, w->environment);
    _exit(NO_SHELL);
}

/* A file in memory that holds `text`, to be read from its start; or a negative errno. */
static int
file_of(struct span text)
{
    int fd = memfd_create("stdin", MFD_CLOEXEC);

    if (fd < 0)
        return -errno;
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n < 0) {
            int e = -errno;

            (void)close(fd); /* nothing in it is wanted */
            return e;
        }
        text = span_from(text, (size_t)n);
    }
    if (lseek(fd, 0, SEEK_SET) != 0)
        bug("a file in memory cannot be rewound");
    return fd;
}

static void
signal_group(const struct run *run, int number)
{
    /* ESRCH: it has ended, and nothing of its group is left. */
    if (kill(-run->pid, number) != 0 && errno == ESRCH)
        (void)kill(run->pid, number); /* has not come to its setsid() yet */
}

static void
kill_group(const struct run *run)
{
    signal_group(run, SIGKILL);
}

static void on_run_end(void *ctx, unsigned ready);

static void
on_timeout(void *ctx)
{
    struct run *run = ctx;

    if (run->grace_us && !run->is_timed_out) {
        signal_group(run, SIGTERM);
        loop_timer_set(run->runs->loop, &run->timeout, run->grace_us);
    } else {
        kill_group(run); /* and on_run_end() does the rest */
    }
    run->is_timed_out = true;
}

static void
keep_output(struct run *run)
{
    char bytes[RUN_OUTPUT_MAX];
    ssize_t n;

    for (int i = 0; i < 16; i++) { /* 64 KiB, what a pipe holds: then the others' turn */
        size_t room = RUN_OUTPUT_MAX - run->kept_len;

        n = read(run->output.fd, bytes, sizeof(bytes));
        if (n <= 0)
            break;
        run->is_cut |= (size_t)n > room;
        memcpy(run->kept + run->kept_len, bytes, (size_t)n < room ? (size_t)n : room);
        run->kept_len += (size_t)n < room ? (size_t)n : room;
    }
    if (n == 0)
        loop_remove(run->runs->loop, &run->output); /* all writers are gone */
}

static void
on_output(void *ctx, unsigned ready UNUSED)
{
    keep_output(ctx);
}

/* Makes the child; 0, or a negative errno. */
static int
make_child(struct run *run, const struct run_waiting *w, int in)
{
    int pipe_fds[2], e = 0;

    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return -errno;
    run->pid = fork();
    if (run->pid == 0)
        become_command(w, in, pipe_fds[1]);
    if (run->pid < 0)
        e = -errno;
    (void)close(pipe_fds[1]); /* the child has its own */
    /* Only our end: for a command that fills the pipe it is as for anyone's. */
    if (e == 0 && fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK) != 0)
        e = -errno;
    run->output = (struct loop_fd){.fd = pipe_fds[0], .fn = on_output, .ctx = run};
    if (run->pid < 0)
        (void)close(pipe_fds[0]); /* nothing was written */
    return e;
}

static int
watch_child(struct run *run)
{
    int fd = pidfd_open(run->pid, 0);
    int e = fd < 0 ? -errno : 0;

    run->end = (struct loop_fd){.fd = fd, .fn = on_run_end, .ctx = run};
    if (e == 0)
        e = loop_add(run->runs->loop, &run->end, LOOP_READ);
    if (e == 0)
        e = loop_add(run->runs->loop, &run->output, LOOP_READ);
    return e;
}

/* Gives the place back. */
static void
leave(struct run *run)
{
    struct loop *loop = run->runs->loop;

    loop_remove(loop, &run->end);
    loop_remove(loop, &run->output);
    loop_timer_clear(loop, &run->timeout);
    if (run->end.fd >= 0)
        (void)close(run->end.fd); /* it has said what it had to */
    (void)close(run->output.fd);  /* read, or not wanted */
    mem_free(run->kept);
    *run = (struct run){.runs = run->runs};
}

static int
start(struct run *run, const struct run_waiting *w)
{
    int in = file_of(buf_span(&w->input)), e;
    int status;

    if (in < 0)
        return in;
    *run = (struct run){
        .runs = run->runs, .id = w->id, .grace_us = w->grace_us, .end = {.fd = -1}};
    e = make_child(run, w, in);
    (void)close(in); /* the child has its own */
    if (e && run->pid <= 0) {
        run->pid = 0;
        return e;
    }
    run->kept = mem_zalloc(RUN_OUTPUT_MAX, 1);
    if (e == 0)
        e = watch_child(run);
    if (e) { /* nobody would hear of its end */
        kill_group(run);
        (void)waitpid(run->pid, &status, 0);
        leave(run);
        return e;
    }
    run->timeout = (struct loop_timer){.fn = on_timeout, .ctx = run};
    loop_timer_set(run->runs->loop, &run->timeout, w->timeout_us);
    return 0;
}

static struct run *
free_place(struct runs *r)
{
    for (size_t i = 0; i < r->at_once; i++)
        if (r->places[i].pid == 0)
            return &r->places[i];
    return NULL;
}

/* Starts what waits while there is a place. */
static void
start_waiting(struct runs *r)
{
    struct run *place;

    while (r->first && (place = free_place(r))) {
        struct run_waiting *w = r->first;
        int e = start(place, w);

        r->first = w->next;
        r->last = r->first ? r->last : NULL;
        r->waiting--;
        if (e)
            r->on_end(r->ctx, &(struct run_end){
                                  .id = w->id, .outcome = RUN_NOT_STARTED, .status = e});
        waiting_free(w);
    }
}

/* --- ending --- */

static void
on_run_end(void *ctx, unsigned ready UNUSED)
{
    struct run *run = ctx;
    struct runs *r = run->runs;
    struct run_end end = {.id = run->id};
    int status;

    if (waitpid(run->pid, &status, WNOHANG) != run->pid)
        return;
    if (run->output.is_added)
        keep_output(run); /* what it said last */
    end.is_cut = run->is_cut;
    end.outcome = RUN_DONE;
    if (WIFSIGNALED(status)) {
        end.outcome = RUN_SIGNALLED;
        end.status = WTERMSIG(status);
    } else if (WEXITSTATUS(status) != 0) {
        end.outcome = RUN_FAILED;
        end.status = WEXITSTATUS(status);
    }
    if (run->is_timed_out)
        end.outcome = RUN_TIMED_OUT;
    end.output = (struct span){run->kept, run->kept_len};
    r->on_end(r->ctx, &end);
    leave(run);
    start_waiting(r);
}

/* --- the interface --- */

void
runs_init(struct runs *r, struct loop *loop, run_end_fn *on_end, void *ctx)
{
    *r = (struct runs){.loop = loop,
                       .on_end = on_end,
                       .ctx = ctx,
                       .at_once = RUN_AT_ONCE,
                       .waiting_max = RUN_WAITING_MAX};
    for (size_t i = 0; i < RUN_PLACES_MAX; i++)
        r->places[i].runs = r;
}

void
runs_widen(struct runs *r, size_t at_once, size_t waiting)
{
    must(at_once <= RUN_PLACES_MAX);
    r->at_once = at_once;
    r->waiting_max = waiting;
}

bool
runs_add(struct runs *r, const struct run_order *order)
{
    struct run_waiting *w;

    if (r->waiting == r->waiting_max)
        return false;
    w = waiting_new(order);
    if (r->last)
        r->last->next = w;
    else
        r->first = w;
    r->last = w;
    r->waiting++;
    start_waiting(r);
    return true;
}

size_t
runs_running(const struct runs *r)
{
    size_t n = 0;

    for (size_t i = 0; i < RUN_PLACES_MAX; i++)
        n += r->places[i].pid != 0;
    return n;
}

void
runs_fini(struct runs *r, int wait_ms)
{
    int64_t until_us = clock_boot_us() + (int64_t)wait_ms * 1000;

    while (r->first) {
        struct run_waiting *w = r->first;

        r->first = w->next;
        waiting_free(w);
    }
    r->last = NULL;
    r->waiting = 0;
    for (size_t i = 0; i < RUN_PLACES_MAX; i++) {
        struct run *run = &r->places[i];
        struct pollfd p = {.fd = run->end.fd, .events = POLLIN};
        int64_t left_us = until_us - clock_boot_us();
        int status;

        if (run->pid == 0)
            continue;
        if (left_us <= 0 || poll(&p, 1, (int)(left_us / 1000)) != 1)
            kill_group(run);
        (void)waitpid(run->pid, &status, 0); /* it ends, or was killed */
        leave(run);
    }
}
