#include "ctl/links.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

enum { PATH_BYTES = 4096, CALLER_BYTES_MAX = 256 << 10, CALLERS_MAX = 100 };

enum { NAMES_MAX = 3 };

/* What links are made for: the first is what `compat` without a word is about. */
static const struct program {
    const char *name, *names[NAMES_MAX];
    size_t count;
    const char *called; /* what a line has that calls one by its full path */
} programs[] = {
    {"fail2ban",
     {"fail2ban-client", "fail2ban-server", "fail2ban-regex"},
     3,
     "/bin/fail2ban-"},
    {"pflogsumm", {"pflogsumm"}, 1, "/bin/pflogsumm"},
};

enum link_state { LINK_NONE, LINK_OURS, LINK_FOREIGN };

static const char *const state_words[] = {"not there", "is komainu", "is not ours"};

/* Whether `folder`/`name` is there, and leads to a komainu. */
static enum link_state
look(int folder, const char *name)
{
    char target[PATH_BYTES];
    ssize_t n = readlinkat(folder, name, target, sizeof(target));
    struct stat st;

    if (n < 0)
        return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? LINK_FOREIGN
                                                                    : LINK_NONE;
    return span_ends((struct span){target, (size_t)n}, SPAN("/komainu")) ? LINK_OURS
                                                                         : LINK_FOREIGN;
}

/* --- callers by full path --- */

struct callers {
    const char *called;
    struct buf *out;
    size_t count;
};

static void
find_in_text(const char *path, struct span text, struct callers *c)
{
    struct span line, before, after;

    for (unsigned number = 1; span_line(&text, &line); number++) {
        line = span_trim(line);
        if (!span_cut(line, span_of(c->called), &before, &after) ||
            (line.len && line.ptr[0] == '#') || c->count == CALLERS_MAX)
            continue;
        c->count++;
        text_foreign(c->out, span_of(path));
        buf_printf(c->out, ":%u: ", number);
        text_foreign(c->out, span_head(line, 200));
        buf_add_byte(c->out, '\n');
    }
}

static void
find_in_file(int folder, const char *name, const char *path, struct callers *c)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct buf text = buf_bounded(CALLER_BYTES_MAX);
    char piece[4096];
    struct stat st;
    ssize_t n;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        while (!text.is_cut && (n = read(fd, piece, sizeof(piece))) > 0)
            buf_add(&text, (struct span){piece, (size_t)n});
        find_in_text(path, buf_span(&text), c);
    }
    (void)close(fd); /* only read */
    buf_fini(&text);
}

/* As links_find_callers(), of one of `programs`. */
static size_t
find_callers(const char *root, const struct program *p, struct buf *out)
{
    static const char *const folders[] = {
        "/etc/cron.d",         "/etc/cron.hourly",  "/etc/cron.daily",
        "/etc/cron.weekly",    "/etc/cron.monthly", "/etc/logrotate.d",
        "/etc/systemd/system", "/etc/monit/conf.d", "/var/spool/cron/crontabs",
        "/etc/munin/plugins",
    };
    const struct dirent *entry;
    struct callers c = {.called = p->called, .out = out};
    struct buf path = {0};
    DIR *folder;

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        buf_clear(&path);
        buf_printf(&path, "%s%s", root, folders[i]);
        folder = opendir(path.ptr);
        while (folder && (entry = readdir(folder))) {
            buf_clear(&path);
            buf_printf(&path, "%s/%s", folders[i], entry->d_name);
            if (entry->d_name[0] != '.')
                find_in_file(dirfd(folder), entry->d_name, path.ptr, &c);
        }
        if (folder)
            (void)closedir(folder); /* only read */
    }
    buf_clear(&path);
    buf_printf(&path, "%s/etc/crontab", root);
    find_in_file(AT_FDCWD, path.ptr, "/etc/crontab", &c);
    buf_fini(&path);
    return c.count;
}

size_t
links_find_callers(const char *root, struct buf *out)
{
    return find_callers(root, &programs[0], out);
}

/* --- the command --- */

struct linking {
    const struct program *program_of;
    const char *directory;
    int folder;
    char program[PATH_BYTES]; /* our own path */
    enum link_state states[NAMES_MAX];
    uint32_t changed;
};

static bool
find_program(struct linking *l, struct buf *error)
{
    ssize_t n = readlink("/proc/self/exe", l->program, sizeof(l->program) - 1);

    if (n > 0)
        l->program[n] = '\0';
    if (n > 0 && span_ends(span_of(l->program), SPAN("/komainu")))
        return true;
    buf_add_text(error, "cannot tell where komainu itself lies");
    return false;
}

/* Makes a link; one of ours that leads elsewhere is made anew. */
static int
enable(struct linking *l, const char *name, enum link_state was)
{
    char target[PATH_BYTES];
    ssize_t n = readlinkat(l->folder, name, target, sizeof(target));

    if (was == LINK_OURS) {
        if (span_eq((struct span){target, n > 0 ? (size_t)n : 0}, span_of(l->program)))
            return 0;
        if (unlinkat(l->folder, name, 0) != 0)
            return -errno;
    }
    if (symlinkat(l->program, l->folder, name) != 0)
        return -errno;
    l->changed++;
    return 0;
}

