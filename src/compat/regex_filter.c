#include <sys/stat.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "compat/regex_parts.h"
#include "conf/filter.h"
#include "ctl/filter_find.h"

enum { SHORT_MAX = 53, TAIL = 6 };

static void
say_lines(struct tool *t, unsigned maxlines)
{
    if (!t->o.out)
        buf_printf(&t->out, "Use         maxlines : %u\n", maxlines);
}

/* A label and a text of any length. */
static void
say_text(struct tool *t, const char *label, struct span text)
{
    if (t->o.out)
        return;
    buf_add_text(&t->out, label);
    buf_add(&t->out, text);
    buf_add_byte(&t->out, '\n');
}

static void
say_short(struct tool *t, const char *label, struct span text)
{
    size_t length = 0, cut = 0;
    struct span rest = text;
    struct buf line = {0};
    bool unused;

    for (; rest.len; length++) {
        cut = length == SHORT_MAX - 3 ? text.len - rest.len : cut;
        (void)utf8_take(&rest, &unused); /* which one it is does not matter */
    }
    buf_add(&line, length > SHORT_MAX ? span_head(text, cut) : text);
    buf_add_text(&line, length > SHORT_MAX ? "..." : "");
    say_text(t, label, buf_span(&line));
    buf_fini(&line);
}

static bool
is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* --- which file a word names --- */

struct named {
    struct span name;      /* without arguments */
    struct span arguments; /* in their brackets; empty for none */
    struct buf path;
    bool is_foreign; /* not in a folder filter.d */
    struct buf base; /* the configuration, of one that is not */
};

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("/_-.", c) || (unsigned char)c >= 0x80;
}

/* Splits NAME[ARGUMENTS]; false for what can be no name. */
static bool
split_word(struct span word, struct named *n)
{
    size_t i = 0;

    while (i < word.len && word.ptr[i] && is_name_byte(word.ptr[i]))
        i++;
    n->name = span_head(word, i);
    n->arguments = span_from(word, i);
    return i && (n->arguments.len == 0 || (span_starts(n->arguments, SPAN("[")) &&
                                           span_ends(n->arguments, SPAN("]"))));
}

static struct span
folder_of(struct span path)
{
    ptrdiff_t slash = path.ptr ? span_find_last(path, '/') : -1;

    return slash > 0 ? span_head(path, (size_t)slash) : SPAN("");
}

static bool
is_filter_folder(struct span folder)
{
    return span_eq(folder, SPAN("filter.d")) || span_ends(folder, SPAN("/filter.d"));
}

static bool
has_ending(struct span name)
{
    struct span tail = name.len > TAIL ? span_from(name, name.len - TAIL) : name;

    return span_find_byte(tail, '.') >= 0;
}

/* Tries NAME, NAME.conf and NAME.local in the folder. */
static bool
find_file(struct tool *t, struct named *n)
{
    static const char *const endings[] = {"", ".conf", ".local"};
    struct span config = span_of(t->o.config);
    size_t tries = has_ending(n->name) ? 1 : ARRAY_LEN(endings);

    for (size_t i = 0; i < tries; i++) {
        buf_clear(&n->path);
        if (span_find_byte(n->name, '/') < 0)
            buf_printf(&n->path, "%s%s/", t->o.config,
                       is_filter_folder(config) ? "" : "/filter.d");
        buf_add(&n->path, n->name);
        buf_add_text(&n->path, endings[i]);
        if (is_file(n->path.ptr))
            return true;
    }
    return false;
}

/* Where the filter lies, as fail2ban sees it. */
static void
place(struct tool *t, struct named *n)
{
    struct span base = span_find_byte(n->name, '/') >= 0 ? folder_of(buf_span(&n->path))
                                                         : span_of(t->o.config);

    n->is_foreign = !span_eq(base, span_of(t->o.config)) && !is_filter_folder(base);
    buf_add(&n->base, is_filter_folder(base) ? folder_of(base) : base);
}

static struct span
base_name(struct span path)
{
    ptrdiff_t slash = path.ptr ? span_find_last(path, '/') : -1;
    struct span name = span_from(path, (size_t)(slash + 1));
    ptrdiff_t dot = name.ptr ? span_find_last(name, '.') : -1;

    return dot > 0 ? span_head(name, (size_t)dot) : name;
}

