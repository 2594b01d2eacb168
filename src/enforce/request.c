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
                          .is_ban = true,
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

bool
request_read(struct span packet, struct request *list, size_t *count)
{
    struct wire_frame f;
    enum wire_next next;
    size_t n = 0;
    bool is_good = true;

    while ((next = wire_next(&packet, WIRE_JUDGE_TO_ENFORCER, &f)) == WIRE_FRAME) {
        if (f.type == WIRE_HELLO) {
            is_good = read_hello(f.fields);
        } else if (f.type != WIRE_ALLOW) { /* request_take_allow() has taken those */
            must(n < REQUEST_PACKET_MAX);
            is_good = f.type == WIRE_BAN ? read_ban(f.fields, &list[n])
                                         : read_unban(f.fields, &list[n]);
            n++;
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

static enum outcome
admit_unban(const struct request *r, const struct config *c)
{
    if ((r->who.family != 4 && r->who.family != 6) || r->scope >= c->scope_count)
        return OUTCOME_BAD;
    return addr_is_host(&r->who) ? OUTCOME_DONE : OUTCOME_NOT_BUILT;
}

void
request_admit(struct request *list, size_t count, struct protect *p, int64_t now_us,
              bool is_open)
{
    for (size_t i = 0; i < count; i++) {
        struct request *r = &list[i];

        r->outcome = r->is_ban ? admit_ban(r, p, now_us) : admit_unban(r, p->config);
        if (r->outcome == OUTCOME_DONE && is_open && r->is_ban)
            r->outcome = OUTCOME_OPEN;
    }
}
