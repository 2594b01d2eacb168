#include "guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "source/inbox.h"

enum {
    SIBLINGS_MAX = 8,           /* rotated files offered to the sensor, newest first */
    REOPEN_GAP_US = 2000,       /* answers to REOPEN of one source are this far apart */
    MISSING_EVERY_US = 2000000, /* how often a missing folder is looked for */
    SOCKET_ROOM = 4 << 20,
    WAIT_MS = 20, /* between two tries to get what a dying guard holds */
    WAIT_TRIES = 100,
};

#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define DIR_EVENTS (IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)

static struct span
folder_of(struct span path)
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

/* --- rotated siblings: mail.log.1, mail.log-20261122 ... --- */

struct sibling {
    char *path;
    int64_t mtime_ns;
};

static bool
is_sibling(struct span base, struct span name)
{
    static const struct span packed[] = {SPAN_INIT(".gz"), SPAN_INIT(".xz"),
                                         SPAN_INIT(".bz2"), SPAN_INIT(".zst")};

    if (name.len <= base.len || !span_starts(name, base) ||
        (name.ptr[base.len] != '.' && name.ptr[base.len] != '-'))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(packed); i++)
        if (span_ends(name, packed[i]))
            return false;
    return true;
}

/* Keeps the newest SIBLINGS_MAX in `s`, newest first. */
static void
keep_sibling(struct sibling *s, size_t *count, struct sibling one)
{
    size_t at = *count;

    while (at && s[at - 1].mtime_ns < one.mtime_ns)
        at--;
    if (*count == SIBLINGS_MAX) {
        if (at == SIBLINGS_MAX) {
            mem_free(one.path);
            return;
        }
        mem_free(s[--*count].path);
    }
    memmove(&s[at + 1], &s[at], (*count - at) * sizeof(*s));
    s[at] = one;
    (*count)++;
}

static size_t
find_siblings(struct span path, struct sibling *s)
{
    struct span base = span_from(path, (size_t)(span_find_last(path, '/') + 1));
    struct buf name = {0};
    struct dirent *entry;
    struct stat st;
    size_t count = 0;
    DIR *folder;

    buf_add(&name, folder_of(path));
    folder = opendir(name.ptr);
    while (folder && (entry = readdir(folder))) {
        if (!is_sibling(base, span_of(entry->d_name)))
            continue;
        buf_clear(&name);
        buf_add(&name, folder_of(path));
        buf_printf(&name, "/%s", entry->d_name);
        if (stat(name.ptr, &st) == 0 && S_ISREG(st.st_mode))
            keep_sibling(s, &count,
                         (struct sibling){mem_copy_text(name.ptr, name.len),
                                          (int64_t)st.st_mtim.tv_sec * 1000000000 +
                                              st.st_mtim.tv_nsec});
    }
    if (folder)
        (void)closedir(folder); /* only read */
    buf_fini(&name);
    return count;
}

/* --- sending --- */

static void
send_fd(struct guard_child *sensor, uint16_t source, int fd, bool is_sibling_file)
{
    struct buf packet = {0};

    wire_put_source_fd(&packet, &(struct wire_source_fd){.source = source,
                                                         .is_sibling = is_sibling_file});
    guard_send(sensor, buf_span(&packet), fd);
    buf_fini(&packet);
}

