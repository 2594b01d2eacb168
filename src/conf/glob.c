#include "conf/glob.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"

/* --- names of rotated files --- */

static const struct span packed[] = {SPAN_INIT(".gz"),  SPAN_INIT(".xz"),
                                     SPAN_INIT(".bz2"), SPAN_INIT(".zst"),
                                     SPAN_INIT(".Z"),   SPAN_INIT(".lz4")};

static struct span
without_packing(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(packed); i++)
        if (span_ends(name, packed[i]))
            return span_head(name, name.len - packed[i].len);
    return name;
}

bool
glob_is_packed(struct span name)
{
    return without_packing(name).len < name.len;
}

/* What stands behind the name: `.1`, `-20261122`, `.2026-11-22T03`, `.old`. */
static bool
is_suffix(struct span s)
{
    if (s.len < 2 || (s.ptr[0] != '.' && s.ptr[0] != '-' && s.ptr[0] != '_'))
        return false;
    if (span_eq(s, SPAN(".old")))
        return true;
    if (s.ptr[1] < '0' || s.ptr[1] > '9')
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!s.ptr[i] || !strchr("0123456789-_.:T", s.ptr[i]))
            return false;
    return true;
}

bool
glob_is_rotated(struct span base, struct span name)
{
    name = without_packing(name);
    return name.len > base.len && span_starts(name, base) &&
           is_suffix(span_from(name, base.len));
}

bool
glob_rotated_of(const char *pattern, const char *path, struct span *base,
                bool *is_numbered)
{
    struct span whole = without_packing(span_of(path)), suffix;
    size_t name = (size_t)(span_find_last(whole, '/') + 1);
    char head[PATH_MAX];
    uint64_t number;

    for (size_t at = name + 1; at < whole.len; at++) {
        suffix = span_from(whole, at);
        if (!is_suffix(suffix) || !span_cstr(span_head(whole, at), head, sizeof(head)) ||
            fnmatch(pattern, head, FNM_PATHNAME | FNM_PERIOD) != 0)
            continue;
        *base = span_head(whole, at);
        *is_numbered =
            suffix.ptr[0] == '.' && span_u64(span_from(suffix, 1), 0, 999, &number);
        return true;
    }
    return false;
}

/* --- walking --- */

/* A folder to be looked into for the part of the pattern at `rest`. */
struct place {
    char *folder;
    const char *rest;
};

struct walk {
    struct place *places;
    size_t place_count, done;
    char **matches;
    size_t match_count;
    size_t entries;
    glob_fn *fn;
    void *ctx;
    bool is_cut;
};

static void
add_place(struct walk *w, char *folder, const char *rest)
{
    if (w->place_count == GLOB_FOLDERS_MAX) {
        w->is_cut = true;
        mem_free(folder);
        return;
    }
    if ((w->place_count & (w->place_count - 1)) == 0)
        w->places = mem_realloc(w->places, w->place_count ? 2 * w->place_count : 1,
                                sizeof(*w->places));
    w->places[w->place_count++] = (struct place){folder, rest};
}

static void
add_match(struct walk *w, char *path)
{
    if (w->match_count == GLOB_MATCHES_MAX) {
        w->is_cut = true;
        mem_free(path);
        return;
    }
    if ((w->match_count & (w->match_count - 1)) == 0)
        w->matches = mem_realloc(w->matches, w->match_count ? 2 * w->match_count : 1,
                                 sizeof(*w->matches));
    w->matches[w->match_count++] = path;
}

/* A name in a folder that fits its part of the pattern; `rest`: the parts behind it. */
static void
take_name(struct walk *w, const char *folder, const char *name, const char *rest)
{
    struct buf path = {0};
    struct stat st;
    bool is_folder;

    buf_printf(&path, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", name);
    is_folder = stat(path.ptr, &st) == 0 && S_ISDIR(st.st_mode);
    if (path.len < PATH_MAX && *rest && is_folder)
        add_place(w, buf_detach(&path), rest);
    else if (path.len < PATH_MAX && !*rest && !is_folder && lstat(path.ptr, &st) == 0)
        add_match(w, buf_detach(&path));
    buf_fini(&path);
}

/* Looks into one folder for the next part of the pattern. */
static void
look_into(struct walk *w, struct place place)
{
    const char *part = place.rest + strspn(place.rest, "/");
    size_t len = strcspn(part, "/");
    const char *rest = part + len + strspn(part + len, "/");
    char *name = mem_copy_text(part, len);
    struct dirent *entry;
    DIR *folder;

    w->fn(w->ctx, place.folder, true);
    if (!strpbrk(name, "*?[")) {
        take_name(w, place.folder, name, rest);
        mem_free(name);
        return;
    }
    folder = opendir(place.folder);
    while (folder && (entry = readdir(folder))) {
        if (++w->entries > GLOB_ENTRIES_MAX) {
            w->is_cut = true;
            break;
        }
        if ((!*rest || entry->d_type == DT_DIR || entry->d_type == DT_LNK ||
             entry->d_type == DT_UNKNOWN) &&
            fnmatch(name, entry->d_name, FNM_PERIOD) == 0)
            take_name(w, place.folder, entry->d_name, rest);
    }
    if (folder)
        (void)closedir(folder); /* only read */
    mem_free(name);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
glob_walk(const char *pattern, glob_fn *fn, void *ctx)
{
    struct walk w = {.fn = fn, .ctx = ctx};
    size_t fixed = strcspn(pattern, "*?[");
    ptrdiff_t slash = span_find_last((struct span){pattern, fixed}, '/');

    add_place(&w, mem_copy_text(slash > 0 ? pattern : "/", slash > 0 ? (size_t)slash : 1),
              pattern + (slash > 0 ? slash : 0));
    /* look_into() may move the places. */
    for (; w.done < w.place_count; w.done++)
        look_into(&w, w.places[w.done]);
    if (w.match_count)
        qsort(w.matches, w.match_count, sizeof(*w.matches), by_name);
    for (size_t i = 0; i < w.match_count; i++) {
        fn(ctx, w.matches[i], false);
        mem_free(w.matches[i]);
    }
    for (size_t i = 0; i < w.place_count; i++)
        mem_free(w.places[i].folder);
    mem_free(w.places);
    mem_free(w.matches);
    return !w.is_cut;
}
