/* A jail of fail2ban's as a section of our jail.conf. */
#include <math.h>

#include "base/host.h"
#include "base/mem.h"
#include "conf/encoding.h"
#include "conf/fail2ban_args.h"
#include "conf/fail2ban_options.h"
#include "conf/fail2ban_time.h"
#include "conf/load_fail2ban.h"

struct writing {
    const struct fail2ban_plan *plan;
    struct ini *ini;
    struct conf_errors *errors, *notes;
    bool is_bad;
    struct span encoding; /* of the log, if that is not UTF-8 */
};

/* What fail2ban's server does when nothing is said. */
enum { USUAL_TIME_S = 600, USUAL_RETRY = 3, MATCHES_MAX = CONFIG_RETRY_MAX };

static const struct fail2ban_option *
find(const struct writing *w, const char *name)
{
    const struct fail2ban_option *o = fail2ban_option(&w->plan->jail->options, name);

    if (!o)
        o = fail2ban_option(&w->plan->jail->filtered, name);
    return o && o->type != FAIL2BAN_NONE ? o : NULL;
}

/* Where an option stands, or else the jail. */
static struct fail2ban_place
place_of(const struct writing *w, const struct fail2ban_option *o)
{
    if (o && o->file)
        return (struct fail2ban_place){o->file, o->line};
    return (struct fail2ban_place){w->plan->jail->file, w->plan->jail->line};
}

/* Sets an option; a percent sign is doubled, because values are expanded. */
static void
put(struct writing *w, const char *name, struct span value, struct fail2ban_place at)
{
    struct ini_section *s = &w->ini->sections[0];
    struct ini_option *o = mem_zalloc(1, sizeof(*o));
    struct buf text = {0};

    o->name = mem_copy_text(name, strlen(name));
    o->file = at.file;
    o->layer = 1;
    o->line_count = 1;
    for (size_t i = 0; i < value.len; i++) {
        buf_add_byte(&text, value.ptr[i]);
        if (value.ptr[i] == '%')
            buf_add_byte(&text, '%');
        o->line_count += value.ptr[i] == '\n';
    }
    o->lines = mem_zalloc(o->line_count, sizeof(*o->lines));
    for (size_t i = 0; i < o->line_count; i++)
        o->lines[i] = at.line;
    o->value = buf_detach(&text);
    s->options = mem_realloc(s->options, s->count + 1, sizeof(struct ini_option *));
    s->options[s->count++] = o;
    w->ini->option_count++;
}

static void
put_text(struct writing *w, const char *name, const char *value)
{
    put(w, name, span_of(value), place_of(w, NULL));
}

static void
refuse(struct writing *w, const struct fail2ban_option *o, const char *name,
       const char *right)
{
    struct fail2ban_place at = place_of(w, o);

    if (o && o->text[0])
        conf_error(w->errors, at.file, at.line, "[%s] `%s` is `%.60s`; %s",
                   w->plan->jail->name, name, o->text, right);
    else /* a number that was none is not kept */
        conf_error(w->errors, at.file, at.line, "[%s] `%s`: %s", w->plan->jail->name,
                   name, right);
    w->is_bad = true;
}

/* Says what becomes of an option, whose jail is taken all the same. */
static void
note(struct writing *w, const struct fail2ban_option *o, const char *name,
     struct span value, const char *what)
{
    struct fail2ban_place at = place_of(w, o);

    conf_error(w->notes, at.file, at.line, "[%s] `%s`: `%.*s` %s", w->plan->jail->name,
               name, SPAN_FMT(span_head(value, 60)), what);
}

/* Copies an option as it is, when it says something. */
static void
copy(struct writing *w, const char *name)
{
    const struct fail2ban_option *o = find(w, name);

    if (o && span_trim(span_of(o->text)).len)
        put(w, name, span_of(o->text), place_of(w, o));
}

static void
copy_bool(struct writing *w, const char *name)
{
    const struct fail2ban_option *o = find(w, name);

    if (o)
        put(w, name, o->number ? SPAN("yes") : SPAN("no"), place_of(w, o));
}

