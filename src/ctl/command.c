#include "ctl/command.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/args.h"
#include "ctl/ask.h"
#include "ctl/help.h"
#include "ctl/local.h"
#include "ctl/replay.h"
#include "ctl/test_filter.h"

#define TALKS (OPT_BIT(OPT_JSON) | OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE))

static const struct ctl_option options[CTL_OPTIONS] = {
    [OPT_JSON] = {"--json", NULL, TAKES_FLAG,
                  "Print JSON instead of text, for programs."},
    [OPT_JSONL] = {"--jsonl", NULL, TAKES_FLAG, "Print one JSON object a line."},
    [OPT_SOCKET] = {"--socket", "PATH", TAKES_PATH,
                    "Talk to the guard through this control socket.\n"
                    "Without it, /run/komainu/control.sock."},
    [OPT_STATE] = {"--state", "DIR", TAKES_PATH,
                   "Talk to the guard that was started with the same --state:\n"
                   "its control socket is DIR/control.sock."},
    [OPT_CONFIG] = {"--config", "DIR", TAKES_PATH,
                    "Read the configuration of this directory."},
    [OPT_FOR] = {"--for", "TIME", TAKES_TIME,
                 "How long: 90s, 10m, 2h30m, 1d, 3w or permanent.\n"
                 "Without it, as long as the guard bans by default."},
    [OPT_COMMENT] = {"--comment", "TEXT", TAKES_COMMENT,
                     "Why, to be shown with the ban; at most 256 bytes."},
    [OPT_OFF] = {"--off", NULL, TAKES_FLAG, "End the panic: enforce the bans again."},
    [OPT_TABLE] = {"--table", "NAME", TAKES_NAME,
                   "The name of the guard's nftables table.\n"
                   "Without it, komainu."},
    [OPT_ROTATED] = {"--rotated", NULL, TAKES_FLAG,
                     "Read with each LOG its rotated ones: LOG.1, LOG.2.gz,\n"
                     "LOG-20261122.xz and the like."},
    [OPT_MATCHED] = {"--matched", NULL, TAKES_FLAG,
                     "List the lines that matched or were told, the first 20 of each."},
    [OPT_IGNORED] = {"--ignored", NULL, TAKES_FLAG,
                     "List the first 20 lines that were ignored."},
    [OPT_MISSED] = {"--missed", NULL, TAKES_FLAG,
                    "List the first 20 lines that no expression matched."},
    [OPT_ALL] = {"--all", NULL, TAKES_FLAG,
                 "List all such lines; without another list, of every kind."},
    [OPT_DATEPATTERN] = {"--datepattern", "PATTERN", TAKES_TEXT,
                         "Read dates by this pattern, as `datepattern` of a filter\n"
                         "does; % stands for itself; several, one each line."},
    [OPT_MAXLINES] = {"--maxlines", "N", TAKES_TEXT,
                      "Let expressions see the last N lines together."},
    [OPT_HELP] = {"--help", NULL, TAKES_FLAG, "Explain the command."},
};

static enum ctl_exit run_help(const struct ctl_env *env, const struct ctl_args *args,
                              struct ctl_output *o);

