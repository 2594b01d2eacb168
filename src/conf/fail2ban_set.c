#include <limits.h>

#include "base/mem.h"
#include "conf/fail2ban_internal.h"

enum { INCLUDE_DEPTH_MAX = 8 };

/* The files that led to an include, innermost first: none of them is included again. */
struct chain {
    const char *path;
    const struct chain *before;
    unsigned depth;
};

struct set_reading {
    struct fail2ban_reading *r;
    struct fail2ban_set *set;
};

static void read_file(struct set_reading *s, const char *path, const struct chain *seen);

/* Whether the conditional section's name is NAME?CONDITION; cut there. */
static bool
cut_condition(struct span name, struct span *plain, struct span *condition)
{
    ptrdiff_t mark = span_find_byte(name, '?');

    if (mark <= 0 || (size_t)mark + 1 == name.len)
        return false;
    for (ptrdiff_t i = 0; i < mark; i++) {
        char c = name.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    *plain = span_head(name, (size_t)mark);
    *condition = span_from(name, (size_t)mark);
    return true;
}

/* [Init?family=inet6] x = 1 becomes [Init] x?family=inet6 = 1. */
static void
rename_conditional(struct ini_section *s)
{
    struct span plain, condition;
    struct buf name;
    char *renamed;

    if (!cut_condition(span_of(s->name), &plain, &condition))
        return;
    for (size_t i = 0; i < s->count; i++) {
        name = (struct buf){0};
        buf_add_text(&name, s->options[i]->name);
        buf_add(&name, condition);
        mem_free(s->options[i]->name);
        s->options[i]->name = buf_detach(&name);
    }
    renamed = mem_copy_text(plain.ptr, plain.len);
    mem_free(s->name);
    s->name = renamed;
}

/* The folder of a path, without its last slash. */
static struct span
folder_of(const char *path)
{
    ptrdiff_t slash = span_find_last(span_of(path), '/');

    return span_head(span_of(path), slash > 0 ? (size_t)slash : 0);
}

static bool
is_in_chain(const struct chain *seen, const char *path)
{
    for (; seen; seen = seen->before)
        if (strcmp(seen->path, path) == 0)
            return true;
    return false;
}

/* PATH.local of PATH.conf. False: it is too long. */
static bool
local_of(const char *path, char out[PATH_MAX])
{
    struct span name = span_of(path);
    ptrdiff_t slash = span_find_last(name, '/'), dot = span_find_last(name, '.');

    if (dot > slash + 1)
        name = span_head(name, (size_t)dot);
    return snprintf(out, PATH_MAX, "%.*s.local", SPAN_FMT(name)) < PATH_MAX;
}

static void
read_include(struct set_reading *s, const struct chain *seen, struct span word)
{
    char path[PATH_MAX], local[PATH_MAX];
    struct span folder = folder_of(seen->path);

    if (word.len == 0 || word.len + folder.len + 2 > PATH_MAX)
        return;
    if (word.ptr[0] == '/')
        must(span_cstr(word, path, sizeof(path)));
    else
        (void)snprintf(path, sizeof(path), "%.*s/%.*s", SPAN_FMT(folder), SPAN_FMT(word));
    if (is_in_chain(seen->before, path))
        return;
    if (seen->depth == INCLUDE_DEPTH_MAX) {
        conf_error(s->r->errors, path, 0, "files are included more than %d deep",
                   INCLUDE_DEPTH_MAX);
        return;
    }
    read_file(s, path, seen);
    if (local_of(path, local) && strcmp(local, path) != 0 && fail2ban_exists(s->r, local))
        read_file(s, local, seen);
}

static void
read_includes(struct set_reading *s, const struct ini *one, struct span which,
              const struct chain *seen)
{
    struct fail2ban_scope scope = {.r = s->r, .ini = one, .section = SPAN(INI_INCLUDES)};
    struct fail2ban_place place;
    struct buf text = {0};
    struct span rest, line;

    if (ini_section(one, SPAN(INI_INCLUDES)) &&
        fail2ban_get(&scope, which, &text, &place) == FAIL2BAN_GOT) {
        rest = buf_span(&text);
        while (span_line(&rest, &line))
            read_include(s, seen, line);
    }
    buf_fini(&text);
}

/* Reads one file between those that it includes. */
static void
read_file(struct set_reading *s, const char *path, const struct chain *seen)
{
    struct chain here = {
        .path = path, .before = seen, .depth = seen ? seen->depth + 1 : 0};
    struct ini one = {.dialect = INI_PYTHON};
    size_t errors = s->r->errors->count;
    struct buf text = {0};

    if (s->set->ini.file_count < LAYERS_FILES_MAX && fail2ban_file(s->r, path, &text)) {
        s->set->is_found = true;
        ini_parse(&one, buf_span(&text), path, s->r->errors);
        read_includes(s, &one, SPAN("before"), &here);
        for (size_t i = 0; i < one.section_count; i++)
            rename_conditional(&one.sections[i]);
        ini_append(&s->set->ini, &one, s->r->errors);
        read_includes(s, &one, SPAN("after"), &here);
        ini_fini(&one);
    }
    s->set->is_broken |= s->r->errors->count != errors;
    buf_fini(&text);
}

static bool
is_listed(char *const *names, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], path) == 0)
            return true;
    return false;
}

/* The main files of a set: NAME.conf, NAME.d/ *.conf, NAME.local, NAME.d/ *.local. */
static size_t
list_files(struct fail2ban_reading *r, const char *base, char **out, size_t room)
{
    static const char *const endings[] = {".conf", ".local"};
    char *found[LAYERS_FILES_MAX], path[PATH_MAX];
    size_t count = 0, n;

    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", base, endings[i]); /* it fits */
        if (count < room && fail2ban_exists(r, path))
            out[count++] = mem_copy_text(path, strlen(path));
        (void)snprintf(path, sizeof(path), "%s.d", base);
        n = fail2ban_folder(r, path, endings[i], found);
        for (size_t k = 0; k < n; k++) {
            if (count < room)
                out[count++] = found[k];
            else
                mem_free(found[k]);
        }
    }
    return count;
}

static void
read_set(struct set_reading *s, const char *base)
{
    char *files[2 * LAYERS_FILES_MAX + 2], local[PATH_MAX];
    size_t count = list_files(s->r, base, files, ARRAY_LEN(files));

    for (size_t i = 0; i < count; i++) {
        read_file(s, files[i], NULL);
        if (local_of(files[i], local) && !is_listed(files, count, local) &&
            fail2ban_exists(s->r, local))
            read_file(s, local, NULL);
    }
    for (size_t i = 0; i < count; i++)
        mem_free(files[i]);
}

struct fail2ban_set *
fail2ban_set_get(struct fail2ban_reading *r, const char *name)
{
    struct fail2ban *f = r->out;
    struct set_reading s = {.r = r};
    char base[PATH_MAX - 16];
    int n;

    for (size_t i = 0; i < f->set_count; i++)
        if (strcmp(f->sets[i]->name, name) == 0)
            return f->sets[i];
    f->sets = mem_realloc(f->sets, f->set_count + 1, sizeof(struct fail2ban_set *));
    s.set = f->sets[f->set_count++] = mem_zalloc(1, sizeof(*s.set));
    s.set->name = mem_copy_text(name, strlen(name));
    n = snprintf(base, sizeof(base), "%s/%s", name[0] == '/' ? "" : f->directory, name);
    if (n > 0 && (size_t)n < sizeof(base))
        read_set(&s, base);
    return s.set;
}
