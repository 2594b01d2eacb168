#include "ctl/filter_find.h"

#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/filter.h"

#define COMMON "filter.d/common.conf"
#define GIVEN "given-expression"

enum kind { KIND_NAME, KIND_FILE, KIND_EXPRESSION };

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-';
}

/* What stands before the arguments. */
static struct span
head_of(struct span word)
{
    ptrdiff_t bracket = span_find_byte(word, '[');

    return bracket > 0 && span_ends(word, SPAN("]")) ? span_head(word, (size_t)bracket)
                                                     : word;
}

static bool
is_file(struct span path)
{
    char *text = mem_copy_text(path.ptr, path.len);
    struct stat st;
    bool is_there = stat(text, &st) == 0 && !S_ISDIR(st.st_mode);

    mem_free(text);
    return is_there;
}

static enum kind
kind_of(struct span word)
{
    struct span head = head_of(word);

    if (span_find_byte(head, '/') >= 0 && is_file(head))
        return KIND_FILE;
    for (size_t i = 0; i < head.len; i++)
        if (!is_name_byte(head.ptr[i]))
            return is_file(head) && head.len < word.len ? KIND_FILE : KIND_EXPRESSION;
    return span_ends(head, SPAN(".conf")) && is_file(head) ? KIND_FILE : KIND_NAME;
}

/* The filter's name and arguments. */
static bool
parse(struct span name, struct span arguments, struct filter *f, struct buf *error)
{
    struct buf spec = {0}, why = {0};
    bool is_good;

    buf_add(&spec, name);
    buf_add(&spec, arguments);
    is_good = filter_parse(buf_span(&spec), f, &why);
    if (!is_good) {
        text_foreign(error, buf_span(&spec));
        buf_add_text(error, ": ");
        buf_add(error, buf_span(&why));
    }
    buf_fini(&spec);
    buf_fini(&why);
    return is_good;
}

static bool
read_name(struct span word, const char *directory, struct filter *f,
          struct conf_errors *e)
{
    struct layers layers = {.builtins = conf_builtins, .directory = directory};
    size_t head = head_of(word).len;

    if (!parse(span_head(word, head), span_from(word, head), f, e->text))
        return false;
    if (filter_read(f, &layers, e) || e->count)
        return true;
    text_foreign(e->text, span_of(f->name));
    buf_add_text(e->text, ": no filter is called so; name one that is built in or in "
                          "--config DIR, a file as ./NAME.conf, or write an expression "
                          "with <HOST>");
    return false;
}

/* Our common.conf for a file of a filter that stands alone. */
static void
offer_common(struct conf_builtin out[2], const char *folder)
{
    struct buf path = {0};

    out[0] = out[1] = (struct conf_builtin){0};
    buf_printf(&path, "%s/common.conf", folder);
    for (const struct conf_builtin *b = conf_builtins; b->name; b++)
        if (!is_file(buf_span(&path)) && strcmp(b->name, COMMON) == 0)
            out[0] = (struct conf_builtin){"common.conf", b->text, b->len};
    buf_fini(&path);
}

static bool
read_file(struct span word, struct filter *f, struct conf_errors *e)
{
    struct span path = head_of(word), base;
    size_t slash = (size_t)(span_find_last(path, '/') + 1);
    struct conf_builtin builtins[2];
    char *folder = slash > 1 ? mem_copy_text(path.ptr, slash - 1)
                             : mem_copy_text(slash ? "/" : ".", 1);
    struct layers layers = {.builtins = builtins, .directory = folder};
    bool is_good = false;

    base = span_from(path, slash);
    if (!span_ends(base, SPAN(".conf"))) {
        text_foreign(e->text, path);
        buf_add_text(e->text, ": the name of a filter's file ends in .conf");
    } else if (parse(span_head(base, base.len - 5), span_from(word, path.len), f,
                     e->text)) {
        offer_common(builtins, folder);
        is_good = layers_read(&layers, f->name, &f->ini, e) > 0 || e->count;
    }
    mem_free(folder);
    return is_good;
}

