#include "match/regex.h"

#include "base/mem.h"
#include "match/literal.h"
#include "match/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    /* Steps of one search. A sane expression needs a few for each byte of the line; a
     * catastrophic one ends after some milliseconds. */
    MATCH_LIMIT = 500000,
    DEPTH_LIMIT = 10000,
    HEAP_LIMIT_KIB = 4096,
    /* The stack begins at its full size (touched only when used), so that a search never
     * asks the kernel for more. */
    STACK_BYTES = 256 * 1024,
    CONTEXT_BYTES = 24, /* of the expression, shown in messages */
};

static const struct {
    struct span name;
    enum regex_role role;
} role_names[] = {
    {SPAN_INIT("ip4"), ROLE_IP4},        {SPAN_INIT("ip6"), ROLE_IP6},
    {SPAN_INIT("dns"), ROLE_DNS},        {SPAN_INIT("cidr"), ROLE_CIDR},
    {SPAN_INIT("fid"), ROLE_FID},        {SPAN_INIT("fport"), ROLE_PORT},
    {SPAN_INIT("user"), ROLE_USER},      {SPAN_INIT("content"), ROLE_CONTENT},
    {SPAN_INIT("rcpt"), ROLE_RCPT},      {SPAN_INIT("detail"), ROLE_DETAIL},
    {SPAN_INIT("mlfid"), ROLE_MLFID},    {SPAN_INIT("nofail"), ROLE_NOFAIL},
    {SPAN_INIT("mlfforget"), ROLE_OVER}, {SPAN_INIT("mlfgained"), ROLE_GAINED},
};

static void
add_place(struct buf *error, struct span pattern, size_t at)
{
    buf_printf(error, " at byte %zu", at + 1);
    if (at < pattern.len) {
        buf_add_text(error, ", before \"");
        buf_escaped(error, span_head(span_from(pattern, at), CONTEXT_BYTES));
        buf_add_byte(error, '"');
    }
}

/* Never UTF: log lines are bytes, and an invalid one must not hide a line. */
static pcre2_code *
compile(struct span text, bool is_multiline, struct buf *reason, size_t *offset)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    int number = 0;
    PCRE2_UCHAR what[128];
    uint32_t options = PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
                       PCRE2_NEVER_BACKSLASH_C | (is_multiline ? PCRE2_MULTILINE : 0);
    pcre2_code *code;

    if (!context)
        bug("no memory for a PCRE2 context");
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF); /* a constant it knows */
    code =
        pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &number, offset, context);
    pcre2_compile_context_free(context);
    if (code) {
        /* Without JIT the interpreter gives the same answers, within the same limits. */
        (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
        return code;
    }
    if (pcre2_get_error_message(number, what, sizeof(what)) > 0)
        buf_add_text(reason, (const char *)what);
    else
        buf_printf(reason, "PCRE2 error %d", number);
    return NULL;
}

static uint32_t
info(const pcre2_code *code, uint32_t what)
{
    uint32_t value = 0;

    if (pcre2_pattern_info(code, what, &value) != 0)
        bug("pcre2_pattern_info");
    return value;
}

/* "_12" or "12" at the end of a name of parts counts them. */
static struct span
without_number(struct span name)
{
    while (name.len && name.ptr[name.len - 1] >= '0' && name.ptr[name.len - 1] <= '9')
        name.len--;
    while (name.len && name.ptr[name.len - 1] == '_')
        name.len--;
    return name;
}

/* What a group is for, by its name; false when it is for nothing of ours. */
static bool
read_name(struct span name, struct regex_group *g)
{
    if (span_starts(name, SPAN("skiplines"))) {
        g->part = PART_SKIP;
        return true;
    }
    g->part = span_take(&name, SPAN("alt_"))     ? PART_OTHER
              : span_take(&name, SPAN("tuple_")) ? PART_TUPLE
                                                 : PART_WHOLE;
    if (g->part != PART_WHOLE)
        name = without_number(name);
    for (size_t i = 0; i < ARRAY_LEN(role_names); i++) {
        if (!span_eq(name, role_names[i].name))
            continue;
        g->role = role_names[i].role;
        return true;
    }
    return false;
}

static void
read_groups(struct regex *r)
{
    uint32_t count = info(r->code, PCRE2_INFO_NAMECOUNT);
    uint32_t entry_bytes = info(r->code, PCRE2_INFO_NAMEENTRYSIZE);
    PCRE2_SPTR entry = NULL;

    r->pair_count = info(r->code, PCRE2_INFO_CAPTURECOUNT) + 1;
    r->groups = mem_zalloc(count + 1, sizeof(*r->groups));
    if (pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &entry) != 0)
        bug("pcre2_pattern_info");
    for (; count > 0; count--, entry += entry_bytes) {
        struct regex_group g = {.number = (uint16_t)(entry[0] << 8 | entry[1])};

        if (read_name(span_of((const char *)entry + 2), &g)) {
            r->roles |= g.part == PART_SKIP ? 0 : 1U << g.role;
            r->groups[r->group_count++] = g;
        }
    }
}

bool
regex_init(struct regex *r, const struct config_regex *c, bool is_multiline,
           struct buf *error)
{
    struct span pattern = span_of(c->pattern);
    struct buf reason = {0};
    struct pattern e = {.is_multiline = is_multiline};
    struct literal literal;
    size_t at = 0;

