#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gate/as_db.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A file is opened by its name: this one is in memory. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const clients[] = {"198.51.100.7", "192.0.2.200", "2001:db8::1",
                                          "::", "ffff::1"};
    int fd = memfd_create("as_db", MFD_CLOEXEC);
    struct buf why = {0};
    struct as_db *db;
    char path[64];

    if (fd < 0 || write(fd, data, len) != (ssize_t)len)
        abort();
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    as_db_new(&db, path, NULL);
    if (as_db_refresh(db, &why) == AS_DB_BAD && why.len == 0)
        abort();
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        struct addr who;
        uint32_t as = 0;

        if (!addr_parse(span_of(clients[i]), &who))
            abort();
        if (as_db_find(db, &who, &as) && as == 0)
            abort();
    }
    as_db_free(db);
    buf_fini(&why);
    (void)close(fd);
    return 0;
}
