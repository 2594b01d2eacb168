#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/load.h"
#include "ctl/migrate.h"

#define SYSTEMD_RUNS "/run/systemd/system"
#define SYSTEMCTL "/usr/bin/systemctl"

bool
migrate_has_systemd(void)
{
    return access(SYSTEMD_RUNS, F_OK) == 0 && access(SYSTEMCTL, X_OK) == 0;
}

/* A fixed environment: what is run is run as root. Without an `input` (-1) there is
 * nothing to read. */
static int
spawn(const char *const *argv, int input, int output, pid_t *pid)
{
    /* posix_spawn() writes to none of them; its type is older than const. */
    union {
        const char *const *ours;
        char *const *theirs;
    } words = {.ours = argv};
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *environment[] = {path, locale, NULL};
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return rc;
    if (input < 0)
        rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                              O_RDONLY, 0);
    else
        rc = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    if (rc == 0)
        rc = posix_spawn(pid, argv[0], &actions, NULL, words.theirs, environment);
    (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
    return rc;
}

/* A file in memory: whoever reads it slowly stops nobody. */
static int
input_of(struct span input)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    ssize_t n = 0;

    for (; fd >= 0 && input.len; input = span_from(input, (size_t)n)) {
        n = write(fd, input.ptr, input.len);
        if (n < 0 && errno != EINTR) {
            (void)close(fd); /* nothing of it is used */
            return -1;
        }
        n = n < 0 ? 0 : n;
    }
    if (fd >= 0)
        (void)lseek(fd, 0, SEEK_SET); /* cannot fail here */
    return fd;
}

/* Runs it with `input`, or -1, and reads what it says. */
static bool
run(const char *const *argv, int input, struct buf *said)
{
    char piece[4096];
    int pipes[2], status = -1, rc;
    pid_t pid = -1;
    ssize_t n;

    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    rc = spawn(argv, input, pipes[1], &pid);
    (void)close(pipes[1]); /* the child's */
    while (rc == 0 &&
           ((n = read(pipes[0], piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            buf_add(said, (struct span){piece, (size_t)n});
    (void)close(pipes[0]); /* at its end */
    if (rc != 0) {
        buf_printf(said, "%s: %s", argv[0], strerror(rc));
        return false;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
migrate_run(const char *const *argv, struct buf *said)
{
    return run(argv, -1, said);
}

bool
migrate_run_fed(const char *const *argv, struct span input, struct buf *said)
{
    int fd = input_of(input);
    bool is_good;

    if (fd < 0) {
        buf_printf(said, "%s: %s", argv[0], strerror(errno));
        return false;
    }
    is_good = run(argv, fd, said);
    (void)close(fd); /* a memfd */
    return is_good;
}

bool
migrate_systemctl(const char *verb, const char *unit, struct buf *said)
{
    const char *argv[] = {SYSTEMCTL, "--quiet", verb, unit, NULL};

    return migrate_run(argv, said);
}

bool
migrate_answers(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    bool is_there;
    int fd;

    if (!span_cstr(span_of(path), name.sun_path, sizeof(name.sun_path)))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    is_there = connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0 ||
               errno == EAGAIN; /* its queue is full */
    (void)close(fd);            /* nothing was said */
    return is_there;
}

const char *
migrate_config_directory(const struct ctl_args *args)
{
    return args->given[OPT_CONFIG] ? args->value[OPT_CONFIG] : CONFIG_DIRECTORY;
}