/* Writes a time in seconds; 0 for `usual`: nothing when it is not said. */
static void
copy_time(struct writing *w, const char *name, int64_t usual)
{
    const struct fail2ban_option *o = find(w, name);
    struct fail2ban_seconds s = {.seconds = (double)usual};
    struct buf text = {0}, why = {0};

    if ((!o || !o->text[0]) && usual == 0)
        return;
    if (o && o->text[0] && !fail2ban_time(span_of(o->text), &s, &why)) {
        refuse(w, o, name, "write a time: 600, 10m, 1h 30m, -1");
    } else if (fabs(s.seconds) > (double)CONFIG_TIME_MAX_S * 10) {
        refuse(w, o, name, "that is more than any time here");
    } else {
        /* What is negative has no end. */
        buf_printf(&text, "%lld", s.seconds < 0 ? -1 : (long long)s.seconds);
        put(w, name, buf_span(&text), place_of(w, o));
    }
    buf_fini(&text);
    buf_fini(&why);
}

static void
write_counts(struct writing *w)
{
    const struct fail2ban_option *retry =
        fail2ban_option(&w->plan->jail->options, "maxretry");
    const struct fail2ban_option *matches = find(w, "maxmatches");
    struct buf text = {0};
    int64_t n;

    if (retry && retry->type == FAIL2BAN_NONE)
        refuse(w, retry, "maxretry", "write a whole number");
    else if (retry && retry->number < 1) /* the first failure bans, as for 1 */
        put(w, "maxretry", SPAN("1"), place_of(w, retry));
    else if (retry)
        copy(w, "maxretry");
    else
        put_text(w, "maxretry", "3");
    if (matches) { /* how many are kept changes nothing but what is shown */
        n = matches->number < 1 ? 1 : matches->number;
        buf_printf(&text, "%lld",
                   n > MATCHES_MAX ? (long long)MATCHES_MAX : (long long)n);
        put(w, "maxmatches", buf_span(&text), place_of(w, matches));
    } else { /* what a server has where no jail.conf says maxretry, as Debian's does */
        put_text(w, "maxmatches", "5");
    }
    copy_time(w, "findtime", USUAL_TIME_S);
    copy_time(w, "bantime", USUAL_TIME_S);
    buf_fini(&text);
}

static void
write_increments(struct writing *w)
{
    copy_bool(w, "bantime.increment");
    copy(w, "bantime.factor");
    copy(w, "bantime.formula");
    copy(w, "bantime.multipliers");
    copy_time(w, "bantime.maxtime", 0);
    copy_time(w, "bantime.rndtime", 0);
    copy_bool(w, "bantime.overalljails");
}

/* Which journal; its rotated files are read in any case. */
static void
write_journal(struct writing *w, const struct fail2ban_option *o)
{
    struct fail2ban_options args = {0};
    struct buf text = {0}, why = {0};
    struct span name = {0};

    if (!fail2ban_args_read(span_of(o->text), &name, &args, place_of(w, o), &why)) {
        refuse(w, o, "backend", why.ptr);
    } else {
        buf_add(&text, name);
        for (size_t i = 0; i < args.count; i++) {
            struct span arg = span_of(args.at[i].name);

            if (span_eq(arg, SPAN("rotated")))
                note(w, o, "backend", arg,
                     "changes nothing: a journal is read with its rotated files");
            else
                buf_printf(&text, "[%s=\"%s\"]", args.at[i].name, args.at[i].text);
        }
        put(w, "backend", buf_span(&text), place_of(w, o));
    }
    fail2ban_options_fini(&args);
    buf_fini(&text);
    buf_fini(&why);
}

static void
write_backend(struct writing *w)
{
    const struct fail2ban_option *o = find(w, "backend");
    struct span text = span_trim(span_of(o ? o->text : ""));

    if (span_eq_nocase(text, SPAN("gamin"))) /* of old ones; files are files */
        put(w, "backend", SPAN("pyinotify"), place_of(w, o));
    else if (span_starts(text, SPAN("systemd[")))
        write_journal(w, o);
    else
        copy(w, "backend");
}

