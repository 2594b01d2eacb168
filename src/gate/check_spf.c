/* check_spf: the restriction `spf`: policyd-spf's checks of a mail, one after the other,
 * with the questions of the request.
 */
#include "base/mem.h"
#include "gate/check_work.h"

enum { LINE_MAX = 1024 };

/* What is done next; the first three may say that nothing has to be checked. */
enum phase { ASK_NOTHING, ASK_HELO, ASK_DOMAIN, ASK_PTR, CHECK_HELO, CHECK_SENDER, OVER };

struct check_spf {
    enum phase phase;
    struct spf_users *users;       /* held as long as ... */
    const struct spf_knobs *knobs; /* ... these are of them; or the check's */
    enum spf_bypass bypass;
    bool is_checking; /* `check` has begun */
    struct spf_check check;
    struct spf_query queries[SPF_CHECK_HOSTS_MAX]; /* without an answer */
    size_t query_count;
    struct span domains; /* of Domain_Whitelist, still to be asked */
    struct spf_outcome helo, sender;
    char mechanisms[2][SPF_TERM_TEXT_MAX + 1];
    char explanations[2][SPF_EXPLANATION_MAX + 1];
    struct spf_name domain; /* that has passed */
};

void
check_spf_clear(struct check_run *run)
{
    struct check_spf *s = run->spf;

    if (!s || s->phase == ASK_NOTHING)
        return;
    if (s->is_checking)
        spf_check_give_up(&s->check);
    s->phase = ASK_NOTHING;
    spf_users_drop(s->users);
    s->users = NULL;
}

void
check_spf_free(struct check_run *run)
{
    if (!run->spf)
        return;
    spf_check_fini(&run->spf->check);
    spf_users_drop(run->spf->users);
    mem_free(run->spf);
}

struct span
check_spf_domain(const struct check_run *run)
{
    if (!(run->looks & CHECK_SPF_PASS) || !run->spf)
        return (struct span){0};
    return spf_name_span(&run->spf->domain);
}

/* --- one check --- */

static void
feed(struct check_run *run, struct spf_check *c, const struct spf_query *query,
     const struct check_question *q)
{
    struct span rest = check_records(run, q);
    struct resolve_record record;

    while (q->outcome == RESOLVE_FOUND && resolve_next_record(&rest, &record)) {
        if (query->record == HOST_TXT) {
            spf_check_text(c, query->id, record.data);
        } else if (query->record == HOST_MX || query->record == HOST_PTR) {
            spf_check_host(c, query->id, record.data);
        } else {
            struct addr a = resolve_record_address(&record);

            spf_check_address(c, query->id, &a);
        }
    }
    spf_check_answered(c, query->id,
                       q->outcome == RESOLVE_FOUND  ? SPF_ANSWER_FOUND
                       : q->outcome == RESOLVE_NONE ? SPF_ANSWER_NONE
                                                    : SPF_ANSWER_FAILED);
}

/* Asks what the check wants to know. False when nothing of it is answered yet. */
static bool
ask_and_feed(struct check_run *run, struct check_spf *s)
{
    const struct spf_query *query;
    bool is_fed = false;

    while (s->query_count < ARRAY_LEN(s->queries) && (query = spf_check_query(&s->check)))
        s->queries[s->query_count++] = *query;
    for (size_t i = 0; i < s->query_count;) {
        const struct check_question *q =
            check_question(run, s->queries[i].record, &s->queries[i].name);

        if (!q) {
            i++;
            continue;
        }
        feed(run, &s->check, &s->queries[i], q);
        s->queries[i] = s->queries[--s->query_count];
        is_fed = true;
    }
    return is_fed;
}

/* Whether the check is over. */
static bool
check_on(struct check_run *run, struct check_spf *s, const struct spf_ask *ask)
{
    if (!s->is_checking) {
        spf_check_begin(&s->check, ask);
        s->is_checking = true;
        s->query_count = 0;
    }
    while (!spf_check_is_over(&s->check))
        if (!ask_and_feed(run, s))
            return false;
    s->is_checking = false;
    return true;
}

static struct spf_ask
make_ask(const struct check_run *run, enum spf_identity identity)
{
    return (struct spf_ask){.client = run->asked.request->client,
                            .sender = check_value(run, GATE_SENDER),
                            .helo = check_value(run, GATE_HELO_NAME),
                            .receiver = run->check->spf_receiver,
                            .identity = identity,
                            .voids_max = run->spf->knobs->void_limit,
                            .now_s = run->asked.now_s};
}

/* --- who is not checked --- */

static bool
ask_helo(struct check_run *run, struct check_spf *s)
{
    struct span helo = check_value(run, GATE_HELO_NAME);
    const struct check_question *q;

    if (!spf_policy_has_helo(s->knobs, helo))
        return true;
    q = check_question_text(run, HOST_ADDRESSES, helo);
    if (q && check_has_address(q, &run->asked.request->client))
        s->bypass = SPF_BYPASS_HELO;
    return q != NULL;
}

