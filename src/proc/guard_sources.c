#include "guard_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "guard_children.h"

enum {
    REOPEN_GAP_US = 2000,       /* answers to REOPEN of one source are this far apart */
    MISSING_EVERY_US = 2000000, /* how often what cannot be watched is looked for */
};

#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
/* Attributes too: a file that may not be read may be allowed to be, later. */
#define DIR_EVENTS                                                                       \
    (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)

struct span
guard_folder_of(struct span path)
{
    ptrdiff_t slash = span_find_last(path, '/');

    return slash > 0 ? span_head(path, (size_t)slash) : SPAN("/");
}

static int
open_log(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    (void)close(fd); /* read nothing from it */
    return -EINVAL;
}

/* Sends a packet to all that read the source: the sensor, and the reporter. */
static void
send_to_readers(const struct guard_source *s, struct span packet, int fd)
{
    struct guard *g = s->guard;
    struct guard_child *sensor = guard_child_of(g, ROLE_SENSOR);
    struct guard_child *reporter = guard_child_of(g, ROLE_REPORTER);

    if (sensor)
        guard_send(sensor, packet, fd);
    if (reporter && config_report_has(&g->config.report, s->index))
        guard_send(reporter, packet, fd);
}

static void
send_fd(const struct guard_source *s, int fd, bool is_sibling_file)
{
    struct buf packet = {0};

    wire_put_source_fd(&packet, &(struct wire_source_fd){.source = s->index,
                                                         .is_sibling = is_sibling_file});
    send_to_readers(s, buf_span(&packet), fd);
    buf_fini(&packet);
}

/* Also those beside the file that a link leads to. */
static void
send_siblings(struct guard_source *s)
{
    struct guard_sibling siblings[GUARD_SIBLINGS_MAX];
    const char *path = s->guard->config.sources[s->index].path;
    size_t count = guard_find_siblings(span_of(path), siblings, 0);
    struct stat st;

    must(path); /* it is a file */
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        count = guard_find_siblings(span_of(s->real), siblings, count);
    for (size_t i = 0; i < count; i++) {
        int fd = open_log(siblings[i].path);

        if (fd >= 0) {
            send_fd(s, fd, true);
            (void)close(fd); /* the readers have it */
        }
        mem_free(siblings[i].path);
    }
}

/* Watches the very file that is open, whatever its name is by now. */
static void
watch_file(struct guard_source *s, int fd)
{
    char path[64];
    int watch;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    watch = inotify_add_watch(s->guard->notify, path, FILE_EVENTS);
    if (watch < 0)
        log_line(&s->guard->log, LOG_LEVEL_ERROR, "watch-failed", "source=%u error=%d",
                 s->index, errno);
    if (watch == s->file_watch)
        return;
    /* The file before stays watched: its writer may not have noticed yet. */
    if (s->old_watch >= 0 && s->old_watch != watch)
        (void)inotify_rm_watch(s->guard->notify,
                               s->old_watch); /* gone with the file, or now */
    s->old_watch = s->file_watch;
    s->file_watch = watch;
}

static void
watch_folder(struct guard_source *s)
{
    struct buf name = {0};
    int watch;

    buf_add(&name, guard_folder_of(span_of(s->guard->config.sources[s->index].path)));
    watch = inotify_add_watch(s->guard->notify, name.ptr, DIR_EVENTS);
    if (s->dir_watch >= 0 && s->dir_watch != watch)
        (void)inotify_rm_watch(s->guard->notify,
                               s->dir_watch); /* moved away, or gone with it */
    s->dir_watch = watch;
    buf_fini(&name);
}

/* What no watch will tell of: a folder that is not there, also behind a link, or a file
 * that may not be read and whose permission may be given somewhere above it. */
static bool
is_to_be_polled(const struct guard_source *s)
{
    const char *path = s->guard->config.sources[s->index].path;

    return s->dir_watch < 0 ||
           (s->error && (s->error != -ENOENT || strcmp(s->real, path) != 0));
}

static void
poll_later(struct guard_source *s)
{
    if (is_to_be_polled(s) && s->guard->missing.due_us == 0)
        loop_timer_set(&s->guard->loop, &s->guard->missing, MISSING_EVERY_US);
}

