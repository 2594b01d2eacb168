#include "base/grid.h"
#include "ctl/replay_compare.h"

static const char *const letters[LEDGER_SIDES] = {"A", "B"};

static const struct grid_column only_columns[] = {{"TIME", 19, 19, false},
                                                  {"ADDRESS", 15, 43, false},
                                                  {"JAIL", 6, 60, false},
                                                  {"BAN TIME", 8, 12, false}};

static const struct grid_column both_columns[] = {
    {"TIME", 19, 19, false}, {"ADDRESS", 15, 43, false},  {"FIRST", 5, 5, false},
    {"BY", 2, 12, false},    {"JAIL OF A", 9, 60, false}, {"JAIL OF B", 9, 60, false}};

static const struct grid_column good_columns[] = {
    {"BY", 2, 2, false},     {"TIME", 19, 19, false},    {"ADDRESS", 15, 43, false},
    {"JAIL", 6, 60, false},  {"BAN TIME", 8, 12, false}, {"LOGINS", 6, 20, true},
    {"REFUSED", 7, 20, true}};

static const struct grid_column jail_columns[] = {
    {"JAIL", 6, 40, false},   {"OF", 2, 2, false},         {"MODE", 8, 8, false},
    {"BANS", 4, 20, true},    {"ONLY", 4, 20, true},       {"BEFORE", 6, 20, true},
    {"STOPPED", 7, 20, true}, {"KNOWN-GOOD", 10, 20, true}};

static const struct grid_column sum_columns[] = {
    {"", 20, 60, false}, {"A", 1, 20, true}, {"B", 1, 20, true}};

/* The jail of a ban, that it only observes, and the network where that is wider. */
static void
add_jail(const struct compare *c, unsigned side, const struct ledger_ban *ban,
         const struct addr *who, struct buf *out)
{
    const struct replay *r = &c->sides[side];
    char text[ADDR_TEXT_MAX];

    buf_add_text(out, decide_jail_name(&r->decide, ban->jail));
    if (r->is_observing[ban->jail])
        buf_add_text(out, " (observes)");
    if (!addr_eq(&ban->who, who)) {
        buf_add_text(out, " of ");
        buf_add_text(out, addr_text(&ban->who, text));
    }
}

static void
add_ban_time(const struct ledger_ban *ban, struct buf *out)
{
    clock_add_duration(
        out, ban->until_us < 0 ? -1 : text_span_us(ban->since_us, ban->until_us));
}

void
compare_print_grid(struct compare *c, struct grid *g, const char *title)
{
    struct buf *out = &c->o->out;

    if (g->cells) {
        buf_add_text(out, title);
        buf_add_byte(out, '\n');
        grid_print(g, &c->sides[0].env->screen, out);
        buf_add_byte(out, '\n');
    }
    grid_fini(g);
}

static void
print_only(struct compare *c, unsigned side)
{
    struct grid g = {.columns = only_columns, .count = ARRAY_LEN(only_columns)};
    char text[ADDR_TEXT_MAX];

    for (size_t i = 0; i < c->end.row_count; i++) {
        const struct ledger_row *row = &c->end.rows[i];
        const struct ledger_ban *ban = row->first[side];

        if (!ban || row->first[!side])
            continue;
        text_time(grid_cell(&g), ban->since_us);
        buf_add_text(grid_cell(&g), addr_text(&row->who, text));
        add_jail(c, side, ban, &row->who, grid_cell(&g));
        add_ban_time(ban, grid_cell(&g));
    }
    compare_print_grid(c, &g, side ? "Only B bans:" : "Only A bans:");
}

static void
add_both_row(const struct compare *c, const struct ledger_row *row, struct grid *g)
{
    const struct ledger_ban *a = row->first[0], *b = row->first[1];
    unsigned first = b->since_us < a->since_us;
    char text[ADDR_TEXT_MAX];

    text_time(grid_cell(g), row->first[first]->since_us);
    buf_add_text(grid_cell(g), addr_text(&row->who, text));
    buf_add_text(grid_cell(g), a->since_us == b->since_us ? "both" : letters[first]);
    if (a->since_us == b->since_us)
        (void)grid_cell(g); /* by nothing */
    else
        clock_add_duration(grid_cell(g), text_span_us(row->first[first]->since_us,
                                                      row->first[!first]->since_us));
    for (unsigned side = 0; side < LEDGER_SIDES; side++)
        add_jail(c, side, row->first[side], &row->who, grid_cell(g));
}

static void
print_both(struct compare *c)
{
    struct grid g = {.columns = both_columns, .count = ARRAY_LEN(both_columns)};

    for (size_t i = 0; i < c->end.row_count; i++)
        if (c->end.rows[i].first[0] && c->end.rows[i].first[1])
            add_both_row(c, &c->end.rows[i], &g);
    compare_print_grid(c, &g, "Both ban:");
}

static void
print_good(struct compare *c)
{
    struct grid g = {.columns = good_columns, .count = ARRAY_LEN(good_columns)};
    char text[ADDR_TEXT_MAX];

    for (size_t i = 0; i < c->end.hit_count; i++) {
        const struct ledger_hit *hit = &c->end.hits[i];

        buf_add_text(grid_cell(&g), letters[hit->side]);
        text_time(grid_cell(&g), hit->ban->since_us);
        buf_add_text(grid_cell(&g), addr_text(&hit->who, text));
        add_jail(c, hit->side, hit->ban, &hit->who, grid_cell(&g));
        add_ban_time(hit->ban, grid_cell(&g));
        text_number(grid_cell(&g), hit->login->logins);
        text_number(grid_cell(&g), hit->login->refused[hit->side]);
    }
    compare_print_grid(
        c, &g, "Known-good addresses (with logins in these logs) that are banned:");
}

