#include "gate/access_rules.h"

#include "base/addr.h"
#include "base/ascii.h"
#include "base/mem.h"
#include "base/pcre.h"
#include "base/table.h"
#include "gate/access_map.h"
#include "gate/access_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum rule_kind { RULE, RULE_IF, RULE_ENDIF };

struct rule {
    enum rule_kind kind;
    bool is_negated, has_groups; /* the value has $1 */
    struct addr prefix;
    void *code;
    char *value;
    uint32_t end; /* RULE_IF: its `endif` */
};

struct access_rules {
    enum access_syntax syntax;
    const struct access_names *names; /* while it is read */
    struct rule *rules;
    uint32_t count;
    /* Of networks without `!` and `if`: the number of the first rule of each, and the
     * lengths that occur, of IPv4 and IPv6. */
    struct table firsts;
    bool is_indexed, has_bits[2][129];
    struct pcre_engine engine;
    struct buf value; /* with what was put in */
    uint64_t limited;
};

/* Enough for any name or address; what needs more is made to burn time. */
static const struct pcre_limits limits = {
    .steps = 100000, .depth = 2000, .heap_kib = 4096, .stack_bytes = 256 << 10};

void
access_rules_free(struct access_rules *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->count; i++) {
        pcre_free(r->rules[i].code);
        mem_free(r->rules[i].value);
    }
    mem_free(r->rules);
    table_fini(&r->firsts);
    pcre_engine_fini(&r->engine);
    buf_fini(&r->value);
    mem_free(r);
}

/* --- reading --- */

static bool
say(struct buf *why, const char *what)
{
    buf_add_text(why, what);
    return false;
}

/* ADDRESS or ADDRESS/LENGTH, maybe in brackets, with no bit behind the length. */
static bool
read_prefix(struct span text, struct addr *out)
{
    char plain[ADDR_TEXT_MAX];
    struct span address, length;
    struct addr whole, prefix;
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '[' && text.ptr[i] != ']') {
            if (n == sizeof(plain))
                return false;
            plain[n++] = text.ptr[i];
        }
    address = (struct span){plain, n};
    if (!addr_parse_prefix(address, &prefix))
        return false;
    if (span_cut(address, SPAN("/"), &address, &length) &&
        (!addr_parse(address, &whole) ||
         memcmp(whole.bytes, prefix.bytes, sizeof(whole.bytes)) != 0))
        return false;
    *out = prefix;
    return true;
}

static bool
read_cidr(struct span *line, struct rule *rule, struct buf *why)
{
    struct span pattern, value;

    access_text_cut(*line, &pattern, &value); /* an `if` has no value */
    while (span_take(&pattern, SPAN("!"))) {
        rule->is_negated = !rule->is_negated;
        if (pattern.len == 0) {
            *line = value;
            access_text_cut(*line, &pattern, &value);
        }
    }
    if (!read_prefix(pattern, &rule->prefix))
        return say(why,
                   "no address stands there, or none whose bits end with its length; "
                   "write 192.0.2.0/24 or 2001:db8::1");
    *line = value;
    return true;
}

static bool
read_pattern(enum access_syntax syntax, struct span *line, struct rule *rule,
             struct buf *why)
{
    struct access_pattern p;

    if (!access_pattern_take(syntax, line, &p, why))
        return false;
    rule->is_negated = p.is_negated;
    rule->code = access_pattern_compile(syntax, &p, why);
    return rule->code != NULL;
}

/* The next $ of a value: what stands before it, and the number of its group (0: a dollar
 * itself). */
enum dollar { DOLLAR, DOLLAR_NONE, DOLLAR_BAD };

static enum dollar
next_dollar(struct span *rest, struct span *before, unsigned *group)
{
    char close = 0;
    ptrdiff_t at = span_find_byte(*rest, '$');
    struct span s;
    size_t n = 0;

    *before = at < 0 ? *rest : span_head(*rest, (size_t)at);
    if (at < 0)
        return DOLLAR_NONE;
    s = span_from(*rest, (size_t)at + 1);
    *group = 0;
    if (span_take(&s, SPAN("$"))) {
        *rest = s;
        return DOLLAR;
    }
    if (span_take(&s, SPAN("{")))
        close = '}';
    else if (span_take(&s, SPAN("(")))
        close = ')';
    for (; n < s.len && n < 3 && ascii_is_digit(s.ptr[n]); n++)
        *group = *group * 10 + (unsigned)(s.ptr[n] - '0');
    s = span_from(s, n);
    if (n == 0 || *group == 0 || (close && !span_take(&s, (struct span){&close, 1})))
        return DOLLAR_BAD;
    *rest = s;
    return DOLLAR;
}

