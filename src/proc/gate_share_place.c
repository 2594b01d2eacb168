/* gate_share_place: how far the stream was read, in the folder of the gate. */
#include "gate_share_parts.h"

#include <fcntl.h>
#include <unistd.h>

#include "conf/layers.h"

#define MARK_NAME "share.place"

enum { MARK_BYTES = 256 };

void
share_read_mark(struct gate_share *s)
{
    struct buf path = {0}, text = {0};
    struct span rest, epoch, place, good;
    struct share_mark m = {0};
    uint64_t good_s;

    buf_printf(&path, "%s/" MARK_NAME, s->gate->folder);
    if (layers_read_file(path.ptr, MARK_BYTES, &text) == 0) {
        rest = buf_span(&text);
        if (span_word(&rest, &epoch) && span_word(&rest, &place) &&
            span_word(&rest, &good) && span_u64(good, 0, UINT32_MAX, &good_s) &&
            span_cstr(epoch, m.epoch, sizeof(m.epoch)) &&
            span_cstr(place, m.place, sizeof(m.place))) {
            m.good_s = (int64_t)good_s;
            s->now = s->older = m;
        }
    }
    buf_fini(&path);
    buf_fini(&text);
}

static bool
write_mark(const struct share_mark *m, const char *path)
{
    char text[MARK_BYTES];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int len = snprintf(text, sizeof(text), "%s %s %lld\n", m->epoch, m->place,
                       (long long)m->good_s);
    bool is_written;

    if (fd < 0)
        return false;
    is_written = write(fd, text, (size_t)len) == len;
    (void)close(fd); /* a mark that is lost costs a walk */
    return is_written;
}

void
share_write_mark(struct gate_share *s, bool is_last)
{
    const struct share_mark *m = is_last ? &s->now : &s->older;
    struct buf path = {0}, new = {0};

    buf_printf(&path, "%s/" MARK_NAME, s->gate->folder);
    buf_printf(&new, "%s.new", path.ptr);
    if (m->epoch[0] && m->place[0] && write_mark(m, new.ptr))
        (void)rename(new.ptr, path.ptr); /* else the one before stays */
    s->older = s->now;
    buf_fini(&path);
    buf_fini(&new);
}
