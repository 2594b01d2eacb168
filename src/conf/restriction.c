#include "conf/restriction.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "conf/rate_spec.h"
#include "conf/restriction_class.h"

enum argument { ARG_NONE, ARG_TABLE, ARG_ZONE, ARG_SECONDS, ARG_RATE };

static const struct entry {
    const char *name;
    enum restriction_kind kind;
    enum restriction_subject subject;
    enum argument argument;
} entries[] = {
    {"permit", RESTRICTION_PERMIT, 0, 0},
    {"reject", RESTRICTION_REJECT, 0, 0},
    {"defer", RESTRICTION_DEFER, 0, 0},
    {"defer_if_permit", RESTRICTION_DEFER_IF_PERMIT, 0, 0},
    {"defer_if_reject", RESTRICTION_DEFER_IF_REJECT, 0, 0},
    {"permit_mynetworks", RESTRICTION_PERMIT_MYNETWORKS, 0, 0},
    {"permit_sasl_authenticated", RESTRICTION_PERMIT_SASL, 0, 0},
    {"permit_tls_all_clientcerts", RESTRICTION_PERMIT_CCERT, 0, 0},
    {"check_client_access", RESTRICTION_ACCESS, SUBJECT_CLIENT, ARG_TABLE},
    {"check_reverse_client_hostname_access", RESTRICTION_ACCESS, SUBJECT_REVERSE,
     ARG_TABLE},
    {"check_helo_access", RESTRICTION_ACCESS, SUBJECT_HELO, ARG_TABLE},
    {"check_sender_access", RESTRICTION_ACCESS, SUBJECT_SENDER, ARG_TABLE},
    {"check_recipient_access", RESTRICTION_ACCESS, SUBJECT_RECIPIENT, ARG_TABLE},
    {"check_sasl_access", RESTRICTION_ACCESS, SUBJECT_SASL, ARG_TABLE},
    {"check_ccert_access", RESTRICTION_ACCESS, SUBJECT_CCERT, ARG_TABLE},
    {"check_client_a_access", RESTRICTION_SERVER_ACCESS, SUBJECT_CLIENT, ARG_TABLE},
    {"check_client_mx_access", RESTRICTION_SERVER_ACCESS, SUBJECT_CLIENT, ARG_TABLE},
    {"check_client_ns_access", RESTRICTION_SERVER_ACCESS, SUBJECT_CLIENT, ARG_TABLE},
    {"check_reverse_client_hostname_a_access", RESTRICTION_SERVER_ACCESS, SUBJECT_REVERSE,
     ARG_TABLE},
    {"check_reverse_client_hostname_mx_access", RESTRICTION_SERVER_ACCESS,
     SUBJECT_REVERSE, ARG_TABLE},
    {"check_reverse_client_hostname_ns_access", RESTRICTION_SERVER_ACCESS,
     SUBJECT_REVERSE, ARG_TABLE},
    {"check_helo_a_access", RESTRICTION_SERVER_ACCESS, SUBJECT_HELO, ARG_TABLE},
    {"check_helo_mx_access", RESTRICTION_SERVER_ACCESS, SUBJECT_HELO, ARG_TABLE},
    {"check_helo_ns_access", RESTRICTION_SERVER_ACCESS, SUBJECT_HELO, ARG_TABLE},
    {"check_sender_a_access", RESTRICTION_SERVER_ACCESS, SUBJECT_SENDER, ARG_TABLE},
    {"check_sender_mx_access", RESTRICTION_SERVER_ACCESS, SUBJECT_SENDER, ARG_TABLE},
    {"check_sender_ns_access", RESTRICTION_SERVER_ACCESS, SUBJECT_SENDER, ARG_TABLE},
    {"check_recipient_a_access", RESTRICTION_SERVER_ACCESS, SUBJECT_RECIPIENT, ARG_TABLE},
    {"check_recipient_mx_access", RESTRICTION_SERVER_ACCESS, SUBJECT_RECIPIENT,
     ARG_TABLE},
    {"check_recipient_ns_access", RESTRICTION_SERVER_ACCESS, SUBJECT_RECIPIENT,
     ARG_TABLE},
    {"reject_rbl_client", RESTRICTION_RBL, SUBJECT_CLIENT, ARG_ZONE},
    {"reject_rhsbl_client", RESTRICTION_RHSBL, SUBJECT_CLIENT, ARG_ZONE},
    {"reject_rhsbl_reverse_client", RESTRICTION_RHSBL, SUBJECT_REVERSE, ARG_ZONE},
    {"reject_rhsbl_helo", RESTRICTION_RHSBL, SUBJECT_HELO, ARG_ZONE},
    {"reject_rhsbl_sender", RESTRICTION_RHSBL, SUBJECT_SENDER, ARG_ZONE},
    {"reject_rhsbl_recipient", RESTRICTION_RHSBL, SUBJECT_RECIPIENT, ARG_ZONE},
    {"permit_dnswl_client", RESTRICTION_DNSWL, SUBJECT_CLIENT, ARG_ZONE},
    {"permit_rhswl_client", RESTRICTION_RHSWL, SUBJECT_CLIENT, ARG_ZONE},
    {"dns_lists", RESTRICTION_DNS_LISTS, SUBJECT_CLIENT, 0},
    {"reject_unknown_reverse_client_hostname", RESTRICTION_UNKNOWN_REVERSE,
     SUBJECT_CLIENT, 0},
    {"reject_unknown_client_hostname", RESTRICTION_UNKNOWN_CLIENT, SUBJECT_CLIENT, 0},
    {"reject_unknown_client", RESTRICTION_UNKNOWN_CLIENT, SUBJECT_CLIENT, 0},
    {"reject_unknown_forward_client_hostname", RESTRICTION_UNKNOWN_FORWARD,
     SUBJECT_CLIENT, 0},
    {"reject_invalid_helo_hostname", RESTRICTION_INVALID_HELO, SUBJECT_HELO, 0},
    {"reject_invalid_hostname", RESTRICTION_INVALID_HELO, SUBJECT_HELO, 0},
    {"reject_non_fqdn_helo_hostname", RESTRICTION_NON_FQDN_HELO, SUBJECT_HELO, 0},
    {"reject_non_fqdn_hostname", RESTRICTION_NON_FQDN_HELO, SUBJECT_HELO, 0},
    {"reject_unknown_helo_hostname", RESTRICTION_UNKNOWN_HELO, SUBJECT_HELO, 0},
    {"reject_unknown_hostname", RESTRICTION_UNKNOWN_HELO, SUBJECT_HELO, 0},
    {"reject_our_helo_hostname", RESTRICTION_OUR_HELO, SUBJECT_HELO, 0},
    {"reject_address_helo_hostname", RESTRICTION_ADDRESS_HELO, SUBJECT_HELO, 0},
    {"reject_foreign_helo_hostname", RESTRICTION_FOREIGN_HELO, SUBJECT_HELO, 0},
    {"reject_generic_client_hostname", RESTRICTION_GENERIC_CLIENT, SUBJECT_CLIENT, 0},
    {"reject_non_fqdn_sender", RESTRICTION_NON_FQDN, SUBJECT_SENDER, 0},
    {"reject_non_fqdn_recipient", RESTRICTION_NON_FQDN, SUBJECT_RECIPIENT, 0},
    {"reject_unknown_sender_domain", RESTRICTION_UNKNOWN_DOMAIN, SUBJECT_SENDER, 0},
    {"reject_unknown_recipient_domain", RESTRICTION_UNKNOWN_DOMAIN, SUBJECT_RECIPIENT, 0},
    {"reject_multi_recipient_bounce", RESTRICTION_MULTI_BOUNCE, SUBJECT_SENDER, 0},
    {"spf", RESTRICTION_SPF, SUBJECT_SENDER, 0},
    {"greylist", RESTRICTION_GREYLIST, SUBJECT_RECIPIENT, 0},
    {"rate", RESTRICTION_RATE, 0, ARG_RATE},
    {"sleep", RESTRICTION_SLEEP, 0, ARG_SECONDS},
    {"tarpit", RESTRICTION_TARPIT, 0, ARG_SECONDS},
};

