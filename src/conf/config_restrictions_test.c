#include "unit.h"

#include <unistd.h>

#include "conf/config_restrictions.h"
#include "conf/main_cf.h"

static bool
take(struct config_restrictions *c, const char *name, const char *value, struct buf *why)
{
    const struct option *o =
        option_find(options_restrictions, options_restrictions_count, span_of(name));
    struct option_value v;
    bool is_good;

    assert_non_null(o);
    if (!option_read(o, span_of(value), &v, why))
        return false;
    is_good = config_restrictions_take(c, o, &v, why);
    option_value_fini(&v);
    return is_good;
}

static void
test_defaults(void **state UNUSED)
{
    static const uint16_t codes[GATE_CODES] = {554, 450, 554, 450, 554, 450,
                                               450, 450, 501, 504, 550};
    struct config_restrictions c;

    config_restrictions_init(&c);
    assert_memory_equal(c.codes, codes, sizeof(codes));
    assert_int_equal(c.lists[GATE_LIST_RECIPIENT].count, 1);
    assert_int_equal(c.lists[GATE_LIST_RECIPIENT].items[0].kind, RESTRICTION_GREYLIST);
    assert_int_equal(c.lists[GATE_LIST_CLIENT].count, 0);
    assert_true(c.mynetwork_count >= 1);
    assert_int_equal(c.dns_threshold, 1);
    assert_int_equal(c.held_max, 100);
    assert_string_equal(gate_list_name(GATE_LIST_END), "end_of_data_restrictions");
    config_restrictions_fini(&c);
}

static void
test_values(void **state UNUSED)
{
    struct config_restrictions c;
    struct buf why = {0};

    config_restrictions_init(&c);
    assert_true(
        take(&c, "mynetworks", "192.0.2.0/24, [2001:db8::]/32 198.51.100.1", &why));
    assert_int_equal(c.mynetwork_count, 3);
    assert_true(take(&c, "dns_lists", "a.example*2 b.example=127.0.0.4*-3", &why));
    assert_int_equal(c.dns_list_count, 2);
    assert_int_equal(c.dns_lists[1].weight, -3);
    assert_true(take(&c, "dns_lists_shown", "a.example=A b.example=B", &why));
    assert_string_equal(c.dns_shown[1].text, "B");
    assert_true(take(&c, "our_names", "mail.example.net 192.0.2.1 2001:db8::1", &why));
    assert_int_equal(c.our_address_count, 2);
    assert_true(take(&c, "score-reject", "7", &why));
    assert_int_equal(c.score_reject, 7);
    assert_true(take(&c, "recipient_restrictions", "permit\nreject", &why));
    assert_int_equal(c.lists[GATE_LIST_RECIPIENT].count, 2);
    assert_int_equal(why.len, 0);
    config_restrictions_fini(&c);
}

/* What is wrong changes nothing. */
static void
test_what_is_refused(void **state UNUSED)
{
    static const struct {
        const char *name, *value, *why;
    } rows[] = {
        {"reject_code", "250", "400 to 599"},
        {"mynetworks", "192.0.2.0/24 hash:/x", "`hash:/x` is no network"},
        {"dns_lists", "a.example b.example*x", "has no weight"},
        {"dns_lists_shown", "a.example", "is no ZONE=TEXT"},
        {"dns_lists_shown", "b.example=c a.example=", "is no ZONE=TEXT"},
        {"our_names", "a..b", "is no name"},
        {"client_restrictions", "permit\nnonsense", "(line 2 of the list)"},
    };
    struct config_restrictions c;

    config_restrictions_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf why = {0};

        assert_false(take(&c, rows[i].name, rows[i].value, &why));
        if (!strstr(why.ptr, rows[i].why))
            fail_msg("%s: %s", rows[i].value, why.ptr);
        buf_fini(&why);
    }
    assert_int_equal(c.dns_list_count, 0);
    assert_int_equal(c.dns_shown_count, 0);
    assert_int_equal(c.lists[GATE_LIST_CLIENT].count, 0);
    config_restrictions_fini(&c);
}

static void
test_main_cf(void **state UNUSED)
{
    static const struct {
        const char *text, *networks;
    } rows[] = {
        {"mynetworks = 127.0.0.0/8 [::1]/128\n", " 127.0.0.0/8 [::1]/128"},
        {"mynetworks_style = host\nmynetworks=192.0.2.0/24,\n# no\n  198.51.100.0/24\n",
         " 192.0.2.0/24 198.51.100.0/24"},
        {"mynetworks = 192.0.2.0/24\nmynetworks = 192.0.2.128/25\n", " 192.0.2.128/25"},
        {"mynetworks = $config_directory/nets hash:/x 192.0.2.1\n", " 192.0.2.1"},
        {"  mynetworks = 192.0.2.1\n#mynetworks = 192.0.2.2\n", " 127.0.0.0/8 ::1"},
        {"", " 127.0.0.0/8 ::1"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = {0};

        main_cf_read_mynetworks(span_of(rows[i].text), &out);
        assert_string_equal(out.ptr, rows[i].networks);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_defaults), TEST(test_values),
                                       TEST(test_what_is_refused), TEST(test_main_cf)};

    return RUN(tests);
}
