/* test_filters: filters for tests: the shipped ones, and made up ones without files. */
#pragma once

#include "base/mem.h"
#include "conf/filter.h"

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

/* A new filter at the end of the config. */
static inline struct config_filter *
test_add_filter(struct config *c, const char *name, const char *daemon)
{
    c->filters = mem_realloc(c->filters, c->filter_count + 1, sizeof(*c->filters));
    c->filters[c->filter_count] = (struct config_filter){
        .name = mem_copy_text(name, strlen(name)),
        .daemon = mem_copy_text(daemon, strlen(daemon)),
        .datepattern = mem_copy_text("", 0),
        .dates_where = mem_copy_text("x.conf:2: datepattern", 21),
        .timezone = mem_copy_text("", 0),
        .timezone_where = mem_copy_text("x.conf:4: logtimezone", 21),
    };
    return &c->filters[c->filter_count++];
}

/* The shipped filter `name` with `arguments`, as the next one of the config. */
static inline void
test_load_filter(struct config *c, const char *name, struct span arguments)
{
    struct layers layers = {.builtins = conf_builtins};
    struct buf spec = {0}, why = {0};
    struct conf_errors errors = {.text = &why};
    struct expand no_jail = {0};
    struct filter f = {0};

    buf_printf(&spec, "%s[%.*s]", name, SPAN_FMT(arguments));
    c->filters = mem_realloc(c->filters, c->filter_count + 1, sizeof(*c->filters));
    if (!filter_parse(buf_span(&spec), &f, &why) || !filter_read(&f, &layers, &errors))
        bug("a shipped filter is missing");
    filter_assemble(&f, &no_jail, &c->filters[c->filter_count++], &errors);
    if (errors.count)
        bug(why.ptr);
    filter_fini(&f);
    buf_fini(&spec);
    buf_fini(&why);
}