static void
send_siblings(struct guard_child *sensor, struct guard_source *s)
{
    struct sibling siblings[SIBLINGS_MAX];
    size_t count =
        find_siblings(span_of(s->guard->config.sources[s->index].path), siblings);

    for (size_t i = 0; i < count; i++) {
        int fd = open_log(siblings[i].path);

        if (fd >= 0) {
            send_fd(sensor, s->index, fd, true);
            (void)close(fd); /* the sensor has it */
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

    buf_add(&name, folder_of(span_of(s->guard->config.sources[s->index].path)));
    watch = inotify_add_watch(s->guard->notify, name.ptr, DIR_EVENTS);
    if (s->dir_watch >= 0 && s->dir_watch != watch)
        (void)inotify_rm_watch(s->guard->notify,
                               s->dir_watch); /* moved away, or gone with it */
    s->dir_watch = watch;
    buf_fini(&name);
    if (s->dir_watch < 0 && s->guard->missing.due_us == 0)
        loop_timer_set(&s->guard->loop, &s->guard->missing, MISSING_EVERY_US);
}

static void
send_source(struct guard_source *s)
{
    struct guard_child *sensor = guard_child_of(s->guard, ROLE_SENSOR);
    const struct config_source *c = &s->guard->config.sources[s->index];
    struct wire_source_end end = {.source = s->index, .file_watch = -1, .dir_watch = -1};
    struct buf packet = {0};
    int fd;

    if (!sensor)
        return;
    if (c->kind == SOURCE_SOCKET) {
        send_fd(sensor, s->index, s->socket, false);
    } else {
        watch_folder(s);
        fd = open_log(c->path);
        s->is_there = fd >= 0;
        if (fd >= 0) {
            watch_file(s, fd);
            send_fd(sensor, s->index, fd, false);
            (void)close(fd); /* the sensor has it */
        }
        send_siblings(sensor, s);
        end.file_watch = s->file_watch;
        end.dir_watch = s->dir_watch;
    }
    wire_put_source_end(&packet, &end);
    guard_send(sensor, buf_span(&packet), -1);
    buf_fini(&packet);
}

void
guard_send_sources(struct guard *g)
{
    for (size_t i = 0; i < g->config.source_count; i++)
        send_source(&g->sources[i]);
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

/* Folders that could not be watched: they may have been made since. */
static void
on_missing(void *ctx)
{
    struct guard *g = ctx;

    for (size_t i = 0; i < g->config.source_count; i++) {
        struct guard_source *s = &g->sources[i];

        if (g->config.sources[i].kind != SOURCE_FILE || s->dir_watch >= 0)
            continue;
        watch_folder(s); /* comes here again while there is none */
        if (s->dir_watch >= 0)
            send_source(s);
    }
}

/* --- sockets --- */

bool
guard_waits(int *tries)
{
    (void)poll(NULL, 0, WAIT_MS); /* only to wait */
    return ++*tries < WAIT_TRIES;
}

/* Removes a socket that nobody is bound to any more; another file is left alone. */
static void
remove_stale(const struct sockaddr_un *name)
{
    struct stat st;
    int fd;

    if (lstat(name->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(name->sun_path); /* bind() tells when it is still there */
    (void)close(fd);
}

/* Binds a datagram socket that only root may write to: whoever writes here can have
 * others banned. */
static int
bind_socket(struct guard *g, struct guard_source *s, struct buf *why)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *path = g->config.sources[s->index].path;
    int room = SOCKET_ROOM, tries = 0, e = -ENAMETOOLONG;
    mode_t old_mask;

    if (!span_cstr(span_of(path), name.sun_path, sizeof(name.sun_path)))
        goto fail;
    s->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->socket < 0) {
        e = -errno;
        goto fail;
    }
    e = inbox_prepare(s->socket);
    old_mask = umask(0177);
    while (e == 0) {
        remove_stale(&name);
        if (bind(s->socket, (struct sockaddr *)&name, sizeof(name)) == 0)
            break;
        if (errno != EADDRINUSE || !guard_waits(&tries))
            e = -errno;
    }
    (void)umask(old_mask); /* cannot fail */
    /* A smaller queue is no reason not to guard. */
    (void)setsockopt(s->socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    if (e == 0)
        return 0;
fail:
    buf_printf(why, "cannot bind the syslog socket %s: %s", path, strerror(-e));
    return e;
}

int
guard_prepare_sources(struct guard *g, struct buf *why)
{
    int e;

    g->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (g->notify < 0) {
        buf_printf(why, "cannot make an inotify instance: %s", strerror(errno));
        return -errno;
    }
    g->sources = mem_zalloc(g->config.source_count, sizeof(*g->sources));
    for (size_t i = 0; i < g->config.source_count; i++) {
        struct guard_source *s = &g->sources[i];

        *s = (struct guard_source){.guard = g,
                                   .index = (uint16_t)i,
                                   .socket = -1,
                                   .file_watch = -1,
                                   .old_watch = -1,
                                   .dir_watch = -1,
                                   .reopen = {.fn = on_reopen, .ctx = s}};
        if (g->config.sources[i].kind != SOURCE_SOCKET)
            continue;
        e = bind_socket(g, s, why);
        if (e)
            return e;
    }
    g->missing = (struct loop_timer){.fn = on_missing, .ctx = g};
    return 0;
}

void
guard_close_sources(struct guard *g)
{
    for (size_t i = 0; g->sources && i < g->config.source_count; i++)
        if (g->sources[i].socket >= 0)
            (void)unlink(g->config.sources[i].path); /* may have been removed by hand */
    mem_free(g->sources);
    g->sources = NULL;
}
