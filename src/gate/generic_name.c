#include "gate/generic_name.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "gate/grey_key.h"

enum { NO_OCTET = 1000, OCTET_DIGITS = 3, GROUP_DIGITS = 4, HEX_RUN = 16 };

/* What stands in names that providers give by the thousand ... */
static const char *const of_ranges[] = {
    "dyn",    "dynamic",    "dynip",     "dhcp",   "dip",   "dsl",       "adsl",
    "vdsl",   "ppp",        "pppoe",     "pool",   "pools", "dial",      "dialup",
    "dialin", "cable",      "catv",      "docsis", "cpe",   "broadband", "ftth",
    "fttx",   "mobile",     "gprs",      "wlan",   "wifi",  "hotspot",   "residential",
    "modem",  "cablemodem", "unassigned"};
/* ... and what makes a server of it all the same. */
static const char *const of_servers[] = {
    "mail",  "mails", "mailer", "mailout",  "mailin",   "smtp",  "smtpout",   "mx",
    "mxout", "mta",   "relay",  "outbound", "mailgate", "lists", "newsletter"};

/* --- words --- */

/* The letters that come next, in small ones; false: there are none left. Long ones are
 * cut, and are nothing then. */
static bool
next_word(struct span *rest, char out[16])
{
    size_t n = 0;

    while (rest->len && !ascii_is_letter(rest->ptr[0]))
        *rest = span_from(*rest, 1);
    for (; rest->len && ascii_is_letter(rest->ptr[0]); *rest = span_from(*rest, 1))
        if (n < 15)
            out[n++] = ascii_lower(rest->ptr[0]);
    out[n] = '\0';
    return n > 0;
}

static bool
has_word(struct span host, const char *const *words, size_t count)
{
    char word[16];

    while (next_word(&host, word))
        if (span_is_one_of(words, count, span_of(word)))
            return true;
    return false;
}

/* --- IPv4 --- */

static bool
is_run_of(const unsigned run[3], const uint8_t *octets)
{
    for (size_t at = 0; at < 2; at++) {
        const uint8_t *o = octets + at;

        if ((run[0] == o[0] && run[1] == o[1] && run[2] == o[2]) ||
            (run[0] == o[2] && run[1] == o[1] && run[2] == o[0]))
            return true;
    }
    return false;
}

/* 198-51-100-7, 7.100.51.198, 198x51x100. */
static bool
has_octets(struct span host, const uint8_t *octets)
{
    unsigned run[3] = {NO_OCTET, NO_OCTET, NO_OCTET};

    while (host.len) {
        size_t n = 0;
        unsigned value = 0;

        for (; n < host.len && ascii_is_digit(host.ptr[n]); n++)
            value = n < OCTET_DIGITS ? value * 10 + (unsigned)(host.ptr[n] - '0')
                                     : (unsigned)NO_OCTET;
        if (n) {
            run[0] = run[1];
            run[1] = run[2];
            run[2] = value;
            if (is_run_of(run, octets))
                return true;
        }
        host = span_from(host, n ? n : 1);
    }
    return false;
}

static bool
has_text(struct span host, const char *text)
{
    struct span needle = span_of(text);

    for (; host.len >= needle.len; host = span_from(host, 1))
        if (span_eq_nocase(span_head(host, needle.len), needle))
            return true;
    return false;
}

static bool
has_address_4(struct span host, const uint8_t *o)
{
    char text[16];

    if (has_octets(host, o))
        return true;
    (void)snprintf(text, sizeof(text), "%03u%03u%03u%03u", o[0], o[1], o[2], o[3]);
    if (has_text(host, text))
        return true;
    (void)snprintf(text, sizeof(text), "%02x%02x%02x%02x", o[0], o[1], o[2], o[3]);
    return has_text(host, text);
}

/* --- IPv6 --- */

/* Whether `digits`, HEX_RUN of them or more, stand in the address. */
static bool
is_part_of(struct span digits, const uint8_t *bytes)
{
    char all[33];

    for (size_t i = 0; i < 16; i++)
        (void)snprintf(all + 2 * i, 3, "%02x", bytes[i]);
    return digits.len >= HEX_RUN && digits.len <= 32 &&
           span_find((struct span){all, 32}, digits) >= 0;
}

static bool
has_groups(const unsigned run[4], const uint8_t *bytes)
{
    for (size_t at = 0; at + 4 <= 8; at++) {
        bool is_same = true;

        for (size_t i = 0; i < 4; i++)
            is_same &=
                run[i] == ((unsigned)bytes[2 * (at + i)] << 8 | bytes[2 * (at + i) + 1]);
        if (is_same)
            return true;
    }
    return false;
}

/* 2001-db8-0-7, or without anything between. */
static bool
has_address_6(struct span host, const uint8_t *bytes)
{
    unsigned run[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    char digits[33];

    while (host.len) {
        size_t n = 0;
        unsigned value = 0;

        for (; n < host.len && ascii_hex(host.ptr[n]) >= 0; n++) {
            value = n < GROUP_DIGITS ? value << 4 | (unsigned)ascii_hex(host.ptr[n])
                                     : UINT32_MAX;
            digits[n < 32 ? n : 32] = ascii_lower(host.ptr[n]);
        }
        if (n) {
            memmove(run, run + 1, 3 * sizeof(*run));
            run[3] = value;
            if (has_groups(run, bytes) ||
                is_part_of((struct span){digits, n < 33 ? n : 33}, bytes))
                return true;
        }
        host = span_from(host, n ? n : 1);
    }
    return false;
}

bool
generic_name_is(struct span name, const struct addr *client)
{
    struct span owner = grey_pool_name(name), host;

    if (owner.len == 0)
        return false;
    host = span_between(name.ptr, owner.ptr);
    if (has_word(host, of_servers, ARRAY_LEN(of_servers)))
        return false;
    if (has_word(host, of_ranges, ARRAY_LEN(of_ranges)))
        return true;
    if (client->family == 4)
        return has_address_4(host, client->bytes);
    return client->family == 6 && has_address_6(host, client->bytes);
}
