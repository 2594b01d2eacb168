/* judge_allow_names: names of hosts on the list of who is never banned. What a name
 * stands for is treated as if a person had named it: told to the enforcer, saved, its
 * bans lifted. */
#include "base/clock.h"
#include "base/mem.h"
#include "judge_allow.h"
#include "judge_client.h"

/* Longer than the resolver takes at worst, shorter than a command waits. */
enum { ORDER_WAIT_US = 8000000, LIST_TEXT_MAX = 1024 };

static const struct host_key *
key_of(const struct judge *j, const struct allow_name *n)
{
    return table_key(&j->allow.names, n);
}

static void
say(struct judge *j, const char *event, const struct allow_name *n)
{
    char text[ADDR_TEXT_MAX], until[CLOCK_TEXT_MAX];
    struct buf list = buf_bounded(LIST_TEXT_MAX);

    for (size_t i = 0; i < n->count; i++)
        buf_printf(&list, "%s%s", i ? "," : "", addr_text(&n->addresses[i], text));
    log_line(&j->role.log, LOG_LEVEL_INFO, event, "name=%s until=%s addresses=%s",
             key_of(j, n)->text,
             n->entry.until_us < 0 ? "never" : clock_text(n->entry.until_us, until),
             n->count ? list.ptr : "none");
    buf_fini(&list);
}

/* --- when to ask --- */

static void
arm_due(struct judge *j)
{
    int64_t first_us = INT64_MAX, now_us = clock_boot_us();

    loop_timer_clear(&j->role.loop, &j->allow_due);
    for (const struct allow_name *n = table_oldest(&j->allow.names); n;
         n = table_next(&j->allow.names, n))
        if (!n->is_asked && n->due_us < first_us)
            first_us = n->due_us;
    if (first_us != INT64_MAX)
        loop_timer_set(&j->role.loop, &j->allow_due,
                       first_us > now_us ? first_us - now_us : 0);
}

/* Asks for the names whose time has come. */
static void
on_due(void *ctx)
{
    struct judge *j = ctx;
    int64_t now_us = clock_boot_us();

    for (struct allow_name *n = table_oldest(&j->allow.names); n;
         n = table_next(&j->allow.names, n)) {
        if (n->is_asked || n->due_us > now_us)
            continue;
        n->is_asked = judge_ask_allowed(j, key_of(j, n));
        if (!n->is_asked) /* too many commands ask for others */
            n->due_us = now_us + ORDER_WAIT_US;
    }
    arm_due(j);
}

static void on_orders(void *ctx);

/* A name is, or is to be, on the list. */
static void
begin(struct judge *j)
{
    judge_begin_names(j);
    j->allow_due.fn = on_due;
    j->allow_orders.fn = on_orders;
    j->allow_due.ctx = j->allow_orders.ctx = j;
}

void
judge_begin_allowed_names(struct judge *j)
{
    if (!j->allow.names.count)
        return;
    begin(j);
    on_due(j);
}

/* --- what a name stands for --- */

static bool
is_among(const struct addr *who, const struct addr *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (addr_eq(&list[i], who))
            return true;
    return false;
}

/* A name stands for others than `old`: tells the enforcer, and lets the new ones in;
 * returns how many bans were lifted. */
static uint32_t
spread(struct judge *j, const struct addr *old, size_t old_count,
       const struct allow_name *n)
{
    uint32_t lifted = 0;

    for (size_t i = 0; i < n->count; i++) {
        if (is_among(&n->addresses[i], old, old_count))
            continue;
        judge_change_allowed(j, &n->addresses[i]);
        lifted += judge_lift_within(j, &n->addresses[i]);
        judge_forget(j, &n->addresses[i]);
    }
    for (size_t i = 0; i < old_count; i++)
        if (!is_among(&old[i], n->addresses, n->count))
            judge_change_allowed(j, &old[i]);
    return lifted;
}

static void
tell_lost(struct judge *j, struct allow_name *n, enum resolved outcome)
{
    if (outcome == RESOLVED_FOUND) {
        n->lost_us = 0;
        return;
    }
    if (n->lost_us)
        return;
    n->lost_us = j->now_us;
    log_line(&j->role.log, LOG_LEVEL_WARNING, "allow-name-unknown",
             "name=%s reason=\"%s\" addresses=%s", key_of(j, n)->text,
             judge_outcome_text(outcome),
             outcome == RESOLVED_FAILED && n->count ? "kept" : "none");
}