static bool
ask_domain(struct check_run *run, struct check_spf *s)
{
    struct spf_ask ask = make_ask(run, SPF_MAIL_FROM);
    char sender[HOST_TEXT_MAX + 16];
    struct span rest, domain;

    for (;; s->domains = rest) {
        int n;

        rest = s->domains;
        if (s->bypass != SPF_BYPASS_NONE || !spf_policy_next_domain(&rest, &domain))
            return true;
        n = snprintf(sender, sizeof(sender), "postmaster@%.*s", SPAN_FMT(domain));
        ask.sender = (struct span){sender, n < (int)sizeof(sender) ? (size_t)n : 0};
        if (!check_on(run, s, &ask))
            return false;
        if (s->check.result == SPF_RESULT_PASS)
            s->bypass = SPF_BYPASS_DOMAIN;
    }
}

/* The names of the client count that have its address. */
static bool
ask_ptr(struct check_run *run, struct check_spf *s)
{
    struct host_key reverse = host_reverse_of(&run->asked.request->client), name;
    const struct check_question *q;
    struct resolve_record record;
    bool is_whole = true;
    struct span rest;

    if (s->knobs->domain_whitelist_ptr.len == 0)
        return true;
    q = check_question(run, HOST_PTR, &reverse);
    if (!q)
        return false;
    for (size_t i = 0, at = 0; i < SPF_CHECK_HOSTS_MAX && q->outcome == RESOLVE_FOUND;
         i++) {
        const struct check_question *addresses;

        /* Each question may move what was answered before. */
        q = check_question(run, HOST_PTR, &reverse);
        rest = span_from(check_records(run, q), at);
        if (!resolve_next_record(&rest, &record))
            break;
        at = q->len - rest.len;
        if (!host_is_name(record.data) || !spf_policy_has_ptr(s->knobs, record.data))
            continue;
        name = host_key_of(record.data);
        addresses = check_question(run, HOST_ADDRESSES, &name);
        is_whole &= addresses != NULL;
        if (addresses && check_has_address(addresses, &run->asked.request->client))
            s->bypass = SPF_BYPASS_PTR;
        q = check_question(run, HOST_PTR, &reverse);
    }
    return is_whole || s->bypass != SPF_BYPASS_NONE;
}

/* --- the checks --- */

static void
keep_outcome(struct check_spf *s, enum spf_identity identity)
{
    struct spf_outcome *o = identity == SPF_HELO ? &s->helo : &s->sender;
    char *mechanism = s->mechanisms[identity], *explanation = s->explanations[identity];
    struct span why = span_head(buf_span(&s->check.explanation), SPF_EXPLANATION_MAX);

    memcpy(mechanism, s->check.mechanism, sizeof(s->mechanisms[0]));
    if (why.len)
        memcpy(explanation, why.ptr, why.len);
    *o = (struct spf_outcome){.is_checked = true,
                              .result = s->check.result,
                              .is_no_mail = s->check.is_no_mail,
                              .mechanism = span_of(mechanism),
                              .explanation = {explanation, why.len}};
    if (s->check.result == SPF_RESULT_PASS)
        s->domain = s->check.domain;
}

static bool
check_identity(struct check_run *run, struct check_spf *s, enum spf_identity identity)
{
    struct spf_ask ask = make_ask(run, identity);

    if (!spf_policy_wants(s->knobs, identity, ask.sender))
        return true;
    if (identity == SPF_HELO)
        ask.sender = (struct span){0};
    if (!check_on(run, s, &ask))
        return false;
    keep_outcome(s, identity);
    return true;
}

/* False when answers are wanted first. */
static bool
go_on(struct check_run *run, struct check_spf *s)
{
    for (;; s->phase++) {
        bool is_done = true;

        if (s->bypass != SPF_BYPASS_NONE || s->phase == OVER)
            return true;
        switch (s->phase) {
        case ASK_HELO:
            is_done = ask_helo(run, s);
            break;
        case ASK_DOMAIN:
            is_done = ask_domain(run, s);
            break;
        case ASK_PTR:
            is_done = ask_ptr(run, s);
            break;
        case CHECK_HELO:
            is_done = check_identity(run, s, SPF_HELO);
            break;
        case CHECK_SENDER:
            is_done = check_identity(run, s, SPF_MAIL_FROM);
            break;
        case ASK_NOTHING:
        case OVER:
            break;
        }
        if (!is_done)
            return false;
    }
}

/* Those of the recipient, if it has any. */
static void
choose_knobs(struct check_run *run, struct check_spf *s)
{
    struct spf_users *users = run->check->users;
    const struct spf_knobs *own =
        users ? spf_users_find(users, check_value(run, GATE_RECIPIENT)) : NULL;

    s->users = own ? spf_users_hold(users) : NULL;
    s->knobs = own ? own : &run->check->spf;
}

