#include "unit.h"

#include "base/clock.h"
#include "decide/attempts.h"

enum { FAIL = EVENT_AUTH_FAIL, UNKNOWN = EVENT_ACCOUNT_UNKNOWN };

/* A line, and what it says: N new, C counted, A its account, K the first
 * of its kind. */
struct line {
    int64_t time_s;
    unsigned filter, kind, is_failure, account;
    const char *news;
};

static struct attempt_news
join(struct attempts *a, const char *who, const struct line *l)
{
    struct event e = {.kind = (enum event_kind)l->kind,
                      .filter = (uint16_t)l->filter,
                      .is_failure = l->is_failure,
                      .time_us = l->time_s * SECOND_US};

    assert_true(addr_parse_prefix(span_of(who), &e.peer));
    return attempts_join(a, &e, l->account);
}

static void
expect(struct attempt_news news, const char *want)
{
    char got[5];
    size_t n = 0;

    if (news.is_new)
        got[n++] = 'N';
    if (news.is_counted)
        got[n++] = 'C';
    if (news.is_named)
        got[n++] = 'A';
    if (news.is_kind)
        got[n++] = 'K';
    got[n] = 0;
    assert_string_equal(got, want);
}

static const struct line sequences[][10] = {
    /* The checker tells, the login process counts; the next attempt is like it. */
    {{100, 0, FAIL, 0, 7, "NAK"},
     {101, 0, FAIL, 1, 7, "C"},
     {102, 0, FAIL, 0, 7, "NAK"},
     {103, 0, FAIL, 1, 7, "C"}},
    /* The same out of order: both tell before both count. */
    {{100, 0, FAIL, 0, 7, "NAK"},
     {100, 0, FAIL, 0, 7, "NAK"},
     {101, 0, FAIL, 1, 7, "C"},
     {101, 0, FAIL, 1, 7, "C"},
     {101, 0, FAIL, 1, 7, "NCAK"}},
    /* sshd: the name, then the password. */
    {{100, 1, UNKNOWN, 1, 7, "NCAK"},
     {100, 1, FAIL, 1, 7, "K"},
     {130, 1, FAIL, 1, 7, "NCAK"}},
    {{100, 1, FAIL, 1, 7, "NCAK"}, {100, 1, UNKNOWN, 1, 7, "K"}},
    /* The name comes later. */
    {{100, 0, FAIL, 1, 0, "NCK"},
     {101, 2, FAIL, 0, 7, "A"},
     {102, 2, FAIL, 0, 8, "NAK"},
     {103, 0, FAIL, 1, 8, "C"}},
    /* Another account is another attempt, and one of the same account comes first. */
    {{100, 0, FAIL, 0, 7, "NAK"},
     {100, 0, FAIL, 0, 8, "NAK"},
     {101, 1, FAIL, 1, 8, "C"},
     {101, 1, FAIL, 1, 7, "C"}},
    /* What two filters count is two. */
    {{100, 0, FAIL, 1, 7, "NCAK"}, {100, 1, FAIL, 1, 7, "NCAK"}},
    /* Thirty seconds, either way. */
    {{100, 0, FAIL, 0, 7, "NAK"}, {130, 0, FAIL, 1, 7, "C"}},
    {{100, 0, FAIL, 0, 7, "NAK"}, {131, 0, FAIL, 1, 7, "NCAK"}},
    {{100, 0, FAIL, 0, 7, "NAK"}, {70, 0, FAIL, 1, 7, "C"}},
    {{100, 0, FAIL, 0, 7, "NAK"}, {69, 0, FAIL, 1, 7, "NCAK"}},
    /* Four kinds of lines, no more. */
    {{100, 0, FAIL, 0, 7, "NAK"},
     {100, 1, FAIL, 0, 7, ""},
     {100, 2, FAIL, 0, 7, ""},
     {100, 3, FAIL, 0, 7, ""},
     {100, 4, FAIL, 0, 7, "NAK"}},
};