/* Files, one a line; ` head` is what we do without a word. */
static void
write_logs(struct writing *w)
{
    const struct fail2ban_option *o = find(w, "logpath"), *b = find(w, "backend");
    struct span rest = span_of(o ? o->text : ""), line;
    struct buf text = {0};

    if (b && span_starts(span_of(b->text), SPAN("systemd")))
        return;
    while (span_line(&rest, &line)) {
        line = span_trim(line);
        if (span_ends(line, SPAN(" head")))
            line = span_trim(span_head(line, line.len - strlen(" head")));
        if (line.len && text.len)
            buf_add_byte(&text, '\n');
        buf_add(&text, line);
    }
    if (text.len)
        put(w, "logpath", buf_span(&text), place_of(w, o));
    else if (!find(w, "journalmatch") && !w->plan->is_added)
        refuse(w, o, "logpath", "write the paths of the log files, one a line");
    buf_fini(&text);
}

static void
check_encoding(struct writing *w)
{
    const struct fail2ban_option *o = find(w, "logencoding");
    enum encoding_kind kind =
        o ? encoding_kind(span_trim(span_of(o->text))) : ENCODING_UTF8;

    if (kind == ENCODING_OTHER)
        w->encoding = span_trim(span_of(o->text));
    if (kind == ENCODING_WIDE)
        refuse(w, o, "logencoding",
               "logs are read that have ASCII in them: UTF-8, Latin-1 and their like");
    else if (kind == ENCODING_UNKNOWN)
        refuse(w, o, "logencoding",
               "nobody knows it; write auto, utf-8, latin-1, cp1252");
}

/* Copies an expression, in the bytes that the log has for it. */
static void
copy_expression(struct writing *w, const char *name)
{
    const struct fail2ban_option *o = find(w, name);
    struct buf text = {0};

    if (!o || !span_trim(span_of(o->text)).len)
        return;
    if (!w->encoding.len)
        put(w, name, span_of(o->text), place_of(w, o));
    else if (encoding_convert(w->encoding, span_of(o->text), &text))
        put(w, name, buf_span(&text), place_of(w, o));
    else
        refuse(w, o, name, "`logencoding` has not all of its characters");
    buf_fini(&text);
}

/* A word that fail2ban would look up in vain, for ever: no address, and no name. What
 * begins like an address is meant for one, and wrong. */
static bool
is_nothing(struct span word)
{
    struct addr unused;

    return !addr_parse_prefix(word, &unused) && !host_is_name(word) &&
           !span_starts(word, SPAN("file:")) && !span_starts(word, SPAN("[")) &&
           !(word.ptr[0] >= '0' && word.ptr[0] <= '9');
}

/* The words of `ignoreip`; behind a value # begins no comment for fail2ban, but it is
 * meant as one. */
static void
write_ignoreip(struct writing *w)
{
    const struct fail2ban_option *o = find(w, "ignoreip");
    struct span rest = span_of(o ? o->text : ""), line, word;
    struct buf text = {0};

    while (span_line(&rest, &line)) {
        while (span_word(&line, &word)) {
            if (word.ptr[0] == '#') {
                note(w, o, "ignoreip", word, "and what follows is no address");
                break;
            }
            if (is_nothing(word)) {
                note(w, o, "ignoreip", word, "is no address and no name; it is left out");
                continue;
            }
            if (text.len)
                buf_add_byte(&text, ' ');
            buf_add(&text, word);
        }
    }
    if (text.len)
        put(w, "ignoreip", buf_span(&text), place_of(w, o));
    buf_fini(&text);
}

/* Whether what a command said is kept by the address. */
static bool
is_cache_by_address(const struct fail2ban_option *o)
{
    struct fail2ban_options args = {0};
    struct buf text = {0}, why = {0};
    struct span unused;
    const struct fail2ban_option *key = NULL;
    bool is_good;

    buf_printf(&text, "cache[%s]", o->text);
    is_good = fail2ban_args_read(buf_span(&text), &unused, &args,
                                 (struct fail2ban_place){0}, &why);
    if (is_good)
        key = fail2ban_option(&args, "key");
    is_good = !key || strcmp(key->text, "<ip>") == 0;
    fail2ban_options_fini(&args);
    buf_fini(&text);
    buf_fini(&why);
    return is_good;
}

