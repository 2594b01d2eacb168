#include <errno.h>

#include "base/mem.h"
#include "conf/load_internal.h"

enum { FILE_MAX = 1 << 20 };

static bool
add(const struct section *s, const struct section_value *v, struct config_jail *j,
    const struct addr *a)
{
    if (value_add_address(&j->ignore, &j->ignore_count, a))
        return true;
    conf_error(
        s->expand.errors, v->file, v->line,
        "[%.*s] `ignoreip` has more than %d addresses with those of its files; join "
        "them to prefixes",
        SPAN_FMT(s->expand.section), CONFIG_PREFIXES_MAX);
    return false;
}

/* One address or prefix a line, comments behind a #. */
static void
add_lines(const struct section *s, const struct section_value *v, const char *path,
          struct span text, struct config_jail *j)
{
    struct span line, before, after;
    struct addr a;

    for (unsigned n = 1; span_line(&text, &line); n++) {
        if (span_cut(line, SPAN("#"), &before, &after))
            line = before;
        line = span_trim(line);
        if (line.len == 0)
            continue;
        if (!addr_parse_prefix(line, &a))
            conf_error(
                s->expand.errors, path, n,
                "`%.*s` is no address and no ADDRESS/LENGTH; write one a line, and "
                "comments behind a #",
                SPAN_FMT(span_head(line, 60)));
        else if (!add(s, v, j, &a))
            return;
    }
}

static void
add_file(const struct section *s, const struct section_value *v, struct span word,
         struct config_jail *j)
{
    struct buf text = buf_bounded((size_t)2 * FILE_MAX);
    char path[VALUE_PATH_MAX];
    const char *why = NULL;
    int error;

    if (!span_cstr(span_from(word, strlen(VALUE_FILE)), path, sizeof(path)) ||
        path[0] != '/') {
        path[0] = '\0';
        why = "write file: and an absolute path";
    } else {
        error = layers_read_file(path, FILE_MAX, &text);
        if (error)
            why = error == -EINVAL ? "this is no regular file" : strerror(-error);
        else if (text.len > FILE_MAX)
            why = "it is longer than a mebibyte";
    }
    if (why)
        conf_error(s->expand.errors, v->file, v->line, "[%.*s] `ignoreip`: file:%s: %s",
                   SPAN_FMT(s->expand.section), path, why);
    else
        add_lines(s, v, path, buf_span(&text), j);
    buf_fini(&text);
}

/* A name that stands there twice is one. */
static bool
add_name(struct config_jail *j, struct span word, size_t room)
{
    struct host_key key = host_key_of(word);

    for (size_t i = 0; i < j->name_count; i++)
        if (memcmp(&j->names[i], &key, sizeof(key)) == 0)
            return true;
    if (j->name_count == room)
        return false;
    j->names = mem_realloc(j->names, j->name_count + 1, sizeof(*j->names));
    j->names[j->name_count++] = key;
    return true;
}

static void
add_names(const struct section *s, const struct section_value *v, struct config_jail *j,
          size_t room)
{
    struct span words = v->value.text, word;

    while (span_word(&words, &word))
        if (host_is_name(word) && !add_name(j, word, room)) {
            conf_error(s->expand.errors, v->file, v->line,
                       "[%.*s] `ignoreip` of all jails together has more than %d names",
                       SPAN_FMT(s->expand.section), CONFIG_NAMES_MAX);
            return;
        }
}

void
load_ignore(const struct section *s, const struct config *c, struct config_jail *j)
{
    size_t room = CONFIG_NAMES_MAX;
    struct section_value v;
    struct span words, word;

    if (!section_get(s, "ignoreip", &v))
        return;
    for (size_t i = 0; i < c->jail_count; i++)
        room -= c->jails[i].name_count;
    j->ignore = v.value.addresses;
    j->ignore_count = v.value.address_count;
    v.value.addresses = NULL; /* handed over */
    words = v.value.text;
    while (span_word(&words, &word))
        if (span_starts(word, SPAN(VALUE_FILE)))
            add_file(s, &v, word, j);
    add_names(s, &v, j, room);
    section_value_fini(&v);
}
