#include "conf/value.h"

#include <netinet/in.h>

#include "base/mem.h"

#include "base/ascii.h"

bool
value_bool(struct span text, bool *out)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        bool is_yes = span_eq_nocase(text, span_of(yes[i]));

        if (is_yes || span_eq_nocase(text, span_of(no[i]))) {
            *out = is_yes;
            return true;
        }
    }
    return false;
}

/* The first unit whose words hold the one asked for. */
static const struct unit {
    int64_t seconds;
    const char *words;
} units[] = {
    {31557600, "y yy ye yea year years"}, /* 365.25 days */
    {2629800, "mo mon month months"},     /* 30.4375 days */
    {604800, "w ww we wee week weeks"},   {86400, "d dd da day days"},
    {3600, "h hh ho hou hour hours"},     {60, "m mm mi min minute minutes"},
    {1, "s ss se sec second seconds"},
};

static int64_t
unit_seconds(struct span name)
{
    struct span words, word;

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        words = span_of(units[i].words);
        while (span_word(&words, &word))
            if (span_eq_nocase(word, name))
                return units[i].seconds;
    }
    return 0;
}

/* Takes the longest run of bytes that `is` accepts off the front. */
static struct span
take_run(struct span *s, bool (*is)(char))
{
    size_t n = 0;
    struct span run;

    while (n < s->len && is(s->ptr[n]))
        n++;
    run = span_head(*s, n);
    *s = span_from(*s, n);
    return run;
}

/* Takes "NUMBER UNIT" off the front and adds it to `*total`. */
static bool
add_term(struct span *s, int64_t *total)
{
    uint64_t number;
    int64_t unit, term;

    if (!span_u64(take_run(s, ascii_is_digit), 0, INT64_MAX, &number))
        return false;
    *s = span_trim(*s);
    unit = unit_seconds(take_run(s, ascii_is_letter));
    *s = span_trim(*s);
    return unit && !__builtin_mul_overflow((int64_t)number, unit, &term) &&
           !__builtin_add_overflow(*total, term, total);
}

bool
value_time(struct span text, int64_t *seconds)
{
    int64_t total = 0;
    uint64_t number;

    text = span_trim(text);
    if (span_eq(text, SPAN("-1"))) {
        *seconds = CONFIG_FOREVER_S;
        return true;
    }
    if (span_u64(text, 0, INT64_MAX, &number)) {
        *seconds = (int64_t)number;
        return true;
    }
    if (text.len == 0)
        return false;
    while (text.len)
        if (!add_term(&text, &total))
            return false;
    *seconds = total;
    return true;
}

void
value_time_text(struct buf *out, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char name;
    } steps[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};

    if (seconds <= 0) {
        buf_add_text(out, seconds < 0 ? "-1" : "0");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (seconds >= steps[i].seconds)
            buf_printf(out, "%lld%c", (long long)(seconds / steps[i].seconds),
                       steps[i].name);
        seconds %= steps[i].seconds;
    }
}

bool
value_add_address(struct addr **list, size_t *count, const struct addr *a)
{
    if (*count == CONFIG_PREFIXES_MAX)
        return false;
    if ((*count & (*count - 1)) == 0) /* room for the next power of two */
        *list = mem_realloc(*list, *count ? 2 * *count : 1, sizeof(*a));
    (*list)[(*count)++] = *a;
    return true;
}

bool
value_port(struct span word, uint16_t *out)
{
    static const struct {
        const char *name;
        uint16_t port;
    } names[] = {
        {"smtp", 25},          {"smtps", 465},        {"submissions", 465},
        {"submission", 587},   {"ssmtp", 465},        {"imap", 143},
        {"imap2", 143},        {"imaps", 993},        {"pop3", 110},
        {"pop3s", 995},        {"sieve", 4190},       {"ssh", 22},
        {"http", 80},          {"https", 443},        {"ftp", 21},
        {"ftp-data", 20},      {"ftps", 990},         {"telnet", 23},
        {"domain", 53},        {"ftps-data", 989},    {"imap3", 220},
        {"nntp", 119},         {"nntps", 563},        {"ldap", 389},
        {"ldaps", 636},        {"socks", 1080},       {"mysql", 3306},
        {"postgresql", 5432},  {"sip", 5060},         {"sip-tls", 5061},
        {"xmpp-client", 5222}, {"xmpp-server", 5269}, {"webmin", 10000},
        {"http-alt", 8080},    {"webcache", 8080},    {"rsync", 873},
        {"ircd", 6667},        {"squid", 3128},       {"pop2", 109},
        {"svn", 3690},         {"git", 9418},
    };
    uint64_t number;

    if (span_u64(word, 1, UINT16_MAX, &number)) {
        *out = (uint16_t)number;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq_nocase(word, span_of(names[i].name))) {
            *out = names[i].port;
            return true;
        }
    return false;
}

static bool
read_range(struct span word, struct config_ports *out)
{
    struct span first, last;

    if (!span_cut(word, SPAN(":"), &first, &last))
        first = last = word; /* one port is a range as well */
    out->protocol = IPPROTO_TCP;
    return value_port(first, &out->first) && value_port(last, &out->last) &&
           out->first <= out->last;
}

static int
by_port(const void *a, const void *b)
{
    const struct config_ports *x = a, *y = b;

    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

void
value_ports_normalize(struct config_scope *ports)
{
    size_t kept = 0;

    qsort(ports->ports, ports->count, sizeof(ports->ports[0]), by_port);
    for (size_t i = 0; i < ports->count; i++) {
        struct config_ports *p = &ports->ports[i];
        struct config_ports *last = kept ? &ports->ports[kept - 1] : NULL;

        if (!last || last->protocol != p->protocol || p->first > last->last + 1)
            ports->ports[kept++] = *p;
        else if (p->last > last->last)
            last->last = p->last;
    }
    ports->count = kept;
}

bool
value_ports(struct span text, struct config_scope *out, struct span *wrong)
{
    struct config_scope ports = {0};
    struct span word;

    while (span_word(&text, &word)) {
        *wrong = ports.count == CONFIG_PORTS_MAX ? (struct span){0} : word;
        if (wrong->len == 0 || !read_range(word, &ports.ports[ports.count]))
            return false;
        ports.count++;
    }
    value_ports_normalize(&ports);
    *out = ports;
    return true;
}

void
value_ports_text(struct buf *out, const struct config_ports *ports, size_t count)
{
    if (count == 0)
        buf_add_text(out, "all");
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s%u", i ? "," : "", ports[i].first);
        if (ports[i].last != ports[i].first)
            buf_printf(out, ":%u", ports[i].last);
    }
}

bool
value_mail_address(struct span word)
{
    ptrdiff_t at = span_find_last(word, '@');

    if (word.len == 0 || word.len > VALUE_MAIL_MAX || at == 0 ||
        at + 1 == (ptrdiff_t)word.len || word.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];

        if (c <= ' ' || c >= 0x7F || strchr("\"(),:;<>[\\]", c))
            return false;
    }
    return true;
}
