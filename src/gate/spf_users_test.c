#include "unit.h"

#include "gate/spf_users.h"

static void
test_found(void **state UNUSED)
{
    static const char text[] =
        "# of all\n\n"
        "Postmaster@Example.com, Mail_From_reject=No_Check|PermError_reject=True|"
        "skip_addresses=127.0.0.0/8,192.0.2.0/24|TestOnly=1 # why\n"
        "strict@example.com,HELO_reject=SPF_Not_Pass\r\n"
        "strict@example.com,HELO_reject=Fail\n"
        "anna@example.com,Void_Limit = 5";
    struct spf_knobs base = spf_knobs_by_rule();
    const struct spf_knobs *k;
    struct spf_users *users;
    struct buf why = {0};
    unsigned line;

    base.mail_from_reject = SPF_REJECT_SOFTFAIL;
    users = spf_users_read(span_of(text), &base, &why, &line);
    if (!users)
        fail_msg("%u: %s", line, why.ptr);
    k = spf_users_find(users, SPAN("postmaster@EXAMPLE.com"));
    assert_non_null(k);
    assert_int_equal(k->mail_from_reject, SPF_REJECT_NO_CHECK);
    assert_true(k->is_permerror_reject);
    assert_false(k->is_test_only);
    assert_true(span_eq(k->skip_addresses, SPAN("127.0.0.0/8,192.0.2.0/24")));
    k = spf_users_find(users, SPAN("strict@example.com"));
    assert_int_equal(k->helo_reject, SPF_REJECT_NOT_PASS);
    assert_int_equal(k->mail_from_reject, SPF_REJECT_SOFTFAIL);
    assert_int_equal(spf_users_find(users, SPAN("anna@example.com"))->void_limit, 5);
    assert_null(spf_users_find(users, SPAN("anna@example.co")));
    assert_null(spf_users_find(users, SPAN("zoe@example.com")));
    assert_null(spf_users_find(users, SPAN("")));
    spf_users_drop(spf_users_hold(users));
    assert_non_null(spf_users_find(users, SPAN("anna@example.com")));
    spf_users_drop(users);
    buf_fini(&why);
}

static void
test_refused(void **state UNUSED)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *what;
    } rows[] = {
        {"a@example.com", 1, "has no comma; write USER@DOMAIN,NAME=VALUE"},
        {"#\n\n,HELO_reject=Fail", 3, "has no comma"},
        {"a@example.com,", 1, "has no value"},
        {"a@example.com,HELO_reject=Fail|", 1, "has no value"},
        {"a@example.com,HELO_reject", 1, "has no value; write NAME=VALUE|NAME=VALUE"},
        {"a@example.com,HELO_reject=Perhaps", 1,
         "is no value of `HELO_reject`; write Fail, Softfail"},
        {"a@example.com,No_Mail=True\nb@example.com,Colour=red", 2,
         "`Colour` is no knob of policyd-spf"},
        {"a@example.com,Header_Type=AR", 1,
         "`Header_Type` is for all recipients; set it"},
        {"a@example.com,Per_User=text,/x", 1, "is for all recipients"},
        {"a@example.com,Prospective=x", 1, "is for all recipients"},
        {"a@example.com,skip_addresses=300.0.0.0/8", 1, "is no value of"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct spf_knobs base = spf_knobs_by_rule();
        struct buf why = {0};
        unsigned line = 0;

        if (spf_users_read(span_of(rows[i].text), &base, &why, &line))
            fail_msg("taken: %s", rows[i].text);
        if (!strstr(why.ptr, rows[i].what) || line != rows[i].line)
            fail_msg("%s: %u: %s", rows[i].text, line, why.ptr);
        buf_fini(&why);
    }
}

/* Found among many, in whatever order they stand. */
static void
test_many(void **state UNUSED)
{
    struct spf_knobs base = spf_knobs_by_rule();
    struct buf text = {0}, why = {0};
    struct spf_users *users;
    char name[64];
    unsigned line;

    for (unsigned i = 0; i < 1000; i++)
        buf_printf(&text, "u%u@example.com,Void_Limit=%u\n", i * 7919 % 1000,
                   i * 7919 % 1000 % 100 + 1);
    users = spf_users_read(buf_span(&text), &base, &why, &line);
    assert_non_null(users);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "u%u@example.com", i);
        assert_int_equal(spf_users_find(users, span_of(name))->void_limit, i % 100 + 1);
    }
    spf_users_drop(users);
    for (unsigned i = 0; i <= SPF_USERS_MAX; i++)
        buf_add_text(&text, "a,No_Mail=True\n");
    assert_null(spf_users_read(buf_span(&text), &base, &why, &line));
    assert_non_null(strstr(why.ptr, "one user too many"));
    assert_int_equal(line, SPF_USERS_MAX + 1);
    buf_fini(&text);
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_found), TEST(test_refused),
                                       TEST(test_many)};

    return RUN(tests);
}
