#include "store/store_internal.h"

enum {
    TRIM_EVERY = 256
}; /* rows added between two trims, and most rows that one removes */

#define DAY_US (INT64_C(86400) * 1000000)

void
store_bind_ban(struct store *s, sqlite3_stmt *q, const struct store_ban *b)
{
    store_bind_text(s, q, 1, b->jail);
    store_bind_blob(s, q, 2, store_addr_span(&b->who));
    store_bind_int(s, q, 3, b->since_us);
    store_bind_int(s, q, 4, b->until_us);
    store_bind_int(s, q, 5, b->first_us);
    store_bind_int(s, q, 6, b->failures);
    store_bind_int(s, q, 7, b->mode);
    store_bind_blob(s, q, 8, b->comment);
    store_bind_int(s, q, 9, b->nth);
    store_bind_int(s, q, 10, b->earlier);
}

void
store_trim(struct store *s, enum statement which, int64_t most)
{
    int64_t newest = sqlite3_last_insert_rowid(s->db);
    sqlite3_stmt *q;

    if (newest % TRIM_EVERY != 0 || newest <= most)
        return;
    q = store_statement(s, which);
    if (!q)
        return;
    store_bind_int(s, q, 1, newest - most);
    store_run(s, q);
}

void
store_put_ban(struct store *s, const struct store_ban *b)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_BAN);

    if (!q)
        return;
    store_bind_ban(s, q, b);
    store_run(s, q);
}

static void
run_for(struct store *s, enum statement which, struct span jail, const struct addr *who)
{
    sqlite3_stmt *q = store_statement(s, which);

    if (!q)
        return;
    store_bind_text(s, q, 1, jail);
    store_bind_blob(s, q, 2, store_addr_span(who));
    store_run(s, q);
}

void
store_drop_ban(struct store *s, struct span jail, const struct addr *who)
{
    run_for(s, SQL_DROP_BAN, jail, who);
}

void
store_drop_counter(struct store *s, struct span jail, const struct addr *who)
{
    run_for(s, SQL_DROP_COUNTER, jail, who);
}

static void
run_hole(struct store *s, enum statement which, const struct store_hole *h)
{
    sqlite3_stmt *q = store_statement(s, which);

    if (!q)
        return;
    store_bind_text(s, q, 1, h->jail);
    store_bind_blob(s, q, 2, store_addr_span(&h->prefix));
    store_bind_blob(s, q, 3, store_addr_span(&h->who));
    if (which == SQL_PUT_HOLE) {
        store_bind_int(s, q, 4, h->since_us);
        store_bind_int(s, q, 5, h->by);
    }
    store_run(s, q);
}

void
store_put_hole(struct store *s, const struct store_hole *h)
{
    run_hole(s, SQL_PUT_HOLE, h);
}

void
store_drop_hole(struct store *s, const struct store_hole *h)
{
    run_hole(s, SQL_DROP_HOLE, h);
}

static void
run_campaign(struct store *s, enum statement which, const struct store_campaign *c)
{
    sqlite3_stmt *q = store_statement(s, which);

    if (!q)
        return;
    store_bind_text(s, q, 1, c->jail);
    store_bind_blob(s, q, 2, store_addr_span(&c->who));
    store_bind_int(s, q, 3, c->first_us);
    if (which == SQL_PUT_CAMPAIGN)
        store_bind_blob(s, q, 4, c->data);
    store_run(s, q);
}

void
store_put_campaign(struct store *s, const struct store_campaign *c)
{
    run_campaign(s, SQL_PUT_CAMPAIGN, c);
}

void
store_drop_campaign(struct store *s, const struct store_campaign *c)
{
    run_campaign(s, SQL_DROP_CAMPAIGN, c);
}

void
store_put_counter(struct store *s, struct span jail, const struct addr *who,
                  struct span times)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_COUNTER);

    if (!q)
        return;
    store_bind_text(s, q, 1, jail);
    store_bind_blob(s, q, 2, store_addr_span(who));
    store_bind_blob(s, q, 3, times);
    store_run(s, q);
}

void
store_put_place(struct store *s, const struct store_place *p)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_PLACE);

    if (!q)
        return;
    store_bind_blob(s, q, 1, p->path);
    store_bind_int(s, q, 2, (int64_t)p->device);
    store_bind_int(s, q, 3, (int64_t)p->inode);
    store_bind_int(s, q, 4, (int64_t)p->fingerprint);
    store_bind_int(s, q, 5, p->fingerprint_len);
    store_bind_int(s, q, 6, (int64_t)p->offset);
    store_bind_blob(s, q, 7, p->cursor);
    store_bind_int(s, q, 8, p->touched_us);
    store_run(s, q);
}

void
store_touch_place(struct store *s, struct span path, int64_t now_us)
{
    sqlite3_stmt *q = store_statement(s, SQL_TOUCH_PLACE);

    if (!q)
        return;
    store_bind_int(s, q, 1, now_us);
    store_bind_blob(s, q, 2, path);
    store_run(s, q);
}

static void
run_at(struct store *s, enum statement which, int64_t us)
{
    sqlite3_stmt *q = store_statement(s, which);

    if (!q)
        return;
    store_bind_int(s, q, 1, us);
    store_run(s, q);
}

