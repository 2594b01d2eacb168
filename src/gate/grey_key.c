#include "gate/grey_key.h"

#include "base/ascii.h"
#include "base/host.h"

enum {
    BATV_TAG = 10,      /* letters and digits at the head of a tag */
    HEX_MIN = 8,        /* of a token: shorter words are names too often (cafe, dad1) */
    HEX_BEHIND_MIN = 4, /* of a word behind a token: the short parts of a UUID */
    BASE32_MIN = 16,
    BASE32_DIGITS_MIN = 2,
    LABELS_KEPT = 2,
    CODE_MAX = 3, /* letters of co, com, gov ... before the letters of a country */
};

static bool
is_word(char c)
{
    return ascii_is_digit(c) || ascii_is_letter(c) || c == '_';
}

static bool
has_batv_tag(struct span part)
{
    if (part.len < BATV_TAG)
        return false;
    for (size_t i = 0; i < BATV_TAG; i++)
        if (!ascii_is_digit(part.ptr[i]) && !ascii_is_lower(part.ptr[i]))
            return false;
    return true;
}

/* prvs=TAG=USER, and what also turns up, prvs=USER=TAG; anything else as it is. */
static struct span
without_batv(struct span user)
{
    struct span rest = user, first, second;

    if (!span_take(&rest, SPAN("prvs=")))
        return user;
    while (span_ends(rest, SPAN("="))) /* empty parts at the end count for nothing */
        rest.len--;
    if (!span_cut(rest, SPAN("="), &first, &second) || span_find_byte(second, '=') >= 0)
        return user;
    return has_batv_tag(second) && !has_batv_tag(first) ? first : second;
}

static struct span
take_run(struct span *rest, bool is_of_words)
{
    size_t n = 0;

    while (n < rest->len && is_word(rest->ptr[n]) == is_of_words)
        n++;
    *rest = (struct span){rest->ptr + n, rest->len - n};
    return (struct span){rest->ptr - n, n};
}

static bool
is_all_digits(struct span word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!ascii_is_digit(word.ptr[i]))
            return false;
    return word.len > 0;
}

void
grey_sender(struct buf *out, struct span sender)
{
    struct span user, domain, word;
    ptrdiff_t plus;

    if (!span_cut(sender, SPAN("@"), &user, &domain)) {
        buf_add(out, sender);
        return;
    }
    user = without_batv(user);
    plus = span_find_byte(user, '+');
    if (plus >= 0)
        user = span_head(user, (size_t)plus);
    while (user.len) {
        if (!is_word(user.ptr[0]))
            buf_add(out, take_run(&user, false));
        word = take_run(&user, true);
        buf_add(out, is_all_digits(word) ? SPAN("#") : word);
    }
    buf_add_byte(out, '@');
    buf_add(out, domain);
}

struct kinds {
    size_t digits, others; /* neither hex digits nor of base32 */
    bool is_hex, is_base32;
};

static struct kinds
kinds_of(struct span word)
{
    struct kinds k = {.is_hex = true, .is_base32 = true};

    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];

        k.digits += ascii_is_digit(c);
        k.is_hex &= ascii_hex(c) >= 0;
        k.is_base32 &= ascii_is_letter(c) || (c >= '2' && c <= '7');
    }
    return k;
}

static bool
is_token(struct span word, bool is_behind_one)
{
    struct kinds k = kinds_of(word);

    if (k.is_hex && is_behind_one && word.len >= HEX_BEHIND_MIN)
        return true;
    if (k.is_hex && k.digits && word.len >= HEX_MIN)
        return true;
    return k.is_base32 && k.digits >= BASE32_DIGITS_MIN && word.len >= BASE32_MIN;
}

/* Takes one part up to = off the front. */
static bool
take_part(struct span *rest, struct span *part)
{
    return span_cut(*rest, SPAN("="), part, rest);
}

