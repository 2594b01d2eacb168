/* report_unprocessed: the file that the lines of a report go to that were not understood.
 *
 *     struct report_unprocessed u = REPORT_UNPROCESSED_NONE;
 *     report_unprocessed_open(&u, name, &error);
 *     report_unprocessed_add(&u, raw);
 *     report_unprocessed_close(&u, name, &error);
 */
#pragma once

#include "base/buf.h"

struct report_unprocessed {
    int fd; /* -1: nobody wants them */
    struct buf text;
    int error; /* negative errno of a write */
};

#define REPORT_UNPROCESSED_NONE                                                          \
    {                                                                                    \
        .fd = -1                                                                         \
    }

/* Begins the file anew. False with "NAME: reason" in `error`: it cannot be written. */
NODISCARD bool report_unprocessed_open(struct report_unprocessed *u, const char *name,
                                       struct buf *error);

/* Adds a line, where anybody wants it. */
void report_unprocessed_add(struct report_unprocessed *u, struct span raw);

/* Writes what is left, closes the file and frees all; u->error stays, and is told in
 * `error`. */
void report_unprocessed_close(struct report_unprocessed *u, const char *name,
                              struct buf *error);
