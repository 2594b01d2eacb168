#include "gate/grey_list.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "gate/grey_list_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct grey_list *
grey_list_new(enum grey_list_kind kind)
{
    struct grey_list *l = mem_zalloc(1, sizeof(*l));

    l->kind = kind;
    l->texts.limit = (size_t)GREY_LIST_ENTRIES_MAX * GREY_LIST_LINE_MAX;
    return l;
}

void
grey_list_free(struct grey_list *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->regex_count; i++)
        pcre_free(l->regexes[i].code);
    if (l->engine.data)
        pcre_engine_fini(&l->engine);
    buf_fini(&l->texts);
    buf_fini(&l->joined);
    mem_free(l->regexes);
    mem_free(l->seen);
    mem_free(l->glances);
    mem_free(l->words);
    mem_free(l->addresses);
    mem_free(l);
}

static void
add_width(struct grey_widths *w, uint8_t bits)
{
    if (!memchr(w->of, bits, w->count))
        w->of[w->count++] = bits;
}

static bool
add_address(struct grey_list *l, struct addr a)
{
    if (l->address_count == GREY_LIST_ENTRIES_MAX)
        return false;
    if (l->address_count == l->address_room) {
        l->address_room = l->address_room ? l->address_room * 2 : 16;
        l->addresses = mem_realloc(l->addresses, l->address_room, sizeof(a));
    }
    l->addresses[l->address_count++] = a;
    add_width(&l->widths[a.family == 6], a.bits);
    return true;
}

static bool
add_word(struct grey_list *l, struct span word)
{
    if (l->word_count == GREY_LIST_ENTRIES_MAX)
        return false;
    if (l->word_count == l->word_room) {
        l->word_room = l->word_room ? l->word_room * 2 : 64;
        l->words = mem_realloc(l->words, l->word_room, sizeof(*l->words));
    }
    l->words[l->word_count++] =
        (struct grey_word){(uint32_t)l->texts.len, (uint32_t)word.len};
    for (size_t i = 0; i < word.len; i++)
        buf_add_byte(&l->texts, ascii_lower(word.ptr[i]));
    return true;
}

/* Whether a byte behind a backslash counts groups or does more than match. */
static bool
is_odd_escape(char c)
{
    return ascii_is_digit(c) || span_find_byte(SPAN("gkQEKG"), c) >= 0;
}

/* Whether an expression may stand in an alternation with others: it refers to no group,
 * sets no options and has no verbs. */
static bool
is_plain(struct span text)
{
    struct span rest;

    for (size_t i = 0; i < text.len; i++) {
        rest = span_from(text, i + 1);
        if (text.ptr[i] == '(' &&
            (span_starts(rest, SPAN("*")) ||
             (span_starts(rest, SPAN("?")) && !span_starts(rest, SPAN("?:")))))
            return false;
        if (text.ptr[i] == '\\' && rest.len && is_odd_escape(text.ptr[++i]))
            return false;
    }
    return true;
}

static bool
add_regex(struct grey_list *l, struct span text, struct buf *why)
{
    size_t at;
    void *code;

    if (l->regex_count == GREY_LIST_REGEXES_MAX)
        return false;
    code = pcre_compile(text, PCRE_CASELESS, why, &at);
    if (!code) {
        pcre_add_place(why, text, at);
        return true;
    }
    l->regexes = mem_realloc(l->regexes, l->regex_count + 1, sizeof(*l->regexes));
    l->regexes[l->regex_count] = (struct grey_regex){code, is_plain(text)};
    if (!l->regexes[l->regex_count++].is_plain)
        return true;
    buf_add_text(&l->joined, l->joined.len ? "|(?:" : "(?:");
    buf_add(&l->joined, text);
    buf_add_byte(&l->joined, ')');
    return true;
}