/* A text for the value of an option: % stands for itself, but %(name)s for a value; what
 * would begin a comment is written so that it does not; each further line goes on with
 * the value. */
static void
add_value(struct buf *out, struct span text)
{
    char c = '\n', before;

    for (size_t i = 0; i < text.len; i++) {
        before = c;
        c = text.ptr[i];
        if ((c == ';' && (before == ' ' || before == '\n')) ||
            (c == '#' && before == '\n'))
            buf_add_byte(out, '\\');
        buf_add_byte(out, c);
        if (c == '%' && (i + 1 == text.len || text.ptr[i + 1] != '('))
            buf_add_byte(out, '%');
        if (c == '\n')
            buf_add_text(out, "    ");
    }
}

static bool
read_expression(struct span word, struct filter *f, struct conf_errors *e)
{
    struct conf_builtin builtins[3] = {{0}};
    struct layers layers = {.builtins = builtins};
    struct buf text = {0};

    if (span_find_byte(word, '<') < 0) {
        text_foreign(e->text, word);
        buf_add_text(e->text, ": neither a filter, nor a file, nor an expression, which "
                              "names an address as <HOST> does");
        return false;
    }
    buf_add_text(&text, "[INCLUDES]\nbefore = common.conf\n[Definition]\nfailregex = ");
    add_value(&text, word);
    buf_add_byte(&text, '\n');
    builtins[0] = (struct conf_builtin){"filter.d/" GIVEN ".conf", text.ptr, text.len};
    for (const struct conf_builtin *b = conf_builtins; b->name; b++)
        if (strcmp(b->name, COMMON) == 0)
            builtins[1] = *b;
    must(filter_parse(SPAN(GIVEN), f, e->text) && filter_read(f, &layers, e));
    buf_fini(&text);
    return true;
}

/* What was given beside the filter, as a jail would say it in place of the filter. */
static void
read_given(const struct filter_given *o, struct ini *out, struct conf_errors *e)
{
    const struct {
        const char *name, *value;
    } given[] = {{"datepattern", o->datepattern},
                 {"maxlines", o->maxlines},
                 {"usedns", o->usedns}};
    struct buf text = {0};
    struct ini one = {0};

    buf_add_text(&text, "[" GIVEN "]\n");
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        if (!given[i].value)
            continue;
        buf_printf(&text, "%s = ", given[i].name);
        add_value(&text, span_of(given[i].value));
        buf_add_byte(&text, '\n');
    }
    ini_parse(&one, buf_span(&text), "the command line", e);
    ini_append(out, &one, e);
    ini_fini(&one);
    buf_fini(&text);
}

bool
filter_find(const char *word, const struct filter_given *options, struct config *out,
            struct buf *error)
{
    struct config config = {.scope_count = 1};
    struct conf_errors errors = {.text = error};
    struct ini given = {0};
    struct expand jail = {.ini = &given, .section = SPAN(GIVEN), .errors = &errors};
    struct filter f = {0};
    bool is_good = false;

    switch (kind_of(span_of(word))) {
    case KIND_NAME:
        is_good = read_name(span_of(word), options->directory, &f, &errors);
        break;
    case KIND_FILE:
        is_good = read_file(span_of(word), &f, &errors);
        break;
    case KIND_EXPRESSION:
        is_good = read_expression(span_of(word), &f, &errors);
        break;
    }
    if (is_good && errors.count == 0)
        read_given(options, &given, &errors);
    if (is_good && errors.count == 0) {
        config.filters = mem_zalloc(1, sizeof(*config.filters));
        config.filter_count = 1;
        filter_assemble(&f, &jail, config.filters, &errors);
    }
    filter_fini(&f);
    ini_fini(&given);
    if (!is_good || errors.count) {
        config_fini(&config);
        return false;
    }
    *out = config;
    return true;
}
