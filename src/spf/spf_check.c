/* The record, the records inside of it, and the result. */
#include "spf/spf_check.h"

#include "base/mem.h"
#include "spf/spf_check_parts.h"
#include "spf/spf_macro.h"

static const enum spf_result results_of[] = {[SPF_PASS] = SPF_RESULT_PASS,
                                             [SPF_FAIL] = SPF_RESULT_FAIL,
                                             [SPF_SOFTFAIL] = SPF_RESULT_SOFTFAIL,
                                             [SPF_NEUTRAL] = SPF_RESULT_NEUTRAL};

/* --- ending --- */

static void
end_check(struct spf_check *c, enum spf_result result, enum spf_reason reason)
{
    c->result = result;
    c->reason = reason;
    c->doing = SPF_AT_END;
    spf_drop_queries(c);
}

void
spf_fail(struct spf_check *c, enum spf_result result, enum spf_reason reason)
{
    c->where = spf_frame(c)->domain;
    end_check(c, result, reason);
}

/* Of the outermost record; an explanation may be wanted. */
static void
end_matched(struct spf_check *c, enum spf_result result, enum spf_reason reason)
{
    end_check(c, result, reason);
    if (reason == SPF_NOT_MATCHED)
        c->where = c->frames[0].domain;
    if (result == SPF_RESULT_FAIL && c->frames[0].exp.len)
        c->doing = SPF_AT_EXPLAIN;
}

void
spf_check_give_up(struct spf_check *c)
{
    if (spf_check_is_over(c))
        return;
    if (c->doing >= SPF_AT_EXPLAIN)
        end_check(c, c->result, c->reason); /* without an explanation */
    else
        spf_fail(c, SPF_RESULT_TEMPERROR, SPF_OUT_OF_TIME);
}

bool
spf_check_is_over(const struct spf_check *c)
{
    return c->doing == SPF_AT_END;
}

/* --- frames --- */

void
spf_begin_record(struct spf_check *c, const struct spf_name *name)
{
    struct spf_frame *f = spf_frame(c);
    struct span text;

    f->domain = *name;
    buf_clear(&f->record);
    f->record.limit = SPF_RECORD_MAX;
    f->rest = f->redirect = f->exp = (struct span){0};
    c->doing = SPF_AT_RECORD;
    text = spf_name_span(name);
    spf_add_query(c, text, HOST_TXT);
}

/* The record of the frame has that result: of the whole check, or of the include that led
 * to it, which matches by a pass and by nothing else. */
static void
leave_frame(struct spf_check *c, enum spf_result result, enum spf_reason reason)
{
    while (c->depth) {
        c->depth--;
        if (result != SPF_RESULT_PASS) {
            c->doing = SPF_AT_NEXT;
            return;
        }
        result = results_of[spf_frame(c)->term.qualifier];
    }
    end_matched(c, result, reason);
}

void
spf_take_match(struct spf_check *c, bool is_match)
{
    struct span text = c->frames[0].term.text;

    if (!is_match) {
        c->doing = SPF_AT_NEXT;
        return;
    }
    c->where = spf_frame(c)->domain;
    (void)snprintf(c->mechanism, sizeof(c->mechanism), "%.*s", SPAN_FMT(text));
    leave_frame(c, results_of[spf_frame(c)->term.qualifier], SPF_MATCHED);
    if (c->doing == SPF_AT_NEXT)
        c->mechanism[0] = '\0'; /* of an include that did not pass */
}

/* --- terms --- */

/* "  example.org: include:example.net", further to the right the deeper. */
static void
trace(struct spf_check *c)
{
    const struct spf_frame *f = spf_frame(c);

    if (!c->is_traced)
        return;
    for (unsigned i = 0; i < c->depth; i++)
        buf_add_text(&c->trace, "  ");
    buf_add(&c->trace, spf_name_span(&f->domain));
    buf_add_text(&c->trace, ": ");
    buf_add(&c->trace, f->term.text);
    buf_add_byte(&c->trace, '\n');
}

/* Whether the term may look up, if it does; false: it is one too many, and the check is
 * over. */
static bool
count_term(struct spf_check *c, enum spf_kind kind)
{
    if (kind == SPF_ALL || kind == SPF_IP4 || kind == SPF_IP6)
        return true;
    if (++c->terms <= c->terms_max)
        return true;
    c->terms = c->terms_max;
    spf_fail(c, SPF_RESULT_PERMERROR, SPF_MANY_TERMS);
    return false;
}

