#include "gate_accounts.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/layers.h"
#include "gate/kept_file.h"
#include "gate_decide.h"

#define LIMITS "limits" /* a file in its folder */

enum {
    KEEP_US = 1000000, /* after something was counted it is written */
    LIMITS_MAX = 8 << 20,
    BOOT_MAX = 64,
};

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
    struct loop_timer keep; /* armed while something is to be written */
    uint64_t kept;          /* of accounts.counted: what is written */
    struct buf head;        /* of the file: of this boot, whose minutes it has */
    bool is_failing;
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

/* --- what was counted outlives the gate --- */

static void
keep(struct gate_accounts *a)
{
    struct buf text = {0}, path = {0};
    int e;

    a->kept = a->accounts.counted;
    buf_add(&text, buf_span(&a->head));
    accounts_print_used(&a->accounts, clock_boot_us(), &text);
    buf_printf(&path, "%s/" LIMITS, a->gate->folder);
    e = kept_file_replace(path.ptr, buf_span(&text));
    if (e && !a->is_failing)
        log_line(a->gate->log, LOG_LEVEL_ERROR, "limits-not-kept",
                 "error=\"%s\" what=\"a gate that is started anew counts mail of limited "
                 "accounts from nothing\"",
                 strerror(-e));
    a->is_failing = e != 0;
    buf_fini(&path);
    buf_fini(&text);
}

static void
on_keep(void *ctx)
{
    keep(ctx);
}

/* Of another boot, or broken: nothing is taken of it. */
static void
read_kept(struct gate_accounts *a)
{
    struct buf text = {0}, path = {0};
    struct span rest, line;
    int e;

    e = layers_read_file("/proc/sys/kernel/random/boot_id", BOOT_MAX, &text);
    buf_printf(&a->head, "komainu-limits-1 ");
    if (e == 0)
        buf_add(&a->head, span_trim(buf_span(&text)));
    buf_add_byte(&a->head, '\n');
    buf_clear(&text);
    buf_printf(&path, "%s/" LIMITS, a->gate->folder);
    if (e == 0)
        e = layers_read_file(path.ptr, LIMITS_MAX, &text);
    rest = buf_span(&text);
    if (e == 0 && span_take(&rest, buf_span(&a->head)))
        while (span_line(&rest, &line))
            if (!accounts_read_used(&a->accounts, line))
                e = -EBADMSG;
    if (e && e != -ENOENT)
        log_line(a->gate->log, LOG_LEVEL_WARNING, "limits-not-read", "error=\"%s\"",
                 strerror(-e));
    buf_fini(&path);
    buf_fini(&text);
}

void
gate_accounts_begin(struct gate *g)
{
    struct gate_accounts *a = mem_zalloc(1, sizeof(*a));

    g->accounts = a;
    a->gate = g;
    accounts_init(&a->accounts);
    read_kept(a);
    a->keep = (struct loop_timer){.fn = on_keep, .ctx = a};
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
    enum accounts_word word;

    if (!a)
        return ACCOUNTS_FREE;
    if (is_try)
        return accounts_try(&a->accounts, r, clock_boot_us());
    word = accounts_ask(&a->accounts, r, clock_boot_us());
    if (a->accounts.counted != a->kept && a->keep.due_us == 0)
        loop_timer_set(g->loop, &a->keep, KEEP_US);
    return word;
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
    if (g->accounts->accounts.counted != g->accounts->kept)
        keep(g->accounts);
    loop_timer_clear(g->loop, &g->accounts->keep);
    buf_fini(&g->accounts->head);
    accounts_fini(&g->accounts->accounts);
    mem_free(g->accounts);
    g->accounts = NULL;
}
