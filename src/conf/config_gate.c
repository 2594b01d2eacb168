#include "conf/config_gate.h"

#include <limits.h>

#include "base/mem.h"
#include "conf/logpath.h"

enum { DEFAULT_MODE = 0666 };

#define PROFILE "gate " /* the section of one, before its name */

static const struct option options_gate[] = {
    {.name = "listen",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Where an MTA may ask the gate what to do with a client: unix:PATH, "
             "unix:PATH,MODE (0666 when nothing is said) or inet:HOST:PORT, several with "
             "blanks or lines between. With nothing there is no gate. Nothing is "
             "encrypted, and whoever can connect may ask: keep it to this machine or a "
             "network of your own."},
    {.name = "deadline",
     .type = OPTION_TIME,
     .min = 1,
     .max = 90,
     .fallback = "15",
     .help = "After so long a request that is not decided gets the answer of `fail`. "
             "Postfix waits 100 s by itself."},
    {.name = "check-deadline",
     .type = OPTION_TIME,
     .min = 1,
     .max = 60,
     .fallback = "5",
     .help = "How long one check of a request may wait for name servers. Less than "
             "deadline; 1 s at most while Postfix says that it is under stress."},
    {.name = "fail",
     .type = OPTION_WORD,
     .words = "open closed",
     .fallback = "open",
     .help =
         "What is answered when nothing can be decided: open: DUNNO, so that Postfix "
         "goes on with its own restrictions; closed: DEFER_IF_PERMIT with fail-text."},
    {.name = "fail-text",
     .type = OPTION_TEXT,
     .fallback = "4.3.0 Service unavailable, try again later",
     .help = "What a client is told then."},
    {.name = "idle",
     .type = OPTION_TIME,
     .min = 301,
     .max = 86400,
     .fallback = "10m",
     .help = "A connection that asks nothing for so long is closed. Postfix does so "
             "itself after 300 s."},
    {.name = "connections",
     .type = OPTION_INTEGER,
     .min = 16,
     .max = 65536,
     .fallback = "4096",
     .unit = "connections",
     .help = "The most at a time; then whoever has been idle longest makes room. An "
             "smtpd process of Postfix has one."},
    {.name = "log",
     .type = OPTION_WORD,
     .words = "refusals decisions",
     .fallback = "refusals",
     .help = "What is logged of requests, a line each: refusals (gate-refused) and what "
             "restrictions behind `warn` would have refused (gate-would-refuse), or all "
             "decisions, those of the greylist and what passed (gate-passed) as well. As "
             "of any event at most 300 lines a minute; those held back are counted."},
    {.name = "asn-database",
     .type = OPTION_TEXT,
     .fallback = "",
     .help =
         "The file, in MaxMind's format (MMDB), that says which AS an address belongs "
         "to, for rates by `asn`: GeoLite2-ASN.mmdb, dbip-asn-lite.mmdb or another. "
         "The user of the gate must be able to read it. It is read again when it "
         "changes; one that goes bad stays what it was. 64 MiB at most."},
    {.name = "banned",
     .type = OPTION_WORD,
     .words = "reject defer ignore",
     .fallback = "reject",
     .help = "What a client is answered that the guard has banned and that got through "
             "all the same, because it was connected already or the firewall is not on "
             "this machine. Not who has logged in, nor mynetworks. ignore: it is taken "
             "for suspect, as others that something is known against."},
};
static const size_t options_gate_count = ARRAY_LEN(options_gate);

/* --- where to listen --- */

#define RIGHT                                                                            \
    "write unix:PATH, unix:PATH,MODE, inet:HOST:PORT or inet:PORT; HOST is an address, " \
    "in brackets with IPv6, or localhost"

static bool
read_mode(struct span text, unsigned *out)
{
    unsigned mode = 0;

    if (text.len < 3 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '7')
            return false;
        mode = mode * 8 + (unsigned)(text.ptr[i] - '0');
    }
    *out = mode;
    return mode <= 0777;
}

static bool
read_unix(struct span text, struct config_gate_listen *out)
{
    struct span mode;

    out->mode = DEFAULT_MODE;
    if (span_cut(text, SPAN(","), &text, &mode) && !read_mode(mode, &out->mode))
        return false;
    return text.len > 1 && text.ptr[0] == '/' &&
           span_cstr(text, out->path, sizeof(out->path));
}

