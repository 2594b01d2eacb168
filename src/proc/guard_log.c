#include "guard_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard_children.h"

/* Opens the file of `logtarget`, which is made when it is not there. Its number, or a
 * negative errno. */
static int
open_target(const char *path, struct stat *st)
{
    int fd = open(path,
                  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
                      O_NONBLOCK,
                  0640);
    int e = 0;

    if (fd < 0)
        return -errno;
    if (fstat(fd, st) != 0)
        e = -errno;
    else if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
        e = -EINVAL; /* a pipe nobody reads, or a file that has another name elsewhere */
    if (e == 0)
        return fd;
    (void)close(fd); /* nothing was written */
    return e;
}

int
guard_try_log(const char *path)
{
    struct stat st;
    int fd = open_target(path, &st);

    if (fd < 0)
        return fd;
    (void)close(fd); /* nothing was written */
    return 0;
}

void
guard_send_log(struct guard *g)
{
    struct guard_child *judge = guard_child_of(g, ROLE_JUDGE);
    struct buf packet = {0};
    struct stat st = {0};
    int fd;

    if (!g->config.logtarget || !judge)
        return;
    fd = open_target(g->config.logtarget, &st);
    if (fd < 0) {
        if (fd != g->log_error)
            log_line(&g->log, LOG_LEVEL_ERROR, "logtarget-failed",
                     "path=\"%s\" reason=\"%s\"", g->config.logtarget, strerror(-fd));
        g->log_error = fd;
        return;
    }
    g->log_error = 0;
    g->log_device = st.st_dev;
    g->log_inode = st.st_ino;
    wire_put_log_fd(&packet, &(struct wire_log_fd){.is_first = !g->has_log_begun});
    g->has_log_begun = true;
    guard_send(judge, buf_span(&packet), fd);
    (void)close(fd); /* judge has it */
    buf_fini(&packet);
}

void
guard_check_log(struct guard *g)
{
    struct stat st;

    if (g->config.logtarget && (stat(g->config.logtarget, &st) != 0 ||
                                st.st_dev != g->log_device || st.st_ino != g->log_inode))
        guard_send_log(g);
}
