#include "enforce/nft_bans.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/mem.h"
#include "enforce/nft_set.h"
#include "enforce/rung.h"

enum {
    APPLY_TRIES = 4, /* each leaves out what failed in the one before */
    PROBE_SHORT_MS = 10000,
    PROBE_LONG_MS = 3600000,
};

#define PROBE_SET "probe4"

static void
put(struct nft_bans *n, unsigned message, const struct request *r, size_t index)
{
    bool is_timed =
        message == NFT_MSG_NEWSETELEM && request_is_adding(r) && r->remaining_s > 0;
    char name[NFT_NAME_BYTES];
    const char *set = name;

    if (r->kind == REQUEST_HOLE || r->kind == REQUEST_UNHOLE)
        set = nft_hole_name(r->who.family, r->who.bits);
    else
        nft_ban_name(r->who.family, r->who.bits, n->table->ids[r->scope], name);
    must(n->batch.count < ARRAY_LEN(n->owner));
    n->owner[n->batch.count] = (uint16_t)index;
    nft_set_address(&n->batch, message, n->table->name, set, &r->who,
                    is_timed ? (uint64_t)r->remaining_s * 1000 : 0);
}

/* Where there is no set for it, there is nothing to remove. */
static bool
has_set(const struct nft_bans *n, const struct request *r)
{
    const struct config_limits *l = &n->table->config->limits;
    const struct addr *who = &r->who;

    if (r->kind == REQUEST_HOLE || r->kind == REQUEST_UNHOLE)
        return rung_has_hole(who);
    return rung_has(who) && who->bits >= (who->family == 4 ? l->min_bits4 : l->min_bits6);
}

void
nft_bans_encode(struct nft_bans *n, const struct request *list, size_t count)
{
    nl_start(&n->batch);
    for (size_t i = 0; i < count; i++) {
        const struct request *r = &list[i];

        if (r->outcome != OUTCOME_DONE || !has_set(n, r))
            continue;
        if (!request_is_adding(r) && n->features.has_destroy) {
            put(n, NFT_SET_DESTROY, r, i);
            continue;
        }
        put(n, NFT_MSG_NEWSETELEM, r, i);
        if (request_is_adding(r) && n->features.has_update)
            continue;
        /* The first add makes the removal safe, whether or not the element was there. */
        put(n, NFT_MSG_DELSETELEM, r, i);
        if (request_is_adding(r))
            put(n, NFT_MSG_NEWSETELEM, r, i);
    }
}

static void
note_error(void *ctx, uint32_t number, int error)
{
    struct nft_bans *n = ctx;
    struct request *r = &n->requests[n->owner[number]];

    if (r->error == 0)
        r->error = error;
}

/* Turns the errors of one try into outcomes; whether there were any. */
static bool
settle(struct request *list, size_t count)
{
    bool is_any = false;

    for (size_t i = 0; i < count; i++) {
        struct request *r = &list[i];

        if (r->outcome != OUTCOME_DONE || r->error == 0)
            continue;
        is_any = true;
        /* No room for the add in front of a removal: so it was not there. */
        if (r->error == -ENFILE)
            r->outcome = request_is_adding(r) ? OUTCOME_FULL : OUTCOME_DONE;
        else
            r->outcome = OUTCOME_FAILED;
    }
    return is_any;
}

/* An unban that settle() found to be done must not go into the next try. */
static void
apply_tries(struct nft_bans *n, struct request *list, size_t count, int *rc)
{
    for (int i = 0; i < APPLY_TRIES; i++) {
        nft_bans_encode(n, list, count);
        if (n->batch.count == 1) {
            *rc = 0;
            return;
        }
        *rc = nl_transact(n->socket, &n->batch, note_error, n);
        if (*rc == 0 || *rc == -ENOENT || !settle(list, count))
            return;
        for (size_t k = 0; k < count; k++)
            if (list[k].outcome == OUTCOME_DONE && list[k].error)
                list[k].outcome = OUTCOMES; /* done, and not to be asked again */
    }
}