static bool
read_inet(struct span text, struct config_gate_listen *out)
{
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    uint64_t port;

    if (logpath_read_endpoint(text, &out->address, &out->port))
        return out->port != 0;
    (void)span_take(&text, SPAN("localhost:"));
    if (!span_u64(text, 1, UINT16_MAX, &port))
        return false;
    out->address = addr_from_bytes(4, loopback);
    out->port = (uint16_t)port;
    return true;
}

bool
config_gate_listen_read(struct span text, struct config_gate_listen *out, struct buf *why)
{
    struct config_gate_listen l = {0};
    struct span rest = text;

    if ((span_take(&rest, SPAN("unix:")) && read_unix(rest, &l)) ||
        (span_take(&rest, SPAN("inet:")) && read_inet(rest, &l))) {
        *out = l;
        return true;
    }
    buf_printf(why, RIGHT "; a path has at most %zu bytes", sizeof(l.path) - 1);
    return false;
}

void
config_gate_listen_print(const struct config_gate_listen *l, struct buf *out)
{
    bool is_6 = l->address.family == 6;
    char text[ADDR_TEXT_MAX];

    if (l->path[0])
        buf_printf(out, "unix:%s,%04o", l->path, l->mode);
    else
        buf_printf(out, "inet:%s%s%s:%u", is_6 ? "[" : "", addr_text(&l->address, text),
                   is_6 ? "]" : "", l->port);
}

/* Takes the next word; not span_word(): a comma belongs to a mode. */
static bool
next_word(struct span *rest, struct span *word)
{
    size_t n = 0;

    *rest = span_trim(*rest);
    while (n < rest->len && !strchr(" \t\r\n", rest->ptr[n]))
        n++;
    *word = span_head(*rest, n);
    *rest = span_from(*rest, n);
    return n > 0;
}

static bool
take_listen(struct config_gate *c, struct span text, struct buf *why)
{
    struct buf right = {0};
    struct span word;

    c->listen_count = 0;
    while (next_word(&text, &word)) {
        if (c->listen_count == GATE_LISTEN_MAX) {
            buf_printf(why, "`listen` has more than %d places", GATE_LISTEN_MAX);
            return false;
        }
        if (!config_gate_listen_read(word, &c->listen[c->listen_count], &right)) {
            buf_printf(why, "`listen` has `%.*s`; %s", SPAN_FMT(span_head(word, 60)),
                       right.ptr);
            buf_fini(&right);
            return false;
        }
        c->listen_count++;
    }
    return true;
}

/* --- the options of [gate] --- */

static bool
take_fail_text(struct config_gate *c, struct span text, struct buf *why)
{
    bool is_good = text.len > 0 && text.len <= GATE_FAIL_TEXT_MAX && text.ptr[0] != '5';

    for (size_t i = 0; is_good && i < text.len; i++)
        is_good = text.ptr[i] >= ' ' && text.ptr[i] <= '~';
    if (!is_good) {
        buf_printf(why,
                   "`fail-text` is no answer for later; write one line of ASCII, at most "
                   "%d bytes, that may begin with 4.X.Y",
                   GATE_FAIL_TEXT_MAX);
        return false;
    }
    mem_free(c->fail_text);
    c->fail_text = mem_copy_text(text.ptr, text.len);
    return true;
}

static bool
take_asn_database(struct config_gate *c, struct span text, struct buf *why)
{
    if (text.len && (text.ptr[0] != '/' || text.len >= PATH_MAX ||
                     memchr(text.ptr, '\0', text.len))) {
        buf_add_text(why, "`asn-database` is no path of a file; write one that begins "
                          "with /");
        return false;
    }
    mem_free(c->asn_database);
    c->asn_database = mem_copy_text(text.ptr, text.len);
    return true;
}

