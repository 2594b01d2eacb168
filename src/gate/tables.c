#include "gate/tables.h"

#include "base/mem.h"
#include "conf/load_gate.h"
#include "gate/as_db.h"
#include "gate/check.h"

struct trial {
    const struct config_gate_lines *lines;
    const struct config_gate_profile *profile; /* at hand */
    struct buf section;                        /* its */
    bool is_good;
    struct buf *why;
};

/* What profiles have from [gate] is told of once. */
static void
tell(struct trial *t, struct span section, const char *option, struct span reason)
{
    const char *origin = config_gate_lines_origin(t->lines, section, span_of(option));
    struct buf line = {0};

    if (origin[0])
        buf_printf(&line, "%s: ", origin);
    buf_printf(&line, "`%s`: ", option);
    buf_add(&line, reason);
    buf_add_byte(&line, '\n');
    if (span_find(buf_span(t->why), buf_span(&line)) < 0)
        buf_add(t->why, buf_span(&line));
    buf_fini(&line);
    t->is_good = false;
}

static bool
has_table(const struct restriction_list *list, struct span table)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].table && span_eq(span_of(list->items[i].table), table))
            return true;
    return false;
}

/* The check tells of a table by its name: it is looked for in what could have it. */
static void
on_news(void *ctx, enum check_news what, struct span name, struct span reason)
{
    struct trial *t = ctx;
    const struct config_restrictions *r = &t->profile->restrictions;
    bool is_in_list = false;

    if (what != CHECK_TABLE_BAD)
        return;
    for (unsigned i = 0; i < GATE_LISTS; i++) {
        if (has_table(&r->lists[i], name)) {
            tell(t, buf_span(&t->section), gate_list_name((enum gate_list)i), reason);
            is_in_list = true;
        }
    }
    for (size_t i = 0; i < r->classes.count && !is_in_list; i++) {
        if (has_table(&r->classes.items[i].list, name)) {
            tell(t, buf_span(&t->section), "restriction_classes", reason);
            is_in_list = true;
        }
    }
    if (!is_in_list)
        tell(t, SPAN("spf"), "per_user", reason);
}

static void
never_greylist(void *ctx UNUSED, const struct check_greylist *ask UNUSED,
               struct gate_answer *out UNUSED)
{
    bug("a trial that asks the greylist");
}

/* With the check that will be there: it alone knows what tables may name. */
static void
try_profile(struct trial *t, const struct config_gate_profile *p,
            const struct config_spf *spf)
{
    struct check_world world = {
        .ctx = t, .spf = spf, .greylist = never_greylist, .tell = on_news};
    struct check *check;
    struct buf reason = {0};

    t->profile = p;
    buf_clear(&t->section);
    buf_printf(&t->section, "gate%s%s", p->name[0] ? " " : "", p->name);
    if (check_new(&check, &p->restrictions, &world, &reason)) {
        check_free(check);
    } else {
        buf_add(t->why, buf_span(&reason));
        t->is_good = false;
    }
    buf_fini(&reason);
}

static void
try_asns(struct trial *t, const char *path)
{
    struct buf reason = {0};
    struct as_db *db;

    as_db_new(&db, path, NULL);
    if (as_db_refresh(db, &reason) == AS_DB_BAD)
        tell(t, SPAN("gate"), "asn-database", buf_span(&reason));
    as_db_free(db);
    buf_fini(&reason);
}

bool
tables_try(const struct config_gate_lines *lines, struct buf *why)
{
    struct trial t = {.lines = lines, .is_good = true, .why = why};
    struct config_gate gate;

    config_gate_init(&gate);
    must(load_gate_lines(lines, &gate, why)); /* as the loader has */
    for (size_t i = 0; i < gate.profile_count; i++)
        try_profile(&t, &gate.profiles[i], &gate.spf);
    if (gate.asn_database[0])
        try_asns(&t, gate.asn_database);
    config_gate_fini(&gate);
    buf_fini(&t.section);
    return t.is_good;
}
