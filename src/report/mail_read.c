#include "report/mail_read.h"

#include <stddef.h>

#include "base/ascii.h"
#include "base/look.h"

enum { QUEUE_ID_MIN = 5, QUEUE_ID_MAX = 24, SECONDS_MAX = 1000000000 };

bool
read_until(struct span *rest, char c, struct span *word)
{
    ptrdiff_t at = span_find_byte(*rest, c);

    if (at < 0)
        return false;
    *word = span_head(*rest, (size_t)at);
    *rest = span_between(rest->ptr + at + 1, rest->ptr + rest->len);
    return true;
}

void
read_as(struct mail_line *m, enum mail_kind kind, struct span text)
{
    m->kind = kind;
    m->text = text;
}

/* Digits, consonants, and of capital vowels those that are hexadecimal digits: of the
 * bytes 0 to 63 and 64 to 127 those whose bit is set. */
static bool
is_queue_byte(char c)
{
    static const uint64_t low = UINT64_C(0x3FF) << '0';
    static const uint64_t high =
        (UINT64_C(0x7FFFFFE) & ~(UINT64_C(1) << ('I' - 64) | UINT64_C(1) << ('O' - 64) |
                                 UINT64_C(1) << ('U' - 64))) |
        (UINT64_C(0x7FFFFFE) << 32 &
         ~(UINT64_C(1) << ('a' - 64) | UINT64_C(1) << ('e' - 64) |
           UINT64_C(1) << ('i' - 64) | UINT64_C(1) << ('o' - 64) |
           UINT64_C(1) << ('u' - 64)));
    uint8_t byte = (uint8_t)c;

    return byte < 128 && ((byte < 64 ? low : high) >> (byte & 63) & 1);
}

bool
read_queue_id(struct span *rest, struct mail_line *m)
{
    struct span s = *rest;
    size_t n = 0;

    while (n < s.len && n < QUEUE_ID_MAX && is_queue_byte(s.ptr[n]))
        n++;
    if (n < QUEUE_ID_MIN || n + 1 >= s.len || s.ptr[n] != ':' || s.ptr[n + 1] != ' ')
        return false;
    m->queue_id = span_head(s, n);
    *rest = span_between(s.ptr + n + 2, s.ptr + s.len);
    return true;
}

bool
read_client(struct span *rest, struct mail_line *m)
{
    struct span s = *rest, name, address;
    size_t port = 1;

    if (!read_until(&s, '[', &name) || !read_until(&s, ']', &address))
        return false;
    if (span_find_byte(name, ' ') >= 0)
        return false;
    if (s.len && s.ptr[0] == ':') {
        while (port < s.len && ascii_is_digit(s.ptr[port]))
            port++;
        if (port > 1)
            s = span_between(s.ptr + port, s.ptr + s.len);
    }
    m->name = name;
    m->address = address;
    *rest = s;
    return true;
}

int64_t
read_seconds(struct span text)
{
    int64_t us = 0, unit = 100000;
    size_t i = 0;

    for (; i < text.len && ascii_is_digit(text.ptr[i]); i++) {
        us = us * 10 + (text.ptr[i] - '0');
        if (us > SECONDS_MAX)
            return -1;
    }
    us *= 1000000;
    if (i == 0 || i == text.len)
        return i ? us : -1;
    if (text.ptr[i] != '.')
        return -1;
    for (i++; i < text.len; i++, unit /= 10) {
        if (!ascii_is_digit(text.ptr[i]))
            return -1;
        us += (text.ptr[i] - '0') * unit;
    }
    return us;
}

/* --- KEY=VALUE --- */

struct pair_field {
    const char *key;
    size_t offset;
};

#define FIELD(key, member)                                                               \
    {                                                                                    \
        key, offsetof(struct mail_line, member)                                          \
    }

/* By the length of their keys: most lines have many pairs. */
static const struct pair_field keys_2[] = {FIELD("to", recipient), {0}};
static const struct pair_field keys_3[] = {FIELD("dsn", dsn), FIELD("rip", address), {0}};
static const struct pair_field keys_4[] = {
    FIELD("from", sender), FIELD("user", account), FIELD("helo", helo), {0}};
static const struct pair_field keys_5[] = {
    FIELD("relay", relay), FIELD("proto", proto), {0}};
static const struct pair_field keys_6[] = {FIELD("method", method),
                                           FIELD("action", status),
                                           FIELD("reason", stage),
                                           FIELD("sender", sender),
                                           {0}};
static const struct pair_field keys_7[] = {FIELD("orig_to", orig_to), {0}};
static const struct pair_field keys_8[] = {FIELD("receiver", recipient), {0}};
static const struct pair_field keys_9[] = {
    FIELD("client-ip", address), FIELD("recipient", recipient), {0}};
