/* journal_line: an entry of the systemd journal as the line that a filter sees:
 *
 *     HOST TAG[PID]: MESSAGE
 *     HOST kernel: [   12.345678] MESSAGE
 *
 * What the entry does not have is left out. A newline is written as \n (two bytes); all
 * other bytes are what somebody logged. The date is not in it: an entry has a time. Where
 * the parts lie is told beside the text, so that nobody has to find them again and
 * nothing that was logged can look like a header.
 */
#pragma once

#include "base/buf.h"

enum {
    JOURNAL_TEXT_MAX = 65535, /* bytes of a line */
    JOURNAL_HOST_MAX = 255,
    JOURNAL_TAG_MAX = 255,
    JOURNAL_PID_MAX = 20,
    JOURNAL_CURSOR_MAX = 256, /* bytes of the text that names a place in a journal */
};

struct journal_fields {
    struct span host;      /* _HOSTNAME */
    struct span tag;       /* SYSLOG_IDENTIFIER, else _COMM */
    struct span pid;       /* SYSLOG_PID, else _PID */
    struct span message;   /* MESSAGE */
    int64_t since_boot_us; /* when it was written; for lines of the kernel */
};

/* Lengths in the text. */
struct journal_shape {
    size_t host;    /* the text begins with it */
    size_t tag;     /* behind the host and a blank; behind nothing without a host */
    size_t pid;     /* behind the tag and a bracket */
    size_t message; /* where the message begins, behind a kernel's stamp; it ends with the
                       text */
    bool is_cut;    /* something did not fit */
};

/* The parts of a text of such a shape. */
struct journal_parts {
    struct span host, tag, pid, message;
};

/* Replaces what `text`, bounded to JOURNAL_TEXT_MAX, holds by the line of an entry. */
void journal_line(const struct journal_fields *f, struct buf *text,
                  struct journal_shape *shape);

/* Finds the parts of a text. False when it cannot have this shape. */
NODISCARD bool journal_parts(struct span text, const struct journal_shape *shape,
                             struct journal_parts *out);
