#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "report/digest.h"
#include "report/print.h"

#define FROM_US (INT64_C(1795273200) * SECOND_US)

struct told {
    struct tally *tally;
    struct deeds *deeds;
    struct address_db *file; /* of countries and operators, both */
    struct digest_where where;
    struct document d;
};

/* Attacks of each kind of entry of a file that test/lib/komainu_test/mmdb.py has written.
 */
static const struct {
    const char *address;
    uint32_t attempts;
} attacks[] = {
    {"198.51.100.1", 30}, /* JP, AS64500 */
    {"198.51.100.9", 10}, /* the same */
    {"203.0.113.1", 25},  /* DE, AS64503 */
    {"192.0.2.200", 20},  /* neither */
    {"2001:db8::1", 10},  /* AS64506 with a hostile name, no country */
    {"8.8.8.8", 4},       /* not in the file */
    {"nobody", 1},        /* no address */
};

static void
tell(struct told *t, bool has_countries, bool has_systems)
{
    char path[512];

    t->tally = tally_new(&(struct tally_options){0});
    t->deeds = deeds_new();
    t->deeds->is_judged = true;
    t->deeds->lines = ARRAY_LEN(attacks);
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++)
        deeds_attack(t->deeds, FROM_US, span_of(attacks[i].address), WORD_KIND_GUESSING,
                     attacks[i].attempts);
    (void)snprintf(path, sizeof(path), "%s/fuzz/corpus/where-address_db/whose",
                   getenv("KOMAINU_SOURCE"));
    assert_null(address_db_open(&t->file, path, ADDRESS_DB_COUNTRIES));
    t->where = (struct digest_where){has_countries ? t->file : NULL,
                                     has_systems ? t->file : NULL};
    document_init(&t->d);
    digest_make(&(struct digest){t->tally, t->deeds, DIGEST_ROWS, .where = &t->where},
                &t->d);
}

static void
end(struct told *t)
{
    document_fini(&t->d);
    address_db_close(t->file);
    deeds_free(t->deeds);
    tally_free(t->tally);
}

static const struct section *
section(const struct told *t, const char *key)
{
    for (size_t i = 0; i < t->d.section_count; i++)
        if (strcmp(t->d.sections[i]->key, key) == 0)
            return t->d.sections[i];
    return NULL;
}

/* NULL: there is no value. */
static void
assert_text(const struct told *t, const struct section *s, size_t row, size_t column,
            const char *wanted)
{
    const struct cell *cell = section_cell(s, row, column);

    assert_int_equal(cell->is_none, wanted == NULL);
    if (wanted)
        assert_true(span_eq(document_cell_text(&t->d, cell), span_of(wanted)));
}

static void
test_sums(void **state UNUSED)
{
    static const struct {
        const char *country, *as, *name;
        int64_t attempts, addresses, share;
    } countries[] = {{"JP", NULL, NULL, 40, 2, 400000},
                     {NULL, NULL, NULL, 35, 4, 350000},
                     {"DE", NULL, NULL, 25, 1, 250000}},
      operators[] = {{NULL, "AS64500", "Example Net KK", 40, 2, 400000},
                     {NULL, NULL, NULL, 25, 3, 250000},
                     {NULL, "AS64503", "Example GmbH", 25, 1, 250000},
                     {NULL, "AS64506", "", 10, 1, 100000}};
    const struct section *s;
    struct told t;

    tell(&t, true, true);
    s = section(&t, "countries");
    assert_int_equal(section_rows(s), ARRAY_LEN(countries));
    for (size_t i = 0; i < ARRAY_LEN(countries); i++) {
        assert_text(&t, s, i, 0, countries[i].country);
        assert_int_equal(section_cell(s, i, 1)->is_none, countries[i].country == NULL);
        assert_int_equal(section_cell(s, i, 2)->number, countries[i].attempts);
        assert_int_equal(section_cell(s, i, 3)->number, countries[i].addresses);
        assert_int_equal(section_cell(s, i, 4)->number, countries[i].share);
    }
    s = section(&t, "operators");
    assert_int_equal(section_rows(s), ARRAY_LEN(operators));
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        assert_text(&t, s, i, 0, operators[i].as);
        if (!operators[i].name || operators[i].name[0])
            assert_text(&t, s, i, 1, operators[i].name);
        assert_int_equal(section_cell(s, i, 2)->number, operators[i].attempts);
        assert_int_equal(section_cell(s, i, 3)->number, operators[i].addresses);
        assert_int_equal(section_cell(s, i, 4)->number, operators[i].share);
    }
    end(&t);
}

