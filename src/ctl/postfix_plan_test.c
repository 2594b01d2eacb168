#include "ctl/postfix_plan.h"
#include "unit.h"

#define GATE "check_policy_service unix:private/komainu"
#define RELAY "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"

static void
test_entries(void **state UNUSED)
{
    static const char *const whole[] = {
        "permit_mynetworks",
        "check_client_access hash:/etc/postfix/a",
        "warn_if_reject reject_rbl_client zen.example.org",
        "check_policy_service { inet:[::1]:10023, timeout=10s }",
        "reject_rhsbl_helo  dbl.example.org",
        "sleep 1",
        "reject",
        "check_helo_access",
    };
    static const char *const arguments[] = {"",
                                            "hash:/etc/postfix/a",
                                            "zen.example.org",
                                            "inet:[::1]:10023",
                                            "dbl.example.org",
                                            "1",
                                            "",
                                            ""};
    struct buf text = {0};
    struct span rest;
    struct postfix_entry e;

    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        buf_add_text(&text, i % 2 ? ",\n   " : " ");
        buf_add_text(&text, whole[i]);
    }
    rest = buf_span(&text);
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        assert_true(postfix_next(&rest, &e));
        assert_span(e.whole, whole[i]);
        assert_span(e.argument, arguments[i]);
    }
    assert_false(postfix_next(&rest, &e));
    assert_true(postfix_has(buf_span(&text), "reject_rbl_client"));
    assert_false(postfix_has(buf_span(&text), "reject_rhsbl_client"));
    buf_fini(&text);
}

static const struct row {
    const char *recipient, *relay, *after;
} rows[] = {
    /* Debian's own: nothing, so it is what may relay, and the checks. */
    {"", RELAY,
     "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, "
     "reject_unlisted_recipient, " GATE},
    /* who may relay by other ways still may */
    {"", "permit_mynetworks permit_tls_clientcerts reject_unauth_destination",
     "permit_mynetworks, permit_tls_clientcerts, reject_unauth_destination, "
     "reject_unlisted_recipient, " GATE},
    /* greylisting and SPF go; what else there is stays where it is */
    {"permit_mynetworks, reject_unauth_destination, check_policy_service "
     "unix:private/policyd-spf, reject_rbl_client zen.example.org, check_policy_service "
     "inet:127.0.0.1:10023",
     RELAY,
     "permit_mynetworks, reject_unauth_destination, reject_unlisted_recipient, "
     "reject_rbl_client zen.example.org, " GATE},
    /* a service of another kind stays */
    {"reject_unauth_destination,reject_unlisted_recipient,check_policy_service "
     "inet:127.0.0.1:12340",
     RELAY,
     "reject_unauth_destination, reject_unlisted_recipient, check_policy_service "
     "inet:127.0.0.1:12340, " GATE},
    /* nothing is asked behind a permit */
    {"permit_mynetworks, reject_unauth_destination, permit", RELAY,
     "permit_mynetworks, reject_unauth_destination, reject_unlisted_recipient, " GATE
     ", permit"},
    /* lists of the time before smtpd_relay_restrictions */
    {"reject_non_fqdn_sender, permit_mynetworks", "",
     "reject_non_fqdn_sender, permit_mynetworks, reject_unauth_destination, "
     "reject_unlisted_recipient, " GATE},
};

static const struct postfix_setting *
setting(const struct postfix_plan *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->settings[i].name, name) == 0)
            return &p->settings[i];
    return NULL;
}

static void
assert_setting(const struct postfix_plan *p, const char *name, const char *after)
{
    const struct postfix_setting *s = setting(p, name);

    if (!s)
        fail_msg("%s does not change", name);
    else
        assert_string_equal(s->after.ptr, after);
}

static void
test_recipients(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct postfix_now now = {.lists[POSTFIX_RECIPIENT] = span_of(rows[i].recipient),
                                  .relay = span_of(rows[i].relay)};
        struct postfix_plan p, again;

        postfix_plan(&now, SPAN("unix:private/komainu"), false, &p);
        assert_setting(&p, "smtpd_recipient_restrictions", rows[i].after);
        assert_false(p.settings[0].was_set);

        now.lists[POSTFIX_RECIPIENT] = span_of(rows[i].after);
        postfix_plan(&now, SPAN("unix:private/komainu"), false, &again);
        assert_null(setting(&again, "smtpd_recipient_restrictions"));
        postfix_plan_fini(&again);
        postfix_plan_fini(&p);
    }
}

