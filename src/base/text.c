#include "base/text.h"

#define LAST_TIME_US (INT64_C(253402300799) * SECOND_US) /* end of 9999 */

struct range {
    uint32_t first, last;
};

/* Sorted: in_ranges() searches by halves. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26AA, 0x26AB},   {0x26BD, 0x26BE},
    {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},   {0x274C, 0x274C},
    {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0x3098},   {0x309B, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
    {0x20000, 0x3FFFD},
};
static const struct range narrow[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},   {0x0610, 0x061A},
    {0x064B, 0x065F}, {0x06D6, 0x06DC}, {0x0E34, 0x0E3A},   {0x0E47, 0x0E4E},
    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF},   {0x3099, 0x309A},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0100, 0xE01EF},
};
/* What reorders, hides or breaks a line, and what is no character. */
static const struct range treacherous[] = {
    {0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x180E, 0x180E},
    {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
    {0xFDD0, 0xFDEF}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
};

static bool
in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
    size_t low = 0, high = count, mid;

    while (low < high) {
        mid = low + (high - low) / 2;
        if (c < ranges[mid].first)
            high = mid;
        else if (c > ranges[mid].last)
            low = mid + 1;
        else
            return true;
    }
    return false;
}

/* The code point at the front of `s`, and its bytes; a byte that begins none stands for
 * itself. */
static uint32_t
code_point(struct span s, size_t *len)
{
    unsigned char first = (unsigned char)s.ptr[0];
    size_t n = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t c;

    *len = 1;
    if (n == 1 || n > s.len)
        return first;
    c = first & (0x7FU >> n);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)s.ptr[i] & 0x3FU);
    *len = n;
    return c;
}

static size_t
code_width(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (in_ranges(c, narrow, ARRAY_LEN(narrow)))
        return 0;
    return in_ranges(c, wide, ARRAY_LEN(wide)) ? 2 : 1;
}

static bool
is_treacherous(uint32_t c)
{
    /* The last two of each plane are no characters. */
    return (c & 0xFFFE) == 0xFFFE || in_ranges(c, treacherous, ARRAY_LEN(treacherous));
}

void
text_foreign(struct buf *b, struct span s)
{
    struct buf escaped = buf_bounded(4 * s.len + 1); /* "\xXX" for each byte at most */
    struct span rest;
    size_t n;
    uint32_t c;

    buf_escaped(&escaped, s);
    for (rest = buf_span(&escaped); rest.len; rest = span_from(rest, n)) {
        c = code_point(rest, &n);
        if (is_treacherous(c))
            buf_printf(b, "\\u{%04X}", (unsigned)c);
        else
            buf_add(b, span_head(rest, n));
    }
    buf_fini(&escaped);
}

size_t
text_width(struct span s)
{
    size_t width = 0, n;

    for (; s.len; s = span_from(s, n))
        width += code_width(code_point(s, &n));
    return width;
}

/* The longest beginning of `s` that takes `columns` at most; how many it does. */
static struct span
head_of_width(struct span s, size_t columns, size_t *used)
{
    struct span rest = s;
    size_t n, w;

    *used = 0;
    for (; rest.len; rest = span_from(rest, n)) {
        w = code_width(code_point(rest, &n));
        if (*used + w > columns)
            break;
        *used += w;
    }
    return span_head(s, s.len - rest.len);
}

size_t
text_cut(struct buf *b, struct span s, size_t columns)
{
    size_t width = text_width(s), used;

    if (width <= columns) {
        buf_add(b, s);
        return width;
    }
    buf_add(b, head_of_width(s, columns - 1, &used));
    buf_add_text(b, "\u2026");
    return used + 1;
}

size_t
text_cut_middle(struct buf *b, struct span s, size_t columns)
{
    size_t left = text_width(s), tail = (columns - 1) * 2 / 5, head, n;

    if (left <= columns || tail == 0)
        return text_cut(b, s, columns);
    buf_add(b, head_of_width(s, columns - 1 - tail, &head));
    buf_add_text(b, "\u2026");
    for (; left > tail; s = span_from(s, n))
        left -= code_width(code_point(s, &n));
    buf_add(b, s);
    return head + 1 + left;
}

void
text_who(struct buf *b, const struct addr *who, struct span id)
{
    char text[ADDR_TEXT_MAX];

    if (who->family)
        buf_add_text(b, addr_text(who, text));
    else if (id.len)
        text_foreign(b, id);
    else
        buf_add_byte(b, '-');
}

void
text_number(struct buf *b, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buf_add_byte(b, ',');
        buf_add_byte(b, digits[i]);
    }
}

void
text_bytes(struct buf *b, uint64_t bytes)
{
    static const char letters[] = "kMGTPE";
    size_t i = 0;

    if (bytes < 1000) {
        buf_printf(b, "%u B", (unsigned)bytes);
        return;
    }
    /* Tenths are cut, not rounded: "1000.0 kB" cannot come out. */
    for (; bytes >= UINT64_C(1000) * 1000; bytes /= 1000)
        i++;
    buf_printf(b, "%u.%u %cB", (unsigned)(bytes / 1000), (unsigned)(bytes % 1000 / 100),
               letters[i]);
}

bool
text_is_time(int64_t wall_us)
{
    return wall_us >= 0 && wall_us <= LAST_TIME_US;
}

void
text_time(struct buf *b, int64_t wall_us)
{
    struct civil c;

    if (!text_is_time(wall_us)) {
        buf_add_text(b, "unknown");
        return;
    }
    c = clock_to_civil(wall_us, clock_local_offset_s(wall_us));
    buf_printf(b, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
               c.minute, c.second);
}

void
text_duration_s(struct buf *b, int64_t s)
{
    int64_t us;

    if (__builtin_mul_overflow(s, SECOND_US, &us))
        us = s < 0 ? -1 : INT64_MAX;
    clock_add_duration(b, us);
}

int64_t
text_span_us(int64_t from_us, int64_t to_us)
{
    int64_t us;

    if (__builtin_sub_overflow(to_us, from_us, &us))
        us = to_us < from_us ? INT64_MIN : INT64_MAX;
    return us;
}

void
text_count(struct buf *b, uint64_t n, const char *noun)
{
    text_number(b, n);
    buf_printf(b, " %s%s", noun, n == 1 ? "" : "s");
}

void
text_paint(struct buf *b, const struct screen *s, enum paint paint, const char *text)
{
    static const char *const codes[] = {"1", "1;31", "33", "32"};

    if (s->is_coloured)
        buf_printf(b, "\033[%sm%s\033[0m", codes[paint], text);
    else
        buf_add_text(b, text);
}
