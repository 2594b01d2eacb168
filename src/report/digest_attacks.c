/* Who attacks, whom, and what stops them. */
#include "base/addr.h"
#include "base/mem.h"
#include "report/digest_internal.h"

enum { IPV4_BITS = 24, IPV6_BITS = 64, NETWORKS_MAX = 1 << 16, NETWORKS_BYTES = 8 << 20 };

struct network {
    uint64_t attempts, addresses;
    int64_t last_us;
};

uint64_t
digest_attempts(const struct deeds_address *a, enum word *kind)
{
    uint64_t all = 0;
    size_t most = 0;

    for (size_t i = 0; i < DEEDS_KINDS; i++)
        all += a->kinds[i];
    if (!kind) /* mostly: every address is weighed, and few are shown */
        return all;
    for (size_t i = 0; i < DEEDS_KINDS; i++)
        if (a->kinds[i] > a->kinds[most])
            most = i;
    *kind = most ? (enum word)(WORD_KIND_GUESSING + most) : deeds_guesses(a);
    return all;
}

/* --- kinds --- */

/* Counts an address to the kinds of its attempts; mostly it is one. */
static void
count_kinds(const struct deeds_address *a, uint64_t attempts[DEEDS_KINDS],
            uint64_t addresses[DEEDS_KINDS])
{
    uint64_t left = digest_attempts(a, NULL);

    for (size_t k = 0; left && k < DEEDS_KINDS; k++) {
        size_t shown = k;

        if (a->kinds[k] == 0)
            continue;
        if (k == 0)
            shown = (size_t)(deeds_guesses(a) - WORD_KIND_GUESSING);
        attempts[shown] += a->kinds[k];
        addresses[shown]++;
        left -= a->kinds[k];
    }
}

static void
add_kinds(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_KIND, "kind", CELL_WORD},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT}};
    struct section *s = document_section(d, WORD_ATTACK_KINDS, "kinds", SECTION_TABLE);
    uint64_t attempts[DEEDS_KINDS] = {0}, addresses[DEEDS_KINDS] = {0};
    const struct texts *t = &g->deeds->addresses;

    s->hint = WORD_HINT_ATTACKS;
    section_columns(s, ARRAY_LEN(columns), columns);
    for (uint32_t i = 0; i < t->count; i++)
        count_kinds(texts_value(t, i), attempts, addresses);
    for (size_t k = 0; k < DEEDS_KINDS; k++) {
        if (attempts[k] == 0)
            continue;
        section_number(s, WORD_KIND_GUESSING + (int64_t)k);
        section_number(s, (int64_t)attempts[k]);
        section_number(s, (int64_t)addresses[k]);
    }
}

/* --- addresses --- */

/* Behind the first column, the address, stands where it is; the country is worth more
 * room than when it was seen first. */
static void
set_columns(const struct digest *g, struct section *s, const struct column *columns,
            size_t count)
{
    struct column all[DOCUMENT_COLUMNS_MAX] = {columns[0]};
    size_t used = 1 + digest_where_columns(g->where, all + 1);

    must(used + count - 1 <= DOCUMENT_COLUMNS_MAX);
    memcpy(all + used, columns + 1, (count - 1) * sizeof(*columns));
    for (size_t i = used; i < used + count - 1; i++)
        all[i].is_spare = used > 1 && all[i].title == WORD_FIRST_SEEN;
    section_columns(s, used + count - 1, all);
    s->filler = g->where;
}

static double
address_worth(const struct texts *t, uint32_t number)
{
    return (double)digest_attempts(texts_value(t, number), NULL);
}

static void
address_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_address *a = texts_value(t, number);
    enum word kind;
    uint64_t attempts = digest_attempts(a, &kind);
    struct addr who;

    if (!addr_parse(texts_text(t, number), &who))
        who = (struct addr){0};
    section_text(s, texts_text(t, number));
    digest_where_cells(s, s->filler, &who);
    section_number(s, kind);
    section_number(s, (int64_t)attempts);
    section_number(s, a->logins);
    section_number(s, a->first_us);
    section_number(s, a->last_us);
}

