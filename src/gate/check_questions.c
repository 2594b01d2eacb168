#include "base/mem.h"
#include "gate/check_work.h"

static const struct check_question not_answered = {.is_done = true,
                                                   .outcome = RESOLVE_FAILED};
static const struct check_question not_there = {.is_done = true, .outcome = RESOLVE_NONE};

static uint64_t
id_of(const struct check_run *run, size_t question)
{
    return (uint64_t)run->generation << 32 | (uint64_t)run->index << 16 | question;
}

static struct check_question *
find(struct check_run *run, enum host_record record, const struct host_key *name)
{
    for (size_t i = 0; i < run->question_count; i++)
        if (run->questions[i].record == record &&
            strcmp(run->questions[i].name.text, name->text) == 0)
            return &run->questions[i];
    return NULL;
}

/* The question may be answered inside of world.ask(). */
static struct check_question *
ask(struct check_run *run, enum host_record record, const struct host_key *name)
{
    const struct check_world *world = &run->check->world;
    size_t i = run->question_count;
    struct resolve_question q = {id_of(run, i), record, {0}};

    if (i == run->question_room) {
        run->question_room = i ? 2 * i : 8;
        run->questions =
            mem_realloc(run->questions, run->question_room, sizeof(*run->questions));
    }
    run->questions[i] = (struct check_question){.name = *name, .record = record};
    run->question_count++;
    q.name = span_of(run->questions[i].name.text);
    world->ask(world->ctx, &q, run->now_us);
    return &run->questions[i];
}

const struct check_question *
check_question(struct check_run *run, enum host_record record,
               const struct host_key *name)
{
    struct check_question *q = find(run, record, name);

    if (!q) {
        if (run->is_late || run->question_count == CHECK_QUESTIONS_MAX)
            return &not_answered;
        q = ask(run, record, name);
    }
    return q->is_done ? q : NULL;
}

const struct check_question *
check_question_text(struct check_run *run, enum host_record record, struct span name)
{
    struct host_key key;

    if (!host_is_name(name))
        return &not_there;
    key = host_key_of(name);
    return check_question(run, record, &key);
}

struct span
check_records(const struct check_run *run, const struct check_question *q)
{
    return span_head(span_from(buf_span(&run->records), q->at), q->len);
}

bool
check_has_address(const struct check_question *q, const struct addr *a)
{
    for (size_t i = 0; i < q->count; i++)
        if (addr_eq(&q->addresses[i], a))
            return true;
    return false;
}

void
check_give_up(struct check_run *run)
{
    for (size_t i = 0; i < run->question_count; i++)
        if (!run->questions[i].is_done) {
            run->questions[i].is_done = true;
            run->questions[i].outcome = RESOLVE_FAILED;
            run->is_late = true;
        }
}

/* --- answers --- */

static void
keep_addresses(struct check_question *q, const struct resolve_answer *answer)
{
    struct span rest = answer->records;
    struct resolve_record record;

    if (q->record == HOST_ADDRESSES) {
        q->count = (uint8_t)answer->count;
        memcpy(q->addresses, answer->addresses,
               answer->count * sizeof(*answer->addresses));
        return;
    }
    while (q->count < RESOLVE_ADDRESSES_MAX && resolve_next_record(&rest, &record))
        q->addresses[q->count++] = resolve_record_address(&record);
}

static void
keep(struct check_run *run, struct check_question *q, const struct resolve_answer *answer)
{
    q->is_done = true;
    q->outcome = answer->outcome;
    if (answer->outcome == RESOLVE_BAD_NAME)
        q->outcome = RESOLVE_NONE;
    if (answer->outcome == RESOLVE_BUSY)
        q->outcome = RESOLVE_FAILED;
    if (q->outcome != RESOLVE_FOUND)
        return;
    if (q->record == HOST_ADDRESSES || q->record == HOST_A || q->record == HOST_AAAA) {
        keep_addresses(q, answer);
        if (q->record == HOST_ADDRESSES)
            return;
    }
    q->at = run->records.len;
    buf_add(&run->records, answer->records);
    q->len = run->records.len - q->at;
}

static void
tested(struct check *c, size_t which, const struct resolve_answer *answer)
{
    struct check_question q = {.record = HOST_A};
    struct dns_list *l;
    struct dns_list_answer tested = {.is_must = which & 1};

    if (which / 2 >= c->list_count)
        return;
    l = &c->lists[which / 2];
    tested.is_failure =
        answer->outcome == RESOLVE_FAILED || answer->outcome == RESOLVE_BUSY;
    if (answer->outcome == RESOLVE_FOUND)
        keep_addresses(&q, answer);
    tested.addresses = q.addresses;
    tested.count = q.count;
    if (dns_list_tested(l, &tested, c->now_us / 1000000))
        c->world.tell(
            c->world.ctx, dns_list_is_used(l) ? CHECK_LIST_USED : CHECK_LIST_UNUSED,
            span_of(check_shown(c, &l->zone)), span_of(dns_list_state_text(l->state)));
}

void
check_answered(struct check *c, uint64_t id, const struct resolve_answer *answer)
{
    size_t index = id >> 16 & UINT16_MAX, question = id & UINT16_MAX;
    struct check_run *run;

    if (index == CHECK_TEST_RUN) {
        tested(c, question, answer);
        return;
    }
    run = index < c->run_count ? c->runs[index] : NULL;
    if (!run || run->life == LIFE_FREE || run->generation != id >> 32 ||
        question >= run->question_count || run->questions[question].is_done)
        return; /* it is over */
    keep(run, &run->questions[question], answer);
    if (run->life == LIFE_WAITS)
        check_advance(run);
}

void
check_test_lists(struct check *c)
{
    for (size_t i = 0; i < c->list_count; i++) {
        struct host_key names[2];

        if (!dns_list_test(&c->lists[i], c->now_us / 1000000, &names[1], &names[0]))
            continue;
        for (size_t is_must = 0; is_must < 2; is_must++)
            c->world.ask(c->world.ctx,
                         &(struct resolve_question){(uint64_t)CHECK_TEST_RUN << 16 |
                                                        i << 1 | is_must,
                                                    HOST_A, span_of(names[is_must].text)},
                         c->now_us);
    }
}
