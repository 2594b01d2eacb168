#include "ctl/replay_ledger.h"

#include "base/mem.h"

static bool
is_login_failure(const struct event *e)
{
    return e->kind == EVENT_AUTH_FAIL || e->kind == EVENT_ACCOUNT_UNKNOWN;
}

bool
ledger_is_attempt(const struct event *e)
{
    static const uint32_t abuse = 1U << EVENT_USER_UNKNOWN | 1U << EVENT_RELAY_DENIED |
                                  1U << EVENT_LIST_HIT | 1U << EVENT_IDENTITY |
                                  1U << EVENT_REJECTED | 1U << EVENT_PROTOCOL_ERROR |
                                  1U << EVENT_FLOOD;

    return is_login_failure(e) || (abuse >> e->kind & 1) ||
           (e->is_failure && e->kind != EVENT_BANNED && e->kind != EVENT_PACKET_DROP);
}

bool
ledger_is_login(const struct event *e)
{
    return !e->is_failure && e->account.len &&
           (e->kind == EVENT_AUTH_OK || e->kind == EVENT_SUBMISSION);
}

void
ledger_init(struct ledger *l)
{
    *l = (struct ledger){0};
    for (unsigned s = 0; s < LEDGER_SIDES; s++)
        table_init(&l->sides[s].banned, sizeof(struct addr), sizeof(struct ledger_who),
                   LEDGER_BANS_MAX);
    table_init(&l->peers, sizeof(struct addr), sizeof(uint32_t[LEDGER_SIDES]),
               LEDGER_PEERS_MAX);
    table_init(&l->logins, sizeof(struct addr), sizeof(struct ledger_login),
               LEDGER_LOGINS_MAX);
    attempts_init(&l->attempts);
}

void
ledger_fini(struct ledger *l)
{
    for (unsigned s = 0; s < LEDGER_SIDES; s++) {
        table_fini(&l->sides[s].banned);
        mem_free(l->sides[s].bans);
        mem_free(l->sides[s].holes);
    }
    table_fini(&l->peers);
    table_fini(&l->logins);
    attempts_fini(&l->attempts);
    *l = (struct ledger){0};
}

/* --- bans --- */

static const struct ledger_ban *
ban_at(const struct ledger_side *s, uint32_t number)
{
    return number == LEDGER_NONE ? NULL : &s->bans[number - 1];
}

/* A prefix is out only when a hole holds all of it. */
static bool
is_out(const struct ledger_side *s, const struct ledger_ban *b, const struct addr *who)
{
    for (uint32_t i = 0; i < b->hole_count; i++)
        if (addr_contains(&s->holes[b->first_hole + i], who))
            return true;
    return false;
}

static bool
is_in_force(const struct ledger_ban *b, int64_t time_us)
{
    return b->since_us <= time_us && (b->until_us < 0 || time_us < b->until_us);
}

/* Goes through everybody banned who is, or holds, `who`: the next one from the length
 * `*bits` on, the narrowest first; NULL at the end. */
static const struct ledger_who *
next_around(const struct ledger_side *s, const struct addr *who, int *bits)
{
    for (; *bits >= 0; (*bits)--) {
        struct addr around;
        const struct ledger_who *w;

        if (!s->lengths[who->family == 6][*bits])
            continue;
        around = addr_mask(*who, (unsigned)*bits);
        w = table_find(&s->banned, &around);
        if (w) {
            (*bits)--;
            return w;
        }
    }
    return NULL;
}

/* The ban that covers `who` at a time, or NULL. */
static const struct ledger_ban *
find_in_force(const struct ledger_side *s, const struct addr *who, int64_t time_us)
{
    const struct ledger_who *w;
    int bits = who->bits;

    while ((w = next_around(s, who, &bits))) {
        const struct ledger_ban *b = ban_at(s, w->last);

        for (; b && time_us < w->until_us; b = ban_at(s, b->before))
            if (is_in_force(b, time_us) && !is_out(s, b, who))
                return b;
    }
    return NULL;
}

/* The first of them that covers `who`. */
static const struct ledger_ban *
first_of(const struct ledger_side *s, const struct ledger_who *w, const struct addr *who)
{
    const struct ledger_ban *b = ban_at(s, w->first), *first = NULL;

    if (!b || !is_out(s, b, who))
        return b;
    for (b = ban_at(s, w->last); b; b = ban_at(s, b->before))
        if (!is_out(s, b, who))
            first = b;
    return first;
}

const struct ledger_ban *
ledger_first(const struct ledger *l, unsigned side, const struct addr *who)
{
    const struct ledger_side *s = &l->sides[side];
    const struct ledger_ban *first = NULL;
    const struct ledger_who *w;
    int bits = who->bits;

    while ((w = next_around(s, who, &bits))) {
        const struct ledger_ban *b = first_of(s, w, who);

        if (b && (!first || b->since_us < first->since_us))
            first = b;
    }
    return first;
}

