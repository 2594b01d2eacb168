#include "decide/campaigns.h"

#include "base/clock.h"
#include "base/mem.h"
#include "count/counters.h"

enum {
    SAVED_AS = 0x4B433031, /* grows when struct campaign changes */
    SPOT_BITS = 12,
    /* With fewer bits left the estimate is off by more than a quarter. */
    BITS_LEFT_MIN = 4,
};

/* --- how many different ones --- */

static void
set_bit(struct campaign_set *s, uint32_t tag)
{
    uint32_t at = (tag * UINT32_C(2654435761)) >> 24;

    s->bits[at / 32] |= UINT32_C(1) << at % 32;
}

void
campaign_set_add(struct campaign_set *s, uint32_t tag)
{
    if (!tag)
        return;
    set_bit(s, tag); /* two of them may share one */
    if (s->count > CAMPAIGN_EXACT)
        return;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->exact[i] == tag)
            return;
    if (s->count < CAMPAIGN_EXACT)
        s->exact[s->count] = tag;
    s->count++;
}

static unsigned
bits_set(const struct campaign_set *s)
{
    unsigned n = 0;

    for (size_t i = 0; i < ARRAY_LEN(s->bits); i++)
        n += (unsigned)__builtin_popcount(s->bits[i]);
    return n;
}

struct campaign_size
campaign_size(const struct campaign_set *s)
{
    unsigned set = bits_set(s);
    uint64_t thousandths = 0;
    struct campaign_size size = {s->count, CAMPAIGN_IS};

    if (s->count <= CAMPAIGN_EXACT)
        return size;
    size.how = CAMPAIGN_ABOUT;
    if (set > CAMPAIGN_BITS - BITS_LEFT_MIN) {
        set = CAMPAIGN_BITS - BITS_LEFT_MIN;
        size.how = CAMPAIGN_MORE;
    }
    /* So many draws it takes to hit `set` of the bits: the sum of all/(all - i), near
     * linear counting's -all ln(left/all) (Whang et al. 1990) without floating point. */
    for (unsigned i = 0; i < set; i++)
        thousandths += 1000 * CAMPAIGN_BITS / (CAMPAIGN_BITS - i);
    size.count = (uint32_t)((thousandths + 500) / 1000);
    if (size.count <= CAMPAIGN_EXACT)
        size.count = CAMPAIGN_EXACT + 1;
    return size;
}

/* --- those that are there often (Metwally et al. 2005, space saving) --- */

static void
name_set(struct campaign_name *n, struct span text)
{
    text = span_head(text, sizeof(n->text));
    *n = (struct campaign_name){.len = (uint8_t)text.len};
    if (text.len)
        memcpy(n->text, text.ptr, text.len);
}

static bool
name_is(const struct campaign_name *n, struct span text)
{
    text = span_head(text, sizeof(n->text));
    /* Nearly all end at the first letter. */
    return n->len == text.len &&
           (text.len == 0 ||
            (n->text[0] == text.ptr[0] && memcmp(n->text, text.ptr, text.len) == 0));
}

/* One that is there no more often than any other: a free one, if there is one. */
static struct campaign_top *
rarest(struct campaign_top *top)
{
    struct campaign_top *least = &top[0];

    for (size_t i = 1; i < CAMPAIGN_TOP; i++)
        if (top[i].count < least->count)
            least = &top[i];
    least->before = least->count;
    return least;
}

static void
count_top(struct campaign_top *t)
{
    if (t->count < UINT32_MAX)
        t->count++;
}

static void
top_add_address(struct campaign_top *top, const struct addr *who)
{
    struct campaign_top *least;

    for (size_t i = 0; i < CAMPAIGN_TOP; i++)
        if (addr_eq(&top[i].who, who) && top[i].count) {
            count_top(&top[i]);
            return;
        }
    least = rarest(top);
    least->who = *who;
    count_top(least);
}

static void
top_add_name(struct campaign_top *top, struct span name)
{
    struct campaign_top *least;

    for (size_t i = 0; i < CAMPAIGN_TOP; i++)
        if (name_is(&top[i].name, name) && top[i].count) {
            count_top(&top[i]);
            return;
        }
    least = rarest(top);
    name_set(&least->name, name);
    count_top(least);
}

/* --- one campaign --- */

static int64_t
hour_of(int64_t time_us)
{
    return time_us / HOUR_US;
}

static void
add_hour(struct campaign *c, int64_t time_us)
{
    int64_t ahead = hour_of(time_us) - hour_of(c->last_us);
    size_t last = CAMPAIGN_HOURS - 1, gone = 0;

    if (ahead <= -CAMPAIGN_HOURS)
        return;
    if (ahead < 0) {
        last = (size_t)(CAMPAIGN_HOURS - 1 + ahead);
    } else if (ahead > 0) {
        gone = ahead < CAMPAIGN_HOURS ? (size_t)ahead : CAMPAIGN_HOURS;
        memmove(c->hours, c->hours + gone, (CAMPAIGN_HOURS - gone) * sizeof(*c->hours));
        memset(c->hours + CAMPAIGN_HOURS - gone, 0, gone * sizeof(*c->hours));
    }
    if (c->hours[last] < UINT32_MAX)
        c->hours[last]++;
}

