/* check_names: what is wrong with the names that a client has, says and sends for. */
#include "gate/check_work.h"
#include "gate/generic_name.h"
#include "gate/names.h"

/* For texts: a foreign value that is not long. */
#define SHOWN(s) SPAN_FMT(span_head((s), 120))

static bool
is_same_name(struct span a, struct span b)
{
    if (span_ends(a, SPAN(".")))
        a.len--;
    if (span_ends(b, SPAN(".")))
        b.len--;
    return span_eq_nocase(a, b);
}

/* --- the names of the client --- */

static int
no_name(struct check_run *run, const char *what, bool is_for_now)
{
    unsigned code = run->check->config->codes[CODE_UNKNOWN_CLIENT];

    if (is_for_now)
        code = 450;
    return check_fire(run, code, "7.25",
                      "Client host rejected: cannot find your %s, [%.*s]", what,
                      SHOWN(check_value(run, GATE_CLIENT_ADDRESS)));
}

/* Whether DNS has really no name for the address: Postfix says "unknown", too, when no
 * server answered. Asked only where mail is refused for good. */
enum known { KNOWN_NOT, KNOWN, KNOWN_LATER, KNOWN_WAIT };

static enum known
ask_reverse(struct check_run *run)
{
    const struct addr *client = &run->asked.request->client;
    const struct check_question *q;
    struct host_key name;

    if (run->check->config->codes[CODE_UNKNOWN_CLIENT] < 500 || client->family == 0)
        return KNOWN_NOT;
    name = host_reverse_of(client);
    q = check_question(run, HOST_PTR, &name);
    if (!q)
        return KNOWN_WAIT;
    if (q->outcome == RESOLVE_FAILED)
        return KNOWN_LATER;
    return q->outcome == RESOLVE_FOUND ? KNOWN : KNOWN_NOT;
}

static int
eval_reverse(struct check_run *run, const char *what)
{
    switch (ask_reverse(run)) {
    case KNOWN_WAIT:
        return CHECK_WAIT;
    case KNOWN_LATER:
    case KNOWN: /* now it has one; it had none when Postfix asked */
        return no_name(run, what, true);
    case KNOWN_NOT:
        break;
    }
    return no_name(run, what, false);
}

/* The name that the address has: whether it has addresses. */
static int
eval_forward(struct check_run *run, bool must_be_client, const char *what)
{
    struct span name = check_value(run, GATE_REVERSE_CLIENT_NAME);
    const struct check_question *q;

    if (must_be_client && run->check->config->codes[CODE_UNKNOWN_CLIENT] < 500)
        return no_name(run, what, false);
    q = check_question_text(run, HOST_ADDRESSES, name);
    if (!q)
        return CHECK_WAIT;
    if (q->outcome == RESOLVE_FAILED)
        return no_name(run, what, true);
    if (q->outcome != RESOLVE_FOUND)
        return no_name(run, what, false);
    if (!must_be_client || check_has_address(q, &run->asked.request->client))
        return CHECK_DUNNO;
    return no_name(run, what, false);
}

int
check_eval_client(struct check_run *run, const struct check_item *item)
{
    enum restriction_kind kind = item->r->kind;
    struct span name = check_value(run, GATE_CLIENT_NAME);
    struct span reverse = check_value(run, GATE_REVERSE_CLIENT_NAME);

    if (run->asked.request->client.family == 0 || name.len == 0)
        return CHECK_SKIPPED;
    if (kind == RESTRICTION_UNKNOWN_REVERSE)
        return check_is_known(reverse) || check_is_known(name)
                   ? CHECK_DUNNO
                   : eval_reverse(run, "reverse hostname");
    if (check_is_known(name))
        return CHECK_DUNNO;
    if (!check_is_known(reverse))
        return eval_reverse(run, kind == RESTRICTION_UNKNOWN_CLIENT ? "hostname"
                                                                    : "forward hostname");
    if (kind == RESTRICTION_UNKNOWN_FORWARD)
        return eval_forward(run, false, "forward hostname");
    return eval_forward(run, true, "hostname");
}

/* The name that DNS has confirmed, else what it says of the address. */
int
check_eval_generic(struct check_run *run, const struct check_item *item UNUSED)
{
    struct span name = check_value(run, GATE_CLIENT_NAME);

    if (!check_is_known(name))
        name = check_value(run, GATE_REVERSE_CLIENT_NAME);
    if (!check_is_known(name))
        return CHECK_SKIPPED;
    if (!generic_name_is(name, &run->asked.request->client))
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_UNKNOWN_CLIENT], "7.1",
                      "Client host rejected: %.*s is a name of a range of addresses, "
                      "send by the server of your provider",
                      SHOWN(name));
}

/* --- HELO --- */

struct helo {
    struct span text;
    enum helo_kind kind;
    struct addr address;
};