enum { PAIRS_MAX = 256 };

/* What is printed as one of Python's dictionaries: a name that comes again keeps its
 * place. */
struct dictionary {
    struct pair {
        char *name, *value;
    } pairs[PAIRS_MAX];
    size_t count;
};

static void
add_pair(struct dictionary *d, struct span name, struct span value)
{
    size_t i = 0;

    while (i < d->count && !span_eq(span_of(d->pairs[i].name), name))
        i++;
    if (i == PAIRS_MAX)
        return;
    if (i == d->count)
        d->pairs[d->count++] = (struct pair){.name = mem_copy_text(name.ptr, name.len)};
    mem_free(d->pairs[i].value);
    d->pairs[i].value = mem_copy_text(value.len ? value.ptr : "", value.len);
}

/* What the filter's files say of an option, NULL for nothing, under its name behind
 * `prefix`. */
static void
add_written(struct dictionary *d, const struct filter *f, const char *section,
            const struct ini_option *o, const char *prefix)
{
    struct buf name = {0}, value = {0}, told = {0};
    struct conf_errors errors = {.text = &told}; /* the filter could be read */
    struct expand x = {.ini = &f->ini, .section = span_of(section), .errors = &errors};

    if (o && expand_option(&x, o, &value)) {
        buf_printf(&name, "%s%s", prefix, o->name);
        add_pair(d, buf_span(&name), buf_span(&value));
    }
    buf_fini(&name);
    buf_fini(&value);
    buf_fini(&told);
}

static void
say_dictionary(struct tool *t, const char *label, struct dictionary *d)
{
    struct buf text = {0};

    buf_add_byte(&text, '{');
    for (size_t i = 0; i < d->count; i++) {
        buf_add_text(&text, i ? ", " : "");
        fail2ban_repr(span_of(d->pairs[i].name), &text);
        buf_add_text(&text, ": ");
        fail2ban_repr(span_of(d->pairs[i].value), &text);
        mem_free(d->pairs[i].name);
        mem_free(d->pairs[i].value);
    }
    buf_add_byte(&text, '}');
    say_text(t, label, buf_span(&text));
    buf_fini(&text);
}

static void
say_arguments(struct tool *t, const struct filter *f)
{
    struct dictionary d = {0};

    for (size_t i = 0; i < f->argument_count; i++)
        add_pair(&d, span_of(f->arguments[i].name), span_of(f->arguments[i].value));
    if (d.count)
        say_dictionary(t, "Use   filter options : ", &d);
}

/* --- what is said of a filter --- */

static void
say_dates(struct tool *t, struct span patterns)
{
    struct dates_zone zone = {0};
    struct buf text = {0}, why = {0};
    struct dates *d = dates_new(patterns, zone, &why);

    buf_add(&text, patterns);
    buf_add_text(&text, " : ");
    if (!d || dates_count(d) > 2)
        buf_add_text(&text, "Default Detectors");
    else
        tool_date_name(&text, span_of(dates_name(d, 0)));
    say_text(t, "Use      datepattern : ", buf_span(&text));
    dates_free(d);
    buf_fini(&text);
    buf_fini(&why);
}

static bool
has_argument(const struct filter *f, struct span name)
{
    for (size_t i = 0; i < f->argument_count; i++)
        if (span_eq(span_of(f->arguments[i].name), name))
            return true;
    return false;
}

/* Whether the filter's files or arguments set an option. */
static bool
has_option(const struct filter *f, struct span name)
{
    return has_argument(f, name) || ini_get(&f->ini, SPAN("Definition"), name, 0) ||
           ini_own(&f->ini, SPAN("Init"), name, 0);
}

/* -vv: the arguments, what fail2ban puts in front of them in any case, and what the files
 * have in [Init]. */
