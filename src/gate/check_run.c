/* check_run: how a request gets from one restriction to the next, and to its answer. */
#include "base/mem.h"
#include "gate/check_work.h"

/* Whose form becomes of a restriction: its own, or that of what led to its class. */
static const struct restriction *
form_of(const struct check_run *run, const struct check_item *item)
{
    const struct restriction *outer =
        run->depth ? run->frames[run->depth - 1].form : NULL;

    return item->r->form == FORM_OWN && outer ? outer : item->r;
}

static void
trace(struct check_run *run, const struct check_item *item, enum check_step step)
{
    const struct check_world *world = &run->check->world;
    struct check_trace t = {.list = (enum gate_list)run->list,
                            .restriction = item->r,
                            .name = item->name,
                            .form = form_of(run, item)->form,
                            .step = step};

    if (step == CHECK_FIRED)
        run->check->counts.fired[item->r->kind]++;
    t.is_for_now = step == CHECK_FIRED && (run->action == GATE_DEFER_IF_PERMIT ||
                                           run->action == GATE_DEFER_IF_REJECT);
    if (!world->trace)
        return;
    if (step == CHECK_FIRED || step == CHECK_NOTED || step == CHECK_CLASS ||
        (step == CHECK_FAILED && item->map))
        t.text = buf_span(&run->text);
    if (step == CHECK_FIRED)
        t.answer = (struct gate_answer){run->action, run->code, t.text};
    world->trace(world->ctx, run->asked.turn, &t);
}

/* --- answers --- */

static bool
count_in(const struct check_items *items, const struct restriction *by)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->items[i].r == by) {
            items->items[i].refused++;
            return true;
        }
    }
    return false;
}

/* It stands in a class, or by itself in a table. */
static void
count_in_classes(const struct check *c, const struct restriction *by)
{
    for (size_t i = 0; i < c->class_count; i++)
        if (count_in(&c->classes[i], by))
            return;
    for (size_t i = 0; i < c->plain.count; i++)
        if (count_in(&c->plain_items[i], by))
            return;
}

static void
count_refusal(struct check *c, const struct check_decision *d)
{
    if (!d->by && strcmp(d->name, "banned") == 0)
        c->refused_banned++;
    else if (!d->by && strcmp(d->name, "limit") == 0)
        c->refused_over++;
    else if (!d->by)
        c->refused_score++;
    else if (!count_in(&c->items[d->list], d->by))
        count_in_classes(c, d->by);
}

static void
give(struct check_run *run)
{
    struct check *c = run->check;
    struct check_decision *d = &run->decision;

    d->answer = (struct gate_answer){run->action, run->code, buf_span(&run->text)};
    d->score = run->score;
    d->is_late = run->is_late;
    if (!run->asked.is_try) {
        c->counts.decided++;
        c->counts.rejected += d->is_rejected;
        c->counts.late += d->is_late;
        if (d->is_rejected)
            count_refusal(c, d);
    }
    run->life = LIFE_FREE;
    run->due_us = 0;
    c->world.decided(c->world.ctx, run->asked.turn, d);
    run->next_free = c->free;
    c->free = run;
    c->free_count++;
}

/* Until when a reply may be held from now on; 0: not at all. */
static int64_t
hold_until(struct check_run *run, unsigned seconds)
{
    struct check *c = run->check;
    int64_t last_us = run->asked.deadline_us - CHECK_SPARE_US;
    int64_t until_us = run->now_us + (int64_t)seconds * 1000000;

    if (run->asked.is_try || run->asked.request->is_stressed || last_us <= run->now_us)
        return 0;
    if (c->counts.held >= (size_t)c->config->held_max) {
        c->counts.unheld++;
        return 0;
    }
    return until_us < last_us ? until_us : last_us;
}

static void
hold(struct check_run *run, enum check_life life, int64_t until_us)
{
    run->life = life;
    run->check->counts.held++;
    check_wake_at(run, until_us);
}

/* Whoever failed is counted as such: not who is asked to come back, or came too often. */
static void
count_failure(struct check_run *run)
{
    struct check *c = run->check;
    const struct restriction *by = run->decision.by;

    if (run->asked.is_try || !run->decision.is_rejected ||
        (by && (by->kind == RESTRICTION_GREYLIST || by->kind == RESTRICTION_RATE)))
        return;
    for (size_t i = 0; i < c->rate_count; i++) {
        struct addr key;
        bool is_over;

        if (c->rates[i].spec->unit != RATE_FAILURES ||
            !rates_key(&c->rates[i], run->asked.request, &key))
            continue;
        is_over = rates_add(&c->rates[i], &key, 1, run->asked.now_s);
        (void)is_over; /* the next request is told */
    }
}

static void
finish(struct check_run *run)
{
    int64_t until_us;

    count_failure(run);
    until_us = run->tarpit_s && run->is_suspect ? hold_until(run, run->tarpit_s) : 0;
    if (until_us)
        hold(run, LIFE_HELD, until_us);
    else
        give(run);
}

