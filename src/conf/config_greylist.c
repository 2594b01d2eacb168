#include "conf/config_greylist.h"

#include "base/ascii.h"
#include "base/mem.h"

#include <syslog.h>

enum { DAY_S = 86400, TEXT_MAX = 400 };

#define EARLY_SENDERS                                                                    \
    "noreply no-reply donotreply do-not-reply verify verification confirm confirmation " \
    "code otp 2fa login signin security account auth"

const struct option options_greylist[] = {
    {.name = "delay",
     .type = OPTION_TIME,
     .min = 1,
     .max = DAY_S,
     .fallback = "5m",
     .help = "How long a mail of strangers is put off."},
    {.name = "max-age",
     .type = OPTION_TEXT,
     .fallback = "35d",
     .help =
         "After so long without a mail a triplet, or a client, is forgotten. A number "
         "alone is in days, as postgrey has it."},
    {.name = "retry-window",
     .type = OPTION_TEXT,
     .fallback = "2d",
     .help = "A mail that was put off must come again within this. A number alone is in "
             "days, as postgrey has it."},
    {.name = "greylist-action",
     .type = OPTION_TEXT,
     .fallback = "DEFER_IF_PERMIT",
     .help = "What Postfix is answered: DEFER_IF_PERMIT, DEFER, or a code from 400 to "
             "499."},
    {.name = "greylist-text",
     .type = OPTION_TEXT,
     .fallback = "Greylisted, try again later",
     .help = "What the client is told; %s stands for the seconds that are left, %r for "
             "the recipient's domain. 4.2.0 is put before it for Postfix 2.3 and later, "
             "unless it begins with a digit."},
    {.name = "x-greylist-header",
     .type = OPTION_TEXT,
     .fallback = "X-Greylist: delayed %t seconds by komainu-%v at %h; %d",
     .help = "The header of the first mail that passes, once for a message: %t seconds, "
             "%v our version, %h hostname, %d date. Empty: none. postgrey's own begins "
             "with `X-Greylist: delayed %t seconds by postgrey-1.37 at %h; %d`."},
    {.name = "hostname",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "The name for %h. Empty: the machine's."},
    {.name = "lookup-by-host",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: a triplet knows the address of a client; no: its network."},
    {.name = "ipv4cidr",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = 32,
     .fallback = "24",
     .unit = "bits",
     .help = "The length of an IPv4 network."},
    {.name = "ipv6cidr",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = 128,
     .fallback = "64",
     .unit = "bits",
     .help = "The length of an IPv6 network."},
    {.name = "auto-whitelist-clients",
     .type = OPTION_INTEGER,
     .min = 0,
     .max = 60000,
     .fallback = "5",
     .unit = "passes",
     .help = "A client whose triplets have passed for the first time so often, once an "
             "hour at most, is not asked any more. 0: off."},
    {.name = "auto-whitelist-by",
     .type = OPTION_WORD,
     .words = "address network",
     .fallback = "address",
     .help = "What is counted so: each address, or its network (ipv4cidr, ipv6cidr)."},
    {.name = "whitelist-clients",
     .type = OPTION_TEXT,
     .fallback = "/etc/postgrey/whitelist_clients /etc/postgrey/whitelist_clients.local",
     .help =
         "Files of clients that are not greylisted, in postgrey's language: /regex/ "
         "and domains on the confirmed name, addresses, prefixes, 192.0.2 for a /24. "
         "A name in .local may be missing. Read anew within seconds when they change."},
    {.name = "whitelist-recipients",
     .type = OPTION_TEXT,
     .fallback =
         "/etc/postgrey/whitelist_recipients /etc/postgrey/whitelist_recipients.local",
     .help = "Files of recipients for whom nobody is greylisted: /regex/, user@domain, "
             "user@, domains."},
    {.name = "greylist-recipients",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Files of recipients, in the same language: when there are any, mail is "
             "greylisted for these alone."},
    {.name = "privacy",
     .type = OPTION_WORD,
     .words = "yes no",
     .fallback = "yes",
     .help = "Of triplets and clients keyed hashes are kept, no text; nothing else is "
             "built."},
    {.name = "log-lines",
     .type = OPTION_WORD,
     .words = "no postgrey",
     .fallback = "no",
     .help = "postgrey: its lines go to syslog as `postgrey`, byte for byte, for the "
             "programs that read them, beside our own."},
    {.name = "syslog-facility",
     .type = OPTION_WORD,
     .words = "mail auth authpriv cron daemon lpr news syslog user uucp local0 local1 "
              "local2 local3 local4 local5 local6 local7",
     .fallback = "mail",
     .help = "The facility of these lines."},
    {.name = "sender-tokens",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help = "Senders that change with each mail are one: beside what postgrey knows "
             "(prvs=, +extension, numbers) the hash and the day of SRS addresses and "
             "tokens of hex digits or base32."},
    {.name = "sender-pools",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help = "A retry from another address of the same owner counts: triplets know the "
             "domain for which SPF has passed, else that of the client's confirmed name, "
             "unless the name is a generic one; else the network."},
    {.name = "skip",
     .type = OPTION_TEXT,
     .fallback = "trusted dnswl",
     .help = "Clients that are not greylisted: trusted (by the watch), fcrdns (with a "
             "confirmed name that is not generic), spf (that pass it), dnswl (listed in "
             "a white list of DNS). Empty: all are."},
    {.name = "only-doubtful",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: only clients without a confirmed name, with a generic one, or with "
             "something else against them are greylisted."},
    {.name = "early-delay",
     .type = OPTION_TIME,
     .words = "no",
     .min = 1,
     .max = DAY_S,
     .fallback = "no",
     .help = "A shorter delay for mail somebody waits for, such as codes to log in: when "
             "SPF passes or the client's name is confirmed and not generic, and the "
             "sender is one of early-senders. Many servers come again after a minute."},
    {.name = "early-senders",
     .type = OPTION_TEXT,
     .fallback = EARLY_SENDERS,
     .help = "Words; one of them stands in the local part of such a sender, without "
             "letters or digits at its sides."},
    {.name = "per-message",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: when a recipient of a message has passed, those that follow in the "
             "same message pass as well."},
    {.name = "null-sender",
     .type = OPTION_WORD,
     .words = "greylist pass",
     .fallback = "greylist",
     .help = "What happens to mail of <>, bounces: greylist knows it by client and "
             "recipient, pass never puts it off (callouts then do not hurt)."},
    {.name = "max-triplets",
     .type = OPTION_INTEGER,
     .min = 1000,
     .max = 100000000,
     .fallback = "2000000",
     .unit = "entries",
     .help = "The most triplets and clients that are known; then those used longest ago "
             "are forgotten. A million take 60 MB."},
};
const size_t options_greylist_count = ARRAY_LEN(options_greylist);

/* The index in the table is not to be relied on; names are. */
static bool
is(const struct option *o, const char *name)
{
    return span_eq(span_of(o->name), span_of(name));
}

static void
set_text(char **to, struct span text)
{
    mem_free(*to);
    *to = mem_copy_text(text.ptr, text.len);
}

/* One line of printable text that goes into an answer. */
static bool
take_text(char **to, const struct option *o, struct span text, struct buf *why)
{
    for (size_t i = 0; i < text.len; i++)
        if ((uint8_t)text.ptr[i] < ' ' || text.ptr[i] == 0x7F || text.len > TEXT_MAX) {
            buf_printf(why, "`%s` is one line of printable text, of %d bytes at most",
                       o->name, TEXT_MAX);
            return false;
        }
    set_text(to, text);
    return true;
}

/* A number alone is in days. */
static bool
take_days(int64_t *to, const struct option *o, struct span text, struct buf *why)
{
    uint64_t days;
    int64_t s;

    if (span_u64(text, 1, 36500, &days))
        s = (int64_t)days * DAY_S;
    else if (!value_time(text, &s) || s < 60 || s > INT64_C(36500) * DAY_S) {
        buf_printf(why, "`%s` is a number of days, or a time such as 6h or 35d", o->name);
        return false;
    }
    *to = s;
    return true;
}

static bool
take_action(struct config_greylist *g, const struct option *o, struct span text,
            struct buf *why)
{
    uint64_t code;

    if (!span_eq_nocase(text, SPAN("DEFER_IF_PERMIT")) &&
        !span_eq_nocase(text, SPAN("DEFER")) && !span_u64(text, 400, 499, &code)) {
        buf_printf(why, "`%s` is DEFER_IF_PERMIT, DEFER, or a code from 400 to 499",
                   o->name);
        return false;
    }
    set_text(&g->action, text);
    return true;
}

static void
free_files(struct config_greylist_files *f)
{
    for (size_t i = 0; i < f->count; i++)
        mem_free(f->paths[i]);
    *f = (struct config_greylist_files){0};
}

static bool
take_files(struct config_greylist_files *to, const struct option *o, struct span text,
           struct buf *why)
{
    struct config_greylist_files f = {0};
    struct span word;

    while (span_word(&text, &word)) {
        if (word.ptr[0] != '/' || word.len >= VALUE_PATH_MAX ||
            f.count == CONFIG_GREYLIST_FILES_MAX) {
            buf_printf(why, "`%s` has at most %d paths, each beginning with /", o->name,
                       CONFIG_GREYLIST_FILES_MAX);
            free_files(&f);
            return false;
        }
        f.paths[f.count++] = mem_copy_text(word.ptr, word.len);
    }
    free_files(to);
    *to = f;
    return true;
}

static bool
take_skip(struct config_greylist *g, const struct option *o, struct span text,
          struct buf *why)
{
    static const struct {
        struct span word;
        unsigned bit;
    } words[] = {{SPAN_INIT("trusted"), CONFIG_GREYLIST_TRUSTED},
                 {SPAN_INIT("fcrdns"), CONFIG_GREYLIST_FCRDNS},
                 {SPAN_INIT("spf"), CONFIG_GREYLIST_SPF},
                 {SPAN_INIT("dnswl"), CONFIG_GREYLIST_DNSWL}};
    struct span word;
    unsigned bits = 0;

    while (span_word(&text, &word)) {
        unsigned bit = 0;

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            bit |= span_eq(word, words[i].word) ? words[i].bit : 0;
        if (!bit) {
            buf_printf(why, "`%s` has words of: trusted, fcrdns, spf, dnswl", o->name);
            return false;
        }
        bits |= bit;
    }
    g->skip = bits;
    return true;
}

/* The order of the words of syslog-facility. */
static int
facility_of(int word)
{
    static const int first[] = {LOG_MAIL, LOG_AUTH, LOG_AUTHPRIV, LOG_CRON, LOG_DAEMON,
                                LOG_LPR,  LOG_NEWS, LOG_SYSLOG,   LOG_USER, LOG_UUCP};
    int count = (int)ARRAY_LEN(first);

    return word < count ? first[word]
                        : LOG_LOCAL0 + (word - count) * (LOG_LOCAL1 - LOG_LOCAL0);
}

/* What is yes or no. False: none of these. */
static bool
take_bool(struct config_greylist *g, const struct option *o, const struct option_value *v)
{
    const struct {
        const char *name;
        bool *to;
    } bools[] = {{"lookup-by-host", &g->is_by_host},
                 {"auto-whitelist-by", &g->is_auto_by_network},
                 {"log-lines", &g->has_log_lines},
                 {"null-sender", &g->skips_null_sender},
                 {"sender-tokens", &g->has_sender_tokens},
                 {"sender-pools", &g->has_pools},
                 {"only-doubtful", &g->is_only_doubtful},
                 {"per-message", &g->is_per_message}};

    for (size_t i = 0; i < ARRAY_LEN(bools); i++)
        if (is(o, bools[i].name)) {
            *bools[i].to = o->type == OPTION_WORD ? v->word == 1 : v->number != 0;
            return true;
        }
    return false;
}

/* What a value of the type alone says. False: none of these. */
static bool
take_plain(struct config_greylist *g, const struct option *o,
           const struct option_value *v)
{
    if (take_bool(g, o, v))
        return true;
    if (is(o, "delay"))
        g->delay_s = v->number;
    else if (is(o, "early-delay"))
        g->early_delay_s = v->word >= 0 ? 0 : v->number;
    else if (is(o, "ipv4cidr"))
        g->ipv4_bits = (uint8_t)v->number;
    else if (is(o, "ipv6cidr"))
        g->ipv6_bits = (uint8_t)v->number;
    else if (is(o, "auto-whitelist-clients"))
        g->auto_whitelist = (uint32_t)v->number;
    else if (is(o, "max-triplets"))
        g->max_triplets = (uint32_t)v->number;
    else if (is(o, "syslog-facility"))
        g->syslog_facility = facility_of(v->word);
    else
        return is(o, "privacy") && v->word == 0;
    return true;
}

static void
lower(char *text)
{
    for (; *text; text++)
        *text = ascii_lower(*text);
}

bool
config_greylist_take(struct config_greylist *g, const struct option *o,
                     const struct option_value *v, struct buf *why)
{
    if (take_plain(g, o, v))
        return true;
    if (is(o, "privacy")) {
        buf_add_text(why,
                     "`privacy = no` is not built: the greylist keeps hashes, and no "
                     "names that could be listed. Remove the line; `komainu greylist "
                     "search` finds an entry by its names, and `log-lines = "
                     "postgrey` logs them");
        return false;
    }
    if (is(o, "max-age"))
        return take_days(&g->max_age_s, o, v->text, why);
    if (is(o, "retry-window"))
        return take_days(&g->retry_window_s, o, v->text, why);
    if (is(o, "greylist-action"))
        return take_action(g, o, v->text, why);
    if (is(o, "greylist-text"))
        return take_text(&g->text, o, v->text, why);
    if (is(o, "x-greylist-header"))
        return take_text(&g->header, o, v->text, why);
    if (is(o, "hostname"))
        return take_text(&g->hostname, o, v->text, why);
    if (is(o, "whitelist-clients"))
        return take_files(&g->clients, o, v->text, why);
    if (is(o, "whitelist-recipients"))
        return take_files(&g->recipients, o, v->text, why);
    if (is(o, "greylist-recipients"))
        return take_files(&g->only_recipients, o, v->text, why);
    if (is(o, "skip"))
        return take_skip(g, o, v->text, why);
    if (!is(o, "early-senders"))
        bug("an option of the greylist that nobody takes");
    set_text(&g->early_senders, v->text);
    lower(g->early_senders);
    return true;
}

bool
config_greylist_set(struct config_greylist *g, struct span option, struct span text,
                    struct buf *why)
{
    const struct option *o =
        option_find(options_greylist, options_greylist_count, option);
    struct option_value v;
    bool is_good;

    if (!o) {
        const char *near =
            option_nearest(options_greylist, options_greylist_count, option);

        buf_add_text(why, "no option `");
        buf_escaped(why, span_head(option, CONFIG_NAME_MAX));
        buf_printf(why, "`%s%s%s", near ? "; write `" : "", near ? near : "",
                   near ? "`" : "");
        return false;
    }
    if (!option_read(o, text, &v, why))
        return false;
    is_good = config_greylist_take(g, o, &v, why);
    option_value_fini(&v);
    return is_good;
}

void
config_greylist_init(struct config_greylist *g)
{
    struct buf why = {0};

    for (size_t i = 0; i < options_greylist_count; i++)
        if (!config_greylist_set(g, span_of(options_greylist[i].name),
                                 span_of(options_greylist[i].fallback), &why))
            bug(why.ptr);
    g->clients.is_default = g->recipients.is_default = true;
    buf_fini(&why);
}

void
config_greylist_fini(struct config_greylist *g)
{
    mem_free(g->action);
    mem_free(g->text);
    mem_free(g->header);
    mem_free(g->hostname);
    mem_free(g->early_senders);
    free_files(&g->clients);
    free_files(&g->recipients);
    free_files(&g->only_recipients);
    *g = (struct config_greylist){0};
}

bool
config_greylist_check(const struct config_greylist *g, struct buf *why)
{
    if (g->delay_s >= g->retry_window_s) {
        buf_add_text(why,
                     "`retry-window` must be longer than `delay`, or nothing passes");
        return false;
    }
    if (g->retry_window_s > g->max_age_s) {
        buf_add_text(why, "`max-age` must not be shorter than `retry-window`");
        return false;
    }
    if (g->early_delay_s >= g->delay_s) {
        buf_add_text(why, "`early-delay` must be shorter than `delay`");
        return false;
    }
    return true;
}

void
config_greylist_as_postgrey(struct config_greylist *g)
{
    set_text(&g->text,
             SPAN("Greylisted, see http://postgrey.schweikert.ch/help/%r.html"));
    set_text(&g->header,
             SPAN("X-Greylist: delayed %t seconds by postgrey-1.37 at %h; %d"));
    g->has_sender_tokens = g->has_pools = false;
    g->skip = 0;
    g->has_log_lines = true;
}
