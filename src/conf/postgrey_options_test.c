#include "conf/postgrey_options.h"

#include "base/mem.h"
#include "conf/load_gate.h"
#include "unit.h"

static enum postgrey_told
read_line(const char *line, struct postgrey_options *o, struct buf *why)
{
    char *argv[32] = {mem_copy_text("postgrey", 8)};
    struct span rest = span_of(line), word;
    enum postgrey_told told;
    int argc = 1;

    while (rest.len) { /* words with | between them */
        if (!span_cut(rest, SPAN("|"), &word, &rest)) {
            word = rest;
            rest = (struct span){0};
        }
        argv[argc++] = mem_copy_text(word.ptr, word.len);
    }
    told = postgrey_options_read(argc, argv, o, why);
    for (int i = 0; i < argc; i++)
        mem_free(argv[i]);
    return told;
}

static const struct row {
    const char *line;
    enum postgrey_told told;
} rows[] = {
    {"--inet=10023", POSTGREY_RUN},
    {"--inet|10023|--delay|60|-d", POSTGREY_RUN},
    {"--unix=/run/p|--exim|--privacy|--verbose|--lookup-by-subnet", POSTGREY_RUN},
    {"--inet=10023|--help", POSTGREY_HELP},
    {"--version", POSTGREY_VERSION},
    {"", POSTGREY_WRONG},
    {"--delay=60", POSTGREY_WRONG},
    {"--inet", POSTGREY_WRONG},
    {"--inet=10023|--dealy=60", POSTGREY_WRONG},
    {"--inet=10023|--noaction", POSTGREY_WRONG},
    {"--inet=10023|--exim=1", POSTGREY_WRONG},
    {"--inet=10023|word", POSTGREY_WRONG},
    {"--inet=10023|--greylist-text=a\nb", POSTGREY_WRONG},
    {"--inet=10023|--whitelist-clients=/a b", POSTGREY_WRONG},
};

static void
test_rows(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct postgrey_options o;
        struct buf why = {0};

        if (read_line(rows[i].line, &o, &why) != rows[i].told)
            fail_msg("%s: %s", rows[i].line, why.ptr);
        assert_int_equal(why.len > 0, rows[i].told == POSTGREY_WRONG);
        postgrey_options_fini(&o);
        buf_fini(&why);
    }
}

/* What comes out is read as our own configuration. */
static void
load(const char *line, struct config_gate *out)
{
    struct postgrey_options o;
    struct buf why = {0};

    assert_int_equal(read_line(line, &o, &why), POSTGREY_RUN);
    if (!load_gate_file(NULL, buf_span(&o.text), out, &why))
        fail_msg("%s", why.ptr);
    postgrey_options_fini(&o);
    buf_fini(&why);
}

static void
test_defaults(void **state UNUSED)
{
    struct config_gate c = {0};

    load("--inet=10023|--delay=0|--auto-whitelist-clients", &c);
    assert_int_equal(c.listen_count, 1);
    assert_int_equal(c.listen[0].port, 10023);
    assert_int_equal(c.greylist.delay_s, 300);
    assert_int_equal(c.greylist.auto_whitelist, 5);
    assert_string_equal(c.greylist.text,
                        "Greylisted, see http://postgrey.schweikert.ch/help/%r.html");
    assert_int_equal(c.greylist.skip, 0);
    assert_true(c.greylist.has_log_lines);
    assert_false(c.greylist.has_pools || c.greylist.has_sender_tokens);
    config_gate_fini(&c);
}

static void
test_values(void **state UNUSED)
{
    struct config_gate c = {0};

    load("--unix=/run/p.sock|--socketmode=0660|--delay=30|--delay|60|--max-age=40|"
         "--retry-window=6h|--greylist-action=451|--greylist-text=100% %s of %r|"
         "--x-greylist-header=X: %t|--hostname=mx.example.org|--ipv4cidr=25|"
         "--ipv6cidr=56|--auto-whitelist-clients=0|--facility=local1|"
         "--whitelist-clients=/a|--whitelist-clients=/b|--whitelist-recipients=/c|"
         "--lookup-by-host|--quiet",
         &c);
    assert_string_equal(c.listen[0].path, "/run/p.sock");
    assert_int_equal(c.listen[0].mode, 0660);
    assert_int_equal(c.greylist.delay_s, 60);
    assert_int_equal(c.greylist.max_age_s, 40 * 86400);
    assert_int_equal(c.greylist.retry_window_s, 6 * 3600);
    assert_string_equal(c.greylist.action, "451");
    assert_string_equal(c.greylist.text, "100% %s of %r");
    assert_string_equal(c.greylist.header, "X: %t");
    assert_string_equal(c.greylist.hostname, "mx.example.org");
    assert_int_equal(c.greylist.ipv4_bits, 25);
    assert_int_equal(c.greylist.ipv6_bits, 56);
    assert_int_equal(c.greylist.auto_whitelist, 0);
    assert_int_equal(c.greylist.clients.count, 2);
    assert_string_equal(c.greylist.recipients.paths[0], "/c");
    assert_true(c.greylist.is_by_host);
    assert_false(c.greylist.has_log_lines);
    config_gate_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_defaults),
                                       TEST(test_values)};

    return RUN(tests);
}
