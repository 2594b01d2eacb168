#include "guard_sources.h"

#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    LINKS_MAX = 40,       /* followed in one path, as the kernel does */
    LOOK_AFTER_US = 2000, /* after the first event */
    LOOK_GAP_US = 200000, /* between two looks */
};

#define NAME_EVENTS (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
#define SELF_EVENTS (IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR | IN_MASK_ADD)

/* --- an inotify instance that is only asked whether it has spoken --- */

static void
on_events(void *ctx, unsigned ready UNUSED)
{
    struct guard_lookout *l = ctx;
    int64_t due_us = l->looked_us + LOOK_GAP_US - clock_boot_us();
    char bytes[4096];

    while (read(l->events.fd, bytes, sizeof(bytes)) > 0)
        ; /* what has changed is found by looking */
    guard_lookout_soon(l, due_us > LOOK_AFTER_US ? due_us : LOOK_AFTER_US);
}

void
guard_lookout_soon(struct guard_lookout *l, int64_t delay_us)
{
    if (!l->is_soon)
        loop_timer_set(&l->guard->loop, &l->look, delay_us);
    l->is_soon = true;
}

void
guard_lookout_close(struct guard_lookout *l)
{
    if (!l->guard)
        return;
    loop_timer_clear(&l->guard->loop, &l->look);
    l->is_soon = false;
    if (l->events.fd < 0)
        return;
    loop_remove(&l->guard->loop, &l->events);
    (void)close(l->events.fd); /* and all its watches */
    l->events.fd = -1;
}

int
guard_lookout_renew(struct guard_lookout *l, struct guard *g, loop_timer_fn *look)
{
    int fd, e;

    guard_lookout_close(l);
    fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    e = fd < 0 ? -errno : 0;
    *l = (struct guard_lookout){.guard = g,
                                .events = {.fd = fd, .fn = on_events, .ctx = l},
                                .look = {.fn = look, .ctx = g},
                                .looked_us = clock_boot_us()};
    if (e == 0)
        e = loop_add(&g->loop, &l->events, LOOP_READ);
    if (e)
        log_line(&g->log, LOG_LEVEL_ERROR, "watch-failed", "error=%d", -e);
    return fd;
}

/* --- where a path leads --- */

/* What is left of a path behind a link: its target, and the rest. False when that is too
 * long, or no link. */
static bool
read_link(const char *link, struct buf *rest)
{
    struct buf more = {0};
    char target[PATH_MAX];
    ssize_t n = readlink(link, target, sizeof(target));

    if (n <= 0 || (size_t)n == sizeof(target) || rest->len > PATH_MAX)
        return false;
    buf_add(&more, (struct span){target, (size_t)n});
    buf_add_byte(&more, '/');
    buf_add(&more, buf_span(rest));
    buf_fini(rest);
    *rest = more;
    return true;
}

/* One step on the way of a path. */
struct way {
    struct buf done; /* without links; "" is the root */
    struct buf rest;
    int links;
    bool is_lost; /* what comes is not there */
    guard_folder_fn *fn;
    void *ctx;
};

static void
tell_folder(const struct way *w, bool has_link)
{
    if (w->fn)
        w->fn(w->ctx, w->done.len ? w->done.ptr : "/", has_link);
}

/* Takes the next name off the rest; an empty one, and `.`, stay where they are. */
static void
go_on(struct way *w, struct span name)
{
    size_t before = w->done.len;
    struct stat st;

    if (name.len == 0 || span_eq(name, SPAN(".")))
        return;
    if (span_eq(name, SPAN(".."))) {
        ptrdiff_t slash = span_find_last(buf_span(&w->done), '/');

        buf_truncate(&w->done, slash > 0 ? (size_t)slash : 0);
        return;
    }
    buf_add_byte(&w->done, '/');
    buf_add(&w->done, name);
    if (w->is_lost || lstat(w->done.ptr, &st) != 0) {
        w->is_lost = true;
        return;
    }
    if (!S_ISLNK(st.st_mode)) {
        if (S_ISDIR(st.st_mode))
            tell_folder(w, false);
        return;
    }
    if (++w->links > LINKS_MAX || !read_link(w->done.ptr, &w->rest)) {
        w->is_lost = true;
        return;
    }
    buf_truncate(&w->done, before);
    tell_folder(w, true);
    if (w->rest.ptr[0] == '/')
        buf_truncate(&w->done, 0);
}

char *
guard_resolve(const char *path, guard_folder_fn *fn, void *ctx)
{
    struct way w = {.fn = fn, .ctx = ctx};

    buf_add_text(&w.rest, path);
    while (w.rest.len) {
        ptrdiff_t slash = span_find_byte(buf_span(&w.rest), '/');
        struct buf name = {0}, rest = {0};

        buf_add(&name,
                span_head(buf_span(&w.rest), slash < 0 ? w.rest.len : (size_t)slash));
        buf_add(&rest,
                span_from(buf_span(&w.rest), slash < 0 ? w.rest.len : (size_t)slash + 1));
        buf_fini(&w.rest);
        w.rest = rest;
        go_on(&w, buf_span(&name));
        buf_fini(&name);
    }
    buf_fini(&w.rest);
    return buf_detach(&w.done);
}

/* --- watching --- */

static void
watch_folder(void *ctx, const char *folder, bool has_link)
{
    const struct guard_lookout *l = ctx;

    /* A folder that is not there, or goes at this moment: the folder above is watched. */
    (void)inotify_add_watch(l->events.fd, folder,
                            SELF_EVENTS | (has_link ? (unsigned)NAME_EVENTS : 0));
}

/* Links, and what is made where they lead to: the sensor hears only of the folder that
 * the path names. */
static void
watch_path(struct guard_lookout *l, const char *path)
{
    char *real = guard_resolve(path, watch_folder, l);
    struct buf folder = {0};

    if (strcmp(real, path) != 0) {
        buf_add(&folder, guard_folder_of(span_of(real)));
        watch_folder(l, folder.ptr, true);
    }
    buf_fini(&folder);
    mem_free(real);
}

static void
on_look(void *ctx)
{
    guard_watch_paths(ctx);
}

void
guard_watch_paths(struct guard *g)
{
    if (guard_lookout_renew(&g->paths, g, on_look) < 0)
        return;
    for (size_t i = 0; i < g->config.source_count; i++)
        if (g->config.sources[i].kind == SOURCE_FILE)
            watch_path(&g->paths, g->config.sources[i].path);
    for (size_t i = 0; i < g->config.source_count; i++)
        if (g->config.sources[i].kind == SOURCE_FILE)
            guard_check_source(&g->sources[i]);
}
