/* What of a question is looked at: its keys, its delay, whether to ask at all. */
#include "gate/greylist_parts.h"

#include "base/ascii.h"
#include "base/sha1.h"

bool
greylist_has_good_name(const struct greylist_ask *ask)
{
    return ask->client_name.len && !span_eq(ask->client_name, SPAN("unknown")) &&
           !(ask->looks & GREYLIST_GENERIC);
}

static struct grey_key_options
key_options(const struct greylist *g)
{
    const struct config_greylist *c = g->config;

    return (struct grey_key_options){c->is_by_host, c->ipv4_bits, c->ipv6_bits,
                                     c->has_sender_tokens};
}

struct grey_key
greylist_client_key(struct greylist *g, const struct addr *client)
{
    struct grey_key_options o = key_options(g);

    o.is_by_host = false;
    buf_clear(&g->key);
    if (g->config->is_auto_by_network)
        grey_net(&g->key, client, &o);
    else
        grey_client(&g->key, client);
    return grey_key_of(&g->store.log.secret, 'c', buf_span(&g->key));
}

/* The owner of the client's pool as "spf:DOMAIN" or "name:DOMAIN"; false: it has none. */
static bool
add_pool(struct buf *out, const struct greylist_ask *ask)
{
    struct span name;

    if (ask->looks & GREYLIST_SPF_PASS && ask->spf_domain.len) {
        buf_add_text(out, "spf:");
        buf_add(out, ask->spf_domain);
        return true;
    }
    if (!greylist_has_good_name(ask))
        return false;
    name = grey_pool_name(ask->client_name);
    buf_add_text(out, "name:");
    buf_add(out, name);
    return name.len > 0;
}

/* Of client and mail. */
static struct grey_key
key_of(struct greylist *g)
{
    buf_clear(&g->key);
    grey_triplet(&g->key, buf_span(&g->client), buf_span(&g->mail));
    return grey_key_of(&g->store.log.secret, 't', buf_span(&g->key));
}

/* What postgrey kept with --privacy. */
static const struct grey_entry *
find_sha1(struct greylist *g, const struct greylist_ask *ask)
{
    char hex[SHA1_HEX];
    struct grey_key key;

    buf_clear(&g->mail);
    grey_mail(&g->mail, ask->sender, ask->recipient, false, &g->scratch);
    buf_clear(&g->key);
    grey_triplet(&g->key, buf_span(&g->client), buf_span(&g->mail));
    sha1_hex(buf_span(&g->key), hex);
    key = grey_key_of(&g->store.log.secret, 's', span_of(hex));
    return grey_store_find(&g->store, &key, ask->now_s);
}

/* It hashed the spelling of NetAddr::IP, in capitals. */
const struct grey_entry *
greylist_find_client_sha1(struct greylist *g, const struct greylist_ask *ask)
{
    char hex[SHA1_HEX];
    struct grey_key key;

    buf_clear(&g->key);
    grey_client(&g->key, &ask->client);
    for (size_t i = 0; i < g->key.len; i++)
        if (ascii_is_lower(g->key.ptr[i]))
            g->key.ptr[i] &= ~0x20;
    sha1_hex(buf_span(&g->key), hex);
    key = grey_key_of(&g->store.log.secret, 'S', span_of(hex));
    return grey_store_find(&g->store, &key, ask->now_s);
}

/* First by the pool, then by the network: what was known before there were pools, or when
 * a name server did not answer, is known still. Both places come from memory at once. */
