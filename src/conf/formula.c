/* An operator-precedence reader with a stack of its own, because text from outside must
 * not decide how deep we recurse. `A if C else B` is read as three values and an
 * operator: evaluating all three is harmless, as what is undefined only matters where it
 * is chosen.
 */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "conf/formula_steps.h"

/* How tightly an operator binds, loosest first, as in Python. */
enum {
    BINDS_NOTHING,
    BINDS_IF,
    BINDS_OR,
    BINDS_AND,
    BINDS_NOT,
    BINDS_COMPARISON,
    BINDS_BIT_OR,
    BINDS_BIT_XOR,
    BINDS_BIT_AND,
    BINDS_SHIFT,
    BINDS_SUM,
    BINDS_PRODUCT,
    BINDS_SIGN,
    BINDS_POWER,
};

struct operator_entry {
    const char *text;
    enum formula_op op;
    int binds;
};

/* Those between two values; the longer of two that begin alike comes first. */
static const struct operator_entry between[] = {
    {"**", FORMULA_POWER, BINDS_POWER},
    {"*", FORMULA_MULTIPLY, BINDS_PRODUCT},
    {"//", FORMULA_FLOOR_DIVIDE, BINDS_PRODUCT},
    {"/", FORMULA_DIVIDE, BINDS_PRODUCT},
    {"%", FORMULA_MODULO, BINDS_PRODUCT},
    {"+", FORMULA_ADD, BINDS_SUM},
    {"-", FORMULA_SUBTRACT, BINDS_SUM},
    {"<<", FORMULA_LEFT, BINDS_SHIFT},
    {">>", FORMULA_RIGHT, BINDS_SHIFT},
    {"<=", FORMULA_LESS_EQUAL, BINDS_COMPARISON},
    {">=", FORMULA_MORE_EQUAL, BINDS_COMPARISON},
    {"<", FORMULA_LESS, BINDS_COMPARISON},
    {">", FORMULA_MORE, BINDS_COMPARISON},
    {"==", FORMULA_EQUAL, BINDS_COMPARISON},
    {"!=", FORMULA_UNEQUAL, BINDS_COMPARISON},
    {"&", FORMULA_BIT_AND, BINDS_BIT_AND},
    {"^", FORMULA_BIT_XOR, BINDS_BIT_XOR},
    {"|", FORMULA_BIT_OR, BINDS_BIT_OR},
    {"and", FORMULA_AND, BINDS_AND},
    {"or", FORMULA_OR, BINDS_OR},
};

static const struct operator_entry before[] = {
    {"+", FORMULA_PLUS, BINDS_SIGN},
    {"-", FORMULA_MINUS, BINDS_SIGN},
    {"~", FORMULA_INVERT, BINDS_SIGN},
    {"not", FORMULA_NOT, BINDS_NOT},
};

static const struct function {
    const char *name;
    unsigned least, most; /* values */
    enum formula_op op, op_of_two;
} functions[] = {
    {"min", 2, FORMULA_DEPTH_MAX, FORMULA_MIN, FORMULA_MIN},
    {"max", 2, FORMULA_DEPTH_MAX, FORMULA_MAX, FORMULA_MAX},
    {"abs", 1, 1, FORMULA_ABS, FORMULA_ABS},
    {"int", 1, 1, FORMULA_INT, FORMULA_INT},
    {"float", 1, 1, FORMULA_FLOAT, FORMULA_FLOAT},
    {"round", 1, 1, FORMULA_ROUND, FORMULA_ROUND},
    {"pow", 2, 2, FORMULA_POWER, FORMULA_POWER},
    {"math.exp", 1, 1, FORMULA_EXP, FORMULA_EXP},
    {"math.log", 1, 2, FORMULA_LOG, FORMULA_LOG_OF},
    {"math.log2", 1, 1, FORMULA_LOG2, FORMULA_LOG2},
    {"math.log10", 1, 1, FORMULA_LOG10, FORMULA_LOG10},
    {"math.sqrt", 1, 1, FORMULA_SQRT, FORMULA_SQRT},
    {"math.pow", 2, 2, FORMULA_MATH_POW, FORMULA_MATH_POW},
    {"math.floor", 1, 1, FORMULA_FLOOR, FORMULA_FLOOR},
    {"math.ceil", 1, 1, FORMULA_CEIL, FORMULA_CEIL},
    {"math.fabs", 1, 1, FORMULA_MATH_FABS, FORMULA_MATH_FABS},
};