static const struct pair_field keys_11[] = {
    FIELD("client_name", name), FIELD("sasl_method", method), {0}};
static const struct pair_field keys_13[] = {FIELD("sasl_username", account),
                                            FIELD("envelope-from", sender),
                                            FIELD("orig_queue_id", other_id),
                                            {0}};
static const struct pair_field keys_14[] = {FIELD("client_address", address), {0}};
static const struct pair_field *const keys_of[] = {
    [2] = keys_2,   [3] = keys_3,   [4] = keys_4,  [5] = keys_5,
    [6] = keys_6,   [7] = keys_7,   [8] = keys_8,  [9] = keys_9,
    [11] = keys_11, [13] = keys_13, [14] = keys_14};

static int64_t
read_number(struct span text)
{
    uint64_t n;

    return span_u64(text, 0, INT64_MAX, &n) ? (int64_t)n : -1;
}

static void
read_delays(struct span text, struct mail_line *m)
{
    struct span part;

    for (int i = 0; i < MAIL_DELAYS; i++) {
        if (!read_until(&text, '/', &part)) {
            m->delays_us[i] = read_seconds(text);
            return;
        }
        m->delays_us[i] = read_seconds(part);
    }
}

static void
set_status(struct span word, struct mail_line *m)
{
    static const struct {
        struct span word;
        enum mail_status status;
    } words[] = {
        {SPAN_INIT("sent"), MAIL_SENT},
        {SPAN_INIT("deferred"), MAIL_DEFERRED},
        {SPAN_INIT("bounced"), MAIL_BOUNCED},
        {SPAN_INIT("undeliverable"), MAIL_UNDELIVERABLE},
        {SPAN_INIT("deliverable"), MAIL_DELIVERABLE},
    };

    m->status = word;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_eq(word, words[i].word))
            m->outcome = words[i].status;
    }
}

/* Of the keys that are no text. */
static void
set_number(struct span key, struct span value, struct mail_line *m)
{
    if (span_eq(key, SPAN("size")))
        m->size = read_number(value);
    else if (span_eq(key, SPAN("nrcpt")))
        m->nrcpt = read_number(value);
    else if (span_eq(key, SPAN("delay")))
        m->delay_us = read_seconds(value);
    else if (span_eq(key, SPAN("delays")))
        read_delays(value, m);
    else if (span_eq(key, SPAN("status")))
        set_status(value, m);
}

static void
set_pair(struct span key, struct span value, struct mail_line *m)
{
    const struct pair_field *f = key.len < ARRAY_LEN(keys_of) ? keys_of[key.len] : NULL;

    for (; f && f->key; f++) {
        if (f->key[0] == key.ptr[0] && memcmp(f->key, key.ptr, key.len) == 0) {
            *(struct span *)((char *)m + f->offset) = value;
            return;
        }
    }
    set_number(key, value, m);
}

/* Which bytes a key may have: small letters, "_" and "-". */
static inline look_bytes
are_of_key(look_bytes b)
{
    const look_bytes a = look_at("aaaaaaaaaaaaaaaa"), z = look_at("zzzzzzzzzzzzzzzz");

    return (look_bytes)(look_between(b, a, z) | (look_bytes)(b == '_') |
                        (look_bytes)(b == '-'));
}

/* The length of the word before "=", 0 when there is none. Keys are short: mostly at one
 * look. */
static size_t
key_length(struct span s)
{
    size_t n = 0;

    if (s.len >= LOOK_BYTES)
        n = look_first(~are_of_key(look_at(s.ptr)));
    if (s.len < LOOK_BYTES || n == LOOK_BYTES)
        while (n < s.len &&
               (ascii_is_lower(s.ptr[n]) || s.ptr[n] == '_' || s.ptr[n] == '-'))
            n++;
    return n < s.len && s.ptr[n] == '=' ? n : 0;
}

/* Whether the ">" at `at` ends a value: an address may have ">", too, in quotes. */
static bool
ends_brackets(struct span s, size_t at)
{
    struct span rest = span_from(s, at + 1);

    if (!rest.len || rest.ptr[0] == ':' || rest.ptr[0] == ')')
        return true;
    if (rest.ptr[0] == ',' || rest.ptr[0] == ';')
        return rest.len == 1 || rest.ptr[1] == ' ';
    if (rest.ptr[0] != ' ')
        return false;
    rest = span_from(rest, 1);
    return !rest.len || rest.ptr[0] == '(' || key_length(rest);
}

/* Takes "<...>" off the front, and gives what is inside. An end that no separator follows
 * is part of it; without any end all is. */
