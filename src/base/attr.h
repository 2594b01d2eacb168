/* attr: compiler attributes, and the C functions nobody here may call.
 *
 * Every header includes this one first. The poisoned names have bounded or checked
 * replacements in base/span.h, base/buf.h and base/mem.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
/* A large local of which what is read is written before, and which is made for each
 * event: the build fills the others with a pattern. */
#define UNFILLED __attribute__((uninitialized))
#define FALLTHROUGH __attribute__((fallthrough))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Some C libraries make macros of these two. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol atof
#pragma GCC poison gets system popen
