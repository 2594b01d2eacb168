#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/layers.h"
#include "ctl/migrate_steps.h"
#include "ctl/postfix_config.h"

#define POSTFIX "/usr/sbin/postfix"
#define MARK                                                                             \
    "# Written by `komainu postfix-config --apply`; `komainu postfix-config --undo` "    \
    "needs it.\n"

enum { RECORD_BYTES_MAX = 256 << 10 };

/* One line of the record: NAME, "set" or "default", before, after; tabs between. Values
 * have no tab: postconf makes blanks of them. */
struct line {
    struct span name, before, after;
    bool was_set;
};

static char *
record_path(const char *directory)
{
    struct buf path = {0};

    buf_printf(&path, "%s/" POSTFIX_RECORD, directory);
    return buf_detach(&path);
}

static void
add_value(struct buf *text, struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        buf_add_byte(text, strchr("\t\n", value.ptr[i]) ? ' ' : value.ptr[i]);
}

bool
postfix_record_write(const char *directory, const struct postfix_plan *plan,
                     struct buf *error)
{
    char *path = record_path(directory);
    struct buf text = {0};
    bool is_good = false;
    int fd;

    buf_add_text(&text, MARK);
    for (size_t i = 0; i < plan->count; i++) {
        const struct postfix_setting *s = &plan->settings[i];

        buf_printf(&text, "%s\t%s\t", s->name, s->was_set ? "set" : "default");
        add_value(&text, buf_span(&s->before));
        buf_add_byte(&text, '\t');
        add_value(&text, buf_span(&s->after));
        buf_add_byte(&text, '\n');
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0) {
        is_good = ctl_flush(fd, &text) == 0 && fsync(fd) == 0;
        is_good = close(fd) == 0 && is_good;
    }
    if (!is_good)
        (void)migrate_fail_file(path, error);
    buf_fini(&text);
    mem_free(path);
    return is_good;
}

static bool
read_line(struct span text, struct line *out)
{
    struct span state;

    if (!span_cut(text, SPAN("\t"), &out->name, &text) ||
        !span_cut(text, SPAN("\t"), &state, &text) ||
        !span_cut(text, SPAN("\t"), &out->before, &out->after))
        return false;
    out->was_set = span_eq(state, SPAN("set"));
    return out->was_set || span_eq(state, SPAN("default"));
}

bool
postfix_set(const char *directory, const char *name, const char *value, struct buf *error)
{
    bool is_master = strchr(name, '/') != NULL;
    struct buf what = {0}, said = {0};
    bool is_good;

    buf_add_text(&what, name);
    if (value)
        buf_printf(&what, "=%s", value);
    is_good = postfix_conf(directory,
                           value       ? is_master ? "-P" : "-e"
                           : is_master ? "-PX"
                                       : "-X",
                           what.ptr, &said);
    if (!is_good)
        buf_add(error, span_trim(buf_span(&said)));
    buf_fini(&what);
    buf_fini(&said);
    return is_good;
}

bool
postfix_take(const char *directory, struct buf *out, struct buf *error)
{
    const char *check[] = {POSTFIX, "-c", directory, "check", NULL};
    const char *status[] = {POSTFIX, "-c", directory, "status", NULL};
    const char *reload[] = {POSTFIX, "-c", directory, "reload", NULL};
    struct buf said = {0};
    bool is_good = migrate_run(check, &said);

    if (is_good && migrate_run(status, &said)) {
        is_good = migrate_run(reload, &said);
        if (is_good)
            buf_add_text(out, "Postfix has read its files again.\n");
    } else if (is_good) {
        buf_add_text(out, "Postfix does not run: it reads its files when it starts.\n");
    }
    if (!is_good)
        text_foreign(error, span_trim(buf_span(&said)));
    buf_fini(&said);
    return is_good;
}

/* What Postfix says of one name now. */
static struct buf
value_now(const char *directory, const char *name)
{
    struct buf said = {0}, value = {0};
    struct span before, after;

    if (postfix_conf(directory, strchr(name, '/') ? "-P" : "-n", name, &said) &&
        span_cut(buf_span(&said), SPAN(" ="), &before, &after))
        add_value(&value, span_trim(after));
    buf_fini(&said);
    return value;
}

/* One setting as it was, if nobody else has changed it since. */
static bool
put_back(const char *directory, const struct line *l, struct ctl_output *o)
{
    struct buf name = {0}, before = {0}, now;
    bool is_good = true;

    buf_add(&name, l->name);
    buf_add(&before, l->before);
    now = value_now(directory, name.ptr);
    if (span_eq(buf_span(&now), l->after)) {
        is_good = postfix_set(directory, name.ptr,
                              !l->was_set  ? NULL
                              : before.len ? before.ptr
                                           : "",
                              &o->error);
        buf_printf(&o->out, "%s is as it was.\n", name.ptr);
    } else if (l->was_set ? !span_eq(buf_span(&now), l->before) : now.len > 0) {
        buf_printf(&o->out, "%s was changed since, and stays as it is.\n", name.ptr);
    }
    buf_fini(&name);
    buf_fini(&before);
    buf_fini(&now);
    return is_good;
}

enum ctl_exit
postfix_record_undo(const char *directory, struct ctl_output *o)
{
    char *path = record_path(directory);
    struct buf text = {0};
    struct span rest, text_line;
    struct line line;
    int e = layers_read_file(path, RECORD_BYTES_MAX, &text);
    bool is_good = e == 0 && span_starts(buf_span(&text), SPAN(MARK));

    if (!is_good) {
        buf_printf(&o->error, "%s is not there, or not ours: nothing to undo", path);
        buf_fini(&text);
        mem_free(path);
        return CTL_NO_MATCH;
    }
    rest = span_from(buf_span(&text), strlen(MARK));
    while (is_good && span_line(&rest, &text_line))
        is_good = read_line(text_line, &line) && put_back(directory, &line, o);
    is_good = is_good && postfix_take(directory, &o->out, &o->error);
    if (is_good && unlink(path) != 0)
        is_good = migrate_fail_file(path, &o->error);
    buf_fini(&text);
    mem_free(path);
    return is_good ? CTL_DONE : CTL_INTERNAL;
}