static void
add_addresses(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {
        {WORD_ADDRESS, "address", CELL_TEXT},    {WORD_KIND, "kind", CELL_WORD},
        {WORD_ATTEMPTS, "attempts", CELL_COUNT}, {WORD_LOGINS_GOOD, "logins", CELL_COUNT},
        {WORD_FIRST_SEEN, "first", CELL_TIME},   {WORD_LAST_SEEN, "last", CELL_TIME}};
    struct section *s =
        document_section(d, WORD_TOP_ADDRESSES, "addresses", SECTION_TABLE);

    set_columns(g, s, columns, ARRAY_LEN(columns));
    digest_rows(g, s, &g->deeds->addresses, address_worth, address_row);
}

/* --- networks --- */

static void
count_network(struct texts *networks, struct span address, const struct deeds_address *a)
{
    struct network *n;
    struct addr net;

    if (!addr_parse(address, &net))
        return;
    net = addr_mask(net, net.family == 4 ? IPV4_BITS : IPV6_BITS);
    n = texts_put(networks, (struct span){(const char *)&net, sizeof(net)});
    if (!n)
        return;
    n->attempts += digest_attempts(a, NULL);
    n->addresses++;
    if (a->last_us > n->last_us)
        n->last_us = a->last_us;
}

/* A network of one address is not told a second time. */
static double
network_worth(const struct texts *t, uint32_t number)
{
    const struct network *n = texts_value(t, number);

    return n->addresses > 1 ? (double)n->attempts : 0;
}

static void
network_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct network *n = texts_value(t, number);
    char text[ADDR_TEXT_MAX];
    struct addr net;

    memcpy(&net, texts_text(t, number).ptr, sizeof(net)); /* put there as a whole */
    section_text(s, span_of(addr_text(&net, text)));
    digest_where_cells(s, s->filler, &net);
    section_number(s, (int64_t)n->attempts);
    section_number(s, (int64_t)n->addresses);
    section_number(s, n->last_us);
}

static void
add_networks(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_NETWORK, "network", CELL_TEXT},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT},
                                            {WORD_LAST_SEEN, "last", CELL_TIME}};
    struct section *s = document_section(d, WORD_TOP_NETWORKS, "networks", SECTION_TABLE);
    struct texts_budget budget = {.left = NETWORKS_BYTES};
    const struct texts *t = &g->deeds->addresses;
    struct texts networks;

    set_columns(g, s, columns, ARRAY_LEN(columns));
    texts_init(&networks, &budget, sizeof(struct network), NETWORKS_MAX);
    for (uint32_t i = 0; i < t->count; i++)
        if (address_worth(t, i) > 0)
            count_network(&networks, texts_text(t, i), texts_value(t, i));
    digest_rows(g, s, &networks, network_worth, network_row);
    s->left_out += budget.dropped;
    texts_fini(&networks);
}

/* --- what refused them --- */

static void
add_refusals(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_CAUSE, "cause", CELL_WORD},
                                            {WORD_REJECTED, "rejected", CELL_COUNT},
                                            {WORD_PUT_OFF, "put_off", CELL_COUNT}};
    struct section *s = document_section(d, WORD_REFUSALS, "refusals", SECTION_TABLE);
    const struct deeds *f = g->deeds;
    bool is_shown[WORDS] = {false};
    uint64_t most;
    size_t best;

    section_columns(s, ARRAY_LEN(columns), columns);
    do {
        most = 0;
        best = 0;
        for (size_t w = 0; w < WORDS; w++) {
            if (is_shown[w] || f->refused[0][w] + f->refused[1][w] <= most)
                continue;
            most = f->refused[0][w] + f->refused[1][w];
            best = w;
        }
        if (most == 0)
            break;
        is_shown[best] = true;
        section_number(s, (int64_t)best);
        section_number(s, (int64_t)f->refused[1][best]);
        section_number(s, (int64_t)f->refused[0][best]);
    } while (most);
}

void
digest_attacks(const struct digest *g, struct document *d)
{
    add_kinds(g, d);
    add_addresses(g, d);
    add_networks(g, d);
    add_refusals(g, d);
}
