/* The examples of FIPS 180's publisher, and lengths around the end of a block against the
 * hash of the same bytes that sha1sum(1) gave. */
#include "unit.h"

#include "base/sha1.h"

static void
test_known(void **state UNUSED)
{
    static const struct {
        const char *text, *hash;
    } rows[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    };
    char hash[SHA1_HEX];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sha1_hex(span_of(rows[i].text), hash);
        assert_string_equal(hash, rows[i].hash);
    }
}

static void
test_lengths(void **state UNUSED)
{
    static const struct {
        size_t len;
        const char *hash;
    } rows[] = {
        {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
        {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
        {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
        {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
        {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
        {119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"},
        {120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
        {128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"},
        {200, "e61cfffe0d9195a525fc6cf06ca2d77119c24a40"},
    };
    char text[200], hash[SHA1_HEX];

    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sha1_hex((struct span){text, rows[i].len}, hash);
        assert_string_equal(hash, rows[i].hash);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_known), TEST(test_lengths)};

    return RUN(tests);
}
