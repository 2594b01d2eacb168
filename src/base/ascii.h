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

/* The same for sixteen bytes at once. */
static inline void
ascii_lower_sixteen(char *bytes)
{
    typedef uint8_t sixteen __attribute__((vector_size(16)));
    sixteen all;

    memcpy(&all, bytes, sizeof(all));
    all |= (sixteen)(all - (uint8_t)'A' <= (uint8_t)('Z' - 'A')) & 0x20;
    memcpy(bytes, &all, sizeof(all));
}

/* The same for each of some bytes. The last sixteen are mostly seen twice. */
static inline void
ascii_lower_all(char *bytes, size_t len)
{
    if (len < 16) {
        for (size_t i = 0; i < len; i++)
            bytes[i] = ascii_lower(bytes[i]);
        return;
    }
    for (size_t i = 0; i < len - 16; i += 16)
        ascii_lower_sixteen(bytes + i);
    ascii_lower_sixteen(bytes + len - 16);
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