static const struct name {
    const char *name;
    enum formula_op op;
    double value; /* of FORMULA_PUSH */
} names[] = {
    {"ban.Time", FORMULA_TIME, 0},
    {"ban.Count", FORMULA_COUNT, 0},
    {"banFactor", FORMULA_FACTOR, 0},
    {"math.pi", FORMULA_PUSH, 3.141592653589793},
    {"math.e", FORMULA_PUSH, 2.718281828459045},
};

enum waiting_kind { WAITING_OPERATOR, WAITING_PAREN, WAITING_IF, WAITING_ELSE };

/* What has been read, and waits for its last value. */
struct waiting {
    enum waiting_kind kind;
    enum formula_op op;
    int binds;
    unsigned values;                 /* of an operator; of a call, before this one */
    const struct function *function; /* of a call's parenthesis */
    size_t column;
};

enum { WAITING_MAX = 2 * FORMULA_DEPTH_MAX };

struct reading {
    struct span text, rest;
    enum formula_names names;
    struct formula_step steps[FORMULA_STEPS_MAX];
    size_t step_count, depth;
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count;
    bool wants_value;
    struct buf *why;
};

static size_t
column_of(const struct reading *r, struct span at)
{
    return r->text.len - at.len + 1;
}

/* Says what is wrong at a column; for the caller to return. */
static bool
wrong(struct reading *r, size_t column, const char *what)
{
    buf_printf(r->why, "column %zu: %s", column, what);
    return false;
}

static bool
wrong_word(struct reading *r, struct span at, struct span word, const char *what)
{
    buf_printf(r->why, "column %zu: `%.*s` %s", column_of(r, at),
               SPAN_FMT(span_head(word, 40)), what);
    return false;
}

/* --- the program --- */

static const unsigned op_values[] = {
#define OP(NAME, values) [FORMULA_##NAME] = (values),
    FORMULA_OPS(OP)
#undef OP
};

static bool
emit(struct reading *r, enum formula_op op, unsigned values, struct number n)
{
    if (r->step_count == FORMULA_STEPS_MAX || r->depth - values == FORMULA_DEPTH_MAX)
        return wrong(r, column_of(r, r->rest), "the formula is too long");
    r->steps[r->step_count++] = (struct formula_step){op, values, n};
    r->depth = r->depth - values + 1;
    return true;
}

static struct waiting *
last_waiting(struct reading *r)
{
    return r->waiting_count ? &r->waiting[r->waiting_count - 1] : NULL;
}

static bool
wait_for(struct reading *r, struct waiting w)
{
    if (r->waiting_count == WAITING_MAX)
        return wrong(r, w.column, "too many operators and parentheses are open");
    r->waiting[r->waiting_count++] = w;
    r->wants_value = true;
    return true;
}

/* Emits what binds more tightly than `binds`, or as tightly and stands to the left. */
static bool
settle(struct reading *r, int binds)
{
    struct waiting *w;

    while ((w = last_waiting(r)) &&
           (w->kind == WAITING_OPERATOR || w->kind == WAITING_ELSE)) {
        bool is_from_right = binds == BINDS_POWER || binds == BINDS_IF;

        if (w->binds < binds || (w->binds == binds && is_from_right))
            return true;
        if (!emit(r, w->op, w->values, (struct number){0}))
            return false;
        r->waiting_count--;
    }
    return true;
}

/* --- values --- */

static bool
is_name(char c)
{
    return ascii_is_letter(c) || ascii_is_digit(c) || c == '_' || c == '.';
}

static size_t
digits(struct span s)
{
    size_t n = 0;

    while (n < s.len && ascii_is_digit(s.ptr[n]))
        n++;
    return n;
}

/* The length of the number at the front, and whether it is a fraction. */
static size_t
number_len(struct span s, bool *is_real)
{
    size_t n = digits(s), sign;

    if (n < s.len && s.ptr[n] == '.') {
        *is_real = true;
        n++;
        n += digits(span_from(s, n));
    }
    if (n < s.len && (s.ptr[n] == 'e' || s.ptr[n] == 'E')) {
        sign = n + 1 < s.len && (s.ptr[n + 1] == '+' || s.ptr[n + 1] == '-');
        if (digits(span_from(s, n + 1 + sign))) {
            *is_real = true;
            n += 1 + sign;
            n += digits(span_from(s, n));
        }
    }
    return n;
}