static void
add_jail_row(const struct compare *c, unsigned side, size_t number, struct grid *g)
{
    const struct replay *r = &c->sides[side];
    const struct ledger_jail *j = &c->ledger.sides[side].jails[number];
    bool is_observing = r->is_observing[number];

    if (j->bans + c->observed[side][number] == 0)
        return;
    buf_add_text(grid_cell(g), r->config.jails[number].name);
    buf_add_text(grid_cell(g), letters[side]);
    buf_add_text(grid_cell(g), is_observing ? "observes" : "enforces");
    text_number(grid_cell(g), j->bans + c->observed[side][number]);
    text_number(grid_cell(g), j->only);
    text_number(grid_cell(g), j->before);
    text_number(grid_cell(g), j->stopped);
    text_number(grid_cell(g), j->known_good);
}

/* Those of both by name, then what only B has. */
static void
print_jails(struct compare *c)
{
    struct grid g = {.columns = jail_columns, .count = ARRAY_LEN(jail_columns)};
    const struct config *a = &c->sides[0].config, *b = &c->sides[1].config;
    size_t number;

    for (size_t i = 0; i < a->jail_count; i++) {
        add_jail_row(c, 0, i, &g);
        if (compare_find_jail(&c->sides[1], a->jails[i].name, &number))
            add_jail_row(c, 1, number, &g);
    }
    for (size_t i = 0; i < b->jail_count; i++)
        if (!compare_find_jail(&c->sides[0], b->jails[i].name, &number))
            add_jail_row(c, 1, i, &g);
    compare_print_grid(c, &g,
                       "Jails and rules, with attempts before and during their bans:");
}

static void
print_sums(struct compare *c)
{
    const struct ledger_sums *a = &c->ledger.sides[0].sums, *b = &c->ledger.sides[1].sums;
    const struct replay *ra = &c->sides[0], *rb = &c->sides[1];
    const bool is_too = ra->is_observed_too;
    const struct {
        const char *title;
        uint64_t a, b;
        bool is_rare; /* told only when there is one */
    } rows[] = {
        {"bans of jails that enforce", ra->bans, rb->bans},
        {is_too ? "bans of jails that observe" : "bans observed only", ra->observed,
         rb->observed},
        {"banned by it alone", a->only, b->only},
        {"banned by both", a->both, b->both},
        {"  of these earlier", a->earlier, b->earlier},
        {"known-good addresses banned", a->known_good, b->known_good},
        {"  their logins during a ban", a->refused, b->refused},
        {"attempts before the first ban", a->before, b->before},
        {"attempts stopped", a->stopped, b->stopped},
        {"attempts after a ban", a->after, b->after},
        {"attempts, never banned", a->never, b->never},
        {"alerts", ra->alerts, rb->alerts, true},
        {"  given by it alone", c->alerts.only[0], c->alerts.only[1], true},
        {"campaigns", c->campaigns.count[0], c->campaigns.count[1], true},
        {"  seen by it alone", c->campaigns.only[0], c->campaigns.only[1], true},
        {"bans held back by the brake", ra->braked, rb->braked, true},
        {"  times that it was pulled", ra->pulled, rb->pulled, true},
    };
    struct grid g = {.columns = sum_columns, .count = ARRAY_LEN(sum_columns)};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].is_rare && rows[i].a + rows[i].b == 0)
            continue;
        buf_add_text(grid_cell(&g), rows[i].title);
        text_number(grid_cell(&g), rows[i].a);
        text_number(grid_cell(&g), rows[i].b);
    }
    compare_print_grid(c, &g, "In all:");
}

static void
add_lack(struct compare *c, unsigned side, uint64_t n, const char *noun, const char *text)
{
    struct buf *out = &c->o->out;

    if (n == 0)
        return;
    buf_printf(out, "Note: %s: ", letters[side]);
    text_count(out, n, noun);
    buf_printf(out, " %s\n", text);
}

void
compare_print(struct compare *c)
{
    struct buf *out = &c->o->out;
    uint64_t dropped;

    print_only(c, 0);
    print_only(c, 1);
    print_both(c);
    print_good(c);
    compare_print_found(c);
    print_jails(c);
    print_sums(c);
    for (unsigned side = 0; side < LEDGER_SIDES; side++) {
        buf_printf(out, "%s: ", letters[side]);
        text_foreign(out, span_of(c->names[side]));
        buf_add_byte(out, '\n');
    }
    replay_add_read(&c->sides[0]);
    add_lack(c, 1, c->sides[1].decide.full, "ban",
             "above the limit of bans, and not made");
    add_lack(c, 1, c->sides[1].decide.evicted, "count",
             "dropped: more failed than can be counted at once");
    dropped = c->ledger.dropped + c->alerts.dropped + c->campaigns.dropped;
    if (dropped) {
        buf_add_text(out, "Note: ");
        text_count(out, dropped, "event");
        buf_add_text(out, " left out of the comparison: there is no room for more\n");
    }
}
