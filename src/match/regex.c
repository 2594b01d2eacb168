#include "match/regex.h"

#include "base/mem.h"
#include "match/dialect.h"
#include "match/literal.h"
#include "match/prefix.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static const struct pcre_limits limits = {
    /* A sane expression needs a few steps for each byte of the line; a catastrophic one
     * ends after some milliseconds. */
    .steps = 500000,
    .depth = 10000,
    .heap_kib = 4096,
    /* The stack begins at its full size (touched only when used), so that a search never
     * asks the kernel for more. */
    .stack_bytes = (size_t)256 * 1024,
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

/* Adds the groups that give such parts, in the order of their names. */
static void
read_groups_of(struct regex *r, enum regex_part part, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct pcre_name n = pcre_name_at(r->code, i);
        struct regex_group g = {.number = n.number};

        if (!read_name(n.name, &g) || g.part != part)
            continue;
        r->roles |= part == PART_SKIP ? 0 : 1U << g.role;
        r->groups[r->group_count++] = g;
    }
}

static void
read_groups(struct regex *r)
{
    uint32_t count = pcre_names(r->code);

    r->pair_count = pcre_pairs(r->code);
    r->groups = mem_zalloc(count + 1, sizeof(*r->groups));
    for (enum regex_part part = PART_WHOLE; part <= PART_SKIP; part++)
        read_groups_of(r, part, count);
}

/* Compiles what is enough to find the content, where that is the rest of the line. */
static void
compile_head(struct regex *r, struct span text)
{
    struct buf unused = {0};
    struct span head;
    size_t at;

    if (!(r->roles & 1U << ROLE_CONTENT) || !prefix_head(text, &head))
        return;
    r->head = pcre_compile(head, 0, &unused, &at); /* NULL: it refers to the content */
    buf_fini(&unused);
    for (size_t i = 0; r->head && i < r->group_count; i++)
        if (r->groups[i].role == ROLE_CONTENT)
            r->content = r->groups[i].number;
    r->has_jit &= !r->head || pcre_has_jit(r->head);
}

/* Compiles for bytes what is translated; says what is wrong, and where in `in`. */
static bool
compile_bytes(struct regex *r, const struct pattern *in, struct regex_use use,
              struct buf *reason, size_t *at)
{
    struct dialect how = {use.dialect == FILTER_BYTES ? DIALECT_BYTES : DIALECT_PLAIN,
                          use.dialect != FILTER_OWN};
    struct pattern p = {0};
    struct literal literal;

    if (!dialect_translate(how, in, &p, reason, at)) {
        *at = pattern_origin(in, *at);
    } else {
        r->code = pcre_compile(buf_span(&p.text), use.has_line_ends ? PCRE_MULTILINE : 0,
                               reason, at);
        *at = pattern_origin(&p, *at);
    }
    if (r->code) {
        r->has_jit = pcre_has_jit(r->code);
        read_groups(r);
        if (!use.is_multiline)
            compile_head(r, buf_span(&p.text));
        if (literal_required(buf_span(&p.text), use.has_line_ends, &literal)) {
            r->required = mem_zalloc(1, sizeof(literal));
            *r->required = literal;
        }
    }
    pattern_fini(&p);
    return r->code != NULL;
}

/* Compiles the same for characters. What cannot be (our own filters may use all of PCRE2)
 * is searched as bytes. */
static void
compile_wide(struct regex *r, const struct pattern *in, struct regex_use use)
{
    struct dialect how = {DIALECT_WIDE, use.dialect != FILTER_OWN};
    struct pattern p = {0};
    struct buf unused = {0};
    size_t at;

    if (dialect_translate(how, in, &p, &unused, &at))
        r->wide = pcre_compile(buf_span(&p.text),
                               PCRE_CHARACTERS |
                                   (use.has_line_ends ? (unsigned)PCRE_MULTILINE : 0),
                               &unused, &at);
    if (r->wide && (pcre_has_jit(r->wide) != pcre_has_jit(r->code) ||
                    pcre_pairs(r->wide) != r->pair_count)) {
        pcre_free(r->wide);
        r->wide = NULL;
    }
    buf_fini(&unused);
    pattern_fini(&p);
}

bool
regex_init(struct regex *r, const struct config_regex *c, struct regex_use use,
           struct buf *error)
{
    struct span pattern = span_of(c->pattern);
    struct buf reason = {0};
    struct pattern e = {0};
    size_t at = 0;