void
campaign_seed(struct campaign *c, const struct campaign_act *act)
{
    add_hour(c, act->time_us);
    if (act->time_us > c->last_us)
        c->last_us = act->time_us;
    if (act->time_us < c->first_us && !c->is_told) /* then it is what it is known by */
        c->first_us = act->time_us;
    c->attempts++;
    campaign_set_add(&c->addresses, act->address);
    campaign_set_add(&c->networks, act->network);
    campaign_set_add(&c->accounts, act->account);
    c->is_dirty = 1;
}

void
campaigns_take(struct campaigns *c, struct campaign *one, const struct campaign_act *act)
{
    const struct campaign_key *key = table_key(&c->table, one);

    campaign_seed(one, act);
    top_add_address(one->top_addresses, &act->who);
    if (act->account && act->name.len)
        top_add_name(one->top_accounts, act->name);
    if (key->of.who.family == COUNTERS_ACCOUNT && !one->account.len)
        name_set(&one->account, act->name);
    table_touch(&c->table, one);
    c->is_dirty |= one->is_told;
}

/* --- all of them --- */

void
campaigns_init(struct campaigns *c)
{
    *c = (struct campaigns){.due_us = INT64_MAX};
    table_init(&c->table, sizeof(struct campaign_key), sizeof(struct campaign),
               CAMPAIGNS_MAX);
}

void
campaigns_fini(struct campaigns *c)
{
    table_fini(&c->table);
    *c = (struct campaigns){0};
}

/* Where the bit of a key is: cheap, as it is looked at with every event. */
static uint32_t
spot_of(const struct ban_key *key)
{
    uint64_t a = addr_high(&key->who), b = addr_low(&key->who);

    a = (a ^ (b >> 29) ^ (b << 35) ^ ((uint64_t)key->jail << 48) ^ key->who.family);
    return (uint32_t)(a * UINT64_C(0x9E3779B97F4A7C15) >> (64 - SPOT_BITS));
}

static void
set_spot(struct campaigns *c, const struct ban_key *key)
{
    uint32_t spot = spot_of(key);

    c->spots[spot / 64] |= UINT64_C(1) << spot % 64;
}

bool
campaigns_may_run(const struct campaigns *c, const struct ban_key *key)
{
    uint32_t spot;

    if (!campaigns_may_run_in(c, key->jail))
        return false;
    spot = spot_of(key);
    return c->spots[spot / 64] >> spot % 64 & 1;
}

static void
tell(const struct campaigns *c, enum campaign_news news, const struct ban_key *key,
     const struct campaign *one)
{
    if (c->fn && one->is_told)
        c->fn(c->ctx, news, key, one);
}

/* How many run in the jail of the key. */
static uint16_t *
running_of(struct campaigns *c, const struct ban_key *key)
{
    return &c->of_jails[key->jail % CAMPAIGN_JAILS];
}

/* Makes room for one. */
static void
push_out_oldest(struct campaigns *c)
{
    struct campaign *one = table_oldest(&c->table);
    struct ban_key key = ((const struct campaign_key *)table_key(&c->table, one))->of;

    c->dropped += one->is_told;
    c->running -= one->is_told && !one->is_over;
    if (!one->is_over)
        --*running_of(c, &key);
    tell(c, CAMPAIGN_LEAVES, &key, one);
    table_remove(&c->table, one);
}

static struct campaign *
add(struct campaigns *c, const struct campaign_key *key)
{
    struct campaign *one;

    if (table_is_full(&c->table))
        push_out_oldest(c);
    one = table_put(&c->table, key);
    must(one); /* there is room */
    return one;
}

/* One that nobody was told of leaves no trace. */
static void
end(struct campaigns *c, struct campaign *one)
{
    struct campaign_key key = *(const struct campaign_key *)table_key(&c->table, one);
    struct campaign held = *one;

    table_remove(&c->table, one);
    --*running_of(c, &key.of);
    if (!held.is_told)
        return;
    held.is_over = held.is_dirty = 1;
    c->is_dirty = true;
    c->running--;
    key.nth = ++c->last_nth;
    one = add(c, &key);
    *one = held;
    tell(c, CAMPAIGN_ENDS, &key.of, one);
}

static bool
is_over_at(const struct campaign *one, int64_t now_us)
{
    return one->last_us + one->gap_us < now_us;
}

struct campaign *
campaigns_find(struct campaigns *c, const struct ban_key *key, int64_t time_us)
{
    struct campaign_key running = {.of = *key};
    struct campaign *one;

    if (!campaigns_may_run(c, key))
        return NULL;
    one = table_find(&c->table, &running);
    if (one && is_over_at(one, time_us)) {
        end(c, one);
        one = NULL;
    }
    return one;
}

