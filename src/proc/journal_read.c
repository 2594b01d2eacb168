#include "journal.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { LOOK_US = 5000000 };

static void
say(struct reader_source *s, enum log_level level, const char *event, const char *what)
{
    struct buf name = {0};

    buf_escaped(&name, span_of(s->reader->role.config.sources[s->index].path));
    log_line(&s->reader->role.log, level, event, "source=\"%s\" %s", name.ptr, what);
    buf_fini(&name);
}

/* --- opening --- */

/* The journal is read no more; the next look tries again. */
static void
fail(struct reader_source *s, int error)
{
    char what[128];

    loop_remove(&s->reader->role.loop, &s->watch);
    journal_close(s->journal);
    s->journal = NULL;
    s->has_begun = s->is_due = false;
    (void)snprintf(what, sizeof(what), "error=\"%s\"", strerror(-error));
    say(s, LOG_LEVEL_ERROR, "journal-failed", what);
    reader_send_state(s->reader, s, SOURCE_FAILED, error);
}

static void
on_change(void *ctx, unsigned ready UNUSED)
{
    struct reader_source *s = ctx;
    int e = journal_process(s->journal);

    if (e)
        fail(s, e);
    else
        s->is_due = true;
    reader_round(s->reader);
}

/* Whether it is open now. */
static bool
open_source(struct reader_source *s)
{
    int e = 0;

    if (s->journal)
        return true;
    switch (journal_access(s->folder)) {
    case JOURNAL_NOWHERE:
        reader_send_state(s->reader, s, SOURCE_WAITING, 0);
        return false;
    case JOURNAL_REFUSED:
        e = -EACCES;
        break;
    case JOURNAL_EMPTY:
    case JOURNAL_OPEN:
        e = journal_open(s->folder, s->match, &s->journal);
        break;
    }
    if (e == 0) {
        s->watch =
            (struct loop_fd){.fd = journal_fd(s->journal), .fn = on_change, .ctx = s};
        e = loop_add(&s->reader->role.loop, &s->watch, LOOP_READ);
    }
    if (e && (s->state != SOURCE_FAILED || s->error != e))
        fail(s, e);
    else if (e)
        reader_send_state(s->reader, s, SOURCE_FAILED, e); /* said in the log before */
    return e == 0;
}

static void
begin_source(struct reader_source *s)
{
    if (!s->is_wanted || s->has_begun || !open_source(s))
        return;
    switch (journal_begin(s->journal, span_of(s->cursor), s->since_us)) {
    case JOURNAL_BEHIND:
    case JOURNAL_SINCE:
        break;
    case JOURNAL_GAP:
        say(s, LOG_LEVEL_WARNING, "journal-gap",
            "what=\"the entry read last is gone; going on with the oldest behind it\"");
        break;
    case JOURNAL_LOST:
        fail(s, journal_error(s->journal));
        return;
    }
    s->has_begun = s->is_due = true;
}

void
reader_begin(struct reader *r, struct reader_source *s, int64_t since_us,
             struct span cursor)
{
    if (!span_cstr(cursor, s->cursor, sizeof(s->cursor)))
        role_fail(&r->role, "bad cursor from the sensor", "");
    s->since_us = since_us;
    s->is_wanted = true;
    s->has_begun = false;
    begin_source(s);
    loop_timer_set(&r->role.loop, &r->more, 0);
}

/* --- reading --- */

static void
read_some(struct reader *r, struct reader_source *s)
{
    enum journal_outcome outcome = JOURNAL_ENTRY;
    struct journal_entry entry;

    for (int i = 0; i < READER_ROUND && reader_can_send(r); i++) {
        outcome = journal_next(s->journal, &entry);
        if (outcome != JOURNAL_ENTRY)
            break;
        reader_send_entry(r, s, &entry);
        must(span_cstr(entry.cursor, s->cursor, sizeof(s->cursor)));
    }
    switch (outcome) {
    case JOURNAL_ENTRY:
        return;
    case JOURNAL_IDLE:
        s->is_due = false;
        reader_send_state(r, s, SOURCE_FOLLOWING, 0);
        return;
    case JOURNAL_FAILED:
        fail(s, journal_error(s->journal));
    }
}

void
reader_round(struct reader *r)
{
    bool is_more = false;

    for (size_t i = 0; i < r->role.config.source_count && reader_can_send(r); i++) {
        struct reader_source *s = &r->sources[i];

        if (s->has_begun && s->is_due)
            read_some(r, s);
        is_more |= s->has_begun && s->is_due;
    }
    reader_flush(r);
    if (is_more && reader_can_send(r))
        loop_timer_set(&r->role.loop, &r->more, 0);
}

static void
on_more(void *ctx)
{
    reader_round(ctx);
}

/* --- folders --- */

static void
look_at(const char *path, struct reader_folder *out)
{
    struct stat st;

    *out = (struct reader_folder){.path = path};
    if (stat(path, &st) == 0) {
        out->device = st.st_dev;
        out->inode = st.st_ino;
    }
}

/* The reader keeps the path for as long as it lives. */
static void
note_folder(struct reader *r, const char *path)
{
    const char *kept;

    for (size_t i = 0; i < r->folder_count; i++)
        if (strcmp(r->folders[i].path, path) == 0)
            return;
    if (r->folder_count == SANDBOX_FOLDERS_MAX)
        role_fail(&r->role, "too many folders of journals", path);
    kept = mem_copy_text(path, strlen(path));
    r->role.folders.readable[r->folder_count] = kept;
    look_at(kept, &r->folders[r->folder_count++]);
    r->role.folders.readable_count = r->folder_count;
}

/* Whether there is a folder now that Landlock does not let us into. */
static bool
is_folder_new(const struct reader *r)
{
    struct reader_folder now;

    for (size_t i = 0; i < r->folder_count; i++) {
        look_at(r->folders[i].path, &now);
        if (now.inode &&
            (now.inode != r->folders[i].inode || now.device != r->folders[i].device))
            return true;
    }
    return false;
}

static void
on_look(void *ctx)
{
    struct reader *r = ctx;

    if (is_folder_new(r)) {
        log_line(&r->role.log, LOG_LEVEL_INFO, "journal-folder-new",
                 "what=\"starting again, to be let into it\"");
        loop_stop(&r->role.loop);
        return;
    }
    for (size_t i = 0; i < r->role.config.source_count; i++)
        if (r->role.config.sources[i].kind == SOURCE_JOURNAL)
            begin_source(&r->sources[i]);
    reader_round(r);
    loop_timer_set(&r->role.loop, &r->look, LOOK_US);
}

void
reader_prepare(struct reader *r)
{
    const struct config *c = &r->role.config;
    struct journal_folders folders;

    r->sources = mem_zalloc(c->source_count, sizeof(*r->sources));
    for (size_t i = 0; i < c->source_count; i++) {
        struct reader_source *s = &r->sources[i];

        if (c->sources[i].kind != SOURCE_JOURNAL)
            continue;
        *s = (struct reader_source){.reader = r,
                                    .index = (uint16_t)i,
                                    .folder = c->sources[i].folder,
                                    .match = span_of(c->sources[i].match)};
        journal_folders(s->folder, &folders);
        for (size_t k = 0; k < folders.count; k++)
            note_folder(r, folders.at[k]);
        (void)open_source(s); /* what fails now is told and tried again */
    }
    r->more = (struct loop_timer){.fn = on_more, .ctx = r};
    r->look = (struct loop_timer){.fn = on_look, .ctx = r};
    loop_timer_set(&r->role.loop, &r->look, LOOK_US);
}