static bool
take_number(struct reading *r)
{
    bool is_real = false;
    size_t n = number_len(r->rest, &is_real);
    struct span word = span_head(r->rest, n), at = r->rest;
    struct number value = {.kind = FORMULA_WHOLE};
    char text[64];
    uint64_t whole;

    if (n < r->rest.len && is_name(r->rest.ptr[n]))
        return wrong_word(r, at, span_head(at, n + 1), "is no number");
    if (!is_real && n > 1 && word.ptr[0] == '0')
        return wrong_word(r, at, word, "begins with 0; leave that out");
    if (!span_cstr(word, text, sizeof(text)))
        return wrong(r, column_of(r, at), "a number of so many digits is too long");
    if (!is_real && span_u64(word, 0, INT64_MAX, &whole))
        value.whole = (int64_t)whole;
    else
        value = (struct number){.kind = FORMULA_REAL, .real = strtod(text, NULL)};
    r->rest = span_from(r->rest, n);
    r->wants_value = false;
    return emit(r, FORMULA_PUSH, 0, value);
}

static bool
take_function(struct reading *r, struct span at, struct span word)
{
    size_t column = column_of(r, r->rest);

    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (!span_eq(word, span_of(functions[i].name)))
            continue;
        r->rest = span_from(r->rest, 1);
        return wait_for(r, (struct waiting){.kind = WAITING_PAREN,
                                            .function = &functions[i],
                                            .column = column});
    }
    return wrong_word(r, at, word, "is no function that there is");
}

static bool
take_name(struct reading *r, struct span at, struct span word)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!span_eq(word, span_of(names[i].name)))
            continue;
        if (names[i].op != FORMULA_PUSH && r->names == FORMULA_PLAIN)
            break;
        r->wants_value = false;
        return emit(r, names[i].op, 0,
                    (struct number){.kind = FORMULA_REAL, .real = names[i].value});
    }
    return wrong_word(r, at, word,
                      r->names == FORMULA_OF_BAN
                          ? "is no name that there is; ban.Time, ban.Count, banFactor, "
                            "math.pi and math.e are"
                          : "is no name that may stand here; math.pi and math.e may");
}

/* The word at the front: letters, digits, _ and dots. */
static struct span
word_at(struct span s)
{
    size_t n = 0;

    while (n < s.len && is_name(s.ptr[n]))
        n++;
    return span_head(s, n);
}

static struct span
skip_blanks(struct span s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t' || s.ptr[0] == '\n'))
        s = span_from(s, 1);
    return s;
}

/* Takes the operator of `table` at the front, or returns NULL. */
static const struct operator_entry *
take_operator(struct reading *r, const struct operator_entry *table, size_t count)
{
    struct span word = word_at(r->rest);

    for (size_t i = 0; i < count; i++) {
        struct span text = span_of(table[i].text);

        if (is_name(text.ptr[0]) ? !span_eq(word, text) : !span_starts(r->rest, text))
            continue;
        r->rest = span_from(r->rest, text.len);
        return &table[i];
    }
    return NULL;
}

static bool
take_prefix(struct reading *r, const struct operator_entry *o, struct span at)
{
    const struct waiting *w = last_waiting(r);

    if (o->binds == BINDS_NOT && w && w->kind == WAITING_OPERATOR && w->binds > BINDS_NOT)
        return wrong(r, column_of(r, at), "`not` needs parentheses here");
    return wait_for(
        r, (struct waiting){
               .op = o->op, .binds = o->binds, .values = 1, .column = column_of(r, at)});
}

static bool
take_value(struct reading *r)
{
    struct span at = r->rest, word = word_at(at);
    const struct operator_entry *o = take_operator(r, before, ARRAY_LEN(before));
    struct span behind;

    if (o)
        return take_prefix(r, o, at);
    if (at.len && at.ptr[0] == '(') {
        r->rest = span_from(at, 1);
        return wait_for(
            r, (struct waiting){.kind = WAITING_PAREN, .column = column_of(r, at)});
    }
    if (word.len == 0 || (word.ptr[0] == '.' && digits(span_from(word, 1)) == 0))
        return wrong(r, column_of(r, at), "a number, a name or ( is missing");
    if (ascii_is_digit(word.ptr[0]) || word.ptr[0] == '.')
        return take_number(r);
    behind = skip_blanks(span_from(at, word.len));
    r->rest = behind;
    return behind.len && behind.ptr[0] == '(' ? take_function(r, at, word)
                                              : take_name(r, at, word);
}

/* --- what stands behind a value --- */

static bool
take_if(struct reading *r, size_t column)
{
    const struct waiting *w;

    if (!settle(r, BINDS_IF))
        return false;
    w = last_waiting(r);
    if (w && w->kind == WAITING_IF)
        return wrong(r, column, "`else` is missing before this `if`");
    return wait_for(r, (struct waiting){.kind = WAITING_IF, .column = column});
}