struct campaign *
campaigns_begin(struct campaigns *c, const struct ban_key *key, int64_t time_us,
                int64_t gap_us)
{
    struct campaign *one = add(c, &(struct campaign_key){.of = *key});

    *one = (struct campaign){.first_us = time_us, .last_us = time_us, .gap_us = gap_us};
    ++*running_of(c, key);
    set_spot(c, key);
    if (time_us + gap_us < c->due_us)
        c->due_us = time_us + gap_us;
    return one;
}

void
campaigns_tell(struct campaigns *c, struct campaign *one)
{
    const struct campaign_key *key = table_key(&c->table, one);

    if (one->is_told)
        return;
    one->is_told = one->is_dirty = 1;
    c->is_dirty = true;
    c->running++;
    c->begun++;
    tell(c, CAMPAIGN_BEGINS, &key->of, one);
}

/* One of those that run and are over, or NULL; sets what else there is to know of those
 * that run. */
static struct campaign *
look(struct campaigns *c, int64_t now_us)
{
    struct campaign *over = NULL;

    c->due_us = INT64_MAX;
    memset(c->spots, 0, sizeof(c->spots));
    for (struct campaign *one = table_oldest(&c->table); one;
         one = table_next(&c->table, one)) {
        if (one->is_over)
            continue;
        if (is_over_at(one, now_us))
            over = one;
        else if (one->last_us + one->gap_us < c->due_us)
            c->due_us = one->last_us + one->gap_us;
        set_spot(c, &((const struct campaign_key *)table_key(&c->table, one))->of);
    }
    return over;
}

void
campaigns_expire(struct campaigns *c, int64_t now_us)
{
    struct campaign *one;

    if (now_us <= c->due_us)
        return;
    while ((one = look(c, now_us)))
        end(c, one);
}

void
campaigns_shift(struct campaigns *c, int64_t delta_us)
{
    for (struct campaign *one = table_oldest(&c->table); one;
         one = table_next(&c->table, one)) {
        one->first_us += delta_us;
        one->last_us += delta_us;
        one->is_dirty = 1;
        c->is_dirty |= one->is_told;
    }
    if (c->due_us != INT64_MAX)
        c->due_us += delta_us;
}

/* --- storing --- */

void
campaign_save(const struct campaign *one, struct buf *bytes)
{
    uint32_t head[2] = {SAVED_AS, (uint32_t)sizeof(*one)};

    buf_add(bytes, (struct span){(const char *)head, sizeof(head)});
    buf_add(bytes, (struct span){(const char *)one, sizeof(*one)});
}

static bool
is_host(const struct addr *who)
{
    struct addr all = *who;

    all.bits = 128;
    all = addr_mask(all, who->bits);
    return (who->family == 4 || who->family == 6) && who->bits == addr_width(who) &&
           addr_eq(&all, who);
}

static bool
is_top_sound(const struct campaign_top *t, bool is_address)
{
    static const struct addr nobody;
    bool has_who = is_address && t->count;

    return t->before <= t->count && t->name.len <= (is_address ? 0 : CAMPAIGN_NAME_MAX) &&
           (has_who ? is_host(&t->who) : addr_eq(&t->who, &nobody));
}

/* What is stored is a file, and a file may be anything. */
static bool
is_sound(const struct campaign *one)
{
    const struct campaign_set *sets[] = {&one->addresses, &one->networks, &one->accounts};
    bool is_good = one->first_us >= 0 && one->last_us >= one->first_us &&
                   one->last_us < INT64_MAX / 4 && one->gap_us > 0 &&
                   one->gap_us < INT64_MAX / 4 && one->account.len <= CAMPAIGN_NAME_MAX &&
                   one->is_over <= 1;

    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        is_good &= sets[i]->count <= CAMPAIGN_EXACT + 1;
    for (size_t i = 0; i < CAMPAIGN_TOP; i++)
        is_good &= is_top_sound(&one->top_addresses[i], true) &&
                   is_top_sound(&one->top_accounts[i], false);
    return is_good;
}

bool
campaigns_load(struct campaigns *c, const struct ban_key *key, struct span bytes)
{
    uint32_t head[2];
    struct campaign held, *one;
    struct campaign_key full = {.of = *key};

    if (bytes.len != sizeof(head) + sizeof(held))
        return false;
    memcpy(head, bytes.ptr, sizeof(head));
    if (head[0] != SAVED_AS || head[1] != sizeof(held))
        return false;
    memcpy(&held, bytes.ptr + sizeof(head), sizeof(held));
    if (!is_sound(&held))
        return false;
    full.nth = held.is_over ? ++c->last_nth : 0;
    if (table_find(&c->table, &full))
        return false;
    held.is_told = 1;
    held.is_dirty = 0;
    one = add(c, &full);
    *one = held;
    c->running += !held.is_over;
    if (!held.is_over) {
        ++*running_of(c, key);
        set_spot(c, key);
        if (held.last_us + held.gap_us < c->due_us)
            c->due_us = held.last_us + held.gap_us;
    }
    return true;
}
