#include "gate/generic_name.h"

#include "base/ascii.h"
#include "gate/grey_key.h"

enum { NO_OCTET = 1000, OCTET_DIGITS = 3, GROUP_DIGITS = 4, HEX_RUN = 16, WORD_MAX = 15 };

/* What makes a server of a name, and else what stands in names that providers give by the
 * thousand. */
static const struct {
    struct span text;
    bool is_of_servers;
} words[] = {
    {SPAN_INIT("mail"), true},         {SPAN_INIT("mails"), true},
    {SPAN_INIT("mailer"), true},       {SPAN_INIT("mailout"), true},
    {SPAN_INIT("mailin"), true},       {SPAN_INIT("mailgate"), true},
    {SPAN_INIT("smtp"), true},         {SPAN_INIT("smtpout"), true},
    {SPAN_INIT("mx"), true},           {SPAN_INIT("mxout"), true},
    {SPAN_INIT("mta"), true},          {SPAN_INIT("relay"), true},
    {SPAN_INIT("outbound"), true},     {SPAN_INIT("lists"), true},
    {SPAN_INIT("newsletter"), true},   {SPAN_INIT("dyn"), false},
    {SPAN_INIT("dynamic"), false},     {SPAN_INIT("dynip"), false},
    {SPAN_INIT("dhcp"), false},        {SPAN_INIT("dip"), false},
    {SPAN_INIT("dsl"), false},         {SPAN_INIT("adsl"), false},
    {SPAN_INIT("vdsl"), false},        {SPAN_INIT("ppp"), false},
    {SPAN_INIT("pppoe"), false},       {SPAN_INIT("pool"), false},
    {SPAN_INIT("pools"), false},       {SPAN_INIT("dial"), false},
    {SPAN_INIT("dialup"), false},      {SPAN_INIT("dialin"), false},
    {SPAN_INIT("cable"), false},       {SPAN_INIT("catv"), false},
    {SPAN_INIT("docsis"), false},      {SPAN_INIT("cpe"), false},
    {SPAN_INIT("broadband"), false},   {SPAN_INIT("ftth"), false},
    {SPAN_INIT("fttx"), false},        {SPAN_INIT("mobile"), false},
    {SPAN_INIT("gprs"), false},        {SPAN_INIT("wlan"), false},
    {SPAN_INIT("wifi"), false},        {SPAN_INIT("hotspot"), false},
    {SPAN_INIT("residential"), false}, {SPAN_INIT("modem"), false},
    {SPAN_INIT("cablemodem"), false},  {SPAN_INIT("unassigned"), false},
};

/* --- words --- */

/* The letters that come next, in small ones; false: there are none left. Long ones are
 * cut, and are nothing then. */
static bool
next_word(struct span *rest, char out[WORD_MAX], size_t *len)
{
    *len = 0;
    while (rest->len && !ascii_is_letter(rest->ptr[0]))
        *rest = span_from(*rest, 1);
    for (; rest->len && ascii_is_letter(rest->ptr[0]); *rest = span_from(*rest, 1))
        if (*len < WORD_MAX)
            out[(*len)++] = ascii_lower(rest->ptr[0]);
    return *len > 0;
}

enum found { FOUND_NOTHING, FOUND_RANGE, FOUND_SERVER };

static enum found
find_words(struct span host)
{
    enum found found = FOUND_NOTHING;
    char word[WORD_MAX];
    size_t len;

    while (next_word(&host, word, &len))
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            if (words[i].text.ptr[0] != word[0] ||
                !span_eq(words[i].text, (struct span){word, len}))
                continue;
            if (words[i].is_of_servers)
                return FOUND_SERVER;
            found = FOUND_RANGE;
        }
    return found;
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

/* The address in `base`, `width` digits an octet, without anything between. */
static bool
is_number(struct span digits, const uint8_t *octets, unsigned base)
{
    size_t width = digits.len / 4;

    for (size_t i = 0; i < 4; i++) {
        unsigned value = 0;

        for (size_t k = 0; k < width; k++)
            value = value * base + (unsigned)ascii_hex(digits.ptr[i * width + k]);
        if (value != octets[i])
            return false;
    }
    return true;
}

/* The number that `host` begins with, NO_OCTET when it is too long for one. `*digits` are
 * what it is written with, none when there is no number. */
static unsigned
octet_at(struct span host, size_t *digits)
{
    unsigned value = 0;
    size_t n = 0;

    for (; n < host.len && ascii_is_digit(host.ptr[n]); n++)
        value = n < OCTET_DIGITS ? value * 10 + (unsigned)(host.ptr[n] - '0')
                                 : (unsigned)NO_OCTET;
    *digits = n;
    return value;
}

/* 198-51-100-7, 7.100.51.198, 198x51x100, 198051100007. */
static bool
has_octets(struct span host, const uint8_t *octets)
{
    unsigned run[3] = {NO_OCTET, NO_OCTET, NO_OCTET};

    while (host.len) {
        size_t n;
        unsigned value = octet_at(host, &n);

        if (n) {
            run[0] = run[1];
            run[1] = run[2];
            run[2] = value;
            if (is_run_of(run, octets) ||
                (n == 12 && is_number(span_head(host, n), octets, 10)))
                return true;
        }
        host = span_from(host, n ? n : 1);
    }
    return false;
}

/* Eight hex digits, with others around them. */
static bool
has_hex(struct span host, const uint8_t *octets)
{
    size_t n = 0;

    for (size_t i = 0; i < host.len; i++) {
        n = ascii_hex(host.ptr[i]) >= 0 ? n + 1 : 0;
        if (n >= 8 && is_number((struct span){host.ptr + i - 7, 8}, octets, 16))
            return true;
    }
    return false;
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

/* The group that `host` begins with, UINT32_MAX when it is too long for one. `*count` are
 * its digits, the first of which, and the last behind 32, go to `digits` in small
 * letters. */
static unsigned
group_at(struct span host, char digits[33], size_t *count)
{
    unsigned value = 0;
    size_t n = 0;

    for (; n < host.len && ascii_hex(host.ptr[n]) >= 0; n++) {
        value =
            n < GROUP_DIGITS ? value << 4 | (unsigned)ascii_hex(host.ptr[n]) : UINT32_MAX;
        digits[n < 32 ? n : 32] = ascii_lower(host.ptr[n]);
    }
    *count = n;
    return value;
}

/* 2001-db8-0-7, or without anything between. */
static bool
has_address_6(struct span host, const uint8_t *bytes)
{
    unsigned run[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    char digits[33];

    while (host.len) {
        size_t n;
        unsigned value = group_at(host, digits, &n);

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

static bool
has_digit(struct span host)
{
    for (size_t i = 0; i < host.len; i++)
        if (ascii_is_digit(host.ptr[i]))
            return true;
    return false;
}

bool
generic_name_is(struct span name, const struct addr *client)
{
    struct span owner = grey_pool_name(name), host;

    if (owner.len == 0)
        return false;
    host = span_between(name.ptr, owner.ptr);
    if (!has_digit(host))
        return false;
    switch (find_words(host)) {
    case FOUND_SERVER:
        return false;
    case FOUND_RANGE:
        return true;
    case FOUND_NOTHING:
        break;
    }
    if (client->family == 4)
        return has_octets(host, client->bytes) || has_hex(host, client->bytes);
    return client->family == 6 && has_address_6(host, client->bytes);
}
