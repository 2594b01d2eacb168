#include "base/json.h"
#include "ctl/replay_compare.h"

static const char *const keys[LEDGER_SIDES] = {"a", "b"};

static void
add_numbers(struct buf *out, const char *const *names, const uint64_t *numbers,
            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_key(out, names[i]);
        json_u64(out, numbers[i]);
    }
}

static void
add_side(const struct compare *c, unsigned side, struct buf *out)
{
    static const char *const names[] = {
        "bans",           "observed",       "only",         "both",        "earlier",
        "before",         "stopped",        "after",        "never",       "known_good",
        "refused_logins", "not_held",       "dropped_keys", "alerts",      "alerts_only",
        "campaigns",      "campaigns_only", "braked",       "brake_pulled"};
    const struct ledger_sums *s = &c->ledger.sides[side].sums;
    const struct replay *r = &c->sides[side];
    const uint64_t numbers[] = {r->bans,
                                r->observed,
                                s->only,
                                s->both,
                                s->earlier,
                                s->before,
                                s->stopped,
                                s->after,
                                s->never,
                                s->known_good,
                                s->refused,
                                r->decide.full,
                                r->decide.evicted,
                                r->alerts,
                                c->alerts.only[side],
                                c->campaigns.count[side],
                                c->campaigns.only[side],
                                r->braked,
                                r->pulled};

    _Static_assert(ARRAY_LEN(names) == ARRAY_LEN(numbers), "a number for each name");
    json_key(out, keys[side]);
    json_open(out, '{');
    json_key(out, "config");
    json_text(out, c->names[side]);
    add_numbers(out, names, numbers, ARRAY_LEN(names));
    json_close(out, '}');
}

static void
add_ban(const struct compare *c, unsigned side, const struct ledger_ban *ban,
        struct buf *out)
{
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, ban->since_us);
    json_key(out, "until");
    json_time(out, ban->until_us);
    json_key(out, "jail");
    json_text(out, decide_jail_name(&c->sides[side].decide, ban->jail));
    json_who(out, &ban->who);
    json_key(out, "observed");
    json_bool(out, c->sides[side].is_observing[ban->jail]);
    json_close(out, '}');
}

/* What a row says of the sides: which alone, or which is first. */
static void
add_which(const struct ledger_row *row, struct buf *out)
{
    const struct ledger_ban *a = row->first[0], *b = row->first[1];
    const char *only = a && b ? NULL : a ? "a" : "b", *first = only;

    if (a && b)
        first = a->since_us < b->since_us   ? "a"
                : a->since_us > b->since_us ? "b"
                                            : "both";
    json_key(out, "only");
    if (only)
        json_text(out, only);
    else
        json_null(out);
    json_key(out, "first");
    json_text(out, first);
}

static void
add_row(const struct compare *c, size_t i, struct buf *out)
{
    const struct ledger_row *row = &c->end.rows[i];

    json_open(out, '{');
    json_who(out, &row->who);
    add_which(row, out);
    for (unsigned side = 0; side < LEDGER_SIDES; side++) {
        json_key(out, keys[side]);
        if (row->first[side])
            add_ban(c, side, row->first[side], out);
        else
            json_null(out);
    }
    json_close(out, '}');
}

static void
add_good(const struct compare *c, size_t i, struct buf *out)
{
    const struct ledger_hit *hit = &c->end.hits[i];

    json_open(out, '{');
    json_key(out, "side");
    json_text(out, keys[hit->side]);
    json_who(out, &hit->who);
    json_key(out, "logins");
    json_u64(out, hit->login->logins);
    json_key(out, "first_login");
    json_time(out, hit->login->first_us);
    json_key(out, "last_login");
    json_time(out, hit->login->last_us);
    json_key(out, "refused");
    json_u64(out, hit->login->refused[hit->side]);
    json_key(out, "ban");
    add_ban(c, hit->side, hit->ban, out);
    json_close(out, '}');
}