/* What only the MTA can know. */
static const char *const of_postfix[] = {
    "reject_unauth_destination",
    "permit_auth_destination",
    "permit_mx_backup",
    "reject_unlisted_recipient",
    "reject_unlisted_sender",
    "reject_sender_login_mismatch",
    "reject_authenticated_sender_login_mismatch",
    "reject_known_sender_login_mismatch",
    "reject_unauthenticated_sender_login_mismatch",
    "reject_unverified_sender",
    "reject_unverified_recipient",
    "reject_unauth_pipelining",
    "reject_plaintext_session",
    "permit_tls_clientcerts",
    "permit_inet_interfaces",
    "permit_naked_ip_address",
    "check_policy_service",
    "check_etrn_access",
};

static const struct {
    const char *name;
    enum restriction_form form;
} forms[] = {{"warn", FORM_WARN},     {"warn_if_reject", FORM_WARN},
             {"tag", FORM_TAG},       {"defer", FORM_DEFER},
             {"reject", FORM_REJECT}, {"discard", FORM_DISCARD},
             {"score", FORM_SCORE}};

const char *
restriction_form_name(enum restriction_form form)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (forms[i].form == form)
            return forms[i].name;
    return "";
}

bool
restriction_permits(enum restriction_kind kind)
{
    return kind == RESTRICTION_PERMIT || kind == RESTRICTION_PERMIT_MYNETWORKS ||
           kind == RESTRICTION_PERMIT_SASL || kind == RESTRICTION_PERMIT_CCERT ||
           kind == RESTRICTION_DNSWL || kind == RESTRICTION_RHSWL;
}

