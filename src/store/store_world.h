/* store_world: a folder that holds a store, for the tests of one file. */
#pragma once

#include "unit.h"

#include <unistd.h>

#include "store/store.h"

static char folder[] = "/tmp/komainu-store-XXXXXX";
static struct buf why; /* what the last one that was opened says */

static inline struct store *
open_store_as(enum store_opened expected)
{
    struct store *s;

    buf_clear(&why);
    assert_int_equal(store_open(folder, &s, &why), expected);
    return s;
}

static inline struct store *
open_store(void)
{
    return open_store_as(STORE_OPENED);
}

static inline struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static inline int
make_folder(void **state UNUSED)
{
    return mkdtemp(folder) ? 0 : -1;
}

static inline int
remove_folder(void **state UNUSED)
{
    static const char *const names[] = {"judge.db", "judge.db-wal", "judge.db-shm",
                                        "judge.db.damaged"};
    char path[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path); /* what is left is told by rmdir() */
    }
    buf_fini(&why);
    return rmdir(folder);
}
