#include <limits.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/filter.h"
#include "conf/journal_args.h"
#include "conf/journalmatch.h"
#include "conf/load_internal.h"
#include "conf/logpath.h"

enum { NAME_MAX_BYTES = 4096 /* of a source, as the wire carries it */ };

static void
refuse(const struct section *s, const struct section_value *v, const char *what,
       const char *detail)
{
    conf_error(s->expand.errors, v->file, v->line, "[%.*s] `backend`: %s%s",
               SPAN_FMT(s->expand.section), what, detail);
}

/* The arguments of `systemd[...]`. */
static void
take_arguments(const struct section *s, const struct section_value *v,
               const struct filter *spec, struct load_backend *out)
{
    struct journal_args args = {0};
    const char *wrong;

    for (size_t i = 0; i < spec->argument_count; i++) {
        const char *name = spec->arguments[i].name;

        if (journal_args_take(&args, span_of(name), span_of(spec->arguments[i].value)))
            continue;
        if (strcmp(name, "rotated") == 0)
            refuse(s, v, name,
                   " is not supported: files that were rotated are read in any case");
        else
            refuse(s, v, "write systemd or systemd[journalpath=FOLDER], not ", name);
    }
    wrong = journal_args_place(&args, &out->folder);
    if (wrong)
        refuse(s, v, wrong, "");
}

static void
read_backend(const struct section *s, const struct section_value *v,
             struct load_backend *out)
{
    static const struct {
        const char *word;
        enum backend kind;
    } words[] = {{"auto", BACKEND_AUTO},
                 {"pyinotify", BACKEND_FILES},
                 {"polling", BACKEND_FILES},
                 {"systemd", BACKEND_JOURNAL}};
    struct filter spec = {0};
    struct buf why = {0};
    size_t i = 0;

    if (!filter_parse(v->value.text, &spec, &why))
        i = ARRAY_LEN(words);
    while (i < ARRAY_LEN(words) && strcmp(words[i].word, spec.name) != 0)
        i++;
    if (i == ARRAY_LEN(words))
        refuse(s, v, "write auto, systemd, pyinotify or polling", "");
    else if (spec.argument_count && words[i].kind != BACKEND_JOURNAL)
        refuse(s, v, "only systemd takes arguments", "");
    else
        out->kind = words[i].kind;
    if (out->kind == BACKEND_JOURNAL)
        take_arguments(s, v, &spec, out);
    filter_fini(&spec);
    buf_fini(&why);
}

void
load_backend(const struct section *s, struct load_backend *out)
{
    struct section_value v;

    if (section_get(s, "backend", &v)) {
        read_backend(s, &v, out);
        section_value_fini(&v);
    }
}

void
load_backend_fini(struct load_backend *b)
{
    buf_fini(&b->folder);
}

bool
load_journal_name(const struct load_backend *b, struct span match, struct buf *name)
{
    buf_add_text(name, "journal");
    if (b->folder.len)
        buf_printf(name, ":%s", b->folder.ptr);
    if (match.len)
        buf_add_byte(name, ' ');
    journalmatch_text(match, name);
    return name->len <= NAME_MAX_BYTES;
}

/* Whether a line of `logpath` is there to be read; patterns and listeners always are. */
static bool
is_there(struct span line)
{
    char name[PATH_MAX];
    struct buf why = {0};
    struct logpath l;
    bool is_read = line.len && logpath_read(line, &l, &why);

    buf_fini(&why);
    if (!is_read)
        return false;
    return l.kind != SOURCE_FILE || l.is_glob ||
           (span_cstr(l.path, name, sizeof(name)) && access(name, F_OK) == 0);
}

bool
load_has_file(const struct section *s, const struct machine_service *service)
{
    struct section_value v;
    struct span rest, line;
    bool is_found = false;

    if (!section_get(s, "logpath", &v))
        return false;
    if (v.value.word >= 0) {
        for (size_t i = 0; service && i < service->log_count; i++)
            is_found |= service->logs[i].is_present;
    } else {
        rest = v.value.text;
        while (!is_found && span_line(&rest, &line))
            is_found = is_there(span_trim(line));
    }
    section_value_fini(&v);
    return is_found;
}
