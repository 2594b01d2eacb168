#include "unit.h"

#include "base/ascii.h"
#include "base/hash.h"

static struct hash_short_key
fixed_key(void)
{
    struct hash_short_key key = {0};
    uint64_t x = 1;

    for (size_t i = 0; i < ARRAY_LEN(key.of); i++)
        key.of[i] = x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return key;
}

/* Every bit of every length says something, wherever the text lies. */
static void
test_every_bit(void **state UNUSED)
{
    const struct hash_short_key key = fixed_key();
    uint8_t text[HASH_SHORT_MAX + 1] = {0}, moved[HASH_SHORT_MAX + 1];

    for (size_t len = 1; len <= HASH_SHORT_MAX; len++) {
        uint32_t plain = hash_short(&key, text, len);

        for (size_t bit = 0; bit < len * 8; bit++) {
            text[bit / 8] ^= (uint8_t)(1U << bit % 8);
            memcpy(moved + 1, text, len);
            assert_int_not_equal(hash_short(&key, text, len), plain);
            assert_int_equal(hash_short(&key, text, len),
                             hash_short(&key, moved + 1, len));
            text[bit / 8] = 0;
        }
        text[len] = 0xFF; /* what is behind says nothing */
        assert_int_equal(hash_short(&key, text, len), plain);
        text[len] = 0;
    }
}

/* Addresses in a row, as many as there are slots: a place of its own for most of them. */
static void
test_row(void **state UNUSED)
{
    enum { COUNT = 4096 };
    const struct hash_short_key key = fixed_key();
    static bool is_taken[COUNT];
    uint32_t taken = 0;

    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t address[18] = {4, 32, 198, 18, (uint8_t)(i >> 8), (uint8_t)i};
        uint32_t slot = hash_short(&key, address, sizeof(address)) % COUNT;

        taken += !is_taken[slot];
        is_taken[slot] = true;
    }
    /* 1 - 1/e of them, were it chance. */
    assert_in_range(taken, COUNT * 55 / 100, COUNT * 75 / 100);
}

static void
test_keys_are_drawn(void **state UNUSED)
{
    struct hash_short_key a, b;

    hash_short_init(&a);
    hash_short_init(&b);
    assert_memory_not_equal(&a, &b, sizeof(a));
}

/* The example of the paper (appendix A), all lengths about a word, and both at once. */
static void
test_siphash(void **state UNUSED)
{
    const struct hash_key key = {UINT64_C(0x0706050403020100),
                                 UINT64_C(0x0f0e0d0c0b0a0908)};
    uint8_t text[64];
    uint64_t before = 0, both[2];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)i;
    assert_true(hash_bytes(key, text, 15) == UINT64_C(0xa129ca6149be45e5));
    for (size_t len = 0; len <= sizeof(text); len++) {
        struct hash_key keys[2] = {key, hash_random_key()};

        hash_bytes_twice(keys, len ? text : NULL, len, both);
        assert_true(both[0] == hash_bytes(keys[0], text, len));
        assert_true(both[1] == hash_bytes(keys[1], text, len));
        assert_true(both[0] != before && both[0] != both[1]);
        before = both[0];
    }
}

/* Every byte at every place of the first words, and all lengths about them. */
static void
test_lower(void **state UNUSED)
{
    const struct hash_key key = {1, 2};
    char text[40], small[40];

    for (unsigned n = 0; n < 256 * sizeof(text); n++) {
        for (size_t i = 0; i < sizeof(text); i++) {
            text[i] = (char)(n / sizeof(text) + i * (n % 7));
            small[i] = ascii_lower(text[i]);
        }
        assert_true(hash_bytes_lower(key, text, n % sizeof(text)) ==
                    hash_bytes(key, small, n % sizeof(text)));
    }
    assert_true(hash_bytes_lower(key, NULL, 0) == hash_bytes(key, NULL, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_every_bit), TEST(test_row),
                                       TEST(test_keys_are_drawn), TEST(test_siphash),
                                       TEST(test_lower)};

    return RUN(tests);
}
