/* errors: what is wrong with the configuration, one line each: all of it, not only the
 * first.
 *
 *     FILE:LINE: what is wrong; what would be right
 *
 * Text of the files is escaped, so that a message cannot confuse a terminal. The same
 * message is kept once; behind CONF_ERRORS_MAX a last line says that there are more.
 */
#pragma once

#include "base/buf.h"

enum { CONF_ERRORS_MAX = 50, CONF_ERROR_BYTES_MAX = 1024 };

struct conf_errors {
    struct buf *text; /* borrowed; grows by a line for each error */
    size_t count;
};

/* Adds "FILE:LINE: message"; without ":LINE" when `line` is 0, and without both when
 * `file` is NULL. */
void conf_error(struct conf_errors *e, const char *file, unsigned line,
                const char *format, ...) PRINTF(4, 5);