static void
begin(struct check_run *run)
{
    struct check_spf *s = run->spf;

    if (!s)
        s = run->spf = mem_zalloc(1, sizeof(*s));
    if (s->phase != ASK_NOTHING)
        return;
    s->phase = ASK_HELO;
    choose_knobs(run, s);
    s->domains = s->knobs->domain_whitelist;
    s->is_checking = false;
    s->helo = s->sender = (struct spf_outcome){0};
    s->bypass = spf_policy_bypass(s->knobs, &run->asked.request->client);
}

/* Whose result says that the client may send for the sender. */
static bool
has_passed(const struct check_run *run)
{
    const struct check_spf *s = run->spf;

    if (s->sender.is_checked)
        return s->sender.result == SPF_RESULT_PASS;
    return check_value(run, GATE_SENDER).len == 0 && s->helo.is_checked &&
           s->helo.result == SPF_RESULT_PASS;
}

int
check_eval_spf(struct check_run *run, const struct check_item *item UNUSED)
{
    const struct spf_knobs *knobs;
    enum gate_state state = run->asked.request->state;
    struct spf_mail mail = {.client = run->asked.request->client,
                            .sender = check_value(run, GATE_SENDER),
                            .helo = check_value(run, GATE_HELO_NAME),
                            .receiver = run->check->spf_receiver};
    struct buf text = {.limit = LINE_MAX};
    struct gate_answer answer = {0};
    enum spf_action action;
    int came = CHECK_DUNNO;

    if (mail.client.family == 0 || state < GATE_AT_MAIL || state > GATE_AT_END)
        return CHECK_SKIPPED;
    begin(run);
    knobs = run->spf->knobs;
    if (!go_on(run, run->spf))
        return CHECK_WAIT;
    if (run->spf->bypass == SPF_BYPASS_NONE && has_passed(run))
        run->looks |= CHECK_SPF_PASS;
    action =
        run->spf->bypass == SPF_BYPASS_NONE
            ? spf_policy_decide(knobs, &mail, &run->spf->helo, &run->spf->sender, &text)
            : spf_policy_pass_by(knobs, &mail, run->spf->bypass, &text);
    if (action == SPF_DO_PREPEND)
        answer = (struct gate_answer){.action = GATE_PREPEND, .text = buf_span(&text)};
    if (action == SPF_DO_PREPEND ||
        (action != SPF_DO_NOTHING && gate_answer_read(buf_span(&text), &answer)))
        came = check_come_to(run, &answer);
    buf_fini(&text);
    return came;
}

/* --- what is to be done --- */

bool
check_spf_set(struct check *c, const struct config_spf *config, struct buf *why)
{
    c->spf = spf_knobs_by_rule();
    c->spf_receiver = c->config->our_name_count ? span_of(c->config->our_names[0].text)
                                                : SPAN("unknown");
    for (size_t i = 0; i < CONFIG_SPF_OPTIONS; i++)
        if (config->texts[i] &&
            spf_knobs_set(&c->spf, span_of(options_spf[i].name),
                          span_of(config->texts[i])) != SPF_KNOB_SET) {
            buf_printf(why, "[spf]: `%s` is `", options_spf[i].name);
            buf_escaped(why, span_of(config->texts[i]));
            buf_add_text(why, "`, which is none of its values\n");
            return false;
        }
    if (c->spf.authserv_id.len == 0)
        c->spf.authserv_id = c->spf_receiver;
    if (c->spf.users.len)
        c->users_path = mem_copy_text(c->spf.users.ptr, c->spf.users.len);
    c->users_file.path = c->users_path;
    return true;
}

enum access_map_outcome
check_spf_refresh(struct check *c, struct buf *why)
{
    struct buf text = {.limit = ACCESS_FILE_MAX}, what = {0};
    enum access_map_outcome outcome = ACCESS_MAP_SAME;
    struct spf_users *users;
    unsigned line = 0;

    switch (c->users_file.path ? access_file_read(&c->users_file, &text, why)
                               : ACCESS_FILE_SAME) {
    case ACCESS_FILE_SAME:
        break;
    case ACCESS_FILE_BAD:
        outcome = ACCESS_MAP_BAD;
        break;
    case ACCESS_FILE_READ:
        users = spf_users_read(buf_span(&text), &c->spf, &what, &line);
        if (!users)
            buf_printf(why, "%s:%u: %s", c->users_file.path, line, what.ptr);
        outcome = users ? ACCESS_MAP_LOADED : ACCESS_MAP_BAD;
        if (!users)
            break;
        spf_users_drop(c->users);
        c->users = users;
    }
    buf_fini(&text);
    buf_fini(&what);
    return outcome;
}
