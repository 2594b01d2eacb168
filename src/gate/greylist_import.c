/* What postgrey knows, taken over. */
#include "gate/greylist_parts.h"

#include "base/ascii.h"
#include "base/sha1.h"
#include "gate/grey_dump.h"

enum {
    COUNT_MAX =
        10000000,        /* a number below it is no time, but how often a client passed */
    COMMIT_EVERY = 8192, /* pairs; fewer bytes than may wait */
};

struct importing {
    struct greylist *g;
    struct greylist_imported *done;
    int64_t now_s;
    struct buf key;
    uint64_t pairs;
};

static bool
is_sha1(struct span key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!ascii_is_digit(key.ptr[i]) && !(key.ptr[i] >= 'a' && key.ptr[i] <= 'f'))
            return false;
    return key.len == SHA1_HEX - 1;
}

/* What is known already, by mail that has come since, stays. */
static void
put(struct importing *i, const struct grey_key *key, const struct grey_entry *e)
{
    if (grey_entry_is_over(e, &i->g->store.ages, i->now_s)) {
        i->done->over++;
    } else if (grey_store_find(&i->g->store, key, i->now_s)) {
        i->done->same++;
    } else {
        grey_store_put(&i->g->store, key, e);
        *(e->kind == GREY_CLIENT ? &i->done->clients : &i->done->triplets) += 1;
    }
}

/* The key's text is as postgrey made it; senders that are one for us are made one. */
static bool
triplet_key(struct importing *i, struct span text, struct grey_key *key)
{
    struct span client, sender, recipient;
    const struct grey_secret *secret = &i->g->store.log.secret;

    if (is_sha1(text)) {
        *key = grey_key_of(secret, 's', text);
        return true;
    }
    if (!grey_triplet_cut(text, &client, &sender, &recipient))
        return false;
    buf_clear(&i->key);
    buf_add(&i->key, client);
    buf_add_byte(&i->key, '/');
    if (i->g->config->has_sender_tokens)
        grey_sender_tokens(&i->key, sender);
    else
        buf_add(&i->key, sender);
    buf_add_byte(&i->key, '/');
    buf_add(&i->key, recipient);
    *key = grey_key_of(secret, 't', buf_span(&i->key));
    return true;
}

static bool
client_key(struct importing *i, struct span text, struct grey_key *key)
{
    struct addr a;

    if (is_sha1(text)) {
        *key = grey_key_of(&i->g->store.log.secret, 'S', text);
        return true;
    }
    if (!addr_parse(text, &a))
        return false;
    *key = greylist_client_key(i->g, &a);
    return true;
}

/* FIRST,LAST of a triplet, COUNT,LAST of a client; what a third number says nobody reads.
 */
static bool
read_value(struct span value, uint64_t *first, uint64_t *last)
{
    struct span a, b, rest;

    if (!span_cut(value, SPAN(","), &a, &b))
        return false;
    if (span_cut(b, SPAN(","), &rest, &(struct span){0}))
        b = rest;
    return span_u64(a, 0, UINT32_MAX, first) && span_u64(b, 0, UINT32_MAX, last);
}

static void
take_pair(void *ctx, struct span text, struct span value)
{
    struct importing *i = ctx;
    struct grey_entry e = {.flags = is_sha1(text) ? GREY_SHA1 : 0};
    struct grey_key key;
    uint64_t first, last;
    bool is_good = read_value(value, &first, &last);

    if (++i->pairs % COMMIT_EVERY == 0)
        grey_store_commit(&i->g->store);
    if (is_good && first < COUNT_MAX) {
        e.kind = GREY_CLIENT;
        e.count = (uint32_t)first;
        e.last_s = (uint32_t)last;
        is_good = client_key(i, text, &key);
    } else if (is_good) {
        e.kind = GREY_TRIPLET;
        e.first_s = (uint32_t)first;
        e.last_s = (uint32_t)last;
        if (last >= first && (int64_t)(last - first) >= i->g->config->delay_s)
            e.flags |= GREY_PASSED;
        is_good = triplet_key(i, text, &key);
    }
    if (is_good)
        put(i, &key, &e);
    else
        i->done->broken++;
}

void
greylist_import_pair(struct greylist *g, const struct greylist_pair *pair, int64_t now_s,
                     struct greylist_imported *done)
{
    struct importing i = {.g = g, .done = done, .now_s = now_s};

    take_pair(&i, pair->key, pair->value);
    buf_fini(&i.key);
}

int
greylist_import(struct greylist *g, int fd, int64_t now_s, struct greylist_imported *out)
{
    struct importing i = {.g = g, .done = out, .now_s = now_s};
    struct grey_dump d = {.fn = take_pair, .ctx = &i};
    int err;

    *out = (struct greylist_imported){0};
    err = grey_dump_read(&d, fd);
    out->broken += d.broken;
    grey_store_commit(&g->store);
    grey_dump_fini(&d);
    buf_fini(&i.key);
    return err;
}