/* Puts # for hash and day: HASH=DAY=DOMAIN=USER. */
static bool
add_srs0(struct buf *out, struct span rest)
{
    struct span hash, day;

    if (!take_part(&rest, &hash) || !take_part(&rest, &day) ||
        span_find_byte(rest, '=') < 0)
        return false;
    buf_add_text(out, "#=#=");
    buf_add(out, rest);
    return true;
}

/* SRS0=HASH=DAY=DOMAIN=USER and SRS1=HASH=FORWARDER==HASH=DAY=DOMAIN=USER; a separator
 * behind SRS0 may be - as well. False, and nothing added, for what is neither. */
static bool
add_srs(struct buf *out, struct span user)
{
    struct span rest = span_from(user, 5), hash, forwarder;
    size_t before = out->len;

    if (user.len < 5 || (user.ptr[4] != '=' && user.ptr[4] != '-'))
        return false;
    buf_add(out, span_head(user, 5));
    if (span_eq_nocase(span_head(user, 4), SPAN("SRS0")) && add_srs0(out, rest))
        return true;
    if (span_eq_nocase(span_head(user, 4), SPAN("SRS1")) && take_part(&rest, &hash) &&
        span_cut(rest, SPAN("=="), &forwarder, &rest)) {
        buf_add_text(out, "#=");
        buf_add(out, forwarder);
        buf_add_text(out, "==");
        if (add_srs0(out, rest))
            return true;
    }
    buf_truncate(out, before);
    return false;
}

void
grey_sender_tokens(struct buf *out, struct span sender)
{
    struct span user, domain, word, gap;
    bool is_behind = false;

    if (!span_cut(sender, SPAN("@"), &user, &domain)) {
        buf_add(out, sender);
        return;
    }
    if (add_srs(out, user))
        user = (struct span){0};
    while (user.len) {
        gap = take_run(&user, false);
        buf_add(out, gap);
        word = take_run(&user, true);
        is_behind = is_token(word, is_behind && span_eq(gap, SPAN("-")));
        buf_add(out, is_behind ? SPAN("#") : word);
    }
    buf_add_byte(out, '@');
    buf_add(out, domain);
}

static void
add_octets(struct buf *out, const uint8_t octets[4])
{
    char text[sizeof("255.255.255.255")];
    size_t at = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (octets[i] >= 100)
            text[at++] = (char)('0' + octets[i] / 100);
        if (octets[i] >= 10)
            text[at++] = (char)('0' + octets[i] / 10 % 10);
        text[at++] = (char)('0' + octets[i] % 10);
        text[at++] = '.';
    }
    buf_add(out, (struct span){text, at - 1});
}

/* All eight words, none left out: as NetAddr::IP writes them. */
static void
add_address(struct buf *out, const struct addr *a)
{
    if (a->family != 6) {
        add_octets(out, a->bytes);
        return;
    }
    for (unsigned i = 0; i < sizeof(a->bytes); i += 2)
        buf_printf(out, "%s%x", i ? ":" : "", a->bytes[i] << 8 | a->bytes[i + 1]);
}

void
grey_net(struct buf *out, const struct addr *client,
         const struct grey_key_options *options)
{
    unsigned bits = client->family == 4 ? options->ipv4_bits : options->ipv6_bits;
    struct addr net = addr_mask(*client, options->is_by_host ? addr_width(client) : bits);

    add_address(out, &net);
    if (options->is_by_host)
        buf_printf(out, "/%u", addr_width(client));
}

void
grey_client(struct buf *out, const struct addr *client)
{
    add_address(out, client);
}

void
grey_triplet(struct buf *out, struct span client, struct span mail)
{
    size_t from = out->len;

    buf_add(out, client);
    ascii_lower_all(out->ptr + from, out->len - from);
    buf_add(out, mail);
}

/* Whether both grey_sender() and grey_sender_tokens() leave it as it is, as they do with
 * most: no tag, no extension, and digits only in short words that have letters too. */
