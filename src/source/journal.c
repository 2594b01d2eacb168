#include "source/journal.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

#include "base/mem.h"
#include "source/journal_place.h"

enum { FIELD_BYTES = 256 /* of a small field: one more than a line takes */ };

struct journal {
    sd_journal *sd;
    int fd, error;
    bool is_at_next;   /* journal_begin() stands on an entry that is not delivered yet */
    bool is_unsure;    /* it found nothing: what comes may be the entry of the cursor */
    bool is_gap;       /* that entry was gone */
    bool is_journalds; /* the files are journald's own */
    int64_t since_us;
    char cursor[JOURNAL_CURSOR_MAX + 1]; /* of the entry before; "" */
    char host[FIELD_BYTES], tag[FIELD_BYTES], pid[FIELD_BYTES];
};

/* --- opening --- */

static int
add_match(sd_journal *sd, struct span match)
{
    struct span term;
    int e = 0;

    while (e >= 0 && span_line(&match, &term))
        e = span_eq(term, SPAN("+")) ? sd_journal_add_disjunction(sd)
                                     : sd_journal_add_match(sd, term.ptr, term.len);
    return e < 0 ? e : 0;
}

/* Appends the paths that fit the files of a place. 0, or a negative errno. */
static int
find_files(struct span files, glob_t *found)
{
    char pattern[PATH_MAX];
    struct span file;
    int flags = 0;

    while (journal_place_file(&files, &file)) {
        if (!span_cstr(file, pattern, sizeof(pattern)))
            return -ENAMETOOLONG;
        if (glob(pattern, flags, NULL, found) == GLOB_NOSPACE)
            return -ENOMEM;
        flags = GLOB_APPEND;
    }
    return found->gl_pathc ? 0 : -ENOENT;
}

static int
open_files(sd_journal **sd, struct span files, int flags)
{
    glob_t found = {0};
    const char **paths;
    int e = find_files(files, &found);

    if (e == 0) {
        paths = mem_zalloc(found.gl_pathc + 1, sizeof(*paths));
        for (size_t i = 0; i < found.gl_pathc; i++)
            paths[i] = found.gl_pathv[i];
        e = sd_journal_open_files(sd, paths, flags);
        mem_free(paths);
    }
    globfree(&found);
    return e;
}

static int
open_place(sd_journal **sd, const struct journal_place *p)
{
    char text[PATH_MAX];

    if (p->kind == JOURNAL_OWN)
        return sd_journal_open(
            sd, p->has_flags ? p->flags : SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
    if (p->kind == JOURNAL_FILES)
        return open_files(sd, p->text, p->flags);
    if (!span_cstr(p->text, text, sizeof(text)))
        return -ENAMETOOLONG;
    if (p->kind == JOURNAL_FOLDER)
        return sd_journal_open_directory(sd, text, p->flags);
    return sd_journal_open_namespace(sd, text,
                                     p->has_flags ? p->flags : SD_JOURNAL_SYSTEM);
}

void
journal_prepare(void)
{
    sd_id128_t machine;

    (void)sd_id128_get_machine(&machine); /* it is kept, and asked for again */
}

int
journal_open(const char *place, struct span match, struct journal **out)
{
    struct journal *j = mem_zalloc(1, sizeof(*j));
    struct journal_place p = journal_place_read(place);
    int e = open_place(&j->sd, &p);

    j->is_journalds = p.kind == JOURNAL_OWN || p.kind == JOURNAL_NAMESPACE;
    if (e >= 0)
        e = add_match(j->sd, match);
    /* A longer field is cut, and journal_line() counts it. */
    if (e >= 0)
        e = sd_journal_set_data_threshold(j->sd, 2 * (size_t)JOURNAL_TEXT_MAX);
    if (e >= 0)
        e = j->fd = sd_journal_get_fd(j->sd);
    if (e < 0) {
        journal_close(j);
        return e;
    }
    *out = j;
    return 0;
}

void
journal_close(struct journal *j)
{
    if (!j)
        return;
    sd_journal_close(j->sd);
    mem_free(j);
}

/* --- places --- */

/* Moves to the next entry. */
static enum journal_outcome
step(struct journal *j)
{
    int e = sd_journal_next(j->sd);

    if (e > 0)
        return JOURNAL_ENTRY;
    j->error = e;
    return e == 0 ? JOURNAL_IDLE : JOURNAL_FAILED;
}

/* The part of a cursor that begins with `key`; empty when it has none. */
static struct span
cursor_part(struct span cursor, struct span key)
{
    struct span part, rest = cursor;

    while (span_cut(rest, SPAN(";"), &part, &rest))
        if (span_starts(part, key))
            return part;
    return span_starts(rest, key) ? rest : (struct span){0};
}

/* Whether two cursors are of one entry, or of it and a copy: journald, moving a journal
 * from /run to /var, gives its entries new numbers (s=, i=), and nothing else. */
static bool
is_same_entry(struct span a, struct span b)
{
    static const struct span keys[] = {SPAN_INIT("b="), SPAN_INIT("m="), SPAN_INIT("t="),
                                       SPAN_INIT("x=")};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct span part = cursor_part(a, keys[i]);

        if (part.len == 0 || !span_eq(part, cursor_part(b, keys[i])))
            return false;
    }
    return true;
}

/* Whether we stand on the entry of the cursor. */
static bool
is_at_cursor(struct journal *j)
{
    bool is_same;
    char *here;

    if (sd_journal_test_cursor(j->sd, j->cursor) > 0)
        return true;
    if (sd_journal_get_cursor(j->sd, &here) < 0)
        return false; /* read_entry() finds out why */
    is_same = is_same_entry(span_of(here), span_of(j->cursor));
    free(here);
    return is_same;
}

