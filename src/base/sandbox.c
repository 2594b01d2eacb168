#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
set_capabilities(uint32_t mask)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{mask, mask, 0}, {0, 0, 0}};

    return syscall(SYS_capset, &head, data) == 0 ? 0 : -errno;
}

/* Whether the process is in exactly these groups. */
static bool
has_groups(const struct sandbox_user *user)
{
    gid_t groups[SANDBOX_GROUPS_MAX + 1];
    int n = getgroups(ARRAY_LEN(groups), groups);

    if (n < 0 || (size_t)n != user->group_count)
        return false;
    for (size_t i = 0; i < user->group_count; i++)
        if (groups[i] == 0 || user->groups[i] == 0)
            return false;
    return true;
}

/* Whether the ids are really gone and cannot be had back. */
static bool
is_dropped(const struct sandbox_user *user)
{
    uid_t r, e, s, id = user->id;
    gid_t gr, ge, gs, group = user->group;

    if (getresuid(&r, &e, &s) != 0 || getresgid(&gr, &ge, &gs) != 0)
        return false;
    if (r != id || e != id || s != id || gr != group || ge != group || gs != group ||
        id == 0 || group == 0)
        return false;
    return setuid(0) != 0 && setgid(0) != 0 && has_groups(user);
}

int
sandbox_become(const struct sandbox_user *user)
{
    bool has_net_admin = user->has_net_admin;
    pid_t parent = getppid();
    gid_t group = user->group;
    uid_t id = user->id;
    int e;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    if (geteuid() != 0)
        return 0;
    if (prctl(PR_SET_KEEPCAPS, has_net_admin ? 1 : 0, 0, 0, 0) != 0)
        return -errno;
    for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (!(has_net_admin && cap == CAP_NET_ADMIN) &&
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL)
            return -errno;
    if (setgroups(user->group_count, user->groups) != 0 ||
        setresgid(group, group, group) != 0 || setresuid(id, id, id) != 0)
        return -errno;
    e = set_capabilities(has_net_admin ? 1U << CAP_NET_ADMIN : 0);
    if (e)
        return e;
    if (!is_dropped(user))
        return -EPERM;
    /* Changing ids clears the parent-death signal, so it is set here; the parent may be
     * gone by now. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return -errno;
    return getppid() == parent ? 0 : -ESRCH;
}

#define READ_ACCESS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_ACCESS                                                                     \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                       \
     LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* Everything that the first version of Landlock (5.13) knows. */
#define ALL_ACCESS ((UINT64_C(1) << 13) - 1)

static int
allow_folder(int ruleset, const char *folder, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access};
    int e;

    rule.parent_fd = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (rule.parent_fd < 0)
        return -errno;
    e = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0
            ? 0
            : -errno;
    (void)close(rule.parent_fd); /* a path only */
    return e;
}

/* What cannot be opened now stays shut. */
static int
allow_if_there(int ruleset, const char *folder, uint64_t access)
{
    int e = allow_folder(ruleset, folder, access);

    return e == -ENOENT || e == -ENOTDIR || e == -EACCES ? 0 : e;
}

static bool
allow_folders(int ruleset, const struct sandbox_folders *f)
{
    int e = 0;

    if (f->writable)
        e = allow_folder(ruleset, f->writable, READ_ACCESS | WRITE_ACCESS);
    for (size_t i = 0; i < f->readable_count && e == 0; i++)
        e = allow_if_there(ruleset, f->readable[i], READ_ACCESS);
    for (size_t i = 0; i < f->removable_count && e == 0; i++)
        e = allow_if_there(ruleset, f->removable[i], LANDLOCK_ACCESS_FS_REMOVE_FILE);
    return e == 0;
}

enum sandbox_files_result
sandbox_files(const struct sandbox_folders *folders)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_ACCESS};
    enum sandbox_files_result result = SANDBOX_FILES_FAILED;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
                               sizeof(attr.handled_access_fs), 0);

    if (ruleset < 0)
        return errno == ENOSYS || errno == EOPNOTSUPP ? SANDBOX_NO_LANDLOCK
                                                      : SANDBOX_FILES_FAILED;
    if (allow_folders(ruleset, folders) &&
        syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
        result = SANDBOX_FILES_SHUT;
    (void)close(ruleset); /* the domain holds it now */
    return result;
}