/* --- forms --- */

static void
add_score(struct check_run *run, const struct check_item *item)
{
    int score = form_of(run, item)->score;

    run->score += score;
    if (run->scored.len)
        buf_add_text(&run->scored, ", ");
    buf_printf(&run->scored, "%d ", score);
    buf_add(&run->scored, span_head(span_of(item->name), 60));
}

static void
add_tag(struct check_run *run, const struct check_item *item)
{
    struct buf header = {.limit = CHECK_NOTE_MAX};

    buf_add_text(&header, "X-Komainu: ");
    buf_add(&header, span_head(span_of(item->name), 60));
    buf_add_text(&header, "; ");
    buf_add(&header, buf_span(&run->text));
    check_note(run, GATE_PREPEND, buf_span(&header));
    buf_fini(&header);
}

/* Changes the class of a code, and of the status behind it: "5.7.1". */
static void
set_code(struct check_run *run, unsigned code)
{
    run->action = GATE_CODE;
    run->code = (uint16_t)code;
    if (run->text.len > 1 && run->text.ptr[1] == '.')
        run->text.ptr[0] = (char)('0' + code / 100);
}

static void
reject(struct check_run *run, const struct check_item *item)
{
    for (size_t i = 0; i < run->note_count; i++)
        if (run->notes[i].action == GATE_DEFER_IF_REJECT && run->action == GATE_CODE &&
            run->code >= 500)
            set_code(run, run->check->config->codes[CODE_ACCESS_DEFER]);
    run->decision.by = item ? item->r : NULL;
    run->decision.name = item ? item->name : "score";
    run->decision.list = (enum gate_list)run->list;
    run->decision.is_rejected = true;
    finish(run);
}

void
check_refuse_banned(struct check_run *run)
{
    const uint16_t *codes = run->check->config->codes;

    (void)check_fire(
        run, codes[run->asked.is_ban_put_off ? CODE_ACCESS_DEFER : CODE_ACCESS_REJECT],
        "7.1", "Service unavailable; Client host [%.*s] is banned here",
        SPAN_FMT(span_head(check_value(run, GATE_CLIENT_ADDRESS), 50)));
    run->is_suspect = true;
    run->decision.name = "banned";
    run->decision.is_rejected = true;
    finish(run);
}

void
check_refuse_over(struct check_run *run)
{
    (void)check_fire(run, run->check->config->codes[CODE_ACCESS_DEFER], "7.1",
                     "Too much mail of this account within an hour; try again later");
    run->decision.name = "limit";
    run->decision.is_rejected = true;
    finish(run);
}

void
check_put_off(struct check_run *run, const struct check_item *item,
              enum gate_action action, struct span text)
{
    check_note(run, action, text);
    if (run->decision.by)
        return;
    run->decision.by = item->r;
    run->decision.name = item->name;
    run->decision.list = (enum gate_list)run->list;
}

/* What becomes of what fired. False when that was the answer. */
static bool
apply_form(struct check_run *run, const struct check_item *item)
{
    const uint16_t *codes = run->check->config->codes;

    run->is_suspect |= item->r->kind != RESTRICTION_GREYLIST;
    switch (form_of(run, item)->form) {
    case FORM_WARN:
        return true;
    case FORM_TAG:
        add_tag(run, item);
        return true;
    case FORM_SCORE:
        add_score(run, item);
        return true;
    case FORM_DEFER:
        if (run->action != GATE_CODE || run->code >= 500)
            set_code(run, codes[CODE_ACCESS_DEFER]);
        break;
    case FORM_REJECT:
        if (run->action != GATE_CODE || run->code < 500)
            set_code(run, codes[CODE_ACCESS_REJECT]);
        break;
    case FORM_DISCARD:
        run->action = GATE_DISCARD;
        break;
    case FORM_OWN:
    case RESTRICTION_FORMS:
        if (run->action == GATE_DEFER_IF_PERMIT || run->action == GATE_DEFER_IF_REJECT) {
            check_put_off(run, item, run->action, buf_span(&run->text));
            return true;
        }
        break;
    }
    reject(run, item);
    return false;
}

/* --- the end of all lists --- */

static int
whole_score(struct check_run *run)
{
    struct check_message *m = check_message(run, run->score != 0);
    enum gate_state state = run->asked.request->state;
    int before = 0;

    if (!m)
        return run->score;
    if (state == GATE_AT_DATA || state == GATE_AT_END)
        before = m->score;
    m->score = before + run->score;
    return m->score;
}

static bool
is_over(int score, int64_t threshold)
{
    return threshold > 0 && score >= threshold;
}

