#include "ctl/command.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/args.h"
#include "ctl/completion.h"
#include "ctl/help.h"

/* Waits until a descriptor that is non-blocking can be written to. */
static int
wait_writable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    if (poll(&p, 1, -1) < 0 && errno != EINTR)
        return -errno;
    return 0;
}

int
ctl_flush(int fd, struct buf *b)
{
    struct span rest = buf_span(b);
    ssize_t n;
    int rc = 0;

    while (rest.len && rc == 0) {
        n = write(fd, rest.ptr, rest.len);
        if (n >= 0)
            rest = span_from(rest, (size_t)n);
        else if (errno == EAGAIN)
            rc = wait_writable(fd);
        else if (errno != EINTR)
            rc = -errno;
    }
    if (rc == 0 && b->is_cut)
        rc = -EFBIG;
    buf_clear(b);
    return rc;
}

/* "komainu: NOUN: message" for each line of `error`, to stderr. */
static void
say_error(const struct ctl_env *env, const char *noun, const struct buf *error)
{
    struct span rest = buf_span(error), message;
    struct buf lines = {0};

    while (span_line(&rest, &message)) {
        buf_printf(&lines, "komainu: %s%s", noun ? noun : "", noun ? ": " : "");
        buf_add(&lines, message);
        buf_add_byte(&lines, '\n');
    }
    /* When stderr fails nobody is left to tell. */
    if (ctl_flush(env->err, &lines) != 0)
        buf_clear(&lines);
    buf_fini(&lines);
}

static enum ctl_exit
run_parsed(const struct ctl_env *env, const struct ctl_args *args, enum args_result what,
           struct ctl_output *o)
{
    switch (what) {
    case ARGS_HELP:
        help_add(&o->out, args->command, env->language);
        return CTL_DONE;
    case ARGS_VERSION:
        buf_add_text(&o->out, "komainu " KOMAINU_VERSION "\n");
        return CTL_DONE;
    case ARGS_MAN:
        help_add_man(&o->out, CTL_ENGLISH);
        return CTL_DONE;
    case ARGS_MAN_JA:
        help_add_man(&o->out, CTL_JAPANESE);
        return CTL_DONE;
    case ARGS_BASH:
        completion_add_bash(&o->out);
        return CTL_DONE;
    case ARGS_ZSH:
        completion_add_zsh(&o->out);
        return CTL_DONE;
    case ARGS_RUN:
        return args->command->fn(env, args, o);
    case ARGS_WRONG:
        return CTL_USAGE;
    }
    return CTL_INTERNAL;
}

int
ctl_main(int argc, char **argv, const struct ctl_env *env)
{
    struct ctl_output o = {.out = buf_bounded(CTL_OUTPUT_MAX)};
    struct ctl_args args;
    enum args_result what = args_parse(argc, argv, &args, &o.error);
    enum ctl_exit code = run_parsed(env, &args, what, &o);
    const char *noun = what == ARGS_RUN ? args.command->name : NULL;
    int rc = ctl_flush(env->out, &o.out);

    if (o.error.len)
        say_error(env, noun, &o.error);
    if (rc != 0) {
        buf_clear(&o.error);
        buf_printf(&o.error, "cannot write the output: %s", strerror(-rc));
        say_error(env, "output", &o.error);
        code = CTL_INTERNAL;
    }
    buf_fini(&o.out);
    buf_fini(&o.error);
    args_fini(&args);
    return (int)code;
}

enum ctl_language
ctl_language_of(const char *locale)
{
    struct span name = span_of(locale);

    /* "ja", "ja_JP.eucJP": what we print is UTF-8 in any case. */
    if (span_starts(name, SPAN("ja")) && (name.len == 2 || strchr("_.@", name.ptr[2])))
        return CTL_JAPANESE;
    return CTL_ENGLISH;
}

struct ctl_env
ctl_env_standard(const char *no_color, const char *columns, int64_t now_us,
                 int64_t (*boot_us)(void))
{
    struct ctl_env env = {.in = STDIN_FILENO,
                          .out = STDOUT_FILENO,
                          .err = STDERR_FILENO,
                          .screen = {.now_us = now_us},
                          .is_err_tty = isatty(STDERR_FILENO) == 1,
                          .timeout_ms = CLIENT_TIMEOUT_MS,
                          .boot_us = boot_us};
    struct winsize size;
    uint64_t n;

    if (isatty(STDOUT_FILENO) != 1)
        return env;
    env.screen.is_coloured = !no_color || !no_color[0];
    env.screen.columns = CTL_COLUMNS_DEFAULT;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        env.screen.columns = size.ws_col;
    if (columns && span_u64(span_of(columns), 20, 1000, &n))
        env.screen.columns = (unsigned)n;
    return env;
}
