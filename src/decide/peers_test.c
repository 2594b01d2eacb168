/* What follows from an address, whoever stood in its place before. */
#include "unit.h"

#include "decide/peers.h"
#include "decide/trust.h"

static const struct hash_key tags = {1, 2};

static void
check(struct peers *p, const struct addr *who, struct hash_key key)
{
    const struct addr place = trust_place(who);
    struct peers_entry *one = peers_of(p, who);

    assert_true(addr_eq(&one->who, who));
    assert_true(addr_eq(&one->place, &place));
    assert_int_equal(one->is_private, addr_is_private(who));
    assert_int_equal(peers_tag(p, one), (uint32_t)hash_bytes(key, who, sizeof(*who)));
    assert_true(peers_place_tag(p, one) == hash_bytes(key, &place, sizeof(place)));
    assert_true(peers_of(p, who) == one);
}

/* Many more than there are places, forth and back, so that each is found again and has
 * been pushed out; with nobody, too. */
static void
test_many(void **state UNUSED)
{
    enum { MANY = 8 * PEERS_KNOWN };
    struct peers p;

    peers_init(&p);
    peers_set_tags(&p, tags);
    check(&p, &(struct addr){0}, tags);
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        uint32_t n = i < MANY ? i : 2 * MANY - 1 - i;
        uint8_t bytes[16] = {0x20, 0x01, 0x0D, 0xB8, (uint8_t)(n >> 8), (uint8_t)n};
        struct addr v6 = addr_from_bytes(6, bytes), v4;

        bytes[0] = n % 2 ? 10 : 198;
        bytes[1] = 18;
        bytes[2] = (uint8_t)(n >> 8);
        bytes[3] = (uint8_t)n;
        v4 = addr_from_bytes(4, bytes);
        check(&p, &v4, tags);
        check(&p, &v6, tags);
        check(&p, &v4, tags);
    }
    peers_fini(&p);
}

static void
test_another_key(void **state UNUSED)
{
    const uint8_t bytes[] = {192, 0, 2, 1};
    const struct addr who = addr_from_bytes(4, bytes);
    struct peers p;

    peers_init(&p);
    check(&p, &who, (struct hash_key){0});
    peers_set_tags(&p, tags);
    check(&p, &who, tags);
    peers_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_many), TEST(test_another_key)};

    return RUN(tests);
}
