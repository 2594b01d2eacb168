#include "report/mail_read.h"

#include "base/ascii.h"
#include "base/look.h"

enum { QUEUE_ID_MIN = 5, QUEUE_ID_MAX = 24, SECONDS_MAX = 1000000000 };

void
read_as(struct mail_line *m, enum mail_kind kind, struct span text)
{
    m->kind = kind;
    m->text = text;
}

/* Which bytes a queue id may have: digits, consonants, and of capital vowels those that
 * are hexadecimal digits. */
static inline look_bytes
are_of_queue_id(look_bytes b)
{
    const look_bytes zero = look_at("0000000000000000"),
                     nine = look_at("9999999999999999");
    const look_bytes a = look_at("aaaaaaaaaaaaaaaa"), z = look_at("zzzzzzzzzzzzzzzz");
    look_bytes small = b | 0x20; /* of letters, of nothing else */
    look_bytes vowel = (look_bytes)((small == 'i') | (small == 'o') | (small == 'u') |
                                    (b == 'a') | (b == 'e'));

    return (look_bytes)(look_between(b, zero, nine) |
                        (look_between(small, a, z) & ~vowel));
}

/* How many bytes of a queue id `s` begins with. Ids are short: mostly at one look. */
static size_t
queue_id_length(struct span s)
{
    char rest[LOOK_BYTES] = {0};
    size_t n = 0, more;

    for (; s.len - n >= LOOK_BYTES && n < QUEUE_ID_MAX; n += LOOK_BYTES) {
        more = look_first(~are_of_queue_id(look_at(s.ptr + n)));
        if (more < LOOK_BYTES)
            return n + more;
    }
    if (n >= QUEUE_ID_MAX || n == s.len)
        return n;
    memcpy(rest, s.ptr + n, s.len - n);
    return n + look_first(~are_of_queue_id(look_at(rest)));
}

bool
read_queue_id(struct span *rest, struct mail_line *m)
{
    struct span s = *rest;
    size_t n = queue_id_length(s);

    if (n < QUEUE_ID_MIN || n > QUEUE_ID_MAX || n + 1 >= s.len || s.ptr[n] != ':' ||
        s.ptr[n + 1] != ' ')
        return false;
    m->queue_id = span_head(s, n);
    *rest = span_between(s.ptr + n + 2, s.ptr + s.len);
    return true;
}

/* Takes NAME[ off the front. */
static inline bool
take_name(struct span *rest, struct span *name)
{
    const char *end, *at;

    if (rest->len == 0)
        return false;
    end = rest->ptr + rest->len;
    at = look_for_either(rest->ptr, end, '[', ' '); /* no name has a blank */
    if (at == end || *at == ' ')
        return false;
    *name = span_between(rest->ptr, at);
    *rest = span_between(at + 1, end);
    return true;
}

bool
read_client(struct span *rest, struct mail_line *m)
{
    struct span s = *rest, name, address;
    size_t port = 1;

    if (!take_name(&s, &name) || !read_until(&s, ']', &address))
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

/* `field` for the key `word`, for others what is `otherwise`. */
static inline struct span *
field_if(struct span key, struct span word, struct span *field, struct span *otherwise)
{
    return span_eq(key, word) ? field : otherwise;
}

static struct span *
field_of_long(struct span key, struct mail_line *m)
{
    struct span *of;

    switch (key.len) {
    case 9:
        of = field_if(key, SPAN("recipient"), &m->recipient, NULL);
        return field_if(key, SPAN("client-ip"), &m->address, of);
    case 11:
        of = field_if(key, SPAN("sasl_method"), &m->method, NULL);
        return field_if(key, SPAN("client_name"), &m->name, of);
    case 13:
        of = field_if(key, SPAN("orig_queue_id"), &m->other_id, NULL);
        of = field_if(key, SPAN("envelope-from"), &m->sender, of);
        return field_if(key, SPAN("sasl_username"), &m->account, of);
    case 14:
        return field_if(key, SPAN("client_address"), &m->address, NULL);
    default:
        return NULL;
    }
}

/* The field that a key's value goes to; NULL for keys that are no text, and unknown ones.
 * Most lines have many pairs: behind the length a key is compared by a few instructions,
 * not by a loop. */
static struct span *
field_of(struct span key, struct mail_line *m)
{
    struct span *of;

    switch (key.len) {
    case 2:
        return field_if(key, SPAN("to"), &m->recipient, NULL);
    case 3:
        of = field_if(key, SPAN("rip"), &m->address, NULL);
        return field_if(key, SPAN("dsn"), &m->dsn, of);
    case 4:
        of = field_if(key, SPAN("helo"), &m->helo, NULL);
        of = field_if(key, SPAN("user"), &m->account, of);
        return field_if(key, SPAN("from"), &m->sender, of);
    case 5:
        of = field_if(key, SPAN("proto"), &m->proto, NULL);
        return field_if(key, SPAN("relay"), &m->relay, of);
    case 6:
        of = field_if(key, SPAN("sender"), &m->sender, NULL);
        of = field_if(key, SPAN("reason"), &m->stage, of);
        of = field_if(key, SPAN("action"), &m->status, of);
        return field_if(key, SPAN("method"), &m->method, of);
    case 7:
        return field_if(key, SPAN("orig_to"), &m->orig_to, NULL);
    case 8:
        return field_if(key, SPAN("receiver"), &m->recipient, NULL);
    default:
        return field_of_long(key, m);
    }
}

static void
set_pair(struct span key, struct span value, struct mail_line *m)
{
    struct span *field = field_of(key, m);

    if (field)
        *field = value;
    else
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
        const char *all = s.ptr + s.len, *end = look_for(s.ptr + at, all, '>');

        if (end == all) {
            *rest = span_between(all, all);
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
    const char *p = s.ptr, *end = s.ptr + s.len;

    for (; (p = look_for(p, end, ',')) < end; p++)
        if (p + 1 == end || p[1] == ' ')
            break;
    return (size_t)(p - s.ptr);
}

/* Takes a value without brackets. */
static inline struct span
take_plain(struct span *rest, bool is_listed)
{
    const char *end = rest->ptr + rest->len;
    struct span value = *rest;

    if (is_listed)
        value.len = list_item(*rest);
    else
        value.len = (size_t)(look_for(rest->ptr, end, ' ') - rest->ptr);
    *rest = span_between(value.ptr + value.len, end);
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
        struct span key, value;

        if (rest.ptr[0] == ' ' || rest.ptr[0] == ',') {
            rest = span_between(rest.ptr + 1, rest.ptr + rest.len);
            continue;
        }
        if (rest.ptr[0] == ':')
            return span_between(rest.ptr + 1, rest.ptr + rest.len);
        key = span_head(rest, key_length(rest));
        if (key.len == 0) {
            (void)take_plain(&rest, false);
            continue;
        }
        rest = span_between(rest.ptr + key.len + 1, rest.ptr + rest.len);
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