int
nft_bans_apply(struct nft_bans *n, struct request *list, size_t count)
{
    int rc = 0;

    must(count <= REQUEST_MAX);
    n->requests = list;
    apply_tries(n, list, count, &rc);
    n->requests = NULL;
    for (size_t i = 0; i < count; i++) {
        struct request *r = &list[i];

        if (r->outcome == OUTCOMES) {
            r->outcome = OUTCOME_DONE;
            r->error = 0;
        } else if (r->outcome == OUTCOME_DONE && rc != 0 && rc != -ENOENT) {
            r->outcome = OUTCOME_FAILED;
            r->error = rc;
        } else if (rc == -ENOENT && r->outcome == OUTCOME_DONE) {
            r->error = 0;
        }
    }
    return rc == -ENOENT ? rc : 0;
}

int
nft_bans_lift(struct nft_bans *n, const struct addr *a)
{
    struct request r = {.who = *a, .outcome = OUTCOME_DONE};
    int rc = 0;

    for (unsigned scope = 0; scope < n->table->config->scope_count && rc == 0; scope++) {
        r.scope = (uint16_t)scope;
        r.outcome = OUTCOME_DONE;
        rc = nft_bans_apply(n, &r, 1);
        if (rc == 0 && r.outcome != OUTCOME_DONE)
            rc = r.error ? r.error : -EIO;
    }
    return rc;
}

void
nft_bans_fini(struct nft_bans *n)
{
    buf_fini(&n->batch.bytes);
    *n = (struct nft_bans){0};
}

/* Finds the timeout in the answer to GETSETELEM. */
static void
read_timeout(void *ctx, const struct nl_msg *m)
{
    struct span list, element, value;
    uint64_t *timeout_ms = ctx;

    list = nl_attr_find(m->payload, sizeof(struct nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
    element = nl_attr_find(list, 0, NFTA_LIST_ELEM);
    value = nl_attr_find(element, 0, NFTA_SET_ELEM_TIMEOUT);
    if (value.len != sizeof(*timeout_ms))
        return;
    memcpy(timeout_ms, value.ptr, sizeof(*timeout_ms));
    *timeout_ms = be64toh(*timeout_ms);
}

static int
probe_update(const struct nft_table *t, struct nl_socket *s, struct nl_batch *b,
             const struct addr *a, bool *has_update)
{
    uint64_t timeout_ms = 0;
    int rc;

    nl_start(b);
    nft_set_address(b, NFT_MSG_NEWSETELEM, t->probe, PROBE_SET, a, PROBE_LONG_MS);
    rc = nl_transact(s, b, NULL, NULL);
    if (rc != 0)
        return rc;
    nl_clear(b);
    nft_set_address(b, NFT_MSG_GETSETELEM, t->probe, PROBE_SET, a, 0);
    rc = nl_ask(s, b, read_timeout, &timeout_ms);
    *has_update = timeout_ms > PROBE_SHORT_MS;
    return rc;
}

int
nft_probe(const struct nft_table *t, struct nl_socket *s, struct nft_features *f)
{
    struct addr present = {4, 32, {192, 0, 2, 1}}, absent = {4, 32, {192, 0, 2, 2}};
    struct nft_features found = {0};
    struct nl_batch b = {0};
    int rc;

    nl_start(&b);
    nft_table_drop(&b, t->probe);
    nl_nft(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
    nl_attr_text(&b, NFTA_TABLE_NAME, t->probe);
    nft_set_timed(&b, t->probe, PROBE_SET, NFT_KEY_IPV4, 8);
    nft_set_address(&b, NFT_MSG_NEWSETELEM, t->probe, PROBE_SET, &present,
                    PROBE_SHORT_MS);
    rc = nl_transact(s, &b, NULL, NULL);
    if (rc == 0)
        rc = probe_update(t, s, &b, &present, &found.has_update);
    if (rc == 0) {
        nl_start(&b);
        nft_set_address(&b, NFT_SET_DESTROY, t->probe, PROBE_SET, &absent, 0);
        found.has_destroy = nl_transact(s, &b, NULL, NULL) == 0;
        nl_start(&b);
        nft_table_drop(&b, t->probe);
        rc = nl_transact(s, &b, NULL, NULL);
    }
    buf_fini(&b.bytes);
    if (rc == 0)
        *f = found;
    return rc;
}
