/* Where metrics may be told, and where not. */
#include "unit.h"

#include "conf/metrics_socket.h"

static const struct {
    const char *text, *want; /* NULL: refused */
} rows[] = {
    {"/run/komainu/metrics.sock", "/run/komainu/metrics.sock"},
    {"unix:/run/m", "/run/m"},
    {"127.0.0.1:9170", "127.0.0.1:9170"},
    {"127.3.2.1:1", "127.3.2.1:1"},
    {"[::1]:65535", "[::1]:65535"},
    {"[0:0::1]:9170", "[::1]:9170"},
    {"", NULL},
    {"/", NULL},
    {"unix:", NULL},
    {"unix:metrics.sock", NULL},
    {"metrics.sock", NULL},
    {"unix:127.0.0.1:9170", NULL},
    {"0.0.0.0:9170", NULL},
    {"192.0.2.1:9170", NULL},
    {"[::]:9170", NULL},
    {"[2001:db8::1]:9170", NULL},
    {"[::ffff:127.0.0.1]:9170", NULL},
    {"::1:9170", NULL},
    {"[127.0.0.1]:9170", NULL},
    {"localhost:9170", NULL},
    {"127.0.0.1", NULL},
    {"127.0.0.1:0", NULL},
    {"127.0.0.1:65536", NULL},
    {":9170", NULL},
};

static void
test_values(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf why = {0}, text = {0};
        struct metrics_socket m;

        if (!metrics_socket_read(span_of(rows[i].text), &m, &why)) {
            if (rows[i].want || !why.len)
                fail_msg("%s is refused", rows[i].text);
        } else {
            metrics_socket_print(&m, &text);
            if (!rows[i].want || strcmp(text.ptr, rows[i].want) != 0)
                fail_msg("%s is %s", rows[i].text, text.ptr);
        }
        buf_fini(&why);
        buf_fini(&text);
    }
}

static void
test_long(void **state UNUSED)
{
    char path[METRICS_PATH_MAX + 2];
    struct metrics_socket m;
    struct buf why = {0};

    memset(path, 'a', sizeof(path));
    path[0] = '/';
    assert_true(metrics_socket_read((struct span){path, METRICS_PATH_MAX}, &m, &why));
    assert_false(
        metrics_socket_read((struct span){path, METRICS_PATH_MAX + 1}, &m, &why));
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_values), TEST(test_long)};

    return RUN(tests);
}