static bool
check_dollars(struct rule *rule, struct span value, struct buf *why)
{
    uint32_t pairs = pcre_pairs(rule->code);
    struct span before;
    enum dollar got;
    unsigned group;

    while ((got = next_dollar(&value, &before, &group)) == DOLLAR) {
        rule->has_groups = true;
        if (group >= pairs || (group && rule->is_negated))
            return say(why, rule->is_negated
                                ? "a pattern that must not fit has no groups for $1"
                                : "the expression has no such group; count its brackets");
    }
    return got == DOLLAR_NONE ||
           say(why, "a dollar stands alone; write $$ for one, $1 or ${1} for a group");
}

static bool
read_value(struct access_rules *r, struct span value, struct rule *rule, struct buf *why)
{
    ptrdiff_t dollar = span_find_byte(value, '$');

    if (value.len == 0)
        return say(why, "nothing stands behind the pattern; write PATTERN ACTION");
    /* A dollar in the very name of an action would let the client choose it. */
    if (r->syntax != ACCESS_CIDR && dollar >= 0 &&
        span_find_byte(span_head(value, (size_t)dollar), ' ') < 0 &&
        span_find_byte(span_head(value, (size_t)dollar), '\t') < 0)
        return say(why, "the action itself must not come from what fits");
    if (!access_value_check(value, r->names, why) ||
        (r->syntax != ACCESS_CIDR && !check_dollars(rule, value, why)))
        return false;
    rule->value = mem_copy_text(value.ptr, value.len);
    return true;
}

struct nesting {
    uint32_t ifs[ACCESS_DEPTH_MAX];
    size_t depth;
};

static bool
is_word(struct span line, struct span word)
{
    return line.len >= word.len && span_eq_nocase(span_head(line, word.len), word) &&
           (line.len == word.len || line.ptr[word.len] == ' ' ||
            line.ptr[word.len] == '\t');
}

static bool
read_rule(struct access_rules *r, struct span line, struct nesting *nesting,
          struct buf *why)
{
    struct rule *rule = &r->rules[r->count];

    if (is_word(line, SPAN("endif"))) {
        rule->kind = RULE_ENDIF;
        if (nesting->depth == 0)
            return say(why, "`endif` without an `if` before it");
        r->rules[nesting->ifs[--nesting->depth]].end = r->count;
        return true;
    }
    if (is_word(line, SPAN("if"))) {
        rule->kind = RULE_IF;
        line = span_trim(span_from(line, 2));
        if (nesting->depth == ACCESS_DEPTH_MAX)
            return say(why, "there is too much `if` within `if`");
        nesting->ifs[nesting->depth++] = r->count;
    }
    if (!(r->syntax == ACCESS_CIDR ? read_cidr(&line, rule, why)
                                   : read_pattern(r->syntax, &line, rule, why)))
        return false;
    return rule->kind == RULE_IF || read_value(r, line, rule, why);
}

/* The last one begun counts, for access_rules_free(). */
static bool
read_all(struct access_rules *r, struct access_text *t, struct buf *why)
{
    struct nesting nesting = {0};
    enum access_line got;
    struct span line;
    uint32_t room = 0;

    while ((got = access_text_next(t, &line)) == ACCESS_LINE) {
        bool is_good;

        if (r->count == ACCESS_RULES_MAX)
            return say(why, "there are more rules than 65536");
        if (r->count == room) {
            room = room ? 2 * room : 16;
            r->rules = mem_realloc(r->rules, room, sizeof(*r->rules));
        }
        r->rules[r->count] = (struct rule){0};
        is_good = read_rule(r, line, &nesting, why);
        r->count++;
        if (!is_good)
            return false;
    }
    if (got == ACCESS_LINE_TOO_LONG)
        return say(why, "the line is too long");
    return nesting.depth == 0 || say(why, "an `if` has no `endif`");
}

