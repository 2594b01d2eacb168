/* The texts of keys that are no addresses, and what was captured in lines. */
#include "store_world.h"

#include "base/ident.h"
#include "store/store_ids.h"
#include "store/store_past.h"

static const struct hash_key secret = {7, 9};

static void
on_id(void *ctx, const struct addr *who, struct span text)
{
    struct addr key = ident_key(secret, text);

    assert_true(addr_eq(&key, who));
    buf_printf(ctx, "%.*s\n", SPAN_FMT(text));
}

static void
expect(const char *want)
{
    struct store *s = open_store();
    struct buf got = {0};

    assert_int_equal(store_each_id(s, on_id, &got), 0);
    assert_span(buf_span(&got), want);
    buf_fini(&got);
    store_close(s);
}

static void
put(struct store *s, const char *text)
{
    struct addr key = ident_key(secret, span_of(text));

    store_put_id(s, &key, span_of(text));
}

static struct store_ban
ban_of(const char *text)
{
    return (struct store_ban){.jail = SPAN("web"),
                              .who = ident_key(secret, span_of(text)),
                              .since_us = 5,
                              .until_us = 9,
                              .nth = 1};
}

static void
on_ban(void *ctx, const struct store_ban *b)
{
    *(struct addr *)ctx = b->who;
}

static void
texts_stay_with_their_bans(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_ban held = ban_of("held"), past = ban_of("past");
    struct store_reader reader = {.ban = on_ban};
    struct addr who = {0};

    assert_int_equal(store_begin(s), 0);
    put(s, "held");
    put(s, "past");
    put(s, "nobody");
    store_put_ban(s, &held);
    store_add_past(s, &past);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_begin(s), 0);
    store_drop_old_ids(s);
    assert_int_equal(store_commit(s), 0);
    reader.ctx = &who;
    assert_int_equal(store_load(s, &reader), 0);
    assert_true(addr_eq(&who, &held.who));
    store_close(s);
    s = open_store();
    assert_int_equal(store_begin(s), 0);
    store_clear_state(s);
    store_drop_old_ids(s);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    expect("past\n");
}

static void
on_line(void *ctx, const struct store_evidence *e)
{
    buf_printf(ctx, "%.*s:%zu\n", SPAN_FMT(e->line), e->groups.len);
}

static void
lines_keep_what_was_captured(void **state UNUSED)
{
    struct store *s = open_store();
    struct store_evidence e = {.jail = SPAN("web"),
                               .who = ident_key(secret, SPAN("alice")),
                               .line = SPAN("one"),
                               .groups = SPAN("user\0al\0")};
    struct buf got = {0};

    assert_int_equal(store_begin(s), 0);
    store_add_evidence(s, &e);
    e.groups = (struct span){0};
    e.line = SPAN("two");
    store_add_evidence(s, &e);
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_each_evidence(s, &e.who, 9, on_line, &got), 0);
    assert_span(buf_span(&got), "one:8\ntwo:0\n");
    buf_fini(&got);
    store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_stay_with_their_bans),
        cmocka_unit_test(lines_keep_what_was_captured),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
