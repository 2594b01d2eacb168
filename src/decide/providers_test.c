#include "decide/providers.h"

#include "random.h"
#include "unit.h"

static struct addr
prefix(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static void
test_have(void **state UNUSED)
{
    const struct addr list[] = {prefix("203.0.113.0/24"), prefix("192.0.2.128/25"),
                                prefix("192.0.2.200"),    prefix("2001:db8:1::/48"),
                                prefix("192.0.2.128/26"), prefix("198.51.100.7")};
    static const struct {
        const char *who;
        bool is_there;
    } rows[] = {
        {"192.0.2.127", false},   {"192.0.2.128", true},     {"192.0.2.255", true},
        {"192.0.3.0", false},     {"203.0.113.9", true},     {"198.51.100.7", true},
        {"198.51.100.8", false},  {"198.51.100.0/24", true}, {"192.0.2.0/24", true},
        {"192.0.2.0/25", false},  {"192.0.0.0/20", true},    {"2001:db8:1::1", true},
        {"2001:db8:2::1", false}, {"2001:db8::/40", true},   {"2001:db8:1:2::/64", true},
        {"0.0.0.0", false},       {"255.255.255.255", false}};
    struct providers p = {0};
    struct addr who = prefix("192.0.2.128");

    assert_false(providers_have(&p, &who));
    providers_set(&p, list, ARRAY_LEN(list));
    assert_int_equal(p.count, 4); /* two are inside of another */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        who = prefix(rows[i].who);
        if (providers_have(&p, &who) != rows[i].is_there)
            fail_msg("%s", rows[i].who);
    }
    providers_set(&p, NULL, 0);
    who = prefix("192.0.2.128");
    assert_false(providers_have(&p, &who));
    providers_fini(&p);
}

static struct addr
any(uint64_t *random)
{
    uint8_t bytes[4] = {198, (uint8_t)(18 + random_below(random, 2)),
                        (uint8_t)random_below(random, 4),
                        (uint8_t)random_below(random, 256)};

    return addr_mask(addr_from_bytes(4, bytes), 8 + (unsigned)random_below(random, 25));
}

/* As a loop over the list says. */
static void
test_model(void **state UNUSED)
{
    uint64_t random = 20261122;
    struct addr list[50];
    struct providers p = {0};

    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < ARRAY_LEN(list); i++) {
            list[i] = any(&random);
            if (list[i].bits < 16)
                list[i] = list[0];
        }
        providers_set(&p, list + round % 50, ARRAY_LEN(list) - (size_t)round % 50);
        for (int i = 0; i < 200; i++) {
            struct addr who = any(&random);
            bool is_there = false;

            for (size_t k = (size_t)round % 50; k < ARRAY_LEN(list); k++)
                is_there = is_there || addr_overlaps(&list[k], &who);
            assert_int_equal(providers_have(&p, &who), is_there);
        }
    }
    providers_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_have), TEST(test_model)};

    return RUN(tests);
}