static bool
take_else(struct reading *r, size_t column)
{
    struct waiting *w;

    if (!settle(r, BINDS_IF))
        return false;
    w = last_waiting(r);
    if (!w || w->kind != WAITING_IF)
        return wrong(r, column, "this `else` has no `if`");
    r->waiting_count--;
    return wait_for(r, (struct waiting){.kind = WAITING_ELSE,
                                        .op = FORMULA_SELECT,
                                        .binds = BINDS_IF,
                                        .values = 3,
                                        .column = column});
}

/* Settles what is within the parenthesis that is open last; NULL after telling. */
static struct waiting *
open_paren(struct reading *r, size_t column, const char *without)
{
    struct waiting *w;

    if (!settle(r, BINDS_NOTHING))
        return NULL;
    w = last_waiting(r);
    if (w && w->kind == WAITING_PAREN)
        return w;
    if (w)
        (void)wrong(r, w->column, "this `if` has no `else`");
    else
        (void)wrong(r, column, without);
    return NULL;
}

static bool
take_comma(struct reading *r, size_t column)
{
    struct waiting *w = open_paren(r, column, "this comma is in no function");

    if (!w)
        return false;
    if (!w->function)
        return wrong(r, column, "this comma is in no function");
    if (++w->values >= w->function->most)
        return wrong(r, column, "the function takes fewer values");
    r->wants_value = true;
    return true;
}

static bool
take_closing(struct reading *r, size_t column)
{
    struct waiting *w = open_paren(r, column, "this `)` has no `(`");
    const struct function *f;
    unsigned values;

    if (!w)
        return false;
    f = w->function;
    values = w->values + 1;
    r->waiting_count--;
    if (!f)
        return true;
    if (values < f->least)
        return wrong(r, column, "the function takes more values");
    return emit(r, values == 2 ? f->op_of_two : f->op, values, (struct number){0});
}

static bool
take_between(struct reading *r, size_t column)
{
    const struct operator_entry *o = take_operator(r, between, ARRAY_LEN(between));
    const struct waiting *w;

    if (!o)
        return wrong(r, column, "an operator is missing");
    if (!settle(r, o->binds == BINDS_COMPARISON ? o->binds + 1 : o->binds))
        return false;
    w = last_waiting(r);
    if (o->binds == BINDS_COMPARISON && w && w->kind == WAITING_OPERATOR &&
        w->binds == BINDS_COMPARISON)
        return wrong(r, column, "a second comparison in a row; join the two with `and`");
    return wait_for(r, (struct waiting){.op = o->op,
                                        .binds = o->binds,
                                        .values = op_values[o->op],
                                        .column = column});
}

static bool
take_behind(struct reading *r)
{
    struct span word = word_at(r->rest);
    size_t column = column_of(r, r->rest);
    char c = r->rest.ptr[0];

    if (c == ',' || c == ')')
        r->rest = span_from(r->rest, 1);
    if (c == ',')
        return take_comma(r, column);
    if (c == ')')
        return take_closing(r, column);
    if (span_eq(word, SPAN("if")) || span_eq(word, SPAN("else")))
        r->rest = span_from(r->rest, word.len);
    if (span_eq(word, SPAN("if")))
        return take_if(r, column);
    return span_eq(word, SPAN("else")) ? take_else(r, column) : take_between(r, column);
}

static bool
take_end(struct reading *r)
{
    const struct waiting *w;

    if (r->wants_value)
        return wrong(r, column_of(r, r->rest), "a number, a name or ( is missing");
    if (!settle(r, BINDS_NOTHING))
        return false;
    w = last_waiting(r);
    if (!w)
        return true;
    return wrong(r, w->column,
                 w->kind == WAITING_PAREN ? "this `(` has no `)`"
                                          : "this `if` has no `else`");
}

bool
formula_read(struct span text, enum formula_names allowed, struct formula *out,
             struct buf *why)
{
    struct reading r = {.text = text,
                        .rest = skip_blanks(text),
                        .names = allowed,
                        .wants_value = true,
                        .why = why};

    if (text.len > FORMULA_BYTES_MAX)
        return wrong(&r, FORMULA_BYTES_MAX + 1, "the formula is too long");
    while (r.rest.len) {
        if (r.wants_value ? !take_value(&r) : !take_behind(&r))
            return false;
        r.rest = skip_blanks(r.rest);
    }
    if (!take_end(&r))
        return false;
    *out = (struct formula){.steps = mem_zalloc(r.step_count, sizeof(*out->steps)),
                            .count = r.step_count};
    memcpy(out->steps, r.steps, r.step_count * sizeof(*out->steps));
    return true;
}

void
formula_fini(struct formula *f)
{
    mem_free(f->steps);
    *f = (struct formula){0};
}
