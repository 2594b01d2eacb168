#include "spf/spf_policy.h"

#include "base/host.h"

/* What one identity asks for. */
enum wish { WISH_NOTHING, WISH_HEADER, WISH_REJECT, WISH_DEFER };

static bool
has_prefix(struct span list, const struct addr *client)
{
    struct addr prefix;
    struct span word;

    while (span_word(&list, &word))
        if (addr_parse_prefix(word, &prefix) && addr_contains(&prefix, client))
            return true;
    return false;
}

enum spf_bypass
spf_policy_bypass(const struct spf_knobs *k, const struct addr *client)
{
    if (has_prefix(k->skip_addresses, client))
        return SPF_BYPASS_LOCAL;
    return has_prefix(k->whitelist, client) ? SPF_BYPASS_ADDRESS : SPF_BYPASS_NONE;
}

bool
spf_policy_has_helo(const struct spf_knobs *k, struct span helo)
{
    struct span rest = k->helo_whitelist, word;

    while (span_word(&rest, &word))
        if (span_eq_nocase(word, helo))
            return true;
    return false;
}

bool
spf_policy_next_domain(struct span *rest, struct span *domain)
{
    return span_word(rest, domain);
}

/* Whether the name, or one that it is below of, is in the list. */
static bool
is_below_any(struct span list, struct span name)
{
    struct span word;

    while (span_word(&list, &word))
        if (host_is_below(name, word))
            return true;
    return false;
}

bool
spf_policy_has_ptr(const struct spf_knobs *k, struct span name)
{
    return is_below_any(k->domain_whitelist_ptr, name);
}

bool
spf_policy_wants(const struct spf_knobs *k, enum spf_identity identity,
                 struct span sender)
{
    if (identity == SPF_HELO)
        return k->helo_reject != SPF_REJECT_NO_CHECK;
    return k->mail_from_reject != SPF_REJECT_NO_CHECK && sender.len > 0;
}

static struct span
domain_of(const struct spf_mail *mail, enum spf_identity identity)
{
    ptrdiff_t at = span_find_last(mail->sender, '@');

    return identity == SPF_HELO ? mail->helo : span_from(mail->sender, (size_t)(at + 1));
}

static bool
is_refused(enum spf_reject by, enum spf_result result)
{
    if (result == SPF_RESULT_FAIL)
        return true;
    if (result == SPF_RESULT_SOFTFAIL)
        return by == SPF_REJECT_SOFTFAIL || by == SPF_REJECT_NOT_PASS;
    return result == SPF_RESULT_NEUTRAL && by == SPF_REJECT_NOT_PASS;
}

/* What is asked for by one identity that was checked. A domain in
 * Reject_Not_Pass_Domains is stricter than the knob, and also than its False. */
static enum wish
wish_of(const struct spf_knobs *k, const struct spf_mail *mail,
        enum spf_identity identity, const struct spf_outcome *o)
{
    enum spf_reject by = identity == SPF_HELO ? k->helo_reject : k->mail_from_reject;
    bool is_listed = is_below_any(k->reject_not_pass_domains, domain_of(mail, identity));

    if (k->helo_reject == SPF_REJECT_NULL && identity == SPF_HELO && mail->sender.len)
        return WISH_NOTHING;
    if (is_listed)
        by = SPF_REJECT_NOT_PASS;
    if (by == SPF_REJECT_FALSE)
        return WISH_HEADER;
    if (o->result == SPF_RESULT_TEMPERROR && k->is_temperror_defer)
        return WISH_DEFER;
    if (!is_refused(by, o->result) &&
        !(o->result == SPF_RESULT_PERMERROR && k->is_permerror_reject))
        return WISH_HEADER;
    return k->is_no_mail_only && !o->is_no_mail ? WISH_HEADER : WISH_REJECT;
}

static struct spf_mail
shown_mail(const struct spf_knobs *k, const struct spf_mail *mail)
{
    struct spf_mail shown = *mail;

    if (k->is_receiver_hidden)
        shown.receiver = SPAN("<UNKNOWN>");
    return shown;
}

