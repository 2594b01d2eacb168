#include "unit.h"

#include "act/ticket.h"
#include "base/clock.h"

static struct ticket
some_ticket(const char *who)
{
    struct ticket t = {.time_us = 1700000000 * SECOND_US + 250000,
                       .bantime_s = 600,
                       .failures = 5,
                       .bancount = 2,
                       .groups = SPAN("user\0$(reboot)\0"),
                       .matches = SPAN("a 'b\nc"),
                       .jail_matches = SPAN("plain line"),
                       .all_matches = SPAN("<ip> `x`"),
                       .jail_failures = 6,
                       .all_failures = 7,
                       .found_total = 9};

    assert_true(addr_parse(span_of(who), &t.who));
    return t;
}

struct row {
    const char *text, *made, *values[4];
};

static void
check(const struct ticket_words *w, const struct row *row)
{
    struct ticket_command c = {0};
    size_t i = 0;

    ticket_command(w, row->text, &c);
    assert_string_equal(c.text.ptr ? c.text.ptr : "", row->made);
    assert_false(c.is_too_much);
    for (; i < c.count; i++)
        assert_string_equal(c.values[i].ptr, row->values[i]);
    assert_null(row->values[i]);
    ticket_command_fini(&c);
}

static void
test_values(void **state UNUSED)
{
    static const struct row rows[] = {
        {"ban <ip> <fid> <family>", "ban 192.0.2.7 192.0.2.7 inet4", {NULL}},
        {"<ip-rev>x <time> <bantime>", "7.2.0.192.x 1700000000.25 600", {NULL}},
        {"<failures> <bancount> <restored> <ipfailures> <ipjailfailures>",
         "5 2 0 7 6",
         {NULL}},
        {"<jail.found_total><sp><br><fq-hostname> <sh-hostname> <timeout>",
         "9 \nmx.example.org mx 60",
         {NULL}},
        {"<nobody> < ip> <ip", "<nobody> < ip> <ip", {NULL}},
        {"<F-USER>", "f2bV_F_user=$0 \n$f2bV_F_user", {"$(reboot)"}},
        {"<F-HOST>.<F-NO>", ".", {NULL}},
        {"<F-low>", "<F-low>", {NULL}},
        {"say '<ipjailmatches>'", "say 'plain line'", {NULL}},
        {"x <matches> <matches>",
         "f2bV_matches=$0 \nx $f2bV_matches $f2bV_matches",
         {"a 'b\nc"}},
        {"<F-USER> <ipmatches> <matches>",
         "f2bV_ipmatches=$0 f2bV_matches=$1 f2bV_F_user=$2 \n$f2bV_F_user "
         "$f2bV_ipmatches "
         "$f2bV_matches",
         {"<ip> `x`", "a 'b\nc", "$(reboot)"}},
    };
    struct ticket t = some_ticket("192.0.2.7");
    struct ticket_words w = {.ticket = &t,
                             .family = SPAN("inet4"),
                             .timeout_s = 60,
                             .host = SPAN("mx.example.org")};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&w, &rows[i]);
}

static void
test_without_ban(void **state UNUSED)
{
    struct ticket_words w = {.timeout_s = 60, .host = SPAN("mx")};

    check(&w, &(struct row){"<ip> <family> <F-USER> <sh-hostname>",
                            "<ip> <family> <F-USER> mx",
                            {NULL}});
    w.family = SPAN("inet6");
    check(&w, &(struct row){"<ip> <family> <F-USER>.", "<ip> inet6 .", {NULL}});
}

static void
test_inet6(void **state UNUSED)
{
    struct ticket t = some_ticket("2001:db8::1f");
    struct ticket_words w = {.ticket = &t, .family = SPAN("inet6")};

    t.is_restored = true;
    check(&w, &(struct row){
                  "<family> <ip> <time> <restored> <ip-rev>",
                  "inet6 2001:db8::1f 1700000000 1 "
                  "f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.",
                  {NULL}});
}

/* Whatever byte a value has: it is in the text, or it is an argument, and never both. */
static void
test_each_byte(void **state UNUSED)
{
    for (int byte = 1; byte < 256; byte++) {
        char text[] = {'a', (char)byte, 'b'};
        struct ticket t = some_ticket("192.0.2.7");
        struct ticket_words w = {.ticket = &t};
        struct ticket_command c = {0};
        bool is_special = strchr("\\#&;`|*?~<>^()[]{}$'\"\n\r", byte) != NULL;

        t.matches = (struct span){text, sizeof(text)};
        ticket_command(&w, "<matches>", &c);
        assert_int_equal(c.count, is_special);
        if (is_special) {
            assert_string_equal(c.text.ptr, "f2bV_matches=$0 \n$f2bV_matches");
            assert_true(span_eq(buf_span(&c.values[0]), t.matches));
        } else {
            assert_true(span_eq(buf_span(&c.text), t.matches));
        }
        ticket_command_fini(&c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_values), TEST(test_without_ban),
                                       TEST(test_inet6), TEST(test_each_byte)};

    return RUN(tests);
}
