#include "unit.h"

#include "report/address.h"

static const struct {
    const char *in, *out;
    struct address_options o;
} cases[] = {
    {"Anna@Example.ORG", "Anna@example.org", {0}},
    {"Anna@Example.ORG", "anna@example.org", {.ignores_case = true}},
    {"Anna", "Anna", {0}},
    {"", "", {0}},
    {"@X", "@x", {0}},
    {"b!user@a", "a!user@b", {.swaps_bangs = true}},
    {"c!B!User@a", "a!c!User@b", {.swaps_bangs = true}},
    {"b!user@a.example", "b!user@a.example", {.swaps_bangs = true}},
    {"!user@a", "!user@a", {.swaps_bangs = true}},
    {"list-return-36-gina=example.org@lists.example.net",
     "list-return-ID-gina=example.org@lists.example.net",
     {.verp = 1}},
    {"list-return-36-gina=example.org@lists.example.net",
     "list-return-ID@lists.example.net",
     {.verp = 2}},
    {"bounces+2031@example.org", "bounces-ID@example.org", {.verp = 1}},
    {"Bounce-1-2.3@example.org", "Bounce-ID@example.org", {.verp = 1}},
    {"bounce-1a@example.org", "bounce-1a@example.org", {.verp = 1}},
    {"17-4@example.org", "17-ID@example.org", {.verp = 1}},
    {"anna@example.org", "anna@example.org", {.verp = 2}},
};

static void
addresses_are_made_alike(void **state)
{
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_clear(&b);
        address_sender(&b, span_of(cases[i].in), &cases[i].o);
        assert_span(buf_span(&b), cases[i].out);
    }
    buf_fini(&b);
}

static void
a_domain_is_behind_the_first_at(void **state)
{
    (void)state;
    assert_span(address_domain(SPAN("a@example.org")), "example.org");
    assert_span(address_domain(SPAN("a@b@example.org")), "b@example.org");
    assert_span(address_domain(SPAN("root")), "root");
    assert_span(address_domain(SPAN("@example.org")), "@example.org");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_are_made_alike),
        TEST(a_domain_is_behind_the_first_at),
    };

    return RUN(tests);
}
