#include "gate/greylist_share.h"

#include "gate/greylist_parts.h"

_Static_assert(sizeof(struct grey_secret) == 32, "as it is in a secret-file");

int
greylist_take_secret(const char *folder, const uint8_t secret[32], bool *is_other)
{
    struct grey_secret s;

    memcpy(&s, secret, sizeof(s));
    return grey_log_take_secret(folder, &s, is_other);
}

static struct entry_triplet
triplet_of(const struct grey_key *key, const struct grey_entry *e)
{
    return (struct entry_triplet){.a = key->a,
                                  .b = key->b,
                                  .first_s = e->first_s,
                                  .last_s = e->last_s,
                                  .count = e->count > UINT16_MAX ? UINT16_MAX
                                                                 : (uint16_t)e->count,
                                  .kind = e->kind,
                                  .flags = e->flags};
}

static void
on_put(void *ctx, const struct grey_key *key, const struct grey_entry *e)
{
    const struct greylist_watch *w = ctx;
    struct entry_triplet t = triplet_of(key, e);

    w->fn(w->ctx, &t);
}

void
greylist_watch(struct greylist *g, struct greylist_watch *w)
{
    g->store.on_put = w ? on_put : NULL;
    g->store.on_put_ctx = w;
}

enum grey_merged
greylist_merge(struct greylist *g, const struct entry_triplet *t, int64_t now_s)
{
    struct grey_key key = {t->a, t->b};
    struct grey_entry e = {t->first_s, t->last_s, t->count, t->kind, t->flags};

    return grey_store_merge(&g->store, &key, &e, now_s);
}

bool
greylist_next_since(const struct greylist *g, uint64_t *place, int64_t since_s,
                    struct entry_triplet *out, bool *is_end)
{
    const struct grey_entry *e;
    struct grey_key key;

    *is_end = false;
    for (unsigned i = 0; i < GREYLIST_SHARE_STEP; i++) {
        e = grey_store_next(&g->store, place, &key);
        if (!e) {
            *is_end = true;
            return false;
        }
        if (e->last_s >= since_s) {
            *out = triplet_of(&key, e);
            return true;
        }
    }
    return false;
}