static void
do_next(struct spf_check *c)
{
    struct spf_frame *f = spf_frame(c);
    enum spf_read read = spf_next_term(&f->rest, &f->term);

    must(read != SPF_BAD); /* read_whole() has seen it all */
    if (read == SPF_TERM && f->term.kind >= SPF_REDIRECT)
        return;
    if (read == SPF_TERM) {
        trace(c);
        if (count_term(c, f->term.kind))
            c->doing = SPF_AT_TERM;
    } else if (f->redirect.len) {
        if (count_term(c, SPF_REDIRECT))
            c->doing = SPF_AT_REDIRECT;
    } else {
        leave_frame(c, SPF_RESULT_NEUTRAL, SPF_NOT_MATCHED);
    }
}

static void
do_redirect(struct spf_check *c)
{
    struct spf_name target;
    enum spf_target is = spf_target_of(c, spf_frame(c)->redirect, &target);

    if (is == SPF_TARGET_GOOD)
        spf_begin_record(c, &target);
    else if (is != SPF_TARGET_WAITS)
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_LOST_INCLUDE);
}

/* Takes note of the modifiers; false when the record is wrong anywhere. A modifier that
 * stands there twice is (RFC 7208, 6). */
static bool
read_whole(struct spf_check *c)
{
    struct spf_frame *f = spf_frame(c);
    struct span rest = buf_span(&f->record);
    unsigned terms = 0, exps = 0, redirects = 0;
    enum spf_read read;
    struct spf_term t;
    bool is_nobody = false;

    f->rest = rest;
    while ((read = spf_next_term(&rest, &t)) == SPF_TERM) {
        terms++;
        is_nobody = t.kind == SPF_ALL && t.qualifier == SPF_FAIL;
        if (t.kind == SPF_EXP) {
            f->exp = t.domain;
            exps++;
        } else if (t.kind == SPF_REDIRECT) {
            f->redirect = t.domain;
            redirects++;
        }
    }
    if (c->depth == 0)
        c->is_no_mail = terms == 1 && is_nobody;
    return read == SPF_END && exps < 2 && redirects < 2;
}

void
spf_take_record(struct spf_check *c, enum spf_answer answer)
{
    bool is_first = c->terms == 0;

    if (answer == SPF_ANSWER_FAILED)
        spf_fail(c, SPF_RESULT_TEMPERROR, SPF_NO_ANSWER);
    else if (c->texts == 0 && is_first)
        spf_fail(c, SPF_RESULT_NONE, SPF_NOT_PUBLISHED);
    else if (c->texts == 0)
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_LOST_INCLUDE);
    else if (c->texts > 1)
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_TWO_RECORDS);
    else if (spf_frame(c)->record.is_cut)
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_LONG_RECORD);
    else if (!read_whole(c))
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_MALFORMED);
    else
        c->doing = SPF_AT_NEXT;
}

/* --- explanations (RFC 7208, 6.2): what is wrong with one means that there is none ---
 */

static void
do_explain(struct spf_check *c)
{
    struct spf_frame *f = spf_frame(c);
    struct spf_name target;
    enum spf_target is = spf_target_of(c, f->exp, &target);

    if (is == SPF_TARGET_WAITS)
        return;
    c->doing = SPF_AT_END;
    if (is != SPF_TARGET_GOOD)
        return;
    buf_clear(&f->record); /* which nobody needs any more */
    c->doing = SPF_AT_EXPLANATION;
    spf_add_query(c, spf_name_span(&target), HOST_TXT);
}

void
spf_take_explanation(struct spf_check *c, enum spf_answer answer UNUSED)
{
    struct buf *text = &c->frames[0].record;

    c->doing = SPF_AT_END;
    if (c->texts == 1 && !text->is_cut &&
        spf_macro_is_string(buf_span(text), SPF_IN_EXPLANATION))
        c->doing = SPF_AT_EXPLAINED;
}

static void
do_explained(struct spf_check *c)
{
    struct span text = buf_span(&c->frames[0].record);

    if (spf_macro_has(text, 'p') && spf_fetch_names(c))
        return;
    c->doing = SPF_AT_END;
    if (spf_expand(c, text, SPF_EXPLANATION_MAX) || c->text.is_cut)
        buf_add(&c->explanation, buf_span(&c->text));
}

/* --- the whole --- */

