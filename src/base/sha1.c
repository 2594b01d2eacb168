#include "base/sha1.h"

#include <stdio.h>

enum { BLOCK = 64, WORDS = 5, ROUNDS = 80, LENGTH_AT = 56 };

static uint32_t
rotate(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static uint32_t
mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5A827999;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ED9EBA1;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
    return (b ^ c ^ d) + 0xCA62C1D6;
}

static void
take_block(uint32_t h[WORDS], const uint8_t *block)
{
    uint32_t w[ROUNDS], v[WORDS];

    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < ROUNDS; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(v, h, sizeof(v));
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t next = rotate(v[0], 5) + mix(i, v[1], v[2], v[3]) + v[4] + w[i];

        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (int i = 0; i < WORDS; i++)
        h[i] += v[i];
}

void
sha1_hex(struct span text, char dst[SHA1_HEX])
{
    uint32_t h[WORDS] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint64_t bits = (uint64_t)text.len * 8;
    uint8_t last[2 * BLOCK] = {0};
    size_t left, end;

    for (; text.len >= BLOCK; text = (struct span){text.ptr + BLOCK, text.len - BLOCK})
        take_block(h, (const uint8_t *)text.ptr);
    left = text.len;
    if (left)
        memcpy(last, text.ptr, left);
    last[left] = 0x80;
    end = left < LENGTH_AT ? BLOCK : 2 * BLOCK;
    for (int i = 0; i < 8; i++)
        last[end - 1 - (size_t)i] = (uint8_t)(bits >> 8 * i);
    for (size_t at = 0; at < end; at += BLOCK)
        take_block(h, last + at);
    for (size_t i = 0; i < WORDS; i++)
        (void)snprintf(dst + 8 * i, 9, "%08x", h[i]);
}
