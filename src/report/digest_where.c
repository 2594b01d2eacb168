/* Where attacks come from: by country, and by operator. */
#include "base/mem.h"
#include "report/countries.h"
#include "report/digest_internal.h"

enum {
    WHOLE = 1000000,
    COUNTRIES_MAX = 26 * 26 + 1, /* codes, and none */
    OPERATORS_MAX = 1 << 16,
    SUMS_BYTES = 8 << 20,
    SYSTEM_TEXT_MAX = 16, /* "AS4294967295" */
};

/* The key of those of whom the file knows nothing is empty. */
struct where_sum {
    uint64_t attempts, addresses, of; /* `of` so many attempts in all */
    struct span name;                 /* of the operator, in the file */
};

/* What is counted on the way through the addresses. */
struct where_sums {
    const struct digest_where *where;
    struct texts_budget budget;
    struct texts countries; /* code -> struct where_sum */
    struct texts operators; /* number of the AS, uint32_t -> struct where_sum */
    uint64_t attempts;
};

/* --- one address --- */

static struct span
country_of(const struct digest_where *w, const struct addr *who, char code[2])
{
    uint32_t entry;

    if (!address_db_find(w->countries, who, &entry) ||
        !address_db_country(w->countries, entry, code))
        return (struct span){0};
    return (struct span){code, 2};
}

/* The number of the AS; 0: none is known. */
static uint32_t
system_of(const struct digest_where *w, const struct addr *who, struct span *name)
{
    uint32_t entry, number;

    *name = (struct span){0};
    if (!address_db_find(w->systems, who, &entry) ||
        !address_db_number(w->systems, entry, &number))
        return 0;
    *name = address_db_name(w->systems, entry);
    return number;
}

static void
add_system(struct section *s, uint32_t number)
{
    char text[SYSTEM_TEXT_MAX];

    (void)snprintf(text, sizeof(text), "AS%u", number);
    if (number)
        section_text(s, span_of(text));
    else
        section_none(s);
}

static void
add_text(struct section *s, struct span text)
{
    if (text.len)
        section_text(s, text);
    else
        section_none(s);
}

size_t
digest_where_columns(const struct digest_where *w, struct column *out)
{
    size_t count = 0;

    if (w && w->countries)
        out[count++] = (struct column){WORD_COUNTRY, "country", CELL_TEXT, true};
    if (w && w->systems) {
        out[count++] = (struct column){WORD_AS, "system", CELL_TEXT, true};
        out[count++] = (struct column){WORD_SYSTEM, "organisation", CELL_TEXT, true};
    }
    return count;
}

void
digest_where_cells(struct section *s, const struct digest_where *w,
                   const struct addr *who)
{
    struct span name;
    uint32_t number;
    char code[2];

    if (w && w->countries)
        add_text(s, country_of(w, who, code));
    if (w && w->systems) {
        number = system_of(w, who, &name);
        add_system(s, number);
        add_text(s, name);
    }
}

/* --- sums --- */

static void
count_into(struct texts *t, struct span key, uint64_t attempts, struct span name)
{
    struct where_sum *sum = texts_put(t, key);

    if (!sum)
        return;
    sum->attempts += attempts;
    sum->addresses++;
    if (name.len)
        sum->name = name;
}

static void
count_address(struct where_sums *sums, struct span address, uint64_t attempts)
{
    const struct digest_where *w = sums->where;
    struct span name, key = {0};
    struct addr who;
    uint32_t number;
    char code[2];

    if (!addr_parse(address, &who))
        who = (struct addr){0}; /* of whom nothing is known */
    sums->attempts += attempts;
    if (w->countries)
        count_into(&sums->countries, country_of(w, &who, code), attempts, key);
    if (w->systems) {
        number = system_of(w, &who, &name);
        if (number)
            key = (struct span){(const char *)&number, sizeof(number)};
        count_into(&sums->operators, key, attempts, name);
    }
}

static double
sum_worth(const struct texts *t, uint32_t number)
{
    const struct where_sum *sum = texts_value(t, number);

    return (double)sum->attempts;
}

static void
add_numbers(struct section *s, const struct where_sum *sum)
{
    section_number(s, (int64_t)sum->attempts);
    section_number(s, (int64_t)sum->addresses);
    section_number(s, (int64_t)((double)sum->attempts / (double)sum->of * WHOLE));
}

static void
country_row(struct section *s, const struct texts *t, uint32_t number)
{
    struct span code = texts_text(t, number);

    add_text(s, code);
    if (code.len)
        section_number(s, country_number(code.ptr));
    else
        section_none(s);
    add_numbers(s, texts_value(t, number));
}

static void
operator_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct where_sum *sum = texts_value(t, number);
    struct span key = texts_text(t, number);
    uint32_t as = 0;

    if (key.len)
        memcpy(&as, key.ptr, sizeof(as)); /* put there as a whole */
    add_system(s, as);
    add_text(s, sum->name);
    add_numbers(s, sum);
}

/* So that a row can tell its share. */
static void
set_whole(const struct where_sums *sums, const struct texts *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct where_sum *sum = texts_value(t, i);

        sum->of = sums->attempts;
    }
}

static void
add_countries(const struct digest *g, const struct where_sums *sums, struct document *d)
{
    static const struct column columns[] = {{WORD_COUNTRY_CODE, "country", CELL_TEXT},
                                            {WORD_COUNTRY, "name", CELL_COUNTRY},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT},
                                            {WORD_SHARE, "share", CELL_SHARE}};
    struct section *s =
        document_section(d, WORD_TOP_COUNTRIES, "countries", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(columns), columns);
    set_whole(sums, &sums->countries);
    digest_rows(g, s, &sums->countries, sum_worth, country_row);
}

static void
add_operators(const struct digest *g, const struct where_sums *sums, struct document *d)
{
    static const struct column columns[] = {{WORD_AS, "system", CELL_TEXT},
                                            {WORD_SYSTEM, "organisation", CELL_TEXT},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT},
                                            {WORD_SHARE, "share", CELL_SHARE}};
    struct section *s = document_section(d, WORD_TOP_SYSTEMS, "operators", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(columns), columns);
    set_whole(sums, &sums->operators);
    digest_rows(g, s, &sums->operators, sum_worth, operator_row);
    s->left_out += sums->budget.dropped;
}

void
digest_where(const struct digest *g, struct document *d)
{
    struct where_sums sums = {.where = g->where, .budget.left = SUMS_BYTES};
    const struct texts *t = &g->deeds->addresses;

    if (!g->where)
        return;
    texts_init(&sums.countries, &sums.budget, sizeof(struct where_sum), COUNTRIES_MAX);
    texts_init(&sums.operators, &sums.budget, sizeof(struct where_sum), OPERATORS_MAX);
    for (uint32_t i = 0; i < t->count; i++) {
        uint64_t attempts = digest_attempts(texts_value(t, i), NULL);

        if (attempts)
            count_address(&sums, texts_text(t, i), attempts);
    }
    if (g->where->countries)
        add_countries(g, &sums, d);
    if (g->where->systems)
        add_operators(g, &sums, d);
    texts_fini(&sums.operators);
    texts_fini(&sums.countries);
}
