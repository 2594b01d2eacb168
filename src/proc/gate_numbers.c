/* gate_numbers: what the gate counts, for people and for metrics. */
#include <malloc.h>

#include "base/clock.h"
#include "gate_accounts.h"
#include "gate_decide.h"
#include "gate_memory.h"
#include "gate_share.h"

enum { REFUSERS_MAX = 96 }; /* that are told by name; the others together */

static void
tell_server(const struct gate *g, gate_number_fn *fn, void *ctx)
{
    struct gate_counts c = gate_server_counts(g->server);
    struct mallinfo2 memory = mallinfo2();

    fn(ctx, "uptime_seconds", NULL,
       (uint64_t)((clock_boot_us() - g->started_us) / SECOND_US));
    fn(ctx, "memory_bytes", NULL, memory.uordblks + memory.hblkhd);
    fn(ctx, "connections", NULL, c.connections);
    fn(ctx, "connections_max", NULL, g->connections_max);
    fn(ctx, "connections_total", NULL, c.accepted);
    fn(ctx, "requests_total", NULL, c.requests);
    fn(ctx, "answers_total", NULL, c.answers);
    fn(ctx, "deciding", NULL, c.deciding);
    fn(ctx, "idled_total", NULL, c.idled);
    for (int i = 0; i < GATE_TROUBLES; i++)
        fn(ctx, "troubles_total", gate_trouble_name((enum gate_trouble)i), c.troubles[i]);
}

static void
add_counts(const struct check *check, struct check_counts *all)
{
    struct check_counts one = check_counts(check);

    all->decided += one.decided;
    all->rejected += one.rejected;
    all->late += one.late;
    all->overloaded += one.overloaded;
    all->unheld += one.unheld;
    all->list_errors += one.list_errors;
    all->runs += one.runs;
    all->held += one.held;
}

static void
tell_checks(const struct decider *d, gate_number_fn *fn, void *ctx)
{
    struct check_counts all = {0};

    for (size_t i = 0; i < d->profile_count; i++)
        add_counts(d->profiles[i].check, &all);
    fn(ctx, "decided_total", NULL, all.decided);
    fn(ctx, "rejected_total", NULL, all.rejected);
    fn(ctx, "without_dns_total", NULL, all.late);
    fn(ctx, "unchecked_total", NULL, all.overloaded);
    fn(ctx, "unheld_total", NULL, all.unheld);
    fn(ctx, "list_errors_total", NULL, all.list_errors);
    fn(ctx, "checking", NULL, all.runs);
    fn(ctx, "held", NULL, all.held);
}

struct refusers {
    struct {
        const char *name;
        uint64_t count;
    } rows[REFUSERS_MAX];
    size_t count;
    uint64_t others;
};

/* What stands in several profiles is one row. */
static void
add_refuser(void *ctx, const char *name, uint64_t count)
{
    struct refusers *r = ctx;

    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->rows[i].name, name) == 0) {
            r->rows[i].count += count;
            return;
        }
    if (r->count == REFUSERS_MAX) {
        r->others += count;
        return;
    }
    r->rows[r->count].name = name;
    r->rows[r->count++].count = count;
}

static void
tell_refusers(const struct decider *d, gate_number_fn *fn, void *ctx)
{
    struct refusers r = {.count = 0};

    for (size_t i = 0; i < d->profile_count; i++)
        check_each_refuser(d->profiles[i].check, add_refuser, &r);
    for (size_t i = 0; i < r.count; i++)
        fn(ctx, "refused_total", r.rows[i].name, r.rows[i].count);
    if (r.others)
        fn(ctx, "refused_total", "others", r.others);
}

static void
tell_tables(const struct decider *d, gate_number_fn *fn, void *ctx)
{
    uint64_t stale = 0, unread = 0;
    struct check_table bad;

    for (size_t i = 0; i < d->profile_count; i++)
        for (size_t place = 0; check_bad_table(d->profiles[i].check, &place, &bad);)
            *(bad.is_read ? &stale : &unread) += 1;
    if (d->asns && as_db_trouble(d->asns)[0])
        *(as_db_is_read(d->asns) ? &stale : &unread) += 1;
    fn(ctx, "tables_stale", NULL, stale);
    fn(ctx, "tables_unread", NULL, unread);
}

static void
tell_greylist(const struct decider *d, gate_number_fn *fn, void *ctx)
{
    struct greylist_counts c;

    greylist_counts(d->greylist, &c);
    for (int i = 0; i < GREYLIST_OUTCOMES; i++)
        fn(ctx, "greylist_total", greylist_outcome_name((enum greylist_outcome)i),
           c.outcomes[i]);
    fn(ctx, "greylist_triplets", NULL, c.triplets);
    fn(ctx, "greylist_clients", NULL, c.clients);
    fn(ctx, "greylist_evicted_total", NULL, c.evicted);
    fn(ctx, "greylist_expired_total", NULL, c.expired);
    fn(ctx, "greylist_lost_lines_total", NULL, c.lost_lines);
    fn(ctx, "greylist_damaged", NULL, c.damaged);
}

void
gate_each_number(const struct gate *g, gate_number_fn *fn, void *ctx)
{
    const struct decider *d = g->decider;
    struct resolver_counts dns = resolver_counts(d->resolver);

    tell_server(g, fn, ctx);
    tell_checks(d, fn, ctx);
    tell_refusers(d, fn, ctx);
    tell_tables(d, fn, ctx);
    fn(ctx, "dns_questions_total", NULL, dns.questions);
    fn(ctx, "dns_asked_total", NULL, dns.asked);
    fn(ctx, "dns_failed_total", NULL, dns.failed);
    tell_greylist(d, fn, ctx);
    gate_memory_numbers(g, fn, ctx);
    gate_accounts_numbers(g, fn, ctx);
    gate_share_numbers(g, fn, ctx);
}

/* --- notes --- */

static void
note_tables(const struct check *c, gate_note_fn *fn, void *ctx)
{
    struct check_table bad;

    for (size_t place = 0; check_bad_table(c, &place, &bad);)
        fn(ctx, bad.is_read ? GATE_NOTE_STALE : GATE_NOTE_UNREAD,
           span_head(span_of(bad.name), GATE_LOGGED_MAX), span_of(bad.trouble));
}

static void
note_lists(const struct check *c, gate_note_fn *fn, void *ctx)
{
    size_t count;
    const struct dns_list *lists = check_lists(c, &count);

    for (size_t i = 0; i < count; i++)
        fn(ctx, GATE_NOTE_LIST, span_of(check_list_name(c, &lists[i])),
           span_of(dns_list_state_text(lists[i].state)));
}

static void
note_asns(const struct as_db *db, gate_note_fn *fn, void *ctx)
{
    if (db && as_db_trouble(db)[0])
        fn(ctx, as_db_is_read(db) ? GATE_NOTE_STALE : GATE_NOTE_UNREAD,
           span_head(span_of(as_db_path(db)), GATE_LOGGED_MAX),
           span_of(as_db_trouble(db)));
}

void
gate_each_note(const struct gate *g, gate_note_fn *fn, void *ctx)
{
    note_asns(g->decider->asns, fn, ctx);
    for (size_t i = 0; i < g->decider->profile_count; i++) {
        note_tables(g->decider->profiles[i].check, fn, ctx);
        note_lists(g->decider->profiles[i].check, fn, ctx);
    }
    gate_share_note(g, fn, ctx);
}
