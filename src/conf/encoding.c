#include "conf/encoding.h"

#include <iconv.h>

#include "base/ascii.h"

enum { NAME_MAX_BYTES = 32, CHUNK = 16 };

/* Beginnings of names, in small letters and with - for _. */
static const char *const utf8s[] = {"auto", "utf-8-sig", "utf-8",    "utf8",
                                    "u8",   "ascii",     "us-ascii", "646"};
static const char *const wides[] = {"utf-16",   "utf16",   "utf-32", "utf32",  "utf-7",
                                    "utf7",     "ucs",     "cp037",  "cp273",  "cp424",
                                    "cp500",    "cp875",   "cp1026", "cp1140", "ebcdic",
                                    "iso-2022", "iso2022", "hz"};
static const struct {
    const char *python, *iconv;
} others[] = {{"latin-1", "ISO-8859-1"},
              {"latin", "ISO-8859-1"},
              {"l1", "ISO-8859-1"},
              {"latin-9", "ISO-8859-15"},
              {"mbcs", "CP1252"}};

static bool
is_one_of(const char *const *names, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(name, span_of(names[i])))
            return true;
    return false;
}

/* The name as the tables have it; false: it is none. */
static bool
fold(struct span name, char out[NAME_MAX_BYTES])
{
    if (name.len == 0 || name.len >= NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!ascii_is_letter(c) && !ascii_is_digit(c) && !strchr("-_.", c))
            return false; /* a slash would be an order to iconv */
        out[i] = (char)(c == '_' ? '-' : ascii_is_letter(c) ? c | 0x20 : c);
    }
    out[name.len] = '\0';
    return true;
}

static iconv_t
open_encoding(const char *folded)
{
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(folded, others[i].python) == 0)
            folded = others[i].iconv;
    return iconv_open(folded, "UTF-8");
}

enum encoding_kind
encoding_kind(struct span name)
{
    char folded[NAME_MAX_BYTES];
    iconv_t to;

    if (!fold(name, folded))
        return ENCODING_UNKNOWN;
    if (is_one_of(utf8s, ARRAY_LEN(utf8s), span_of(folded)))
        return ENCODING_UTF8;
    for (size_t i = 0; i < ARRAY_LEN(wides); i++)
        if (span_starts(span_of(folded), span_of(wides[i])))
            return ENCODING_WIDE;
    to = open_encoding(folded);
    if (to == (iconv_t)-1)
        return ENCODING_UNKNOWN;
    (void)iconv_close(to); /* nothing was converted */
    return ENCODING_OTHER;
}

/* Converts one character, `text`. Its bytes are written as numbers: what an expression is
 * shown as stays text, and no byte (Shift JIS has backslashes) is a sign of it. */
static bool
convert_one(iconv_t to, struct span text, struct buf *out)
{
    char in[4], chunk[CHUNK], *from = in, *end = chunk; /* iconv() takes no const */
    size_t left = text.len, room = sizeof(chunk);

    memcpy(in, text.ptr, text.len);
    if (iconv(to, &from, &left, &end, &room) != 0)
        return false;
    for (const char *p = chunk; p < end; p++)
        buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*p);
    return true;
}

bool
encoding_convert(struct span name, struct span text, struct buf *out)
{
    char folded[NAME_MAX_BYTES];
    bool is_good = true, is_escaped = false;
    iconv_t to;

    if (!fold(name, folded))
        return false;
    to = open_encoding(folded);
    if (to == (iconv_t)-1)
        return false;
    while (is_good && text.len) {
        size_t len = buf_utf8_len(text);

        if (len != 1 && is_escaped)
            buf_truncate(out, out->len - 1); /* a letter needs none */
        if (len == 1)
            buf_add_byte(out, text.ptr[0]);
        else
            is_good = len && convert_one(to, span_head(text, len), out);
        is_escaped = text.ptr[0] == '\\' && !is_escaped;
        text = span_from(text, len);
    }
    (void)iconv_close(to); /* what was converted is in `out` */
    return is_good;
}
