/* journal_files: where the files of a systemd journal lie, and who may read them. Knows
 * nothing of what is in them.
 *
 * A journal is named as source/journal_place.h says. That of this machine has two
 * folders: the one that survives a reboot and the one that does not.
 */
#pragma once

#include <limits.h>
#include <sys/types.h>

#include "base/attr.h"

enum { JOURNAL_FOLDERS_MAX = 8 };

struct journal_folders {
    size_t count;
    char at[JOURNAL_FOLDERS_MAX][PATH_MAX];
};

/* The folders in which the files of a journal lie, each once. Of single files in more
 * folders than that, the others are left out. */
void journal_folders(const char *place, struct journal_folders *out);

/* Adds to the `*count` of at most `max` `groups` those that own the folders and what lies
 * right below them, each once; never group 0. */
void journal_groups(const char *place, gid_t *groups, size_t *count, size_t max);

enum journal_access {
    JOURNAL_NOWHERE, /* there is no such folder, or none of the files */
    JOURNAL_EMPTY,   /* no file of a journal is in it */
    JOURNAL_REFUSED, /* files are, and we may read none */
    JOURNAL_OPEN,    /* at least one can be read */
};

/* What this process may read of a journal. Linear in its files. */
enum journal_access journal_access(const char *place);
