/* one_line: a syslog message made to be a single line, as a log file would hold it.
 *
 * A sender may put newlines into a message, and an expression's `.` does not go past one:
 * what stands behind it would be hidden from every filter.
 */
#pragma once

#include <stddef.h>

/* Replaces the newlines in `text` by blanks. Those at its end, with the CR and NUL bytes
 * there, are the end of the line and stay. */
void one_line(char *text, size_t len);