static void
add_why(struct buf *text, const struct spf_outcome *o, bool is_listed)
{
    static const char *const whys[SPF_RESULTS] = {
        [SPF_RESULT_FAIL] = "SPF fail - not authorized",
        [SPF_RESULT_SOFTFAIL] =
            "SPF softfail - domain owner discourages use of this host",
        [SPF_RESULT_NEUTRAL] = "SPF neutral - access neither permitted nor denied",
        [SPF_RESULT_PERMERROR] = "SPF Permanent Error",
        [SPF_RESULT_TEMPERROR] = "SPF Temporary Error",
    };

    if (is_listed)
        buf_printf(text, "Receiver policy for SPF %s", spf_result_text(o->result));
    else
        buf_add_text(text, whys[o->result] ? whys[o->result] : "SPF");
}

/* What the domain says itself, where there is room for all of it (RFC 7208, 8.4). */
static void
add_explanation(struct span domain, struct span explanation, struct buf *line)
{
    struct buf more = {0};

    buf_add_text(&more, "; explanation of ");
    spf_add_quoted(&more, domain, HOST_TEXT_MAX);
    buf_add_text(&more, ": ");
    buf_add(&more, explanation);
    if (explanation.len && line->len + more.len <= SPF_HEADER_MAX)
        buf_add(line, buf_span(&more));
    buf_fini(&more);
}

static bool
is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("-._~@+=", c));
}

/* The page that policyd-spf names. What could end a word of it is in hexadecimal. */
static void
add_url(const struct spf_mail *mail, enum spf_identity identity, struct buf *out)
{
    struct span id = identity == SPF_HELO ? mail->helo : mail->sender;
    char client[ADDR_TEXT_MAX];

    buf_printf(out, "http://www.openspf.net/Why?s=%s;id=",
               identity == SPF_HELO ? "helo" : "mfrom");
    for (size_t i = 0; i < id.len; i++)
        if (is_plain(id.ptr[i]))
            buf_add_byte(out, id.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)id.ptr[i]);
    buf_printf(out, ";ip=%s;r=", addr_text(&mail->client, client));
    buf_add(out, mail->receiver);
}

/* What a reply is made of. */
struct reply {
    struct spf_mail mail; /* as it may be shown */
    enum spf_identity identity;
    struct span verdict; /* "rejected" */
    struct buf found;    /* "SPF fail - not authorized" */
};

/* Reason_Message. */
static void
add_message(struct span message, const struct reply *r, struct buf *line)
{
    struct span before, word;

    while (spf_knobs_next_piece(&message, &before, &word)) {
        buf_add(line, before);
        if (span_eq(word, SPAN("{rejectdefer}")))
            buf_add(line, r->verdict);
        else if (span_eq(word, SPAN("{spf}")))
            buf_add(line, buf_span(&r->found));
        else if (word.len)
            add_url(&r->mail, r->identity, line);
    }
}

/* Our own. */
static void
add_finding(const struct reply *r, struct buf *line)
{
    buf_add_text(line, "Message ");
    buf_add(line, r->verdict);
    buf_add_text(line, " due to: ");
    buf_add(line, buf_span(&r->found));
    buf_printf(line, ". identity=%s; ", spf_identity_text(r->identity));
    spf_add_mail(line, &r->mail);
}

/* "550 5.7.23 Message rejected due to: SPF fail - not authorized. ..." */
static void
add_reply(const struct spf_knobs *k, const struct spf_mail *mail,
          enum spf_identity identity, const struct spf_outcome *o, enum wish wish,
          struct buf *text)
{
    bool is_deferred = wish == WISH_DEFER;
    struct reply r = {.mail = shown_mail(k, mail),
                      .identity = identity,
                      .verdict = is_deferred ? SPAN("deferred") : SPAN("rejected")};
    struct span domain = domain_of(mail, identity);
    struct buf line = buf_bounded(SPF_HEADER_MAX);
    bool is_error =
        o->result == SPF_RESULT_TEMPERROR || o->result == SPF_RESULT_PERMERROR;

    add_why(&r.found, o, is_below_any(k->reject_not_pass_domains, domain));
    buf_add_text(&line, is_deferred ? "DEFER_IF_PERMIT " : "550 ");
    if (k->is_enhanced)
        buf_add_text(&line, is_deferred ? "4.7.24 " : is_error ? "5.7.24 " : "5.7.23 ");
    if (k->reason_message.len) {
        add_message(k->reason_message, &r, &line);
    } else {
        add_finding(&r, &line);
        if (o->result == SPF_RESULT_FAIL)
            add_explanation(domain, o->explanation, &line);
    }
    buf_add(text, buf_span(&line));
    buf_fini(&line);
    buf_fini(&r.found);
}

