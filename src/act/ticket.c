#include "act/ticket.h"

#include <ctype.h>

#include "base/ascii.h"
#include "base/clock.h"

/* What a shell, or fail2ban's own tags, would not take for text. */
static const char special[] = "\\#&;`|*?~<>^()[]{}$'\"\n\r";

enum { NAMES_MAX = TICKET_VALUES_MAX, NAME_ROOM = 64 };

struct making {
    const struct ticket_words *words;
    struct ticket_command *out;
    char names[NAMES_MAX][NAME_ROOM]; /* of the values */
    bool is_of_filter;                /* the <F-...> are replaced, and nothing else */
};

/* A captured group, or what stands for one; false: there is none. */
static bool
find_group(const struct ticket *t, struct span name, struct span *value)
{
    struct span rest = t->groups, key, one;
    bool is_there = false;

    /* The last of a name counts. */
    while (span_cut(rest, SPAN("\0"), &key, &rest) &&
           span_cut(rest, SPAN("\0"), &one, &rest))
        if (span_eq(key, name)) {
            *value = one;
            is_there = true;
        }
    return is_there;
}

static bool
is_plain(struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '\0' || strchr(special, value.ptr[i]))
            return false;
    return true;
}

/* Appends the value, or the name of the argument that holds it. */
static void
add_value(struct making *m, const char *prefix, struct span tag, struct span value,
          struct buf *text)
{
    struct ticket_command *c = m->out;
    struct buf name = buf_bounded(NAME_ROOM - 1);
    size_t i = 0;

    if (is_plain(value)) {
        buf_add(text, value);
        return;
    }
    buf_printf(&name, "f2bV_%s", prefix);
    for (size_t k = 0; k < tag.len; k++)
        buf_add_byte(&name, isalnum((unsigned char)tag.ptr[k]) ? tag.ptr[k] : '_');
    while (i < c->count && strcmp(m->names[i], name.ptr) != 0)
        i++;
    if (i == TICKET_VALUES_MAX) {
        c->is_too_much = true;
        buf_fini(&name);
        return;
    }
    buf_printf(text, "$%s", name.ptr);
    if (i == c->count) {
        (void)snprintf(m->names[i], NAME_ROOM, "%s", name.ptr);
        for (size_t k = 0; k < value.len; k++) /* an argument ends at a NUL */
            if (value.ptr[k])
                buf_add_byte(&c->values[i], value.ptr[k]);
        c->count++;
    }
    buf_fini(&name);
}

/* --- values --- */

static void
add_id(const struct ticket *t, struct buf *out)
{
    char who[ADDR_TEXT_MAX];

    if (t->id.len)
        buf_add(out, t->id);
    else if (t->who.family)
        buf_add_text(out, addr_text(&t->who, who));
}

void
ticket_add_id(const struct ticket *t, struct buf *out)
{
    struct buf id = {0};

    add_id(t, &id);
    buf_escaped(out, buf_span(&id));
    buf_fini(&id);
}

/* The address of a ban: of an id that is none the one beside it. */
static struct addr
address_of(const struct ticket *t)
{
    struct addr a = {0};
    struct span ip;

    if (!t->id.len)
        return t->who;
    if (find_group(t, SPAN("ip"), &ip) && !addr_parse_prefix(ip, &a))
        return (struct addr){0};
    return a;
}

/* fail2ban has "None" where there is no address. */
static void
add_family(const struct ticket *t, struct buf *out)
{
    struct addr a = address_of(t);

    if (a.family)
        buf_add_text(out, a.family == 4 ? "inet4" : "inet6");
    else if (t->id.len)
        buf_add_text(out, "None");
}

/* The octets or nibbles from the last to the first, a dot behind each. */
static void
add_reversed(const struct addr *who, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    if (who->family == 0)
        return;
    if (who->family == 4) {
        for (int i = 3; i >= 0; i--) {
            buf_printf(out, "%u", who->bytes[i]);
            if (i == 3 && who->bits < 32) /* so fail2ban has it */
                buf_printf(out, "/%u", who->bits);
            buf_add_byte(out, '.');
        }
        return;
    }
    for (int i = 15; i >= 0; i--)
        buf_printf(out, "%c.%c.", digits[who->bytes[i] & 15], digits[who->bytes[i] >> 4]);
}

