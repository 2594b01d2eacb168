/* override_list: one expression or log more, or less, than a jail has now. */
#include "conf/override_internal.h"

/* --- expressions --- */

static const struct list {
    const char *option, *of;
    enum regex_kind kind;
    bool is_added;
} lists[] = {{"addfailregex", "failregex", REGEX_FAIL, true},
             {"delfailregex", "failregex", REGEX_FAIL, false},
             {"addignoreregex", "ignoreregex", REGEX_IGNORE, true},
             {"delignoreregex", "ignoreregex", REGEX_IGNORE, false}};

static const struct list *
list_of(struct span option)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (span_eq(option, span_of(lists[i].option)))
            return &lists[i];
    return NULL;
}

bool
overrides_is_list(struct span option)
{
    return list_of(option) != NULL;
}

static const struct config_filter *
filter_of(const struct config *c, struct span jail)
{
    const struct config_jail *j = override_jail_of(c, jail);

    return j && j->filter < c->filter_count ? &c->filters[j->filter] : NULL;
}

/* How many expressions of a kind there are; -1: they are of several events, which one
 * list cannot say. */
static int64_t
count_of(const struct config_filter *f, enum regex_kind kind)
{
    int64_t n = 0;

    for (size_t i = 0; i < f->regex_count; i++) {
        if (f->regexes[i].kind != kind)
            continue;
        if (f->regexes[i].event != f->event)
            return -1;
        n++;
    }
    return n;
}

/* The expressions of a kind without number `left_out` (-1: all), a line each. */
static void
add_expressions(const struct config_filter *f, enum regex_kind kind, int64_t left_out,
                struct buf *out)
{
    int64_t n = 0;

    for (size_t i = 0; i < f->regex_count; i++)
        if (f->regexes[i].kind == kind && n++ != left_out)
            buf_printf(out, "%s%s", out->len ? "\n" : "", f->regexes[i].pattern);
}

/* Reads the number of one of `count` expressions; negative ones count from the end.
 * REFUSED: it is no number; SAME: there is none of it. */
static enum override_put
read_number(struct span text, int64_t count, int64_t *number)
{
    bool is_from_end = span_take(&text, SPAN("-"));
    uint64_t n;

    if (!span_u64(text, 0, INT32_MAX, &n))
        return OVERRIDE_REFUSED;
    *number = is_from_end ? count - (int64_t)n : (int64_t)n;
    return *number >= 0 && *number < count ? OVERRIDE_PUT : OVERRIDE_SAME;
}

enum override_put
overrides_change_list(struct config_overrides *o, const struct config *c,
                      struct span jail, struct span option, struct span value)
{
    const struct list *list = list_of(option);
    const struct config_filter *f = filter_of(c, jail);
    struct buf text = buf_bounded(OVERRIDE_VALUE_MAX);
    int64_t count = list && f ? count_of(f, list->kind) : -1, number = -1;
    enum override_put outcome = OVERRIDE_PUT;

    value = span_trim(value);
    if (count < 0 || !value.len)
        return OVERRIDE_REFUSED;
    if (!list->is_added)
        outcome = read_number(value, count, &number);
    if (outcome != OVERRIDE_PUT)
        return outcome;
    add_expressions(f, list->kind, number, &text);
    if (list->is_added)
        buf_printf(&text, "%s%.*s", text.len ? "\n" : "", SPAN_FMT(value));
    outcome = text.is_cut ? OVERRIDE_REFUSED
                          : overrides_put(o, jail, span_of(list->of), buf_span(&text));
    buf_fini(&text);
    return outcome;
}

/* --- logs --- */

static bool
is_path(struct span path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && !strchr("/._-+@:=,", c))
            return false;
    }
    return span_starts(path, SPAN("/")) && path.len <= OVERRIDE_VALUE_MAX;
}

/* Whether all that a jail reads are files with such names. */
static bool
reads_files(const struct config *c, const struct config_jail *j)
{
    for (size_t i = 0; i < j->source_count; i++)
        if (c->sources[j->sources[i]].kind != SOURCE_FILE ||
            !is_path(span_of(c->sources[j->sources[i]].path)))
            return false;
    return true;
}

static void
add_log(struct buf *out, struct span path, bool is_tail)
{
    buf_printf(out, "%s%.*s%s", out->len ? "\n" : "", SPAN_FMT(path),
               is_tail ? " tail" : "");
}

enum override_put
overrides_change_logs(struct config_overrides *o, const struct config *c,
                      struct span jail, enum log_change change, struct span path)
{
    const struct config_jail *j = override_jail_of(c, jail);
    struct buf text = buf_bounded(OVERRIDE_VALUE_MAX);
    enum override_put outcome = OVERRIDE_REFUSED;
    bool has_it = false;

    if (!j || !(j->source_count || overrides_is_added(o, jail)) || !reads_files(c, j))
        return OVERRIDE_REFUSED;
    for (size_t i = 0; i < j->source_count; i++) {
        const struct config_source *source = &c->sources[j->sources[i]];
        bool is_it = span_eq(span_of(source->path), path);

        has_it |= is_it;
        if (!is_it || change != LOG_DELETED)
            add_log(&text, span_of(source->path), source->is_tail);
    }
    if (change != LOG_DELETED)
        add_log(&text, path, change == LOG_ADDED_TAIL);
    if (has_it != (change == LOG_DELETED))
        outcome = OVERRIDE_SAME;
    else if (is_path(path) && text.len && !text.is_cut)
        outcome = override_put_good(o, jail, SPAN("logpath"), buf_span(&text));
    buf_fini(&text);
    return outcome;
}
