#include "conf/journal_args.h"

bool
journal_args_take(struct journal_args *a, struct span name, struct span value)
{
    struct {
        struct span name, *value;
    } known[] = {{SPAN("journalpath"), &a->path},
                 {SPAN("journalfiles"), &a->files},
                 {SPAN("namespace"), &a->name},
                 {SPAN("journalflags"), &a->flags}};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (span_eq(name, known[i].name)) {
            *known[i].value = value.ptr ? value : SPAN("");
            return true;
        }
    return false;
}

static bool
is_path(struct span path)
{
    return span_starts(path, SPAN("/")) && span_find_byte(path, '\n') < 0;
}

static const char *
take_path(struct span path, struct buf *place)
{
    while (path.len > 1 && span_ends(path, SPAN("/")))
        path.len--;
    buf_add(place, path);
    return is_path(path) ? NULL : "`journalpath` must be the absolute path of a folder";
}

/* Files, or patterns of them, with blanks or commas between. */
static const char *
take_files(struct span files, struct buf *place)
{
    struct span one;
    bool is_good = false;

    buf_add_text(place, "files=");
    while (span_word(&files, &one)) {
        buf_printf(place, "%s%.*s", is_good ? "," : "", SPAN_FMT(one));
        is_good = is_path(one);
        if (!is_good)
            break;
    }
    return is_good ? NULL : "`journalfiles` must be absolute paths of files";
}

static const char *
take_name(struct span name, struct buf *place)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_.:-";

    buf_printf(place, "namespace=%.*s", SPAN_FMT(name));
    for (size_t i = 0; i < name.len; i++)
        if (!memchr(known, name.ptr[i], sizeof(known) - 1))
            name.len = 0;
    return name.len ? NULL : "`namespace` must be the name of a namespace of journald's";
}

/* The flags of sd_journal_open(3) that make sense here: 1 LOCAL_ONLY, 2 RUNTIME_ONLY, 4
 * SYSTEM; a folder takes SYSTEM alone, files none. */
static const char *
take_flags(const struct journal_args *a, struct buf *place)
{
    uint64_t flags, possible = a->files.ptr ? 0 : a->path.ptr ? 4 : 1 | 2 | 4;

    if (span_u64(a->flags, 0, UINT32_MAX, &flags) && !(flags & ~possible)) {
        buf_printf(place, "flags=%u;", (unsigned)flags);
        return NULL;
    }
    if (a->files.ptr)
        return "`journalflags` must be 0 beside `journalfiles`";
    if (a->path.ptr)
        return "`journalflags` must be 0 or 4 (the system's) beside `journalpath`";
    return "`journalflags` must be 0 or a sum of 1 (this machine's), 2 (in memory) and 4 "
           "(the system's)";
}

const char *
journal_args_place(const struct journal_args *a, struct buf *place)
{
    const char *wrong = NULL;

    buf_clear(place);
    if ((a->path.ptr != NULL) + (a->files.ptr != NULL) + (a->name.ptr != NULL) > 1)
        return "write one of `journalpath`, `journalfiles` and `namespace`, not more";
    if (a->flags.ptr)
        wrong = take_flags(a, place);
    if (!wrong && a->path.ptr)
        wrong = take_path(a->path, place);
    else if (!wrong && a->files.ptr)
        wrong = take_files(a->files, place);
    else if (!wrong && a->name.ptr)
        wrong = take_name(a->name, place);
    if (!wrong && place->len > JOURNAL_ARGS_MAX)
        wrong = "what names the journal is too long";
    return wrong;
}
