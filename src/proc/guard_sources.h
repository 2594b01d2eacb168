/* guard_sources: what komainud does for the sources: opens logs, follows links on their
 * way, expands patterns, binds sockets, and hands all of it to the sensor.
 *
 * Of names in folders it does nothing but compare them with what it looks for.
 */
#pragma once

#include "guard.h"

enum { GUARD_SIBLINGS_MAX = 14 }; /* rotated files of a source offered to the sensor */

/* A rotated file beside a log. */
struct guard_sibling {
    char *path;
    int64_t mtime_ns;
};

/* --- guard_sources.c --- */

/* Makes the inotify instances and binds the sockets of the configuration. 0, or a
 * negative errno with a message in `why`. */
NODISCARD int guard_prepare_sources(struct guard *g, struct buf *why);

/* Sends the sensor every source, descriptors and watches, and the reporter those that it
 * counts. */
void guard_send_sources(struct guard *g);

/* The sensor asks for source `index` anew. Bounded in rate. */
void guard_reopen(struct guard *g, uint16_t index);

/* Removes the sockets' names. */
void guard_close_sources(struct guard *g);

/* Sends a file source again if its path leads to another file than when it was sent, or
 * can be opened now. */
void guard_check_source(struct guard_source *s);

/* The configuration has other sources from now on, the fixed ones excepted; no reader
 * runs. 0, or a negative errno: there is no inotify instance. */
NODISCARD int guard_renew_sources(struct guard *g);

/* Before a new configuration: binds what `new` reads and g->config does not, so that what
 * cannot be is known in time. 0 with a socket (or -1) for each source in `fds`, room for
 * CONFIG_SOURCES_MAX; or a negative errno with a message in `why`, and all is as it was.
 */
NODISCARD int guard_bind_new(struct guard *g, const struct config *new, int *fds,
                             struct buf *why);

/* Closes what guard_bind_new() has bound, when it is not to be used after all. */
void guard_unbind_new(struct guard *g, const struct config *new, int *fds);

/* `old` was the configuration before g->config, for which guard_bind_new() gave `fds`:
 * the sources are those from now on; no reader runs. 0, or a negative errno as
 * guard_renew_sources(). */
NODISCARD int guard_take_new(struct guard *g, const struct config *old, const int *fds);

/* The folder of a path: "/" when there is no other. */
struct span guard_folder_of(struct span path);

/* --- guard_sockets.c --- */

/* Binds what is no file: 0 with the socket, or -1 for a file, in `*out`; or a negative
 * errno with a message in `why`. */
NODISCARD int guard_bind_source(const struct config_source *c, int *out, struct buf *why);

/* --- guard_siblings.c --- */

/* Adds the rotated, not packed files beside `path` to the `count` in `s`: the newest
 * remain, newest first. Returns how many there are; their paths are the caller's. */
size_t guard_find_siblings(struct span path, struct guard_sibling s[GUARD_SIBLINGS_MAX],
                           size_t count);

/* --- guard_paths.c: links on the way to a log --- */

/* A folder on the way of a path; `has_link`: a name in it is a link, so what is made in
 * it matters, not only what becomes of itself. */
typedef void guard_folder_fn(void *ctx, const char *folder, bool has_link);

/* Where a path leads through all its links, whether that is there or not; the caller
 * frees it. `fn` (unless NULL) hears of the folders. */
char *guard_resolve(const char *path, guard_folder_fn *fn, void *ctx);

/* Watches the ways of all logs (anew), and looks at once for what has changed. */
void guard_watch_paths(struct guard *g);

/* Begins, or begins anew, an inotify instance; its number, or -1 after saying so. */
int guard_lookout_renew(struct guard_lookout *l, struct guard *g, loop_timer_fn *look);

/* Closes it and disarms its timer. */
void guard_lookout_close(struct guard_lookout *l);

/* Looks after `delay_us`, unless that is due before. */
void guard_lookout_soon(struct guard_lookout *l, int64_t delay_us);

/* --- guard_globs.c: files that come and go --- */

/* Watches the folders of all patterns, and looks for new files at once. */
void guard_watch_globs(struct guard *g);
