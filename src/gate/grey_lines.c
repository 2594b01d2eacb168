#include "gate/grey_lines.h"

#include "base/ascii.h"
#include "gate/grey_key.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { VALUE_MAX = 512 /* bytes that postgrey keeps of one */ };

static void
add_clean(struct buf *out, struct span text)
{
    text = span_head(text, VALUE_MAX);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];

        buf_add_byte(out, c < ' ' || c == 0x7F ? '?' : (char)c);
    }
}

static void
add_value(struct buf *out, const char *name, struct span value)
{
    if (value.len == 0)
        return;
    buf_printf(out, ", %s=", name);
    add_clean(out, value);
}

static void
add_reason(struct buf *out, const struct greylist_answer *answer, bool has_delay)
{
    switch (answer->outcome) {
    case GREYLIST_NEW:
        buf_add_text(out, "action=greylist, reason=new");
        break;
    case GREYLIST_EARLY:
        buf_printf(out, "action=greylist, reason=early-retry (%us missing)",
                   answer->missing_s);
        break;
    case GREYLIST_FIRST_PASS:
        buf_add_text(out, "action=pass, reason=triplet found");
        if (has_delay)
            buf_printf(out, ", delay=%u", answer->delayed_s);
        break;
    case GREYLIST_PASS:
        buf_add_text(out, "action=pass, reason=triplet found");
        break;
    case GREYLIST_AWL:
        buf_add_text(out, "action=pass, reason=client AWL");
        break;
    case GREYLIST_CLIENT_LISTED:
        buf_add_text(out, "action=pass, reason=client whitelist");
        break;
    case GREYLIST_RECIPIENT_LISTED:
        buf_add_text(out, "action=pass, reason=recipient whitelist");
        break;
    case GREYLIST_SKIPPED: /* postgrey has no such line */
    case GREYLIST_NOT_ASKED:
    case GREYLIST_OUTCOMES:
        buf_printf(out, "action=pass, reason=%s", answer->why);
        break;
    }
}

/* As Postfix wrote it: an address of ours may be spelled otherwise. */
static void
add_address(struct buf *out, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    buf_add_text(out, addr_text(a, text));
}

void
grey_line(struct buf *out, const struct greylist_ask *ask,
          const struct greylist_answer *answer, bool has_delay)
{
    if (ask->queue_id.len) {
        add_clean(out, ask->queue_id);
        buf_add_text(out, ": ");
    }
    add_reason(out, answer, has_delay);
    add_value(out, "client_name", ask->client_name);
    buf_add_text(out, ", client_address=");
    add_address(out, &ask->client);
    add_value(out, "sender", ask->sender);
    add_value(out, "recipient", ask->recipient);
}

void
grey_line_whitelisted(struct buf *out, const struct greylist_ask *ask)
{
    size_t from;

    buf_add_text(out, "whitelisted: ");
    add_clean(out, ask->client_name);
    if (ask->client_name.len)
        buf_add_byte(out, '[');
    from = out->len;
    grey_client(out, &ask->client);
    for (size_t i = from; i < out->len; i++) /* as NetAddr::IP writes it */
        out->ptr[i] =
            ascii_is_lower(out->ptr[i]) ? (char)(out->ptr[i] & ~0x20) : out->ptr[i];
    if (ask->client_name.len)
        buf_add_byte(out, ']');
}

static int
connect_to(int fd, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    if (!span_cstr(span_of(path), a.sun_path, sizeof(a.sun_path)))
        return -ENAMETOOLONG;
    return connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
}

int
grey_syslog_open(struct grey_syslog *s, const char *path, int facility)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err;

    if (fd < 0)
        return -errno;
    err = connect_to(fd, path);
    if (err) {
        (void)close(fd); /* nothing was sent */
        return err;
    }
    *s = (struct grey_syslog){
        .fd = fd, .path = path, .facility = facility, .pid = (int)getpid()};
    return 0;
}

void
grey_syslog_close(struct grey_syslog *s)
{
    if (s->fd)
        (void)close(s->fd); /* what was sent was taken */
    buf_fini(&s->text);
    *s = (struct grey_syslog){0};
}

static bool
was_lost(int error)
{
    return error == ECONNREFUSED || error == ENOTCONN || error == ECONNRESET;
}

void
grey_syslog_send(struct grey_syslog *s, int level, int64_t now_s, struct span line)
{
    struct buf *b = &s->text;
    time_t now = (time_t)now_s;
    char stamp[32] = "";
    struct tm tm;
    ssize_t n;

    if (localtime_r(&now, &tm))
        (void)strftime(stamp, sizeof(stamp), "%b %e %T", &tm);
    buf_clear(b);
    buf_printf(b, "<%d>%s postgrey[%d]: ", s->facility | level, stamp, s->pid);
    buf_add(b, span_head(line, GREY_LINE_MAX));
    n = send(s->fd, b->ptr, b->len, MSG_NOSIGNAL);
    if (n < 0 && was_lost(errno) && connect_to(s->fd, s->path) == 0)
        n = send(s->fd, b->ptr, b->len, MSG_NOSIGNAL);
    s->lost += n < 0;
}
