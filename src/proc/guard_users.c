#include "guard_children.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Fixed, and of no user: ids that no distribution hands out. */
enum { ID_FIRST = 70200 };

static struct guard_user
fixed_user(enum wire_role role)
{
    static const uid_t ids[] = {
        [ROLE_SENSOR] = ID_FIRST + 1,   [ROLE_JUDGE] = ID_FIRST + 2,
        [ROLE_ENFORCER] = ID_FIRST + 3, [ROLE_JOURNAL] = ID_FIRST + 4,
        [ROLE_RESOLVER] = ID_FIRST + 5, [ROLE_COMPAT] = ID_FIRST + 6,
        [ROLE_GATE] = ID_FIRST + 7,     [ROLE_SHARE] = ID_FIRST + 8,
        [ROLE_REPORTER] = ID_FIRST + 9};

    must((size_t)role < ARRAY_LEN(ids) && ids[role]);
    return (struct guard_user){ids[role], ids[role]};
}

struct guard_user
guard_user(enum wire_role role)
{
    struct guard_user user = fixed_user(role);
    /* The file and not the name service: no library of it, and no network, in a process
     * of root. */
    FILE *users = fopen("/etc/passwd", "re");
    const struct passwd *entry;
    char name[64];

    (void)snprintf(name, sizeof(name), "komainu-%s", wire_role_name(role));
    while (users && (entry = fgetpwent(users)))
        if (strcmp(entry->pw_name, name) == 0 && entry->pw_uid && entry->pw_gid) {
            user = (struct guard_user){entry->pw_uid, entry->pw_gid};
            break;
        }
    if (users)
        (void)fclose(users); /* only read */
    return user;
}

/* A regular file of the old owner that has no other name: its folder was in the hands of
 * a role, which may have put anything there. */
static void
adopt_file(int folder, const char *name, uid_t old, struct guard_user user)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == old &&
        st.st_nlink == 1 && fchown(fd, user.uid, user.gid) != 0)
        (void)fprintf(stderr, "komainud: cannot give %s to its new user\n", name);
    (void)close(fd); /* only its owner was changed */
}

void
guard_adopt(const char *path, enum wire_role role)
{
    struct guard_user user = guard_user(role), old = fixed_user(role);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const struct dirent *entry;
    struct stat st;
    DIR *folder;

    if (fd < 0)
        return; /* not there yet */
    if (user.uid == old.uid || fstat(fd, &st) != 0 || st.st_uid != old.uid ||
        fchown(fd, user.uid, user.gid) != 0) {
        (void)close(fd); /* as it was */
        return;
    }
    folder = fdopendir(fd);
    while (folder && (entry = readdir(folder)))
        adopt_file(fd, entry->d_name, old.uid, user);
    if (folder)
        (void)closedir(folder); /* and fd with it */
}
