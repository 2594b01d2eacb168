/* journal_place: which journal is meant, as a text of the configuration:
 *
 *   (empty)             this machine's own
 *   /folder             that in a folder
 *   files=/a,/b/x*.journal   single files; the names may be patterns of glob(7)
 *   namespace=NAME      this machine's, of a namespace of journald's
 *
 * and `flags=N;` in front, the number that sd_journal_open(3) is given.
 */
#pragma once

#include "base/span.h"

enum journal_kind { JOURNAL_OWN, JOURNAL_FOLDER, JOURNAL_FILES, JOURNAL_NAMESPACE };

struct journal_place {
    enum journal_kind kind;
    struct span text; /* the folder, the files, the name; borrowed */
    bool has_flags;
    int flags;
};

/* Reads a place; one that is none of the above is a folder that will not be found. */
struct journal_place journal_place_read(const char *text);

/* The next of the files; false: there is no more. */
NODISCARD bool journal_place_file(struct span *rest, struct span *file);

/* The folder of a file, up to the first part that is a pattern. Borrows. */
struct span journal_place_folder(struct span file);
