#include "unit.h"

#include "match/gate_naive.h"
#include "random.h"

#define TEXT(text, number)                                                               \
    {                                                                                    \
        SPAN_INIT(text), number, false, false                                            \
    }
#define NOCASE(text, number)                                                             \
    {                                                                                    \
        SPAN_INIT(text), number, true, false                                             \
    }
#define BEGIN(text, number)                                                              \
    {                                                                                    \
        SPAN_INIT(text), number, false, true                                             \
    }

static const struct gate_text mixed[] = {
    TEXT("authentication failed", 0),
    TEXT("auth failed", 0),
    NOCASE("Relay Access", 1),
    BEGIN("warning: ", 2),
    TEXT("authentication failed", 3),
    TEXT("warning", 4),
    BEGIN("lost", 5),
    TEXT("[failed]", 6),
    {SPAN_INIT("FATAL:"), 7, true, true},
};

/* Expression 8 has no text at all. */
static const struct {
    struct span subject;
    const char *open;
} cases[] = {
    {SPAN_INIT(""), "8"},
    {SPAN_INIT("x"), "8"},
    {SPAN_INIT("los"), "8"},
    {SPAN_INIT("lost"), "58"},
    {SPAN_INIT("xlost"), "8"},
    {SPAN_INIT("lost warning"), "458"},
    {SPAN_INIT("warning: x"), "248"},
    {SPAN_INIT("a warning: x"), "48"},
    {SPAN_INIT("Warning: x"), "8"},
    {SPAN_INIT("fatal: "), "78"},
    {SPAN_INIT("it is fatal: "), "8"},
    {SPAN_INIT("authentication failed"), "038"},
    {SPAN_INIT("authentication fai"), "8"},
    {SPAN_INIT("Authentication failed"), "8"},
    {SPAN_INIT("xauthentication failed: relay aCCess"), "0138"},
    {SPAN_INIT("relay\0access auth failed"), "08"},
    {SPAN_INIT("{failed}"), "8"},
    {SPAN_INIT("[failed]"), "68"},
};

static void
assert_open(struct gate *g, struct span subject, const char *open)
{
    char digits[16] = "";
    size_t n = 0;

    assert_true(gate_scan(g, subject));
    for (size_t i = gate_next(g, 0); i < 9; i = gate_next(g, i + 1))
        digits[n++] = (char)('0' + i);
    assert_string_equal(digits, open);
}

static void
test_cases(void **state UNUSED)
{
    struct gate *g = gate_new(mixed, ARRAY_LEN(mixed), 9);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        g->look = gate_look_best();
        assert_open(g, cases[i].subject, cases[i].open);
        g->look = gate_look_plain;
        assert_open(g, cases[i].subject, cases[i].open);
        assert_true(naive_agrees(g, mixed, ARRAY_LEN(mixed), cases[i].subject));
    }
    gate_free(g);
}

static void
test_nothing(void **state UNUSED)
{
    struct gate *g = gate_new(NULL, 0, 0);

    assert_false(gate_scan(g, SPAN("some line of a log")));
    assert_int_equal(gate_next(g, 0), 0);
    gate_free(g);
    g = gate_new(NULL, 0, 64);
    assert_true(gate_scan(g, (struct span){0}));
    assert_int_equal(gate_next(g, 63), 63);
    assert_int_equal(gate_next(g, 64), 64);
    gate_free(g);
    gate_free(NULL);
}

static void
test_closed(void **state UNUSED)
{
    static const struct gate_text one[] = {TEXT("some text", 0)};
    struct gate *g = gate_new(one, 1, 1);

    assert_false(gate_scan(g, SPAN("another line")));
    assert_true(gate_scan(g, SPAN("has some text")));
    assert_true(gate_has_found(g) && gate_open(g)[0] == 1);
    assert_false(gate_scan(g, SPAN("another line")));
    assert_false(gate_has_found(g) || gate_open(g)[0]);
    gate_free(g);
}

