#include "ctl/postfix_plan.h"

#include "base/mem.h"

/* Policy services whose work the gate does, by a part of what is asked. */
static const struct {
    struct span part;
    const char *what;
} replaced[] = {
    {SPAN_INIT("postgrey"), "postgrey"},
    {SPAN_INIT(":10023"), "postgrey"},
    {SPAN_INIT("sqlgrey"), "sqlgrey"},
    {SPAN_INIT(":2501"), "sqlgrey"},
    {SPAN_INIT("policyd-spf"), "policyd-spf"},
    {SPAN_INIT("policy-spf"), "a service for SPF"},
    {SPAN_INIT("spf-policy"), "a service for SPF"},
};

static const char *const list_names[POSTFIX_STAGES] = {
    "smtpd_client_restrictions",      "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",      "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",   "smtpd_data_restrictions",
    "smtpd_end_of_data_restrictions",
};

#define PORT25_LIST "komainu_client_restrictions"

/* What one plan is made from. */
struct work {
    struct postfix_plan *plan;
    const struct postfix_now *now;
    struct span service; /* of the gate */
    struct span entry;   /* that asks it */
};

static const char *
replaces(const struct postfix_entry *e)
{
    for (size_t i = 0; i < ARRAY_LEN(replaced); i++)
        if (postfix_is(e, "check_policy_service") &&
            span_find(e->argument, replaced[i].part) >= 0)
            return replaced[i].what;
    return NULL;
}

static bool
is_set(const struct postfix_now *now, const char *name)
{
    struct span rest = now->set, line;

    while (span_line(&rest, &line))
        if (span_eq(line, span_of(name)))
            return true;
    return false;
}

/* Whether both have the same entries, however they are written. */
static bool
is_same_list(struct span a, struct span b)
{
    struct postfix_entry from_a, from_b;

    while (postfix_next(&a, &from_a))
        if (!postfix_next(&b, &from_b) || !span_eq(from_a.whole, from_b.whole))
            return false;
    return !postfix_next(&b, &from_b);
}

/* Keeps a setting that changes something; takes `after`. */
static void
propose(struct work *w, const char *name, struct span before, struct buf *after)
{
    struct postfix_setting *s = &w->plan->settings[w->plan->count];

    if (is_same_list(before, buf_span(after))) {
        buf_fini(after);
        return;
    }
    must(w->plan->count < POSTFIX_SETTINGS_MAX);
    *s = (struct postfix_setting){.name = name, .was_set = is_set(w->now, name)};
    buf_add(&s->before, span_trim(before));
    s->after = *after;
    w->plan->count++;
}

static void
propose_word(struct work *w, const char *name, struct span before, const char *after)
{
    struct buf text = {0};

    buf_add_text(&text, after);
    propose(w, name, before, &text);
}

/* A list without the gate and without what it replaces, which is told. */
static struct buf
without_replaced(struct work *w, struct span list)
{
    struct postfix_entry e;
    struct buf kept = {0};

    while (postfix_next(&list, &e)) {
        const char *what = replaces(&e);

        if (postfix_is(&e, "check_policy_service") && span_eq(e.argument, w->service))
            continue;
        if (what) {
            buf_add(&w->plan->out, e.whole);
            buf_printf(&w->plan->out, " (%s)\n", what);
        } else {
            postfix_add(&kept, e.whole);
        }
    }
    return kept;
}

/* Adds what the list has not yet. */
static void
add_once(struct buf *list, struct span entry)
{
    struct span rest = buf_span(list);
    struct postfix_entry e;

    while (postfix_next(&rest, &e))
        if (span_eq(e.whole, entry))
            return;
    postfix_add(list, entry);
}

static bool
is_check(const struct postfix_entry *e)
{
    return postfix_is(e, "reject_unauth_destination") ||
           postfix_is(e, "defer_unauth_destination");
}

static bool
checks_destination(struct span list)
{
    struct postfix_entry e;

    while (postfix_next(&list, &e))
        if (is_check(&e))
            return true;
    return false;
}

/* Who may relay still may: what stands before the check of the destination there. */
static void
add_relay_head(struct span relay, struct buf *to)
{
    struct postfix_entry e;

    while (postfix_next(&relay, &e) && !is_check(&e))
        if (!replaces(&e))
            add_once(to, e.whole);
    add_once(to, SPAN("reject_unauth_destination"));
}

/* What decides all that is left, so that nothing behind it is asked. */
static bool
is_final(const struct postfix_entry *e)
{
    return postfix_is(e, "permit") || postfix_is(e, "reject") || postfix_is(e, "defer");
}

/* Adds entries up to what decides all that is left, with the check of unlisted recipients
 * behind that of the destination where it is nowhere. Returns what was not added. */
static struct span
add_recipients(struct span rest, struct buf *list)
{
    bool has_unlisted = postfix_has(rest, "reject_unlisted_recipient");
    struct span all = rest;
    struct postfix_entry e;

    while (postfix_next(&rest, &e)) {
        if (is_final(&e))
            return span_between(e.whole.ptr, all.ptr + all.len);
        add_once(list, e.whole);
        if (postfix_is(&e, "reject_unauth_destination") && !has_unlisted)
            postfix_add(list, SPAN("reject_unlisted_recipient"));
    }
    return (struct span){0};
}