static uint32_t
room_for(uint32_t count, uint32_t room)
{
    return count < room ? room : room ? 2 * room : 64;
}

static void
copy_holes(struct ledger_side *s, struct ledger_ban *b, const struct hole *holes,
           uint32_t count)
{
    b->first_hole = s->hole_count;
    for (; b->hole_count < count && s->hole_count < LEDGER_BANS_MAX; b->hole_count++) {
        uint32_t room = room_for(s->hole_count, s->hole_room);

        if (room != s->hole_room)
            s->holes = mem_realloc(s->holes, room, sizeof(*s->holes));
        s->hole_room = room;
        s->holes[s->hole_count++] = holes[b->hole_count].who;
    }
}

void
ledger_add_ban(struct ledger *l, unsigned side, const struct verdict *v,
               const struct hole *holes, uint32_t hole_count)
{
    struct ledger_side *s = &l->sides[side];
    struct ledger_ban b = {
        .who = v->who, .since_us = v->time_us, .until_us = v->until_us, .jail = v->jail};
    int64_t until_us = v->until_us < 0 ? INT64_MAX : v->until_us;
    uint32_t room = room_for(s->ban_count, s->ban_room);
    struct ledger_who *w;

    w = s->ban_count < LEDGER_BANS_MAX ? table_put(&s->banned, &v->who) : NULL;
    if (!w) {
        l->dropped++;
        return;
    }
    if (room != s->ban_room)
        s->bans = mem_realloc(s->bans, room, sizeof(*s->bans));
    s->ban_room = room;
    copy_holes(s, &b, holes, hole_count);
    b.before = w->last;
    s->bans[s->ban_count] = b;
    w->last = ++s->ban_count;
    w->first = w->first ? w->first : w->last;
    w->until_us = until_us > w->until_us ? until_us : w->until_us;
    s->lengths[v->who.family == 6][v->who.bits] = true;
    s->jails[v->jail].bans++;
    s->sums.bans++;
}

/* --- events --- */

static void
count_attempts(struct ledger *l, unsigned side, const struct event *e, uint32_t n,
               uint32_t *open)
{
    struct ledger_side *s = &l->sides[side];
    const struct ledger_ban *b = find_in_force(s, &e->peer, e->time_us);

    if (b) {
        s->sums.stopped += n;
        s->jails[b->jail].stopped += n;
        return;
    }
    b = ledger_first(l, side, &e->peer);
    if (b && b->since_us <= e->time_us)
        s->sums.after += n;
    else
        open[side] += n; /* before a first ban, if one comes */
}

static void
take_attempt(struct ledger *l, const struct event *e)
{
    static const struct hash_key any = {0};
    uint32_t n = 1, *open;

    if (is_login_failure(e)) {
        uint32_t account =
            e->account.len ? (uint32_t)hash_bytes(any, e->account.ptr, e->account.len) | 1
                           : 0;

        if (!attempts_join(&l->attempts, e, account).is_new)
            return;
        n = attempts_told(e->detail);
    }
    l->attempt_count += n;
    open = table_put(&l->peers, &e->peer);
    if (!open) {
        l->dropped += n;
        return;
    }
    for (unsigned side = 0; side < LEDGER_SIDES; side++)
        count_attempts(l, side, e, n, open);
}

static void
take_login(struct ledger *l, const struct event *e)
{
    struct ledger_login *login = table_put(&l->logins, &e->peer);

    if (!login) {
        l->dropped++;
        return;
    }
    if (login->logins++ == 0)
        login->first_us = e->time_us;
    login->last_us = e->time_us;
    for (unsigned side = 0; side < LEDGER_SIDES; side++) {
        bool is_refused = find_in_force(&l->sides[side], &e->peer, e->time_us) != NULL;

        login->refused[side] += is_refused;
        l->sides[side].sums.refused += is_refused;
    }
}

void
ledger_event(struct ledger *l, const struct event *e)
{
    if (e->peer.family == 0)
        return;
    if (ledger_is_login(e))
        take_login(l, e);
    else if (ledger_is_attempt(e))
        take_attempt(l, e);
}

/* --- the end --- */

/* What was open is before the first ban, or of somebody who was never banned. */
static void
settle_attempts(struct ledger *l)
{
    for (uint32_t *open = table_oldest(&l->peers); open;
         open = table_next(&l->peers, open)) {
        for (unsigned side = 0; side < LEDGER_SIDES; side++) {
            struct ledger_side *s = &l->sides[side];
            const struct ledger_ban *b =
                ledger_first(l, side, table_key(&l->peers, open));

            if (!b) {
                s->sums.never += open[side];
                continue;
            }
            s->sums.before += open[side];
            s->jails[b->jail].before += open[side];
        }
    }
}

