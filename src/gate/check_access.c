/* check_access: tables of access(5), asked for what a request has, and for the servers of
 * the names in it; and the classes of restrictions that they and lists name.
 */
#include "base/mem.h"
#include "gate/check_work.h"
#include "gate/names.h"

enum { SERVERS_MAX = 16 /* of one name that are looked at */ };

/* --- words --- */

const struct check_items *
check_find_word(const struct check *c, struct span word)
{
    for (size_t i = 0; i < c->class_count; i++)
        if (span_eq(span_of(c->config->classes.items[i].name), word))
            return &c->classes[i];
    for (size_t i = 0; i < c->plain.count; i++)
        if (c->plain_items[i].count && span_eq(span_of(c->plain.items[i].name), word))
            return &c->plain_items[i];
    return NULL;
}

bool
check_knows_word(void *ctx, struct span word)
{
    return check_find_word(ctx, word) != NULL;
}

bool
check_enter(struct check_run *run, const struct restriction *form, struct span words)
{
    const struct check_items *found[CHECK_DEPTH_MAX];
    struct span word;
    size_t n = 0;

    while (span_word(&words, &word)) {
        if (n + run->depth == CHECK_DEPTH_MAX)
            return false;
        found[n] = check_find_word(run->check, word);
        must(found[n]); /* a table has been checked for it */
        n++;
    }
    while (n > 0) /* the first one is to be on top */
        run->frames[run->depth++] =
            (struct check_frame){.items = found[--n], .form = form};
    return true;
}

/* --- what a request has --- */

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

/* Its fingerprint, and then that of its key. */
static bool
look_certificate(const struct check_run *run, struct access_map *map,
                 struct gate_answer *out)
{
    struct span of_key = check_value(run, GATE_CCERT_PUBKEY_FINGERPRINT);

    return access_map_look(map, check_value(run, GATE_CCERT_FINGERPRINT), out) ||
           (of_key.len > 0 && access_map_look(map, of_key, out));
}

static bool
look(const struct check_run *run, const struct check_item *item, struct gate_answer *out)
{
    struct span subject = check_subject(run, item->r->subject);

    switch (item->r->subject) {
    case SUBJECT_CLIENT:
    case SUBJECT_REVERSE:
        return access_look_client(item->map, subject,
                                  check_value(run, GATE_CLIENT_ADDRESS), out);
    case SUBJECT_HELO:
        return access_look_host(item->map, subject, out);
    case SUBJECT_SENDER:
    case SUBJECT_RECIPIENT:
        return access_look_mail(item->map, subject, out);
    case SUBJECT_SASL:
        return access_map_look(item->map, subject, out);
    case SUBJECT_CCERT:
        return look_certificate(run, item->map, out);
    case SUBJECT_NONE:
        break;
    }
    bug("a table of nothing");
}

