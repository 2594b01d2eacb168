#include "report/checks_pack.h"

static void
count_value(struct pack *p, void *value)
{
    pack_u64(p, value);
}

static void
list_value(struct pack *p, void *value)
{
    struct checks_list *l = value;

    pack_u64(p, &l->hits);
    pack_u64(p, &l->refused);
}

static void
jail_value(struct pack *p, void *value)
{
    struct checks_jail *j = value;

    pack_u64(p, &j->bans);
    pack_u64(p, &j->observed);
    pack_u64(p, &j->unbans);
}

/* Those that wait, the one that was put off longest ago first, so that it is again. */
static void
pack_waiting(struct pack *p, struct table *t)
{
    uint64_t count = t->count;
    uint32_t *at = p->out ? table_oldest(t) : NULL;

    pack_count(p, &count, t->max);
    for (uint64_t i = 0; i < count && !p->is_bad; i++) {
        uint64_t hash = 0;

        if (p->out)
            memcpy(&hash, table_key(t, at), sizeof(hash));
        pack_u64(p, &hash);
        if (p->out) {
            at = table_next(t, at);
            continue;
        }
        at = table_put(t, &hash);
        *at = 1;
    }
}

static void
pack_greylist(struct pack *p, struct checks *c)
{
    pack_u64(p, &c->put_off);
    pack_u64(p, &c->passed);
    pack_u64(p, &c->known);
    pack_u64(p, &c->forgotten);
    pack_delays(p, &c->waited);
    pack_u64(p, &c->key.k0);
    pack_u64(p, &c->key.k1);
    pack_waiting(p, &c->waiting);
}

static void
pack_encryption(struct pack *p, struct checks *c)
{
    pack_texts(p, &c->tls, count_value);
    pack_u64(p, &c->tls_failed_in);
    pack_u64(p, &c->tls_failed_out);
    pack_u64(p, &c->sessions);
    pack_u64(p, &c->plain_sessions);
    pack_u64(p, &c->logins);
    pack_u64(p, &c->plain_logins);
}

void
checks_pack(struct pack *p, struct checks *c)
{
    pack_same(p, DELAYS_BUCKETS);
    pack_u64(p, &c->budget.dropped);
    pack_greylist(p, c);
    pack_texts(p, &c->lists, list_value);
    pack_texts(p, &c->results, count_value);
    pack_texts(p, &c->failing, count_value);
    pack_encryption(p, c);
    pack_texts(p, &c->tests, count_value);
    pack_texts(p, &c->jails, jail_value);
    pack_texts(p, &c->gate, count_value);
}