static void
say_real_options(struct tool *t, const struct filter *f)
{
    const struct ini_section *init = ini_section(&f->ini, SPAN("Init"));
    const char *logtype = tool_is_journal(t) ? "journal" : "file";
    struct dictionary d = {0};

    add_pair(&d, SPAN("logtype"), span_of(logtype));
    if (t->o.datepattern) /* in whose place -d stands */
        add_written(&d, f, "Definition",
                    ini_get(&f->ini, SPAN("Definition"), SPAN("datepattern"), 0), "");
    else if (has_option(f, SPAN("datepattern")))
        add_pair(&d, SPAN("datepattern"), span_of(t->filter->datepattern));
    for (size_t i = 0; i < f->argument_count; i++)
        add_pair(&d, span_of(f->arguments[i].name), span_of(f->arguments[i].value));
    for (size_t i = 0; init && i < init->count; i++) {
        add_written(&d, f, "Init", init->options[i], "known/");
        if (!has_argument(f, span_of(init->options[i]->name)))
            add_written(&d, f, "Init", init->options[i], "");
    }
    say_dictionary(t, "Real  filter options : ", &d);
}

/* Reads the files once more for what they set by themselves. */
static void
say_filter(struct tool *t, const struct named *n)
{
    struct conf_builtin none[1] = {{0}};
    struct span folder = folder_of(buf_span(&n->path));
    char *directory =
        mem_copy_text(folder.len ? folder.ptr : ".", folder.len ? folder.len : 1);
    struct layers layers = {.builtins = none, .directory = directory};
    struct buf spec = {0}, why = {0};
    struct conf_errors errors = {.text = &why};
    struct filter f = {0};
    bool has_dates;

    buf_add(&spec, base_name(buf_span(&n->path)));
    buf_add(&spec, n->arguments);
    if (filter_parse(buf_span(&spec), &f, &why)) {
        say_arguments(t, &f);
        (void)layers_read(&layers, f.name, &f.ini, &errors); /* it was read before */
        has_dates = has_option(&f, SPAN("datepattern"));
        if (t->o.verbose > 1)
            say_real_options(t, &f);
        if (has_option(&f, SPAN("maxlines")) && !t->o.maxlines)
            say_lines(t, t->filter->maxlines);
        if (has_dates && !t->o.datepattern && t->filter->datepattern[0])
            say_dates(t, span_of(t->filter->datepattern));
    }
    filter_fini(&f);
    buf_fini(&spec);
    buf_fini(&why);
    mem_free(directory);
}

/* --- reading --- */

static void
add_regex(struct config_filter *f, enum regex_kind kind, struct span pattern)
{
    struct buf text = {0};
    struct span before;

    while (f->usedns == USEDNS_NO &&
           span_cut(pattern, SPAN("<HOST>"), &before, &pattern)) {
        buf_add(&text, before);
        buf_add_text(&text, "<ADDR>");
    }
    buf_add(&text, pattern);
    f->regexes = mem_realloc(f->regexes, f->regex_count + 1, sizeof(*f->regexes));
    f->regexes[f->regex_count++] = (struct config_regex){.kind = kind,
                                                         .event = EVENT_AUTH_FAIL,
                                                         .pattern = buf_detach(&text),
                                                         .where = mem_copy_text("", 0)};
}

static void
read_expression(struct tool *t)
{
    const char *dates = t->o.datepattern ? t->o.datepattern : "";
    struct config_filter *f;

    say_short(t, "Use   failregex line : ", span_of(t->o.words[1]));
    t->config = (struct config){.scope_count = 1, .filter_count = 1};
    f = t->config.filters = mem_zalloc(1, sizeof(*f));
    *f = (struct config_filter){.name = mem_copy_text("regex", 5),
                                .daemon = mem_copy_text("", 0),
                                .maxlines = t->o.maxlines ? t->o.maxlines : 1,
                                .datepattern = mem_copy_text(dates, strlen(dates)),
                                .dates_where = mem_copy_text("-d", 2),
                                .dialect = FILTER_PYTHON,
                                .timezone = mem_copy_text("", 0)};
    if (t->o.usedns && span_eq_nocase(span_of(t->o.usedns), SPAN("no")))
        f->usedns = USEDNS_NO;
    add_regex(f, REGEX_FAIL, span_of(t->o.words[1]));
}

