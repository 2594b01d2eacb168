#include "gate/spf_users.h"

#include "base/ascii.h"
#include "base/mem.h"

struct user {
    struct span address; /* in small letters; both texts are in `text` */
    struct span texts;   /* NAME=VALUE|... */
    unsigned line;
    struct spf_knobs knobs;
};

struct spf_users {
    unsigned holders;
    struct buf text;
    struct user *users; /* in the order of their addresses */
    size_t count;
};

void
spf_users_drop(struct spf_users *u)
{
    if (!u || --u->holders)
        return;
    buf_fini(&u->text);
    mem_free(u->users);
    mem_free(u);
}

struct spf_users *
spf_users_hold(struct spf_users *u)
{
    u->holders++;
    return u;
}

/* --- reading --- */

static bool
refuse(struct buf *why, struct span text, const char *what)
{
    buf_add_byte(why, '`');
    buf_escaped(why, span_head(text, 60));
    buf_add_text(why, what);
    return false;
}

/* What policyd-spf does not let a user change, or what has its place elsewhere here. */
static bool
is_of_all(struct span name)
{
    static const char *const names[] = {"lookup_time",   "whitelist_lookup_time",
                                        "header_type",   "hide_receiver",
                                        "authserv_id",   "authserv-id",
                                        "prospective",   "debuglevel",
                                        "mock",          "per_user",
                                        "reason_message"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq_nocase(name, span_of(names[i])))
            return true;
    return false;
}

static bool
set_knob(struct spf_knobs *k, struct span pair, struct buf *why)
{
    struct span name, value;

    if (!span_cut(pair, SPAN("="), &name, &value))
        return refuse(why, pair, "` has no value; write NAME=VALUE|NAME=VALUE");
    name = span_trim(name);
    value = span_trim(value);
    if (is_of_all(name))
        return refuse(why, name, "` is for all recipients; set it in [spf], not here");
    switch (spf_knobs_set(k, name, value)) {
    case SPF_KNOB_SET:
        return true;
    case SPF_KNOB_BAD:
        refuse(why, value, "` is no value of `");
        buf_escaped(why, name);
        buf_printf(why, "`; write %s", spf_knob_right(name));
        return false;
    case SPF_KNOB_UNKNOWN:
    case SPF_KNOB_UNBUILT:
        break;
    }
    return refuse(why, name, "` is no knob of policyd-spf that is known here");
}

static bool
set_knobs(struct spf_knobs *k, struct span rest, struct buf *why)
{
    struct span pair;

    while (span_cut(rest, SPAN("|"), &pair, &rest))
        if (!set_knob(k, pair, why))
            return false;
    return set_knob(k, rest, why);
}

static struct span
without_comment(struct span line)
{
    ptrdiff_t at = span_find_byte(line, '#');

    return span_trim(at < 0 ? line : span_head(line, (size_t)at));
}

/* Cuts one line in two; nothing is known of its knobs yet. */
static bool
add_user(struct spf_users *u, struct span line, unsigned number, struct buf *why)
{
    struct span address, knobs;

    if (line.len > SPF_USER_LINE_MAX)
        return refuse(why, line, "` is longer than 8192 bytes");
    if (!span_cut(line, SPAN(","), &address, &knobs) || span_trim(address).len == 0)
        return refuse(why, line, "` has no comma; write USER@DOMAIN,NAME=VALUE");
    if (u->count == SPF_USERS_MAX)
        return refuse(why, address, "` is one user too many; there may be 65536");
    if ((u->count & (u->count - 1)) == 0)
        u->users = mem_realloc(u->users, u->count ? 2 * u->count : 1, sizeof(*u->users));
    u->users[u->count++] = (struct user){
        .address = span_trim(address), .texts = span_trim(knobs), .line = number};
    return true;
}

static bool
read_lines(struct spf_users *u, struct buf *why, unsigned *number)
{
    struct span rest = buf_span(&u->text), line;

    for (*number = 1; span_line(&rest, &line); ++*number) {
        line = without_comment(line);
        if (line.len && !add_user(u, line, *number, why))
            return false;
    }
    return true;
}

static int
compare(const void *a, const void *b)
{
    const struct user *one = a, *other = b;
    int by_name = span_cmp(one->address, other->address);

    return by_name ? by_name : one->line < other->line ? -1 : 1;
}

static bool
read_knobs(struct spf_users *u, const struct spf_knobs *base, struct buf *why,
           unsigned *number)
{
    for (size_t i = 0; i < u->count; i++) {
        struct span address = u->users[i].address;

        u->users[i].knobs = *base;
        *number = u->users[i].line;
        if (!set_knobs(&u->users[i].knobs, u->users[i].texts, why))
            return false;
        for (size_t k = 0; k < address.len; k++)
            u->text.ptr[address.ptr - u->text.ptr + (ptrdiff_t)k] =
                ascii_lower(address.ptr[k]);
    }
    return true;
}

struct spf_users *
spf_users_read(struct span text, const struct spf_knobs *base, struct buf *why,
               unsigned *line)
{
    struct spf_users *u = mem_zalloc(1, sizeof(*u));

    u->holders = 1;
    buf_add(&u->text, text);
    if (!read_lines(u, why, line) || !read_knobs(u, base, why, line)) {
        spf_users_drop(u);
        return NULL;
    }
    if (u->count)
        qsort(u->users, u->count, sizeof(*u->users), compare);
    return u;
}

/* --- looking --- */

const struct spf_knobs *
spf_users_find(const struct spf_users *u, struct span recipient)
{
    char folded[512];
    size_t low = 0, high = u->count;

    if (recipient.len == 0 || recipient.len > sizeof(folded))
        return NULL;
    for (size_t i = 0; i < recipient.len; i++)
        folded[i] = ascii_lower(recipient.ptr[i]);
    recipient.ptr = folded;
    while (low < high) { /* the first that is not less */
        size_t middle = low + (high - low) / 2;

        if (span_cmp(u->users[middle].address, recipient) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < u->count && span_eq(u->users[low].address, recipient)
               ? &u->users[low].knobs
               : NULL;
}