    *r = (struct regex){.kind = c->kind, .event = c->event};
    if (pattern_expand(pattern, &e, &reason, &at)) {
        r->code = compile(buf_span(&e.text), is_multiline, &reason, &at);
        at = pattern_origin(&e, at);
    }
    if (r->code) {
        r->is_on_message = e.is_on_message;
        r->is_of_header = e.is_of_header;
        read_groups(r);
        if (literal_required(buf_span(&e.text), is_multiline, &literal)) {
            r->required = mem_zalloc(1, sizeof(literal));
            *r->required = literal;
        }
    } else {
        buf_printf(error, "%s: ", c->where);
        buf_add(error, buf_span(&reason));
        add_place(error, pattern, at);
    }
    buf_fini(&reason);
    pattern_fini(&e);
    return r->code != NULL;
}

bool
regex_has_tuple(const struct regex *r, enum regex_role role)
{
    for (size_t i = 0; i < r->group_count; i++)
        if (r->groups[i].role == role && r->groups[i].part == PART_TUPLE)
            return true;
    return false;
}

void
regex_fini(struct regex *r)
{
    pcre2_code_free(r->code);
    mem_free(r->required);
    mem_free(r->groups);
    *r = (struct regex){0};
}

void
regex_engine_init(struct regex_engine *e, uint32_t pair_count)
{
    e->context = pcre2_match_context_create(NULL);
    e->stack = pcre2_jit_stack_create(STACK_BYTES, STACK_BYTES, NULL);
    e->data = pcre2_match_data_create(pair_count, NULL);
    if (!e->context || !e->data)
        bug("no memory for PCRE2");
    (void)pcre2_set_match_limit(e->context, MATCH_LIMIT); /* these three cannot fail */
    (void)pcre2_set_depth_limit(e->context, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(e->context, HEAP_LIMIT_KIB);
    /* NULL where PCRE2 was built without JIT: nothing uses it then. */
    if (e->stack)
        pcre2_jit_stack_assign(e->context, NULL, e->stack);
}

void
regex_engine_fini(struct regex_engine *e)
{
    pcre2_match_data_free(e->data);
    pcre2_match_context_free(e->context);
    pcre2_jit_stack_free(e->stack);
    *e = (struct regex_engine){0};
}

struct span
regex_keep(struct regex_engine *e, struct span text)
{
    char *to = e->kept + e->kept_len;

    text = span_head(text, REGEX_KEPT_MAX - e->kept_len);
    if (text.len)
        memcpy(to, text.ptr, text.len);
    e->kept_len += text.len;
    return (struct span){to, text.len};
}

/* Puts parts of a value together, with commas; what has no room is left out. */
static void
join(struct regex_engine *e, struct span *value, struct span part)
{
    if (value->ptr + value->len != e->kept + e->kept_len) /* the first one */
        *value = regex_keep(e, *value);
    value->len += regex_keep(e, SPAN(",")).len;
    value->len += regex_keep(e, part).len;
}

static void
take_group(struct regex_engine *e, const struct regex_group *g, struct span text,
           unsigned *seen, struct regex_capture *out)
{
    struct span *value = &out->roles[g->role];
    bool is_new = !(*seen & 1U << g->role);

    if (g->part == PART_SKIP) {
        if (e->skip_count < REGEX_SKIPS_MAX)
            e->skips[e->skip_count++] = text;
        return;
    }
    /* Groups of one name may stand in several branches: the first that took part. */
    if (is_new || (g->part == PART_OTHER && value->len == 0))
        *value = text;
    else if (g->part == PART_TUPLE)
        join(e, value, text);
    *seen |= 1U << g->role;
}

/* The groups that took part; those of whole values first. */
static void
take_groups(const struct regex *r, struct regex_engine *e, struct span subject,
            struct regex_capture *out)
{
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(e->data);
    unsigned seen = 0;

    e->skip_count = 0;
    for (enum regex_part part = PART_WHOLE; part <= PART_SKIP; part++)
        for (size_t i = 0; i < r->group_count; i++) {
            const PCRE2_SIZE *pair = pairs + (size_t)2 * r->groups[i].number;

            if (r->groups[i].part == part && pair[0] != PCRE2_UNSET)
                take_group(e, &r->groups[i],
                           span_between(subject.ptr + pair[0], subject.ptr + pair[1]),
                           &seen, out);
        }
    /* A \K in a look-ahead may put the end of a match before its beginning. */
    out->whole = pairs[0] <= pairs[1]
                     ? span_between(subject.ptr + pairs[0], subject.ptr + pairs[1])
                     : span_head(subject, 0);
}

bool
regex_search(struct regex *r, struct regex_engine *e, struct span subject,
             struct regex_capture *out)
{
    int64_t start_ns = e->clock_ns ? e->clock_ns() : 0;
    int found;

    if (!subject.ptr)
        subject = SPAN(""); /* PCRE2 before 10.40 refuses NULL: a line without a tag */
    found = pcre2_match(r->code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, e->data,
                        e->context);
    r->searches++;
    if (e->clock_ns)
        r->spent_ns += e->clock_ns() - start_ns;
    if (found < 0) {
        r->limit_hits += found != PCRE2_ERROR_NOMATCH;
        return false;
    }
    r->matches++;
    take_groups(r, e, subject, out);
    return true;
}
