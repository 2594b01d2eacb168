#include <stdarg.h>

#include "base/mem.h"
#include "gate/check_internal.h"
#include "gate/names.h"

bool
check_is_known(struct span name)
{
    return name.len > 0 && !span_eq(name, SPAN("unknown"));
}

struct span
check_subject(const struct check_run *run, enum restriction_subject subject)
{
    switch (subject) {
    case SUBJECT_CLIENT:
        return check_value(run, GATE_CLIENT_NAME);
    case SUBJECT_REVERSE:
        return check_value(run, GATE_REVERSE_CLIENT_NAME);
    case SUBJECT_HELO:
        return check_value(run, GATE_HELO_NAME);
    case SUBJECT_SENDER:
        return check_value(run, GATE_SENDER);
    case SUBJECT_RECIPIENT:
        return check_value(run, GATE_RECIPIENT);
    case SUBJECT_NONE:
        break;
    }
    return (struct span){0};
}

/* The same with a text as it is, its status at its head. */
static int
fire(struct check_run *run, unsigned code, struct span text)
{
    buf_clear(&run->text);
    buf_add(&run->text, text);
    run->action = GATE_CODE;
    run->code = (uint16_t)code;
    return CHECK_FIRED;
}

int
check_fire(struct check_run *run, unsigned code, const char *status, const char *format,
           ...)
{
    char text[GATE_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* what is longer is cut */
    va_end(args);
    (void)fire(run, code, (struct span){0});
    buf_add_byte(&run->text, (char)('0' + code / 100));
    buf_add_byte(&run->text, '.');
    buf_add_text(&run->text, status);
    buf_add_byte(&run->text, ' ');
    buf_add_text(&run->text, text);
    return CHECK_FIRED;
}

/* --- tables --- */

/* "5.1.1 text" and the like (RFC 3463). */
static bool
has_status(struct span text)
{
    struct span class, subject, rest;

    return span_cut(text, SPAN("."), &class, &rest) && class.len == 1 &&
           class.ptr[0] >= '2' && class.ptr[0] <= '5' &&
           span_cut(rest, SPAN("."), &subject, &rest) && subject.len > 0 &&
           subject.len <= 3 && rest.len > 0 && rest.ptr[0] >= '0' && rest.ptr[0] <= '9';
}

static int
fire_text(struct check_run *run, unsigned code, struct span text)
{
    if (text.len == 0)
        return check_fire(run, code, "7.1",
                          code < 500 ? "Try again later" : "Access denied");
    if (!has_status(text)) {
        (void)fire(run, code, code < 500 ? SPAN("4.7.1 ") : SPAN("5.7.1 "));
        buf_add(&run->text, text);
        return CHECK_FIRED;
    }
    (void)fire(run, code, text);
    run->text.ptr[0] = (char)('0' + code / 100); /* as Postfix has it */
    return CHECK_FIRED;
}

int
check_come_to(struct check_run *run, const struct gate_answer *a)
{
    const uint16_t *codes = run->check->config->codes;

    if (a->action == GATE_DUNNO)
        return CHECK_DUNNO;
    if (a->action == GATE_OK)
        return CHECK_PERMIT;
    if (a->action == GATE_REJECT)
        return fire_text(run, codes[CODE_ACCESS_REJECT], a->text);
    if (a->action == GATE_CODE)
        return fire_text(run, a->code, a->text);
    if (a->action == GATE_DEFER)
        return fire_text(run, codes[CODE_ACCESS_DEFER], a->text);
    if (a->action == GATE_DEFER_IF_PERMIT || a->action == GATE_DEFER_IF_REJECT) {
        (void)fire_text(run, codes[CODE_ACCESS_DEFER], a->text);
        run->action = a->action;
        return CHECK_FIRED;
    }
    buf_clear(&run->text);
    buf_add(&run->text, a->text);
    run->action = a->action;
    if (a->action == GATE_DISCARD)
        return CHECK_FIRED;
    check_note(run, a->action, a->text); /* HOLD, PREPEND, WARN and the like */
    return CHECK_NOTED;
}

/* An address of mail is known from MAIL on, that of a recipient at RCPT, and later when
 * it is the only one. */
static bool
is_known_yet(const struct check_run *run, enum restriction_subject subject)
{
    enum gate_state state = run->asked.request->state;

    if (subject == SUBJECT_SENDER)
        return state >= GATE_AT_MAIL && state <= GATE_AT_END;
    if (subject == SUBJECT_CLIENT || subject == SUBJECT_REVERSE)
        return check_value(run, GATE_CLIENT_ADDRESS).len > 0;
    return check_subject(run, subject).len > 0;
}

/* A table that could never be read refuses nobody: what would refuse puts off, or nothing
 * is said, as it is configured. */
static int
eval_unread(struct check_run *run, const struct check_item *item)
{
    const char *text = run->check->world.fail_text;
    enum restriction_form form = item->r->form;

    buf_clear(&run->text);
    buf_add_text(&run->text, "the table could not be read");
    if (text && form != FORM_WARN && form != FORM_TAG && form != FORM_SCORE)
        check_put_off(run, item, GATE_DEFER_IF_PERMIT, span_of(text));
    return CHECK_FAILED;
}

static int
eval_access(struct check_run *run, const struct check_item *item)
{
    struct span subject = check_subject(run, item->r->subject);
    struct span address = check_value(run, GATE_CLIENT_ADDRESS);
    struct gate_answer answer;
    bool is_found;

    if (!is_known_yet(run, item->r->subject))
        return CHECK_SKIPPED;
    if (!access_map_is_read(item->map))
        return eval_unread(run, item);
    if (item->r->subject == SUBJECT_CLIENT || item->r->subject == SUBJECT_REVERSE)
        is_found = access_look_client(item->map, subject, address, &answer);
    else if (item->r->subject == SUBJECT_HELO)
        is_found = access_look_host(item->map, subject, &answer);
    else
        is_found = access_look_mail(item->map, subject, &answer);
    return is_found ? check_come_to(run, &answer) : CHECK_DUNNO;
}

/* --- rates --- */

/* How much a request is; 0: nothing is counted of it now. */
static uint64_t
amount_of(struct check_run *run, const struct check_item *item)
{
    const struct gate_request *request = run->asked.request;
    struct check_message *m;

    if (item->r->rate.unit == RATE_RECIPIENTS)
        return request->state == GATE_AT_RCPT;
    if (request->state < GATE_AT_MAIL)
        return 0;
    m = check_message(run, true);
    if (m && m->counted & item->rate_bit)
        return 0;
    if (m)
        m->counted |= item->rate_bit;
    return item->r->rate.unit == RATE_BYTES ? request->size : 1;
}

static bool
is_over_rate(struct check_run *run, const struct check_item *item, const struct addr *key)
{
    uint64_t amount;

    if (run->asked.is_try || item->r->rate.unit == RATE_FAILURES)
        return rates_is_full(item->rates, key, run->asked.now_s);
    amount = amount_of(run, item);
    if (amount == 0)
        return rates_is_over(item->rates, key, run->asked.now_s);
    return rates_add(item->rates, key, amount, run->asked.now_s);
}

static int
eval_rate(struct check_run *run, const struct check_item *item)
{
    static const char *const units[RATE_UNITS] = {"messages", "recipients", "bytes",
                                                  "failures"};
    struct addr key;

    if (!rates_key(item->rates, run->asked.request, &key))
        return CHECK_SKIPPED;
    if (!is_over_rate(run, item, &key))
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_DEFER], "7.1",
                      "Error: too many %s in this time", units[item->r->rate.unit]);
}