/* The names of restrictions go to run->text, for check_enter(). */
static int
come_to(struct check_run *run, const struct gate_answer *answer)
{
    if (answer->action != GATE_RESTRICTION)
        return check_come_to(run, answer);
    buf_clear(&run->text);
    buf_add(&run->text, answer->text);
    return CHECK_CLASS;
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

int
check_eval_access(struct check_run *run, const struct check_item *item)
{
    struct gate_answer answer;

    if (!is_known_yet(run, item->r->subject))
        return CHECK_SKIPPED;
    if (!access_map_is_read(item->map))
        return eval_unread(run, item);
    return look(run, item, &answer) ? come_to(run, &answer) : CHECK_DUNNO;
}

int
check_eval_class(struct check_run *run, const struct check_item *item)
{
    buf_clear(&run->text);
    buf_add_text(&run->text, item->r->name);
    return CHECK_CLASS;
}

/* --- servers --- */

/* What was found on the way, and what is missing. */
struct servers {
    struct check_run *run;
    const struct check_item *item;
    struct gate_answer answer;
    bool is_found, waits, has_failed;
};

static bool
look_address(struct servers *s, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    s->is_found = access_look_client(s->item->map, (struct span){0},
                                     span_of(addr_text(a, text)), &s->answer);
    return s->is_found;
}

/* One server: its name, unless it is only addresses that are looked for, and then its
 * addresses. Once one has to be waited for, the others are asked about, no more. */
static void
look_server(struct servers *s, struct span name)
{
    const struct check_question *q = check_question_text(s->run, HOST_ADDRESSES, name);

    if (s->is_found || s->waits)
        return;
    if (s->item->r->servers != HOST_ADDRESSES)
        s->is_found = access_look_host(s->item->map, name, &s->answer);
    s->waits = !s->is_found && !q;
    if (s->is_found || !q)
        return;
    s->has_failed |= q->outcome == RESOLVE_FAILED;
    for (size_t i = 0; i < q->count && q->outcome == RESOLVE_FOUND; i++)
        if (look_address(s, &q->addresses[i]))
            return;
}

/* Those that the answer to `q` names. */
static void
look_records(struct servers *s, const struct check_question *q)
{
    /* A question may move run->records; what is borrowed from it must not. */
    size_t at = q->at, end = q->at + q->len;
    struct resolve_record record;

    for (int i = 0; i < SERVERS_MAX && at < end; i++) {
        struct span rest = span_head(span_from(buf_span(&s->run->records), at), end - at);
        struct host_key name;

        if (!resolve_next_record(&rest, &record))
            return;
        at = end - rest.len;
        if (!host_is_name(record.data))
            continue; /* the MX of who takes no mail, among them */
        name = host_key_of(record.data);
        look_server(s, span_of(name.text));
    }
}

/* The name servers of the domain, or of the nearest one above that has any. NULL: wait.
 * A name that Postfix would look for up to the top domain. */
static const struct check_question *
find_name_servers(struct check_run *run, struct span domain)
{
    const struct check_question *q = check_question_text(run, HOST_NS, domain);
    struct span label;

    while (q && q->outcome == RESOLVE_NONE &&
           span_cut(domain, SPAN("."), &label, &domain))
        q = check_question_text(run, HOST_NS, domain);
    return q;
}

static void
look_domain(struct servers *s, struct span domain)
{
    const struct check_question *q;

    if (s->item->r->servers == HOST_ADDRESSES) {
        look_server(s, domain);
        return;
    }
    q = s->item->r->servers == HOST_MX ? check_question_text(s->run, HOST_MX, domain)
                                       : find_name_servers(s->run, domain);
    if (!q) {
        s->waits = true;
        return;
    }
    s->has_failed |= q->outcome == RESOLVE_FAILED;
    if (q->outcome == RESOLVE_FOUND)
        look_records(s, q);
    else if (q->outcome == RESOLVE_NONE && s->item->r->servers == HOST_MX)
        look_server(s, domain); /* mail goes to the name itself (RFC 5321, 5.1) */
}

int
check_eval_servers(struct check_run *run, const struct check_item *item)
{
    enum restriction_subject who = item->r->subject;
    struct span domain = check_subject(run, who);
    struct servers s = {.run = run, .item = item};
    struct addr literal;
    enum helo_kind kind;

    if (who == SUBJECT_SENDER || who == SUBJECT_RECIPIENT)
        domain = names_domain(domain);
    if (!check_is_known(domain))
        return CHECK_SKIPPED;
    if (!access_map_is_read(item->map))
        return eval_unread(run, item);
    kind = names_helo(domain, &literal);
    if (kind != HELO_LITERAL && kind != HELO_BARE)
        look_domain(&s, domain);
    else if (item->r->servers != HOST_NS)
        (void)look_address(&s, &literal);
    if (s.is_found)
        return s.answer.action == GATE_OK ? CHECK_DUNNO : come_to(run, &s.answer);
    if (s.waits)
        return CHECK_WAIT;
    return s.has_failed ? CHECK_FAILED : CHECK_DUNNO;
}
