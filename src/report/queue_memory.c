#include "report/queue_memory.h"

struct key {
    char id[QUEUE_ID_MAX];
    uint32_t instance;
};

void
queue_memory_init(struct queue_memory *q, uint32_t max)
{
    *q = (struct queue_memory){0};
    table_init(&q->table, sizeof(struct key), sizeof(struct queue_message), max);
}

void
queue_memory_fini(struct queue_memory *q)
{
    table_fini(&q->table);
}

static struct key
key_of(struct queue_id id)
{
    struct key key = {.instance = id.instance};

    if (id.text.len)
        memcpy(key.id, id.text.ptr,
               id.text.len < QUEUE_ID_MAX ? id.text.len : QUEUE_ID_MAX);
    return key;
}

struct queue_message *
queue_memory_find(const struct queue_memory *q, struct queue_id id)
{
    struct key key = key_of(id);

    return table_find(&q->table, &key);
}

struct queue_message *
queue_memory_put(struct queue_memory *q, struct queue_id id, int64_t wall_us)
{
    struct key key = key_of(id);
    struct queue_message *m = table_put(&q->table, &key);

    if (!m) {
        table_remove(&q->table, table_oldest(&q->table));
        q->forgotten++;
        m = table_put(&q->table, &key);
    }
    if (m->since_us == 0)
        *m = (struct queue_message){.since_us = wall_us ? wall_us : 1, .size = -1};
    return m;
}

void
queue_memory_remove(struct queue_memory *q, struct queue_message *m)
{
    table_remove(&q->table, m);
}

struct queue_id
queue_memory_id(const struct queue_memory *q, const struct queue_message *m)
{
    const struct key *key = table_key(&q->table, m);

    return (struct queue_id){{key->id, strnlen(key->id, QUEUE_ID_MAX)}, key->instance};
}
