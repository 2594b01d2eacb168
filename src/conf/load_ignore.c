#include <errno.h>

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
    struct buf text = buf_bounded(2 * FILE_MAX);
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

void
load_ignore(const struct section *s, struct config_jail *j)
{
    struct section_value v;
    struct span words, word;

    if (!section_get(s, "ignoreip", &v))
        return;
    j->ignore = v.value.addresses;
    j->ignore_count = v.value.address_count;
    v.value.addresses = NULL; /* handed over */
    words = v.value.text;
    while (span_word(&words, &word))
        if (span_starts(word, SPAN(VALUE_FILE)))
            add_file(s, &v, word, j);
    section_value_fini(&v);
}