/* 192.0 and 192.0.2, as a prefix. */
static bool
read_octets(struct span text, struct addr *out)
{
    struct buf b = {0};
    unsigned dots = 0;
    bool is_good;

    for (size_t i = 0; i < text.len; i++) {
        dots += text.ptr[i] == '.';
        if (text.ptr[i] != '.' && !ascii_is_digit(text.ptr[i]))
            return false;
    }
    if (dots < 1 || dots > 2)
        return false;
    buf_add(&b, text);
    buf_add_text(&b, dots == 1 ? ".0.0/16" : ".0/24");
    is_good = addr_parse_prefix(buf_span(&b), out);
    buf_fini(&b);
    return is_good;
}

/* Whether it was meant to be an address: digits and dots alone, or with two colons. */
static bool
is_like_address(struct span text)
{
    size_t colons = 0, others = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        colons += c == ':';
        others += !ascii_is_digit(c) && c != '.' && c != '/';
    }
    return colons > 1 || others == 0;
}

static bool
add_client(struct grey_list *l, struct span line, struct buf *why)
{
    struct addr a;

    if (addr_parse_prefix(line, &a) || read_octets(line, &a))
        return add_address(l, a);
    if (is_like_address(line)) {
        buf_add_text(why, "it is no address and no prefix");
        return true;
    }
    return add_word(l, line);
}

static bool
has_blank(struct span s)
{
    return span_find_byte(s, ' ') >= 0 || span_find_byte(s, '\t') >= 0;
}

/* False: a bound is reached. What cannot be read is in `why`. */
static bool
add_line(struct grey_list *l, struct span line, struct buf *why)
{
    if (line.len > GREY_LIST_LINE_MAX || has_blank(line)) {
        buf_printf(why, "one entry stands on a line, without blanks, of %d bytes at most",
                   GREY_LIST_LINE_MAX);
        return true;
    }
    if (line.len > 2 && span_starts(line, SPAN("/")) && span_ends(line, SPAN("/")))
        return add_regex(l, (struct span){line.ptr + 1, line.len - 2}, why);
    return l->kind == GREY_LIST_CLIENTS ? add_client(l, line, why) : add_word(l, line);
}

void
grey_list_add(struct grey_list *l, struct span text, const char *file,
              struct conf_errors *e)
{
    struct buf why = {0};
    struct span line;
    unsigned number = 0;
    bool has_room = true;

    while (has_room && span_line(&text, &line)) {
        ptrdiff_t hash = span_find_byte(line, '#');

        number++;
        line = span_trim(hash < 0 ? line : span_head(line, (size_t)hash));
        buf_clear(&why);
        if (line.len)
            has_room = add_line(l, line, &why);
        if (why.len)
            conf_error(e, file, number, "%s", why.ptr);
    }
    if (!has_room)
        conf_error(e, file, number,
                   "a list has at most %d names, %d addresses and %d expressions",
                   GREY_LIST_ENTRIES_MAX, GREY_LIST_ENTRIES_MAX, GREY_LIST_REGEXES_MAX);
    buf_fini(&why);
}

static int
read_all(int fd, struct buf *out)
{
    char block[16384];
    ssize_t n;

    while ((n = read(fd, block, sizeof(block))) > 0)
        buf_add(out, (struct span){block, (size_t)n});
    if (n < 0)
        return -errno;
    return out->is_cut ? -EFBIG : 0;
}

int
grey_list_read(struct grey_list *l, const char *path, struct conf_errors *e)
{
    struct buf text = buf_bounded(GREY_LIST_FILE_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int err = fd < 0 ? -errno : read_all(fd, &text);

    if (err == -ENOENT && span_ends(span_of(path), SPAN(".local")))
        err = 0;
    else if (err)
        conf_error(e, path, 0, "cannot read the list: %s", strerror(-err));
    else
        grey_list_add(l, buf_span(&text), path, e);
    if (fd >= 0)
        (void)close(fd); /* only read */
    buf_fini(&text);
    return err;
}