static int
eval_our_helo(struct check_run *run, const struct helo *h)
{
    const struct config_restrictions *config = run->check->config;
    bool is_ours = false;
    struct addr server;

    if (h->kind == HELO_BARE || h->kind == HELO_LITERAL) {
        is_ours = addr_parse(check_value(run, GATE_SERVER_ADDRESS), &server) &&
                  addr_eq(&server, &h->address);
        for (size_t i = 0; i < config->our_address_count; i++)
            is_ours |= addr_eq(&config->our_addresses[i], &h->address);
        if (addr_eq(&h->address, &run->asked.request->client))
            is_ours = false; /* it is this host */
    } else {
        for (size_t i = 0; i < config->our_name_count; i++)
            is_ours |= is_same_name(h->text, span_of(config->our_names[i].text));
    }
    if (!is_ours)
        return CHECK_DUNNO;
    return check_fire(run, config->codes[CODE_REJECT], "7.1",
                      "Client host rejected: HELO %.*s is not you, but this host",
                      SHOWN(h->text));
}

static int
eval_address_helo(struct check_run *run, const struct helo *h)
{
    unsigned code = run->check->config->codes[CODE_REJECT];

    if (h->kind == HELO_BARE)
        return check_fire(
            run, code, "7.1",
            "Client host rejected: HELO %.*s is an address without brackets",
            SHOWN(h->text));
    if (h->kind == HELO_LITERAL && !addr_eq(&h->address, &run->asked.request->client))
        return check_fire(run, code, "7.1",
                          "Client host rejected: HELO %.*s is not your address",
                          SHOWN(h->text));
    return CHECK_DUNNO;
}

static int
eval_unknown_helo(struct check_run *run, const struct helo *h)
{
    const struct config_restrictions *config = run->check->config;
    const struct check_question *addresses, *mx;
    bool is_known, has_failed;

    if (h->kind == HELO_LITERAL || h->kind == HELO_BARE)
        return CHECK_DUNNO; /* others are for those */
    addresses = check_question_text(run, HOST_ADDRESSES, h->text);
    if (!addresses)
        return check_question_text(run, HOST_MX, h->text), CHECK_WAIT;
    is_known = addresses->outcome == RESOLVE_FOUND;
    has_failed = addresses->outcome == RESOLVE_FAILED;
    if (is_known)
        return CHECK_DUNNO;
    mx = check_question_text(run, HOST_MX, h->text);
    if (!mx)
        return CHECK_WAIT;
    if (mx->outcome == RESOLVE_FOUND)
        return CHECK_DUNNO;
    has_failed |= mx->outcome == RESOLVE_FAILED;
    (void)check_fire(run, has_failed ? 450 : config->codes[CODE_UNKNOWN_HOSTNAME], "7.1",
                     "Host not found (HELO %.*s)", SHOWN(h->text));
    if (has_failed)
        run->action = GATE_DEFER_IF_PERMIT;
    return CHECK_FIRED;
}

static int
eval_foreign_helo(struct check_run *run, const struct helo *h)
{
    const struct check_question *q;

    if (h->kind == HELO_LITERAL || h->kind == HELO_BARE)
        return CHECK_DUNNO;
    if (is_same_name(h->text, check_value(run, GATE_CLIENT_NAME)) ||
        is_same_name(h->text, check_value(run, GATE_REVERSE_CLIENT_NAME)))
        return CHECK_DUNNO;
    q = check_question_text(run, HOST_ADDRESSES, h->text);
    if (!q)
        return CHECK_WAIT;
    if (q->outcome == RESOLVE_FAILED)
        return CHECK_FAILED;
    if (check_has_address(q, &run->asked.request->client))
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_UNKNOWN_HOSTNAME], "7.1",
                      "Client host rejected: HELO %.*s is not the name of [%.*s]",
                      SHOWN(h->text), SHOWN(check_value(run, GATE_CLIENT_ADDRESS)));
}

static int
eval_invalid_helo(struct check_run *run, const struct helo *h)
{
    if (h->kind != HELO_BROKEN)
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_INVALID_HOSTNAME], "5.2",
                      "Invalid name (HELO %.*s)", SHOWN(h->text));
}

static int
eval_short_helo(struct check_run *run, const struct helo *h)
{
    if (h->kind == HELO_NAME || h->kind == HELO_LITERAL)
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_NON_FQDN], "5.2",
                      "need fully-qualified hostname (HELO %.*s)", SHOWN(h->text));
}

int
check_eval_helo(struct check_run *run, const struct check_item *item)
{
    static int (*const evals[RESTRICTION_KINDS])(struct check_run *,
                                                 const struct helo *) = {
        [RESTRICTION_INVALID_HELO] = eval_invalid_helo,
        [RESTRICTION_NON_FQDN_HELO] = eval_short_helo,
        [RESTRICTION_UNKNOWN_HELO] = eval_unknown_helo,
        [RESTRICTION_OUR_HELO] = eval_our_helo,
        [RESTRICTION_ADDRESS_HELO] = eval_address_helo,
        [RESTRICTION_FOREIGN_HELO] = eval_foreign_helo,
    };
    struct helo h = {.text = check_value(run, GATE_HELO_NAME)};

    if (h.text.len == 0)
        return CHECK_SKIPPED;
    h.kind = names_helo(h.text, &h.address);
    return evals[item->r->kind](run, &h);
}

