#include "unit.h"

#include "base/ascii.h"

/* Every byte, at every place in blocks of every length up to two of them. */
static void
test_lower_all(void **state UNUSED)
{
    char bytes[40];

    for (size_t len = 0; len <= sizeof(bytes); len++) {
        for (int first = 0; first < 256; first++) {
            for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (char)(first + (int)i);
            ascii_lower_all(bytes, len);
            for (size_t i = 0; i < sizeof(bytes); i++) {
                char was = (char)(first + (int)i);

                assert_int_equal(bytes[i], i < len ? ascii_lower(was) : was);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lower_all)};

    return RUN(tests);
}