    *r = (struct regex){.kind = c->kind, .event = c->event};
    if (pattern_expand(pattern, &e, &reason, &at) &&
        compile_bytes(r, &e, use, &reason, &at)) {
        r->is_on_message = e.is_on_message;
        r->is_of_header = e.is_of_header;
        if (use.dialect != FILTER_BYTES && !use.is_tag)
            compile_wide(r, &e, use);
    } else {
        buf_printf(error, "%s: ", c->where);
        buf_add(error, buf_span(&reason));
        pcre_add_place(error, pattern, at);
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
    pcre_free(r->code);
    pcre_free(r->wide);
    pcre_free(r->head);
    mem_free(r->required);
    mem_free(r->groups);
    *r = (struct regex){0};
}

void
regex_engine_init(struct regex_engine *e, uint32_t pair_count)
{
    pcre_engine_init(&e->pcre, &limits, pair_count);
}

void
regex_engine_fini(struct regex_engine *e)
{
    pcre_engine_fini(&e->pcre);
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

/* The groups that took part. */
static void
take_groups(const struct regex *r, struct regex_engine *e, struct span subject,
            struct regex_capture *out)
{
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(e->pcre.data);
    unsigned seen = 0;

    e->skip_count = 0;
    for (size_t i = 0; i < r->group_count; i++) {
        const PCRE2_SIZE *pair = pairs + (size_t)2 * r->groups[i].number;

        if (pair[0] != PCRE2_UNSET)
            take_group(e, &r->groups[i],
                       span_between(subject.ptr + pair[0], subject.ptr + pair[1]), &seen,
                       out);
    }
    /* A \K in a look-ahead may put the end of a match before its beginning. */
    out->whole = pairs[0] <= pairs[1]
                     ? span_between(subject.ptr + pairs[0], subject.ptr + pairs[1])
                     : span_head(subject, 0);
}

static int
search_for(const void *code, bool has_jit, struct regex_engine *e, struct span subject)
{
    PCRE2_SPTR text = (PCRE2_SPTR)subject.ptr;

    return has_jit ? pcre2_jit_match(code, text, subject.len, 0, 0, e->pcre.data,
                                     e->pcre.context)
                   : pcre2_match(code, text, subject.len, 0, 0, e->pcre.data,
                                 e->pcre.context);
}

/* Finds the head, and what is behind it is the content. Where that would not do, the
 * whole is searched. */
static int
search(const struct regex *r, struct regex_engine *e, struct span subject)
{
    PCRE2_SIZE *pairs, *content;
    size_t end;
    int found;

    if (e->is_wide && r->wide)
        return search_for(r->wide, r->has_jit, e, subject);
    if (!r->head)
        return search_for(r->code, r->has_jit, e, subject);
    found = search_for(r->head, r->has_jit, e, subject);
    if (found == PCRE2_ERROR_NOMATCH)
        return found;
    pairs = pcre2_get_ovector_pointer(e->pcre.data);
    if (found < 0 || !prefix_end(subject, pairs[1], &end))
        return search_for(r->code, r->has_jit, e, subject);
    content = pairs + (size_t)2 * r->content;
    content[0] = pairs[1];
    content[1] = pairs[1] = end;
    return found;
}

bool
regex_search(struct regex *r, struct regex_engine *e, struct span subject,
             struct regex_capture *out)
{
    int64_t start_ns = e->clock_ns ? e->clock_ns() : 0;
    int found;

    if (!subject.ptr)
        subject = SPAN(""); /* PCRE2 before 10.40 refuses NULL: a line without a tag */
    found = search(r, e, subject);
    r->searches++;
    if (e->clock_ns)
        r->spent_ns += e->clock_ns() - start_ns;
    if (found < 0) {
        r->limit_hits += found != PCRE2_ERROR_NOMATCH;
        return false;
    }
    r->matches++;
    e->subject = subject;
    take_groups(r, e, subject, out);
    return true;
}

/* Where a group belongs among `count` that are there. */
static size_t
field_place(const struct regex_field *fields, size_t count, const struct regex_field *f)
{
    size_t i = 0;

    while (i < count && !span_eq(fields[i].name, f->name))
        i++;
    if (i < count)
        return i;
    for (i = 0; i < count && fields[i].number < f->number;)
        i++;
    return i;
}

size_t
regex_fields(const struct regex *r, const struct regex_engine *e, size_t max,
             struct regex_field *out)
{
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(e->pcre.data);
    uint32_t names = pcre_names(r->code);
    size_t count = 0, at;

    for (uint32_t i = 0; i < names; i++) {
        struct pcre_name n = pcre_name_at(r->code, i);
        struct regex_field f = {.number = n.number, .name = n.name};
        const PCRE2_SIZE *pair = pairs + (size_t)2 * n.number;

        if (pair[0] != PCRE2_UNSET)
            f.value = span_between(e->subject.ptr + pair[0], e->subject.ptr + pair[1]);
        at = field_place(out, count, &f);
        if (at < count && span_eq(out[at].name, f.name)) {
            if (!out[at].value.ptr)
                out[at].value = f.value;
            continue;
        }
        if (count == max)
            continue;
        memmove(out + at + 1, out + at, (count - at) * sizeof(*out));
        out[at] = f;
        count++;
    }
    return count;
}