static void
add_jail_side(const struct compare *c, unsigned side, size_t number, struct buf *out)
{
    static const char *const names[] = {"bans",   "observed", "only",
                                        "before", "stopped",  "known_good"};
    const struct ledger_jail *j = &c->ledger.sides[side].jails[number];
    bool is_observing = c->sides[side].is_observing[number];
    /* With --observed those of jails that observe are entered, too. */
    const uint64_t numbers[] = {is_observing ? 0 : j->bans,
                                is_observing ? j->bans + c->observed[side][number] : 0,
                                j->only,
                                j->before,
                                j->stopped,
                                j->known_good};

    json_open(out, '{');
    json_key(out, "mode");
    json_text(out, is_observing ? "observe" : "enforce");
    add_numbers(out, names, numbers, ARRAY_LEN(names));
    json_close(out, '}');
}

static void
add_jail(const struct compare *c, const char *name, struct buf *out)
{
    size_t number;

    json_open(out, '{');
    json_key(out, "name");
    json_text(out, name);
    for (unsigned side = 0; side < LEDGER_SIDES; side++) {
        json_key(out, keys[side]);
        if (compare_find_jail(&c->sides[side], name, &number))
            add_jail_side(c, side, number, out);
        else
            json_null(out);
    }
    json_close(out, '}');
}

/* Jails are counted through both sides: those of A, then what only B has. */
static const char *
jail_name(const struct compare *c, size_t i)
{
    const struct config *a = &c->sides[0].config, *b = &c->sides[1].config;
    size_t number;

    if (i < a->jail_count)
        return a->jails[i].name;
    i -= a->jail_count;
    return compare_find_jail(&c->sides[0], b->jails[i].name, &number) ? NULL
                                                                      : b->jails[i].name;
}

static void
add_jail_at(const struct compare *c, size_t i, struct buf *out)
{
    add_jail(c, jail_name(c, i), out);
}

static bool
is_jail(const struct compare *c, size_t i)
{
    return jail_name(c, i) != NULL;
}

/* --- lists --- */

struct list {
    const char *name, *one; /* of all, and of an entry on a line of its own */
    size_t count;
    bool (*has)(const struct compare *c, size_t i); /* NULL: all are there */
    void (*add)(const struct compare *c, size_t i, struct buf *out);
};

static void
add_list(struct compare *c, const struct list *l, struct buf *out)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->has && !l->has(c, i))
            continue;
        if (c->is_lines) {
            json_open(out, '{');
            json_key(out, l->one);
        }
        l->add(c, i, out);
        if (c->is_lines)
            json_end(out);
    }
}

void
compare_print_json(struct compare *c)
{
    const struct list lists[] = {
        {"banned", "banned", c->end.row_count, NULL, add_row},
        {"known_good", "known_good", c->end.hit_count, NULL, add_good},
        {"alerts", "alert", c->alerts.row_count, NULL, compare_add_alert},
        {"campaigns", "campaign", c->campaigns.row_count, NULL, compare_add_campaign},
        {"jails", "jail", c->sides[0].config.jail_count + c->sides[1].config.jail_count,
         is_jail, add_jail_at}};
    struct buf *out = &c->o->out;

    for (size_t i = 0; c->is_lines && i < ARRAY_LEN(lists); i++)
        add_list(c, &lists[i], out);
    if (c->is_lines) {
        json_open(out, '{');
        json_key(out, "compared");
    }
    json_begin(out, c->sides[0].env->screen.now_us);
    add_side(c, 0, out);
    add_side(c, 1, out);
    json_key(out, "attempts");
    json_u64(out, c->ledger.attempt_count);
    json_key(out, "left_out");
    json_u64(out, c->ledger.dropped + c->alerts.dropped + c->campaigns.dropped);
    for (size_t i = 0; !c->is_lines && i < ARRAY_LEN(lists); i++) {
        json_key(out, lists[i].name);
        json_open(out, '[');
        add_list(c, &lists[i], out);
        json_close(out, ']');
    }
    replay_add_read_json(&c->sides[0], out);
    if (c->is_lines)
        json_close(out, '}');
    json_end(out);
}