static struct span
take_bracketed(struct span *rest)
{
    struct span s = span_between(rest->ptr + 1, rest->ptr + rest->len);
    size_t at = 0;

    for (;;) {
        const char *end = at < s.len ? memchr(s.ptr + at, '>', s.len - at) : NULL;

        if (!end) {
            *rest = span_between(s.ptr + s.len, s.ptr + s.len);
            return s;
        }
        at = (size_t)(end - s.ptr);
        if (ends_brackets(s, at))
            break;
        at++;
    }
    *rest = span_between(s.ptr + at + 1, s.ptr + s.len);
    return span_head(s, at);
}

/* Where ", " begins, or the end. */
static size_t
list_item(struct span s)
{
    size_t n = 0;

    while (n < s.len) {
        ptrdiff_t at = span_find_byte((struct span){s.ptr + n, s.len - n}, ',');

        if (at < 0)
            return s.len;
        n += (size_t)at;
        if (n + 1 == s.len || s.ptr[n + 1] == ' ')
            return n;
        n++;
    }
    return n;
}

/* Takes a value without brackets. */
static struct span
take_plain(struct span *rest, bool is_listed)
{
    struct span value = *rest;
    ptrdiff_t end = is_listed ? (ptrdiff_t)list_item(*rest) : span_find_byte(*rest, ' ');

    if (end >= 0)
        value.len = (size_t)end;
    *rest = span_between(value.ptr + value.len, rest->ptr + rest->len);
    if (value.len && value.ptr[value.len - 1] == ',')
        value.len--;
    return value;
}

/* Takes a value off the front, in brackets or not. */
static struct span
take_value(struct span *rest, bool is_listed)
{
    if (rest->len && rest->ptr[0] == '<')
        return take_bracketed(rest);
    return take_plain(rest, is_listed);
}

/* "(text)" */
static struct span
in_parentheses(struct span s)
{
    while (s.len && s.ptr[0] == ' ')
        s = span_between(s.ptr + 1, s.ptr + s.len);
    if (s.len >= 2 && s.ptr[0] == '(' && s.ptr[s.len - 1] == ')')
        return span_between(s.ptr + 1, s.ptr + s.len - 1);
    return s;
}

struct span
read_pairs(struct span rest, bool is_listed, struct mail_line *m)
{
    while (rest.len) {
        size_t n = key_length(rest);
        struct span key = span_head(rest, n), value;

        if (rest.ptr[0] == ' ' || rest.ptr[0] == ',') {
            rest = span_between(rest.ptr + 1, rest.ptr + rest.len);
            continue;
        }
        if (rest.ptr[0] == ':')
            return span_between(rest.ptr + 1, rest.ptr + rest.len);
        if (n == 0) {
            (void)take_plain(&rest, false);
            continue;
        }
        rest = span_between(rest.ptr + n + 1, rest.ptr + rest.len);
        value = take_value(&rest, is_listed || span_eq(key, SPAN("sasl_username")));
        set_pair(key, value, m);
        if (span_eq(key, SPAN("status"))) {
            m->text = in_parentheses(rest);
            break;
        }
        if (span_eq(key, SPAN("rip"))) /* Dovecot: what follows is not ours to tell */
            break;
    }
    return (struct span){0};
}

/* --- replies --- */

/* "4.7.1 " */
static size_t
dsn_length(struct span s)
{
    size_t n = 1, dots = 0;

    if (s.len < 6 || s.ptr[0] < '2' || s.ptr[0] > '5' || s.ptr[1] != '.')
        return 0;
    for (; n < s.len && n < 9 && s.ptr[n] != ' '; n++) {
        if (s.ptr[n] == '.')
            dots++;
        else if (!ascii_is_digit(s.ptr[n]))
            return 0;
    }
    return dots == 2 && n < s.len && s.ptr[n] == ' ' ? n : 0;
}

static bool
is_code(struct span s)
{
    return s.len > 3 && s.ptr[0] >= '2' && s.ptr[0] <= '5' && ascii_is_digit(s.ptr[1]) &&
           ascii_is_digit(s.ptr[2]) && s.ptr[3] == ' ';
}

void
read_reply(struct span text, struct mail_line *m)
{
    ptrdiff_t end;
    size_t n;

    if (is_code(text)) {
        m->code = (uint16_t)((text.ptr[0] - '0') * 100 + (text.ptr[1] - '0') * 10 +
                             (text.ptr[2] - '0'));
        text = span_between(text.ptr + 4, text.ptr + text.len);
    }
    if ((n = dsn_length(text)) != 0) {
        m->dsn = span_head(text, n);
        text = span_between(text.ptr + n + 1, text.ptr + text.len);
    }
    if (text.len && text.ptr[0] == '<' && (end = span_find(text, SPAN(">: "))) > 0) {
        m->subject = span_head(text, (size_t)end + 1);
        text = span_between(text.ptr + end + 3, text.ptr + text.len);
    }
    m->text = text;
}