/* Notes which file the path leads to: `fd`, or the negative errno why it cannot be
 * opened. */
static void
note_file(struct guard_source *s, int fd)
{
    struct stat st = {0};

    mem_free(s->real);
    s->real = guard_resolve(s->guard->config.sources[s->index].path, NULL, NULL);
    s->error = fd < 0 ? fd : 0;
    if (fd >= 0 && fstat(fd, &st) != 0)
        s->error = -errno;
    s->device = st.st_dev;
    s->inode = st.st_ino;
}

static void
send_source(struct guard_source *s)
{
    const struct guard *g = s->guard;
    const struct config_source *c = &g->config.sources[s->index];
    bool is_read = guard_child_of(s->guard, ROLE_SENSOR) ||
                   (guard_child_of(s->guard, ROLE_REPORTER) &&
                    config_report_has(&g->config.report, s->index));
    struct wire_source_end end = {.source = s->index, .file_watch = -1, .dir_watch = -1};
    struct buf packet = {0};
    int fd;

    if (!is_read || c->kind == SOURCE_JOURNAL)
        return; /* a journal has a reader of its own */
    if (c->kind == SOURCE_FILE) {
        watch_folder(s);
        fd = open_log(c->path);
        note_file(s, fd);
        if (fd >= 0) {
            watch_file(s, fd);
            send_fd(s, fd, false);
            (void)close(fd); /* the readers have it */
        }
        send_siblings(s);
        poll_later(s);
        end.file_watch = s->file_watch;
        end.dir_watch = s->dir_watch;
        end.error = s->error == -ENOENT ? 0 : s->error;
    } else {
        send_fd(s, s->socket, false);
    }
    wire_put_source_end(&packet, &end);
    send_to_readers(s, buf_span(&packet), -1);
    buf_fini(&packet);
}

void
guard_send_sources(struct guard *g)
{
    for (size_t i = 0; i < g->config.source_count; i++)
        send_source(&g->sources[i]);
    guard_watch_paths(g);
}

void
guard_check_source(struct guard_source *s)
{
    const char *path = s->guard->config.sources[s->index].path;
    char *real = guard_resolve(path, NULL, NULL);
    int fd = open_log(path);
    struct stat st = {0};
    bool is_same;

    if (fd >= 0 && fstat(fd, &st) != 0)
        st = (struct stat){0}; /* told when it is sent */
    if (fd >= 0)
        (void)close(fd); /* only looked at */
    is_same = s->real && strcmp(real, s->real) == 0 && s->error == (fd < 0 ? fd : 0) &&
              s->device == st.st_dev && s->inode == st.st_ino;
    mem_free(real);
    if (!is_same)
        send_source(s);
}

static void
on_reopen(void *ctx)
{
    send_source(ctx);
}

void
guard_reopen(struct guard *g, uint16_t index)
{
    if (index < g->config.source_count && g->sources[index].reopen.due_us == 0)
        loop_timer_set(&g->loop, &g->sources[index].reopen, REOPEN_GAP_US);
}

/* Folders that could not be watched may have been made since, and files may be read. */
static void
on_missing(void *ctx)
{
    struct guard *g = ctx;
    bool is_any = false;

    for (size_t i = 0; i < g->config.source_count; i++) {
        struct guard_source *s = &g->sources[i];

        if (g->config.sources[i].kind != SOURCE_FILE || !is_to_be_polled(s))
            continue;
        if (s->dir_watch < 0)
            watch_folder(s);
        if (s->dir_watch >= 0)
            guard_check_source(s);
        is_any |= is_to_be_polled(s);
    }
    if (is_any && g->missing.due_us == 0)
        loop_timer_set(&g->loop, &g->missing, MISSING_EVERY_US);
}

static int
new_notify(struct guard *g)
{
    if (g->notify >= 0)
        (void)close(g->notify); /* and all its watches */
    g->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return g->notify < 0 ? -errno : 0;
}

