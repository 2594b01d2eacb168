#include "guard_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* A connection to syslog, by its socket. */
static int
open_syslog(const char *path, struct stat *st)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd, e = 0;

    if (strlen(path) >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    memcpy(to.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (stat(path, st) != 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        e = -errno;
    if (e == 0)
        return fd;
    (void)close(fd); /* nothing was sent */
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
    fd = g->config.log_facility == CONFIG_NO_FACILITY
             ? open_target(g->config.logtarget, &st)
             : open_syslog(g->config.logtarget, &st);
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
    wire_put_log_fd(&packet, &(struct wire_log_fd){.is_first = !g->has_log_begun,
                                                   .facility = g->config.log_facility});
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
