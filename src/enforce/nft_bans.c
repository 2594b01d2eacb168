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

/* Requests in a row that go into the same set, for the same purpose. */
struct run {
    const struct request *first;
    size_t index, count; /* of the first one; of all */
};

static void
put(struct nft_bans *n, unsigned message, const struct run *run)
{
    const struct request *r = run->first;
    bool is_new = message == NFT_MSG_NEWSETELEM && request_is_adding(r);
    char name[NFT_NAME_BYTES];
    const char *set = name;
    size_t list;

    if (r->kind == REQUEST_HOLE || r->kind == REQUEST_UNHOLE)
        set = nft_hole_name(r->who.family, r->who.bits);
    else
        nft_ban_name(r->who.family, r->who.bits, n->table->ids[r->scope], name);
    must(n->batch.count < ARRAY_LEN(n->owner));
    n->owner[n->batch.count] = (uint16_t)run->index;
    list = nft_set_begin(&n->batch, message, n->table->name, set);
    for (size_t i = 0; i < run->count; i++, r++)
        nft_set_next(&n->batch, &r->who,
                     is_new && r->remaining_s > 0 ? (uint64_t)r->remaining_s * 1000 : 0);
    nft_set_end(&n->batch, list);
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

static bool
is_to_do(const struct nft_bans *n, const struct request *r)
{
    return r->outcome == OUTCOME_DONE && has_set(n, r);
}

static bool
is_alike(const struct request *a, const struct request *b)
{
    return a->kind == b->kind && a->scope == b->scope && a->who.family == b->who.family &&
           a->who.bits == b->who.bits;
}

/* How many of `count` requests, of which the first one is to be done, share messages. */
static size_t
run_length(const struct nft_bans *n, const struct request *list, size_t count)
{
    size_t most = n->is_bulk ? NFT_MESSAGE_ELEMENTS : 1, length = 1;

    while (length < most && length < count && is_alike(list, list + length) &&
           is_to_do(n, list + length))
        length++;
    return length;
}

static void
put_run(struct nft_bans *n, const struct run *run)
{
    bool is_adding = request_is_adding(run->first);

    if (!is_adding && n->features.has_destroy) {
        put(n, NFT_SET_DESTROY, run);
        return;
    }
    put(n, NFT_MSG_NEWSETELEM, run);
    if (is_adding && n->features.has_update)
        return;
    /* The first add makes the removal safe, whether or not the element was there. */
    put(n, NFT_MSG_DELSETELEM, run);
    if (is_adding)
        put(n, NFT_MSG_NEWSETELEM, run);
}

void
nft_bans_encode(struct nft_bans *n, const struct request *list, size_t count)
{
    struct run run;

    nl_start(&n->batch);
    for (size_t i = 0; i < count; i += run.count) {
        run = (struct run){list + i, i, 1};
        if (!is_to_do(n, run.first))
            continue;
        run.count = run_length(n, run.first, count - i);
        put_run(n, &run);
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

/* All in few messages. False when the kernel refused, whatever its reason: one address
 * that comes twice is enough, and only one by one they tell what an error means. */
static bool
apply_bulk(struct nft_bans *n, const struct request *list, size_t count)
{
    nft_bans_encode(n, list, count);
    return n->batch.count == 1 || nl_transact(n->socket, &n->batch, NULL, NULL) == 0;
}

int
nft_bans_apply(struct nft_bans *n, struct request *list, size_t count)
{
    bool is_bulk = n->is_bulk;
    int rc = 0;

    must(count <= REQUEST_MAX);
    if (is_bulk && apply_bulk(n, list, count))
        return 0;
    n->is_bulk = false;
    n->requests = list;
    apply_tries(n, list, count, &rc);
    n->is_bulk = is_bulk;
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
