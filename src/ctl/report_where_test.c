#include "ctl/report_where.h"

#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

/* Folders: one without files, and one with a link to each sample by a name. */
struct place {
    char folder[64], empty[80], path[PATH_BYTES];
    struct buf notes;
};

static const char *
in_place(struct place *p, const char *name)
{
    (void)snprintf(p->path, sizeof(p->path), "%s/%s", p->folder, name);
    return p->path;
}

static void
link_sample(struct place *p, const char *sample, const char *name)
{
    char from[PATH_BYTES];

    (void)snprintf(from, sizeof(from), "%s/fuzz/corpus/where-address_db/%s",
                   getenv("KOMAINU_SOURCE"), sample);
    assert_int_equal(symlink(from, in_place(p, name)), 0);
}

static void
begin(struct place *p)
{
    *p = (struct place){.folder = "/tmp/komainu-where-XXXXXX"};
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->empty, sizeof(p->empty), "%s/empty", p->folder);
    assert_int_equal(mkdir(p->empty, 0700), 0);
    link_sample(p, "whose", "good");
    link_sample(p, "countries", "bad"); /* has no AS */
}

static void
end(struct place *p)
{
    (void)unlink(in_place(p, "good"));
    (void)unlink(in_place(p, "bad"));
    (void)unlink(in_place(p, "komainu.conf"));
    assert_int_equal(rmdir(p->empty), 0);
    assert_int_equal(rmdir(p->folder), 0);
    buf_fini(&p->notes);
}

/* The first that is there and good is taken, and what is not good is told. */
static void
test_found(void **state UNUSED)
{
    static const struct {
        const char *names[3];
        bool is_found, is_told;
    } cases[] = {
        {{"none", NULL}, false, false},       {{"none", "good", NULL}, true, false},
        {{"good", "bad", NULL}, true, false}, {{"bad", "good", NULL}, true, true},
        {{"bad", NULL}, false, true},
    };
    struct place p;

    begin(&p);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *folders[] = {p.empty, p.folder, NULL};
        struct address_db *db;

        buf_clear(&p.notes);
        db = report_where_find(folders, cases[i].names, ADDRESS_DB_NUMBERS, &p.notes);
        assert_int_equal(db != NULL, cases[i].is_found);
        assert_int_equal(p.notes.len > 0, cases[i].is_told);
        if (p.notes.len)
            assert_non_null(strstr(p.notes.ptr, "/bad: not used: its entries have no "));
        address_db_close(db);
    }
    end(&p);
}

/* The command line comes before the configuration. */
static void
test_named(void **state UNUSED)
{
    static const struct {
        const char *conf, *named; /* files of the place, "no", or NULL: nothing */
        bool has_systems, is_told;
    } cases[] = {
        {"good", NULL, true, false}, {"no", NULL, false, false},
        {"no", "good", true, false}, {"good", "no", false, false},
        {"bad", NULL, false, true},  {"good", "missing", false, true},
    };
    struct place p;

    begin(&p);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ctl_args args = {.given[OPT_CONFIG] = true, .value[OPT_CONFIG] = p.folder};
        struct report_where w;
        char value[PATH_BYTES];
        FILE *conf = fopen(in_place(&p, "komainu.conf"), "w");

        assert_non_null(conf);
        (void)fprintf(conf, "[komainu]\ncountry-database = no\nasn-database = %s%s%s\n",
                      strcmp(cases[i].conf, "no") ? p.folder : "",
                      strcmp(cases[i].conf, "no") ? "/" : "", cases[i].conf);
        assert_int_equal(fclose(conf), 0);
        if (cases[i].named) {
            (void)snprintf(value, sizeof(value), "%s",
                           strcmp(cases[i].named, "no") ? in_place(&p, cases[i].named)
                                                        : "no");
            args.given[OPT_ASN_DATABASE] = true;
            args.value[OPT_ASN_DATABASE] = value;
        }
        buf_clear(&p.notes);
        report_where_open(&w, &args, &p.notes);
        assert_null(w.countries);
        assert_int_equal(w.systems != NULL, cases[i].has_systems);
        assert_int_equal(report_where_known(&w) != NULL, cases[i].has_systems);
        assert_int_equal(p.notes.len > 0, cases[i].is_told);
        report_where_close(&w);
    }
    end(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_found), TEST(test_named)};

    return RUN(tests);
}
