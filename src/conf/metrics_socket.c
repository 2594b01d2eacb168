#include "conf/metrics_socket.h"

#include "conf/logpath.h"

#define RIGHT "write a path that begins with /, 127.0.0.1:PORT or [::1]:PORT"

static bool
is_path(struct span path)
{
    return path.len > 1 && path.len <= METRICS_PATH_MAX && path.ptr[0] == '/' &&
           !memchr(path.ptr, 0, path.len);
}

/* 127.0.0.0/8 (RFC 1122, 3.2.1.3) and ::1. */
static bool
is_loopback(const struct addr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, one, sizeof(one)) == 0;
}

bool
metrics_socket_read(struct span text, struct metrics_socket *out, struct buf *why)
{
    struct metrics_socket m = {.path = text};

    (void)span_take(&m.path, SPAN("unix:"));
    if (is_path(m.path)) {
        *out = m;
        return true;
    }
    m.path = (struct span){0};
    if (!logpath_read_endpoint(text, &m.address, &m.port)) {
        buf_printf(why, RIGHT "; a path has at most %d bytes", METRICS_PATH_MAX);
        return false;
    }
    if (!is_loopback(&m.address)) {
        buf_add_text(why, RIGHT
                     "; other addresses are not taken, because nothing is encrypted");
        return false;
    }
    *out = m;
    return true;
}

void
metrics_socket_print(const struct metrics_socket *m, struct buf *out)
{
    bool is_6 = m->address.family == 6;
    char text[ADDR_TEXT_MAX];

    if (m->path.len)
        buf_add(out, m->path);
    else
        buf_printf(out, "%s%s%s:%u", is_6 ? "[" : "", addr_text(&m->address, text),
                   is_6 ? "]" : "", m->port);
}
