/* grey_lines: postgrey's lines of the log, byte for byte, and the way to syslog.
 *
 *     QUEUEID: action=ACTION, reason=REASON, delay=N, client_name=...,
 * client_address=..., sender=..., recipient=...
 *
 * on one line, what is empty left out. Control bytes in what the client said become `?`.
 */
#pragma once

#include "gate/greylist.h"

enum {
    GREY_LINE_MAX = 8192, /* bytes of one line */
};

/* Appends the line of an answer. Its action and reason are those of the outcome; of a
 * first pass the delay stands there when the answer has a header or `has_delay` is set.
 */
void grey_line(struct buf *out, const struct greylist_ask *ask,
               const struct greylist_answer *answer, bool has_delay);

/* Appends "whitelisted: NAME[ADDRESS]". */
void grey_line_whitelisted(struct buf *out, const struct greylist_ask *ask);

struct grey_syslog {
    int fd;           /* 0: none */
    const char *path; /* borrowed */
    int facility, pid;
    struct buf text; /* of the line under way */
    uint64_t lost;   /* lines it did not take */
};

/* Connects to `path` (/dev/log). 0, or a negative errno. */
NODISCARD int grey_syslog_open(struct grey_syslog *s, const char *path, int facility);

/* A zeroed one is legal. */
void grey_syslog_close(struct grey_syslog *s);

/* Sends a line as `postgrey[PID]` with the time in the local zone, without waiting: what
 * is not taken is counted. A connection that was lost is made again at once. */
void grey_syslog_send(struct grey_syslog *s, int level, int64_t now_s, struct span line);
