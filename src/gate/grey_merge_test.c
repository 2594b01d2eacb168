#include "gate/grey_merge.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/greylist_share.h"
#include "unit.h"

enum { NOW_S = 1800000000, DAY_S = 86400, KEYS = 8, CHANGES = 40, ROUNDS = 200 };

static const struct grey_ages ages = {35 * DAY_S, 2 * DAY_S};

struct world {
    char folder[64];
    struct grey_store s;
    struct grey_log_found found;
};

static struct world
make_world(void)
{
    struct world w = {.folder = "/tmp/komainu-merge-XXXXXX"};

    if (access("/dev/shm", W_OK) == 0)
        (void)snprintf(w.folder, sizeof(w.folder), "/dev/shm/komainu-merge-XXXXXX");
    assert_non_null(mkdtemp(w.folder));
    assert_int_equal(grey_store_open(&w.s, w.folder, 1000, ages, &w.found), 0);
    return w;
}

static void
end_world(struct world *w)
{
    static const char *const names[] = {"greylist.key", "greylist.log",
                                        "greylist.key.own", "greylist.log.bad"};
    char path[128];

    grey_store_close(&w->s);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", w->folder, names[i]);
        (void)unlink(path); /* not all are there */
    }
    assert_int_equal(rmdir(w->folder), 0);
}

static void
count_put(void *ctx, const struct grey_key *key UNUSED, const struct grey_entry *e UNUSED)
{
    ++*(int *)ctx;
}

static const struct row {
    struct grey_entry own, other, joined; /* kind 0: none */
    enum grey_merged merged;
} rows[] = {
    /* new */
    {{0},
     {NOW_S - 60, NOW_S, 0, GREY_TRIPLET, 0},
     {NOW_S - 60, NOW_S, 0, GREY_TRIPLET, 0},
     GREY_MERGE_CHANGED},
    /* earlier first, later last, passed */
    {{NOW_S - 60, NOW_S - 60, 0, GREY_TRIPLET, 0},
     {NOW_S - 90, NOW_S, 0, GREY_TRIPLET, GREY_PASSED},
     {NOW_S - 90, NOW_S, 0, GREY_TRIPLET, GREY_PASSED},
     GREY_MERGE_CHANGED},
    /* nothing that we do not know */
    {{NOW_S - 90, NOW_S, 0, GREY_TRIPLET, GREY_PASSED},
     {NOW_S - 60, NOW_S - 60, 0, GREY_TRIPLET, 0},
     {NOW_S - 90, NOW_S, 0, GREY_TRIPLET, GREY_PASSED},
     GREY_MERGE_SAME},
    /* what is over here does not hold back what is new there */
    {{NOW_S - 3 * DAY_S, NOW_S - 3 * DAY_S, 0, GREY_TRIPLET, 0},
     {NOW_S, NOW_S, 0, GREY_TRIPLET, 0},
     {NOW_S, NOW_S, 0, GREY_TRIPLET, 0},
     GREY_MERGE_CHANGED},
    /* and the other way round */
    {{NOW_S, NOW_S, 0, GREY_TRIPLET, 0},
     {NOW_S - 3 * DAY_S, NOW_S - 3 * DAY_S, 0, GREY_TRIPLET, 0},
     {NOW_S, NOW_S, 0, GREY_TRIPLET, 0},
     GREY_MERGE_SAME},
    /* clients */
    {{0, NOW_S - 90, 3, GREY_CLIENT, 0},
     {0, NOW_S - 100, 5, GREY_CLIENT, 0},
     {0, NOW_S - 90, 5, GREY_CLIENT, 0},
     GREY_MERGE_CHANGED},
    /* no entries */
    {{0}, {NOW_S, NOW_S, 0, GREY_GONE, 0}, {0}, GREY_MERGE_REFUSED},
    {{0}, {NOW_S, NOW_S, 0, 9, 0}, {0}, GREY_MERGE_REFUSED},
    {{0}, {NOW_S, NOW_S, 0, GREY_TRIPLET, 128}, {0}, GREY_MERGE_REFUSED},
    {{0}, {NOW_S, NOW_S, 7, GREY_TRIPLET, 0}, {0}, GREY_MERGE_REFUSED},
    {{0}, {NOW_S, NOW_S, 7, GREY_CLIENT, 0}, {0}, GREY_MERGE_REFUSED},
    /* out of the future */
    {{0}, {NOW_S, NOW_S + GREY_AHEAD_S + 1, 0, GREY_TRIPLET, 0}, {0}, GREY_MERGE_REFUSED},
    {{0},
     {NOW_S, NOW_S + GREY_AHEAD_S, 0, GREY_TRIPLET, 0},
     {NOW_S, NOW_S + GREY_AHEAD_S, 0, GREY_TRIPLET, 0},
     GREY_MERGE_CHANGED},
    {{0}, {NOW_S + 4000, NOW_S, 0, GREY_TRIPLET, 0}, {0}, GREY_MERGE_REFUSED},
    /* of another kind under the same key */
    {{0, NOW_S, 3, GREY_CLIENT, 0},
     {NOW_S, NOW_S, 0, GREY_TRIPLET, 0},
     {0, NOW_S, 3, GREY_CLIENT, 0},
     GREY_MERGE_REFUSED},
};

