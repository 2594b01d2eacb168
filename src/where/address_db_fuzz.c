#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "where/address_db.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* libmaxminddb 1.7.1 forgets what it has read of a file that it then refuses: some
 * thousand bytes each time a broken file is opened. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:libmaxminddb";
}

static void
ask(const struct address_db *db, const char *text)
{
    uint32_t entry, as = 0;
    struct addr who;
    char code[2];

    if (!addr_parse(span_of(text), &who))
        abort();
    if (!address_db_find(db, &who, &entry))
        return;
    if (address_db_number(db, entry, &as) && as == 0)
        abort();
    if (address_db_country(db, entry, code) && (code[0] < 'A' || code[1] > 'Z'))
        abort();
    if (address_db_name(db, entry).len > ADDRESS_DB_NAME_MAX)
        abort();
}

/* A file is opened by its name: this one is in memory. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const clients[] = {"198.51.100.7", "192.0.2.200", "2001:db8::1",
                                          "::", "ffff::1"};
    static const enum address_db_use uses[] = {ADDRESS_DB_NUMBERS, ADDRESS_DB_COUNTRIES};
    int fd = memfd_create("address_db", MFD_CLOEXEC);
    struct address_db *db;
    char path[64];

    if (fd < 0 || write(fd, data, len) != (ssize_t)len)
        abort();
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    for (size_t u = 0; u < ARRAY_LEN(uses); u++) {
        const char *wrong = address_db_open(&db, path, uses[u]);

        if (wrong && wrong[0] == '\0')
            abort();
        for (size_t i = 0; i < ARRAY_LEN(clients) && !wrong; i++)
            ask(db, clients[i]);
        if (!wrong)
            address_db_close(db);
    }
    (void)close(fd);
    return 0;
}
