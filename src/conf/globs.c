#include "conf/globs.h"

#include <sys/stat.h>

#include "base/mem.h"
#include "conf/glob.h"

enum { LEFT_NAMES_MAX = 16 };

/* A file that is a source, or will be. */
struct known {
    dev_t device;
    ino_t inode;
    const char *path;
};

struct search {
    const struct config *config;
    struct globs_found *found;
    size_t glob;
    struct known known[CONFIG_SOURCES_MAX];
    size_t known_count;
};

static bool
is_source(const struct config *c, struct span path)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (span_eq(span_of(c->sources[i].path), path))
            return true;
    return false;
}

/* A dated one is a log of its own when no file has the name before the date. */
static bool
is_rotated(const struct config *c, const char *pattern, const char *path)
{
    struct span base;
    struct buf name = {0};
    bool is_numbered, is_there;
    struct stat st;

    if (!glob_rotated_of(pattern, path, &base, &is_numbered))
        return false;
    buf_add(&name, base);
    is_there = is_numbered || is_source(c, base) || lstat(name.ptr, &st) == 0;
    buf_fini(&name);
    return is_there;
}

/* A link whose target is not there (it may be in the middle of a rotation, and then its
 * target is a source) is taken when it is. */
static bool
leads_nowhere(const struct config *c, const char *path)
{
    struct stat st;

    return stat(path, &st) != 0 && !is_source(c, span_of(path));
}

static void
leave_out(struct globs_found *found, const char *path)
{
    if (found->left_out++ < LEFT_NAMES_MAX)
        buf_printf(&found->left_names, "%s\n", path);
}

/* The path by which the file is a source already; otherwise `path`, which is one from now
 * on. NULL when there is no room. */
static const char *
known_as(struct search *s, const char *path)
{
    struct stat st;
    bool is_there = stat(path, &st) == 0;

    for (size_t i = 0; i < s->known_count; i++)
        if (strcmp(s->known[i].path, path) == 0 ||
            (is_there && s->known[i].inode == st.st_ino &&
             s->known[i].device == st.st_dev && st.st_ino))
            return s->known[i].path;
    if (s->known_count == CONFIG_SOURCES_MAX)
        return NULL;
    s->known[s->known_count++] =
        (struct known){is_there ? st.st_dev : 0, is_there ? st.st_ino : 0, path};
    return path;
}

static void
take_match(void *ctx, const char *path, bool is_folder)
{
    struct search *s = ctx;
    struct globs_found *found = s->found;
    struct globs_match *match;
    const char *pattern = s->config->globs[s->glob].pattern, *known;
    char *copy;

    if (is_folder || glob_is_packed(span_of(path)) ||
        is_rotated(s->config, pattern, path) || leads_nowhere(s->config, path))
        return;
    copy = mem_copy_text(path, strlen(path));
    known = found->count < GLOB_MATCHES_MAX ? known_as(s, copy) : NULL;
    if (!known) {
        leave_out(found, path);
        mem_free(copy);
        return;
    }
    if (known != copy) {
        mem_free(copy);
        copy = mem_copy_text(known, strlen(known));
    }
    if ((found->count & (found->count - 1)) == 0)
        found->matches = mem_realloc(found->matches, found->count ? 2 * found->count : 1,
                                     sizeof(*found->matches));
    match = &found->matches[found->count++];
    *match = (struct globs_match){s->glob, copy};
}

void
globs_find(const struct config *c, struct globs_found *out)
{
    struct search s = {.config = c, .found = out};

    *out = (struct globs_found){0};
    if (c->glob_count == 0)
        return;
    for (size_t i = 0; i < c->fixed_sources; i++)
        (void)known_as(&s, c->sources[i].path); /* there is room for them */
    for (; s.glob < c->glob_count; s.glob++)
        if (!glob_walk(c->globs[s.glob].pattern, take_match, &s))
            leave_out(out, c->globs[s.glob].pattern);
}

static bool
has_source(const struct config *c, const struct config_jail *j, const char *path)
{
    for (size_t i = 0; i < j->source_count; i++)
        if (strcmp(c->sources[j->sources[i]].path, path) == 0)
            return true;
    return false;
}

bool
globs_has_new(const struct config *c, const struct globs_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct globs_match *m = &found->matches[i];

        if (!has_source(c, &c->jails[c->globs[m->glob].jail], m->path))
            return true;
    }
    return false;
}

static void
drop_expanded(struct config *c)
{
    for (size_t i = c->fixed_sources; i < c->source_count; i++)
        mem_free(c->sources[i].path);
    c->source_count = c->fixed_sources;
    for (size_t i = 0; i < c->jail_count; i++)
        c->jails[i].source_count = c->jails[i].fixed_sources;
}

static uint16_t
source_of(struct config *c, const char *path, bool is_tail)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (strcmp(c->sources[i].path, path) == 0) {
            c->sources[i].is_tail &= is_tail; /* who wants it all gets it all */
            return (uint16_t)i;
        }
    must(c->source_count < CONFIG_SOURCES_MAX); /* globs_find() saw to it */
    c->sources = mem_realloc(c->sources, c->source_count + 1, sizeof(*c->sources));
    c->sources[c->source_count] =
        (struct config_source){.path = mem_copy_text(path, strlen(path)),
                               .kind = SOURCE_FILE,
                               .is_tail = is_tail};
    return (uint16_t)c->source_count++;
}

void
globs_apply(struct config *c, const struct globs_found *found)
{
    drop_expanded(c);
    c->left_out = found->left_out;
    for (size_t i = 0; i < found->count; i++) {
        const struct globs_match *m = &found->matches[i];
        const struct config_glob *g = &c->globs[m->glob];
        struct config_jail *j = &c->jails[g->jail];
        uint16_t source;

        if (has_source(c, j, m->path))
            continue;
        source = source_of(c, m->path, g->is_tail);
        j->sources[j->source_count++] = source;
    }
}

void
globs_found_fini(struct globs_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        mem_free(found->matches[i].path);
    mem_free(found->matches);
    buf_fini(&found->left_names);
    *found = (struct globs_found){0};
}

void
globs_expand(struct config *c)
{
    struct globs_found found;

    globs_find(c, &found);
    globs_apply(c, &found);
    globs_found_fini(&found);
}
