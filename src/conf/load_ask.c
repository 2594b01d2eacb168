/* Who is asked before a ban: the options ignorecommand and ignorecache. */
#include "conf/load_internal.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "conf/filter.h"

enum { CACHED_USUAL = 300, CACHE_USUAL_S = 300 };

/* What says who is asked about. */
static bool
is_tag(struct span text)
{
    static const char *const tags[] = {"<ip>", "<fid>", "<family>", "<ip-rev>"};

    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        if (span_starts(text, span_of(tags[i])))
            return true;
    return false;
}

/* The first <tag> of a command that has no value here; empty when there is none. */
static struct span
foreign_tag(struct span text)
{
    ptrdiff_t at, end;

    while ((at = span_find_byte(text, '<')) >= 0) {
        text = span_from(text, (size_t)at);
        end = span_find_byte(text, '>');
        if (end < 0)
            break;
        if (!is_tag(text) && end > 1 && ascii_is_letter(text.ptr[1]))
            return span_head(text, (size_t)end + 1);
        text = span_from(text, 1);
    }
    return (struct span){0};
}

/* The index of the command, which is added when it is new; -1 when there is no room. */
static int
command_index(struct config_notify *n, struct span text)
{
    for (size_t i = n->ways; i < n->command_count; i++)
        if (span_eq(span_of(n->commands[i].text), text))
            return (int)i;
    if (n->command_count == CONFIG_COMMANDS_MAX)
        return -1;
    n->commands[n->command_count] = (struct config_command){
        .kind = COMMAND_ASK, .text = mem_copy_text(text.ptr, text.len)};
    return (int)n->command_count++;
}

static void
load_command(const struct section *s, struct config_notify *n, struct config_ask *out)
{
    struct section_value v;
    struct span tag, text;

    if (!section_get(s, "ignorecommand", &v))
        return;
    text = v.value.text;
    tag = foreign_tag(text);
    if (tag.len)
        conf_error(
            s->expand.errors, v.file, v.line,
            "[%.*s] `ignorecommand` has `%.*s`; write <ip>, <fid>, <family>, <ip-rev>, "
            "or \"$KOMAINU_ACCOUNT\" for the account: what a log says is no part of a "
            "command",
            SPAN_FMT(s->expand.section), SPAN_FMT(span_head(tag, 60)));
    else if (text.len > CONFIG_COMMAND_MAX || span_find_byte(text, '\0') >= 0)
        conf_error(s->expand.errors, v.file, v.line,
                   "[%.*s] `ignorecommand` is longer than %d bytes",
                   SPAN_FMT(s->expand.section), CONFIG_COMMAND_MAX);
    else if (text.len)
        out->command = command_index(n, text);
    if (text.len && tag.len == 0 && text.len <= CONFIG_COMMAND_MAX && out->command < 0)
        conf_error(s->expand.errors, v.file, v.line,
                   "[%.*s] all jails together have more than %d different commands",
                   SPAN_FMT(s->expand.section), CONFIG_COMMANDS_MAX);
    section_value_fini(&v);
}

static bool
read_argument(const struct filter_argument *a, struct config_ask *out)
{
    struct span value = span_of(a->value);
    uint64_t n;

    if (strcmp(a->name, "key") == 0)
        return span_eq(value, SPAN("<ip>"));
    if (strcmp(a->name, "max-count") == 0 && span_u64(value, 1, CONFIG_CACHE_MAX, &n)) {
        out->cached = (uint32_t)n;
        return true;
    }
    return strcmp(a->name, "max-time") == 0 && value_time(value, &out->cache_s) &&
           out->cache_s >= 1 && out->cache_s <= CONFIG_TIME_MAX_S / 10;
}

/* Reads NAME=VALUE, ... as the arguments of a filter are read. */
static bool
read_cache(struct span text, struct config_ask *out)
{
    struct buf spec = {0}, why = {0};
    struct filter f = {0};
    bool is_good;

    buf_printf(&spec, "cache[%.*s]", SPAN_FMT(text));
    is_good = filter_parse(buf_span(&spec), &f, &why);
    out->cached = CACHED_USUAL;
    out->cache_s = CACHE_USUAL_S;
    for (size_t i = 0; is_good && i < f.argument_count; i++)
        is_good = read_argument(&f.arguments[i], out);
    filter_fini(&f);
    buf_fini(&spec);
    buf_fini(&why);
    return is_good;
}

static void
load_cache(const struct section *s, struct config_ask *out)
{
    struct section_value v;

    if (!section_get(s, "ignorecache", &v))
        return;
    if (v.value.text.len && !read_cache(v.value.text, out))
        conf_error(
            s->expand.errors, v.file, v.line,
            "[%.*s] `ignorecache` is `%.*s`; write key=\"<ip>\", max-count=1 to %d, "
            "max-time=TIME: the address is the only key",
            SPAN_FMT(s->expand.section), SPAN_FMT(span_head(v.value.text, 60)),
            CONFIG_CACHE_MAX);
    else if (v.value.text.len && out->command < 0)
        conf_error(s->expand.errors, v.file, v.line,
                   "[%.*s] `ignorecache` without `ignorecommand`; remove the line",
                   SPAN_FMT(s->expand.section));
    section_value_fini(&v);
}

void
load_ask(const struct section *s, struct config_notify *n, struct config_ask *out)
{
    *out = (struct config_ask){.command = -1, .timeout_s = n->ask_timeout_s};
    load_command(s, n, out);
    load_cache(s, out);
}
