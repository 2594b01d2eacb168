/* What is known, for whoever asks for it or changes it by hand. */
#include "gate/greylist_parts.h"

#include "base/mem.h"

int
greylist_look(const struct config_greylist *config, const char *folder, struct buf *notes,
              struct greylist **out)
{
    struct greylist *g = mem_zalloc(1, sizeof(*g));
    struct grey_ages ages = {config->max_age_s, config->retry_window_s};
    struct grey_log_found found;
    int err = grey_store_read(&g->store, folder, ages, &found);

    if (err) {
        mem_free(g);
        return err;
    }
    g->config = config;
    greylist_reload(g, notes);
    *out = g;
    return 0;
}

bool
greylist_next(const struct greylist *g, uint64_t *place, int64_t now_s,
              struct greylist_known *out)
{
    const struct grey_entry *e;
    struct grey_key key;

    do
        e = grey_store_next(&g->store, place, &key);
    while (e && grey_entry_is_over(e, &g->store.ages, now_s));
    if (!e)
        return false;
    *out = (struct greylist_known){.is_client = e->kind == GREY_CLIENT,
                                   .has_passed =
                                       e->kind == GREY_CLIENT || e->flags & GREY_PASSED,
                                   .first_s = e->first_s,
                                   .last_s = e->last_s,
                                   .count = e->count};
    (void)snprintf(out->key, sizeof(out->key), "%016llx%016llx",
                   (unsigned long long)key.a, (unsigned long long)key.b);
    return true;
}

uint32_t
greylist_client_count(struct greylist *g, const struct addr *client, int64_t now_s)
{
    struct grey_key key = greylist_client_key(g, client);
    const struct grey_entry *e = grey_store_find(&g->store, &key, now_s);

    return e ? e->count : 0;
}

void
greylist_allow(struct greylist *g, const struct addr *client, int64_t now_s)
{
    struct grey_key key = greylist_client_key(g, client);
    struct grey_entry e = {.last_s = (uint32_t)now_s,
                           .count = g->config->auto_whitelist,
                           .kind = GREY_CLIENT};

    grey_store_put(&g->store, &key, &e);
}

bool
greylist_forget(struct greylist *g, const struct greylist_ask *ask)
{
    struct grey_key key;
    struct greylist_ask by_net = *ask;
    bool is_own, was_known;

    if (ask->recipient.len == 0) {
        key = greylist_client_key(g, &ask->client);
        return grey_store_remove(&g->store, &key);
    }
    (void)greylist_find(g, ask, &key, &is_own);
    was_known = grey_store_remove(&g->store, &key);
    by_net.client_name = by_net.spf_domain = (struct span){0};
    (void)greylist_find(g, &by_net, &key, &is_own);
    return grey_store_remove(&g->store, &key) || was_known;
}
