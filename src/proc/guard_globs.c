#include "guard_sources.h"

#include <errno.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "conf/glob.h"
#include "conf/globs.h"
#include "guard_children.h"
#include "guard_diff.h"

enum {
    LOOK_GAP_US = 1000000,     /* between two walks through the folders */
    LOOK_ANYWAY_US = 60000000, /* for what no event tells of: links, network folders */
    CHANGE_GAP_US = 5000000,   /* between two restarts of the readers */
};

#define READERS (ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_JUDGE))
#define EVENTS (IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)

/* Watches a folder, or the nearest one above it that is there. */
static void
watch_folder(void *ctx, const char *path, bool is_folder)
{
    struct guard *g = ctx;
    struct buf name = {0};

    if (!is_folder)
        return;
    buf_add_text(&name, path);
    while (inotify_add_watch(g->globs.events.fd, name.ptr, EVENTS) < 0 && name.len > 1 &&
           (errno == ENOENT || errno == ENOTDIR)) {
        size_t above = guard_folder_of(buf_span(&name)).len;

        buf_truncate(&name, above);
    }
    buf_fini(&name);
}

static void
tell_left_out(struct guard *g, const struct globs_found *found)
{
    struct span rest = buf_span(&found->left_names), line;

    if (found->left_out == g->left_out_told)
        return;
    g->left_out_told = found->left_out;
    log_line(&g->log, LOG_LEVEL_WARNING, "sources-left-out",
             "count=%u most=%d what=\"more files fit the patterns of logpath than can be "
             "read\"",
             found->left_out, CONFIG_SOURCES_MAX);
    while (span_line(&rest, &line)) {
        struct buf name = {0};

        buf_escaped(&name, line);
        log_line(&g->log, LOG_LEVEL_WARNING, "source-left-out", "path=\"%s\"", name.ptr);
        buf_fini(&name);
    }
}

/* Places are kept by path: the readers go on where they were. */
static void
change_sources(struct guard *g, const struct globs_found *found)
{
    size_t before = g->config.source_count;
    int e;

    g->changed_us = clock_boot_us();
    guard_stop_roles(g, READERS);
    globs_apply(&g->config, found);
    log_line(&g->log, LOG_LEVEL_INFO, "sources-changed", "from=%zu to=%zu", before,
             g->config.source_count);
    e = guard_renew_sources(g);
    if (e) {
        log_line(&g->log, LOG_LEVEL_ERROR, "watch-failed", "error=%d", -e);
        g->status = 1;
        loop_stop(&g->loop); /* a guard that reads nothing is to be seen */
        return;
    }
    guard_start_roles(g, READERS);
}

static void
on_look(void *ctx)
{
    guard_watch_globs(ctx);
}

void
guard_watch_globs(struct guard *g)
{
    int64_t wait_us = g->changed_us + CHANGE_GAP_US - clock_boot_us();
    struct globs_found found;

    if (g->config.glob_count == 0 || guard_lookout_renew(&g->globs, g, on_look) < 0)
        return;
    g->globs.looked_us += LOOK_GAP_US; /* a walk costs more than a look at links */
    for (size_t i = 0; i < g->config.glob_count; i++)
        (void)glob_walk(g->config.globs[i].pattern, watch_folder, g); /* bounded */
    globs_find(&g->config, &found);
    tell_left_out(g, &found);
    if (!globs_has_new(&g->config, &found))
        loop_timer_set(&g->loop, &g->globs.look, LOOK_ANYWAY_US);
    else if (g->changed_us && wait_us > 0)
        guard_lookout_soon(&g->globs, wait_us);
    else
        change_sources(g, &found);
    globs_found_fini(&found);
}
