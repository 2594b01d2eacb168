#include "where/address_db.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

/* Files that test/lib/komainu_test/mmdb.py has written. */
static const char *
sample(const char *name, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/fuzz/corpus/where-address_db/%s",
                   getenv("KOMAINU_SOURCE"), name);
    return path;
}

static struct address_db *
open_sample(const char *name, enum address_db_use use)
{
    struct address_db *db = NULL;
    char path[PATH_BYTES];

    assert_null(address_db_open(&db, sample(name, path), use));
    return db;
}

static bool
find(const struct address_db *db, const char *text, uint32_t *entry)
{
    struct addr who;

    assert_true(addr_parse(span_of(text), &who));
    return address_db_find(db, &who, entry);
}

static void
test_whose(void **state UNUSED)
{
    static const struct {
        const char *who;
        uint32_t number;
        const char *name, *country;
    } cases[] = {
        {"198.51.100.1", 64500, "Example Net KK", "JP"},
        {"203.0.113.1", 64503, "Example GmbH", "DE"},
        {"203.0.113.200", 64504, "Exemple <SARL>", "FR"},
        {"192.0.2.1", 64505, "", "US"},
        {"192.0.2.200", 0, "", ""},
        {"2001:db8::1", 64506, NULL, ""},
    };
    static const enum address_db_use uses[] = {ADDRESS_DB_NUMBERS, ADDRESS_DB_COUNTRIES};

    for (size_t u = 0; u < ARRAY_LEN(uses); u++) {
        struct address_db *db = open_sample("whose", uses[u]);

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            uint32_t entry, number = 0;
            char code[2];
            struct span country = {code, 2}, name;

            assert_true(find(db, cases[i].who, &entry));
            assert_int_equal(address_db_number(db, entry, &number), cases[i].number != 0);
            assert_int_equal(number, cases[i].number);
            if (!address_db_country(db, entry, code))
                country.len = 0;
            assert_true(span_eq(country, span_of(cases[i].country)));
            name = address_db_name(db, entry);
            if (cases[i].name)
                assert_true(span_eq(name, span_of(cases[i].name)));
            else
                assert_int_equal(name.len, ADDRESS_DB_NAME_MAX);
        }
        address_db_close(db);
    }
}

/* Addresses of one entry have the same, of others another. */
static void
test_entries(void **state UNUSED)
{
    struct address_db *db = open_sample("whose", ADDRESS_DB_NUMBERS);
    uint32_t first, second, other;
    struct addr none = {0};

    assert_true(find(db, "198.51.100.1", &first));
    assert_true(find(db, "198.51.100.255", &second));
    assert_true(find(db, "203.0.113.1", &other));
    assert_int_equal(first, second);
    assert_int_not_equal(first, other);
    assert_false(find(db, "8.8.8.8", &other));
    assert_false(find(db, "2001:db9::", &other));
    assert_false(address_db_find(db, &none, &other));
    address_db_close(db);
    address_db_close(NULL);
}

static void
test_use(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum address_db_use use;
        const char *wrong; /* NULL: nothing */
    } cases[] = {
        {"numbers", ADDRESS_DB_NUMBERS, NULL},
        {"countries", ADDRESS_DB_COUNTRIES, NULL},
        {"empty", ADDRESS_DB_NUMBERS, NULL},
        {"empty", ADDRESS_DB_COUNTRIES, NULL},
        {"numbers", ADDRESS_DB_COUNTRIES, "its entries have no country"},
        {"countries", ADDRESS_DB_NUMBERS, "its entries have no number of an AS"},
        {"nothing", ADDRESS_DB_NUMBERS, "No such file or directory"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address_db *db = NULL;
        char path[PATH_BYTES];
        const char *wrong =
            address_db_open(&db, sample(cases[i].name, path), cases[i].use);

        assert_int_equal(wrong != NULL, cases[i].wrong != NULL);
        assert_int_equal(db == NULL, cases[i].wrong != NULL);
        if (wrong)
            assert_true(span_starts(span_of(wrong), span_of(cases[i].wrong)));
        address_db_close(db);
    }
}

/* However much of a file there is: it is refused, or asked without harm. */
static void
test_cut(void **state UNUSED)
{
    char path[PATH_BYTES], bytes[4096];
    int fd = open(sample("whose", path), O_RDONLY | O_CLOEXEC), part;
    ssize_t len = read(fd, bytes, sizeof(bytes));
    struct address_db *db;
    uint32_t entry;
    size_t refused = 0;

    assert_true(len > 0 && len < (ssize_t)sizeof(bytes));
    (void)close(fd);
    for (size_t n = 0; n < (size_t)len; n += 7) {
        part = memfd_create("part", MFD_CLOEXEC);
        assert_true(part >= 0 && write(part, bytes, n) == (ssize_t)n);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", part);
        if (address_db_open(&db, path, ADDRESS_DB_NUMBERS)) {
            refused++;
        } else {
            (void)find(db, "198.51.100.1", &entry);
            address_db_close(db);
        }
        (void)close(part);
    }
    assert_true(refused > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_whose), TEST(test_entries),
                                       TEST(test_use), TEST(test_cut)};

    return RUN(tests);
}