/* An answer for a name of the list. */
static void
refresh(struct judge *j, struct allow_name *n, const struct names_answer *a)
{
    struct addr old[ALLOW_ADDRESSES_MAX];
    size_t old_count = n->count;
    struct buf why = {0};

    n->is_asked = false;
    n->due_us = clock_boot_us() + a->good_us;
    tell_lost(j, n, a->outcome);
    memcpy(old, n->addresses, sizeof(old));
    /* While servers do not answer, what was found last holds. */
    if (a->outcome == RESOLVED_FAILED ||
        !allow_set_addresses(&j->allow, n, a->addresses, a->count))
        return;
    (void)spread(j, old, old_count, n); /* the log has each ban */
    say(j, "allow-name-changed", n);
    /* What is in memory holds; the next change writes it. */
    if (!judge_save_allow(j, &why))
        log_line(&j->role.log, LOG_LEVEL_ERROR, "allow-not-saved", "reason=\"%s\"",
                 why.ptr);
    buf_fini(&why);
}

/* --- changes by a person --- */

/* Puts a name on the list, with what was found for it unless `a` is NULL. */
static enum answer_outcome
put_name(struct judge *j, const struct client_order *o, const struct names_answer *a,
         struct buf *text)
{
    int64_t until_us = o->for_s <= 0 ? -1 : j->now_us + o->for_s * SECOND_US;
    struct allow_name *n = table_find(&j->allow.names, &o->name);
    struct allow_entry former = n ? n->entry : (struct allow_entry){0};
    bool is_new = !n;
    uint32_t lifted = 0;

    switch (allow_put_name(&j->allow, &o->name, until_us, buf_span(&o->comment))) {
    case ALLOW_SAME:
        buf_add_text(text, "allowed already");
        return ANSWER_NO_MATCH;
    case ALLOW_FULL:
        buf_printf(text, "the list has %d names, which is all it can have",
                   ALLOW_NAMES_MAX);
        return ANSWER_REFUSED;
    case ALLOW_NEW:
    case ALLOW_CHANGED:
        break;
    }
    n = table_find(&j->allow.names, &o->name);
    if (is_new && a) {
        (void)allow_set_addresses(&j->allow, n, a->addresses, a->count); /* it had none */
        n->due_us = clock_boot_us() + a->good_us;
    }
    if (!judge_save_allow(j, text)) {
        if (is_new)
            (void)allow_remove_name(&j->allow, &o->name); /* put there just now */
        else
            n->entry = former;
        return ANSWER_INTERNAL;
    }
    if (is_new)
        lifted = spread(j, NULL, 0, n);
    judge_arm_allow(j);
    begin(j);
    on_due(j); /* one that was not found yet is asked for */
    say(j, "allow-name", n);
    if (lifted)
        buf_printf(text, "%u ban%s lifted", lifted, lifted == 1 ? " was" : "s were");
    return ANSWER_DONE;
}

enum answer_outcome
judge_add_allowed_name(struct judge *j, const struct host_key *name, int64_t for_s,
                       struct span comment, struct buf *text)
{
    struct client_order o = {.name = *name, .for_s = for_s};
    enum answer_outcome outcome;

    buf_add(&o.comment, comment);
    outcome = put_name(j, &o, NULL, text);
    buf_fini(&o.comment);
    return outcome;
}

/* Takes a name off the list, and tells the enforcer. */
static void
leave(struct judge *j, const struct host_key *name)
{
    const struct allow_name *n = table_find(&j->allow.names, name);
    struct allow_name former = *n;

    (void)allow_remove_name(&j->allow, name); /* it is there */
    for (size_t i = 0; i < former.count; i++)
        judge_change_allowed(j, &former.addresses[i]);
}

bool
judge_end_allowed_names(struct judge *j)
{
    struct host_key name;
    bool is_any = false;

    while (allow_find_name_over(&j->allow, j->now_us, &name)) {
        is_any = true;
        leave(j, &name);
        log_line(&j->role.log, LOG_LEVEL_INFO, "allow-over", "name=%s", name.text);
    }
    return is_any;
}

/* Puts a name back that could not be taken off the file. */
static void
restore(struct judge *j, const struct host_key *name, const struct allow_name *former)
{
    struct allow_name *n;

    must(allow_put_name(&j->allow, name, former->entry.until_us,
                        (struct span){former->entry.comment,
                                      former->entry.comment_len}) == ALLOW_NEW);
    n = table_find(&j->allow.names, name);
    (void)allow_set_addresses(&j->allow, n, former->addresses, former->count);
    n->lost_us = former->lost_us;
    n->due_us = former->due_us;
    n->is_asked = former->is_asked;
    (void)spread(j, NULL, 0, n); /* nothing was banned meanwhile */
}

