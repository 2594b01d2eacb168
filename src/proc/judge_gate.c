#include "judge_gate.h"

#include <errno.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/mem.h"
#include "decide/standing.h"
#include "judge_curbs.h"
#include "judge_notify.h"
#include "judge_parts.h"

enum {
    TOUCHED_MAX = 1024,    /* in a turn, one by one */
    PREFIXES_MAX = 16,     /* the same, of bans and places */
    WALK_STEP = 1024,      /* entries of the walk at a time */
    WALK_US = 60000000,    /* how often all are walked through */
    TO_GATE_MAX = 1 << 20, /* bytes that wait for a gate that does not read */
    NUMBERS_MAX = 256 << 10,
    FRAME_BYTES = WIRE_HEAD_BYTES + 18 + 1 + 8, /* of a STANDING */
    CURBS_BYTES = (CURBS_MAX + 1) * (WIRE_HEAD_BYTES + 2 + EVENT_TEXT_MAX + 17),
};

/* What the gate was told of an address. */
struct interest {
    uint8_t told; /* enum standing */
    uint8_t is_touched;
    int64_t until_us; /* wall; of `told` */
};

struct judge_gate {
    struct judge *judge;
    struct chan chan; /* fd -1: no gate */
    struct loop_fd watch;
    struct table interest; /* struct addr -> struct interest */
    struct addr touched[TOUCHED_MAX], prefixes[PREFIXES_MAX];
    size_t touched_count, prefix_count;
    uint32_t next_slot; /* of the walk */
    struct loop_timer walk;
    bool is_hurried; /* it goes on at once, to its end */
    bool is_curbs_due;
    struct buf out; /* whole frames; the first `sent` bytes are sent */
    size_t sent;
    uint64_t events;
    bool is_asked;              /* for numbers, which have not all come */
    struct buf coming, numbers; /* TELL_GATE frames; `numbers` are whole */
};

uint64_t
judge_gate_events(const struct judge *j)
{
    return j->gate->events;
}

/* --- what may have changed --- */

void
judge_touch(struct judge *j, const struct addr *who)
{
    struct judge_gate *g = j->gate;
    struct interest *i;

    if (!g || g->interest.count == 0 || who->family == 0 || ident_is(who))
        return;
    if (!addr_is_host(who)) {
        if (g->prefix_count == PREFIXES_MAX)
            judge_touch_all(j);
        else
            g->prefixes[g->prefix_count++] = *who;
        return;
    }
    i = table_find(&g->interest, who);
    if (!i || i->is_touched)
        return;
    if (g->touched_count == TOUCHED_MAX) {
        judge_touch_all(j);
        return;
    }
    i->is_touched = true;
    g->touched[g->touched_count++] = *who;
}

/* All are walked through, in steps that others get a turn between. */
void
judge_touch_all(struct judge *j)
{
    struct judge_gate *g = j->gate;

    if (!g || g->interest.count == 0)
        return;
    g->next_slot = 1;
    g->is_hurried = true;
    loop_timer_set(&j->role.loop, &g->walk, 0);
}

/* --- what is told --- */

static void
put(struct judge_gate *g, const struct addr *who, const struct standing_now *now)
{
    int64_t left_us = now->until_us - g->judge->now_us;

    wire_put_standing(&g->out, &(struct wire_standing){.who = *who,
                                                       .standing = (uint8_t)now->standing,
                                                       .left_us = now->until_us < 0 ? -1
                                                                  : left_us > 0 ? left_us
                                                                                : 0});
}

/* Looks at one again. What finds no room is told by the next walk. */
static void
look_again(struct judge_gate *g, struct interest *i)
{
    struct addr who = *(const struct addr *)table_key(&g->interest, i);
    struct standing_now now = standing_of(&g->judge->decide, &who, g->judge->now_us);

    i->is_touched = false;
    if (now.standing == i->told && now.until_us == i->until_us)
        return;
    if (g->out.len + FRAME_BYTES > TO_GATE_MAX)
        return;
    put(g, &who, &now);
    i->told = (uint8_t)now.standing;
    i->until_us = now.until_us;
}

static bool
is_within(const struct judge_gate *g, const struct addr *who)
{
    for (size_t i = 0; i < g->prefix_count; i++)
        if (addr_contains(&g->prefixes[i], who))
            return true;
    return false;
}

static void
look_at_prefixes(struct judge_gate *g)
{
    if (g->prefix_count == 0)
        return;
    for (uint32_t n = 1; n <= g->interest.used; n++) {
        struct interest *i = table_slot(&g->interest, n);

        if (i && is_within(g, table_key(&g->interest, i)))
            look_again(g, i);
    }
    g->prefix_count = 0;
}