void
spf_run(struct spf_check *c)
{
    while (!spf_is_waiting(c) && c->doing != SPF_AT_END) {
        if (c->doing == SPF_AT_NEXT)
            do_next(c);
        else if (c->doing == SPF_AT_TERM)
            spf_do_term(c);
        else if (c->doing == SPF_AT_REDIRECT)
            do_redirect(c);
        else if (c->doing == SPF_AT_EXPLAIN)
            do_explain(c);
        else
            do_explained(c);
    }
}

/* The local part stays within what a name server and a line of text can be given. */
static void
take_sender(struct spf_check *c, const struct spf_ask *ask, struct span *domain)
{
    struct span sender = ask->sender, local = SPAN("postmaster");
    ptrdiff_t at;

    if (sender.len >= 2 && sender.ptr[0] == '<' && span_ends(sender, SPAN(">")))
        sender = span_head(span_from(sender, 1), sender.len - 2);
    if (sender.len == 0 || ask->identity == SPF_HELO) {
        c->identity = SPF_HELO;
        sender = ask->helo;
        *domain = sender;
    } else {
        c->identity = SPF_MAIL_FROM;
        at = span_find_last(sender, '@');
        *domain = span_from(sender, (size_t)(at + 1));
        if (at > 0)
            local = span_head(sender, (size_t)at);
    }
    c->is_local_usable = local.len <= sizeof(c->local);
    c->local_len = local.len < sizeof(c->local) ? local.len : sizeof(c->local);
    memcpy(c->local, local.ptr, c->local_len);
    for (size_t i = 0; i < c->local_len; i++)
        if (c->local[i] < ' ' || c->local[i] > '~')
            c->is_local_usable = false;
}

/* RFC 7208, 4.3: of several labels; and a top one of digits is that of an address. */
static bool
is_checkable(struct span domain)
{
    ptrdiff_t dot;
    struct span top;
    uint64_t n;

    if (span_ends(domain, SPAN(".")))
        domain.len--;
    dot = span_find_last(domain, '.');
    top = span_from(domain, (size_t)(dot + 1));
    return host_is_dns_name(domain) && dot > 0 && !span_u64(top, 0, UINT64_MAX, &n) &&
           !span_ends(domain, SPAN("]"));
}

/* A text for macros: a name, or what can be shown. */
static struct spf_name
shown_name(struct span text)
{
    bool is_good = text.len > 0 && text.len <= HOST_TEXT_MAX;

    for (size_t i = 0; is_good && i < text.len; i++)
        is_good = text.ptr[i] > ' ' && text.ptr[i] <= '~';
    return spf_name_of(is_good ? text : SPAN("unknown"));
}

void
spf_check_begin(struct spf_check *c, const struct spf_ask *ask)
{
    uint32_t base = c->base + c->count;
    struct spf_name name;
    struct span domain;

    spf_check_fini(c);
    c->base = base;
    c->client = ask->client;
    c->helo = shown_name(ask->helo);
    c->receiver = shown_name(ask->receiver);
    c->terms_max = ask->terms_max && ask->terms_max < SPF_CHECK_TERMS_MAX
                       ? ask->terms_max
                       : SPF_CHECK_TERMS_MAX;
    c->voids_max = ask->voids_max ? ask->voids_max : SPF_CHECK_VOIDS_MAX;
    c->is_void_free = ask->is_void_free;
    c->is_traced = ask->is_traced;
    c->now_s = ask->now_s;
    c->explanation.limit = SPF_EXPLANATION_MAX;
    c->trace.limit = SPF_TRACE_MAX;
    take_sender(c, ask, &domain);
    c->domain = c->sender = shown_name(domain);
    if (!is_checkable(domain) || !addr_is_host(&c->client)) {
        c->frames[0].domain = c->domain;
        spf_fail(c, SPF_RESULT_NONE, SPF_BAD_NAME);
        return;
    }
    name = spf_name_of(domain);
    c->domain = c->sender = name;
    spf_begin_record(c, &name);
}

void
spf_check_fini(struct spf_check *c)
{
    for (unsigned i = 0; i < SPF_CHECK_FRAMES; i++)
        buf_fini(&c->frames[i].record);
    buf_fini(&c->text);
    buf_fini(&c->explanation);
    buf_fini(&c->trace);
    memset(c, 0, sizeof(*c)); /* some 12 KiB, of which a literal would be a copy */
}
