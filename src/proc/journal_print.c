/* journal_print: prints a journal for a command of root's, behind the walls that the role
 * has. A line each: the time in microseconds, the four lengths of struct journal_shape,
 * and the text. */
#include <unistd.h>

#include "base/sandbox.h"
#include "journal.h"

enum { OUT_BYTES = 1 << 16 };

static int
refuse(const char *folder, const char *why)
{
    struct buf name = {0};

    buf_escaped(&name, span_of(folder[0] ? folder : "the journal of this machine"));
    (void)fprintf(stderr, "komainu-journal: %s: %s\n", name.ptr, why);
    buf_fini(&name);
    return 1;
}

static const char *
why_not(const char *folder)
{
    switch (journal_access(folder)) {
    case JOURNAL_NOWHERE:
        return "there is no such folder";
    case JOURNAL_EMPTY:
        return "there is no file of a journal in it";
    case JOURNAL_REFUSED:
        return "its files may not be read: ask as root";
    case JOURNAL_OPEN:
        break;
    }
    return NULL;
}

/* Only reading, and only there. */
static bool
close_in(const char *folder)
{
    struct sandbox_folders folders = {0};
    struct journal_folders where;

    journal_folders(folder, &where);
    while (folders.readable_count < where.count) {
        folders.readable[folders.readable_count] = where.at[folders.readable_count];
        folders.readable_count++;
    }
    return sandbox_files(&folders) != SANDBOX_FILES_FAILED &&
           sandbox_calls(SANDBOX_LOOP | SANDBOX_JOURNAL) == 0;
}

static bool
flush(struct buf *out)
{
    struct span rest = buf_span(out);
    ssize_t n = 0;

    while (rest.len && (n = write(STDOUT_FILENO, rest.ptr, rest.len)) > 0)
        rest = span_from(rest, (size_t)n);
    buf_clear(out);
    return n >= 0;
}

static int
print_entries(struct journal *j)
{
    struct buf text = buf_bounded(JOURNAL_TEXT_MAX), out = {0};
    enum journal_outcome outcome;
    struct journal_entry entry;
    struct journal_shape shape;
    bool is_good = true;

    while (is_good && (outcome = journal_next(j, &entry)) == JOURNAL_ENTRY) {
        journal_line(&entry.fields, &text, &shape);
        buf_printf(&out, "%lld %zu %zu %zu %zu ", (long long)entry.time_us, shape.host,
                   shape.tag, shape.pid, shape.message);
        buf_add(&out, buf_span(&text));
        buf_add_byte(&out, '\n');
        is_good = out.len < OUT_BYTES || flush(&out);
    }
    is_good = is_good && outcome == JOURNAL_IDLE && flush(&out);
    buf_fini(&text);
    buf_fini(&out);
    return is_good ? 0 : 1;
}

int
journal_print(const char *folder, const char *match, int64_t since_us)
{
    const char *why = why_not(folder);
    struct journal *j = NULL;
    int e;

    if (why)
        return refuse(folder, why);
    journal_prepare();
    if (!close_in(folder))
        return refuse(folder, "the sandbox cannot be closed");
    e = journal_open(folder, span_of(match), &j);
    if (e == 0 && journal_begin(j, (struct span){0}, since_us) == JOURNAL_LOST)
        e = journal_error(j);
    if (e)
        return refuse(folder, strerror(-e));
    e = print_entries(j);
    journal_close(j);
    return e;
}