static void
conclude(struct check_run *run)
{
    const struct config_restrictions *config = run->check->config;
    struct buf header = {.limit = CHECK_NOTE_MAX};
    bool is_rejected;

    run->score = whole_score(run);
    is_rejected = is_over(run->score, config->score_reject);
    if (is_rejected || is_over(run->score, config->score_defer)) {
        run->is_suspect = true;
        (void)check_fire(
            run, config->codes[is_rejected ? CODE_ACCESS_REJECT : CODE_ACCESS_DEFER],
            "7.1", "Service unavailable; Client host [%.*s] has a score of %d",
            SPAN_FMT(span_head(check_value(run, GATE_CLIENT_ADDRESS), 50)), run->score);
        reject(run, NULL);
        return;
    }
    if (is_over(run->score, config->score_tag)) {
        buf_printf(&header, "X-Komainu-Score: %d (", run->score);
        buf_add(&header, buf_span(&run->scored));
        buf_add_byte(&header, ')');
        check_note(run, GATE_PREPEND, buf_span(&header));
    }
    buf_fini(&header);
    if (run->asked.account == ACCOUNTS_HELD)
        check_take_hold(run);
    else
        check_take_note(run);
    run->decision.is_rejected = run->action == GATE_DEFER_IF_PERMIT;
    if (!run->decision.is_rejected) {
        run->decision.by = NULL;
        run->decision.name = run->decision.is_held ? "hold" : "";
    }
    finish(run);
}

/* --- one after the other --- */

/* Waits for DNS, as long as it may take. */
static void
wait_for_answers(struct check_run *run)
{
    int64_t until_us = run->asked.deadline_us - CHECK_SPARE_US;

    if (until_us > run->dns_until_us)
        until_us = run->dns_until_us;
    run->life = LIFE_WAITS;
    if (run->due_us != until_us)
        check_wake_at(run, until_us);
}

/* A `sleep`: only once for each. */
static int
sleep_at(struct check_run *run, const struct check_item *item)
{
    bool is_spared = run->has_slept || run->asked.standing == STANDING_KNOWN;
    int64_t until_us = is_spared ? 0 : hold_until(run, item->r->seconds);

    if (until_us) {
        run->has_slept = true;
        hold(run, LIFE_SLEEPS, until_us);
        return CHECK_WAIT;
    }
    if (run->has_slept) {
        run->has_slept = false;
        return CHECK_HELD;
    }
    return CHECK_DUNNO;
}

/* What the restriction comes to; CHECK_WAIT with run->life set. */
static int
step(struct check_run *run, const struct check_item *item)
{
    int came;

    if (item->r->kind == RESTRICTION_SLEEP)
        return sleep_at(run, item);
    came = check_eval(run, item);
    if (came == CHECK_WAIT && !run->has_asked_ahead) {
        run->has_asked_ahead = true;
        check_ask_ahead(run);
        came = check_eval(run, item);
    }
    if (came == CHECK_WAIT)
        wait_for_answers(run);
    return came;
}

static void
next_list(struct check_run *run)
{
    run->depth = 0;
    run->at = 0;
    run->list++;
}

/* Goes into what a table or a list names. False when that was the answer: tables and
 * classes that name one another without an end. */
static bool
enter(struct check_run *run, const struct check_item *item)
{
    const struct restriction *form = form_of(run, item);

    if (check_enter(run, form->form == FORM_OWN ? NULL : form, buf_span(&run->text)))
        return true;
    (void)check_fire(run, 451, "3.5", "Server configuration error");
    run->check->world.tell(run->check->world.ctx, CHECK_TABLE_BAD, span_of(item->name),
                           SPAN("classes name one another without an end"));
    reject(run, item);
    return false;
}

/* False when the request waits or is decided. */
static bool
take_step(struct check_run *run, const struct check_item *item)
{
    int came = step(run, item);

    if (came == CHECK_WAIT)
        return false;
    trace(run, item, (enum check_step)came);
    *(run->depth ? &run->frames[run->depth - 1].at : &run->at) += 1;
    if (came == CHECK_PERMIT && item->r->form == FORM_SCORE)
        add_score(run, item);
    else if (came == CHECK_PERMIT)
        next_list(run);
    else if (came == CHECK_CLASS)
        return enter(run, item);
    else if (came == CHECK_FIRED)
        return apply_form(run, item);
    return true;
}

/* A step in the innermost list, or the one that leaves it. False as take_step() says. */
static bool
go_on(struct check_run *run)
{
    const struct check_frame *top = run->depth ? &run->frames[run->depth - 1] : NULL;
    const struct check_items *items = top ? top->items : &run->check->items[run->list];
    size_t at = top ? top->at : run->at;

    if (at < items->count)
        return take_step(run, &items->items[at]);
    if (top)
        run->depth--;
    else
        next_list(run);
    return true;
}

void
check_advance(struct check_run *run)
{
    if (run->life == LIFE_SLEEPS || run->life == LIFE_HELD)
        run->check->counts.held--;
    if (run->life == LIFE_HELD) {
        give(run);
        return;
    }
    run->life = LIFE_WORKS;
    while (run->list <= run->last_list)
        if (!go_on(run))
            return;
    conclude(run);
}
