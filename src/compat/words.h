/* words: a line as its words, as Python's shlex splits what fail2ban-client -i reads.
 *
 * Blanks divide; '...' is taken as it stands, "..." too but for \" and \\; elsewhere a
 * backslash takes away what the next character means. A # is a character as others.
 */
#pragma once

#include "base/span.h"

/* Splits `line` in place: words[0..*count) point into it. False for what cannot be split,
 * a quote that is not closed say, or more than `max` words: `*why` tells, as Python does.
 * One pass. */
NODISCARD bool words_split(char *line, const char **words, size_t max, size_t *count,
                           const char **why);
