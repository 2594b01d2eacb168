/* gate_postgrey: the gate under the name of postgrey, by postgrey's options. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/postgrey_options.h"
#include "gate.h"

enum {
    LOOK_MS = 20, /* how often the one who waits looks whether the gate serves */
    PATIENCE_MS = 30000,
};

static int
fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "postgrey: %s: %s\n", what, why);
    return 1;
}

/* The gate becomes a user with his own group, and no other. */
static bool
is_group_of(const char *user, const char *group)
{
    const struct passwd *u = getpwnam(user);
    const struct group *g;

    if (!u || !group)
        return true; /* who is not there the gate tells */
    g = getgrnam(group);
    return g && g->gr_gid == u->pw_gid;
}

/* Serves when its control socket does. */
static bool
does_serve(const char *folder)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool does;

    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/gate.sock", folder);
    does = fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
    if (fd >= 0)
        (void)close(fd); /* nothing was sent */
    return does;
}

/* The status of the one who was called: 0 once the gate serves, 1 when it has ended. */
static int
wait_for_gate(int alive, const char *folder)
{
    struct pollfd p = {.fd = alive, .events = POLLIN};

    for (int ms = 0; ms < PATIENCE_MS; ms += LOOK_MS) {
        if (poll(&p, 1, LOOK_MS) != 0)
            return 1; /* it has said why */
        if (does_serve(folder))
            return 0;
    }
    return fail("the gate", "does not serve");
}

/* Goes into the background: returns in the child alone. Standard error stays: our own log
 * goes there. */
static int
go_behind(const struct postgrey_options *o)
{
    int alive[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t pid;

    if (null < 0 || pipe2(alive, O_CLOEXEC) < 0)
        return fail("cannot go into the background", strerror(errno));
    pid = fork();
    if (pid < 0)
        return fail("cannot go into the background", strerror(errno));
    if (pid > 0) {
        (void)close(alive[1]); /* the child's: open as long as it lives */
        exit(wait_for_gate(alive[0], o->dbdir));
    }
    (void)close(alive[0]);
    if (setsid() < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return fail("cannot go into the background", strerror(errno));
    (void)close(null);
    return 0;
}

/* The gate reads its configuration from a file: from one in memory. */
static int
run(struct postgrey_options *o)
{
    static char run_name[] = "run", state[] = "--state", config[] = "-c",
                user[] = "--user", pid_file[] = "--pid-file";
    const char *name = o->user ? o->user : "postgrey";
    char path[64];
    char *argv[10] = {run_name, state, (char *)(uintptr_t)o->dbdir, config, path};
    int argc = 5;
    int fd = memfd_create("postgrey", MFD_CLOEXEC);

    if (fd < 0 || write(fd, o->text.ptr, o->text.len) != (ssize_t)o->text.len)
        return fail("cannot hand the options over", strerror(errno));
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (geteuid() == 0 && !is_group_of(name, o->group))
        return fail(o->group, "--group is that of the user, or leave it out");
    if (o->is_daemon && go_behind(o) != 0)
        return 1;
    if (geteuid() == 0) {
        argv[argc++] = user;
        argv[argc++] = (char *)(uintptr_t)name;
    }
    if (o->is_daemon && o->pidfile) {
        argv[argc++] = pid_file;
        argv[argc++] = (char *)(uintptr_t)o->pidfile;
    }
    return gate_alone(argc, argv);
}

int
gate_postgrey(int argc, char **argv)
{
    struct postgrey_options o;
    struct buf why = {0};

    switch (postgrey_options_read(argc, argv, &o, &why)) {
    case POSTGREY_RUN:
        return run(&o);
    case POSTGREY_HELP:
        (void)fputs(postgrey_usage, stdout);
        return 0;
    case POSTGREY_VERSION:
        (void)printf("postgrey 1.37 (komainu " KOMAINU_VERSION ")\n");
        return 0;
    case POSTGREY_WRONG:
        (void)fprintf(stderr, "%s\n%s", why.ptr, postgrey_usage);
        return 1;
    }
    return 1;
}
