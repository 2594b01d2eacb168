#include "ctl/check_spf.h"

#include <sys/utsname.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/loop.h"
#include "spf/spf_feed.h"
#include "spf/spf_header.h"

enum {
    WHOLE_US = 20 * 1000000, /* RFC 7208, 4.6.4 */
    QUESTION_US = 6000000,
};

/* One check, on a loop of its own. */
struct checking {
    struct loop loop;
    struct loop_timer timer;
    struct resolver *resolver;
    struct spf_check *check;
    const struct ctl_env *env;
    bool is_asking; /* answers that come at once wait for their turn */
};

static void
ask(struct checking *k)
{
    if (k->is_asking)
        return; /* further up it goes on */
    k->is_asking = true;
    spf_feed_ask(k->check, k->resolver, 0, k->env->boot_us());
    k->is_asking = false;
    if (spf_check_is_over(k->check))
        loop_stop(&k->loop);
}

static void
on_answer(void *ctx, uint64_t id, const struct resolve_answer *answer)
{
    struct checking *k = ctx;

    spf_feed_answer(k->check, id, answer);
    ask(k);
}

static void
on_time(void *ctx)
{
    struct checking *k = ctx;

    spf_check_give_up(k->check);
    loop_stop(&k->loop);
}

/* Runs a check that has begun, up to a time since boot. 0, or a negative errno. */
static int
run(const struct ctl_env *env, struct spf_check *c, int64_t until_us)
{
    struct checking k = {.check = c, .env = env};
    struct resolve_setup setup = {.deadline_us = QUESTION_US};
    int e = loop_init(&k.loop);

    if (e == 0)
        e = resolver_new(&k.resolver, &k.loop, &setup, on_answer, &k);
    if (e == 0) {
        k.timer = (struct loop_timer){.fn = on_time, .ctx = &k};
        loop_timer_set(&k.loop, &k.timer, until_us - env->boot_us());
        ask(&k);
        if (!spf_check_is_over(c))
            e = loop_run(&k.loop);
        loop_timer_clear(&k.loop, &k.timer);
    }
    resolver_free(k.resolver);
    loop_fini(&k.loop);
    return e;
}

/* --- printing --- */

static void
add_header(struct buf *out, const struct spf_check *c, const struct spf_mail *mail)
{
    spf_add_received(out, mail, c->identity, c->result, span_of(c->mechanism));
}

static void
add_text(struct buf *out, const struct spf_check *c, const struct spf_mail *mail)
{
    struct span terms = buf_span(&c->trace), term;

    buf_printf(out, "%s: %s of ", spf_identity_text(c->identity),
               spf_result_text(c->result));
    text_foreign(out, spf_name_span(&c->domain));
    buf_printf(out, " (%s", spf_reason_text(c->reason));
    if (c->mechanism[0])
        buf_printf(out, " %s", c->mechanism);
    if (!span_eq(spf_name_span(&c->where), spf_name_span(&c->domain))) {
        buf_add_text(out, " in ");
        text_foreign(out, spf_name_span(&c->where));
    }
    buf_printf(out, "), %u of %u look-ups, %u of them void\n", c->terms,
               (unsigned)SPF_CHECK_TERMS_MAX, c->voids);
    while (span_line(&terms, &term)) {
        buf_add_text(out, "  ");
        text_foreign(out, term);
        buf_add_byte(out, '\n');
    }
    if (c->explanation.len) {
        buf_add_text(out, "explanation: ");
        text_foreign(out, buf_span(&c->explanation));
        buf_add_byte(out, '\n');
    }
    add_header(out, c, mail);
    buf_add_byte(out, '\n');
}

static void
add_json_terms(struct buf *out, const struct spf_check *c)
{
    struct span terms = buf_span(&c->trace), term;

    json_key(out, "terms");
    json_open(out, '[');
    while (span_line(&terms, &term))
        json_span(out, span_trim(term));
    json_close(out, ']');
}

/* What is empty is null. */
static void
add_json_pair(struct buf *out, const char *key, struct span value)
{
    json_key(out, key);
    if (value.len)
        json_span(out, value);
    else
        json_null(out);
}

static void
add_json(struct buf *out, const struct spf_check *c, const struct spf_mail *mail)
{
    struct buf header = {0};

    add_header(&header, c, mail);
    json_open(out, '{');
    json_key(out, "identity"), json_text(out, spf_identity_text(c->identity));
    json_key(out, "result"), json_text(out, spf_result_text(c->result));
    json_key(out, "reason"), json_text(out, spf_reason_text(c->reason));
    add_json_pair(out, "domain", spf_name_span(&c->domain));
    add_json_pair(out, "where", spf_name_span(&c->where));
    add_json_pair(out, "mechanism", span_of(c->mechanism));
    add_json_pair(out, "explanation", buf_span(&c->explanation));
    json_key(out, "look_ups"), json_u64(out, c->terms);
    json_key(out, "void_look_ups"), json_u64(out, c->voids);
    add_json_terms(out, c);
    add_json_pair(out, "header", buf_span(&header));
    json_close(out, '}');
    buf_fini(&header);
}

/* --- the command --- */

/* Without brackets. */
static struct span
sender_of(struct span text)
{
    if (text.len >= 2 && text.ptr[0] == '<' && span_ends(text, SPAN(">")))
        return span_head(span_from(text, 1), text.len - 2);
    return text;
}

/* The checks of a mail: of MAIL FROM, and behind it, unless it was that one, of HELO. */
static int
check_all(const struct ctl_env *env, const struct ctl_args *args,
          struct spf_ask *question, struct buf *out)
{
    struct spf_mail mail = {.client = question->client,
                            .sender = question->sender,
                            .helo = question->helo,
                            .receiver = question->receiver};
    int64_t until_us = env->boot_us() + WHOLE_US;
    bool is_json = args->given[OPT_JSON], is_quiet = args->given[OPT_QUIET];
    struct spf_check c = {0};
    int e = 0;

    question->identity = SPF_MAIL_FROM;
    for (bool is_over = false; !is_over && e == 0; question->identity = SPF_HELO) {
        spf_check_begin(&c, question);
        e = run(env, &c, until_us);
        if (e == 0 && is_quiet)
            buf_printf(out, "%s\n", spf_result_text(c.result));
        else if (e == 0)
            (is_json ? add_json : add_text)(out, &c, &mail);
        is_over = is_quiet || c.identity == SPF_HELO;
    }
    spf_check_fini(&c);
    return e;
}

enum ctl_exit
check_spf(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    bool has_frame = args->given[OPT_JSON] && !args->given[OPT_QUIET];
    struct utsname host = {0};
    struct spf_ask question = {
        .client = args->who,
        .sender = sender_of(span_of(args->words[1])),
        .helo = span_of(args->words[2]),
        .is_traced = true,
        .now_s = env->screen.now_us / SECOND_US,
    };
    int e;

    if (uname(&host) == 0)
        question.receiver = span_of(host.nodename);
    if (has_frame) {
        json_begin(&o->out, env->screen.now_us);
        json_key(&o->out, "checks");
        json_open(&o->out, '[');
    }
    e = check_all(env, args, &question, &o->out);
    if (has_frame) {
        json_close(&o->out, ']');
        json_end(&o->out);
    }
    if (e == 0)
        return CTL_DONE;
    buf_clear(&o->out);
    buf_printf(&o->error, "cannot ask name servers: %s", strerror(-e));
    return CTL_INTERNAL;
}
