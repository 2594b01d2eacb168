/* port, protocol and blocktype: which packets a ban closes. */
#include "conf/config_print.h"
#include "load_world.h"

/* "6/25-25 17/53-53 drop" */
static void
add_scope_text(const struct config_scope *s, struct buf *out)
{
    for (size_t i = 0; i < s->count; i++)
        buf_printf(out, "%u/%u-%u ", s->ports[i].protocol, s->ports[i].first,
                   s->ports[i].last);
    buf_add_text(out, config_block_name(s->block));
}

static void
test_scopes(void **state UNUSED)
{
    static const struct {
        const char *lines, *scope, *printed;
        unsigned index;
    } rows[] = {
        {"", "drop", "port = all\nprotocol = all\nblocktype = drop\n", 0},
        {"port = 0:65535\nprotocol = tcp\n", "drop",
         "port = all\nprotocol = all\nblocktype = drop\n", 0},
        {"protocol = all\n", "drop", "port = all\nprotocol = all\nblocktype = drop\n", 0},
        {"port = 25,465\n", "6/25-25 6/465-465 drop",
         "port = 25,465\nprotocol = tcp\nblocktype = drop\n", 1},
        {"port = 25\nprotocol = TCP\n", "6/25-25 drop",
         "port = 25\nprotocol = tcp\nblocktype = drop\n", 1},
        {"port = 53\nprotocol = udp\nblocktype = reject\n", "17/53-53 reject",
         "port = 53\nprotocol = udp\nblocktype = reject\n", 1},
        {"port = 1:9,53\nprotocol = tcp,udp\n", "6/1-9 6/53-53 17/1-9 17/53-53 drop",
         "port = 1:9,53\nprotocol = all\nblocktype = drop\n", 1},
        {"port = 53\nprotocol = udp, tcp\n", "6/53-53 17/53-53 drop",
         "port = 53\nprotocol = all\nblocktype = drop\n", 1},
        {"port = 53\nprotocol = all\n", "6/53-53 17/53-53 drop",
         "port = 53\nprotocol = all\nblocktype = drop\n", 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jail = {0}, errors = {0}, text = {0}, printed = {0};
        struct config c;

        buf_printf(&jail, ON "%s", rows[i].lines);
        if (load("", jail.ptr, NULL, &c, &errors) < 0)
            fail_msg("row %zu: %s", i, errors.ptr);
        assert_int_equal(c.jails[0].scope, rows[i].index);
        assert_int_equal(c.scope_count, rows[i].index + 1);
        add_scope_text(&c.scopes[c.jails[0].scope], &text);
        assert_string_equal(text.ptr, rows[i].scope);
        config_print(&c, &printed);
        if (!strstr(printed.ptr, rows[i].printed))
            fail_msg("row %zu: %s", i, printed.ptr);
        config_fini(&c);
        buf_fini(&jail);
        buf_fini(&text);
        buf_fini(&printed);
        buf_fini(&errors);
    }
}

/* The same ports of another protocol are another scope; the same of the same are not. */
static void
test_shared(void **state UNUSED)
{
#define MORE(name) "[" name "]\nenabled = yes\nfilter = f\nlogpath = /l\nport = 53\n"
    static const char jail[] = MORE("a") MORE("b") "protocol = udp\n" MORE(
        "c") "protocol = all\n" MORE("d") "protocol = udp\n";
    struct buf errors = {0};
    struct config c;

    assert_int_equal(load("", jail, NULL, &c, &errors), 0);
    assert_int_equal(c.scope_count, 4);
    assert_int_equal(c.jails[1].scope, c.jails[3].scope);
    config_fini(&c);
    buf_fini(&errors);
}

static void
test_errors(void **state UNUSED)
{
    static const struct {
        const char *lines, *error;
    } rows[] = {
        {"protocol = udp\n",
         JAIL ":5: [j] `protocol` is udp, and `port` is all ports of TCP as well; write "
              "in `port` which ones\n"},
        {"port = 25\nprotocol = sctp\n",
         JAIL ":6: [j] `protocol` has `sctp`; write tcp, udp, or all for both: other "
              "protocols cannot be closed yet\n"},
        {"port = 25\nprotocol = tcp, icmp\n",
         JAIL ":6: [j] `protocol` has `icmp`; write tcp, udp, or all for both: other "
              "protocols cannot be closed yet\n"},
        {"port = 25\nprotocol =\n",
         JAIL ":6: [j] `protocol` has ``; write tcp, udp, or all for both: other "
              "protocols cannot be closed yet\n"},
        {"port = 0:25\n",
         JAIL ":5: `port` is `0:25`; write ports (1 to 65535), ranges FIRST:LAST or "
              "names such as smtp, submission, imaps, ssh, or only `all` or `0:65535`\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jail = {0}, errors = {0};
        struct config c;

        buf_printf(&jail, ON "%s", rows[i].lines);
        assert_int_not_equal(load("", jail.ptr, NULL, &c, &errors), 0);
        assert_string_equal(errors.ptr, rows[i].error);
        buf_fini(&jail);
        buf_fini(&errors);
    }
}

/* Half as many ports fit where each counts for two protocols. */
static void
test_bound(void **state UNUSED)
{
    for (unsigned count = CONFIG_PORTS_MAX / 2; count <= CONFIG_PORTS_MAX / 2 + 1;
         count++) {
        struct buf jail = {0}, errors = {0};
        struct config c;

        buf_add_text(&jail, ON "protocol = all\nport = 1");
        for (unsigned i = 1; i < count; i++)
            buf_printf(&jail, ",%u", 1 + 2 * i);
        if (count == CONFIG_PORTS_MAX / 2) {
            assert_int_equal(load("", jail.ptr, NULL, &c, &errors), 0);
            assert_int_equal(c.scopes[1].count, CONFIG_PORTS_MAX);
            config_fini(&c);
        } else {
            assert_int_not_equal(load("", jail.ptr, NULL, &c, &errors), 0);
            assert_string_equal(errors.ptr,
                                JAIL ":6: [j] `port` has more than 64 ports of both "
                                     "protocols; write ranges FIRST:LAST\n");
        }
        buf_fini(&jail);
        buf_fini(&errors);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_scopes), TEST(test_shared),
                                       TEST(test_errors), TEST(test_bound)};

    return RUN(tests);
}