/* Beside addresses and networks stands what is known, and nothing else. */
static void
test_beside(void **state UNUSED)
{
    static const struct {
        bool has_countries, has_systems;
        size_t more; /* columns */
    } cases[] = {{false, false, 0}, {true, false, 1}, {false, true, 2}, {true, true, 3}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct section *addresses, *networks;
        struct told t;

        tell(&t, cases[i].has_countries, cases[i].has_systems);
        addresses = section(&t, "addresses");
        networks = section(&t, "networks");
        if (!addresses || !networks) {
            fail_msg("a section is missing");
            return;
        }
        assert_int_equal(addresses->column_count, 6 + cases[i].more);
        assert_int_equal(networks->column_count, 4 + cases[i].more);
        assert_int_equal(section(&t, "countries") != NULL, cases[i].has_countries);
        assert_int_equal(section(&t, "operators") != NULL, cases[i].has_systems);
        assert_text(&t, addresses, 0, 0, "198.51.100.1");
        assert_text(&t, networks, 0, 0, "198.51.100.0/24");
        if (cases[i].has_countries) {
            assert_text(&t, addresses, 0, 1, "JP");
            assert_text(&t, networks, 0, 1, "JP");
            assert_text(&t, addresses, 2, 1, NULL);
        }
        if (cases[i].has_systems) {
            assert_text(&t, addresses, 0, cases[i].more - 1, "AS64500");
            assert_text(&t, networks, 0, cases[i].more, "Example Net KK");
            assert_text(&t, addresses, 5, cases[i].more, NULL);
        }
        end(&t);
    }
}

/* How wide the text is decides what stands beside an address. */
static void
test_room(void **state UNUSED)
{
    static const struct {
        unsigned columns;
        const char *there, *not_there;
    } cases[] = {
        {0, "Operator", NULL},
        {120, "Example Net KK", NULL},
        {80, "Country", "First"},
        {50, "Address", "Country  "},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = {0};
        const char *table;
        struct span found;
        struct told t;

        tell(&t, true, true);
        print_text(&t.d, LANGUAGE_ENGLISH, &(struct screen){.columns = cases[i].columns},
                   &out);
        table = strstr(out.ptr, "Addresses that attack most\n");
        assert_non_null(table);
        found = span_from(buf_span(&out), (size_t)(table - out.ptr));
        found = span_head(found, (size_t)span_find(found, SPAN("\n\n")));
        if (span_find(found, span_of(cases[i].there)) < 0 ||
            (cases[i].not_there && span_find(found, span_of(cases[i].not_there)) >= 0))
            fail_msg("%u columns: %.*s", cases[i].columns, SPAN_FMT(found));
        buf_fini(&out);
        end(&t);
    }
}

/* Names in the file are as foreign as those in the log. */
static void
test_hostile(void **state UNUSED)
{
    struct buf forms[4] = {0};
    struct told t;

    tell(&t, true, true);
    print_text(&t.d, LANGUAGE_JAPANESE, &(struct screen){0}, &forms[0]);
    print_html(&t.d, LANGUAGE_ENGLISH, HTML_PAGE, &forms[1]);
    print_json(&t.d, LANGUAGE_ENGLISH, &forms[2]);
    print_prometheus(&t.d, &forms[3]);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        assert_non_null(strstr(forms[i].ptr, "AS64506"));
        assert_non_null(strstr(forms[i].ptr, i == 0 ? "日本" : "Japan"));
        assert_null(memchr(forms[i].ptr, '\033', forms[i].len));
        /* JSON is no text. NOLINTNEXTLINE(misc-misleading-bidirectional): looked for */
        assert_true(i == 2 || !strstr(forms[i].ptr, "\u202e"));
        assert_true(i != 1 || !strstr(forms[i].ptr, "<script>"));
        buf_fini(&forms[i]);
    }
    end(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_sums), TEST(test_beside),
                                       TEST(test_room), TEST(test_hostile)};

    return RUN(tests);
}