static const struct {
    unsigned set;
    int call;
} allowed[] = {
    {SANDBOX_LOOP, SCMP_SYS(epoll_wait)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_pwait)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_ctl)},
    {SANDBOX_LOOP, SCMP_SYS(read)},
    {SANDBOX_LOOP, SCMP_SYS(write)},
    {SANDBOX_LOOP, SCMP_SYS(close)},
    {SANDBOX_LOOP, SCMP_SYS(brk)},
    {SANDBOX_LOOP, SCMP_SYS(mremap)},
    {SANDBOX_LOOP, SCMP_SYS(munmap)},
    {SANDBOX_LOOP, SCMP_SYS(madvise)},
    {SANDBOX_LOOP, SCMP_SYS(futex)},
    {SANDBOX_LOOP, SCMP_SYS(clock_gettime)},
    {SANDBOX_LOOP, SCMP_SYS(gettimeofday)},
    {SANDBOX_LOOP, SCMP_SYS(getrandom)},
    {SANDBOX_LOOP, SCMP_SYS(rt_sigreturn)},
    {SANDBOX_LOOP, SCMP_SYS(rt_sigprocmask)},
    {SANDBOX_LOOP, SCMP_SYS(restart_syscall)},
    {SANDBOX_LOOP, SCMP_SYS(getpid)},
    {SANDBOX_LOOP, SCMP_SYS(gettid)},
    {SANDBOX_LOOP, SCMP_SYS(tgkill)}, /* abort() */
    {SANDBOX_LOOP, SCMP_SYS(exit)},
    {SANDBOX_LOOP, SCMP_SYS(exit_group)},
    {SANDBOX_LOOP,
     SCMP_SYS(sysinfo)}, /* qsort() of more than a KiB asks for the memory */
    {SANDBOX_MESSAGES, SCMP_SYS(sendmsg)},
    {SANDBOX_MESSAGES, SCMP_SYS(sendto)},
    {SANDBOX_MESSAGES, SCMP_SYS(recvmsg)},
    {SANDBOX_MESSAGES, SCMP_SYS(recvfrom)},
    {SANDBOX_MESSAGES, SCMP_SYS(poll)},
    {SANDBOX_MESSAGES, SCMP_SYS(ppoll)},
    {SANDBOX_LOGS, SCMP_SYS(pread64)},
    {SANDBOX_LOGS, SCMP_SYS(fstat)},
    {SANDBOX_LOGS, SCMP_SYS(newfstatat)}, /* what the C library's fstat() calls */
    {SANDBOX_LOGS, SCMP_SYS(lseek)},
    {SANDBOX_DATABASE, SCMP_SYS(openat)},
    {SANDBOX_DATABASE, SCMP_SYS(open)},
    {SANDBOX_DATABASE, SCMP_SYS(stat)},
    {SANDBOX_DATABASE, SCMP_SYS(lstat)},
    {SANDBOX_DATABASE, SCMP_SYS(access)},
    {SANDBOX_DATABASE, SCMP_SYS(faccessat)},
    {SANDBOX_DATABASE, SCMP_SYS(faccessat2)},
    {SANDBOX_DATABASE, SCMP_SYS(rename)},
    {SANDBOX_DATABASE, SCMP_SYS(renameat)},
    {SANDBOX_DATABASE, SCMP_SYS(renameat2)},
    {SANDBOX_DATABASE, SCMP_SYS(unlink)},
    {SANDBOX_DATABASE, SCMP_SYS(unlinkat)},
    {SANDBOX_DATABASE, SCMP_SYS(pread64)},
    {SANDBOX_DATABASE, SCMP_SYS(pwrite64)},
    {SANDBOX_DATABASE, SCMP_SYS(io_submit)},
    {SANDBOX_DATABASE, SCMP_SYS(io_getevents)},
    {SANDBOX_DATABASE, SCMP_SYS(io_destroy)},
    {SANDBOX_DATABASE, SCMP_SYS(fdatasync)},
    {SANDBOX_DATABASE, SCMP_SYS(fsync)},
    {SANDBOX_DATABASE, SCMP_SYS(fcntl)},
    {SANDBOX_DATABASE, SCMP_SYS(ftruncate)},
    {SANDBOX_DATABASE, SCMP_SYS(lseek)},
    {SANDBOX_DATABASE, SCMP_SYS(getcwd)},
    {SANDBOX_DATABASE, SCMP_SYS(geteuid)},
    {SANDBOX_DATABASE, SCMP_SYS(fchmod)},
    {SANDBOX_DATABASE, SCMP_SYS(fchown)},
    {SANDBOX_DATABASE, SCMP_SYS(readlink)},
    {SANDBOX_DATABASE, SCMP_SYS(utimensat)},
    {SANDBOX_DATABASE, SCMP_SYS(clock_nanosleep)},
    {SANDBOX_DATABASE, SCMP_SYS(fstat)},
    {SANDBOX_DATABASE, SCMP_SYS(newfstatat)},
    {SANDBOX_ACCEPT, SCMP_SYS(accept4)},
    {SANDBOX_STREAMS, SCMP_SYS(accept4)},
    {SANDBOX_PAIRS, SCMP_SYS(socketpair)},
    {SANDBOX_ACCEPT, SCMP_SYS(getsockopt)}, /* SO_PEERCRED */
    {SANDBOX_ACCEPT, SCMP_SYS(shutdown)},
    {SANDBOX_JOURNAL, SCMP_SYS(getdents64)},
    {SANDBOX_JOURNAL, SCMP_SYS(pread64)},
    {SANDBOX_JOURNAL, SCMP_SYS(fstat)},
    {SANDBOX_JOURNAL, SCMP_SYS(newfstatat)},
    {SANDBOX_JOURNAL, SCMP_SYS(fstatfs)},
    {SANDBOX_JOURNAL, SCMP_SYS(lseek)},
    {SANDBOX_JOURNAL, SCMP_SYS(fcntl)},
    {SANDBOX_JOURNAL, SCMP_SYS(inotify_init1)},
    {SANDBOX_JOURNAL, SCMP_SYS(inotify_add_watch)},
    {SANDBOX_JOURNAL, SCMP_SYS(inotify_rm_watch)},
    {SANDBOX_RESOLVER, SCMP_SYS(connect)},
    {SANDBOX_LOCAL, SCMP_SYS(connect)},
    {SANDBOX_RESOLVER, SCMP_SYS(sendto)},
    {SANDBOX_RESOLVER, SCMP_SYS(recvfrom)},
    {SANDBOX_RESOLVER, SCMP_SYS(writev)},
    {SANDBOX_RESOLVER, SCMP_SYS(getsockname)},
    {SANDBOX_RESOLVER, SCMP_SYS(setsockopt)},
    {SANDBOX_RESOLVER, SCMP_SYS(fcntl)},
    {SANDBOX_RESOLVER, SCMP_SYS(newfstatat)}, /* whether /etc/resolv.conf has changed */
};

