#include "decide/trouble.h"

#include "base/clock.h"

static const struct {
    const char *name, *text;
    int64_t after_s, linger_s;
} kinds[TROUBLE_KINDS] = {
#define X(NAME, name, after_s, linger_s, text) {name, text, after_s, linger_s},
#include "decide/trouble.def"
#undef X
};

void
troubles_init(struct troubles *t, trouble_fn *on_change, void *ctx)
{
    *t = (struct troubles){.on_change = on_change, .ctx = ctx};
    table_init(&t->table, sizeof(struct trouble_key), sizeof(struct trouble),
               TROUBLES_MAX);
}

void
troubles_fini(struct troubles *t)
{
    table_fini(&t->table);
}

static void
is_so_now(struct troubles *t, const struct trouble_key *key, struct trouble *one,
          int64_t now_us)
{
    one->last_us = now_us;
    if (one->is_told || now_us - one->since_us < kinds[key->kind].after_s * SECOND_US)
        return;
    one->is_told = true;
    t->on_change(t->ctx, key, one, false);
}

static void
is_not_now(struct troubles *t, const struct trouble_key *key, struct trouble *one,
           int64_t now_us)
{
    struct trouble was = *one;
    int64_t linger_s = kinds[key->kind].linger_s;

    if (was.is_told &&
        (linger_s == TROUBLE_STAYS || now_us - was.last_us < linger_s * SECOND_US))
        return;
    table_remove(&t->table, one);
    if (was.is_told)
        t->on_change(t->ctx, key, &was, true);
}

void
trouble_is(struct troubles *t, enum trouble_kind kind, uint16_t item, bool is_so,
           int64_t now_us)
{
    struct trouble_key key = {.kind = (uint16_t)kind, .item = item};
    struct trouble *one = table_find(&t->table, &key);

    if (!is_so) {
        if (one)
            is_not_now(t, &key, one, now_us);
        return;
    }
    if (!one) {
        one = table_put(&t->table, &key);
        if (!one) {
            t->left_out++;
            return;
        }
        one->since_us = now_us;
    }
    is_so_now(t, &key, one, now_us);
}

int64_t
troubles_due_us(const struct troubles *t)
{
    int64_t due_us = -1;

    for (void *v = table_oldest(&t->table); v; v = table_next(&t->table, v)) {
        const struct trouble_key *key = table_key(&t->table, v);
        int64_t linger_s = kinds[key->kind].linger_s;
        const struct trouble *one = v;
        int64_t this_us = one->since_us + kinds[key->kind].after_s * SECOND_US;

        if (one->is_told && linger_s <= 0)
            continue; /* its end happens, or it has none */
        if (one->is_told)
            this_us = one->last_us + linger_s * SECOND_US;
        if (due_us < 0 || this_us < due_us)
            due_us = this_us;
    }
    return due_us;
}

void
troubles_each(const struct troubles *t, trouble_fn *fn, void *ctx)
{
    for (void *v = table_oldest(&t->table); v; v = table_next(&t->table, v)) {
        const struct trouble *one = v;

        if (one->is_told)
            fn(ctx, table_key(&t->table, v), one, false);
    }
}

const char *
trouble_name(enum trouble_kind kind)
{
    return (size_t)kind < TROUBLE_KINDS ? kinds[kind].name : "?";
}

const char *
trouble_text(enum trouble_kind kind)
{
    return (size_t)kind < TROUBLE_KINDS ? kinds[kind].text : "?";
}