/* Of what is known without a command nothing is kept. */
static void
write_cache(struct writing *w)
{
    const struct fail2ban_option *o = find(w, "ignorecache");

    if (!o || !span_trim(span_of(o->text)).len)
        return;
    if (is_cache_by_address(o))
        copy(w, "ignorecache");
    else
        note(
            w, o, "ignorecache", span_of(o->text),
            "has another key than <ip>; nothing is kept, the command is asked each time");
}

static void
write_ignored(struct writing *w)
{
    const struct fail2ban_option *command = find(w, "ignorecommand");

    copy_bool(w, "ignoreself");
    write_ignoreip(w);
    copy(w, "ignorecommand");
    if (command && span_trim(span_of(command->text)).len)
        write_cache(w);
}

/* recidive of the journal: fail2ban's lines come there no more. */
static void
note_journal(struct writing *w)
{
    const struct fail2ban_option *match = find(w, "journalmatch"),
                                 *b = find(w, "backend");

    if (match && b && span_starts(span_of(b->text), SPAN("systemd")) &&
        span_find(span_of(match->text), SPAN("fail2ban.service")) >= 0)
        note(w, match, "journalmatch", span_of(match->text),
             "will find nothing: nobody writes bans there any more; read the file of "
             "`logtarget`");
}

/* usedns; a word that there is not is a no. */
static void
write_names(struct writing *w)
{
    static const char *const words[] = {"yes", "warn", "no", "raw"};
    const struct fail2ban_option *o = find(w, "usedns");
    struct span word = span_trim(span_of(o ? o->text : ""));
    const char *taken = word.len ? "no" : "warn";

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(word, span_of(words[i])))
            taken = words[i];
    if (word.len && !span_eq_nocase(word, span_of(taken)))
        note(w, o, "usedns", word, "is none of yes, warn, no and raw, and taken as no");
    put(w, "usedns", span_of(taken), place_of(w, o));
}

static void
write_filter(struct writing *w)
{
    static const char *const expressions[] = {"prefregex", "failregex", "ignoreregex",
                                              "datepattern"};
    const struct fail2ban_jail *j = w->plan->jail;
    const struct fail2ban_option *lines = find(w, "maxlines");
    const char *base = j->filter ? strrchr(j->filter, '/') : NULL;

    put_text(w, "filter", base ? base + 1 : j->filter ? j->filter : j->name);
    for (size_t i = 0; i < ARRAY_LEN(expressions); i++)
        copy_expression(w, expressions[i]);
    copy(w, "journalmatch");
    note_journal(w);
    copy(w, "logtimezone");
    if (lines)
        put(w, "maxlines", span_of(lines->text), place_of(w, lines));
    write_names(w);
}

static void
write_scope(struct writing *w)
{
    const struct fail2ban_native *n = &w->plan->native;
    struct fail2ban_place at =
        place_of(w, fail2ban_option(&w->plan->jail->options, "action"));

    if (!w->plan->has_native)
        return;
    put(w, "port", n->is_all ? SPAN("all") : buf_span(&n->ports), at);
    put(w, "protocol", buf_span(&n->protocol), at);
    put(w, "blocktype", n->is_rejecting ? SPAN("reject") : SPAN("drop"), at);
}

bool
fail2ban_write_jail(const struct fail2ban_plan *p, struct ini *out, struct conf_errors *e,
                    struct conf_errors *notes)
{
    struct writing w = {.plan = p, .ini = out, .errors = e, .notes = notes};

    out->sections = mem_zalloc(1, sizeof(*out->sections));
    out->section_count = 1;
    out->sections[0] =
        (struct ini_section){.name = mem_copy_text(p->jail->name, strlen(p->jail->name)),
                             .file = p->jail->file,
                             .line = p->jail->line};
    put_text(&w, "enabled", "yes");
    put_text(&w, "forgive", "no");
    if (p->is_watching)
        put_text(&w, "observe", "yes");
    write_backend(&w);
    check_encoding(&w);
    write_filter(&w);
    write_logs(&w);
    write_counts(&w);
    write_increments(&w);
    write_ignored(&w);
    write_scope(&w);
    return !w.is_bad;
}
