#include "conf/config_share.h"

#include "base/hash.h"
#include "conf/config_gate.h"
#include "unit.h"

static bool
set(struct config_gate *c, const char *option, const char *value, struct buf *why)
{
    return config_gate_set(
        c, &(struct config_gate_line){SPAN("share"), span_of(option), span_of(value)},
        why);
}

static const struct {
    const char *option, *value, *why; /* NULL: it is taken */
} values[] = {
    {"redis", "unix:/run/redis.sock", NULL},
    {"redis", "inet:192.0.2.7:6379", NULL},
    {"redis", "inet:[2001:db8::7]:6379", NULL},
    {"redis", "inet:localhost:6379", NULL},
    {"redis", "", NULL},
    {"redis", "inet:redis.example.org:6379", "`redis` is `inet:redis.example.org:6379`"},
    {"redis", "rediss://192.0.2.7", "`redis` is `rediss://192.0.2.7`"},
    {"redis", "unix:/run/redis.sock,0600", "write unix:PATH"},
    {"redis", "inet:192.0.2.7:0", "write unix:PATH"},
    {"name", "mail-1", NULL},
    {"name", "a b", "`name`"},
    {"share", "greylist", NULL},
    {"share", "limits, greylist", NULL},
    {"share", "", "`share` has nothing"},
    {"share", "bans", "which hosts cannot share yet"},
    {"share", "grey", "`share` has `grey`"},
    {"secret-file", "/etc/komainu/share.secret", NULL},
    {"secret-file", "share.secret", "begins with /"},
    {"password-file", "share.password", "begins with /"},
    {"user", "komainu", NULL},
    {"user", "a b", "blanks"},
    {"tls", "no", NULL},
    {"tls", "yes", "tunnel"},
};

static void
test_values(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct buf why = {0};
        struct config_gate c;
        bool is_taken;

        config_gate_init(&c);
        is_taken = set(&c, values[i].option, values[i].value, &why);
        if (is_taken != !values[i].why)
            fail_msg("%s = %s: %s", values[i].option, values[i].value, why.ptr);
        if (values[i].why && span_find(buf_span(&why), span_of(values[i].why)) < 0)
            fail_msg("%s = %s: %s", values[i].option, values[i].value, why.ptr);
        config_gate_fini(&c);
        buf_fini(&why);
    }
}

static void
test_check(void **state UNUSED)
{
    struct buf why = {0};
    struct config_gate c;

    config_gate_init(&c);
    assert_true(config_gate_check(&c, &why));
    assert_int_equal(c.share.what, CONFIG_SHARE_GREYLIST | CONFIG_SHARE_LIMITS);
    assert_string_equal(c.share.name, "komainu");
    assert_true(set(&c, "redis", "unix:/run/redis.sock", &why));
    assert_false(config_gate_check(&c, &why));
    assert_true(span_find(buf_span(&why), SPAN("nothing to share")) >= 0);
    assert_true(config_gate_set(
        &c, &(struct config_gate_line){SPAN("gate"), SPAN("listen"), SPAN("inet:10023")},
        &why));
    assert_false(config_gate_check(&c, &why));
    assert_true(span_find(buf_span(&why), SPAN("secret-file")) >= 0);
    assert_true(set(&c, "secret-file", "/etc/s", &why));
    assert_true(config_gate_check(&c, &why));
    assert_true(set(&c, "user", "komainu", &why));
    assert_false(config_gate_check(&c, &why));
    assert_true(set(&c, "password-file", "/etc/p", &why));
    assert_true(config_gate_check(&c, &why));
    config_gate_fini(&c);
    buf_fini(&why);
}

static void
test_secret(void **state UNUSED)
{
    const char *digits =
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    char out[CONFIG_SHARE_SECRET_HEX + 1], file[40], text[80];
    uint8_t bytes[CONFIG_SHARE_SECRET_BYTES];
    uint64_t check;

    (void)snprintf(text, sizeof(text), " %s\n", digits);
    assert_true(config_share_read_secret(span_of(text), out));
    assert_string_equal(out, digits);
    text[10] = 'A';
    assert_true(config_share_read_secret(span_of(text), out));
    text[10] = 'g';
    assert_false(config_share_read_secret(span_of(text), out));
    assert_false(config_share_read_secret(SPAN(""), out));
    assert_false(config_share_read_secret(SPAN("password"), out));
    assert_false(config_share_read_secret(span_from(span_of(digits), 1), out));
    assert_true(config_share_secret_bytes(span_of(digits), bytes));
    memcpy(file, bytes, sizeof(bytes));
    check = hash_bytes((struct hash_key){0}, bytes, sizeof(bytes));
    memcpy(file + sizeof(bytes), &check, sizeof(check));
    assert_true(config_share_read_secret((struct span){file, sizeof(file)}, out));
    assert_string_equal(out, digits);
    file[0] ^= 1;
    assert_false(config_share_read_secret((struct span){file, sizeof(file)}, out));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_values), TEST(test_check),
                                       TEST(test_secret)};

    return RUN(tests);
}