static void
test_whole(void **state UNUSED)
{
    struct postfix_now now = {
        .lists[POSTFIX_CLIENT] = SPAN("permit_mynetworks\n reject"),
        .lists[POSTFIX_SENDER] = SPAN("check_policy_service inet:127.0.0.1:10023 permit"),
        .lists[POSTFIX_DATA] = SPAN("permit_mynetworks"),
        .relay = SPAN(RELAY),
        .default_action = SPAN("451 4.3.5 Server configuration problem"),
        .port25 = SPAN("postscreen"),
        .greet_action = SPAN("ignore"),
        .set = SPAN("myhostname\nsmtpd_data_restrictions\n"),
    };
    struct postfix_plan p;

    postfix_plan(&now, SPAN("unix:private/komainu"), true, &p);
    assert_int_equal(p.count, 6);
    assert_setting(&p, "smtpd_sender_restrictions", "permit");
    assert_string_equal(p.out.ptr,
                        "check_policy_service inet:127.0.0.1:10023 (postgrey)\n");
    assert_setting(&p, "smtpd_data_restrictions",
                   "reject_unauth_pipelining, permit_mynetworks, " GATE);
    for (size_t i = 0; i < p.count; i++)
        assert_int_equal(p.settings[i].was_set,
                         strcmp(p.settings[i].name, "smtpd_data_restrictions") == 0);
    assert_setting(&p, "smtpd_end_of_data_restrictions", GATE);
    assert_setting(&p, "smtpd_policy_service_default_action", "DUNNO");
    assert_setting(&p, "postscreen_greet_action", "enforce");
    assert_int_equal(p.remarks.len, 0);
    postfix_plan_fini(&p);
}

static void
test_early_talkers(void **state UNUSED)
{
    struct postfix_now now = {.port25 = SPAN("smtpd"),
                              .port25_client = SPAN("permit_mynetworks"),
                              .is_delayed = true};
    struct postfix_plan p;

    postfix_plan(&now, SPAN("inet:127.0.0.1:10023"), false, &p);
    assert_setting(&p, "komainu_client_restrictions",
                   "permit_mynetworks, sleep 1, reject_unauth_pipelining");
    assert_setting(&p, "smtp/inet/smtpd_delay_reject", "no");
    postfix_plan_fini(&p);

    /* The gate's own place is no postgrey to be taken out. */
    now.lists[POSTFIX_RECIPIENT] = SPAN("check_policy_service inet:127.0.0.1:10023");
    postfix_plan(&now, SPAN("inet:127.0.0.1:10023"), false, &p);
    assert_int_equal(p.out.len, 0);
    postfix_plan_fini(&p);

    now.is_login_on_port25 = true;
    postfix_plan(&now, SPAN("unix:private/komainu"), false, &p);
    assert_null(setting(&p, "smtp/inet/smtpd_delay_reject"));
    assert_true(p.remarks.len > 0);
    postfix_plan_fini(&p);
}

static void
test_service(void **state UNUSED)
{
    static const char *const table[][2] = {
        {"unix:/var/spool/postfix/private/komainu", "unix:private/komainu"},
        {"unix:/var/spool/postfix/komainu/gate,0666", "unix:komainu/gate"},
        {"inet:127.0.0.1:10023", "inet:127.0.0.1:10023"},
        {"unix:/run/komainu/gate", NULL},
        {"unix:/var/spool/postfixed/gate", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct buf service = {0}, why = {0};
        bool is_good = postfix_service(span_of(table[i][0]), SPAN("/var/spool/postfix"),
                                       &service, &why);

        assert_int_equal(is_good, table[i][1] != NULL);
        if (is_good)
            assert_string_equal(service.ptr, table[i][1]);
        else
            assert_true(why.len > 0);
        buf_fini(&service);
        buf_fini(&why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_entries),       TEST(test_recipients), TEST(test_whole),
        TEST(test_early_talkers), TEST(test_service),
    };

    return RUN(tests);
}
