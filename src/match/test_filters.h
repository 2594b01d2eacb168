/* test_filters: filters for tests, without the layer that loads configurations.
 *
 * Reads just what the shipped filters use: sections are ignored, common.conf comes first,
 * values may go on in indented lines, %(name)s stands for another value.
 */
#pragma once

#include "base/mem.h"
#include "conf/config.h"

enum { TEST_OPTIONS = 64 };

struct test_options {
    struct {
        struct span key;
        struct buf value;
    } all[TEST_OPTIONS];
    size_t count;
};

/* The bytes of FOLDER/NAME SUFFIX, which the caller frees; a missing file ends the test.
 */
static inline struct span
test_read_file(const char *folder, const char *name, const char *suffix)
{
    struct buf path = {0}, bytes = {0};
    char block[4096];
    size_t n;
    FILE *f;

    buf_printf(&path, "%s/%s%s", folder, name, suffix);
    f = fopen(path.ptr, "rb");
    if (!f)
        bug("a file of the tests is missing");
    while ((n = fread(block, 1, sizeof(block), f)) > 0)
        buf_add(&bytes, (struct span){block, n});
    (void)fclose(f);
    buf_fini(&path);
    n = bytes.len;
    return (struct span){buf_detach(&bytes), n};
}

/* The last value of `key`, borrowed; empty when there is none. */
static inline struct span
test_option(const struct test_options *o, struct span key)
{
    for (size_t i = o->count; i > 0; i--)
        if (span_eq(o->all[i - 1].key, key))
            return buf_span(&o->all[i - 1].value);
    return SPAN("");
}

/* Adds the options of a file; keys borrow from `text`. */
static inline void
test_read_options(struct test_options *o, struct span text)
{
    struct span line, key, value;

    while (span_line(&text, &line)) {
        bool is_more = line.len && line.ptr[0] == ' ';

        if (!span_trim(line).len || line.ptr[0] == '#' || line.ptr[0] == '[')
            continue;
        if (is_more) {
            must(o->count > 0);
            buf_add_byte(&o->all[o->count - 1].value, '\n');
            buf_add(&o->all[o->count - 1].value, span_trim(line));
            continue;
        }
        must(o->count < TEST_OPTIONS && span_cut(line, SPAN("="), &key, &value));
        o->all[o->count].key = span_trim(key);
        buf_add(&o->all[o->count++].value, span_trim(value));
    }
}

/* Appends `text` with every %(name)s replaced; values hold no loops. */
static inline void
test_interpolate(const struct test_options *o, struct span text, struct buf *out)
{
    struct span before, name;
    struct buf value;

    while (span_cut(text, SPAN("%("), &before, &text)) {
        must(span_cut(text, SPAN(")s"), &name, &text));
        buf_add(out, before);
        value = (struct buf){0};
        test_interpolate(o, test_option(o, name), &value);
        buf_add(out, buf_span(&value));
        buf_fini(&value);
    }
    buf_add(out, text);
}

/* Adds one expression to the filter; both texts are copied. */
static inline void
test_add_regex(struct config_filter *f, enum regex_kind kind, struct span pattern,
               const char *where)
{
    f->regexes = mem_realloc(f->regexes, f->regex_count + 1, sizeof(*f->regexes));
    f->regexes[f->regex_count++] =
        (struct config_regex){.kind = kind,
                              .event = f->event,
                              .pattern = mem_copy_text(pattern.ptr, pattern.len),
                              .where = mem_copy_text(where, strlen(where))};
}

/* Adds the expressions that option `key` holds, one a line. */
static inline void
test_add_regexes(struct config_filter *f, const struct test_options *o,
                 enum regex_kind kind, struct span key)
{
    struct buf text = {0};
    struct span rest, line;

    test_interpolate(o, test_option(o, key), &text);
    rest = buf_span(&text);
    while (span_line(&rest, &line))
        if (line.len)
            test_add_regex(f, kind, line, f->name);
    buf_fini(&text);
}

/* A new filter at the end of the config. */
static inline struct config_filter *
test_add_filter(struct config *c, const char *name, const char *daemon)
{
    c->filters = mem_realloc(c->filters, c->filter_count + 1, sizeof(*c->filters));
    c->filters[c->filter_count] = (struct config_filter){
        .name = mem_copy_text(name, strlen(name)),
        .daemon = mem_copy_text(daemon, strlen(daemon)),
    };
    return &c->filters[c->filter_count++];
}

/* The shipped filter `name` of the folder, as the next one of the config. */
static inline void
test_load_filter(struct config *c, const char *folder, const char *name)
{
    struct span common = test_read_file(folder, "common", ".conf");
    struct span text = test_read_file(folder, name, ".conf");
    struct test_options o = {0};
    struct config_filter *f;
    struct buf daemon = {0};

    test_read_options(&o, common);
    test_read_options(&o, text);
    test_interpolate(&o, test_option(&o, SPAN("_daemon")), &daemon);
    f = test_add_filter(c, name, daemon.ptr);
    must(event_kind_parse(test_option(&o, SPAN("event")), &f->event));
    test_add_regexes(f, &o, REGEX_PREFIX, SPAN("prefregex"));
    test_add_regexes(f, &o, REGEX_FAIL, SPAN("failregex"));
    test_add_regexes(f, &o, REGEX_IGNORE, SPAN("ignoreregex"));
    for (size_t i = 0; i < o.count; i++)
        buf_fini(&o.all[i].value);
    buf_fini(&daemon);
    mem_free((void *)(uintptr_t)common.ptr);
    mem_free((void *)(uintptr_t)text.ptr);
}
