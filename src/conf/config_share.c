#include "conf/config_share.h"

#include "base/hash.h"
#include "conf/config_gate.h"

enum { KEY_FILE_BYTES = 40, SHOWN_MAX = 60 };

const struct option options_share[] = {
    {.name = "redis",
     .type = OPTION_TEXT,
     .fallback = "",
     .help =
         "The Redis (6.0 or later) or Valkey through which the gates of several "
         "hosts share what they know: unix:PATH or inet:HOST:PORT, HOST an address "
         "or localhost. With nothing they share nothing. What goes there is hashed "
         "and signed with the secret, but not encrypted: keep it in a network of your "
         "own."},
    {.name = "name",
     .type = OPTION_NAME,
     .fallback = "komainu",
     .help = "What the names of our keys in Redis begin with. Hosts of one name share."},
    {.name = "share",
     .type = OPTION_TEXT,
     .fallback = "greylist limits",
     .help = "What is shared: greylist, limits (what restrictions `rate` count), or "
             "both."},
    {.name = "secret-file",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "A file of root's with the secret that all hosts have: 64 hexadecimal "
             "digits (openssl rand -hex 32), or the greylist.key of the host whose "
             "greylist is to be kept, as it lies in the folder of its gate. Who has it "
             "can try out who is known, and tell the gates anything."},
    {.name = "user",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "The user of Redis (ACL) that we are; with nothing its default user."},
    {.name = "password-file",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "A file of root's with the password of Redis in its first line."},
    {.name = "tls",
     .type = OPTION_REFUSED,
     .words = "no",
     .fallback = "no",
     .help = "and put a tunnel (stunnel, WireGuard) between the hosts"},
};
const size_t options_share_count = ARRAY_LEN(options_share);

/* A text that has no byte that could end a line, or begin another. */
static bool
take_text(const struct option *o, struct span text, char *dst, size_t size,
          struct buf *why)
{
    bool is_good = span_cstr(text, dst, size);

    for (size_t i = 0; is_good && i < text.len; i++)
        is_good = (unsigned char)text.ptr[i] > ' ' && text.ptr[i] != 0x7f;
    if (!is_good)
        buf_printf(why, "`%s` has blanks or control bytes, or more than %zu bytes",
                   o->name, size - 1);
    return is_good;
}

static bool
take_path(const struct option *o, struct span text, char *dst, size_t size,
          struct buf *why)
{
    if ((text.len == 0 || text.ptr[0] == '/') && span_cstr(text, dst, size))
        return true;
    buf_printf(why,
               "`%s` is no path; write one that begins with / and has at most %zu "
               "bytes",
               o->name, size - 1);
    return false;
}

static bool
take_redis(struct config_share *c, struct span text, struct buf *why)
{
    struct config_gate_listen where = {0};
    struct buf shown = {0};

    if (text.len && (!config_gate_listen_read(text, &where, &shown) ||
                     span_find_byte(text, ',') >= 0)) {
        buf_add_text(why, "`redis` is `");
        buf_escaped(why, span_head(text, SHOWN_MAX));
        buf_add_text(why, "`; write unix:PATH or inet:HOST:PORT; HOST is an address, in "
                          "brackets with IPv6, or localhost");
        buf_fini(&shown);
        return false;
    }
    buf_fini(&shown);
    return take_text(&options_share[0], text, c->redis, sizeof(c->redis), why);
}

static bool
take_what(struct config_share *c, struct span text, struct buf *why)
{
    struct span word;

    c->what = 0;
    while (span_word(&text, &word)) {
        if (span_eq(word, SPAN("greylist")))
            c->what |= CONFIG_SHARE_GREYLIST;
        else if (span_eq(word, SPAN("limits")))
            c->what |= CONFIG_SHARE_LIMITS;
        else if (span_eq(word, SPAN("bans")) || span_eq(word, SPAN("trust"))) {
            buf_printf(why,
                       "`share` has `%.*s`, which hosts cannot share yet; write "
                       "greylist, limits, or both",
                       SPAN_FMT(word));
            return false;
        } else {
            buf_add_text(why, "`share` has `");
            buf_escaped(why, span_head(word, SHOWN_MAX));
            buf_add_text(why, "`; write greylist, limits, or both");
            return false;
        }
    }
    if (!c->what)
        buf_add_text(why, "`share` has nothing; write greylist, limits, or both");
    return c->what != 0;
}

bool
config_share_take(struct config_share *c, const struct option *o,
                  const struct option_value *v, struct buf *why)
{
    struct span name = span_of(o->name);

    if (span_eq(name, SPAN("redis")))
        return take_redis(c, v->text, why);
    if (span_eq(name, SPAN("name")))
        return take_text(o, v->text, c->name, sizeof(c->name), why);
    if (span_eq(name, SPAN("share")))
        return take_what(c, v->text, why);
    if (span_eq(name, SPAN("user")))
        return take_text(o, v->text, c->user, sizeof(c->user), why);
    if (span_eq(name, SPAN("secret-file")))
        return take_path(o, v->text, c->secret_file, sizeof(c->secret_file), why);
    if (span_eq(name, SPAN("password-file")))
        return take_path(o, v->text, c->password_file, sizeof(c->password_file), why);
    return true; /* tls = no */
}

bool
config_share_check(const struct config_share *c, struct buf *why)
{
    if (!c->redis[0])
        return true;
    if (!c->secret_file[0]) {
        buf_add_text(why, "[share] has a `redis` and no `secret-file`; make one with: "
                          "openssl rand -hex 32, the same on all hosts");
        return false;
    }
    if (c->user[0] && !c->password_file[0]) {
        buf_add_text(why, "[share] has a `user` and no `password-file`");
        return false;
    }
    return true;
}

/* --- the secret --- */

static int
digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
config_share_secret_bytes(struct span hex, uint8_t out[CONFIG_SHARE_SECRET_BYTES])
{
    uint8_t bytes[CONFIG_SHARE_SECRET_BYTES];

    if (hex.len != CONFIG_SHARE_SECRET_HEX)
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        int high = digit(hex.ptr[2 * i]), low = digit(hex.ptr[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, bytes, sizeof(bytes));
    return true;
}

/* gate/grey_log.h: 32 bytes and the hash of them. */
static bool
is_key_file(struct span text)
{
    uint64_t check;

    if (text.len != KEY_FILE_BYTES)
        return false;
    memcpy(&check, text.ptr + CONFIG_SHARE_SECRET_BYTES, sizeof(check));
    return check == hash_bytes((struct hash_key){0}, text.ptr, CONFIG_SHARE_SECRET_BYTES);
}

bool
config_share_read_secret(struct span text, char out[CONFIG_SHARE_SECRET_HEX + 1])
{
    uint8_t bytes[CONFIG_SHARE_SECRET_BYTES];

    if (is_key_file(text))
        memcpy(bytes, text.ptr, sizeof(bytes));
    else if (!config_share_secret_bytes(span_trim(text), bytes))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return true;
}
