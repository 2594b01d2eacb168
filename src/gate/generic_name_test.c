#include "unit.h"

#include "gate/generic_name.h"

static const struct {
    const char *name, *client;
    bool is_generic;
} rows[] = {
    {"198-51-100-7.example.net", "198.51.100.7", true},
    {"7.100.51.198.static.example.net", "198.51.100.7", true},
    {"host198x51x100.example.net", "198.51.100.7", true},
    {"c-051-100-007.example.net", "198.51.100.7", true},
    {"ip198051100007.example.net", "198.51.100.7", true},
    {"pC6336407.example.net", "198.51.100.7", true},
    {"xc6336407ff.example.net", "198.51.100.7", true},
    {"198-51-100-7.example.co.uk", "198.51.100.7", true},
    {"a4.dyn.example.net", "198.51.100.7", true},
    {"Dialup-77.example.net", "198.51.100.7", true},
    {"host.ADSL2.example.net.", "198.51.100.7", true},
    {"2001-db8-0-7-1-2-3-4.example.net", "2001:db8:0:7:1:2:3:4", true},
    {"x20010db800000007x.example.net", "2001:db8:0:7:1:2:3:4", true},
    {"20010DB8000000070001000200030004.example.net", "2001:db8:0:7:1:2:3:4", true},
    {"pool7.example.net", NULL, true},
    /* What is in the name of the owner is not asked. */
    {"host.dsl-example.net", "198.51.100.7", false},
    {"host.198-51-100-7.net", "198.51.100.7", false},
    {"dyn.example", "198.51.100.7", false},
    /* Two octets are not enough: large senders number their servers so. */
    {"a100-7.example.net", "198.51.100.7", false},
    {"v51-100.example.net", "198.51.100.7", false},
    {"198-51-7-100.example.net", "198.51.100.7", false},
    {"1198-51-100.example.net", "198.51.100.7", false},
    {"mail-198-51-100-7.example.net", "198.51.100.7", false},
    {"mx7.pool.example.net", "198.51.100.7", false},
    {"dyn.host.example.net", "198.51.100.7", false},
    {"dynamo7.example.net", "198.51.100.7", false},
    {"2001-db8-0.example.net", "2001:db8:0:7:1:2:3:4", false},
    {"20010db80000000.example.net", "2001:db8:0:7:1:2:3:4", false},
    {"198-51-100-7.example.net", "2001:db8::7", false},
    {"198-51-100-7.example.net", NULL, false},
    {"unknown", "198.51.100.7", false},
    {"", "198.51.100.7", false},
    {"no name-198-51-100-7.example", "198.51.100.7", false},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.net", "2001:db8::7", false},
    {"000000000000000000000000000000000000.example.net", "2001:db8::7", false},
};

static void
test_rows(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct addr a = {0};

        if (rows[i].client)
            assert_true(addr_parse(span_of(rows[i].client), &a));
        if (generic_name_is(span_of(rows[i].name), &a) != rows[i].is_generic)
            fail_msg("%s %s", rows[i].name, rows[i].client);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows)};

    return RUN(tests);
}