#if KOMAINU_SANITIZED
/* The run time of ASan, UBSan and LSan. */
static const int sanitizer_calls[] = {
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(readlink),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),
    SCMP_SYS(prctl),
    SCMP_SYS(clone),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getdents64),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(wait4),
    SCMP_SYS(ptrace),
    SCMP_SYS(lseek),
    SCMP_SYS(pipe),
    SCMP_SYS(clone3),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(getppid),
    SCMP_SYS(kill),
    SCMP_SYS(stat),
    SCMP_SYS(ioctl),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(getuid),
    SCMP_SYS(fcntl),
};
#else
static const int sanitizer_calls[] = {SCMP_SYS(exit_group)};
#endif

/* UDP and TCP over IPv4 and IPv6: no raw, packet, netlink or local socket. */
static int
allow_internet(scmp_filter_ctx filter)
{
    static const unsigned families[] = {AF_INET, AF_INET6},
                          types[] = {SOCK_DGRAM, SOCK_STREAM};
    const unsigned mask = ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC);
    int e = 0;

    for (size_t i = 0; i < ARRAY_LEN(families) && e == 0; i++)
        for (size_t k = 0; k < ARRAY_LEN(types) && e == 0; k++)
            e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
                                 SCMP_A0(SCMP_CMP_EQ, families[i]),
                                 SCMP_A1(SCMP_CMP_MASKED_EQ, mask, types[k]));
    return e;
}

/* The calls that are allowed with any arguments. */
static int
allow_calls(scmp_filter_ctx filter, unsigned sets)
{
    int e = 0;

    for (size_t i = 0; i < ARRAY_LEN(allowed) && e == 0; i++)
        if (sets & allowed[i].set)
            e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i].call, 0);
    for (size_t i = 0; i < ARRAY_LEN(sanitizer_calls) && e == 0; i++)
        e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, sanitizer_calls[i], 0);
    return e;
}

int
sandbox_calls(unsigned sets)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int e = filter ? allow_calls(filter, sets) : -ENOMEM;

    /* A reader opens to read, whatever the kernel has of Landlock. */
    if (e == 0 && (sets & SANDBOX_JOURNAL))
        e = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
    if (e == 0 && (sets & SANDBOX_RESOLVER))
        e = allow_internet(filter);
    if (e == 0 && (sets & SANDBOX_LOCAL))
        e = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
            SCMP_A1(SCMP_CMP_MASKED_EQ, ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC),
                    SOCK_STREAM));
    /* Memory yes, code no: what is compiled is compiled. */
    if (e == 0 && !KOMAINU_SANITIZED)
        e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0)); /* 4: PROT_EXEC */
    if (e == 0)
        e = seccomp_load(filter);
    seccomp_release(filter);
    return e;
}
