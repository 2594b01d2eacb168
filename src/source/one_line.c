#include "source/one_line.h"

#include <string.h>

static int
is_end(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

void
one_line(char *text, size_t len)
{
    char *newline = text;

    while (len && is_end(text[len - 1]))
        len--;
    while (len && (newline = memchr(newline, '\n', (size_t)(text + len - newline))))
        *newline++ = ' ';
}