/* NULL: there is none, as one without a kind is none. */
static bool
is_equal(const struct grey_entry *a, const struct grey_entry *b)
{
    if (!a || !b->kind)
        return !a && !b->kind;
    return a->first_s == b->first_s && a->last_s == b->last_s && a->count == b->count &&
           a->kind == b->kind && a->flags == b->flags;
}

static void
test_rows(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct grey_entry own = {NOW_S, NOW_S, 0, GREY_TRIPLET, 0};
        struct world w = make_world();
        struct grey_key key = {5, i};
        const struct grey_entry *e;
        int puts = 0;

        if (rows[i].own.kind)
            grey_store_put(&w.s, &key, &rows[i].own);
        w.s.on_put = count_put;
        w.s.on_put_ctx = &puts;
        if (grey_store_merge(&w.s, &key, &rows[i].other, NOW_S) != rows[i].merged)
            fail_msg("row %zu: another outcome", i);
        assert_int_equal(puts, 0); /* what came of others is told nobody */
        e = grey_store_find(&w.s, &key, NOW_S);
        if (!is_equal(e, &rows[i].joined))
            fail_msg("row %zu: another entry", i);
        grey_store_put(&w.s, &key, &own);
        assert_int_equal(puts, 1);
        end_world(&w);
    }
}

/* --- in whatever order, and how often --- */

struct change {
    struct grey_key key;
    struct grey_entry e;
};

static uint32_t
below(uint32_t n)
{
    return (uint32_t)(random() % n);
}

static struct change
any_change(void)
{
    struct change c = {.key = {below(KEYS), 7}};
    uint32_t first_s = NOW_S - below(40 * DAY_S);

    c.e = (struct grey_entry){.first_s = first_s,
                              .last_s = first_s + below(NOW_S - first_s + 1),
                              .kind = GREY_TRIPLET,
                              .flags = below(2) ? GREY_PASSED : 0};
    if (c.key.a % 2) {
        c.e.kind = GREY_CLIENT;
        c.e.count = below(10);
        c.e.first_s = 0;
        c.e.flags = 0;
    }
    return c;
}

static void
merge_all(struct world *w, const struct change *changes, const size_t *order,
          size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)grey_store_merge(&w->s, &changes[order[i]].key, &changes[order[i]].e,
                               NOW_S);
}

static void
same_stores(struct world *a, struct world *b, unsigned seed)
{
    for (uint64_t i = 0; i < KEYS; i++) {
        struct grey_key key = {i, 7};
        const struct grey_entry *x = grey_store_find(&a->s, &key, NOW_S),
                                *y = grey_store_find(&b->s, &key, NOW_S);

        if (!x != !y || (x && !is_equal(x, y)))
            fail_msg("key %llu differs; seed %u", (unsigned long long)i, seed);
    }
}

static void
test_any_order(void **state UNUSED)
{
    const char *given = getenv("SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();

    print_message("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct world a = make_world(), b = make_world();
        struct change changes[CHANGES];
        size_t order[2 * CHANGES];

        for (size_t i = 0; i < CHANGES; i++) {
            changes[i] = any_change();
            order[i] = i;
        }
        merge_all(&a, changes, order, CHANGES);
        for (size_t i = 0; i < 2 * CHANGES; i++) /* some twice, in any order, ... */
            order[i] = below(CHANGES);
        merge_all(&b, changes, order, 2 * CHANGES);
        for (size_t i = 0; i < CHANGES; i++) /* ... and all, backwards */
            order[i] = CHANGES - 1 - i;
        merge_all(&b, changes, order, CHANGES);
        same_stores(&a, &b, seed);
        end_world(&a);
        end_world(&b);
    }
}

/* A secret from outside: the log of another one is put aside, and that of this one stays.
 */
static void
test_secret(void **state UNUSED)
{
    struct world w = make_world();
    struct grey_key key = {1, 2};
    struct grey_secret before = w.s.log.secret;
    uint8_t secret[32] = {7};
    bool is_other;

    grey_store_put(&w.s, &key, &(struct grey_entry){NOW_S, NOW_S, 0, GREY_TRIPLET, 0});
    grey_store_close(&w.s);
    assert_int_equal(greylist_take_secret(w.folder, (uint8_t *)&before, &is_other), 0);
    assert_false(is_other);
    assert_int_equal(grey_store_open(&w.s, w.folder, 1000, ages, &w.found), 0);
    assert_non_null(grey_store_find(&w.s, &key, NOW_S));
    assert_int_equal(greylist_take_secret(w.folder, secret, &is_other), -EWOULDBLOCK);
    grey_store_close(&w.s);
    assert_int_equal(greylist_take_secret(w.folder, secret, &is_other), 0);
    assert_true(is_other);
    assert_int_equal(grey_store_open(&w.s, w.folder, 1000, ages, &w.found), 0);
    assert_memory_equal(&w.s.log.secret, secret, sizeof(secret));
    assert_true(w.found.is_aside);
    assert_null(grey_store_find(&w.s, &key, NOW_S));
    end_world(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_any_order),
                                       TEST(test_secret)};

    return RUN(tests);
}