/* --- words --- */

struct reader {
    struct span rest;
    const char *end; /* of the word that was taken last */
    unsigned line;
    const struct restriction_classes *classes;
    struct buf *why;
};

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void
skip_spaces(struct reader *r)
{
    while (r->rest.len && is_space(r->rest.ptr[0]))
        r->rest = span_from(r->rest, 1);
}

static bool
is_at_separator(const struct reader *r)
{
    return r->rest.len == 0 || r->rest.ptr[0] == ',' || r->rest.ptr[0] == '\n';
}

/* False at the end of the restriction. A table in braces is one word with what is in it,
 * ends of lines, too. */
static bool
take_word(struct reader *r, struct span *word)
{
    size_t n = 0, depth = 0;

    skip_spaces(r);
    if (is_at_separator(r))
        return false;
    for (; n < r->rest.len; n++) {
        char c = r->rest.ptr[n];

        if (depth == 0 && (is_space(c) || c == ',' || c == '\n'))
            break;
        depth += c == '{';
        depth -= c == '}' && depth > 0;
        r->line += c == '\n';
    }
    *word = span_head(r->rest, n);
    r->end = word->ptr + n;
    r->rest = span_from(r->rest, n);
    return true;
}

/* To the next restriction; false: there is none. */
static bool
skip_separators(struct reader *r)
{
    bool is_at_begin = r->line == 0;

    for (;;) {
        skip_spaces(r);
        if (r->rest.len == 0)
            return false;
        if (is_at_begin && r->rest.ptr[0] == '#') {
            ptrdiff_t end = span_find_byte(r->rest, '\n');

            r->rest = end < 0 ? (struct span){0} : span_from(r->rest, (size_t)end);
            continue;
        }
        if (!is_at_separator(r))
            return true;
        is_at_begin = r->rest.ptr[0] == '\n';
        r->line += is_at_begin;
        r->rest = span_from(r->rest, 1);
    }
}

static bool
refuse(struct reader *r, struct span word, const char *what)
{
    buf_add_byte(r->why, '`');
    buf_escaped(r->why, span_head(word, 200));
    buf_printf(r->why, "` %s", what);
    return false;
}

/* --- arguments --- */

