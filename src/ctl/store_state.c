#include "ctl/store_state.h"

#include <errno.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "ctl/report_store.h"
#include "report/keeper.h"

enum { LOGS_MAX = 4096 }; /* bytes of their names */

static bool
counts_days(struct span frames)
{
    struct wire_tell_status st;
    struct span fields;

    return answer_next(&frames, WIRE_TELL_STATUS, &fields) &&
           wire_get_tell_status(fields, &st) && st.counts_days;
}

void
store_state_add(const struct ctl_args *args, struct answer *a)
{
    struct wire_tell_store m = {0};
    struct buf logs = buf_bounded(LOGS_MAX);
    char path[REPORT_STORE_PATH_MAX];
    struct keeper_told told = {0};
    int fd;

    if (!counts_days(buf_span(&a->frames)))
        return;
    fd = report_store_open(args, path);
    m.error = fd < 0 ? fd : keeper_read_state(fd, &told, &m.saved_us, &logs);
    if (fd >= 0)
        (void)close(fd); /* only read from */
    m.checked_us = told.checked_us;
    m.logs = buf_span(&logs);
    wire_put_tell_store(&a->frames, &m);
    buf_fini(&logs);
}

static bool
find(struct span frames, struct wire_tell_store *m)
{
    struct span fields;

    return answer_next(&frames, WIRE_TELL_STORE, &fields) &&
           wire_get_tell_store(fields, m);
}

static const char *
why(int64_t error)
{
    return error == -ENOENT    ? "nothing is counted yet"
           : error == -EBADMSG ? "the totals are damaged or of another version"
                               : strerror((int)-error);
}

void
store_state_show(struct span frames, struct buf *out)
{
    struct wire_tell_store m;

    if (!find(frames, &m))
        return;
    buf_add_text(out, "Days for reports: ");
    if (m.error) {
        buf_printf(out, "%s\n", why(m.error));
        return;
    }
    text_foreign(out, m.logs);
    if (m.checked_us) {
        buf_add_text(out, " counted up to ");
        text_time(out, m.checked_us);
    } else {
        buf_add_text(out, " not counted to the end yet");
    }
    buf_add_text(out, ", saved ");
    text_time(out, m.saved_us);
    buf_add_text(out, "\n");
}

void
store_state_member(struct span frames, struct buf *out)
{
    struct wire_tell_store m;

    json_key(out, "report_store");
    if (!find(frames, &m)) {
        json_null(out);
        return;
    }
    json_open(out, '{');
    json_key(out, "logs");
    json_span(out, m.logs);
    json_key(out, "counted_until");
    if (m.checked_us)
        json_time(out, m.checked_us);
    else
        json_null(out);
    json_key(out, "saved");
    if (m.error)
        json_null(out);
    else
        json_time(out, m.saved_us);
    json_key(out, "error");
    if (m.error)
        json_text(out, why(m.error));
    else
        json_null(out);
    json_close(out, '}');
}
