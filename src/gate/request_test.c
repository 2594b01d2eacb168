#include "base/buf.h"
#include "base/mem.h"
#include "gate/request.h"
#include "unit.h"

static const struct row {
    const char *lines;
    enum gate_read read;
    enum gate_state state;
} rows[] = {
    {"request=smtpd_access_policy\nprotocol_state=RCPT\n", GATE_READ, GATE_AT_RCPT},
    {"protocol_state=EHLO\nrequest=smtpd_access_policy", GATE_READ, GATE_AT_HELO},
    {"request=smtpd_access_policy\nprotocol_state=END-OF-MESSAGE\nsize=12\n", GATE_READ,
     GATE_AT_END},
    {"request=smtpd_access_policy\nprotocol_state=RCPT\nnew_in_4.0=x=y\n", GATE_READ,
     GATE_AT_RCPT},
    {"request=junk\nprotocol_state=RCPT\n", GATE_NOT_POLICY, 0},
    {"protocol_state=RCPT\n", GATE_NOT_POLICY, 0},
    {"", GATE_NOT_POLICY, 0},
    {"request=smtpd_access_policy\n", GATE_MALFORMED, 0},
    {"request=smtpd_access_policy\nprotocol_state=rcpt\n", GATE_MALFORMED, 0},
    {"request=smtpd_access_policy\nprotocol_state=RCPT\nhello\n", GATE_MALFORMED, 0},
    {"request=smtpd_access_policy\nprotocol_state=RCPT\nsize=-1\n", GATE_MALFORMED, 0},
};

static void
test_read(void **state UNUSED)
{
    struct gate_request r;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(gate_request_read(span_of(rows[i].lines), &r), rows[i].read);
        if (rows[i].read == GATE_READ)
            assert_int_equal(r.state, rows[i].state);
    }
}

static void
test_values(void **state UNUSED)
{
    struct gate_request r;

    assert_int_equal(
        gate_request_read(SPAN("request=smtpd_access_policy\nprotocol_state=RCPT\n"
                               "client_address=2001:db8::25\nsender=a=b@example.org\n"
                               "recipient=first@example.net\nsize=4711\nstress=yes\n"
                               "recipient=last@example.net\nrecipient_count=\n"
                               "etrn_domain=\nccert_subject=solipsis+2Eexample\n"),
                          &r),
        GATE_READ);
    assert_int_equal(r.client.family, 6);
    assert_span(r.values[GATE_SENDER], "a=b@example.org");
    assert_span(r.values[GATE_RECIPIENT], "last@example.net");
    assert_span(r.values[GATE_CCERT_SUBJECT], "solipsis+2Eexample");
    assert_span(r.values[GATE_HELO_NAME], "");
    assert_int_equal(r.size, 4711);
    assert_int_equal(r.recipient_count, 0);
    assert_true(r.is_stressed);
    assert_true(r.has_etrn_domain);
}

static const struct {
    const char *name;
    enum gate_attribute is;
} ordered[] = {
    {"client_name", GATE_CLIENT_NAME},
    {"reverse_client_name", GATE_REVERSE_CLIENT_NAME},
    {"helo_name", GATE_HELO_NAME},
    {"ccert_pubkey_fingerprint", GATE_CCERT_PUBKEY_FINGERPRINT},
    {"encryption_cipher", GATE_ENCRYPTION_CIPHER},
    {"policy_context", GATE_POLICY_CONTEXT},
};

/* In which ways a request is told. */
enum { BACKWARDS = 1, WITH_UNKNOWN = 2, WITH_NEXT = 4, WAYS = 8 };

/* A request whose values have `len` bytes, 'a' for the first attribute. */
static void
add_ordered(struct buf *b, size_t len, unsigned way)
{
    size_t last = ARRAY_LEN(ordered) - 1;

    buf_add_text(b, "request=smtpd_access_policy\nprotocol_state=RCPT\n");
    for (size_t i = 0; i <= last; i++) {
        size_t n = way & BACKWARDS ? last - i : i;

        buf_add_text(b, ordered[n].name);
        buf_add_byte(b, '=');
        for (size_t k = 0; k < len; k++)
            buf_add_byte(b, (char)('a' + n));
        buf_add_text(b, way & WITH_UNKNOWN ? "\nclient_namex=x\nhelo=\n" : "\n");
    }
}

static void
check_ordered(const struct gate_request *r, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++) {
        assert_int_equal(r->values[ordered[i].is].len, len);
        for (size_t k = 0; k < len; k++)
            assert_int_equal(r->values[ordered[i].is].ptr[k], 'a' + i);
    }
}

/* Values of all lengths, in Postfix' order, in the other one, and with what is not known
 * between them. What stands behind the empty line is the next request. */
static void
test_orders(void **state UNUSED)
{
    enum { LONGEST = 70 };
    struct buf b = {0};
    struct gate_request r;

    for (size_t len = 0; len < LONGEST; len++)
        for (unsigned way = 0; way < WAYS; way++) {
            size_t bytes;

            buf_clear(&b);
            add_ordered(&b, len, way);
            bytes = b.len;
            if (way & WITH_NEXT) {
                buf_add_text(&b, "\nrequest=junk\nhelo_name=other\n\n");
                bytes++;
            }
            assert_int_equal(gate_request_read(buf_span(&b), &r), GATE_READ);
            assert_int_equal(r.bytes, bytes);
            check_ordered(&r, len);
        }
    buf_fini(&b);
}

/* In memory of just its length: nothing behind it is looked at. */
static void
test_cut(void **state UNUSED)
{
    static const char whole[] = "request=smtpd_access_policy\nprotocol_state=RCPT\n"
                                "client_name=a\nencryption_keysize=0\n\n";
    struct gate_request r;

    for (size_t len = 1; len < sizeof(whole); len++) {
        char *own = mem_realloc(NULL, len, 1);
        enum gate_read got;

        memcpy(own, whole, len);
        got = gate_request_read((struct span){own, len}, &r);
        assert_true(got == GATE_READ || len + 1 < sizeof(whole));
        assert_int_equal(r.bytes, len);
        mem_free(own);
    }
}

static void
test_bounds(void **state UNUSED)
{
    static const char head[] = "request=smtpd_access_policy\nprotocol_state=RCPT\n";
    struct buf b = {0};
    struct gate_request r;

    buf_add_text(&b, head);
    buf_add_text(&b, "client_address=198.51.100.7\nhelo_name=");
    for (size_t i = 0; i < GATE_VALUE_MAX; i++)
        buf_add_byte(&b, 'h');
    assert_int_equal(gate_request_read(buf_span(&b), &r), GATE_READ);
    assert_int_equal(r.values[GATE_HELO_NAME].len, GATE_VALUE_MAX);
    buf_add_byte(&b, 'h');
    assert_int_equal(gate_request_read(buf_span(&b), &r), GATE_MALFORMED);
    assert_int_equal(r.client.family, 4); /* the rest is there */

    buf_clear(&b);
    buf_add_text(&b, head);
    buf_add(&b, SPAN("sender=a\0b\n"));
    assert_int_equal(gate_request_read(buf_span(&b), &r), GATE_MALFORMED);
    buf_fini(&b);
}

static void
test_names(void **state UNUSED)
{
    assert_string_equal(gate_state_name(GATE_AT_HELO), "HELO");
    assert_string_equal(gate_state_name(GATE_AT_END), "END-OF-MESSAGE");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_read),   TEST(test_values),
                                       TEST(test_bounds), TEST(test_orders),
                                       TEST(test_cut),    TEST(test_names)};

    return RUN(tests);
}