static const struct ctl_command commands[] = {
    {
        .name = "status",
        .usage = "",
        .options = TALKS,
        .summary = "Show what is guarded, and what is wrong",
        .help = "Shows on one screen what is wrong, if anything is, then the jails with\n"
                "their limits and counts, and the logs that are read.\n"
                "FAILING is the number of addresses that have failed but are not banned\n"
                "yet.\n",
        .fn = ask_status,
    },
    {
        .name = "bans",
        .usage = "[ADDR|PREFIX]",
        .word = WORD_PREFIX,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL),
        .summary = "List the bans",
        .help = "Lists all bans, newest first, or those of one address or network.\n"
                "Exits with 1 when an address or network is given and has no ban.\n",
        .fn = ask_bans,
    },
    {
        .name = "ban",
        .usage = "ADDR",
        .word = WORD_HOST,
        .min_words = 1,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_FOR) | OPT_BIT(OPT_COMMENT),
        .summary = "Ban an address",
        .help =
            "Bans one IPv4 or IPv6 address.\n"
            "Own addresses, gateways, resolvers and the allow list cannot be banned:\n"
            "that is refused, with exit code 4.\n",
        .fn = ask_ban,
    },
    {
        .name = "unban",
        .usage = "ADDR|PREFIX",
        .word = WORD_PREFIX,
        .min_words = 1,
        .max_words = 1,
        .options = TALKS,
        .summary = "Lift the bans of an address or network",
        .help = "Lifts every ban of the address, or of all addresses in the network, in\n"
                "all jails, and forgets their failures.\n"
                "Exits with 1 when nothing there was banned.\n",
        .fn = ask_unban,
    },
    {
        .name = "why",
        .usage = "ADDR",
        .word = WORD_HOST,
        .min_words = 1,
        .max_words = 1,
        .options = TALKS,
        .summary = "Explain what is known of an address",
        .help =
            "Says whether the address is banned, by which jail, since when and until\n"
            "when, how that was counted, and which log lines led to it.\n"
            "When it is not banned: how far each jail has counted.\n"
            "Exits with 1 when nothing is known of the address.\n",
        .fn = ask_why,
    },
    {
        .name = "watch",
        .usage = "",
        .options = TALKS,
        .summary = "Show what happens, as it happens",
        .help = "Prints a line for each failed login that is found and each ban made,\n"
                "lifted or refused, until it is interrupted.\n"
                "With --json, one JSON object a line.\n",
        .fn = ask_watch,
    },
    {
        .name = "reload",
        .usage = "",
        .options = TALKS,
        .summary = "Read the configuration anew",
        .help =
            "Has the guard read its configuration anew and put it in force, and says\n"
            "what changed.\n"
            "Bans, counts and places in logs stay; bans of jails that are gone are\n"
            "lifted.\n"
            "Processes that it does not concern go on undisturbed.\n"
            "When there are errors they are listed with file and line, nothing changes,\n"
            "and the exit code is 2.\n"
            "SIGHUP to komainud does the same, and says it in the log.\n",
        .fn = ask_reload,
    },
    {
        .name = "check-config",
        .usage = "",
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CONFIG),
        .summary = "Check the configuration and show what it comes to",
        .help =
            "Reads the configuration as komainud would, and prints what is in force.\n"
            "Errors are listed with file and line; the exit code is then 2.\n"
            "Needs no running guard and changes nothing.\n",
        .fn = local_check_config,
    },
    {
        .name = "detect",
        .usage = "",
        .options = OPT_BIT(OPT_JSON),
        .summary = "Show what was found on this machine",
        .help = "Lists the services, logs and ports that the guard finds by itself, and\n"
                "what it does not guard and why.\n"
                "Needs no running guard and changes nothing.\n",
        .fn = local_detect,
    },
    {
        .name = "panic",
        .usage = "",
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_OFF) | OPT_BIT(OPT_TABLE),
        .summary = "Open everything at once",
        .help =
            "Lets all traffic pass, whatever is banned, until the panic is ended with\n"
            "--off.\n"
            "Works on the kernel's table itself and needs no running guard.\n",
        .fn = local_panic,
    },
    {
        .name = "replay",
        .usage = "LOG...",
        .word = WORD_LOG,
        .min_words = 1,
        .max_words = UINT32_MAX,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_ROTATED),
        .summary = "Show whom past logs would have had banned",
        .help =
            "Reads logs from their beginning in their own time, the one that begins\n"
            "first before the others, whatever order they are given in, and prints\n"
            "every ban that would have been made.\n"
            "Logs may be compressed with gzip, xz, zstd or bzip2.\n"
            "A LOG of - is the standard input.\n"
            "Of a damaged log all is read up to the damage; the exit code is then 5.\n"
            "Without --config all detectors that are built in are on.\n"
            "Times without a zone are read in the zone of TZ.\n"
            "Needs no privileges and no running guard, and bans nobody.\n"
            "With --json, one JSON object a line for each ban, and a last one with\n"
            "totals.\n",
        .fn = replay_run,
    },
    {
        .name = "test-filter",
        .usage = "FILTER LOG...",
        .word = WORD_FILTER,
        .min_words = 2,
        .max_words = UINT32_MAX,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_CONFIG) |
                   OPT_BIT(OPT_MATCHED) | OPT_BIT(OPT_IGNORED) | OPT_BIT(OPT_MISSED) |
                   OPT_BIT(OPT_ALL) | OPT_BIT(OPT_DATEPATTERN) | OPT_BIT(OPT_MAXLINES),
        .summary = "Show what a filter makes of log lines",
        .help =
            "FILTER is the name of one that is built in or in filter.d of --config DIR,\n"
            "a file NAME.conf, or an expression itself, one each line.\n"
            "A name or file takes arguments: 'sshd[mode=aggressive]'.\n"
            "A LOG may be compressed; - is the standard input.\n"
            "What is no file is itself a line.\n"
            "Prints for each expression how often it matched, how often it was searched\n"
            "and the time it took; how many lines were matched (failures), told (other\n"
            "events), ignored (an ignoreregex matched, or the line is held back for a\n"
            "later one of its session) and missed; which dates were read; what was read\n"
            "out of the last lines; and what makes an expression slow or dangerous.\n"
            "A date without a year is read as the latest that is no more than a day\n"
            "later than the last change of its LOG; a line without one has that of the\n"
            "line before.\n"
            "With --jsonl, one object for each line and a last one with the summary;\n"
            "expressions are counted from 1 as in the table.\n"
            "Exits with 1 when nothing matched.\n",
        .fn = test_filter_run,
    },
    {
        .name = "help",
        .usage = "[COMMAND]",
        .word = WORD_COMMAND,
        .max_words = 1,
        .summary = "Explain a command, or list all",
        .help = "Lists the commands, or explains one of them with its options.\n",
        .fn = run_help,
    },
};

const struct ctl_command *
ctl_commands(size_t *count)
{
    *count = ARRAY_LEN(commands);
    return commands;
}

const struct ctl_command *
ctl_command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (span_eq(span_of(commands[i].name), span_of(name)))
            return &commands[i];
    }
    return NULL;
}

const struct ctl_option *
ctl_option(enum ctl_option_id id)
{
    return &options[id];
}

static enum ctl_exit
run_help(const struct ctl_env *env UNUSED, const struct ctl_args *args,
         struct ctl_output *o)
{
    const struct ctl_command *about = NULL;

    if (args->word_count) {
        about = ctl_command_find(args->words[0]);
        if (!about) {
            text_foreign(&o->error, span_of(args->words[0]));
            buf_add_text(&o->error, ": no such command");
            return CTL_USAGE;
        }
    }
    help_add(&o->out, about);
    return CTL_DONE;
}

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
        help_add(&o->out, args->command);
        return CTL_DONE;
    case ARGS_VERSION:
        buf_add_text(&o->out, "komainu " KOMAINU_VERSION "\n");
        return CTL_DONE;
    case ARGS_MAN:
        help_add_man(&o->out);
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
