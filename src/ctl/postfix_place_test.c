#include "ctl/postfix_place.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define QUEUE SPAN("/var/spool/postfix")

static void
test_choose(void **state UNUSED)
{
    static const struct {
        const char *listen, *chosen;
    } table[] = {
        {"unix:/var/spool/postfix/komainu/gate",
         "unix:/var/spool/postfix/komainu/gate,0666"},
        {"inet:192.0.2.1:10023 unix:/var/spool/postfix/private/gate,0660",
         "unix:/var/spool/postfix/private/gate,0660"},
        {"unix:/run/komainu/gate inet:10023", "inet:127.0.0.1:10023"},
        {"inet:0.0.0.0:10023", "inet:127.0.0.1:10023"},
        {"inet:[::]:10023", "inet:[::1]:10023"},
        {"inet:[2001:db8::1]:10023 inet:10023", "inet:[2001:db8::1]:10023"},
        {"unix:/run/komainu/gate", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct config_gate_line line = {SPAN("gate"), SPAN("listen"),
                                        span_of(table[i].listen)};
        struct config_gate_listen where;
        struct config_gate c;
        struct buf why = {0}, text = {0};

        config_gate_init(&c);
        assert_true(config_gate_set(&c, &line, &why));
        assert_int_equal(postfix_place_choose(&c, QUEUE, &where),
                         table[i].chosen != NULL);
        if (table[i].chosen) {
            config_gate_listen_print(&where, &text);
            assert_string_equal(text.ptr, table[i].chosen);
        }
        buf_fini(&text);
        config_gate_fini(&c);
    }
}

static void
test_try(void **state UNUSED)
{
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    struct config_gate_listen none = {.path = "/nonexistent/gate"},
                              port = {.address = addr_from_bytes(4, loopback)};
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(postfix_place_try(&none), -ENOENT);
    assert_return_code(bind(fd, (struct sockaddr *)&name, size), errno);
    assert_return_code(getsockname(fd, (struct sockaddr *)&name, &size), errno);
    port.port = ntohs(name.sin_port);
    assert_int_equal(postfix_place_try(&port), -ECONNREFUSED);
    assert_return_code(listen(fd, 1), errno);
    assert_int_equal(postfix_place_try(&port), 0);
    assert_return_code(close(fd), errno);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_choose), TEST(test_try)};

    return RUN(tests);
}