static enum journal_found
seek_cursor(struct journal *j)
{
    enum journal_outcome outcome;

    j->error = sd_journal_seek_cursor(j->sd, j->cursor);
    if (j->error < 0)
        return JOURNAL_LOST;
    /* On the entry itself, or on the next one that is there. */
    outcome = step(j);
    if (outcome == JOURNAL_FAILED)
        return JOURNAL_LOST;
    if (outcome == JOURNAL_ENTRY && is_at_cursor(j))
        return JOURNAL_BEHIND;
    j->is_at_next = outcome == JOURNAL_ENTRY;
    j->is_unsure = !j->is_at_next;
    j->is_gap = true;
    return JOURNAL_GAP;
}

static enum journal_found
seek(struct journal *j)
{
    j->is_at_next = j->is_unsure = j->is_gap = false;
    if (j->cursor[0])
        return seek_cursor(j);
    j->error =
        sd_journal_seek_realtime_usec(j->sd, j->since_us > 0 ? (uint64_t)j->since_us : 0);
    return j->error < 0 ? JOURNAL_LOST : JOURNAL_SINCE;
}

enum journal_found
journal_begin(struct journal *j, struct span cursor, int64_t since_us)
{
    j->since_us = since_us;
    if (!span_cstr(cursor, j->cursor, sizeof(j->cursor))) {
        j->error = -EINVAL;
        return JOURNAL_LOST;
    }
    return seek(j);
}

/* --- entries --- */

/* The value of a field; empty when the entry has none. */
static struct span
field(struct journal *j, const char *name)
{
    struct span value = {0};
    const void *data;
    size_t len;

    if (sd_journal_get_data(j->sd, name, &data, &len) < 0)
        return value;
    value = span_from((struct span){data, len}, strlen(name) + 1);
    return value;
}

/* The same, kept: the next field may take its place in memory. */
static struct span
kept(struct journal *j, const char *name, char room[FIELD_BYTES])
{
    struct span value = span_head(field(j, name), FIELD_BYTES);

    if (value.len)
        memcpy(room, value.ptr, value.len);
    return (struct span){room, value.len};
}

static int64_t
time_field(struct journal *j, const char *name, int64_t fallback)
{
    uint64_t us;

    return span_u64(field(j, name), 0, INT64_MAX, &us) ? (int64_t)us : fallback;
}

/* 0, or a negative errno. */
static int
read_cursor(struct journal *j)
{
    char *cursor;
    int e = sd_journal_get_cursor(j->sd, &cursor);

    if (e < 0)
        return e;
    e = span_cstr(span_of(cursor), j->cursor, sizeof(j->cursor)) ? 0 : -ENAMETOOLONG;
    free(cursor);
    return e;
}

static int
read_entry(struct journal *j, struct journal_entry *out)
{
    struct journal_fields *f = &out->fields;
    uint64_t wall_us = 0, boot_us = 0;
    sd_id128_t boot;
    int e = sd_journal_get_realtime_usec(j->sd, &wall_us);

    if (e >= 0)
        e = read_cursor(j);
    if (e < 0)
        return e;
    /* Only for the kernel's lines; without it they say 0. */
    (void)sd_journal_get_monotonic_usec(j->sd, &boot_us, &boot);
    f->since_boot_us = time_field(j, "_SOURCE_MONOTONIC_TIMESTAMP", (int64_t)boot_us);
    out->time_us = time_field(j, "_SOURCE_REALTIME_TIMESTAMP", (int64_t)wall_us);
    out->cursor = span_of(j->cursor);
    f->host = kept(j, "_HOSTNAME", j->host);
    f->tag = kept(j, "SYSLOG_IDENTIFIER", j->tag);
    if (f->tag.len == 0)
        f->tag = kept(j, "_COMM", j->tag);
    f->pid = kept(j, "SYSLOG_PID", j->pid);
    if (f->pid.len == 0)
        f->pid = kept(j, "_PID", j->pid);
    f->message = field(j, "MESSAGE");
    return 0;
}

enum journal_outcome
journal_next(struct journal *j, struct journal_entry *out)
{
    enum journal_outcome outcome = j->is_at_next ? JOURNAL_ENTRY : step(j);

    if (outcome == JOURNAL_ENTRY && j->is_unsure && is_at_cursor(j))
        outcome = step(j);
    j->is_at_next = false;
    if (outcome == JOURNAL_ENTRY)
        j->is_unsure = false;
    if (outcome != JOURNAL_ENTRY)
        return outcome;
    j->error = read_entry(j, out);
    return j->error < 0 ? JOURNAL_FAILED : JOURNAL_ENTRY;
}

bool
journal_is_gap(const struct journal *j)
{
    return j->is_gap;
}

/* journald removes whole files, the oldest first. */
bool
journal_may_miss(struct journal *j, int64_t since_us)
{
    uint64_t first_us, last_us;

    return (j->is_gap && !j->is_journalds) || since_us < 0 ||
           sd_journal_get_cutoff_realtime_usec(j->sd, &first_us, &last_us) <= 0 ||
           first_us > (uint64_t)since_us;
}

int
journal_error(const struct journal *j)
{
    return j->error;
}

int
journal_fd(const struct journal *j)
{
    return j->fd;
}

int
journal_process(struct journal *j)
{
    int e = sd_journal_process(j->sd);

    if (e < 0)
        return e;
    /* The place is found again by its name. Files may have come or gone, maybe the one we
     * stood in. And an entry becomes part of its file before it becomes part of the lists
     * by which matches are found: libsystemd, asked between the two, notes that the file
     * has no more, and passes that entry over until another one comes. */
    if (e != SD_JOURNAL_NOP && seek(j) == JOURNAL_LOST)
        return j->error;
    return 0;
}