static void
on_walk(void *ctx)
{
    struct judge_gate *g = ctx;
    uint32_t steps = 1 + g->interest.used / WALK_STEP;

    for (int n = 0; n < WALK_STEP && g->next_slot <= g->interest.used; n++) {
        struct interest *i = table_slot(&g->interest, g->next_slot++);

        if (i)
            look_again(g, i);
    }
    if (g->next_slot > g->interest.used) {
        g->next_slot = 1;
        g->is_hurried = false;
    }
    if (g->chan.fd >= 0 && g->interest.count)
        loop_timer_set(&g->judge->role.loop, &g->walk,
                       g->is_hurried ? 0 : WALK_US / steps);
}

/* As many whole frames as one packet takes. */
static struct span
next_packet(struct span rest)
{
    struct span next = rest, packet = {0};
    struct wire_frame f;

    while (wire_next(&next, WIRE_JUDGE_TO_GATE, &f) == WIRE_FRAME &&
           rest.len - next.len <= WIRE_PACKET_MAX)
        packet = span_head(rest, rest.len - next.len);
    must(packet.len);
    return packet;
}

/* Sends what the socket takes, a packet at a time. */
static void
flush(struct judge_gate *g)
{
    struct span rest = span_from(buf_span(&g->out), g->sent), packet;
    int e = 0;

    while (rest.len && e == 0) {
        packet = next_packet(rest);
        e = chan_send(g->chan.fd, packet, -1);
        if (e == 0)
            rest = span_from(rest, packet.len);
    }
    if (e && e != -EAGAIN)
        rest.len = 0; /* it is gone, and the next one asks anew */
    g->sent = rest.len ? g->out.len - rest.len : 0;
    if (rest.len == 0)
        buf_clear(&g->out);
    loop_want(&g->judge->role.loop, &g->watch,
              rest.len ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

void
judge_touch_curbs(struct judge *j)
{
    if (j->gate)
        j->gate->is_curbs_due = true;
}

/* All there are, in one piece: what is not among them is over. Where there is no room it
 * waits for it. */
static void
put_curbs(struct judge_gate *g)
{
    if (!g->is_curbs_due || g->chan.fd < 0 || g->out.len + CURBS_BYTES > TO_GATE_MAX)
        return;
    judge_put_curbs(g->judge, &g->out);
    g->is_curbs_due = false;
}

void
judge_tell_gate(struct judge *j)
{
    struct judge_gate *g = j->gate;

    put_curbs(g);
    for (size_t n = 0; n < g->touched_count; n++) {
        struct interest *i = table_find(&g->interest, &g->touched[n]);

        if (i)
            look_again(g, i);
    }
    g->touched_count = 0;
    look_at_prefixes(g);
    if (g->chan.fd >= 0 && g->out.len)
        flush(g);
}

/* --- what comes from there --- */

static bool
take_ask(struct judge_gate *g, struct span fields)
{
    struct wire_standing_ask m;
    struct standing_now now;
    struct interest *i;

    if (!wire_get_standing_ask(fields, &m) || !addr_is_host(&m.who))
        return false;
    i = table_put(&g->interest, &m.who);
    if (!i) {
        table_remove(&g->interest, table_oldest(&g->interest));
        i = table_put(&g->interest, &m.who);
        must(i);
    }
    now = standing_of(&g->judge->decide, &m.who, g->judge->now_us);
    if (g->out.len + FRAME_BYTES > TO_GATE_MAX) {
        table_remove(&g->interest, i); /* it goes on without, and asks again */
        return true;
    }
    put(g, &m.who, &now);
    *i = (struct interest){.told = (uint8_t)now.standing, .until_us = now.until_us};
    if (g->walk.due_us == 0)
        loop_timer_set(&g->judge->role.loop, &g->walk, WALK_US);
    return true;
}

/* Nothing that a log tells of: a gate in an attacker's hands could else make logins. */
static bool
may_tell(unsigned kind)
{
    return kind == EVENT_LIST_HIT || kind == EVENT_IDENTITY || kind == EVENT_FLOOD ||
           kind == EVENT_REJECTED;
}

static bool
take_event(struct judge_gate *g, struct span fields)
{
    struct judge *j = g->judge;
    struct wire_gate_event m;
    struct event e;

    if (!wire_get_gate_event(fields, &m) || !addr_is_host(&m.who) || !may_tell(m.kind))
        return false;
    e = (struct event){.kind = (enum event_kind)m.kind,
                       .is_failure = true,
                       .filter = CONFIG_NO_FILTER,
                       .source = DECIDE_ANY_SOURCE,
                       .time_us = j->now_us,
                       .peer = m.who,
                       .recipient = m.recipient,
                       .detail = m.detail,
                       .line = m.text};
    g->events++;
    j->events++;
    j->kinds[e.kind].failures++;
    decide_event(&j->decide, &e, j->now_us, judge_on_verdict, j);
    judge_touch(j, &e.peer);
    return true;
}

/* --- what it counts --- */

bool
judge_ask_gate(struct judge *j)
{
    struct judge_gate *g = j->gate;
    struct buf packet = {0};

    if (g->chan.fd < 0 || g->is_asked)
        return g->is_asked;
    wire_put_gate_numbers(&packet, &(struct wire_gate_numbers){0});
    g->is_asked = chan_send(g->chan.fd, buf_span(&packet), -1) == 0; /* else: not now */
    buf_fini(&packet);
    return g->is_asked;
}

struct span
judge_gate_numbers(const struct judge *j)
{
    return buf_span(&j->gate->numbers);
}

static bool
take_number(struct judge_gate *g, struct span fields)
{
    struct wire_gate_number m;

    if (!g->is_asked || !wire_get_gate_number(fields, &m))
        return false;
    wire_put_tell_gate(
        &g->coming,
        &(struct wire_tell_gate){.name = m.name, .label = m.label, .value = m.value});
    return !g->coming.is_cut;
}

static void
end_numbers(struct judge_gate *g)
{
    buf_fini(&g->numbers);
    g->numbers = g->coming;
    g->coming = buf_bounded(NUMBERS_MAX);
    g->is_asked = false;
    judge_metrics_go_on(g->judge);
}

static bool
take_numbers_end(struct judge_gate *g, struct span fields)
{
    struct wire_gate_numbers_end m;

    if (!g->is_asked || !wire_get_gate_numbers_end(fields, &m))
        return false;
    end_numbers(g);
    return true;
}

static bool
take_frame(void *ctx, const struct wire_frame *f)
{
    static const struct {
        enum wire_type type;
        bool (*take)(struct judge_gate *g, struct span fields);
    } rows[] = {{WIRE_STANDING_ASK, take_ask},
                {WIRE_GATE_EVENT, take_event},
                {WIRE_GATE_NUMBER, take_number},
                {WIRE_GATE_NUMBERS_END, take_numbers_end}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].type == f->type)
            return rows[i].take(ctx, f->fields);
    return false;
}

static void
lose(struct judge_gate *g)
{
    if (!role_lose_neighbour(&g->judge->role, &g->chan, &g->watch))
        return;
    loop_timer_clear(&g->judge->role.loop, &g->walk);
    table_fini(&g->interest);
    table_init(&g->interest, sizeof(struct addr), sizeof(struct interest),
               JUDGE_INTEREST_MAX);
    g->touched_count = g->prefix_count = 0;
    g->is_hurried = false;
    g->next_slot = 1;
    g->sent = 0;
    buf_clear(&g->out);
    buf_clear(&g->coming);
    end_numbers(g); /* of a gate that is gone there are none */
}

static void
on_gate(void *ctx, unsigned ready UNUSED)
{
    static const struct role_neighbour from = {ROLE_GATE, WIRE_GATE_TO_JUDGE,
                                               "gate-misbehaves"};
    struct judge_gate *g = ctx;

    judge_stir(g->judge);
    if (!role_read_neighbour(&g->judge->role, &from, &g->chan, take_frame, g))
        lose(g);
}

void
judge_take_gate(struct judge *j, int fd)
{
    struct judge_gate *g = j->gate;

    lose(g);
    role_take_neighbour(&j->role, &g->chan, &g->watch,
                        &(struct loop_fd){.fd = fd, .fn = on_gate, .ctx = g});
    g->is_curbs_due = true;
}

void
judge_prepare_gate(struct judge *j)
{
    struct judge_gate *g = mem_zalloc(1, sizeof(*g));

    j->gate = g;
    g->judge = j;
    g->chan.fd = -1;
    g->next_slot = 1;
    g->walk = (struct loop_timer){.fn = on_walk, .ctx = g};
    g->out = buf_bounded(TO_GATE_MAX);
    g->coming = buf_bounded(NUMBERS_MAX);
    table_init(&g->interest, sizeof(struct addr), sizeof(struct interest),
               JUDGE_INTEREST_MAX);
}
