/* What judge sends, if somebody else were judge: whatever is admitted is an address or a
 * prefix of a rung that is not protected, in a scope that exists, for a time that is
 * permitted. */
#include "base/clock.h"
#include "base/mem.h"
#include "enforce/request.h"
#include "enforce/rung.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct request *r, const struct config *c, const struct protect *p)
{
    static const struct addr protected[] = {
        {4, 8, {127}}, {6, 128, {[15] = 1}}, {4, 8, {0}}, {6, 10, {0xFE, 0x80}}};

    must(r->scope < c->scope_count);
    if (r->kind == REQUEST_HOLE)
        must(rung_has_hole(&r->who) && r->remaining_s != 0);
    if (r->kind != REQUEST_BAN)
        return;
    must(rung_has(&r->who) && r->who.bits >= 24);
    must(r->remaining_s > 0 && r->remaining_s <= c->limits.max_bantime_s);
    for (size_t i = 0; i < ARRAY_LEN(protected); i++)
        must(!addr_overlaps(&protected[i], &r -> who));
    must(!addr_contains(&c->protect[0].prefix, &r->who));
    for (uint32_t i = 0; i < p->allowed.count; i++)
        must(!addr_contains(&p->allowed.list[i], &r->who));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config_protect allow = {PROTECT_ALLOW, {4, 16, {192, 0}}};
    static const struct config c = {.scope_count = 2,
                                    .protect = &allow,
                                    .protect_count = 1,
                                    .limits = {.max_bans = 10,
                                               .bans_per_s = 100,
                                               .max_bantime_s = 3600,
                                               .min_bits4 = 24,
                                               .min_bits6 = 48}};
    static struct request list[REQUEST_PACKET_MAX];
    struct protect p;
    struct request_marks marks = {0};
    size_t count = 0;

    protect_init(&p, &c);
    if (size > WIRE_PACKET_MAX ||
        !request_take_allow((struct span){(const char *)data, size}, &p) ||
        !request_read((struct span){(const char *)data, size}, list, &count, &marks)) {
        protect_fini(&p);
        return 0;
    }
    must(count <= REQUEST_PACKET_MAX);
    request_admit(list, count, &p, SECOND_US, false);
    for (size_t i = 0; i < count; i++)
        if (list[i].outcome == OUTCOME_DONE)
            check(&list[i], &c, &p);
    protect_fini(&p);
    return 0;
}
