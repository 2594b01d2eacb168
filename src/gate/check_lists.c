/* check_lists: what lists of DNS say of a client and of domains. */
#include "gate/check_work.h"
#include "gate/names.h"

const char *
check_shown(const struct check *c, const struct host_key *zone)
{
    for (size_t i = 0; i < c->config->dns_shown_count; i++)
        if (strcmp(c->config->dns_shown[i].zone.text, zone->text) == 0)
            return c->config->dns_shown[i].text;
    return zone->text;
}

/* What is looked for; false when that is not known. */
static bool
name_of(struct check_run *run, const struct check_item *item, struct host_key *out)
{
    const struct host_key *zone = &item->r->list.zone;
    const struct addr *client = &run->asked.request->client;
    struct span subject;

    if (item->r->kind == RESTRICTION_RBL || item->r->kind == RESTRICTION_DNSWL) {
        if (client->family == 0)
            return false;
        *out = dns_list_address_name(client, zone);
        return true;
    }
    subject = check_subject(run, item->r->subject);
    if (item->r->subject == SUBJECT_SENDER || item->r->subject == SUBJECT_RECIPIENT)
        subject = names_domain(subject);
    return check_is_known(subject) && dns_list_domain_name(subject, zone, out);
}

/* An answer that is none is told of, for somebody should leave the list. */
static void
tell_error(struct check_run *run, size_t list)
{
    struct check *c = run->check;

    c->counts.list_errors++;
    if (c->lists[list].errors++ == 0)
        c->world.tell(c->world.ctx, CHECK_LIST_ERROR,
                      span_of(check_shown(c, &c->lists[list].zone)),
                      SPAN("answers with what is no listing"));
}

enum found { FOUND_NOT, FOUND, FOUND_WAIT, FOUND_FAILED };

static enum found
look(struct check_run *run, size_t list, const struct dns_filter *filter,
     const struct host_key *name)
{
    const struct check_question *q;

    if (!dns_list_is_used(&run->check->lists[list]))
        return FOUND_FAILED;
    q = check_question(run, HOST_A, name);
    if (!q)
        return FOUND_WAIT;
    if (q->outcome == RESOLVE_FAILED)
        return FOUND_FAILED;
    if (q->outcome != RESOLVE_FOUND)
        return FOUND_NOT;
    switch (dns_list_look(filter, q->addresses, q->count)) {
    case DNS_LISTED:
        return FOUND;
    case DNS_FILTERED:
        return FOUND_NOT;
    case DNS_ERROR:
        break;
    }
    tell_error(run, list);
    return FOUND_FAILED;
}

/* Why, in the list's own words. */
static bool
add_reason(struct check_run *run, const struct host_key *name)
{
    const struct check_question *q = check_question(run, HOST_TXT, name);
    struct resolve_record record;
    struct span rest;

    if (!q)
        return false;
    rest = check_records(run, q);
    if (q->outcome == RESOLVE_FOUND && resolve_next_record(&rest, &record)) {
        buf_add_text(&run->text, "; ");
        buf_add(&run->text, record.data);
    }
    return true;
}

static const char *const classes[] = {
    [SUBJECT_CLIENT] = "Client host",
    [SUBJECT_REVERSE] = "Unverified Client host",
    [SUBJECT_HELO] = "Helo command",
    [SUBJECT_SENDER] = "Sender address",
    [SUBJECT_RECIPIENT] = "Recipient address",
};

/* In Postfix' words, which filters of logs know. */
static int
fire(struct check_run *run, const struct check_item *item, const struct host_key *name)
{
    struct span what = item->r->kind == RESTRICTION_RBL
                           ? check_value(run, GATE_CLIENT_ADDRESS)
                           : check_subject(run, item->r->subject);

    (void)check_fire(run, run->check->config->codes[CODE_RBL], "7.1",
                     "Service unavailable; %s [%.*s] blocked using %s",
                     classes[item->r->subject], SPAN_FMT(span_head(what, 120)),
                     check_shown(run->check, &item->r->list.zone));
    if (item->r->form != FORM_SCORE && item->r->form != FORM_WARN &&
        !add_reason(run, name))
        return CHECK_WAIT;
    return CHECK_FIRED;
}

int
check_eval_list(struct check_run *run, const struct check_item *item)
{
    bool is_good_list =
        item->r->kind == RESTRICTION_DNSWL || item->r->kind == RESTRICTION_RHSWL;
    struct host_key name;

    if (!name_of(run, item, &name))
        return CHECK_SKIPPED;
    switch (look(run, item->list, &item->r->list.filter, &name)) {
    case FOUND_WAIT:
        return CHECK_WAIT;
    case FOUND_NOT:
        return CHECK_DUNNO;
    case FOUND_FAILED:
        break;
    case FOUND:
        if (!is_good_list)
            return fire(run, item, &name);
        run->looks |= CHECK_DNSWL;
        return CHECK_PERMIT;
    }
    /* Who is not known to be good may be; a later no is only for now. */
    if (is_good_list && item->r->form == FORM_OWN &&
        dns_list_is_used(&run->check->lists[item->list]))
        check_note(run, GATE_DEFER_IF_REJECT, SPAN("4.7.1 Service unavailable"));
    return CHECK_FAILED;
}

/* The sum of all weighed lists, and the names of those that list in run->text. */
int
check_eval_weighed(struct check_run *run, const struct check_item *item UNUSED)
{
    const struct config_restrictions *config = run->check->config;
    struct buf names = {.limit = CHECK_NOTE_MAX};
    bool waits = false, has_failed = false;
    int64_t sum = 0;

    if (run->asked.request->client.family == 0)
        return CHECK_SKIPPED;
    for (size_t i = 0; i < config->dns_list_count; i++) {
        const struct dns_spec *spec = &config->dns_lists[i];
        struct host_key name =
            dns_list_address_name(&run->asked.request->client, &spec->zone);
        enum found found = look(run, run->check->weighed[i], &spec->filter, &name);

        waits |= found == FOUND_WAIT;
        has_failed |= found == FOUND_FAILED;
        if (found != FOUND)
            continue;
        sum += spec->weight;
        if (names.len)
            buf_add_text(&names, ", ");
        buf_add_text(&names, check_shown(run->check, &spec->zone));
    }
    if (!waits && sum >= config->dns_threshold)
        (void)check_fire(run, config->codes[CODE_RBL], "7.1",
                         "Service unavailable; Client host [%.*s] blocked using %s",
                         SPAN_FMT(span_head(check_value(run, GATE_CLIENT_ADDRESS), 50)),
                         names.ptr ? names.ptr : "");
    buf_fini(&names);
    if (waits)
        return CHECK_WAIT;
    if (sum >= config->dns_threshold)
        return CHECK_FIRED;
    return has_failed ? CHECK_FAILED : CHECK_DUNNO;
}
