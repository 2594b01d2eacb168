#include "ctl/report_unprocessed.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ctl/command.h"

enum { FLUSH_BYTES = 1 << 16 };

bool
report_unprocessed_open(struct report_unprocessed *u, const char *name, struct buf *error)
{
    u->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    if (u->fd < 0)
        buf_printf(error, "%s: %s", name, strerror(errno));
    return u->fd >= 0;
}

static void
flush(struct report_unprocessed *u)
{
    if (u->error == 0)
        u->error = ctl_flush(u->fd, &u->text);
    buf_clear(&u->text);
}

void
report_unprocessed_add(struct report_unprocessed *u, struct span raw)
{
    if (u->fd < 0)
        return;
    buf_add(&u->text, raw);
    buf_add_byte(&u->text, '\n');
    if (u->text.len >= FLUSH_BYTES)
        flush(u);
}

void
report_unprocessed_close(struct report_unprocessed *u, const char *name,
                         struct buf *error)
{
    if (u->fd < 0)
        return;
    flush(u);
    buf_fini(&u->text);
    if (close(u->fd) != 0 && u->error == 0)
        u->error = -errno;
    u->fd = -1;
    if (u->error)
        buf_printf(error, "%s%s: %s", error->len ? "\n" : "", name, strerror(-u->error));
}
