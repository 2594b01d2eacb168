/* journal_files: where the files of a systemd journal lie, and who may read them. Knows
 * nothing of what is in them.
 *
 * A journal is named by its folder; "" stands for that of this machine, which has two:
 * the one that survives a reboot and the one that does not.
 */
#pragma once

#include <sys/types.h>

#include "base/attr.h"

enum { JOURNAL_FOLDERS_MAX = 2 };

/* The folders of a journal; returns how many. `out` borrows from `folder`. */
size_t journal_folders(const char *folder, const char *out[JOURNAL_FOLDERS_MAX]);

/* Adds to the `*count` of at most `max` `groups` those that own the folders and what lies
 * right below them, each once; never group 0. */
void journal_groups(const char *folder, gid_t *groups, size_t *count, size_t max);

enum journal_access {
    JOURNAL_NOWHERE, /* there is no such folder */
    JOURNAL_EMPTY,   /* no file of a journal is in it */
    JOURNAL_REFUSED, /* files are, and we may read none */
    JOURNAL_OPEN,    /* at least one can be read */
};

/* What this process may read of a journal. Linear in its files. */
enum journal_access journal_access(const char *folder);
