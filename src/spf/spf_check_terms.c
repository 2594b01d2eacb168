/* What the mechanisms match. */
#include "base/mem.h"
#include "spf/spf_check_parts.h"

/* A look-up of the term had nothing. False: that was one too many, and the check is over.
 */
static bool
add_void(struct spf_check *c)
{
    if (c->is_void_free || ++c->voids <= c->voids_max)
        return true;
    spf_fail(c, SPF_RESULT_PERMERROR, SPF_MANY_VOIDS);
    return false;
}

static enum host_record
record_of(const struct addr *a)
{
    return a->family == 4 ? HOST_A : HOST_AAAA;
}

/* RFC 7208, 5.5 */
static void
do_ptr(struct spf_check *c, const struct spf_name *target)
{
    bool is_match = false;

    if (spf_fetch_names(c))
        return;
    if (c->is_nameless && !add_void(c))
        return;
    c->is_nameless = false; /* it is asked, and counted, once */
    for (unsigned i = 0; i < c->name_count; i++)
        is_match = is_match ||
                   (c->is_valid_name[i] &&
                    host_is_below(spf_name_span(&c->names[i]), spf_name_span(target)));
    spf_take_match(c, is_match);
}

static void
do_include(struct spf_check *c, const struct spf_name *target)
{
    must(c->depth + 1 < SPF_CHECK_FRAMES); /* terms_max ends it before */
    c->depth++;
    spf_begin_record(c, target);
}

/* A mechanism that has to do with a name. */
static void
do_name(struct spf_check *c, const struct spf_term *t, const struct spf_name *target)
{
    struct span name = spf_name_span(target);

    if (t->kind == SPF_INCLUDE) {
        do_include(c, target);
    } else if (t->kind == SPF_PTR) {
        do_ptr(c, target);
    } else if (t->kind == SPF_A) {
        spf_add_query(c, name, record_of(&c->client));
        c->doing = SPF_AT_ADDRESSES;
    } else if (t->kind == SPF_EXISTS) {
        spf_add_query(c, name, HOST_A);
        c->doing = SPF_AT_EXISTS;
    } else {
        buf_clear(&c->text);
        c->text.limit = 0;
        spf_add_query(c, name, HOST_MX);
        c->doing = SPF_AT_HOSTS;
    }
}

void
spf_do_term(struct spf_check *c)
{
    const struct spf_term *t = &spf_frame(c)->term;
    struct spf_name target;
    enum spf_target is;

    if (t->kind == SPF_ALL) {
        spf_take_match(c, true);
        return;
    }
    if (t->kind == SPF_IP4 || t->kind == SPF_IP6) {
        spf_take_match(c, t->prefix.family && addr_contains(&t->prefix, &c->client));
        return;
    }
    is = spf_target_of(c, t->domain, &target);
    if (is == SPF_TARGET_GOOD)
        do_name(c, t, &target);
    else if (is == SPF_TARGET_BAD && t->kind == SPF_INCLUDE)
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_LOST_INCLUDE);
    else if (is != SPF_TARGET_WAITS)
        spf_take_match(c, false);
}

void
spf_take_addresses(struct spf_check *c, enum spf_answer answer)
{
    bool is_a = spf_frame(c)->term.kind == SPF_A;

    if (answer == SPF_ANSWER_FAILED)
        spf_fail(c, SPF_RESULT_TEMPERROR, SPF_NO_ANSWER);
    else if (c->is_match || answer == SPF_ANSWER_FOUND || !is_a || add_void(c))
        spf_take_match(c, c->is_match);
}

void
spf_take_exists(struct spf_check *c, enum spf_answer answer)
{
    if (answer == SPF_ANSWER_FAILED)
        spf_fail(c, SPF_RESULT_TEMPERROR, SPF_NO_ANSWER);
    else if (answer == SPF_ANSWER_FOUND || add_void(c))
        spf_take_match(c, answer == SPF_ANSWER_FOUND);
}

/* The hosts of `mx` are in c->text, one a line. */
void
spf_take_hosts(struct spf_check *c, enum spf_answer answer)
{
    struct span rest = buf_span(&c->text), host;

    if (answer == SPF_ANSWER_FAILED) {
        spf_fail(c, SPF_RESULT_TEMPERROR, SPF_NO_ANSWER);
        return;
    }
    if (c->hosts > SPF_CHECK_HOSTS_MAX) {
        spf_fail(c, SPF_RESULT_PERMERROR, SPF_MANY_HOSTS);
        return;
    }
    if (answer == SPF_ANSWER_NONE && !add_void(c))
        return;
    if (rest.len == 0) {
        spf_take_match(c, false);
        return;
    }
    c->doing = SPF_AT_ADDRESSES;
    while (span_line(&rest, &host))
        spf_add_query(c, host, record_of(&c->client));
}