const struct grey_entry *
greylist_find(struct greylist *g, const struct greylist_ask *ask, struct grey_key *key,
              bool *is_own)
{
    struct grey_key_options o = key_options(g);
    const struct grey_entry *e;
    struct grey_key by_net;
    bool has_pool;

    buf_clear(&g->mail);
    grey_mail(&g->mail, ask->sender, ask->recipient, g->config->has_sender_tokens,
              &g->scratch);
    buf_clear(&g->client);
    has_pool = g->config->has_pools && add_pool(&g->client, ask);
    if (has_pool) {
        *key = key_of(g);
        grey_store_expect(&g->store, key);
    }
    buf_clear(&g->client);
    grey_net(&g->client, &ask->client, &o);
    by_net = key_of(g);
    if (has_pool)
        grey_store_expect(&g->store, &by_net);
    else
        *key = by_net;
    e = grey_store_find(&g->store, key, ask->now_s);
    *is_own = e != NULL;
    if (!e && has_pool)
        e = grey_store_find(&g->store, &by_net, ask->now_s);
    return e || g->store.sha1_count == 0 ? e : find_sha1(g, ask);
}

static bool
is_of_word(char c)
{
    return ascii_is_letter(c) || ascii_is_digit(c);
}

/* Whether a word stands in a text without letters and digits at its sides; in any case.
 */
static bool
has_word(struct span text, struct span word)
{
    for (size_t i = 0; i + word.len <= text.len; i++) {
        size_t end = i + word.len;

        if ((i == 0 || !is_of_word(text.ptr[i - 1])) &&
            (end == text.len || !is_of_word(text.ptr[end])) &&
            span_eq_nocase((struct span){text.ptr + i, word.len}, word))
            return true;
    }
    return false;
}

static bool
is_early_sender(const struct greylist *g, struct span sender)
{
    struct span words = span_of(g->config->early_senders), word;
    ptrdiff_t at = span_find_last(sender, '@');
    struct span user = span_head(sender, at < 0 ? 0 : (size_t)at);

    user = span_head(user, GREY_VALUE_MAX);
    while (span_word(&words, &word))
        if (has_word(user, word))
            return true;
    return false;
}

int64_t
greylist_delay(const struct greylist *g, const struct greylist_ask *ask)
{
    const struct config_greylist *c = g->config;
    bool is_verified = ask->looks & GREYLIST_SPF_PASS || greylist_has_good_name(ask);

    if (c->early_delay_s && is_verified && !(ask->looks & GREYLIST_DOUBTFUL) &&
        is_early_sender(g, ask->sender))
        return c->early_delay_s;
    return c->delay_s;
}

const char *
greylist_skips(const struct greylist *g, const struct greylist_ask *ask)
{
    const struct config_greylist *c = g->config;
    bool has_good_name = greylist_has_good_name(ask);
    unsigned looks = ask->looks & ~(unsigned)CONFIG_GREYLIST_FCRDNS;

    looks |= has_good_name ? CONFIG_GREYLIST_FCRDNS : 0;
    if (g->only && !grey_list_has_recipient(g->only, ask->recipient))
        return "recipient-not-chosen";
    if (looks & c->skip & CONFIG_GREYLIST_TRUSTED)
        return "trusted";
    if (looks & c->skip & CONFIG_GREYLIST_DNSWL)
        return "dnswl";
    if (looks & c->skip & CONFIG_GREYLIST_SPF)
        return "spf";
    if (looks & c->skip & CONFIG_GREYLIST_FCRDNS && !(looks & GREYLIST_DOUBTFUL))
        return "fcrdns";
    if (c->is_only_doubtful && has_good_name && !(looks & GREYLIST_DOUBTFUL))
        return "not-doubtful";
    if (c->skips_null_sender && ask->sender.len == 0)
        return "null-sender";
    return NULL;
}

static uint64_t
message_hash(const struct greylist *g, struct span instance)
{
    uint64_t h = hash_bytes_fast(g->store.log.check, instance.ptr, instance.len);

    return h ? h : 1;
}

bool
greylist_message_seen(const struct greylist *g, const struct greylist_messages *m,
                      struct span instance)
{
    uint64_t h = message_hash(g, instance);

    return instance.len && m->seen[h % GREYLIST_MESSAGES] == h;
}

void
greylist_message_add(const struct greylist *g, struct greylist_messages *m,
                     struct span instance)
{
    uint64_t h = message_hash(g, instance);

    if (instance.len)
        m->seen[h % GREYLIST_MESSAGES] = h;
}
