#include "conf/load_databases.h"

#include "base/mem.h"
#include "conf/layers.h"
#include "conf/section.h"

enum { DATABASE_AUTO, DATABASE_NO }; /* the words of the options */

/* NULL: it is to be found. */
static char *
read_path(const struct section *s, const char *name)
{
    struct section_value v;
    char *path = NULL;

    if (!section_get(s, name, &v))
        return NULL;
    if (v.value.word == DATABASE_NO)
        path = mem_copy_text("", 0);
    else if (v.value.word < 0 && v.value.text.len && v.value.text.ptr[0] == '/')
        path = mem_copy_text(v.value.text.ptr, v.value.text.len);
    else if (v.value.word < 0)
        conf_error(s->expand.errors, v.file, v.line,
                   "`%s` is `%.*s`; write auto, no, or the path of a file, which begins "
                   "with /",
                   name, SPAN_FMT(v.value.text));
    section_value_fini(&v);
    return path;
}

/* The file of the gate, which checks it itself; NULL: it has none. */
static char *
read_gate(const struct section *komainu)
{
    static const struct option table[] = {
        {.name = "asn-database", .type = OPTION_TEXT, .fallback = ""}};
    struct section gate = {.table = table, .count = 1, .expand = komainu->expand};
    struct section_value v;
    char *path = NULL;

    gate.expand.section = SPAN("gate");
    if (!section_get(&gate, "asn-database", &v))
        return NULL;
    if (v.value.text.len)
        path = mem_copy_text(v.value.text.ptr, v.value.text.len);
    section_value_fini(&v);
    return path;
}

void
load_databases(const struct section *komainu, struct config_databases *out)
{
    out->countries = read_path(komainu, "country-database");
    out->systems = read_path(komainu, "asn-database");
    if (!out->systems)
        out->systems = read_gate(komainu);
}

void
load_databases_of(const char *directory, struct config_databases *out)
{
    const struct layers layers = {.builtins = conf_builtins, .directory = directory};
    struct buf unheard = {0};
    struct conf_errors errors = {.text = &unheard};
    struct ini ini = {0};
    struct section s = {
        .table = options_komainu,
        .count = options_komainu_count,
        .expand = {.ini = &ini, .section = SPAN("komainu"), .errors = &errors}};

    (void)layers_read(&layers, "komainu", &ini, &errors); /* may be none */
    load_databases(&s, out);
    ini_fini(&ini);
    buf_fini(&unheard);
}
