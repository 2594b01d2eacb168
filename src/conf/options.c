#include "conf/options.h"

#include "base/mem.h"
#include "conf/logpath.h"

/* How much of a wrong value a message repeats. */
enum { SHOWN_MAX = 60 };

static bool
wrong(const struct option *o, struct span text, struct buf *why)
{
    if (text.len)
        buf_printf(why, "`%s` is `%.*s`; ", o->name,
                   SPAN_FMT(span_head(text, SHOWN_MAX)));
    else
        buf_printf(why, "`%s` is empty; ", o->name);
    return false;
}

/* Ends a message with the words that are taken as well. */
static bool
say_words(const struct option *o, const char *before, struct buf *why)
{
    struct span words = span_of(o->words), word;
    bool is_first = true;

    while (span_word(&words, &word)) {
        buf_printf(why, "%s`%.*s`", is_first ? before : " or ", SPAN_FMT(word));
        is_first = false;
    }
    return false;
}

static bool
read_integer(const struct option *o, struct span text, struct option_value *out,
             struct buf *why)
{
    uint64_t n;

    if (span_u64(text, (uint64_t)o->min, (uint64_t)o->max, &n)) {
        out->number = (int64_t)n;
        return true;
    }
    (void)wrong(o, text, why);
    buf_printf(why, "write a whole number from %lld to %lld", (long long)o->min,
               (long long)o->max);
    return say_words(o, " or ", why);
}

static bool
read_time(const struct option *o, struct span text, struct option_value *out,
          struct buf *why)
{
    int64_t s;

    if (value_time(text, &s) &&
        ((s >= o->min && s <= o->max) || (s == CONFIG_FOREVER_S && o->may_be_forever))) {
        out->number = s;
        return true;
    }
    (void)wrong(o, text, why);
    buf_add_text(why, "write a time such as 45s, 10m, 1h30m or 7d, from ");
    value_time_text(why, o->min);
    buf_add_text(why, " to ");
    value_time_text(why, o->max);
    if (o->may_be_forever)
        buf_add_text(why, ", or -1 for ever");
    return false;
}

static bool
read_bool(const struct option *o, struct span text, struct option_value *out,
          struct buf *why)
{
    bool b;

    if (value_bool(text, &b)) {
        out->number = b;
        return true;
    }
    (void)wrong(o, text, why);
    buf_add_text(why, "write yes or no");
    return say_words(o, " or ", why);
}

static bool
read_name(const struct option *o, struct span text, struct buf *why)
{
    static const char extra[] = "-_0123456789";
    bool is_good = text.len > 0 && text.len < CONFIG_NAME_MAX / 2;

    for (size_t i = 0; is_good && i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        is_good = is_letter || (i > 0 && c && strchr(extra, c));
    }
    if (is_good)
        return true;
    (void)wrong(o, text, why);
    buf_printf(why, "write a letter, then letters, digits, - and _, less than %d in all",
               CONFIG_NAME_MAX / 2);
    return false;
}

static bool
wrong_path(const struct option *o, struct span path, struct buf *why)
{
    (void)wrong(o, path, why);
    buf_printf(why, "write a path that begins with / and is shorter than %d bytes",
               VALUE_PATH_MAX);
    return say_words(o, ", or ", why);
}

static bool
read_path(const struct option *o, struct span path, struct buf *why)
{
    return (path.len && path.ptr[0] == '/' && path.len < VALUE_PATH_MAX) ||
           wrong_path(o, path, why);
}

static bool
read_log(const struct option *o, struct span line, struct buf *why)
{
    struct logpath l;
    struct buf right = {0};
    bool is_good = logpath_read(line, &l, &right);

    if (!is_good) {
        (void)wrong(o, line, why);
        buf_add(why, buf_span(&right));
        (void)say_words(o, ", or ", why);
    }
    buf_fini(&right);
    return is_good;
}