static bool
read_table(struct reader *r, struct span name, struct restriction *out)
{
    static const char *const types[] = {"texthash", "hash",   "lmdb", "btree",
                                        "cidr",     "regexp", "pcre", "inline"};
    struct span word, type, file;

    if (!take_word(r, &word))
        return refuse(r, name,
                      "wants a table; write TYPE:FILE, as in cidr:/etc/postfix/"
                      "client_access");
    if (!span_cut(word, SPAN(":"), &type, &file) ||
        !span_is_one_of(types, ARRAY_LEN(types), type))
        return refuse(r, word,
                      "is no table of a type that is read here; write "
                      "texthash:FILE, hash:FILE, lmdb:FILE, btree:FILE, "
                      "cidr:FILE, regexp:FILE, pcre:FILE or inline:{...}");
    if (word.len > RESTRICTION_TEXT_MAX)
        return refuse(r, name, "has too long a table; write it to a file");
    if (span_find_byte(word, '\0') >= 0)
        return refuse(r, name, "has a NUL in the name of its table");
    if (!span_starts(file, SPAN("/")) && !span_starts(file, SPAN("{")))
        return refuse(r, word, "is no absolute path; write /etc/postfix/...");
    if (span_starts(file, SPAN("{")) != span_ends(file, SPAN("}")) ||
        (span_eq(type, SPAN("inline")) && !span_starts(file, SPAN("{"))))
        return refuse(r, word, "is no table in braces; write inline:{KEY=ACTION, ...}");
    if (span_starts(file, SPAN("{")) && !span_eq(type, SPAN("inline")) &&
        !span_eq(type, SPAN("cidr")) && !span_eq(type, SPAN("regexp")) &&
        !span_eq(type, SPAN("pcre")))
        return refuse(r, word, "is of a type that takes no braces; write inline:{...}");
    out->table = mem_copy_text(word.ptr, word.len);
    return true;
}

static bool
read_zone(struct reader *r, struct span name, struct restriction *out)
{
    struct span word;

    if (!take_word(r, &word))
        return refuse(r, name, "wants a list; write its zone behind it");
    return dns_spec_read(word, false, &out->list, r->why);
}

static bool
read_seconds(struct reader *r, struct span name, struct restriction *out)
{
    struct span word;
    uint64_t n;

    if (!take_word(r, &word) || !span_u64(word, 1, RESTRICTION_SECONDS_MAX, &n))
        return refuse(r, name, "wants a number of seconds from 1 to 60");
    out->seconds = (unsigned)n;
    return true;
}

static bool
read_rate(struct reader *r, struct span name, struct restriction *out)
{
    struct span keys, limit, per;

    if (!take_word(r, &keys) || !take_word(r, &limit) || !take_word(r, &per))
        return refuse(r, name,
                      "wants keys, a number and what is counted; write "
                      "rate client+recipient 30 messages/1h");
    return rate_spec_read(keys, limit, per, &out->rate, r->why);
}

static bool
read_argument(struct reader *r, const struct entry *entry, struct span name,
              struct restriction *out)
{
    switch (entry->argument) {
    case ARG_NONE:
        return true;
    case ARG_TABLE:
        return read_table(r, name, out);
    case ARG_ZONE:
        return read_zone(r, name, out);
    case ARG_SECONDS:
        return read_seconds(r, name, out);
    case ARG_RATE:
        return read_rate(r, name, out);
    }
    bug("an argument of no kind");
}

/* --- restrictions --- */

static bool
read_score(struct reader *r, int *out)
{
    struct span word, digits;
    bool is_negative;
    uint64_t n;

    if (!take_word(r, &word))
        return refuse(r, SPAN("score"), "wants a number; write score 3 RESTRICTION");
    digits = word;
    is_negative = span_take(&digits, SPAN("-"));
    if (!span_u64(digits, 1, RESTRICTION_SCORE_MAX, &n))
        return refuse(r, word, "is no score; write a whole number from -1000 to 1000");
    *out = is_negative ? -(int)n : (int)n;
    return true;
}

/* Takes a form off the front, where another word follows. */
static bool
read_form(struct reader *r, struct span *word, struct restriction *out)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (!span_eq(*word, span_of(forms[i].name)))
            continue;
        skip_spaces(r);
        if (is_at_separator(r))
            return out->form = FORM_OWN, true; /* `defer` and `reject` by themselves */
        out->form = forms[i].form;
        if (out->form == FORM_SCORE && !read_score(r, &out->score))
            return false;
        if (!take_word(r, word))
            return refuse(r, span_of(forms[i].name), "wants a restriction behind it");
        break;
    }
    return true;
}

