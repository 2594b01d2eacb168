/* The text of a configuration file: whatever it is, its options are bounded, every line
 * of a value has a place, and it can be appended to itself. */
#include "base/mem.h"
#include "conf/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_option(const struct ini *ini, const struct ini_section *s,
             const struct ini_option *o, struct conf_errors *e)
{
    struct expand x = {.ini = ini, .section = span_of(s->name), .errors = e};
    struct buf out = buf_bounded(4096);
    size_t lines = 1;

    for (const char *c = o->value; *c; c++)
        lines += *c == '\n';
    must(lines == o->line_count);
    for (size_t i = 1; i < o->line_count; i++)
        must(o->lines[i] > o->lines[i - 1]);
    if (expand_option(&x, o, &out))
        must(!out.is_cut);
    must(out.len <= 4096);
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct buf errors = {0};
    struct conf_errors e = {.text = &errors};
    struct ini all = {0}, one = {0};

    for (int i = 0; i < 2; i++) {
        ini_parse(&one, text, "fuzz.conf", &e);
        ini_append(&all, &one, &e);
        ini_fini(&one);
    }
    must(all.option_count <= INI_OPTIONS_MAX);
    for (size_t i = 0; i < all.section_count; i++)
        for (size_t k = 0; k < all.sections[i].count; k++)
            check_option(&all, &all.sections[i], all.sections[i].options[k], &e);
    must(e.count <= CONF_ERRORS_MAX + 1);
    ini_fini(&all);
    buf_fini(&errors);
    return 0;
}