static void
plan_recipients(struct work *w)
{
    struct span recipients = w->now->lists[POSTFIX_RECIPIENT], last;
    struct buf kept = without_replaced(w, recipients), list = {0};
    bool has_check = postfix_has(buf_span(&kept), "reject_unauth_destination");

    if (!has_check && checks_destination(w->now->relay)) {
        add_relay_head(w->now->relay, &list);
        if (!postfix_has(buf_span(&kept), "reject_unlisted_recipient"))
            postfix_add(&list, SPAN("reject_unlisted_recipient"));
    }
    last = add_recipients(buf_span(&kept), &list);
    add_once(&list, SPAN("reject_unauth_destination"));
    add_once(&list, SPAN("reject_unlisted_recipient"));
    postfix_add(&list, w->entry);
    if (last.len)
        postfix_add(&list, span_trim(last));
    propose(w, list_names[POSTFIX_RECIPIENT], recipients, &list);
    buf_fini(&kept);
}

/* The gate behind what the list has; `first` in front, where it is nowhere. */
static void
plan_list(struct work *w, enum postfix_stage stage, const char *first)
{
    struct span before = w->now->lists[stage];
    struct buf kept = without_replaced(w, before), list = {0};

    if (first && !postfix_has(buf_span(&kept), first))
        postfix_add(&list, span_of(first));
    if (kept.len)
        postfix_add(&list, buf_span(&kept));
    postfix_add(&list, w->entry);
    propose(w, list_names[stage], before, &list);
    buf_fini(&kept);
}

/* Nobody is to be asked there that the gate replaces; else the list stays as it is. */
static void
plan_others(struct work *w, enum postfix_stage stage)
{
    size_t taken_out = w->plan->out.len;
    struct buf kept = without_replaced(w, w->now->lists[stage]);

    if (w->plan->out.len > taken_out)
        propose(w, list_names[stage], w->now->lists[stage], &kept);
    else
        buf_fini(&kept);
}

/* Who talks before it is his turn: only the MTA can see that. Without postscreen, a
 * second's silence before the greeting shows it, which needs that clients are judged when
 * they connect: not where people log in on port 25. */
static void
plan_early_talkers(struct work *w)
{
    const struct postfix_now *now = w->now;
    struct buf list = {0};

    if (span_eq(now->port25, SPAN("postscreen"))) {
        if (span_eq(now->greet_action, SPAN("ignore")))
            propose_word(w, "postscreen_greet_action", now->greet_action, "enforce");
        return;
    }
    if (!now->port25.len || postfix_has(now->port25_client, "sleep") ||
        span_eq(now->port25_client, SPAN("$" PORT25_LIST)))
        return;
    if (now->is_login_on_port25 ||
        postfix_has(now->port25_client, "permit_sasl_authenticated") ||
        postfix_has(now->port25_client, "permit_tls_clientcerts")) {
        buf_add_text(&w->plan->remarks,
                     "Clients that talk before the greeting are not refused: that needs "
                     "postscreen, or port 25 without logins.\n");
        return;
    }
    buf_add(&list, span_trim(now->port25_client));
    postfix_add(&list, SPAN("sleep 1"));
    postfix_add(&list, SPAN("reject_unauth_pipelining"));
    /* By a name: what stands in master.cf has no blanks. */
    propose(w, PORT25_LIST, (struct span){0}, &list);
    propose_word(w, "smtp/inet/smtpd_client_restrictions", (struct span){0},
                 "$" PORT25_LIST);
    propose_word(w, "smtp/inet/smtpd_delay_reject",
                 now->is_delayed ? SPAN("yes") : SPAN("no"), "no");
}

const char *
postfix_list_name(enum postfix_stage stage)
{
    return list_names[stage];
}

void
postfix_plan(const struct postfix_now *now, struct span service, bool is_open,
             struct postfix_plan *out)
{
    struct work w = {.plan = out, .now = now, .service = service};
    struct buf entry = {0};

    *out = (struct postfix_plan){0};
    buf_add_text(&entry, "check_policy_service ");
    buf_add(&entry, service);
    w.entry = buf_span(&entry);
    for (int stage = POSTFIX_CLIENT; stage < POSTFIX_RECIPIENT; stage++)
        plan_others(&w, (enum postfix_stage)stage);
    plan_recipients(&w);
    plan_list(&w, POSTFIX_DATA, "reject_unauth_pipelining");
    plan_list(&w, POSTFIX_END_OF_DATA, NULL);
    if (is_open)
        propose_word(&w, "smtpd_policy_service_default_action", now->default_action,
                     "DUNNO");
    plan_early_talkers(&w);
    buf_fini(&entry);
}

void
postfix_plan_fini(struct postfix_plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        buf_fini(&p->settings[i].before);
        buf_fini(&p->settings[i].after);
    }
    buf_fini(&p->out);
    buf_fini(&p->remarks);
    *p = (struct postfix_plan){0};
}

bool
postfix_service(struct span listen, struct span queue, struct buf *service,
                struct buf *why)
{
    struct span path = listen, mode;

    if (span_starts(listen, SPAN("inet:"))) {
        buf_add(service, listen);
        return true;
    }
    if (!span_cut(path, SPAN(","), &path, &mode))
        path = listen; /* without a mode */
    if (span_take(&path, SPAN("unix:")) && span_take(&path, queue) &&
        span_take(&path, SPAN("/"))) {
        buf_add_text(service, "unix:");
        buf_add(service, path);
        return true;
    }
    buf_add_text(why, "a chrooted smtpd does not reach a socket outside of ");
    buf_add(why, queue);
    return false;
}