static bool
read_logs(const struct option *o, struct span text, struct buf *why)
{
    struct span rest = text, line;
    size_t count = 0;

    while (span_line(&rest, &line)) {
        line = span_trim(line);
        if (line.len == 0)
            continue;
        if (!read_log(o, line, why))
            return false;
        count++;
    }
    if (count == 0)
        return wrong_path(o, (struct span){0}, why);
    if (count <= VALUE_PATHS_MAX)
        return true;
    buf_printf(why, "`%s` has %zu lines; %d are the most", o->name, count,
               VALUE_PATHS_MAX);
    return false;
}

static bool
read_ports(const struct option *o, struct span text, struct option_value *out,
           struct buf *why)
{
    struct span word = {0};

    if (text.len && value_ports(text, &out->ports, &word))
        return true;
    if (text.len && word.len == 0) {
        buf_printf(why, "`%s` has more than %d ports; write ranges FIRST:LAST", o->name,
                   CONFIG_PORTS_MAX);
        return false;
    }
    (void)wrong(o, word, why);
    buf_add_text(why, "write ports (1 to 65535), ranges FIRST:LAST or names such as "
                      "smtp, submission, imaps, ssh");
    return say_words(o, ", or only ", why);
}

static bool
is_like_name(struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];

        if (c == ':' || c == '/')
            return false;
        if ((c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z'))
            return true;
    }
    return false;
}

static bool
wrong_address(const struct option *o, struct span word, struct buf *why)
{
    (void)wrong(o, word, why);
    if (o->may_be_file)
        buf_add_text(why, "write an address, ADDRESS/LENGTH, a name or file:PATH");
    else if (is_like_name(word))
        buf_add_text(why, "host names are not taken here, write addresses");
    else
        buf_add_text(why, "write an address or ADDRESS/LENGTH");
    return false;
}

static bool
read_address(const struct option *o, struct span word, struct option_value *out,
             struct buf *why)
{
    struct addr a;

    if (!addr_parse_prefix(word, &a))
        return wrong_address(o, word, why);
    if (value_add_address(&out->addresses, &out->address_count, &a))
        return true;
    buf_printf(why, "`%s` has more than %d addresses; join them to prefixes", o->name,
               CONFIG_PREFIXES_MAX);
    return false;
}

/* A file or a name, which who loads the option reads. */
static bool
is_read_later(const struct option *o, struct span word)
{
    return o->may_be_file && (span_starts(word, SPAN(VALUE_FILE)) || host_is_name(word));
}

static bool
read_addresses(const struct option *o, struct span text, struct option_value *out,
               struct buf *why)
{
    struct span word;

    while (span_word(&text, &word))
        if (!is_read_later(o, word) && !read_address(o, word, out, why))
            return false;
    return true;
}

static bool
read_refused(const struct option *o, struct buf *why)
{
    buf_printf(why, "`%s` is not supported yet; remove the line%s%s", o->name,
               o->help ? ", " : "", o->help ? o->help : "");
    return say_words(o, ", or write ", why);
}

/* The index of `text` among the words that are taken, or -1. */
static int
word_index(const struct option *o, struct span text)
{
    struct span words = span_of(o->words), word;

    for (int i = 0; span_word(&words, &word); i++)
        if (span_eq_nocase(word, text))
            return i;
    return -1;
}

static bool
read_typed(const struct option *o, struct span text, struct option_value *out,
           struct buf *why)
{
    switch (o->type) {
    case OPTION_BOOL:
        return read_bool(o, text, out, why);
    case OPTION_INTEGER:
        return read_integer(o, text, out, why);
    case OPTION_TIME:
        return read_time(o, text, out, why);
    case OPTION_WORD:
        (void)wrong(o, text, why);
        return say_words(o, "write ", why);
    case OPTION_NAME:
        return read_name(o, text, why);
    case OPTION_TEXT:
        return true;
    case OPTION_PATH:
        return read_path(o, text, why);
    case OPTION_LOGS:
        return read_logs(o, text, why);
    case OPTION_PORTS:
        return read_ports(o, text, out, why);
    case OPTION_ADDRESSES:
        return read_addresses(o, text, out, why);
    case OPTION_REFUSED:
        return read_refused(o, why);
    }
    bug("an option of no type");
}

