#include "conf/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Shown in place of the directory for what is built in. */

enum origin { BUILTIN, DIRECTORY };

struct reader {
    const struct layers *layers;
    struct ini *out;
    struct conf_errors *errors;
    size_t count; /* files read */
    /* What was read already, so that loops end. */
    struct {
        enum origin origin;
        char name[LAYERS_PATH_MAX];
    } * seen;
    size_t seen_count;
};

static bool
is_seen(struct reader *r, enum origin origin, const char *name)
{
    for (size_t i = 0; i < r->seen_count; i++)
        if (r->seen[i].origin == origin && strcmp(r->seen[i].name, name) == 0)
            return true;
    if (r->seen_count == LAYERS_FILES_MAX) {
        conf_error(r->errors, name, 0, "more than %d files are included; use fewer",
                   LAYERS_FILES_MAX);
        return true;
    }
    r->seen[r->seen_count].origin = origin;
    must(span_cstr(span_of(name), r->seen[r->seen_count++].name, LAYERS_PATH_MAX));
    return false;
}

int
layers_read_file(const char *path, size_t most, struct buf *text)
{
    char block[16384];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        error = -errno;
    else if (!S_ISREG(st.st_mode))
        error = -EINVAL;
    while (error == 0 && text->len <= most && (n = read(fd, block, sizeof(block))) > 0)
        buf_add(text, (struct span){block, (size_t)n});
    if (n < 0)
        error = -errno;
    (void)close(fd); /* only read from */
    return error;
}

/* The text of `name`, and in `shown` what messages call the file. False when there is no
 * such file, or an error was told. */
