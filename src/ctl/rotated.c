#include "ctl/rotated.h"

#include <dirent.h>
#include <errno.h>

#include "base/mem.h"
#include "base/text.h"

static const struct span endings[] = {SPAN_INIT(".gz"), SPAN_INIT(".xz"),
                                      SPAN_INIT(".zst"), SPAN_INIT(".bz2")};

/* `name` without the ending of a packed file. */
static struct span
unpacked(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        if (span_ends(name, endings[i]))
            return span_head(name, name.len - endings[i].len);
    return name;
}

/* A number or date with its separator: ".3", "-20261122", "-2026-11-22". */
static bool
is_mark(struct span s)
{
    bool has_digit = false;

    if (s.len < 2 || (s.ptr[0] != '.' && s.ptr[0] != '-'))
        return false;
    for (size_t i = 1; i < s.len; i++) {
        bool is_digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';

        if (!is_digit && s.ptr[i] != '-')
            return false;
        has_digit |= is_digit;
    }
    return has_digit;
}

bool
rotated_is_of(struct span name, struct span base)
{
    ptrdiff_t dot = span_find_last(base, '.');
    struct span plain = span_eq(name, base) ? name : unpacked(name), rest = plain, ending;

    if (span_take(&rest, base))
        return rest.len == 0 || is_mark(rest);
    if (dot <= 0)
        return false;
    rest = plain;
    ending = span_from(base, (size_t)dot);
    return span_take(&rest, span_head(base, (size_t)dot)) && span_ends(rest, ending) &&
           is_mark(span_head(rest, rest.len - ending.len));
}

static int
by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Drops the packed ones that also lie there unpacked; in byte order those come first. */
static void
drop_doubles(struct rotated *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->count; i++) {
        struct span plain = unpacked(span_of(r->names[i]));
        bool is_double = false;

        for (size_t k = 0; k < kept && plain.len < strlen(r->names[i]); k++)
            is_double |= span_eq(span_of(r->names[k]), plain);
        if (is_double)
            mem_free(r->names[i]);
        else
            r->names[kept++] = r->names[i];
    }
    r->count = kept;
}

static void
add_name(struct rotated *r, struct span folder, const char *name)
{
    struct buf path = {0};

    buf_add(&path, folder);
    buf_add_text(&path, name);
    r->names = mem_realloc(r->names, r->count + 1, sizeof(*r->names));
    r->names[r->count++] = buf_detach(&path);
}

static bool
refuse(const char *path, const char *why, struct buf *error)
{
    text_foreign(error, span_of(path));
    buf_printf(error, ": %s", why);
    return false;
}

bool
rotated_find(const char *path, struct rotated *out, struct buf *error)
{
    size_t slash = (size_t)(span_find_last(span_of(path), '/') + 1);
    struct span folder = {path, slash}, base = span_of(path + slash);
    char *where = slash ? mem_copy_text(path, slash) : mem_copy_text(".", 1);
    DIR *dir = opendir(where);
    struct rotated found = {0};
    struct dirent *entry;

    mem_free(where);
    if (!dir)
        return refuse(path, strerror(errno), error);
    while ((entry = readdir(dir)) && found.count <= ROTATED_MAX)
        if (base.len && rotated_is_of(span_of(entry->d_name), base))
            add_name(&found, folder, entry->d_name);
    (void)closedir(dir); /* only read from */
    if (found.count == 0)
        return refuse(path, "there is neither this log nor a rotated one of it", error);
    if (found.count > ROTATED_MAX) {
        rotated_fini(&found);
        return refuse(path, "more than 4,096 rotated logs", error);
    }
    qsort(found.names, found.count, sizeof(found.names[0]), by_bytes);
    drop_doubles(&found);
    *out = found;
    return true;
}

void
rotated_fini(struct rotated *r)
{
    for (size_t i = 0; i < r->count; i++)
        mem_free(r->names[i]);
    mem_free(r->names);
    *r = (struct rotated){0};
}