static bool
take_option(struct config_gate *c, struct config_gate_profile *profile UNUSED,
            const struct option *o, const struct option_value *v, struct buf *why)
{
    struct span name = span_of(o->name);

    if (span_eq(name, SPAN("listen")))
        return take_listen(c, v->text, why);
    if (span_eq(name, SPAN("fail-text")))
        return take_fail_text(c, v->text, why);
    if (span_eq(name, SPAN("asn-database")))
        return take_asn_database(c, v->text, why);
    if (span_eq(name, SPAN("deadline")))
        c->deadline_s = v->number;
    else if (span_eq(name, SPAN("check-deadline")))
        c->check_deadline_s = v->number;
    else if (span_eq(name, SPAN("idle")))
        c->idle_s = v->number;
    else if (span_eq(name, SPAN("connections")))
        c->connections = (uint32_t)v->number;
    else if (span_eq(name, SPAN("log")))
        c->logs_decisions = v->word == 1;
    else if (span_eq(name, SPAN("fail")))
        c->is_fail_closed = v->word == 1;
    else if (span_eq(name, SPAN("banned")))
        c->banned = (enum gate_banned)v->word;
    else
        bug("an option without a place");
    return true;
}

static bool
take_greylist(struct config_gate *c, struct config_gate_profile *profile UNUSED,
              const struct option *o, const struct option_value *v, struct buf *why)
{
    return config_greylist_take(&c->greylist, o, v, why);
}

static bool
take_restriction(struct config_gate *c UNUSED, struct config_gate_profile *profile,
                 const struct option *o, const struct option_value *v, struct buf *why)
{
    return config_restrictions_take(&profile->restrictions, o, v, why);
}

static bool
take_spf(struct config_gate *c, struct config_gate_profile *profile UNUSED,
         const struct option *o, const struct option_value *v, struct buf *why)
{
    return config_spf_take(&c->spf, o, v, why);
}

static bool
take_share(struct config_gate *c, struct config_gate_profile *profile UNUSED,
           const struct option *o, const struct option_value *v, struct buf *why)
{
    return config_share_take(&c->share, o, v, why);
}

const struct config_gate_part config_gate_parts[] = {
    {"gate", options_gate, &options_gate_count, take_option, false, false},
    {"gate", options_restrictions, &options_restrictions_count, take_restriction, true,
     false},
    {"spf", options_spf, &options_spf_count, take_spf, false, true},
    {"greylist", options_greylist, &options_greylist_count, take_greylist, false, true},
    {"share", options_share, &options_share_count, take_share, false, false},
    {0},
};

/* --- lines --- */

/* The name of the profile whose section it is; "" of [gate]. False: of none. */
static bool
profile_name(struct span section, struct span *name)
{
    *name = (struct span){0};
    if (span_eq(section, SPAN("gate")))
        return true;
    if (!span_take(&section, SPAN(PROFILE)))
        return false;
    *name = span_trim(section);
    return name->len > 0;
}

bool
config_gate_has_section(struct span section)
{
    struct span name;

    if (profile_name(section, &name))
        return true;
    for (const struct config_gate_part *p = config_gate_parts; p->section; p++)
        if (span_eq(section, span_of(p->section)))
            return true;
    return false;
}

const struct config_gate_part *
config_gate_find(struct span section, struct span option, const struct option **row)
{
    struct span name = {0};
    bool is_profile = profile_name(section, &name) && name.len;

    for (const struct config_gate_part *p = config_gate_parts; p->section; p++) {
        if (is_profile ? !p->is_of_profile : !span_eq(section, span_of(p->section)))
            continue;
        *row = option_find(p->table, *p->count, option);
        if (*row)
            return p;
    }
    return NULL;
}

static bool
set(struct config_gate *c, struct config_gate_profile *profile,
    const struct config_gate_part *part, const struct option *o, struct span text,
    struct buf *why)
{
    struct option_value v;
    bool is_good = option_read(o, text, &v, why);

    if (!is_good)
        return false;
    is_good = part->take(c, profile, o, &v, why);
    option_value_fini(&v);
    return is_good;
}

/* What our own table says must be right. */
static void
set_defaults(struct config_gate *c, struct config_gate_profile *profile, bool is_first)
{
    struct buf why = {0};

    for (const struct config_gate_part *p = config_gate_parts; p->section; p++)
        for (size_t i = 0;
             !p->has_own_defaults && (is_first || p->is_of_profile) && i < *p->count; i++)
            must(set(c, profile, p, &p->table[i], span_of(p->table[i].fallback), &why));
    buf_fini(&why);
}

