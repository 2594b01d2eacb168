#include "conf/config_spf.h"

#include "conf/spf_knobs.h"
#include "unit.h"

static bool
set(struct config_spf *c, const char *option, const char *text, struct buf *why)
{
    const struct option *o = option_find(options_spf, options_spf_count, span_of(option));
    struct option_value v = {0};
    bool is_good;

    assert_non_null(o);
    is_good = option_read(o, span_of(text), &v, why) && config_spf_take(c, o, &v, why);
    option_value_fini(&v);
    return is_good;
}

static void
test_taken(void **state UNUSED)
{
    static const char *const table[][2] = {
        {"helo_reject", "Null"}, {"mail_from_reject", "SPF_Not_Pass"},
        {"no_mail", "True"},     {"skip_addresses", "192.0.2.0/24, 2001:db8::/32"},
        {"whitelist", "None"},   {"domain_whitelist", "example.org,example.net"},
        {"header_type", "AR"},   {"authserv_id", "mx.example.org"},
        {"void_limit", "3"},     {"helo_pass_restriction", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct config_spf c = {0};
        struct buf why = {0};

        if (!set(&c, table[i][0], table[i][1], &why))
            fail_msg("%s", why.ptr);
        config_spf_fini(&c);
    }
}

static void
test_refused(void **state UNUSED)
{
    static const char *const table[][3] = {
        {"skip_addresses", "192.0.2.0/33",
         "`skip_addresses` is `192.0.2.0/33`; write addresses and networks with commas "
         "between, or None"},
        {"domain_whitelist", "example.org \x1b",
         "`domain_whitelist` is `example.org \\x1B`; write names of domains with commas "
         "between, or None"},
        {"authserv_id", "mx\xff",
         "`authserv_id` is `mx\\xFF`; write one name in printable ASCII"},
        {"lookup_time", "20",
         "`lookup_time` is not supported yet; remove the line, and set check-deadline in "
         "[gate]"},
        {"mock", "True", "`mock` is not supported yet; remove the line"},
        {"mail_from_reject", "null", NULL},
        {"void_limit", "0", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct config_spf c = {0};
        struct buf why = {0};

        assert_false(set(&c, table[i][0], table[i][1], &why));
        if (table[i][2])
            assert_string_equal(why.ptr, table[i][2]);
        else
            assert_true(why.len > 0);
        buf_fini(&why);
        config_spf_fini(&c);
    }
}

/* What the table takes spf_knobs_set() takes, and it knows no other. */
static void
test_names(void **state UNUSED)
{
    for (size_t i = 0; i < options_spf_count; i++) {
        const struct option *o = &options_spf[i];
        struct spf_knobs k = spf_knobs_by_rule();
        struct span rest = span_of(o->words), word;

        assert_int_not_equal(spf_knobs_set(&k, span_of(o->name), SPAN("\n")),
                             SPF_KNOB_UNKNOWN);
        while (span_word(&rest, &word))
            assert_int_equal(spf_knobs_set(&k, span_of(o->name), word), SPF_KNOB_SET);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_taken), TEST(test_refused),
                                       TEST(test_names)};

    return RUN(tests);
}