/* --- the domains of addresses --- */

struct exchangers {
    bool waits, has_good, has_bogon, has_failed;
};

static void
look_at_host(struct check_run *run, struct span name, struct exchangers *all)
{
    const struct check_question *q = check_question_text(run, HOST_ADDRESSES, name);

    if (!q) {
        all->waits = true;
        return;
    }
    all->has_failed |= q->outcome == RESOLVE_FAILED;
    if (q->outcome != RESOLVE_FOUND)
        return;
    for (size_t i = 0; i < q->count; i++)
        if (names_is_bogon(&q->addresses[i]))
            all->has_bogon = true;
        else
            all->has_good = true;
}

/* What the hosts that take a domain's mail come to together. */
static int
sum_up(struct check_run *run, const struct exchangers *all, struct span subject,
       const char *status)
{
    if (all->has_good || (!all->waits && !all->has_bogon))
        return CHECK_DUNNO;
    if (all->waits)
        return CHECK_WAIT;
    if (all->has_failed)
        return CHECK_FAILED;
    return check_fire(run, run->check->config->codes[CODE_UNKNOWN_ADDRESS], status,
                      "Domain not found: no host of %.*s can be reached",
                      SHOWN(names_domain(subject)));
}

/* Nobody can answer a mail whose domain has its exchangers where no one gets to. */
static int
eval_exchangers(struct check_run *run, struct span records, struct span subject,
                const char *status)
{
    struct exchangers all = {0};
    struct resolve_record mx;
    /* A question may move run->records; what is borrowed from it must not. */
    size_t at = (size_t)(records.ptr - run->records.ptr), end = at + records.len;

    for (int i = 0; i < 10 && at < end; i++) {
        struct host_key name;

        records = (struct span){run->records.ptr + at, end - at};
        if (!resolve_next_record(&records, &mx))
            break;
        at = end - records.len;
        if (span_eq(mx.data, SPAN(".")))
            return check_fire(run, status[0] == '7' ? 550 : 556, status,
                              "Domain does not accept mail (null MX of %.*s)",
                              SHOWN(names_domain(subject)));
        if (!host_is_name(mx.data))
            continue;
        name = host_key_of(mx.data);
        look_at_host(run, span_of(name.text), &all);
    }
    return sum_up(run, &all, subject, status);
}

static int
not_found(struct check_run *run, struct span domain, const char *status, bool is_for_now)
{
    (void)check_fire(run,
                     is_for_now ? 450 : run->check->config->codes[CODE_UNKNOWN_ADDRESS],
                     status, "Domain not found (%.*s)", SHOWN(domain));
    if (is_for_now)
        run->action = GATE_DEFER_IF_PERMIT;
    return CHECK_FIRED;
}

int
check_eval_domain(struct check_run *run, const struct check_item *item)
{
    enum restriction_subject who = item->r->subject;
    struct span subject = check_subject(run, who), domain = names_domain(subject);
    const char *status = who == SUBJECT_SENDER ? "1.8" : "1.2";
    const struct check_question *mx, *addresses;
    struct exchangers all = {0};
    enum resolve_outcome outcome;

    if (subject.len == 0 || domain.len == 0 || domain.ptr[0] == '[')
        return CHECK_SKIPPED;
    mx = check_question_text(run, HOST_MX, domain);
    if (!mx)
        return check_question_text(run, HOST_ADDRESSES, domain), CHECK_WAIT;
    outcome = mx->outcome;
    if (outcome == RESOLVE_FOUND)
        return eval_exchangers(run, check_records(run, mx), subject,
                               who == SUBJECT_SENDER ? "7.27" : "1.10");
    addresses = check_question_text(run, HOST_ADDRESSES, domain);
    if (!addresses)
        return CHECK_WAIT;
    if (outcome == RESOLVE_FAILED || addresses->outcome == RESOLVE_FAILED)
        return not_found(run, domain, status, true);
    if (addresses->outcome != RESOLVE_FOUND)
        return not_found(run, domain, status, false);
    look_at_host(run, domain, &all);
    return all.has_good ? CHECK_DUNNO : not_found(run, domain, status, false);
}

int
check_eval_qualified(struct check_run *run, const struct check_item *item)
{
    struct span subject = check_subject(run, item->r->subject);

    if (subject.len == 0 || span_eq_nocase(subject, SPAN("postmaster")))
        return CHECK_SKIPPED; /* which every host has to have (RFC 5321, 4.5.1) */
    if (names_is_qualified(subject))
        return CHECK_DUNNO;
    return check_fire(run, run->check->config->codes[CODE_NON_FQDN], "5.2",
                      "need fully-qualified address (%.*s)", SHOWN(subject));
}
