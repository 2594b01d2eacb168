#include "base/ident.h"

#include "unit.h"

static const struct hash_key secret = {1, 2};

static void
keys_are_of_their_text(void **state UNUSED)
{
    struct hash_key other = {1, 3};
    struct addr a = ident_key(secret, SPAN("alice")), b = ident_key(secret, SPAN("bob"));
    struct addr c = ident_key(other, SPAN("alice")), all = {.family = 6};

    assert_true(ident_is(&a) && addr_is_host(&a));
    assert_false(addr_eq(&a, &b) || addr_eq(&a, &c));
    assert_false(addr_contains(&all, &a) || addr_is_private(&a));
    b = ident_key(secret, SPAN("alice"));
    assert_true(addr_eq(&a, &b));
}

static void
a_long_text_is_cut(void **state UNUSED)
{
    char text[IDENT_MAX + 9];
    struct addr a, b;

    memset(text, 'x', sizeof(text));
    a = ident_key(secret, (struct span){text, sizeof(text)});
    b = ident_key(secret, (struct span){text, IDENT_MAX});
    assert_true(addr_eq(&a, &b));
}

static bool
may_go(void *ctx, const struct addr *key)
{
    return !addr_eq(ctx, key);
}

static bool
nobody(void *ctx UNUSED, const struct addr *key UNUSED)
{
    return false;
}

static void
the_oldest_that_may_leaves(void **state UNUSED)
{
    struct addr a = ident_key(secret, SPAN("a")), b = ident_key(secret, SPAN("b")),
                c = ident_key(secret, SPAN("c"));
    struct idents ids;

    idents_init(&ids, 2);
    assert_true(idents_put(&ids, &a, SPAN("a"), nobody, NULL));
    assert_true(idents_put(&ids, &b, SPAN("b"), nobody, NULL));
    assert_false(idents_put(&ids, &c, SPAN("c"), nobody, NULL));
    assert_int_equal(ids.refused, 1);
    assert_true(idents_put(&ids, &c, SPAN("c"), may_go, &a));
    assert_true(span_eq(idents_find(&ids, &a), SPAN("a")));
    assert_true(span_eq(idents_find(&ids, &c), SPAN("c")));
    assert_int_equal(idents_find(&ids, &b).len, 0);
    idents_fini(&ids);
    idents_fini(&ids);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_of_their_text),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(the_oldest_that_may_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
