/* check_world: a world for tests of gate/check.h: a zone for a resolver, a greylist that
 * says what it is told, and what was decided, as text.
 */
#pragma once

#include "unit.h"

#include "base/mem.h"
#include "gate/check_internal.h"

enum { WORLD_WAITING_MAX = 256 };

struct world_question {
    uint64_t id;
    enum host_record record;
    struct host_key name;
};

struct world {
    struct config_restrictions config;
    struct config_spf spf;
    struct check *check;
    const char *zone;     /* lines: NAME TYPE DATA; TYPE FAIL: no server answers */
    const char *greylist; /* an action */
    bool is_slow;         /* answers wait for world_answer() */
    struct world_question waiting[WORLD_WAITING_MAX];
    size_t waiting_count, asked;
    size_t decided;
    struct buf line, trace, news, by;
    int score;
    bool is_late, is_rejected;
    unsigned looks;
    struct buf spf_domain;
    int64_t now_s, now_us;
    enum standing standing; /* of every client */
    bool is_ban_put_off;
    enum accounts_word account; /* of every request */
};

/* --- the resolver --- */

static const char *const world_types[HOST_RECORDS] = {
    [HOST_ADDRESSES] = "ADDR", [HOST_TXT] = "TXT", [HOST_MX] = "MX",
    [HOST_PTR] = "PTR",        [HOST_A] = "A",     [HOST_AAAA] = "AAAA",
    [HOST_NS] = "NS"};

static void
world_add_record(enum host_record record, struct span data, struct buf *records)
{
    struct addr a;

    if (record == HOST_A) {
        assert_true(addr_parse(data, &a));
        data = (struct span){(const char *)a.bytes, 4};
    }
    buf_add_byte(records, 0);
    buf_add_byte(records, 10);
    buf_add_byte(records, (char)(data.len >> 8));
    buf_add_byte(records, (char)data.len);
    buf_add(records, data);
}

static void
world_give(struct world *w, const struct world_question *q)
{
    struct resolve_answer answer = {.outcome = RESOLVE_NONE};
    struct span rest = span_of(w->zone), line, name, type;
    struct buf records = {0};

    while (span_line(&rest, &line)) {
        assert_true(span_cut(line, SPAN(" "), &name, &line));
        if (!span_cut(line, SPAN(" "), &type, &line)) {
            type = line;
            line = (struct span){0};
        }
        if (!span_eq(name, span_of(q->name.text)))
            continue;
        if (span_eq(type, SPAN("FAIL")))
            answer.outcome = RESOLVE_FAILED;
        if (!span_eq(type, span_of(world_types[q->record])))
            continue;
        answer.outcome = RESOLVE_FOUND;
        if (q->record == HOST_ADDRESSES)
            assert_true(addr_parse(line, &answer.addresses[answer.count++]));
        else
            world_add_record(q->record, line, &records);
    }
    answer.records = buf_span(&records);
    check_answered(w->check, q->id, &answer);
    buf_fini(&records);
}

static void
world_ask(void *ctx, const struct resolve_question *q, int64_t now_us UNUSED)
{
    struct world *w = ctx;
    struct world_question question = {q->id, q->record, host_key_of(q->name)};

    w->asked++;
    if (!w->is_slow) {
        world_give(w, &question);
        return;
    }
    assert_true(w->waiting_count < WORLD_WAITING_MAX);
    w->waiting[w->waiting_count++] = question;
}

/* Gives all answers that wait, the last question first. */
static void
world_answer(struct world *w)
{
    while (w->waiting_count) {
        struct world_question q = w->waiting[--w->waiting_count];

        world_give(w, &q);
    }
}

/* --- the rest --- */

static void
world_greylist(void *ctx, const struct check_greylist *ask, struct gate_answer *out)
{
    struct world *w = ctx;

    w->looks = ask->looks;
    buf_clear(&w->spf_domain);
    buf_add(&w->spf_domain, ask->spf_domain);
    assert_true(gate_answer_read(span_of(w->greylist), out));
}

static void
world_decided(void *ctx, void *turn UNUSED, const struct check_decision *d)
{
    struct world *w = ctx;
    char line[GATE_ANSWER_MAX];
    size_t n = gate_answer_write(&d->answer, line);

    w->decided++;
    buf_clear(&w->line);
    buf_clear(&w->by);
    buf_add(&w->line, (struct span){line + 7, n - 9});
    buf_add_text(&w->by, d->name);
    w->score = d->score;
    w->is_late = d->is_late;
    w->is_rejected = d->is_rejected;
}

static void
world_trace(void *ctx, void *turn UNUSED, const struct check_trace *t)
{
    struct world *w = ctx;

    if (w->trace.len)
        buf_add_text(&w->trace, ", ");
    buf_printf(&w->trace, "%s: %s", t->name, check_step_name(t->step));
}