/* An expression of which one text cannot be looked for may match any line. */
static void
test_short_text(void **state UNUSED)
{
    static const struct gate_text texts[] = {TEXT("some text", 0), TEXT("abc", 0),
                                             TEXT("some text", 1), TEXT("", 2)};
    struct gate *g = gate_new(texts, ARRAY_LEN(texts), 3);

    assert_true(gate_scan(g, SPAN("nothing of it")));
    assert_false(gate_has_found(g));
    assert_true(gate_is_open(g, 0));
    assert_false(gate_is_open(g, 1));
    assert_true(gate_is_open(g, 2));
    gate_free(g);
}

/* The shortest text decides how far apart the gate looks. */
static void
test_every_place(void **state UNUSED)
{
    static const struct {
        struct gate_text text;
        unsigned stride;
    } of[] = {{TEXT("abcd", 0), 1},
              {TEXT("abcde", 0), 2},
              {TEXT("abcdef", 0), 4},
              {TEXT("abcdefg", 0), 4},
              {TEXT("abcdefghijklmnopqrstuvwxyz0123456789", 0), 4},
              {BEGIN("abcd", 0), 0}};
    char subject[128];

    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct gate *g = gate_new(&of[i].text, 1, 1);
        size_t len = of[i].text.bytes.len;

        assert_int_equal(g->stride, of[i].stride);
        for (size_t at = 0; at + len <= sizeof(subject); at++) {
            memset(subject, '.', sizeof(subject));
            memcpy(subject + at, of[i].text.bytes.ptr, len);
            for (size_t end = at + len - 1; end <= at + len; end++) {
                g->look = at % 2 ? gate_look_best() : gate_look_plain;
                assert_true(naive_agrees(g, &of[i].text, 1, (struct span){subject, end}));
            }
        }
        gate_free(g);
    }
}

enum { TEXTS = 300, EXPRESSIONS = 130, POOL = 4096 };

/* Few different bytes, so that texts share blocks and nearly occur. */
static void
fill_random(uint64_t *seed, char *bytes, size_t n)
{
    static const char some[] = "aAbB {[1";

    for (size_t i = 0; i < n; i++)
        bytes[i] = some[random_below(seed, 8)];
}

static void
check_random(uint64_t *seed)
{
    struct gate_text *texts = mem_zalloc(TEXTS, sizeof(*texts));
    char *pool = mem_zalloc(POOL, 1);
    size_t least = random_below(seed, 9), count = 1 + random_below(seed, TEXTS);
    struct gate *g;

    if (random_below(seed, 2))
        count = count % 8 + 1; /* few enough to be open ended */

    fill_random(seed, pool, POOL);
    for (size_t i = 0; i < count; i++) {
        texts[i].bytes.len = least + random_below(seed, 12);
        texts[i].bytes.ptr = pool + random_below(seed, POOL / 2);
        texts[i].expression = (uint32_t)random_below(seed, EXPRESSIONS);
        texts[i].is_nocase = random_below(seed, 4) == 0;
        texts[i].is_anchored = random_below(seed, 4) == 0;
    }
    g = gate_new(texts, count, EXPRESSIONS);
    for (size_t i = 0; i < 40; i++) {
        struct span subject = {pool + random_below(seed, POOL - 200),
                               random_below(seed, 200)};

        g->look = i % 2 ? gate_look_best() : gate_look_plain;
        assert_true(naive_agrees(g, texts, count, subject));
    }
    gate_free(g);
    mem_free(texts);
    mem_free(pool);
}

static void
test_random(void **state UNUSED)
{
    uint64_t seed = 0x9E3779B97F4A7C15;

    for (size_t i = 0; i < 60; i++) {
        print_message("seed %llx\n", (unsigned long long)seed);
        check_random(&seed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cases),      TEST(test_nothing),     TEST(test_closed),
        TEST(test_short_text), TEST(test_every_place), TEST(test_random),
    };

    return RUN(tests);
}
