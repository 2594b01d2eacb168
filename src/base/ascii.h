/* ascii: kinds of bytes, whatever the locale; no byte above 127 is of any kind. */
#pragma once

#include "base/attr.h"

static inline bool
ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool
ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool
ascii_is_letter(char c)
{
    return ascii_is_lower(c) || ascii_is_upper(c);
}

/* A capital letter as a small one; any other byte as it is. */
static inline char
ascii_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c | 0x20) : c;
}

/* The same for each of some bytes, sixteen at a time: compilers make vectors of that. */
static inline void
ascii_lower_all(char *bytes, size_t len)
{
    for (; len >= 16; bytes += 16, len -= 16)
        for (size_t i = 0; i < 16; i++)
            bytes[i] = ascii_lower(bytes[i]);
    for (size_t i = 0; i < len; i++)
        bytes[i] = ascii_lower(bytes[i]);
}

/* The value of a hexadecimal digit in either case; -1 for any other byte. */
static inline int
ascii_hex(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
