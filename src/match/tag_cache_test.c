#include "unit.h"

#include "base/mem.h"
#include "match/tag_cache.h"

static struct tag_cache *
new_cache(void)
{
    return mem_zalloc(1, sizeof(struct tag_cache));
}

static void
test_remembers(void **state UNUSED)
{
    struct tag_cache *c = new_cache();
    struct span with_nul = {"sshd\0", 5};

    assert_null(tag_cache_find(c, SPAN("")));
    tag_cache_put(c, SPAN(""), 7);
    tag_cache_put(c, SPAN("sshd"), 1);
    tag_cache_put(c, SPAN("postfix/smtpd"), 2);
    assert_int_equal(*tag_cache_find(c, SPAN("")), 7);
    assert_int_equal(*tag_cache_find(c, SPAN("sshd")), 1);
    assert_int_equal(*tag_cache_find(c, SPAN("postfix/smtpd")), 2);
    assert_null(tag_cache_find(c, SPAN("postfix/smtpX")));
    assert_null(tag_cache_find(c, with_nul));
    mem_free(c);
}

/* Tags of any length that differ in one byte only. */
static void
test_each_byte_counts(void **state UNUSED)
{
    struct tag_cache *c = new_cache();
    char tag[TAG_BYTES];

    for (size_t len = 1; len <= TAG_BYTES; len++) {
        memset(tag, 'a', len);
        tag_cache_put(c, (struct span){tag, len}, len);
        for (size_t i = 0; i < len; i++) {
            tag[i] = 'b';
            assert_null(tag_cache_find(c, (struct span){tag, len}));
            tag[i] = 'a';
        }
        assert_int_equal(*tag_cache_find(c, (struct span){tag, len}), len);
    }
    mem_free(c);
}

static void
test_long_tags_are_not_remembered(void **state UNUSED)
{
    struct tag_cache *c = new_cache();
    char tag[TAG_BYTES + 1];

    memset(tag, 'a', sizeof(tag));
    tag_cache_put(c, (struct span){tag, sizeof(tag)}, 1);
    assert_null(tag_cache_find(c, (struct span){tag, sizeof(tag)}));
    tag_cache_put(c, (struct span){tag, TAG_BYTES}, 1);
    assert_int_equal(*tag_cache_find(c, (struct span){tag, TAG_BYTES}), 1);
    mem_free(c);
}

/* More tags than there is room for: each answer is the right one or none. */
static void
test_overflow(void **state UNUSED)
{
    struct tag_cache *c = new_cache();
    unsigned found = 0;

    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4 * TAG_SETS * TAG_WAYS; i++) {
            struct buf tag = {0};
            filter_set *known;

            buf_printf(&tag, "%u/tag", i);
            known = tag_cache_find(c, buf_span(&tag));
            if (round == 0) {
                assert_null(known);
                tag_cache_put(c, buf_span(&tag), i);
            } else if (known) {
                assert_int_equal(*known, i);
                found++;
            }
            buf_fini(&tag);
        }
    }
    assert_true(found > TAG_SETS && found <= TAG_SETS * TAG_WAYS);
    mem_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_remembers),
        TEST(test_each_byte_counts),
        TEST(test_long_tags_are_not_remembered),
        TEST(test_overflow),
    };

    return RUN(tests);
}