static void
test_sequences(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
        struct attempts a;

        attempts_init(&a);
        for (const struct line *l = sequences[i]; l->news; l++) {
            struct attempt_news news = join(&a, "192.0.2.1", l);

            print_message("# sequence %zu, line %td\n", i, l - sequences[i]);
            expect(news, l->news);
        }
        attempts_fini(&a);
    }
}

/* Lines of two addresses have nothing to do with each other. */
static void
test_addresses(void **state UNUSED)
{
    static const struct line told = {100, 0, FAIL, 0, 7, ""},
                             counted = {100, 0, FAIL, 1, 7, ""};
    struct attempts a;

    attempts_init(&a);
    expect(join(&a, "192.0.2.1", &told), "NAK");
    expect(join(&a, "2001:db8::1", &counted), "NCAK");
    expect(join(&a, "192.0.2.1", &counted), "C");
    attempts_fini(&a);
}

/* The ninth attempt of an address pushes out the first, and the address seen longest ago
 * leaves. */
static void
test_bounds(void **state UNUSED)
{
    struct line told = {100, 0, FAIL, 0, 0, ""}, counted = {100, 0, FAIL, 1, 1, ""};
    struct attempts a;
    char who[ADDR_TEXT_MAX];

    attempts_init(&a);
    for (told.account = 1; told.account <= ATTEMPTS_EACH + 1; told.account++)
        expect(join(&a, "192.0.2.1", &told), "NAK");
    expect(join(&a, "192.0.2.1", &counted), "NCAK"); /* which pushes out the second */
    counted.account = 3;
    expect(join(&a, "192.0.2.1", &counted), "C");
    assert_int_equal(a.many.count, 1);
    for (unsigned i = 0; i < ATTEMPTS_MAX; i++) {
        (void)snprintf(who, sizeof(who), "2001:db8::%x:%x", i >> 8, i & 255);
        told.account = 7;
        expect(join(&a, who, &told), "NAK");
    }
    assert_int_equal(a.table.count, ATTEMPTS_MAX);
    assert_int_equal(a.many.count, 0);
    counted.account = 4;
    expect(join(&a, "192.0.2.1", &counted), "NCAK");
    attempts_fini(&a);
    attempts_fini(&a);
}

static void
bytes_of(const struct attempts *a, const struct addr *who, struct buf *out)
{
    buf_clear(out);
    attempts_save(a, who, out);
}

/* However many there are: as bytes they come one after the other, the oldest of the last
 * ones first, and so they are read. */
static void
test_bytes(void **state UNUSED)
{
    struct buf first = {0}, bytes = {0}, read = {0};
    struct attempts a, b;
    struct addr who;

    attempts_init(&a);
    attempts_init(&b);
    assert_true(addr_parse_prefix(SPAN("192.0.2.1"), &who));
    for (unsigned n = 1; n <= 2 * ATTEMPTS_EACH; n++) {
        unsigned kept = n < ATTEMPTS_EACH ? n : ATTEMPTS_EACH;

        expect(join(&a, "192.0.2.1", &(struct line){100, 0, FAIL, 0, n, ""}), "NAK");
        bytes_of(&a, &who, &bytes);
        if (n == 1)
            buf_add(&first, buf_span(&bytes));
        assert_int_equal(bytes.len, kept * first.len);
        for (unsigned i = 0; i < kept; i++) {
            uint32_t account = n - kept + 1 + i;

            assert_memory_equal(bytes.ptr + i * first.len + sizeof(account), &account,
                                sizeof(account));
        }
        assert_true(attempts_load(&b, &who, buf_span(&bytes)));
        bytes_of(&b, &who, &read);
        assert_true(span_eq(buf_span(&read), buf_span(&bytes)));
        assert_int_equal(b.many.count, n > 2);
    }
    buf_clear(&bytes);
    buf_add(&bytes, buf_span(&first)); /* fewer again */
    assert_true(attempts_load(&b, &who, buf_span(&bytes)));
    assert_int_equal(b.many.count, 0);
    attempts_fini(&a);
    attempts_fini(&b);
    buf_fini(&first);
    buf_fini(&bytes);
    buf_fini(&read);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_sequences), TEST(test_addresses),
                                       TEST(test_bytes), TEST(test_bounds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
