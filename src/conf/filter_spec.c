#include "base/mem.h"
#include "conf/filter.h"

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-';
}

static struct span
take_word(struct span *s)
{
    struct span word = {s->ptr, 0};

    while (word.len < s->len && is_word_byte(s->ptr[word.len]))
        word.len++;
    *s = span_from(*s, word.len);
    return word;
}

static void
skip_blanks(struct span *s)
{
    while (s->len && strchr(" \t\r\n", s->ptr[0]) && s->ptr[0])
        *s = span_from(*s, 1);
}

/* Takes a value: in quotes of either kind, or up to a comma or bracket. */
static bool
take_value(struct span *s, struct span *value)
{
    char quote = s->len ? s->ptr[0] : '\0';
    size_t n = 0;

    if (quote == '"' || quote == '\'') {
        *s = span_from(*s, 1);
        while (n < s->len && s->ptr[n] != quote)
            n++;
        if (n == s->len)
            return false;
        *value = span_head(*s, n);
        *s = span_from(*s, n + 1);
    } else {
        while (n < s->len && s->ptr[n] != ',' && s->ptr[n] != ']')
            n++;
        *value = span_trim(span_head(*s, n));
        *s = span_from(*s, n);
    }
    skip_blanks(s);
    return true;
}

static bool
add_argument(struct filter *f, struct span name, struct span value, struct buf *why)
{
    if (f->argument_count == FILTER_ARGUMENTS_MAX) {
        buf_printf(why, "more than %d arguments", FILTER_ARGUMENTS_MAX);
        return false;
    }
    f->arguments[f->argument_count++] = (struct filter_argument){
        .name = mem_copy_text(name.ptr, name.len),
        .value = mem_copy_text(value.len ? value.ptr : "", value.len)};
    return true;
}

/* Takes one NAME=VALUE and the comma behind it. */
static bool
take_argument(struct filter *f, struct span *s, struct buf *why)
{
    struct span name = take_word(s), value;

    skip_blanks(s);
    if (span_starts(*s, SPAN("?"))) {
        buf_add_text(why, "conditions (`?family=`) are not supported yet");
        return false;
    }
    if (name.len == 0 || !span_take(s, SPAN("="))) {
        buf_add_text(why, "write NAME[OPTION=VALUE, OPTION=\"VALUE\"]");
        return false;
    }
    skip_blanks(s);
    if (!take_value(s, &value)) {
        buf_add_text(why, "a quoted value does not end");
        return false;
    }
    if (!span_take(s, SPAN(",")) && !span_starts(*s, SPAN("]"))) {
        buf_add_text(why, "write a comma between arguments and ] behind the last");
        return false;
    }
    skip_blanks(s);
    return add_argument(f, name, value, why);
}

bool
filter_parse(struct span spec, struct filter *out, struct buf *why)
{
    struct span name;

    spec = span_trim(spec);
    name = take_word(&spec);
    if (name.len == 0 || name.ptr[0] == '.' ||
        !span_cstr(name, out->name, sizeof(out->name))) {
        buf_printf(why,
                   "write the name of a filter: letters, digits, - and _, less than %d",
                   CONFIG_NAME_MAX);
        return false;
    }
    skip_blanks(&spec);
    while (span_take(&spec, SPAN("["))) {
        skip_blanks(&spec);
        while (!span_take(&spec, SPAN("]")))
            if (!take_argument(out, &spec, why))
                return false;
        skip_blanks(&spec);
    }
    if (spec.len == 0)
        return true;
    buf_add_text(why, "write one filter, NAME or NAME[OPTION=VALUE]");
    return false;
}

void
filter_fini(struct filter *f)
{
    for (size_t i = 0; i < f->argument_count; i++) {
        mem_free(f->arguments[i].name);
        mem_free(f->arguments[i].value);
    }
    ini_fini(&f->ini);
    *f = (struct filter){0};
}