/* Networks can be looked up, where the order of the rules is all that they say. */
static void
index_networks(struct access_rules *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->rules[i].kind != RULE || r->rules[i].is_negated)
            return;
    table_init(&r->firsts, sizeof(struct addr), sizeof(uint32_t), r->count);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct addr *prefix = &r->rules[i].prefix;
        uint32_t *first;

        if (table_find(&r->firsts, prefix))
            continue;
        first = table_add(&r->firsts, prefix);
        must(first);
        *first = i;
        r->has_bits[prefix->family == 6][prefix->bits] = true;
    }
    r->is_indexed = true;
}

struct access_rules *
access_rules_read(enum access_syntax syntax, struct access_text *t,
                  const struct access_names *names, struct buf *why)
{
    struct access_rules *r = mem_zalloc(1, sizeof(*r));
    uint32_t pairs = 1;

    r->syntax = syntax;
    r->names = names;
    r->value.limit = GATE_TEXT_MAX;
    if (!read_all(r, t, why)) {
        access_rules_free(r);
        return NULL;
    }
    r->names = NULL;
    for (uint32_t i = 0; i < r->count; i++)
        if (r->rules[i].code && pcre_pairs(r->rules[i].code) > pairs)
            pairs = pcre_pairs(r->rules[i].code);
    if (syntax == ACCESS_CIDR)
        index_networks(r);
    else
        pcre_engine_init(&r->engine, &limits, pairs);
    return r;
}

/* --- looking --- */

static bool
fits(struct access_rules *r, const struct rule *rule, struct span key,
     const struct addr *address)
{
    int found;

    if (r->syntax == ACCESS_CIDR)
        return address->family == rule->prefix.family && /* negated ones, too */
               addr_contains(&rule->prefix, address) != rule->is_negated;
    found = pcre2_match(rule->code, (PCRE2_SPTR)(key.len ? key.ptr : ""), key.len, 0, 0,
                        r->engine.data, r->engine.context);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
        r->limited++;
        return false;
    }
    return (found >= 0) != rule->is_negated;
}

static void
add_group(struct access_rules *r, struct span key, unsigned group)
{
    const size_t *pairs = pcre2_get_ovector_pointer(r->engine.data);
    size_t at = 2 * (size_t)group, from = pairs[at], to = pairs[at + 1];

    if (from != PCRE2_UNSET && from <= to && to <= key.len)
        buf_add(&r->value, (struct span){key.ptr + from, to - from});
}

static struct span
fill_in(struct access_rules *r, const struct rule *rule, struct span key)
{
    struct span rest = span_of(rule->value), before;
    unsigned group;

    buf_clear(&r->value);
    while (next_dollar(&rest, &before, &group) == DOLLAR) {
        buf_add(&r->value, before);
        if (group == 0)
            buf_add_byte(&r->value, '$');
        else
            add_group(r, key, group);
    }
    buf_add(&r->value, before);
    return buf_span(&r->value);
}

static bool
look_indexed(const struct access_rules *r, const struct addr *address, struct span *value)
{
    const bool *has_bits = r->has_bits[address->family == 6];
    uint32_t best = r->count;

    for (unsigned bits = 0; bits <= addr_width(address); bits++) {
        struct addr prefix;
        const uint32_t *first;

        if (!has_bits[bits])
            continue;
        prefix = addr_mask(*address, bits);
        first = table_find(&r->firsts, &prefix);
        if (first && *first < best)
            best = *first;
    }
    if (best == r->count)
        return false;
    *value = span_of(r->rules[best].value);
    return true;
}

bool
access_rules_look(struct access_rules *r, struct span key, struct span *value)
{
    struct addr address = {0};

    if (r->syntax == ACCESS_CIDR && !addr_parse(key, &address))
        return false;
    if (r->is_indexed)
        return look_indexed(r, &address, value);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct rule *rule = &r->rules[i];

        if (rule->kind == RULE_ENDIF)
            continue;
        if (!fits(r, rule, key, &address)) {
            if (rule->kind == RULE_IF)
                i = rule->end;
            continue;
        }
        if (rule->kind == RULE_IF)
            continue;
        *value = rule->has_groups ? fill_in(r, rule, key) : span_of(rule->value);
        return true;
    }
    return false;
}

size_t
access_rules_count(const struct access_rules *r)
{
    return r->count;
}

uint64_t
access_rules_limited(const struct access_rules *r)
{
    return r->limited;
}