static enum spf_action
add_header(const struct spf_knobs *k, const struct spf_mail *mail,
           enum spf_identity identity, const struct spf_outcome *o, struct buf *text)
{
    struct spf_mail shown = shown_mail(k, mail);

    if (k->header_type == SPF_HEADER_NONE)
        return SPF_DO_NOTHING;
    if (k->header_type == SPF_HEADER_AR)
        spf_add_authentication(text, &shown, identity, o->result, k->authserv_id);
    else
        spf_add_received(text, &shown, identity, o->result, o->mechanism);
    return SPF_DO_PREPEND;
}

/* When only tests are run, a header is all that comes of it. */
static enum spf_action
act(const struct spf_knobs *k, enum spf_action action, struct buf *text)
{
    if (!k->is_test_only || action == SPF_DO_PREPEND)
        return action;
    buf_clear(text);
    return SPF_DO_NOTHING;
}

static enum spf_action
refuse(const struct spf_knobs *k, const struct spf_mail *mail, enum spf_identity identity,
       const struct spf_outcome *o, enum wish wish, struct buf *text)
{
    add_reply(k, mail, identity, o, wish, text);
    return act(k, wish == WISH_DEFER ? SPF_DO_DEFER : SPF_DO_REJECT, text);
}

/* The restriction for a pass, or false. */
static bool
add_restriction(struct span name, const struct spf_outcome *o, struct buf *text)
{
    if (!name.len || !o->is_checked || o->result != SPF_RESULT_PASS)
        return false;
    buf_add(text, name);
    return true;
}

enum spf_action
spf_policy_decide(const struct spf_knobs *k, const struct spf_mail *mail,
                  const struct spf_outcome *helo, const struct spf_outcome *mail_from,
                  struct buf *text)
{
    enum wish of_helo = WISH_NOTHING, of_sender = WISH_NOTHING;

    if (helo->is_checked)
        of_helo = wish_of(k, mail, SPF_HELO, helo);
    if (of_helo >= WISH_REJECT)
        return refuse(k, mail, SPF_HELO, helo, of_helo, text);
    if (add_restriction(k->mail_from_pass_restriction, mail_from, text) ||
        add_restriction(k->helo_pass_restriction, helo, text))
        return act(k, SPF_DO_RESTRICTION, text);
    if (mail_from->is_checked)
        of_sender = wish_of(k, mail, SPF_MAIL_FROM, mail_from);
    if (of_sender >= WISH_REJECT)
        return refuse(k, mail, SPF_MAIL_FROM, mail_from, of_sender, text);
    if (mail_from->is_checked && (mail_from->result != SPF_RESULT_NONE ||
                                  !helo->is_checked || helo->result == SPF_RESULT_NONE))
        return add_header(k, mail, SPF_MAIL_FROM, mail_from, text);
    if (helo->is_checked)
        return add_header(k, mail, SPF_HELO, helo, text);
    return SPF_DO_NOTHING;
}

enum spf_action
spf_policy_pass_by(const struct spf_knobs *k, const struct spf_mail *mail,
                   enum spf_bypass why, struct buf *text)
{
    static const char *const comments[SPF_BYPASSES] = {
        [SPF_BYPASS_NONE] = "SPF not checked",
        [SPF_BYPASS_LOCAL] = "SPF check N/A for local connections",
        [SPF_BYPASS_ADDRESS] = "SPF skipped for whitelisted relay",
        [SPF_BYPASS_HELO] = "SPF skipped for whitelisted HELO domain",
        [SPF_BYPASS_DOMAIN] = "SPF skipped for whitelisted relay domain",
        [SPF_BYPASS_PTR] = "SPF skipped for PTR whitelisted relay domain",
    };
    struct spf_mail shown = shown_mail(k, mail);
    char client[ADDR_TEXT_MAX];

    if (k->header_type == SPF_HEADER_NONE)
        return SPF_DO_NOTHING;
    if (k->header_type == SPF_HEADER_AR) {
        buf_add_text(text, "Authentication-Results: ");
        spf_add_quoted(text, k->authserv_id, HOST_TEXT_MAX);
        buf_printf(text, "; none (%s - client-ip=%s)", comments[why],
                   addr_text(&mail->client, client));
    } else {
        buf_printf(text, "X-Comment: %s - ", comments[why]);
        spf_add_mail(text, &shown);
    }
    return SPF_DO_PREPEND;
}