/* As Python writes a number of seconds: with a fraction, which may be 0, where the log
 * had the time; whole when the ban was restored. */
static void
add_time(const struct ticket *t, struct buf *out)
{
    int64_t fraction = t->time_us % SECOND_US;

    buf_printf(out, "%lld", (long long)(t->time_us / SECOND_US));
    if (t->is_restored)
        return;
    buf_printf(out, ".%06lld", (long long)fraction);
    while (out->ptr[out->len - 1] == '0' && out->ptr[out->len - 2] != '.')
        buf_truncate(out, out->len - 1);
}

static void
add_ticket(const struct ticket *t, struct buf *out)
{
    struct span rest = t->matches, line;
    bool is_next = false;

    buf_add_text(out, "BanTicket: ip=");
    add_id(t, out);
    buf_add_text(out, " time=");
    add_time(t, out);
    buf_printf(out, " bantime=%lld bancount=%u #attempts=%u matches=[",
               (long long)t->bantime_s, t->bancount, t->failures);
    while (span_line(&rest, &line)) {
        buf_add_text(out, is_next ? ", '" : "'");
        buf_escaped(out, line);
        buf_add_byte(out, '\'');
        is_next = true;
    }
    buf_add_byte(out, ']');
}

static bool
add_number(const struct ticket *t, struct span tag, struct buf *out)
{
    const struct {
        const char *tag;
        int64_t value;
    } numbers[] = {
        {"failures", t->failures},
        {"bantime", t->bantime_s},
        {"bancount", t->bancount},
        {"restored", t->is_restored},
        {"ipfailures", t->all_failures},
        {"ipjailfailures", t->jail_failures},
        {"jail.banned", (int64_t)t->banned},
        {"jail.banned_total", (int64_t)t->banned_total},
        {"jail.found", (int64_t)t->found},
        {"jail.found_total", (int64_t)t->found_total},
    };

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (span_eq(tag, span_of(numbers[i].tag))) {
            buf_printf(out, "%lld", (long long)numbers[i].value);
            return true;
        }
    return false;
}

static void
add_address(const struct ticket *t, struct buf *out)
{
    struct addr a = address_of(t);
    char text[ADDR_TEXT_MAX];

    if (a.family)
        buf_add_text(out, addr_text(&a, text));
    else
        buf_add(out, t->id);
}

static void
add_address_reversed(const struct ticket *t, struct buf *out)
{
    struct addr a = address_of(t);

    add_reversed(&a, out);
}

/* fail2ban has "None" for one without a name, and nothing for no ban. */
static void
add_name(const struct ticket *t, struct buf *out)
{
    if (t->who.family)
        buf_add(out, t->name.len ? t->name : SPAN("None"));
}

static void
add_matches(const struct ticket *t, struct buf *out)
{
    buf_add(out, t->matches);
}

static void
add_all_matches(const struct ticket *t, struct buf *out)
{
    buf_add(out, t->all_matches);
}

static void
add_jail_matches(const struct ticket *t, struct buf *out)
{
    buf_add(out, t->jail_matches);
}

/* The value of a tag that a ban has; false: it is none. */
static bool
add_of_ticket(const struct ticket *t, struct span tag, struct buf *out)
{
    static const struct {
        struct span tag;
        void (*add)(const struct ticket *t, struct buf *out);
    } rows[] = {
        {SPAN_INIT("ip"), add_address},
        {SPAN_INIT("fid"), add_id},
        {SPAN_INIT("family"), add_family},
        {SPAN_INIT("ip-host"), add_name},
        {SPAN_INIT("ip-rev"), add_address_reversed},
        {SPAN_INIT("time"), add_time},
        {SPAN_INIT("matches"), add_matches},
        {SPAN_INIT("ipmatches"), add_all_matches},
        {SPAN_INIT("ipjailmatches"), add_jail_matches},
        {SPAN_INIT("raw-ticket"), add_ticket},
    };

    if (add_number(t, tag, out))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (span_eq(tag, rows[i].tag)) {
            rows[i].add(t, out);
            return true;
        }
    return false;
}