static void
add_row(struct ledger *l, struct ledger_end *end, const struct addr *who)
{
    struct ledger_row row = {.who = *who};

    for (unsigned side = 0; side < LEDGER_SIDES; side++)
        row.first[side] = ledger_first(l, side, who);
    end->rows[end->row_count++] = row;
}

static void
make_rows(struct ledger *l, struct ledger_end *end)
{
    const struct table *a = &l->sides[0].banned, *b = &l->sides[1].banned;

    end->rows = mem_zalloc((size_t)a->count + b->count + 1, sizeof(*end->rows));
    for (const void *w = table_oldest(a); w; w = table_next(a, w))
        add_row(l, end, table_key(a, w));
    for (const void *w = table_oldest(b); w; w = table_next(b, w))
        if (!table_find(a, table_key(b, w)))
            add_row(l, end, table_key(b, w));
}

static void
count_row(struct ledger *l, const struct ledger_row *row)
{
    const struct ledger_ban *a = row->first[0], *b = row->first[1];

    for (unsigned side = 0; side < LEDGER_SIDES; side++) {
        struct ledger_side *s = &l->sides[side];
        const struct ledger_ban *own = side ? b : a, *other = side ? a : b;

        if (own && other) {
            s->sums.both++;
            s->sums.earlier += own->since_us < other->since_us;
        } else if (own) {
            s->sums.only++;
            s->jails[own->jail].only++;
        }
    }
}

static void
add_hit(struct ledger_end *end, size_t *room, const struct ledger_hit *hit)
{
    if (end->hit_count == *room) {
        *room = *room ? 2 * *room : 16;
        end->hits = mem_realloc(end->hits, *room, sizeof(*end->hits));
    }
    end->hits[end->hit_count++] = *hit;
}

/* The bans of a side that cover somebody who has logged in. */
static bool
add_hits_of(struct ledger *l, struct ledger_end *end, size_t *room,
            struct ledger_hit *hit)
{
    struct ledger_side *s = &l->sides[hit->side];
    const struct ledger_who *w;
    size_t before = end->hit_count;
    int bits = hit->who.bits;
    bool has_hit[CONFIG_JAILS_MAX] = {0};

    while ((w = next_around(s, &hit->who, &bits))) {
        for (hit->ban = ban_at(s, w->last); hit->ban;
             hit->ban = ban_at(s, hit->ban->before)) {
            if (is_out(s, hit->ban, &hit->who))
                continue;
            has_hit[hit->ban->jail] = true;
            add_hit(end, room, hit);
        }
    }
    for (unsigned jail = 0; jail < CONFIG_JAILS_MAX; jail++)
        s->jails[jail].known_good += has_hit[jail];
    return end->hit_count != before;
}

static void
make_hits(struct ledger *l, struct ledger_end *end)
{
    const struct ledger_login *login;
    size_t room = 0;

    for (login = table_oldest(&l->logins); login; login = table_next(&l->logins, login)) {
        for (unsigned side = 0; side < LEDGER_SIDES; side++) {
            struct ledger_hit hit = {.side = side, .login = login};

            hit.who = *(const struct addr *)table_key(&l->logins, login);
            l->sides[side].sums.known_good += add_hits_of(l, end, &room, &hit);
        }
    }
}

static int64_t
row_time(const struct ledger_row *row)
{
    const struct ledger_ban *a = row->first[0], *b = row->first[1];

    if (a && b)
        return a->since_us < b->since_us ? a->since_us : b->since_us;
    return a ? a->since_us : b ? b->since_us : INT64_MAX;
}

static int
by_time(const void *x, const void *y)
{
    const struct ledger_row *a = x, *b = y;
    int64_t ta = row_time(a), tb = row_time(b);

    return ta != tb ? (ta > tb) - (ta < tb) : addr_cmp(&a->who, &b->who);
}

static int
by_side_and_time(const void *x, const void *y)
{
    const struct ledger_hit *a = x, *b = y;
    int64_t ta = a->ban->since_us, tb = b->ban->since_us;

    if (a->side != b->side)
        return a->side < b->side ? -1 : 1;
    return ta != tb ? (ta > tb) - (ta < tb) : addr_cmp(&a->who, &b->who);
}

void
ledger_finish(struct ledger *l, struct ledger_end *end)
{
    *end = (struct ledger_end){0};
    settle_attempts(l);
    make_rows(l, end);
    make_hits(l, end);
    for (size_t i = 0; i < end->row_count; i++)
        count_row(l, &end->rows[i]);
    qsort(end->rows, end->row_count, sizeof(*end->rows), by_time);
    if (end->hit_count)
        qsort(end->hits, end->hit_count, sizeof(*end->hits), by_side_and_time);
}

void
ledger_end_fini(struct ledger_end *end)
{
    mem_free(end->rows);
    mem_free(end->hits);
    *end = (struct ledger_end){0};
}