static const struct entry *
find_entry(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(entries); i++)
        if (span_eq(name, span_of(entries[i].name)))
            return &entries[i];
    return NULL;
}

/* Of check_..._a_access, _mx_access and _ns_access. */
static enum host_record
servers_of(struct span name)
{
    if (span_ends(name, SPAN("_mx_access")))
        return HOST_MX;
    return span_ends(name, SPAN("_ns_access")) ? HOST_NS : HOST_ADDRESSES;
}

/* Forms are for what would reject; a score may be had for good things, too. */
static bool
check_form(struct reader *r, struct span name, const struct restriction *x)
{
    bool is_quiet = x->kind == RESTRICTION_SLEEP || x->kind == RESTRICTION_TARPIT;

    if (x->form == FORM_OWN || (!is_quiet && !restriction_permits(x->kind)))
        return true;
    if (!is_quiet && x->form == FORM_SCORE)
        return true;
    return refuse(r, name, "rejects nobody and takes no such form; write it alone");
}

static bool
read_one(struct reader *r, struct restriction *out)
{
    const struct entry *entry;
    struct span name;
    const char *begin;

    if (!take_word(r, &name) || !read_form(r, &name, out))
        return false;
    begin = name.ptr;
    if (span_is_one_of(of_postfix, ARRAY_LEN(of_postfix), name))
        return refuse(r, name, "is for Postfix alone to know; leave it in main.cf");
    if (restriction_class_find(r->classes, name)) {
        out->kind = RESTRICTION_CLASS;
        out->name = mem_copy_text(name.ptr, name.len);
        return true;
    }
    entry = find_entry(name);
    if (!entry)
        return refuse(r, name,
                      "is no restriction that is known here, nor a class that stands in "
                      "restriction_classes before; see komainu.conf(5)");
    out->kind = entry->kind;
    out->subject = entry->subject;
    out->servers = servers_of(name);
    if (!read_argument(r, entry, name, out) || !check_form(r, name, out))
        return false;
    out->name = mem_copy_text(begin, (size_t)(r->end - begin));
    return true;
}

static void
end_one(struct restriction *x)
{
    mem_free(x->name);
    mem_free(x->table);
}

void
restriction_list_fini(struct restriction_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        end_one(&list->items[i]);
    mem_free(list->items);
    *list = (struct restriction_list){0};
}

bool
restriction_has_name(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (span_eq(name, span_of(forms[i].name)))
            return true;
    return find_entry(name) || span_is_one_of(of_postfix, ARRAY_LEN(of_postfix), name);
}

void
restriction_list_plain(struct restriction_list *out)
{
    struct restriction_list list = {0};

    list.items = mem_zalloc(ARRAY_LEN(entries), sizeof(*list.items));
    for (size_t i = 0; i < ARRAY_LEN(entries); i++)
        if (entries[i].argument == ARG_NONE)
            list.items[list.count++] = (struct restriction){
                .kind = entries[i].kind,
                .subject = entries[i].subject,
                .name = mem_copy_text(entries[i].name, strlen(entries[i].name))};
    *out = list;
}

bool
restriction_list_read(struct span text, const struct restriction_classes *classes,
                      struct restriction_list *out, struct buf *why, unsigned *line)
{
    struct reader r = {.rest = text, .classes = classes, .why = why};
    struct restriction_list list = {0};

    while (skip_separators(&r)) {
        struct restriction one = {0};

        if (list.count == RESTRICTIONS_MAX) {
            buf_printf(why, "has more than %d restrictions", RESTRICTIONS_MAX);
            goto fail;
        }
        if (!read_one(&r, &one)) {
            end_one(&one);
            goto fail;
        }
        list.items = mem_realloc(list.items, list.count + 1, sizeof(*list.items));
        list.items[list.count++] = one;
    }
    *out = list;
    return true;
fail:
    *line = r.line;
    restriction_list_fini(&list);
    return false;
}