static struct config_gate_profile *
add_profile(struct config_gate *c, struct span name)
{
    struct config_gate_profile *p;

    c->profiles = mem_realloc(c->profiles, c->profile_count + 1, sizeof(*c->profiles));
    p = &c->profiles[c->profile_count++];
    *p = (struct config_gate_profile){.name = mem_copy_text(name.ptr, name.len)};
    set_defaults(c, p, c->profile_count == 1);
    return p;
}

/* The profile, made when it is new; NULL with why not. */
static struct config_gate_profile *
get_profile(struct config_gate *c, struct span name, struct buf *why)
{
    for (size_t i = 0; i < c->profile_count; i++)
        if (span_eq(span_of(c->profiles[i].name), name))
            return &c->profiles[i];
    if (c->profile_count == GATE_PROFILES_MAX) {
        buf_printf(why, "there are more than %d sections [gate NAME]", GATE_PROFILES_MAX);
        return NULL;
    }
    return add_profile(c, name);
}

bool
config_gate_set(struct config_gate *c, const struct config_gate_line *line,
                struct buf *why)
{
    struct config_gate_profile *profile;
    const struct config_gate_part *part;
    const struct option *row;
    struct span name = {0};

    part = config_gate_find(line->section, line->option, &row);
    if (!part) {
        buf_add_text(why, "there is no such option in this section");
        return false;
    }
    if (line->value.len > GATE_LINE_MAX) {
        buf_printf(why, "`%s` is longer than %d bytes; shorten it", row->name,
                   GATE_LINE_MAX);
        return false;
    }
    (void)profile_name(line->section, &name); /* a section of a part is of the first */
    profile = get_profile(c, name, why);
    return profile && set(c, profile, part, row, line->value, why);
}

static bool
check_asn(const struct config_gate *c, struct buf *why)
{
    for (size_t i = 0; i < c->profile_count; i++)
        if (!c->asn_database[0] &&
            config_restrictions_has_asn(&c->profiles[i].restrictions)) {
            buf_add_text(why,
                         "a `rate` counts by asn, and nothing says which AS a client "
                         "belongs to; set `asn-database` to a file such as "
                         "GeoLite2-ASN.mmdb");
            return false;
        }
    return true;
}

bool
config_gate_check(const struct config_gate *c, struct buf *why)
{
    if (!check_asn(c, why))
        return false;
    for (size_t i = 0; i < c->profile_count; i++)
        if (config_restrictions_rates(&c->profiles[i].restrictions) > GATE_RATES_MAX) {
            buf_printf(why, "there are more than %d rates in the lists of one section",
                       GATE_RATES_MAX);
            return false;
        }
    if (c->share.redis[0] && c->listen_count == 0) {
        buf_add_text(why, "[share] has a `redis`, and [gate] no place to `listen`: there "
                          "is nothing to share");
        return false;
    }
    if (c->check_deadline_s < c->deadline_s)
        return config_share_check(&c->share, why) &&
               config_greylist_check(&c->greylist, why);
    buf_add_text(why, "`check-deadline` is not less than `deadline`");
    return false;
}

bool
config_gate_has_lists(const struct config_gate *c)
{
    for (size_t i = 0; i < c->profile_count; i++)
        for (size_t k = 0; k < GATE_LISTS; k++)
            if (c->profiles[i].restrictions.lists[k].count)
                return true;
    return false;
}

const struct config_gate_profile *
config_gate_profile(const struct config_gate *c, struct span context)
{
    for (size_t i = 1; context.len && i < c->profile_count; i++)
        if (span_eq(span_of(c->profiles[i].name), context))
            return &c->profiles[i];
    return &c->profiles[0];
}

void
config_gate_init(struct config_gate *c)
{
    *c = (struct config_gate){0};
    config_greylist_init(&c->greylist);
    (void)add_profile(c, SPAN(""));
}

void
config_gate_fini(struct config_gate *c)
{
    for (size_t i = 0; i < c->profile_count; i++) {
        config_restrictions_fini(&c->profiles[i].restrictions);
        mem_free(c->profiles[i].name);
    }
    mem_free(c->profiles);
    mem_free(c->fail_text);
    mem_free(c->asn_database);
    config_greylist_fini(&c->greylist);
    config_spf_fini(&c->spf);
    *c = (struct config_gate){0};
}
