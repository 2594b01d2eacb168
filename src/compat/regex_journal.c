/* regex_journal: a journal as the log of fail2ban-regex. komainu-journal reads it,
 * because nothing else is linked with libsystemd, and prints a line an entry. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "compat/regex_parts.h"
#include "conf/fail2ban_args.h"
#include "conf/journalmatch.h"
#include "ctl/log_reader.h"
#include "source/journal_line.h"

#define PROGRAM "/komainu-journal"

bool
tool_is_journal(const struct tool *t)
{
    return span_starts(span_of(t->o.words[0]), SPAN("systemd-journal"));
}

/* --- what is read --- */

/* The folder that the word names, "" for this machine's. False, after telling: it asks
 * for what is not built. */
static bool
read_word(struct tool *t, struct buf *folder)
{
    struct fail2ban_options args = {0};
    const struct fail2ban_place nowhere = {0};
    struct span name;
    struct buf why = {0};
    bool is_good =
        fail2ban_args_read(span_of(t->o.words[0]), &name, &args, nowhere, &why);

    for (size_t i = 0; is_good && i < args.count; i++) {
        struct span option = span_of(args.at[i].name);

        if (span_eq(option, SPAN("journalpath")))
            buf_add_text(folder, args.at[i].text);
        else if (span_eq(option, SPAN("journalflags")))
            buf_add_text(&t->err, "fail2ban-regex: systemd-journal: journalflags changes "
                                  "nothing: what the system wrote is read\n");
        else
            is_good = false;
        if (!is_good)
            buf_printf(&why, "%.*s is not supported", SPAN_FMT(option));
    }
    if (!is_good)
        buf_printf(&t->err, "fail2ban-regex: systemd-journal: %s\n", why.ptr);
    fail2ban_options_fini(&args);
    buf_fini(&why);
    return is_good;
}

/* What of it: as -m says, else the filter. */
static bool
read_match(struct tool *t, struct buf *match)
{
    struct buf shown = {0}, why = {0};
    bool is_good = true;

    if (t->o.journalmatch)
        is_good = journalmatch_add(match, span_of(t->o.journalmatch), &why);
    else if (t->filter->journalmatch)
        buf_add_text(match, t->filter->journalmatch);
    if (!is_good)
        buf_printf(&t->err, "fail2ban-regex: -m: %s\n", why.ptr);
    journalmatch_text(buf_span(match), &shown);
    if (is_good && !t->o.out)
        buf_printf(&t->out,
                   "Use         systemd journal\nUse         encoding : UTF-8\n%s%s%s\n",
                   shown.len ? "Use    journal match : " : "", shown.len ? shown.ptr : "",
                   shown.len ? "\n" : "");
    buf_fini(&shown);
    buf_fini(&why);
    return is_good;
}

/* --- who reads it --- */

/* Beside this program, or where it is installed. */
static void
find_program(const struct tool *t, struct buf *path)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    ptrdiff_t slash = n > 0 ? span_find_last((struct span){self, (size_t)n}, '/') : -1;

    if (slash > 0) {
        buf_add(path, (struct span){self, (size_t)slash});
        buf_add_text(path, PROGRAM);
        if (access(path->ptr, X_OK) == 0)
            return;
        buf_clear(path);
    }
    buf_printf(path, "%s" PROGRAM, t->env->libexec ? t->env->libexec : "");
}

/* 0, or what is wrong as errno has it. */
static int
spawn(struct tool *t, struct buf *folder, struct buf *match, int output, pid_t *pid)
{
    static char name[] = "komainu-journal", print[] = "--print", nothing[] = "";
    static char zone[] = "TZ=UTC"; /* it needs nothing of ours */
    char *argv[] = {name, print, folder->len ? folder->ptr : nothing,
                    match->len ? match->ptr : nothing, NULL};
    char *environment[] = {zone, NULL};
    posix_spawn_file_actions_t actions;
    struct buf path = {0};
    int e = posix_spawn_file_actions_init(&actions);

    if (e != 0)
        return e;
    find_program(t, &path);
    e = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (e == 0)
        e = posix_spawn(pid, path.ptr, &actions, NULL, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
    buf_fini(&path);
    return e;
}

/* --- what it prints --- */

static bool
read_number(struct span *rest, uint64_t max, uint64_t *out)
{
    struct span word;

    return span_cut(*rest, SPAN(" "), &word, rest) && span_u64(word, 0, max, out);
}

/* An entry; false: it is none. */
static bool
test_entry(struct tool *t, struct span raw)
{
    uint64_t us, host, tag, pid, message;
    struct journal_parts parts;
    struct line line;

    if (!read_number(&raw, INT64_MAX, &us) ||
        !read_number(&raw, JOURNAL_TEXT_MAX, &host) ||
        !read_number(&raw, JOURNAL_TEXT_MAX, &tag) ||
        !read_number(&raw, JOURNAL_TEXT_MAX, &pid) ||
        !read_number(&raw, JOURNAL_TEXT_MAX, &message) ||
        !journal_parts(raw,
                       &(struct journal_shape){
                           .host = host, .tag = tag, .pid = pid, .message = message},
                       &parts))
        return false;
    line = (struct line){.form = LINE_JOURNAL,
                         .host = parts.host,
                         .tag = parts.tag,
                         .pid = parts.pid,
                         .message = parts.message,
                         .body = raw};
    tool_test_entry(t, &line, (int64_t)us);
    return true;
}

static bool
read_entries(struct tool *t, int fd, struct buf *why)
{
    struct log_reader r = {0};
    enum log_next next;
    struct span raw;
    bool is_good = log_reader_open(&r, "-", fd, why);

    while (is_good && (next = log_reader_next(&r, &raw)) != LOG_END)
        is_good = next != LOG_LINE || (test_entry(t, raw) && tool_flush(t));
    is_good = is_good && !r.error;
    log_reader_close(&r);
    return is_good;
}

bool
tool_test_journal(struct tool *t)
{
    struct buf folder = {0}, match = {0}, why = {0};
    int pipes[2], status = -1, e;
    pid_t pid = -1;
    bool is_good = read_word(t, &folder) && read_match(t, &match);

    if (is_good && pipe2(pipes, O_CLOEXEC) == 0) {
        e = spawn(t, &folder, &match, pipes[1], &pid);
        (void)close(pipes[1]); /* its own */
        is_good = e == 0 && read_entries(t, pipes[0], &why);
        (void)close(pipes[0]); /* at its end, or it ends now */
        while (e == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (e)
            buf_printf(&t->err, "fail2ban-regex: komainu-journal: %s\n", strerror(e));
        is_good = is_good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    buf_fini(&folder);
    buf_fini(&match);
    buf_fini(&why);
    return is_good;
}
