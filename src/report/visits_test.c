#include "unit.h"

#include "base/clock.h"
#include "report/visits.h"

#define P "Nov 22 10:00:00 mx postfix/"
#define D "Nov 22 10:00:00 mx dovecot: "
#define LOGIN(user, who)                                                                 \
    D "imap-login: Login: user=<" user ">, method=PLAIN, rip=" who ", lip=192.0.2.25, "  \
      "TLS, session=<x>"
#define FAILED(user, who)                                                                \
    D "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<" user        \
      ">, method=PLAIN, rip=" who ", lip=192.0.2.25, session=<x>"
#define MISMATCH(user, who) D "auth: passwd-file(" user "," who "): Password mismatch"

static const int64_t from_us = INT64_C(1795312405) * SECOND_US;

static void
take(struct visits *v, int64_t wall_us, const char *raw)
{
    struct mail_line m;
    struct line l;

    line_split(span_of(raw), &l);
    mail_line_read(&l, NULL, &m);
    visits_line(v, wall_us, &m, 1);
}

static const struct visit *
find(const struct visits *v, const char *account, const char *network)
{
    struct addr wanted, place;

    assert_true(addr_parse_prefix(span_of(network), &wanted));
    for (uint32_t i = 0; i < v->pairs.count; i++)
        if (span_eq(visits_account_of(texts_text(&v->pairs, i), &place),
                    span_of(account)) &&
            addr_eq(&place, &wanted))
            return texts_value(&v->pairs, i);
    fail_msg("%s has not logged in from %s", account, network);
    return NULL;
}

static void
test_new_places(void **state UNUSED)
{
    struct visits v;

    visits_init(&v, from_us);
    take(&v, from_us - DAY_US, LOGIN("hanako", "192.0.2.7"));
    take(&v, from_us + 1, LOGIN("hanako", "192.0.2.99"));
    take(&v, from_us + 2, LOGIN("hanako", "198.51.100.1"));
    take(&v, from_us + 3, LOGIN("hanako", "2001:db8:0:1::5"));
    take(&v, from_us + 4, LOGIN("hanako", "2001:db8:0:1::6"));
    take(&v, from_us + 5, LOGIN("taro", "203.0.113.1"));
    take(&v, from_us + 6, LOGIN("taro", "not an address"));
    /* Known from before the report; what was before it is not counted. */
    assert_false(find(&v, "hanako", "192.0.2.0/24")->is_new);
    assert_int_equal(find(&v, "hanako", "192.0.2.0/24")->logins, 1);
    assert_true(find(&v, "hanako", "198.51.100.0/24")->is_new);
    assert_true(find(&v, "hanako", "2001:db8:0:1::/64")->is_new);
    assert_int_equal(find(&v, "hanako", "2001:db8:0:1::/64")->logins, 2);
    /* Nothing is known of him that would make it new. */
    assert_false(find(&v, "taro", "203.0.113.0/24")->is_new);
    assert_int_equal(v.pairs.count, 4);
    visits_fini(&v);
}

static void
test_failures(void **state UNUSED)
{
    const struct visit *visit;
    struct visits v;

    visits_init(&v, from_us);
    /* Told by both, and then right: two failures, not four. */
    for (int i = 0; i < 2; i++) {
        take(&v, from_us + i, FAILED("hanako", "192.0.2.7"));
        take(&v, from_us + i, MISMATCH("hanako", "192.0.2.7"));
    }
    take(&v, from_us + 5, LOGIN("hanako", "192.0.2.7"));
    visit = find(&v, "hanako", "192.0.2.0/24");
    assert_int_equal(visits_failures(visit), 2);
    assert_int_equal(visit->before, 2);
    assert_int_equal(visit->failed_us, from_us + 1);
    /* Later ones are no longer before the first login. */
    take(&v, from_us + 9, MISMATCH("hanako", "192.0.2.8"));
    visit = find(&v, "hanako", "192.0.2.0/24");
    assert_int_equal(visits_failures(visit), 3);
    assert_int_equal(visit->before, 2);
    /* Two days before a login is no mistyping. */
    take(&v, from_us, FAILED("taro", "198.51.100.1"));
    take(&v, from_us + 2 * DAY_US, LOGIN("taro", "198.51.100.1"));
    assert_int_equal(visits_failures(find(&v, "taro", "198.51.100.0/24")), 0);
    /* Whoever never logs in is nobody's user. */
    take(&v, from_us, FAILED("root", "203.0.113.9"));
    assert_int_equal(v.accounts.count, 2);
    visits_fini(&v);
}

/* More places that fail than are kept: the last ones are. */
static void
test_bound(void **state UNUSED)
{
    char raw[256];
    struct visits v;

    visits_init(&v, from_us);
    for (unsigned i = 0; i < VISITS_PENDING_MAX + 100; i++) {
        (void)snprintf(raw, sizeof(raw), FAILED("user%u", "192.0.2.7"), i);
        take(&v, from_us, raw);
    }
    assert_int_equal(v.pending.count, VISITS_PENDING_MAX);
    assert_int_equal(v.budget.dropped, 0);
    take(&v, from_us, LOGIN("user0", "192.0.2.7"));
    take(&v, from_us, LOGIN("user8291", "192.0.2.7"));
    assert_int_equal(find(&v, "user0", "192.0.2.0/24")->before, 0);
    assert_int_equal(find(&v, "user8291", "192.0.2.0/24")->before, 1);
    visits_fini(&v);
}

static void
test_sent(void **state UNUSED)
{
    const struct visits_account *a;
    struct visits v;

    visits_init(&v, from_us);
    take(&v, from_us,
         P "submission/smtpd[1]: 4BBBBB: client=pc[198.51.100.7], "
           "sasl_method=PLAIN, sasl_username=hanako");
    take(&v, from_us,
         P "qmgr[1]: 4BBBBB: from=<h@example.jp>, size=900, nrcpt=3 (queue "
           "active)");
    /* Again, after a pause; and of somebody else. */
    take(&v, from_us,
         P "qmgr[1]: 4BBBBB: from=<h@example.jp>, size=900, nrcpt=3 (queue "
           "active)");
    take(&v, from_us,
         P "qmgr[1]: 4CCCCC: from=<x@example.net>, size=1, nrcpt=1 (queue "
           "active)");
    a = texts_find(&v.accounts, SPAN("hanako"));
    assert_non_null(a);
    assert_int_equal(a->messages, 1);
    assert_int_equal(a->recipients, 3);
    assert_int_equal(a->bytes, 900);
    /* It is a login, too. */
    assert_int_equal(find(&v, "hanako", "198.51.100.0/24")->logins, 1);
    visits_fini(&v);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_new_places), TEST(test_failures),
                                       TEST(test_bound), TEST(test_sent)};

    return RUN(tests);
}
