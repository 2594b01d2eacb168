#include "gate_accounts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "gate_decide.h"

/* A turn that waits for the first judge. */
struct waiter {
    struct gate_accounts *all;
    struct gate_turn *turn;
    struct waiter *older, *younger;
};

struct gate_accounts {
    struct gate *gate;
    struct accounts accounts;
    bool is_known; /* a judge has told all, or none did for so long */
    struct waiter *oldest, *youngest;
    struct loop_timer due;
    uint64_t waited;
};

static void
unlink_waiter(struct waiter *w)
{
    struct gate_accounts *a = w->all;

    if (w->older)
        w->older->younger = w->younger;
    else
        a->oldest = w->younger;
    if (w->younger)
        w->younger->older = w->older;
    else
        a->youngest = w->older;
    mem_free(w);
}

static void
let_go(struct gate_accounts *a)
{
    a->is_known = true;
    loop_timer_clear(a->gate->loop, &a->due);
    while (a->oldest) {
        struct gate_turn *t = a->oldest->turn;

        unlink_waiter(a->oldest);
        gate_decide_standing(a->gate, t, STANDING_NEUTRAL);
    }
}

/* No judge has said anything for too long: mail must go on. */
static void
on_due(void *ctx)
{
    struct gate_accounts *a = ctx;

    log_line(a->gate->log, LOG_LEVEL_WARNING, "accounts-unknown",
             "what=\"judge has not said yet whose mail is held or limited: none is\"");
    let_go(a);
}

void
gate_accounts_begin(struct gate *g)
{
    struct gate_accounts *a = mem_zalloc(1, sizeof(*a));

    g->accounts = a;
    a->gate = g;
    accounts_init(&a->accounts);
    a->due = (struct loop_timer){.fn = on_due, .ctx = a};
    loop_timer_set(g->loop, &a->due, GATE_FIRST_WAIT_US);
}

void
gate_accounts_new_judge(struct gate *g)
{
    accounts_begin(&g->accounts->accounts);
}

bool
gate_accounts_hear(struct gate *g, const struct wire_frame *f)
{
    struct gate_accounts *a = g->accounts;
    struct wire_curb m;

    if (f->type == WIRE_CURBS_END) {
        accounts_settle(&a->accounts);
        let_go(a);
        return true;
    }
    if (f->type != WIRE_CURB || !wire_get_curb(f->fields, &m) || m.kind >= CURB_KINDS ||
        m.account.len == 0)
        return false;
    accounts_put(&a->accounts,
                 &(struct account_curb){
                     .kind = (enum curb_kind)m.kind,
                     .account = m.account,
                     .until_us = m.left_us < 0 ? -1 : clock_boot_us() + m.left_us,
                     .messages = m.messages,
                     .recipients = m.recipients});
    return true;
}

/* Nobody waits for the answer any longer, but it must be given. */
static void
on_cancel(struct gate_turn *t)
{
    unlink_waiter(t->work);
    gate_turn_answer(t, &(struct gate_answer){.action = GATE_DUNNO});
}

bool
gate_accounts_look(struct gate *g, struct gate_turn *t)
{
    struct gate_accounts *a = g->accounts;
    struct waiter *w;

    if (!a || a->is_known || t->request->values[GATE_SASL_USERNAME].len == 0)
        return true;
    w = mem_zalloc(1, sizeof(*w));
    *w = (struct waiter){.all = a, .turn = t, .older = a->youngest};
    if (a->youngest)
        a->youngest->younger = w;
    else
        a->oldest = w;
    a->youngest = w;
    a->waited++;
    t->work = w;
    t->on_cancel = on_cancel;
    return false;
}

enum accounts_word
gate_accounts_ask(struct gate *g, const struct gate_request *r, bool is_try)
{
    struct gate_accounts *a = g->accounts;

    if (!a)
        return ACCOUNTS_FREE;
    return is_try ? accounts_try(&a->accounts, r, clock_boot_us())
                  : accounts_ask(&a->accounts, r, clock_boot_us());
}

void
gate_accounts_numbers(const struct gate *g, gate_number_fn *fn, void *ctx)
{
    const struct gate_accounts *a = g->accounts;

    if (!a)
        return;
    for (int kind = 0; kind < CURB_KINDS; kind++)
        fn(ctx, "accounts", curb_name((unsigned)kind),
           accounts_count(&a->accounts, (enum curb_kind)kind, clock_boot_us()));
    fn(ctx, "account_answers_total", curb_name(CURB_HOLD), a->accounts.held);
    fn(ctx, "account_answers_total", curb_name(CURB_LIMIT), a->accounts.limited);
    fn(ctx, "account_waits_total", NULL, a->waited);
}

void
gate_accounts_stop(struct gate *g)
{
    if (g->accounts)
        let_go(g->accounts);
}

void
gate_accounts_end(struct gate *g)
{
    if (!g->accounts)
        return;
    accounts_fini(&g->accounts->accounts);
    mem_free(g->accounts);
    g->accounts = NULL;
}
