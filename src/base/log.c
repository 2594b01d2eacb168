#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* How many lines of `event` were held back before this one, or -1: hold this one back
 * too. */
static int64_t
admit(struct logger *l, const char *event)
{
    int64_t minute = clock_boot_us() / MINUTE_US;
    uint32_t held;

    for (size_t i = 0; i < LOG_NAMES; i++) {
        if (!l->names[i].event)
            l->names[i].event = event;
        if (l->names[i].event != event)
            continue;
        if (l->names[i].minute != minute) {
            l->names[i].minute = minute;
            l->names[i].said = 0;
        }
        if (l->names[i].said >= LOG_BURST) {
            l->names[i].held++;
            return -1;
        }
        l->names[i].said++;
        held = l->names[i].held;
        l->names[i].held = 0;
        return held;
    }
    return 0;
}

static bool
is_writable(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

static void
hold_back(struct logger *l, const char *event)
{
    for (size_t i = 0; i < LOG_NAMES; i++)
        if (l->names[i].event == event)
            l->names[i].held++;
}

bool
log_is_journal(const char *stream)
{
    struct span device, inode;
    uint64_t dev, ino;
    struct stat st;

    return stream && span_cut(span_of(stream), SPAN(":"), &device, &inode) &&
           span_u64(device, 0, UINT64_MAX, &dev) &&
           span_u64(inode, 0, UINT64_MAX, &ino) && fstat(STDERR_FILENO, &st) == 0 &&
           st.st_dev == dev && st.st_ino == ino;
}

void
log_line(struct logger *l, enum log_level level, const char *event, const char *format,
         ...)
{
    struct buf line = buf_bounded(4096);
    char text[2048];
    int64_t held;
    va_list args;

    if (level > (l->level ? l->level : LOG_LEVEL_INFO))
        return;
    held = admit(l, event);
    if (held < 0)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (l->has_priority_prefix)
        buf_printf(&line, "<%d>", (int)level);
    if (l->program)
        buf_printf(&line, "%s: ", l->program);
    buf_printf(&line, "%s %s", event, text);
    if (held)
        buf_printf(&line, " held_back=%lld", (long long)held);
    buf_add_byte(&line, '\n');
    /* One write, so that lines of several processes do not mix. A reader that does not
     * read must not stop the guard: such a line is held back, and counted. */
    if (!is_writable() || write(STDERR_FILENO, line.ptr, line.len) < 0)
        hold_back(l, event);
    buf_fini(&line);
}