/* --- the rest --- */

static int
eval_greylist(struct check_run *run, const struct check_item *item UNUSED)
{
    const struct check_world *world = &run->check->world;
    struct check_greylist ask = {.request = run->asked.request,
                                 .spf_domain = check_spf_domain(run),
                                 .looks =
                                     run->looks | (run->is_suspect ? CHECK_DOUBTFUL : 0U),
                                 .now_s = run->asked.now_s,
                                 .is_try = run->asked.is_try};
    struct gate_answer answer = {0};

    if (run->asked.request->client.family == 0 ||
        check_value(run, GATE_RECIPIENT).len == 0)
        return CHECK_SKIPPED;
    world->greylist(world->ctx, &ask, &answer);
    return check_come_to(run, &answer);
}

static bool
is_of_mynetworks(const struct check_run *run)
{
    const struct config_restrictions *config = run->check->config;

    for (size_t i = 0; i < config->mynetwork_count; i++)
        if (addr_contains(&config->mynetworks[i], &run->asked.request->client))
            return true;
    return false;
}

static int
eval_bounce(struct check_run *run, const struct check_item *item UNUSED)
{
    const struct gate_request *request = run->asked.request;

    if (request->state != GATE_AT_DATA && request->state != GATE_AT_END)
        return CHECK_SKIPPED;
    if (check_value(run, GATE_SENDER).len > 0 || request->recipient_count <= 1)
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_MULTI_BOUNCE], "5.3",
                      "Multi-recipient bounce");
}

static bool
is_login(const struct check_run *run)
{
    return check_value(run, GATE_SASL_METHOD).len > 0 ||
           check_value(run, GATE_SASL_USERNAME).len > 0;
}

bool
check_is_ours(const struct check_run *run)
{
    return is_login(run) || is_of_mynetworks(run);
}

static int
eval_permit(struct check_run *run, const struct check_item *item)
{
    if (item->r->kind == RESTRICTION_PERMIT ||
        (item->r->kind == RESTRICTION_PERMIT_SASL && is_login(run)) ||
        (item->r->kind == RESTRICTION_PERMIT_MYNETWORKS && is_of_mynetworks(run)))
        return CHECK_PERMIT;
    return CHECK_DUNNO;
}