/* What is ours, and is put in as it is. */
static bool
add_fixed(const struct ticket_words *w, struct span tag, struct buf *text)
{
    ptrdiff_t dot = span_find_byte(w->host, '.');

    if (span_eq(tag, SPAN("br")))
        buf_add_byte(text, '\n');
    else if (span_eq(tag, SPAN("sp")))
        buf_add_byte(text, ' ');
    else if (span_eq(tag, SPAN("timeout")))
        buf_printf(text, "%lld", (long long)w->timeout_s);
    else if (span_eq(tag, SPAN("fq-hostname")))
        buf_add(text, w->host);
    else if (span_eq(tag, SPAN("sh-hostname")))
        buf_add(text, dot < 0 ? w->host : span_head(w->host, (size_t)dot));
    else
        return false;
    return true;
}

static bool
is_filter_tag(struct span tag)
{
    if (!span_take(&tag, SPAN("F-")) || tag.len == 0)
        return false;
    for (size_t i = 0; i < tag.len; i++)
        if (!isupper((unsigned char)tag.ptr[i]) && !isdigit((unsigned char)tag.ptr[i]) &&
            tag.ptr[i] != '_' && tag.ptr[i] != '-')
            return false;
    return true;
}

/* <F-NAME>: what the group `name` captured. */
static void
add_group(struct making *m, struct span tag, struct buf *text)
{
    char lower[NAME_ROOM];
    struct span name = span_from(tag, 2), value;

    if (name.len > sizeof(lower))
        return;
    for (size_t i = 0; i < name.len; i++)
        lower[i] = ascii_lower(name.ptr[i]);
    name.ptr = lower;
    if (span_eq(name, SPAN("id")))
        name = SPAN("fid");
    if (span_eq(name, SPAN("port")))
        name = SPAN("fport");
    if (find_group(m->words->ticket, name, &value))
        add_value(m, "F_", name, value, text);
}

/* Replaces one tag; false: it stays. */
static bool
replace(struct making *m, struct span tag, struct buf *text)
{
    const struct ticket *t = m->words->ticket;
    struct buf value = {0};
    bool is_known = true;

    if (m->is_of_filter) {
        if (!is_filter_tag(tag))
            return false;
        if (t)
            add_group(m, tag, text);
        return true;
    }
    if (span_eq(tag, SPAN("family")) && (!t || t->who.family == 0)) {
        if (!t && m->words->family.len == 0)
            return false;
        buf_add(text, m->words->family);
        return true;
    }
    if (t && add_of_ticket(t, tag, &value))
        add_value(m, "", tag, buf_span(&value), text);
    else
        is_known = add_fixed(m->words, tag, text);
    buf_fini(&value);
    return is_known;
}

/* The name of a tag that begins with the `<` at `s.ptr`; empty: it is none. */
static struct span
tag_at(struct span s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '>')
            return (struct span){s.ptr + 1, i - 1};
        if (s.ptr[i] == '<' || s.ptr[i] == ' ')
            break;
    }
    return (struct span){0};
}

static void
replace_all(struct making *m, struct span s, struct buf *text)
{
    while (s.len) {
        ptrdiff_t at = span_find_byte(s, '<');
        struct span tag;

        if (at < 0)
            break;
        buf_add(text, span_head(s, (size_t)at));
        s = span_from(s, (size_t)at);
        tag = tag_at(s);
        if (tag.len && replace(m, tag, text)) {
            s = span_from(s, tag.len + 2);
        } else {
            buf_add_byte(text, '<');
            s = span_from(s, 1);
        }
    }
    buf_add(text, s);
}

void
ticket_command(const struct ticket_words *w, const char *text, struct ticket_command *out)
{
    struct making m = {.words = w, .out = out};
    struct buf first = {0}, second = {0};

    replace_all(&m, span_of(text), &first);
    m.is_of_filter = true;
    if (w->ticket || w->family.len)
        replace_all(&m, buf_span(&first), &second);
    else
        buf_add(&second, buf_span(&first));
    for (size_t i = 0; i < out->count; i++)
        buf_printf(&out->text, "%s=$%zu ", m.names[i], i);
    if (out->count)
        buf_add_byte(&out->text, '\n');
    buf_add(&out->text, buf_span(&second));
    out->is_too_much |= out->text.is_cut;
    buf_fini(&first);
    buf_fini(&second);
}

void
ticket_command_fini(struct ticket_command *c)
{
    buf_fini(&c->text);
    for (size_t i = 0; i < c->count; i++)
        buf_fini(&c->values[i]);
    *c = (struct ticket_command){0};
}