static enum ctl_exit
fail(const struct linking *l, const char *name, const char *why, struct buf *error)
{
    text_foreign(error, span_of(l->directory));
    buf_printf(error, "/%s: %s", name, why);
    return CTL_REFUSED;
}

/* Removes a link that is ours. */
static int
disable(struct linking *l, const char *name, enum link_state was)
{
    if (was != LINK_OURS)
        return 0;
    if (unlinkat(l->folder, name, 0) != 0)
        return -errno;
    l->changed++;
    return 0;
}

/* Whether links can be made: nobody else has a file of such a name. */
static enum ctl_exit
prepare(struct linking *l, struct buf *error)
{
    const struct program *p = l->program_of;

    for (size_t i = 0; i < p->count; i++)
        if (l->states[i] == LINK_FOREIGN)
            return fail(l, p->names[i],
                        "is not ours, and stays; nothing was changed. Move it away, or "
                        "name another folder by --directory",
                        error);
    return find_program(l, error) ? CTL_DONE : CTL_INTERNAL;
}

static enum ctl_exit
change(struct linking *l, bool is_enabling, struct buf *error)
{
    const struct program *p = l->program_of;
    enum ctl_exit code = is_enabling ? prepare(l, error) : CTL_DONE;

    if (code != CTL_DONE)
        return code;
    for (size_t i = 0; i < p->count; i++) {
        int rc = is_enabling ? enable(l, p->names[i], l->states[i])
                             : disable(l, p->names[i], l->states[i]);

        if (rc != 0) {
            (void)fail(l, p->names[i], strerror(-rc), error);
            if (rc == -EACCES || rc == -EPERM)
                buf_add_text(error, "; run this as root");
            return CTL_REFUSED;
        }
        l->states[i] = look(l->folder, p->names[i]);
    }
    return CTL_DONE;
}

static void
print(const struct linking *l, const struct screen *s, bool is_json, struct buf *out)
{
    struct buf callers = {0};
    const struct program *p = l->program_of;
    size_t count = find_callers("", p, &callers);

    if (is_json) {
        json_begin(out, s->now_us);
        json_key(out, "directory");
        json_span(out, span_of(l->directory));
        json_key(out, "changed");
        json_u64(out, l->changed);
        json_key(out, "links");
        json_open(out, '{');
        for (size_t i = 0; i < p->count; i++) {
            json_key(out, p->names[i]);
            json_text(out, state_words[l->states[i]]);
        }
        json_close(out, '}');
        json_key(out, "callers");
        json_u64(out, count);
        json_end(out);
        buf_fini(&callers);
        return;
    }
    for (size_t i = 0; i < p->count; i++) {
        text_foreign(out, span_of(l->directory));
        buf_printf(out, "/%s %s\n", p->names[i], state_words[l->states[i]]);
    }
    if (count) {
        buf_add_text(out, "Called by full path, so not through these links:\n");
        buf_add(out, buf_span(&callers));
    }
    buf_fini(&callers);
}

/* What the second word names; NULL: nothing that is known. */
static const struct program *
program_called(const struct ctl_args *args)
{
    if (args->word_count < 2)
        return &programs[0];
    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        if (strcmp(args->words[1], programs[i].name) == 0)
            return &programs[i];
    return NULL;
}

/* Does what the first word says, in a folder that is open, and prints what is there. */
static enum ctl_exit
run(struct linking *l, const struct ctl_env *env, const struct ctl_args *args,
    struct ctl_output *o)
{
    struct span verb = span_of(args->words[0]);
    bool is_enabling = span_eq(verb, SPAN("enable"));
    bool is_status = span_eq(verb, SPAN("status"));
    enum ctl_exit code = CTL_DONE;

    for (size_t i = 0; i < l->program_of->count; i++)
        l->states[i] = look(l->folder, l->program_of->names[i]);
    if (!is_status)
        code = change(l, is_enabling, &o->error);
    if (code != CTL_DONE)
        return code;
    print(l, &env->screen, args->given[OPT_JSON], &o->out);
    if (is_status || l->changed)
        return CTL_DONE;
    if (!args->given[OPT_JSON])
        buf_add_text(&o->out, is_enabling ? "They were there already.\n"
                                          : "None of them was ours.\n");
    return CTL_NO_MATCH;
}

static bool
is_verb(struct span word)
{
    return span_eq(word, SPAN("enable")) || span_eq(word, SPAN("disable")) ||
           span_eq(word, SPAN("status"));
}

enum ctl_exit
links_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct linking l = {.program_of = program_called(args),
                        .directory = args->given[OPT_DIRECTORY]
                                         ? args->value[OPT_DIRECTORY]
                                         : LINKS_DIRECTORY};
    enum ctl_exit code;

    if (!l.program_of || !is_verb(span_of(args->words[0]))) {
        buf_add_text(&o->error, "write enable, disable or status, and fail2ban (or "
                                "nothing) or pflogsumm behind it");
        return CTL_USAGE;
    }
    l.folder = open(l.directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (l.folder < 0) {
        text_foreign(&o->error, span_of(l.directory));
        buf_printf(&o->error, ": %s", strerror(errno));
        return CTL_USAGE;
    }
    code = run(&l, env, args, o);
    (void)close(l.folder); /* only a name */
    return code;
}