static void
world_tell(void *ctx, enum check_news what, struct span name, struct span text)
{
    static const char *const words[] = {"read", "bad", "used", "unused", "error"};
    struct world *w = ctx;

    buf_printf(&w->news, "%s %.*s: %.*s\n", words[what], SPAN_FMT(name), SPAN_FMT(text));
}

/* Sets options, OPTION = VALUE a line; a line that begins with a blank goes on. */
static void
world_set(struct world *w, const char *options)
{
    struct span rest = span_of(options), line, name, value;
    struct buf why = {0};

    while (span_line(&rest, &line)) {
        const struct option *o;
        struct option_value v;

        assert_true(span_cut(line, SPAN(" = "), &name, &value));
        o = option_find(options_restrictions, options_restrictions_count, name);
        if (!o) {
            o = option_find(options_spf, options_spf_count, name);
            assert_non_null(o);
            assert_true(option_read(o, value, &v, &why));
            assert_true(config_spf_take(&w->spf, o, &v, &why));
            continue;
        }
        if (!option_read(o, value, &v, &why) ||
            !config_restrictions_take(&w->config, o, &v, &why))
            fail_msg("%.*s: %s", SPAN_FMT(line), why.ptr);
        option_value_fini(&v);
    }
    buf_fini(&why);
}

/* Makes the check; lists of DNS whose zones the zone knows are tried at once. `fail_text`
 * is of struct check_world. */
static void
world_begin_failing(struct world *w, const char *options, const char *zone,
                    const char *fail_text)
{
    struct check_world world = {.ctx = w,
                                .spf = &w->spf,
                                .fail_text = fail_text,
                                .ask = world_ask,
                                .greylist = world_greylist,
                                .decided = world_decided,
                                .trace = world_trace,
                                .tell = world_tell};
    struct buf why = {0};

    *w = (struct world){.zone = zone, .greylist = "DUNNO", .now_s = 1700000000};
    w->now_us = 1000000;
    config_restrictions_init(&w->config);
    world_set(w, "recipient_restrictions = \nhide_receiver = yes");
    world_set(w, options);
    if (!check_new(&w->check, &w->config, &world, &why))
        fail_msg("%s", why.ptr);
    check_tick(w->check, w->now_s, w->now_us);
    w->asked = 0;
}

static void
world_begin(struct world *w, const char *options, const char *zone)
{
    world_begin_failing(w, options, zone, NULL);
    buf_clear(&w->news);
}

static void
world_end(struct world *w)
{
    check_free(w->check);
    config_restrictions_fini(&w->config);
    config_spf_fini(&w->spf);
    buf_fini(&w->spf_domain);
    buf_fini(&w->line);
    buf_fini(&w->trace);
    buf_fini(&w->news);
    buf_fini(&w->by);
}

static void
world_pass(struct world *w, int64_t us)
{
    w->now_us += us;
    w->now_s += us / 1000000;
    check_tick(w->check, w->now_s, w->now_us);
}

/* The request that what stands in `lines` (with blanks between) makes of one at RCPT. */
static struct gate_request
world_request(const char *lines, struct buf *text)
{
    struct span rest = span_of(lines), word;
    struct gate_request request;

    buf_clear(text);
    buf_add_text(text, "request=smtpd_access_policy\nprotocol_state=RCPT\n"
                       "client_address=198.51.100.7\nclient_name=mx.example.org\n"
                       "reverse_client_name=mx.example.org\nhelo_name=mx.example.org\n"
                       "sender=a@example.org\nrecipient=b@example.net\ninstance=1.2.3\n");
    while (span_word(&rest, &word)) {
        buf_add(text, word);
        buf_add_byte(text, '\n');
    }
    assert_int_equal(gate_request_read(buf_span(text), &request), GATE_READ);
    return request;
}

static void
world_check(struct world *w, const struct gate_request *request)
{
    struct check_asked asked = {.request = request,
                                .turn = w,
                                .now_s = w->now_s,
                                .now_us = w->now_us,
                                .deadline_us = w->now_us + 15000000,
                                .dns_us = 5000000,
                                .standing = w->standing,
                                .is_ban_put_off = w->is_ban_put_off,
                                .account = w->account};

    buf_clear(&w->trace);
    check_begin(w->check, &asked);
}

/* Decides one, and expects this answer. */
static void
world_expect(struct world *w, const char *lines, const char *answer)
{
    struct buf text = {0};
    struct gate_request request = world_request(lines, &text);
    size_t before = w->decided;

    world_check(w, &request);
    while (w->decided == before && w->waiting_count)
        world_answer(w);
    assert_int_equal(w->decided, before + 1);
    if (!span_eq(buf_span(&w->line), span_of(answer)))
        fail_msg("%s: %s, not %s", lines, w->line.ptr, answer);
    buf_fini(&text);
}