/* A source from the configuration, not bound or opened yet. */
static void
init_source(struct guard *g, size_t index)
{
    struct guard_source *s = &g->sources[index];

    *s = (struct guard_source){.guard = g,
                               .index = (uint16_t)index,
                               .socket = -1,
                               .file_watch = -1,
                               .old_watch = -1,
                               .dir_watch = -1,
                               .reopen = {.fn = on_reopen, .ctx = s}};
}

int
guard_prepare_sources(struct guard *g, struct buf *why)
{
    int e;

    g->notify = -1;
    e = new_notify(g);
    if (e) {
        buf_printf(why, "cannot make an inotify instance: %s", strerror(-e));
        return e;
    }
    g->sources = mem_zalloc(CONFIG_SOURCES_MAX, sizeof(*g->sources));
    for (size_t i = 0; i < g->config.source_count; i++) {
        init_source(g, i);
        e = guard_bind_source(&g->config.sources[i], &g->sources[i].socket, why);
        if (e)
            return e;
    }
    g->missing = (struct loop_timer){.fn = on_missing, .ctx = g};
    return 0;
}

/* Begins every source anew, with the sockets in `fds` (NULL: the fixed ones keep theirs).
 */
static int
renew(struct guard *g, const int *fds)
{
    for (size_t i = 0; i < CONFIG_SOURCES_MAX; i++) {
        struct guard_source *s = &g->sources[i];
        int bound = i < g->config.fixed_sources ? s->socket : -1;

        if (s->guard)
            loop_timer_clear(&g->loop, &s->reopen);
        mem_free(s->real);
        init_source(g, i);
        s->socket = fds ? fds[i] : bound;
    }
    return new_notify(g);
}

int
guard_renew_sources(struct guard *g)
{
    return renew(g, NULL);
}

/* --- a new configuration --- */

/* The number in `c` of the source `wanted`; SIZE_MAX: it has it not. */
static size_t
find_source(const struct config *c, const struct config_source *wanted)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == wanted->kind &&
            strcmp(c->sources[i].path, wanted->path) == 0)
            return i;
    return SIZE_MAX;
}

int
guard_bind_new(struct guard *g, const struct config *new, int *fds, struct buf *why)
{
    for (size_t i = 0; i < CONFIG_SOURCES_MAX; i++)
        fds[i] = -1;
    for (size_t i = 0; i < new->source_count; i++) {
        size_t before = find_source(&g->config, &new->sources[i]);
        int e = 0;

        if (before != SIZE_MAX)
            fds[i] = g->sources[before].socket;
        else
            e = guard_bind_source(&new->sources[i], &fds[i], why);
        if (e) {
            guard_unbind_new(g, new, fds);
            return e;
        }
    }
    return 0;
}

/* Closes the socket of a source that is not there (any more). */
static void
drop_socket(const struct config_source *c, int fd)
{
    if (fd < 0)
        return;
    if (c->kind == SOURCE_SOCKET)
        (void)unlink(c->path); /* may have been removed by hand */
    (void)close(fd);           /* what was in it was read, or is for nobody */
}

void
guard_unbind_new(struct guard *g, const struct config *new, int *fds)
{
    for (size_t i = 0; i < new->source_count; i++)
        if (find_source(&g->config, &new->sources[i]) == SIZE_MAX)
            drop_socket(&new->sources[i], fds[i]);
}

int
guard_take_new(struct guard *g, const struct config *old, const int *fds)
{
    for (size_t i = 0; i < old->source_count; i++)
        if (find_source(&g->config, &old->sources[i]) == SIZE_MAX)
            drop_socket(&old->sources[i], g->sources[i].socket);
    return renew(g, fds);
}

void
guard_close_sources(struct guard *g)
{
    guard_lookout_close(&g->paths);
    guard_lookout_close(&g->globs);
    for (size_t i = 0; g->sources && i < g->config.source_count; i++) {
        if (g->config.sources[i].kind == SOURCE_SOCKET && g->sources[i].socket >= 0)
            (void)unlink(g->config.sources[i].path); /* may have been removed by hand */
        mem_free(g->sources[i].real);
    }
    mem_free(g->sources);
    g->sources = NULL;
}