void
store_drop_places(struct store *s, int64_t now_us)
{
    run_at(s, SQL_DATE_PLACES, now_us);
    run_at(s, SQL_DROP_PLACES, now_us - STORE_PLACE_DAYS * DAY_US);
}

void
store_put_total(struct store *s, struct span jail, uint64_t failures, uint64_t bans)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_TOTAL);

    if (!q)
        return;
    store_bind_text(s, q, 1, jail);
    store_bind_int(s, q, 2, (int64_t)failures);
    store_bind_int(s, q, 3, (int64_t)bans);
    store_run(s, q);
}

void
store_put_seq(struct store *s, uint64_t seq)
{
    store_put_meta(s, "seq", (int64_t)seq);
}

uint64_t
store_last_seq(struct store *s)
{
    int64_t seq = 0;

    return store_get_meta(s, "seq", &seq) ? (uint64_t)seq : 0;
}

void
store_put_brake(struct store *s, int64_t since_us, int64_t until_us)
{
    store_put_meta(s, "brake since", since_us);
    store_put_meta(s, "brake until", until_us);
}

bool
store_get_brake(struct store *s, int64_t *since_us, int64_t *until_us)
{
    return store_get_meta(s, "brake since", since_us) &&
           store_get_meta(s, "brake until", until_us);
}

/* The key in `meta`. */
static struct buf
scope_key(struct span jail)
{
    struct buf key = {0};

    buf_add_text(&key, "scope of ");
    buf_add(&key, jail);
    return key;
}

uint64_t
store_jail_scope(struct store *s, struct span jail)
{
    struct buf key = scope_key(jail);
    int64_t scope = 0;
    bool is_known = store_get_meta(s, key.ptr, &scope);

    buf_fini(&key);
    return is_known ? (uint64_t)scope : 0;
}

void
store_put_jail_scope(struct store *s, struct span jail, uint64_t scope)
{
    struct buf key = scope_key(jail);

    store_put_meta(s, key.ptr, (int64_t)scope);
    buf_fini(&key);
}

void
store_clear_state(struct store *s)
{
    static const enum statement all[] = {SQL_CLEAR_BANS, SQL_CLEAR_HOLES,
                                         SQL_CLEAR_COUNTERS, SQL_CLEAR_KEPT,
                                         SQL_CLEAR_CAMPAIGNS};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        sqlite3_stmt *q = store_statement(s, all[i]);

        if (q)
            store_run(s, q);
    }
}

void
store_put_session(struct store *s, const struct store_session *session)
{
    sqlite3_stmt *q = store_statement(s, SQL_PUT_SESSION);

    if (!q)
        return;
    store_bind_text(s, q, 1, session->filter);
    store_bind_blob(s, q, 2, session->name);
    store_bind_int(s, q, 3, (int64_t)session->form);
    store_bind_blob(s, q, 4, session->fields);
    store_run(s, q);
    store_trim(s, SQL_TRIM_SESSIONS, STORE_SESSIONS_MAX);
}

void
store_drop_session(struct store *s, struct span filter, struct span name)
{
    sqlite3_stmt *q = store_statement(s, SQL_DROP_SESSION);

    if (!q)
        return;
    store_bind_text(s, q, 1, filter);
    store_bind_blob(s, q, 2, name);
    store_run(s, q);
}

/* Of the line that was added last, whose number it gets. */
static void
add_captured(struct store *s, struct span groups)
{
    int64_t id = sqlite3_last_insert_rowid(s->db);
    sqlite3_stmt *q = store_statement(s, SQL_ADD_CAPTURED);

    if (!q)
        return;
    store_bind_int(s, q, 1, id);
    store_bind_blob(s, q, 2, groups);
    store_run(s, q);
}

void
store_add_evidence(struct store *s, const struct store_evidence *e)
{
    sqlite3_stmt *q = store_statement(s, SQL_ADD_EVIDENCE);

    if (!q)
        return;
    store_bind_text(s, q, 1, e->jail);
    store_bind_blob(s, q, 2, store_addr_span(&e->who));
    store_bind_int(s, q, 3, e->time_us);
    store_bind_int(s, q, 4, e->kind);
    store_bind_blob(s, q, 5, e->source);
    store_bind_int(s, q, 6, (int64_t)e->offset);
    store_bind_blob(s, q, 7, e->account);
    store_bind_blob(s, q, 8, e->line);
    store_run(s, q);
    store_trim(s, SQL_TRIM_EVIDENCE, STORE_EVIDENCE_MAX);
    store_trim(s, SQL_TRIM_CAPTURED, STORE_EVIDENCE_MAX);
    if (e->groups.len)
        add_captured(s, e->groups);
}

void
store_keep_matches(struct store *s, const struct store_ban *b, uint32_t most)
{
    sqlite3_stmt *q = store_statement(s, SQL_TRIM_MATCHES);

    if (!q)
        return;
    store_bind_blob(s, q, 1, store_addr_span(&b->who));
    store_bind_text(s, q, 2, b->jail);
    store_bind_int(s, q, 3, b->first_us);
    store_bind_int(s, q, 4, b->since_us);
    store_bind_int(s, q, 5, most);
    store_run(s, q);
}