static int
eval_reject(struct check_run *run, const struct check_item *item)
{
    const uint16_t *codes = run->check->config->codes;

    if (item->r->kind == RESTRICTION_REJECT)
        return check_fire(run, codes[CODE_REJECT], "7.1", "Access denied");
    return check_fire(run, codes[CODE_DEFER], "3.2", "Try again later");
}

static int
eval_defer_if(struct check_run *run, const struct check_item *item)
{
    bool is_permit = item->r->kind == RESTRICTION_DEFER_IF_PERMIT;

    (void)check_fire(run, run->check->config->codes[CODE_DEFER], "7.0",
                     is_permit ? "defer_if_permit requested"
                               : "defer_if_reject requested");
    run->action = is_permit ? GATE_DEFER_IF_PERMIT : GATE_DEFER_IF_REJECT;
    return CHECK_FIRED;
}

static int
eval_tarpit(struct check_run *run, const struct check_item *item)
{
    run->tarpit_s = item->r->seconds;
    return CHECK_DUNNO;
}

/* RESTRICTION_SLEEP is check_run.c's. */
static int (*const evals[RESTRICTION_KINDS])(struct check_run *,
                                             const struct check_item *) = {
    [RESTRICTION_PERMIT] = eval_permit,
    [RESTRICTION_REJECT] = eval_reject,
    [RESTRICTION_DEFER] = eval_reject,
    [RESTRICTION_DEFER_IF_PERMIT] = eval_defer_if,
    [RESTRICTION_DEFER_IF_REJECT] = eval_defer_if,
    [RESTRICTION_PERMIT_MYNETWORKS] = eval_permit,
    [RESTRICTION_PERMIT_SASL] = eval_permit,
    [RESTRICTION_ACCESS] = eval_access,
    [RESTRICTION_RBL] = check_eval_list,
    [RESTRICTION_RHSBL] = check_eval_list,
    [RESTRICTION_DNSWL] = check_eval_list,
    [RESTRICTION_RHSWL] = check_eval_list,
    [RESTRICTION_DNS_LISTS] = check_eval_weighed,
    [RESTRICTION_UNKNOWN_REVERSE] = check_eval_client,
    [RESTRICTION_UNKNOWN_CLIENT] = check_eval_client,
    [RESTRICTION_UNKNOWN_FORWARD] = check_eval_client,
    [RESTRICTION_INVALID_HELO] = check_eval_helo,
    [RESTRICTION_NON_FQDN_HELO] = check_eval_helo,
    [RESTRICTION_UNKNOWN_HELO] = check_eval_helo,
    [RESTRICTION_OUR_HELO] = check_eval_helo,
    [RESTRICTION_ADDRESS_HELO] = check_eval_helo,
    [RESTRICTION_FOREIGN_HELO] = check_eval_helo,
    [RESTRICTION_NON_FQDN] = check_eval_qualified,
    [RESTRICTION_UNKNOWN_DOMAIN] = check_eval_domain,
    [RESTRICTION_MULTI_BOUNCE] = eval_bounce,
    [RESTRICTION_SPF] = check_eval_spf,
    [RESTRICTION_GREYLIST] = eval_greylist,
    [RESTRICTION_RATE] = eval_rate,
    [RESTRICTION_TARPIT] = eval_tarpit,
};

int
check_eval(struct check_run *run, const struct check_item *item)
{
    must(evals[item->r->kind]);
    return evals[item->r->kind](run, item);
}

/* --- ahead --- */

static bool
needs_dns(enum restriction_kind kind)
{
    return (kind >= RESTRICTION_RBL && kind <= RESTRICTION_UNKNOWN_FORWARD) ||
           kind == RESTRICTION_UNKNOWN_HELO || kind == RESTRICTION_FOREIGN_HELO ||
           kind == RESTRICTION_UNKNOWN_DOMAIN || kind == RESTRICTION_SPF;
}

/* What an item asks is seen by evaluating it; what that says, and notes, is forgotten. */
void
check_ask_ahead(struct check_run *run)
{
    size_t notes = run->note_count, at = run->at;
    unsigned looks = run->looks;

    for (unsigned list = run->list; list <= run->last_list; list++, at = 0) {
        const struct check_items *items = &run->check->items[list];

        for (; at < items->count; at++) {
            enum restriction_kind kind = items->items[at].r->kind;

            if (kind == RESTRICTION_PERMIT || kind == RESTRICTION_PERMIT_MYNETWORKS ||
                kind == RESTRICTION_PERMIT_SASL) {
                if (eval_permit(run, &items->items[at]) == CHECK_PERMIT)
                    break;
            } else if (needs_dns(kind)) {
                (void)check_eval(run, &items->items[at]);
            }
            run->note_count = notes;
        }
    }
    run->looks = looks;
    buf_clear(&run->text);
}