static bool
open_file(struct reader *r, enum origin origin, const char *name, struct buf *text,
          char shown[PATH_MAX])
{
    const char *directory = r->layers->directory;
    int error;

    if (origin == BUILTIN) {
        (void)snprintf(shown, PATH_MAX, LAYERS_BUILTIN "/%s", name);
        for (const struct conf_builtin *b = r->layers->builtins; b->name; b++)
            if (strcmp(b->name, name) == 0) {
                buf_add(text, (struct span){b->text, b->len});
                return true;
            }
        return false;
    }
    if (!directory)
        return false;
    if ((size_t)snprintf(shown, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX) {
        conf_error(r->errors, name, 0, "the path of the file is too long");
        return false;
    }
    error = layers_read_file(shown, INI_FILE_MAX, text);
    if (error == -EINVAL)
        conf_error(r->errors, shown, 0, "this is no regular file");
    else if (error && error != -ENOENT && error != -ENOTDIR)
        conf_error(r->errors, shown, 0, "cannot be read: %s", strerror(-error));
    return error == 0;
}

static void read_name(struct reader *r, const char *name, unsigned depth);

/* `name` with what stands behind its last dot replaced: "x.conf" to "x.local". */
static bool
with_ending(const char *name, const char *ending, char out[LAYERS_PATH_MAX])
{
    ptrdiff_t dot = span_find_last(span_of(name), '.');
    int len = dot < 0 ? (int)strlen(name) : (int)dot;

    return snprintf(out, LAYERS_PATH_MAX, "%.*s%s", len, name, ending) < LAYERS_PATH_MAX;
}

/* Reads the file that `word`, in the folder of `from`, names, and its .local. */
static void
read_include(struct reader *r, const struct ini_option *o, const char *from,
             struct span word, unsigned depth)
{
    char name[LAYERS_PATH_MAX], local[LAYERS_PATH_MAX];
    ptrdiff_t slash = span_find_last(span_of(from), '/');
    int n;

    if (word.ptr[0] == '/' || span_find(word, SPAN("..")) >= 0) {
        conf_error(r->errors, o->file, o->lines[0],
                   "`%.*s` lies outside the configuration directory; files there cannot "
                   "be included yet",
                   SPAN_FMT(word));
        return;
    }
    n = snprintf(name, sizeof(name), "%.*s%.*s", (int)(slash + 1), from, SPAN_FMT(word));
    if (n >= LAYERS_PATH_MAX || !with_ending(name, ".local", local)) {
        conf_error(r->errors, o->file, o->lines[0],
                   "the name of an included file is longer than %d bytes",
                   LAYERS_PATH_MAX - 1);
        return;
    }
    if (depth + 1 > LAYERS_DEPTH_MAX) {
        conf_error(r->errors, o->file, o->lines[0],
                   "includes are nested deeper than %d levels", LAYERS_DEPTH_MAX);
        return;
    }
    read_name(r, name, depth + 1);
    if (strcmp(name, local) != 0)
        read_name(r, local, depth + 1);
}

static void
read_includes(struct reader *r, const struct ini *one, struct span which,
              const char *from, unsigned depth)
{
    const struct ini_option *o = ini_own(one, SPAN(INI_INCLUDES), which, 0);
    struct span rest, line;

    if (!o)
        return;
    rest = span_of(o->value);
    while (span_line(&rest, &line))
        if (span_trim(line).len)
            read_include(r, o, from, span_trim(line), depth);
}

/* Reads one file of one origin with what it includes. */
static void
read_file(struct reader *r, enum origin origin, const char *name, unsigned depth)
{
    char shown[PATH_MAX];
    struct buf text = {0};
    struct ini one = {0};

    if (is_seen(r, origin, name))
        return;
    if (open_file(r, origin, name, &text, shown)) {
        r->count++;
        ini_parse(&one, buf_span(&text), shown, r->errors);
        read_includes(r, &one, SPAN("before"), name, depth);
        ini_append(r->out, &one, r->errors);
        read_includes(r, &one, SPAN("after"), name, depth);
        ini_fini(&one);
    }
    buf_fini(&text);
}

static void
read_name(struct reader *r, const char *name, unsigned depth)
{
    read_file(r, BUILTIN, name, depth);
    read_file(r, DIRECTORY, name, depth);
}

static int
by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Reads NAME.d/ *ENDING of the directory, in byte order. */
static void
read_folder(struct reader *r, const char *name, const char *ending)
{
    char path[PATH_MAX], *names[LAYERS_FILES_MAX];
    const char *directory = r->layers->directory;
    struct dirent *entry;
    size_t count = 0;
    DIR *folder;

    if (!directory ||
        (size_t)snprintf(path, sizeof(path), "%s/%s.d", directory, name) >= sizeof(path))
        return;
    folder = opendir(path);
    if (!folder) {
        if (errno != ENOENT && errno != ENOTDIR)
            conf_error(r->errors, path, 0, "cannot be read: %s", strerror(errno));
        return;
    }
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.' ||
            !span_ends(span_of(entry->d_name), span_of(ending)))
            continue;
        if (count == LAYERS_FILES_MAX) {
            conf_error(r->errors, path, 0, "more than %d files; join some of them",
                       LAYERS_FILES_MAX);
            break;
        }
        names[count++] = mem_copy_text(entry->d_name, strlen(entry->d_name));
    }
    (void)closedir(folder); /* only read from */
    qsort(names, count, sizeof(names[0]), by_bytes);
    for (size_t i = 0; i < count; i++) {
        if (snprintf(path, LAYERS_PATH_MAX, "%s.d/%s", name, names[i]) < LAYERS_PATH_MAX)
            read_file(r, DIRECTORY, path, 0);
        else
            conf_error(r->errors, names[i], 0, "the name is too long");
        mem_free(names[i]);
    }
}

size_t
layers_read(const struct layers *l, const char *name, struct ini *out,
            struct conf_errors *e)
{
    struct reader r = {.layers = l, .out = out, .errors = e};
    char file[LAYERS_PATH_MAX], local[LAYERS_PATH_MAX];

    if (snprintf(file, sizeof(file), "%s.conf", name) >= LAYERS_PATH_MAX ||
        snprintf(local, sizeof(local), "%s.local", name) >= LAYERS_PATH_MAX)
        return 0;
    r.seen = mem_zalloc(LAYERS_FILES_MAX, sizeof(*r.seen));
    read_name(&r, file, 0);
    read_folder(&r, name, ".conf");
    read_file(&r, DIRECTORY, local, 0);
    read_folder(&r, name, ".local");
    mem_free(r.seen);
    return r.count;
}
