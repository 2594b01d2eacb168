#include "resolve/hosts.h"

#include "base/mem.h"

struct entry {
    struct addr addresses[RESOLVE_ADDRESSES_MAX];
    size_t count;
};

void
hosts_init(struct hosts *h)
{
    table_init(&h->names, sizeof(struct host_key), sizeof(struct entry), HOSTS_NAMES_MAX);
}

void
hosts_fini(struct hosts *h)
{
    table_fini(&h->names);
}

static void
add(struct hosts *h, struct span name, const struct addr *a)
{
    struct host_key key;
    struct entry *e;

    if (!host_is_name(name))
        return;
    key = host_key_of(name);
    e = table_put(&h->names, &key);
    if (!e)
        return;
    for (size_t i = 0; i < e->count; i++)
        if (addr_eq(&e->addresses[i], a))
            return;
    if (e->count < RESOLVE_ADDRESSES_MAX)
        e->addresses[e->count++] = *a;
}

void
hosts_read(struct hosts *h, struct span text)
{
    struct span line, before, after, word;
    struct addr a;

    while (span_line(&text, &line)) {
        if (span_cut(line, SPAN("#"), &before, &after))
            line = before;
        if (!span_word(&line, &word) || !addr_parse(word, &a))
            continue;
        while (span_word(&line, &word))
            add(h, word, &a);
    }
}

bool
hosts_find(const struct hosts *h, struct span name, struct resolve_answer *answer)
{
    const struct entry *e;
    struct host_key key;

    if (!host_is_name(name))
        return false;
    key = host_key_of(name);
    e = table_find(&h->names, &key);
    if (!e)
        return false;
    *answer = (struct resolve_answer){
        .outcome = RESOLVE_FOUND, .count = e->count, .ttl_s = HOSTS_TTL_S};
    memcpy(answer->addresses, e->addresses, sizeof(e->addresses));
    return true;
}
