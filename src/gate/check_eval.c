#include <stdarg.h>

#include "base/mem.h"
#include "gate/check_work.h"
#include "gate/generic_name.h"
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
    case SUBJECT_SASL:
        return check_value(run, GATE_SASL_USERNAME);
    case SUBJECT_CCERT:
        return check_value(run, GATE_CCERT_FINGERPRINT);
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

static unsigned
looks_of(const struct check_run *run)
{
    bool is_generic =
        generic_name_is(check_value(run, GATE_CLIENT_NAME), &run->asked.request->client);

    return run->looks | (run->is_suspect ? CHECK_DOUBTFUL : 0U) |
           (is_generic ? CHECK_GENERIC : 0U);
}

static int
eval_greylist(struct check_run *run, const struct check_item *item UNUSED)
{
    const struct check_world *world = &run->check->world;
    struct check_greylist ask = {.request = run->asked.request,
                                 .spf_domain = check_spf_domain(run),
                                 .looks = looks_of(run),
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
        /* Postfix tells of the subject of those that it has verified alone. */
        (item->r->kind == RESTRICTION_PERMIT_CCERT &&
         check_value(run, GATE_CCERT_SUBJECT).len > 0) ||
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
    [RESTRICTION_PERMIT_CCERT] = eval_permit,
    [RESTRICTION_ACCESS] = check_eval_access,
    [RESTRICTION_SERVER_ACCESS] = check_eval_servers,
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
    [RESTRICTION_GENERIC_CLIENT] = check_eval_generic,
    [RESTRICTION_NON_FQDN] = check_eval_qualified,
    [RESTRICTION_UNKNOWN_DOMAIN] = check_eval_domain,
    [RESTRICTION_MULTI_BOUNCE] = eval_bounce,
    [RESTRICTION_SPF] = check_eval_spf,
    [RESTRICTION_GREYLIST] = eval_greylist,
    [RESTRICTION_RATE] = eval_rate,
    [RESTRICTION_TARPIT] = eval_tarpit,
    [RESTRICTION_CLASS] = check_eval_class,
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
           kind == RESTRICTION_UNKNOWN_DOMAIN || kind == RESTRICTION_SPF ||
           kind == RESTRICTION_SERVER_ACCESS;
}

static bool
is_permit(enum restriction_kind kind)
{
    return kind == RESTRICTION_PERMIT || kind == RESTRICTION_PERMIT_MYNETWORKS ||
           kind == RESTRICTION_PERMIT_SASL || kind == RESTRICTION_PERMIT_CCERT;
}

/* Asks for one list and its classes from an item on. False when it ends with a permit. */
static bool
ask_list(struct check_run *run, const struct check_items *items, size_t at)
{
    struct check_frame stack[CHECK_DEPTH_MAX] = {{.items = items, .at = at}};
    size_t depth = 1, notes = run->note_count;

    while (depth > 0) {
        struct check_frame *top = &stack[depth - 1];
        const struct check_item *item = &top->items->items[top->at];

        if (top->at++ == top->items->count) {
            depth--;
        } else if (item->r->kind == RESTRICTION_CLASS) {
            if (depth < CHECK_DEPTH_MAX)
                stack[depth++] = (struct check_frame){.items = item->class};
        } else if (is_permit(item->r->kind)) {
            if (eval_permit(run, item) == CHECK_PERMIT)
                return false;
        } else if (needs_dns(item->r->kind)) {
            (void)check_eval(run, item);
            run->note_count = notes;
        }
    }
    return true;
}

/* What an item asks is seen by evaluating it; what that says, and notes, is forgotten. */
void
check_ask_ahead(struct check_run *run)
{
    unsigned looks = run->looks;
    bool goes_on = true;

    for (size_t i = run->depth; i > 0 && goes_on; i--)
        goes_on = ask_list(run, run->frames[i - 1].items, run->frames[i - 1].at);
    for (unsigned list = run->list; list <= run->last_list; list++)
        if (goes_on || list != run->list)
            (void)ask_list(run, &run->check->items[list],
                           list == run->list ? run->at : 0);
    run->looks = looks;
    buf_clear(&run->text);
}
