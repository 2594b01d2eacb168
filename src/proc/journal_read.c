#include "journal.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"

enum { LOOK_US = 5000000 };

static void
say(struct reader_source *s, enum log_level level, const char *event, const char *what)
{
    struct buf name = {0};

    buf_escaped(&name, span_of(s->name));
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
    reader_send_state(s, SOURCE_FAILED, error);
}

/* For who counts: whether entries may be gone that were not sent. */
static void
look_for_gap(struct reader_source *s)
{
    if (s->link->who == ROLE_REPORTER &&
        (s->cursor[0] == '\0' || journal_is_gap(s->journal)) &&
        (s->known_us > clock_wall_us() || journal_may_miss(s->journal, s->known_us)))
        reader_send_gone(s);
}

static void
on_change(void *ctx, unsigned ready UNUSED)
{
    struct reader_source *s = ctx;
    int e = journal_process(s->journal);

    if (e)
        fail(s, e);
    else if (s->has_begun && s->is_due) /* else all was sent before it changed */
        look_for_gap(s);
    s->is_due |= e == 0;
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
        reader_send_state(s, SOURCE_WAITING, 0);
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
        reader_send_state(s, SOURCE_FAILED, e); /* said in the log before */
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
    look_for_gap(s);
    s->has_begun = s->is_due = true;
}

bool
reader_begin(struct reader *r, struct reader_source *s, int64_t since_us,
             struct span cursor)
{
    if (!span_cstr(cursor, s->cursor, sizeof(s->cursor)))
        return false;
    s->since_us = s->known_us = since_us;
    s->is_wanted = true;
    s->has_begun = false;
    begin_source(s);
    loop_timer_set(&r->role.loop, &r->more, 0);
    return true;
}

/* --- reading --- */

/* All that was there at `time_us` is sent. */
static void
note_level(struct reader_source *s, int64_t time_us)
{
    s->is_due = false;
    s->known_us = time_us;
    reader_send_state(s, SOURCE_FOLLOWING, 0);
    if (s->link->who == ROLE_REPORTER)
        reader_send_level(s, time_us);
}

static void
read_some(struct reader *r, struct reader_source *s)
{
    int64_t now_us = clock_wall_us();
    enum journal_outcome outcome = JOURNAL_ENTRY;
    struct journal_entry entry;

    for (int i = 0; i < READER_ROUND && reader_can_send(s->link); i++) {
        outcome = journal_next(s->journal, &entry);
        if (outcome != JOURNAL_ENTRY)
            break;
        reader_send_entry(r, s, &entry);
        s->known_us = entry.time_us;
        must(span_cstr(entry.cursor, s->cursor, sizeof(s->cursor)));
    }
    switch (outcome) {
    case JOURNAL_ENTRY:
        return;
    case JOURNAL_IDLE:
        note_level(s, now_us);
        return;
    case JOURNAL_FAILED:
        fail(s, journal_error(s->journal));
    }
}

void
reader_round(struct reader *r)
{
    bool is_more = false;

    for (size_t i = 0; i < r->source_count; i++) {
        struct reader_source *s = &r->sources[i];

        if (s->has_begun && s->is_due && reader_can_send(s->link))
            read_some(r, s);
        is_more |= s->has_begun && s->is_due && reader_can_send(s->link);
    }
    for (size_t i = 0; i < READER_LINKS; i++)
        reader_flush(&r->links[i]);
    if (is_more)
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

/* Begins what could not be begun; who counts hears that there is nothing more. */
static void
look_again(struct reader_source *s)
{
    begin_source(s);
    if (s->link->who != ROLE_REPORTER || !s->is_wanted)
        return;
    if (s->has_begun) {
        s->is_due = true;
    } else if (s->state == SOURCE_WAITING) { /* what is not there has nothing */
        s->known_us = clock_wall_us();
        reader_send_level(s, s->known_us);
    }
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
    for (size_t i = 0; i < r->source_count; i++)
        if (r->sources[i].link)
            look_again(&r->sources[i]);
    reader_round(r);
    loop_timer_set(&r->role.loop, &r->look, LOOK_US);
}

static void
prepare_source(struct reader *r, size_t at, const struct reader_source *source)
{
    struct reader_source *s = &r->sources[at];
    struct journal_folders folders;

    *s = *source;
    s->reader = r;
    journal_folders(s->folder, &folders);
    for (size_t i = 0; i < folders.count; i++)
        note_folder(r, folders.at[i]);
    (void)open_source(s); /* what fails now is told and tried again */
}

void
reader_prepare(struct reader *r)
{
    const struct config *c = &r->role.config;

    journal_prepare();
    r->source_count = c->source_count + config_counts_journal(c);
    r->sources = mem_zalloc(r->source_count, sizeof(*r->sources));
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_JOURNAL)
            prepare_source(
                r, i,
                &(struct reader_source){.link = &r->links[READER_SENSOR],
                                        .index = (uint16_t)i,
                                        .name = c->sources[i].path,
                                        .folder = c->sources[i].folder,
                                        .match = span_of(c->sources[i].match)});
    if (config_counts_journal(c))
        prepare_source(r, c->source_count,
                       &(struct reader_source){.link = &r->links[READER_REPORTER],
                                               .name = "journal, for reports",
                                               .folder = c->report.journal,
                                               .match = SPAN(CONFIG_REPORT_MATCH)});
    r->more = (struct loop_timer){.fn = on_more, .ctx = r};
    r->look = (struct loop_timer){.fn = on_look, .ctx = r};
    loop_timer_set(&r->role.loop, &r->look, LOOK_US);
}
