#include "enforce/request.h"

#include "base/mem.h"

static bool
read_hello(struct span fields)
{
    struct wire_hello m;

    return wire_get_hello(fields, &m) && m.hash == wire_hash() && m.role == ROLE_JUDGE;
}

static bool
read_ban(struct span fields, struct request *r)
{
    struct wire_ban m;

    if (!wire_get_ban(fields, &m))
        return false;
    *r = (struct request){.id = m.id,
                          .who = m.who,
                          .scope = m.scope,
                          .kind = REQUEST_BAN,
                          .remaining_s = m.remaining_s};
    return true;
}

static bool
read_unban(struct span fields, struct request *r)
{
    struct wire_unban m;

    if (!wire_get_unban(fields, &m))
        return false;
    *r = (struct request){.id = m.id, .who = m.who, .scope = m.scope};
    return true;
}

static bool
read_hole(struct span fields, struct request *r)
{
    struct wire_hole m;

    if (!wire_get_hole(fields, &m))
        return false;
    *r = (struct request){
        .id = m.id, .who = m.who, .kind = REQUEST_HOLE, .remaining_s = m.remaining_s};
    return true;
}

static bool
read_unhole(struct span fields, struct request *r)
{
    struct wire_unhole m;

    if (!wire_get_unhole(fields, &m))
        return false;
    *r = (struct request){.id = m.id, .who = m.who, .kind = REQUEST_UNHOLE};
    return true;
}

static const struct {
    enum wire_type type;
    bool (*read)(struct span fields, struct request *r);
} messages[] = {{WIRE_BAN, read_ban},
                {WIRE_UNBAN, read_unban},
                {WIRE_HOLE, read_hole},
                {WIRE_UNHOLE, read_unhole}};

static bool
read_request(const struct wire_frame *f, struct request *r)
{
    for (size_t i = 0; i < ARRAY_LEN(messages); i++)
        if (messages[i].type == f->type)
            return messages[i].read(f->fields, r);
    return false;
}

bool
request_is_adding(const struct request *r)
{
    return r->kind == REQUEST_BAN || r->kind == REQUEST_HOLE;
}

bool
request_read(struct span packet, struct request *list, size_t *count,
             struct request_marks *marks)
{
    struct wire_frame f;
    enum wire_next next;
    size_t n = 0;
    bool is_good = true;

    while ((next = wire_next(&packet, WIRE_JUDGE_TO_ENFORCER, &f)) == WIRE_FRAME) {
        if (f.type == WIRE_HELLO) {
            is_good = read_hello(f.fields);
        } else if (f.type == WIRE_SYNCED) {
            marks->is_synced = true;
        } else if (f.type == WIRE_SLEPT) {
            marks->has_slept = true;
        } else if (f.type == WIRE_LIST_HELD) {
            marks->wants_held = true;
        } else if (f.type == WIRE_LEAVING) {
            marks->is_leaving = true;
        } else if (f.type != WIRE_ALLOW) { /* request_take_allow() has taken those */
            must(n < REQUEST_PACKET_MAX);
            is_good = read_request(&f, &list[n++]);
        }
        if (!is_good)
            return false;
    }
    if (next == WIRE_BAD)
        return false;
    *count = n;
    return true;
}

bool
request_take_allow(struct span packet, struct protect *p)
{
    struct wire_allow m;
    struct wire_frame f;
    enum wire_next next;

    while ((next = wire_next(&packet, WIRE_JUDGE_TO_ENFORCER, &f)) == WIRE_FRAME)
        if (f.type == WIRE_ALLOW &&
            (!wire_get_allow(f.fields, &m) || !protect_allow(p, &m.who, m.is_gone)))
            return false;
    return next != WIRE_BAD;
}

static enum outcome
admit_ban(struct request *r, struct protect *p, int64_t now_us)
{
    struct wire_ban b = {
        .id = r->id, .who = r->who, .scope = r->scope, .remaining_s = r->remaining_s};

    return may_ban(p, &b, now_us, &r->remaining_s);
}

/* What lets somebody in needs no permission. */
static enum outcome
admit_removal(const struct request *r, const struct config *c)
{
    if ((r->who.family != 4 && r->who.family != 6) || r->scope >= c->scope_count)
        return OUTCOME_BAD;
    return OUTCOME_DONE;
}

static enum outcome
admit(struct request *r, struct protect *p, int64_t now_us)
{
    if (r->kind == REQUEST_BAN)
        return admit_ban(r, p, now_us);
    if (r->kind == REQUEST_HOLE)
        return may_hole(&r->who, &r->remaining_s);
    return admit_removal(r, p->config);
}

void
request_admit(struct request *list, size_t count, struct protect *p, int64_t now_us,
              bool is_open)
{
    for (size_t i = 0; i < count; i++) {
        struct request *r = &list[i];

        r->outcome = admit(r, p, now_us);
        if (r->outcome == OUTCOME_DONE && is_open && request_is_adding(r))
            r->outcome = OUTCOME_OPEN;
    }
}
