#include "ctl/journal_entries.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/log_reader.h"
#include "source/journal_line.h"

#define PROGRAM "/komainu-journal"

enum { NUMBER_ROOM = 24 };

/* Beside this program, or where it is installed. */
static void
find_program(const struct journal_wanted *w, struct buf *path)
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
    buf_printf(path, "%s" PROGRAM, w->libexec ? w->libexec : "");
}

/* 0, or what is wrong as errno has it. */
static int
spawn(const struct journal_wanted *w, int output, pid_t *pid)
{
    static char name[] = "komainu-journal", print[] = "--print";
    static char zone[] = "TZ=UTC"; /* it needs nothing of ours */
    struct buf path = {0}, folder = {0}, match = {0};
    char since[NUMBER_ROOM], *argv[] = {name, print, NULL, NULL, since, NULL};
    char *environment[] = {zone, NULL};
    posix_spawn_file_actions_t actions;
    int e = posix_spawn_file_actions_init(&actions);

    if (e != 0)
        return e;
    (void)snprintf(since, sizeof(since), "%lld",
                   (long long)(w->since_us > 0 ? w->since_us : 0));
    buf_add_text(&folder, w->folder);
    buf_add_text(&match, w->match);
    argv[2] = buf_detach(&folder);
    argv[3] = buf_detach(&match);
    find_program(w, &path);
    e = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (e == 0)
        e = posix_spawn(pid, path.ptr, &actions, NULL, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
    mem_free(argv[2]);
    mem_free(argv[3]);
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

struct reading {
    journal_entry_fn *entry;
    void *ctx;
};

/* An entry; false: it is none. */
static bool
take_entry(const struct reading *g, struct span raw)
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
    return g->entry(g->ctx, raw, &line, (int64_t)us);
}

static bool
read_entries(const struct reading *g, int fd, struct buf *why)
{
    struct log_reader r = {0};
    enum log_next next;
    struct span raw;
    bool is_good = log_reader_open(&r, "-", fd, why);

    while (is_good && (next = log_reader_next(&r, &raw)) != LOG_END)
        is_good = next != LOG_LINE || take_entry(g, raw);
    is_good = is_good && !r.error;
    log_reader_close(&r);
    return is_good;
}

bool
journal_entries_read(const struct journal_wanted *w, journal_entry_fn *entry, void *ctx,
                     struct buf *why)
{
    const struct reading g = {entry, ctx};
    int pipes[2], status = -1, e;
    pid_t pid = -1;
    bool is_good;

    if (pipe2(pipes, O_CLOEXEC) != 0) {
        buf_add_text(why, strerror(errno));
        return false;
    }
    e = spawn(w, pipes[1], &pid);
    (void)close(pipes[1]); /* its own */
    is_good = e == 0 && read_entries(&g, pipes[0], why);
    (void)close(pipes[0]); /* at its end, or it ends now */
    while (e == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (e)
        buf_printf(why, "komainu-journal: %s", strerror(e));
    return is_good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
