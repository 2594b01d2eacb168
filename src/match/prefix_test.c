#include "unit.h"

#include "match/prefix.h"
#include "match/regex.h"

#define END "(?P<content>.+)$"

static void
test_head(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool is_head;
    } cases[] = {
        {"^a " END, true},
        {"^(?:a|b)[|)]\\| \\)x" END, true},
        {"^[]|(]a[^]|(]b[\\]|(]" END, true},
        {"^(?=a)(?!b)(?<=c)(?<!d)(?P<user>\\S+)(?(user)x|y)" END, true},
        {END, false},                          /* no head */
        {"^a (?P<content>.+)", false},         /* not to the end of the line */
        {"^a (?P<content>.*)$", false},        /* maybe empty */
        {"^a (?P<content>.+?)$", false},       /* as little as will do */
        {"^a|b " END, false},                  /* two branches */
        {"^(?i)a " END, false},                /* options */
        {"^(?s:a) " END, false},               /* of a group: not looked into */
        {"^(a)\\1 " END, false},               /* groups by number */
        {"^(a)(?1) " END, false},              /* the same, called */
        {"^(?P<content>a) (?:" END, false},    /* twice */
        {"^(?:a " END, false},                 /* within a group */
        {"^a) " END, false},                   /* no expression */
        {"^[a" END, false},                    /* within a class */
        {"^a\\" END, false},                   /* an escaped bracket */
        {"^\\Qa" END, false},                  /* within a quote */
        {"^a\\K" END, false},                  /* another beginning */
        {"^a(?#" END, false},                  /* a comment */
        {"^a(*COMMIT)" END, false},            /* a verb */
        {"^a\\c(" END, false},                 /* a control character */
        {"^(?P<other_content>a)b" END, false}, /* maybe another content */
    };
    struct span head;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct span text = span_of(cases[i].text);

        assert_int_equal(prefix_head(text, &head), cases[i].is_head);
        if (cases[i].is_head)
            assert_int_equal(head.len, text.len - (sizeof(END) - 1));
    }
}

static void
test_end(void **state UNUSED)
{
    static const struct {
        const char *subject;
        size_t from;
        int end; /* -1: it does not match so */
    } cases[] = {
        {"a text\n", 2, 6}, {"a text", 2, 6}, {"a\n", 1, -1},
        {"a", 1, -1},       {"a\n", 2, -1},   {"a b\nc\n", 2, -1},
        {"a b\nc", 2, -1},  {"a\nb\n", 2, 3}, {"a b\n\n", 2, -1},
    };
    size_t end;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool is_found = prefix_end(span_of(cases[i].subject), cases[i].from, &end);

        assert_int_equal(is_found, cases[i].end >= 0);
        if (is_found)
            assert_int_equal(end, (size_t)cases[i].end);
    }
}

/* What a regex finds, with a head and without. */
static void
assert_same(struct regex *r, struct regex_engine *e, struct span subject)
{
    struct regex_capture by_head = {0}, by_all = {0};
    void *head = r->head;
    bool is_found = regex_search(r, e, subject, &by_head), is_same;

    assert_non_null(head);
    r->head = NULL;
    is_same = regex_search(r, e, subject, &by_all) == is_found;
    r->head = head;
    assert_true(is_same);
    assert_memory_equal(&by_head, &by_all, sizeof(by_all));
}

/* Texts of few bytes, so that heads match in part, in several ways and at the end. */
static void
test_random(void **state UNUSED)
{
    static const char *const heads[] = {
        "^a*(?:b a)?",       "a",          "^(?P<user>a+)b?", "^(?:(?P<user>a)|b)+",
        "\\s*(?:\\S+\\s+)?", "(?=b)[^a]?", "^(?P<user>.*)a",  "(?<=a)b+?",
    };
    static const char bytes[] = "aabb \n";
    struct regex_engine e = {0};
    uint32_t seed = 1;

    regex_engine_init(&e, 8);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct buf text = {0}, error = {0};
        char where[] = "a test";
        struct config_regex c = {.kind = REGEX_PREFIX, .where = where};
        struct regex r;

        buf_printf(&text, "%s<F-CONTENT>.+</F-CONTENT>$", heads[i]);
        c.pattern = text.ptr;
        assert_true(regex_init(&r, &c, (struct regex_use){0}, &error));
        for (int k = 0; k < 20000; k++) {
            char subject[8];
            size_t len = (seed >> 28) % (sizeof(subject) + 1);

            for (size_t n = 0; n < len; n++) {
                seed = seed * 1664525 + 1013904223;
                subject[n] = bytes[(seed >> 24) % (sizeof(bytes) - 1)];
            }
            seed = seed * 1664525 + 1013904223;
            assert_same(&r, &e, (struct span){subject, len});
        }
        regex_fini(&r);
        buf_fini(&text);
        buf_fini(&error);
    }
    regex_engine_fini(&e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_head), TEST(test_end),
                                       TEST(test_random)};

    return RUN(tests);
}