bool
option_read(const struct option *o, struct span text, struct option_value *out,
            struct buf *why)
{
    struct option_value v = {.text = span_trim(text)};

    v.word = word_index(o, v.text);
    if (v.word < 0 && !read_typed(o, v.text, &v, why)) {
        option_value_fini(&v);
        return false;
    }
    *out = v;
    return true;
}

void
option_value_fini(struct option_value *v)
{
    mem_free(v->addresses);
    *v = (struct option_value){0};
}

const struct option *
option_find(const struct option *table, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++) {
        struct span entry = span_of(table[i].name);

        if (span_eq(entry, name))
            return &table[i];
        if (span_ends(entry, SPAN("*")) &&
            span_starts(name, span_head(entry, entry.len - 1)))
            return &table[i];
    }
    return NULL;
}

/* How many letters must be put in, taken out or changed to make one of the other. */
static size_t
distance(struct span a, struct span b)
{
    size_t row[CONFIG_NAME_MAX + 1], diagonal, above;

    if (a.len > CONFIG_NAME_MAX || b.len > CONFIG_NAME_MAX)
        return CONFIG_NAME_MAX;
    for (size_t k = 0; k <= b.len; k++)
        row[k] = k;
    for (size_t i = 0; i < a.len; i++) {
        diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < b.len; k++) {
            above = row[k + 1];
            row[k + 1] = diagonal + (a.ptr[i] != b.ptr[k]);
            if (above + 1 < row[k + 1])
                row[k + 1] = above + 1;
            if (row[k] + 1 < row[k + 1])
                row[k + 1] = row[k] + 1;
            diagonal = above;
        }
    }
    return row[b.len];
}

const char *
option_nearest(const struct option *table, size_t count, struct span name)
{
    size_t best = 1 + name.len / 3;
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = distance(name, span_of(table[i].name));

        if (table[i].type == OPTION_REFUSED || d > best || (d == best && nearest))
            continue;
        best = d;
        nearest = table[i].name;
    }
    return nearest;
}

static void
print_bounds(const struct option *o, struct buf *out)
{
    if (o->type == OPTION_INTEGER)
        buf_printf(out, ", %lld to %lld%s%s", (long long)o->min, (long long)o->max,
                   o->unit ? " " : "", o->unit ? o->unit : "");
    if (o->words)
        (void)say_words(o, ", takes ", out);
}

void
options_print(const struct option *table, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].type == OPTION_REFUSED)
            continue;
        buf_printf(out, "%s (default: %s", table[i].name,
                   table[i].fallback[0] ? table[i].fallback : "empty");
        print_bounds(&table[i], out);
        buf_printf(out, ")\n    %s\n", table[i].help);
    }
}

/* Text of ours in a man page, a sentence a line: what roff would take for its own is
 * quoted. */
static void
add_roff(struct buf *out, const char *text)
{
    bool is_first = true;

    for (; *text; text++) {
        if (is_first && (*text == '.' || *text == '\''))
            buf_add_text(out, "\\&");
        is_first = text[0] == '.' && text[1] == ' ';
        if (*text == '\\')
            buf_add_text(out, "\\e");
        else
            buf_add_byte(out, *text);
        if (is_first) {
            buf_add_byte(out, '\n');
            text++;
        }
    }
}

void
options_add_man(const struct option *table, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        struct buf bounds = {0};

        if (table[i].type == OPTION_REFUSED)
            continue;
        print_bounds(&table[i], &bounds);
        buf_printf(out, ".It Ic %s\n", table[i].name);
        add_roff(out, table[i].help);
        buf_add_text(out, "\n.br\nDefault: ");
        add_roff(out,
                 table[i].fallback && table[i].fallback[0] ? table[i].fallback : "empty");
        add_roff(out, bounds.len ? bounds.ptr : "");
        buf_add_text(out, ".\n");
        buf_fini(&bounds);
    }
}