static bool
is_plain(struct span user)
{
    size_t word = 0, digits = 0;

    for (size_t i = 0; i < user.len; i++) {
        char c = user.ptr[i];

        if (is_word(c)) {
            word++;
            digits += ascii_is_digit(c);
            continue;
        }
        if (c == '+' || c == '=' || (digits && (digits == word || word >= HEX_MIN)))
            return false;
        word = digits = 0;
    }
    return !digits || (digits < word && word < HEX_MIN);
}

void
grey_mail(struct buf *out, struct span sender, struct span recipient, bool has_tokens,
          struct buf *scratch)
{
    size_t from = out->len;
    ptrdiff_t at;

    sender = span_head(sender, GREY_VALUE_MAX);
    at = span_find_byte(sender, '@');
    buf_add_byte(out, '/');
    if (at < 0 || is_plain(span_head(sender, (size_t)at))) {
        buf_add(out, sender);
    } else if (has_tokens) {
        buf_clear(scratch);
        grey_sender(scratch, sender);
        grey_sender_tokens(out, buf_span(scratch));
    } else {
        grey_sender(out, sender);
    }
    buf_add_byte(out, '/');
    buf_add(out, span_head(recipient, GREY_VALUE_MAX));
    ascii_lower_all(out->ptr + from, out->len - from);
}

/* Whether the word that begins here is the width of an address: 32/ or 128/. */
static bool
take_width(struct span *rest)
{
    return span_take(rest, SPAN("32/")) || span_take(rest, SPAN("128/"));
}

/* A local part may hold a slash, a domain none: the sender ends at the first one behind
 * its @. */
bool
grey_triplet_cut(struct span triplet, struct span *client, struct span *sender,
                 struct span *recipient)
{
    struct span rest, net;
    ptrdiff_t at, slash;

    if (!span_cut(triplet, SPAN("/"), &net, &rest))
        return false;
    if (take_width(&rest))
        net = span_head(triplet, triplet.len - rest.len - 1);
    at = span_starts(rest, SPAN("/")) ? -1 : span_find_byte(rest, '@');
    slash = span_find_byte(span_from(rest, at < 0 ? 0 : (size_t)at), '/');
    if (slash < 0) /* the only @ is the recipient's */
        slash = span_find_byte(rest, '/') - (at < 0 ? 0 : at);
    slash += at < 0 ? 0 : at;
    if (slash < 0)
        return false;
    *client = net;
    *sender = span_head(rest, (size_t)slash);
    *recipient = span_from(rest, (size_t)slash + 1);
    return true;
}

/* Where the label before `end` begins. */
static size_t
label_before(struct span host, size_t end)
{
    ptrdiff_t dot = span_find_last(span_head(host, end), '.');

    return (size_t)(dot + 1);
}

struct span
grey_pool_name(struct span host)
{
    size_t last, second;

    if (!host_is_name(host))
        return (struct span){0};
    if (span_ends(host, SPAN(".")))
        host.len--;
    last = label_before(host, host.len);
    if (last == 0) /* localhost, unknown: of nobody */
        return (struct span){0};
    second = label_before(host, last - 1);
    if (host.len - last == LABELS_KEPT && last - 1 - second <= CODE_MAX && second > 0)
        second = label_before(host, second - 1);
    return span_from(host, second);
}

struct grey_key
grey_key_of(const struct grey_secret *secret, char kind, struct span text)
{
    struct hash_key keys[2] = {secret->a, secret->b};
    uint64_t halves[2];

    keys[0].k0 ^= (uint8_t)kind;
    keys[1].k0 ^= (uint8_t)kind;
    hash_bytes_twice(keys, text.ptr, text.len, halves);
    return (struct grey_key){halves[0], halves[1]};
}

struct grey_secret
grey_secret_new(void)
{
    return (struct grey_secret){hash_random_key(), hash_random_key()};
}
