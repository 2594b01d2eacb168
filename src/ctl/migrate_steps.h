/* What the parts of migrate share: the file that says that fail2ban's place is taken, and
 * steps.
 */
#pragma once

#include "ctl/migrate.h"

#define MIGRATE_GUARD "komainu.service"
#define MIGRATE_FAIL2BAN "fail2ban.service"

enum { MIGRATE_WAIT_S = 120, MIGRATE_LOOK_MS = 50 };

/* How things were before. */
struct migrate_before {
    bool guard_active, guard_enabled, fail2ban_active, fail2ban_enabled;
};

enum migrate_file { FILE_NONE, FILE_OURS, FILE_FOREIGN };

/* The path of the file, for the caller to free. */
NODISCARD char *migrate_file_path(const struct ctl_args *args);

/* Replaces it; `socket` NULL: fail2ban's clients are not served. False with the reason in
 * `error`. */
NODISCARD bool migrate_write_file(const char *path, const char *directory,
                                  const struct migrate_before *b, const char *socket,
                                  struct buf *error);

/* What stands there; of ours the states of before and the directory. */
enum migrate_file migrate_read_file(const char *path, struct migrate_before *b,
                                    struct buf *directory);

/* Says what errno says of the file; false. */
bool migrate_fail_file(const char *path, struct buf *error);

/* Runs systemctl and says `what` was done, or in o->error what it said. */
NODISCARD bool migrate_step(const char *verb, const char *unit, const char *what,
                            struct ctl_output *o);

/* Waits until the guard answers and the kernel has every ban; false after
 * MIGRATE_WAIT_S. */
NODISCARD bool migrate_wait_for_bans(const struct ctl_env *env,
                                     const struct ctl_args *args);