static bool
read_file(struct tool *t, struct named *n)
{
    char lines[16];
    struct filter_given given = {.datepattern = t->o.datepattern, .usedns = t->o.usedns};
    struct buf word = {0}, why = {0};
    bool is_good;

    (void)snprintf(lines, sizeof(lines), "%u", t->o.maxlines);
    given.maxlines = t->o.maxlines ? lines : NULL;
    place(t, n);
    if (n->is_foreign) {
        say_text(t, "Use   failregex file : ", n->name);
    } else {
        buf_add(&word, base_name(buf_span(&n->path)));
        buf_add_text(&word, ", basedir: ");
        buf_add(&word, buf_span(&n->base));
        say_text(t, "Use   failregex filter file : ", buf_span(&word));
        buf_clear(&word);
    }
    if (span_find_byte(buf_span(&n->path), '/') < 0)
        buf_add_text(&word, "./");
    buf_add(&word, buf_span(&n->path));
    buf_add(&word, n->arguments);
    if (tool_is_journal(t) && span_find(n->arguments, SPAN("logtype=")) < 0)
        buf_add_text(&word, "[logtype=journal]");
    is_good = filter_find(word.ptr, &given, &t->config, &why);
    if (!is_good)
        buf_printf(&t->out, "ERROR: failed to load filter %s\n%s\n", t->o.words[1],
                   why.ptr);
    buf_fini(&word);
    buf_fini(&why);
    return is_good;
}

/* Says why an expression cannot be taken; `why` begins with its place, when it has one.
 */
static bool
refuse(struct tool *t, const struct buf *why)
{
    struct span text = buf_span(why), place, rest;

    if (!span_trim(span_of(t->o.words[1])).len) {
        buf_add_text(&t->out, "ERROR: Cannot add empty regex\n");
    } else if (span_cut(text, SPAN(": names no address"), &place, &rest) &&
               place.len == 0) {
        buf_printf(&t->out, "ERROR: No failure-id group in '%s'\n", t->o.words[1]);
    } else if (span_take(&text, SPAN(": "))) {
        buf_printf(&t->out, "ERROR: Unable to compile regular expression '%s':\n",
                   t->filter->regexes[t->filter->regex_count - 1].pattern);
        buf_add(&t->out, text);
        buf_add_byte(&t->out, '\n');
    } else {
        buf_add_text(&t->out, "ERROR: ");
        buf_add(&t->out, text);
        buf_add_byte(&t->out, '\n');
    }
    return false;
}

static bool
compile(struct tool *t)
{
    struct dates_zone zone = {0};
    struct buf why = {0};
    bool is_good;

    if (t->o.timezone && !dates_zone_parse(span_of(t->o.timezone), &zone)) {
        buf_printf(&t->out, "ERROR: Invalid time zone %s\n", t->o.timezone);
        return false;
    }
    if (t->o.timezone) {
        mem_free(t->filter->timezone);
        t->filter->timezone = mem_copy_text(t->o.timezone, strlen(t->o.timezone));
        mem_free(t->filter->timezone_where);
        t->filter->timezone_where = mem_copy_text("--timezone", 10);
    }
    t->matcher = matcher_new(&t->config, &why);
    if (t->matcher)
        t->dates = dates_new(
            span_of(t->filter->datepattern ? t->filter->datepattern : ""), zone, &why);
    is_good = t->matcher && (t->dates || refuse(t, &why));
    if (!t->matcher)
        is_good = refuse(t, &why);
    buf_fini(&why);
    return is_good;
}

bool
tool_filter(struct tool *t)
{
    struct named n = {0};
    bool is_good = true, is_named;

    if (t->o.maxlines)
        say_lines(t, t->o.maxlines);
    if (t->o.datepattern)
        say_dates(t, span_of(t->o.datepattern));
    is_named = split_word(span_of(t->o.words[1]), &n) && find_file(t, &n);
    if (is_named)
        is_good = read_file(t, &n);
    else
        read_expression(t);
    t->filter = is_good ? &t->config.filters[0] : NULL;
    if (is_good && is_named)
        say_filter(t, &n);
    if (is_good && t->o.word_count == 3) {
        say_short(t, "Use ignoreregex line : ", span_of(t->o.words[2]));
        add_regex(t->filter, REGEX_IGNORE, span_of(t->o.words[2]));
    }
    buf_fini(&n.path);
    buf_fini(&n.base);
    return is_good && compile(t);
}