enum answer_outcome
judge_remove_allowed_name(struct judge *j, const struct host_key *name, struct buf *text)
{
    const struct allow_name *n = table_find(&j->allow.names, name);
    struct allow_name former;

    if (!n) {
        buf_add_text(text, "not on the list");
        return ANSWER_NO_MATCH;
    }
    former = *n;
    leave(j, name);
    if (!judge_save_allow(j, text)) {
        restore(j, name, &former);
        return ANSWER_INTERNAL;
    }
    judge_arm_allow(j);
    log_line(&j->role.log, LOG_LEVEL_INFO, "allow-removed", "name=%s", name->text);
    return ANSWER_DONE;
}

/* --- commands that wait for the resolver --- */

void
client_drop_order(struct judge_client *c)
{
    if (!c->order)
        return;
    buf_fini(&c->order->comment);
    mem_free(c->order);
    c->order = NULL;
}

/* Ends the answer; one that is done says first what the name stands for. */
static void
end_order(struct judge_client *c, enum answer_outcome outcome, const struct buf *text)
{
    if (outcome == ANSWER_DONE) {
        c->filter.name = c->order->name;
        client_tell_allowed(c);
    }
    client_end(c, outcome, outcome == ANSWER_DONE, buf_span(text));
    client_drop_order(c);
    loop_want(&c->judge->role.loop, &c->watch, LOOP_READ | LOOP_WRITE);
}

static void
refuse_order(struct judge_client *c, const char *why)
{
    struct buf text = {0};

    buf_printf(&text, "not put on the list: %s", why);
    end_order(c, ANSWER_REFUSED, &text);
    buf_fini(&text);
}

static void
arm_orders(struct judge *j)
{
    int64_t first_us = INT64_MAX, now_us = clock_boot_us();

    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++)
        if (j->clients[i] && j->clients[i]->order &&
            j->clients[i]->order->since_us < first_us)
            first_us = j->clients[i]->order->since_us;
    loop_timer_clear(&j->role.loop, &j->allow_orders);
    if (first_us != INT64_MAX)
        loop_timer_set(
            &j->role.loop, &j->allow_orders,
            first_us + ORDER_WAIT_US > now_us ? first_us + ORDER_WAIT_US - now_us : 0);
}

/* No resolver came, or none that answers. */
static void
on_orders(void *ctx)
{
    struct judge *j = ctx;
    int64_t now_us = clock_boot_us();

    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++)
        if (j->clients[i] && j->clients[i]->order &&
            j->clients[i]->order->since_us + ORDER_WAIT_US <= now_us)
            refuse_order(j->clients[i], judge_has_resolver(j)
                                            ? "the resolver does not answer"
                                            : "the resolver does not run");
    arm_orders(j);
}

static void
take_order(struct judge_client *c, const struct names_answer *a)
{
    struct buf text = {0};

    if (a && a->outcome != RESOLVED_FOUND) {
        refuse_order(c, judge_outcome_text(a->outcome));
        return;
    }
    end_order(c, put_name(c->judge, c->order, a, &text), &text);
    buf_fini(&text);
}

void
judge_take_allowed(struct judge *j, const struct host_key *name,
                   const struct names_answer *a)
{
    struct allow_name *n = table_find(&j->allow.names, name);

    if (n)
        refresh(j, n, a);
    for (size_t i = 0; i < JUDGE_CLIENTS_MAX; i++) {
        struct judge_client *c = j->clients[i];

        if (c && c->order && memcmp(&c->order->name, name, sizeof(*name)) == 0)
            take_order(c, a);
    }
    arm_due(j);
    arm_orders(j);
}

void
client_order_name(struct judge_client *c, const struct wire_ask_allow *m)
{
    struct judge *j = c->judge;

    c->order = mem_zalloc(1, sizeof(*c->order));
    c->order->name = host_key_of(m->name);
    c->order->for_s = m->for_s;
    c->order->since_us = clock_boot_us();
    buf_add(&c->order->comment, m->comment);
    if (table_find(&j->allow.names, &c->order->name)) {
        take_order(c, NULL);
        return;
    }
    begin(j);
    if (!judge_ask_allowed(j, &c->order->name))
        refuse_order(c, "too many names are looked up");
    arm_orders(j);
}
