#include "gate/rates.h"

#include "unit.h"

#include <stdio.h>

/* What test/lib/komainu_test/mmdb.py has written. */
static struct as_db *
open_asns(void)
{
    struct buf why = {0};
    struct as_db *db;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/fuzz/corpus/where-address_db/numbers",
                   getenv("KOMAINU_SOURCE"));
    as_db_new(&db, path, NULL);
    if (as_db_refresh(db, &why) != AS_DB_LOADED)
        fail_msg("%s", why.ptr);
    return db;
}

/* The key of a client that is asked about with this sender; zeroed: it has none. */
static struct addr
key_of(const struct rates *r, const char *client, const char *sender)
{
    struct gate_request request;
    struct addr key = {0};
    struct buf text = {0};

    buf_printf(&text,
               "request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=%s\n"
               "sender=%s\n",
               client, sender);
    assert_int_equal(gate_request_read(buf_span(&text), &request), GATE_READ);
    if (!rates_key(r, &request, &key))
        key = (struct addr){0};
    buf_fini(&text);
    return key;
}

struct same {
    const char *one, *other;
    bool is_same;
};

static void
compare(const char *keys, const struct as_db *asns, const struct same *cases)
{
    struct buf why = {0};
    struct rate_spec spec;
    struct rates r;

    assert_true(
        rate_spec_read(span_of(keys), SPAN("2"), SPAN("messages/1h"), &spec, &why));
    rates_init(&r, &spec, asns);
    for (const struct same *c = cases; c->one; c++) {
        struct addr one = key_of(&r, c->one, "a@example.org");
        struct addr other = key_of(&r, c->other, "A@Example.ORG");

        if (addr_eq(&one, &other) != c->is_same)
            fail_msg("%s: %s and %s", keys, c->one, c->other);
    }
    rates_fini(&r);
}

static void
test_asn(void **state UNUSED)
{
    static const struct same with[] = {
        {"198.51.100.1", "198.51.100.200", true}, /* one AS */
        {"198.51.100.1", "198.51.100.65", false}, /* another one inside of it */
        {"2001:db8::1", "2001:db8:ffff::1", true},
        {"192.0.2.1", "192.0.2.200", true}, /* none: the /24 */
        {"192.0.2.1", "192.0.3.1", false},
        {"2001:db9:0:1::1", "2001:db9:0:1:ffff::", true}, /* the /64 */
        {"2001:db9:0:1::1", "2001:db9:0:2::1", false},
        {0},
    };
    static const struct same without[] = {
        {"198.51.100.1", "198.51.100.65", true},
        {"2001:db8::1", "2001:db8:ffff::1", false},
        {0},
    };
    struct as_db *asns = open_asns();

    compare("asn", asns, with);
    compare("asn+sender", asns, with);
    compare("asn", NULL, without);
    as_db_free(asns);
}

/* Letters have a case, bytes of addresses have none: 65 and 97 are `A` and `a`. */
static void
test_addresses(void **state UNUSED)
{
    static const struct same cases[] = {
        {"192.0.65.1", "192.0.97.1", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"2001:db8:4142::1", "2001:db8:6162::1", false},
        {0},
    };

    compare("client+sender", NULL, cases);
    compare("client/24", NULL, cases);
}

/* What lacks a part has no key. */
static void
test_none(void **state UNUSED)
{
    struct buf why = {0};
    struct rate_spec spec;
    struct rates r;
    struct addr key;

    assert_true(
        rate_spec_read(SPAN("asn+sender"), SPAN("2"), SPAN("messages/1h"), &spec, &why));
    rates_init(&r, &spec, NULL);
    key = key_of(&r, "unknown", "a@example.org");
    assert_int_equal(key.family, 0);
    key = key_of(&r, "192.0.2.1", "");
    assert_int_equal(key.family, 0);
    key = key_of(&r, "192.0.2.1", "a@example.org");
    assert_int_not_equal(key.family, 0);
    rates_fini(&r);
    assert_false(
        rate_spec_read(SPAN("asn/24"), SPAN("2"), SPAN("messages/1h"), &spec, &why));
    assert_non_null(strstr(why.ptr, "is no key of a rate"));
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_asn), TEST(test_addresses),
                                       TEST(test_none)};

    return RUN(tests);
}
