#include <math.h>

#include "conf/formula_steps.h"

static const struct number undefined = {.kind = FORMULA_UNDEFINED};

static struct number
whole(int64_t n)
{
    return (struct number){.kind = FORMULA_WHOLE, .whole = n};
}

static struct number
real(double x)
{
    return isnan(x) ? undefined : (struct number){.kind = FORMULA_REAL, .real = x};
}

static double
as_double(struct number n)
{
    return n.kind == FORMULA_WHOLE ? (double)n.whole : n.real;
}

/* A fraction without its part behind the point is a whole number, while that has room. */
static struct number
as_whole(double x)
{
    return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? whole((int64_t)x)
                                                                    : real(x);
}

static bool
is_true(struct number n)
{
    return n.kind == FORMULA_WHOLE ? n.whole != 0 : n.real != 0;
}

static bool
are_whole(struct number a, struct number b)
{
    return a.kind == FORMULA_WHOLE && b.kind == FORMULA_WHOLE;
}

static int
compare(struct number a, struct number b)
{
    double x = as_double(a), y = as_double(b);

    if (are_whole(a, b))
        return (a.whole > b.whole) - (a.whole < b.whole);
    return (x > y) - (x < y);
}

/* --- arithmetic --- */

static struct number
add(struct number a, struct number b)
{
    int64_t sum;

    if (are_whole(a, b) && !__builtin_add_overflow(a.whole, b.whole, &sum))
        return whole(sum);
    return real(as_double(a) + as_double(b));
}

static struct number
subtract(struct number a, struct number b)
{
    int64_t rest;

    if (are_whole(a, b) && !__builtin_sub_overflow(a.whole, b.whole, &rest))
        return whole(rest);
    return real(as_double(a) - as_double(b));
}

static struct number
multiply(struct number a, struct number b)
{
    int64_t product;

    if (are_whole(a, b) && !__builtin_mul_overflow(a.whole, b.whole, &product))
        return whole(product);
    return real(as_double(a) * as_double(b));
}

static struct number
divide(struct number a, struct number b)
{
    return as_double(b) == 0 ? undefined : real(as_double(a) / as_double(b));
}

/* The rest has the sign of the divisor. */
static struct number
modulo(struct number a, struct number b)
{
    double x = as_double(a), y = as_double(b), rest;
    int64_t n;

    if (y == 0)
        return undefined;
    if (are_whole(a, b)) {
        n = b.whole == -1 ? 0 : a.whole % b.whole;
        return whole(n != 0 && (n < 0) != (b.whole < 0) ? n + b.whole : n);
    }
    rest = fmod(x, y);
    return real(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest);
}

static struct number
floor_divide(struct number a, struct number b)
{
    double x = as_double(a), y = as_double(b);
    struct number rest = modulo(a, b);

    if (rest.kind == FORMULA_UNDEFINED)
        return undefined;
    if (are_whole(a, b) && b.whole == -1)
        return subtract(whole(0), a);
    if (are_whole(a, b))
        return whole(a.whole / b.whole - (rest.whole && (a.whole < 0) != (b.whole < 0)));
    return real(rint((x - rest.real) / y)); /* whole but for its rounding */
}

static struct number
whole_power(struct number base, int64_t exponent)
{
    struct number result = whole(1);

    for (; exponent; exponent >>= 1) {
        if (exponent & 1)
            result = multiply(result, base);
        if (exponent > 1)
            base = multiply(base, base);
    }
    return result;
}

static struct number
real_power(struct number a, struct number b)
{
    double x = as_double(a), y = as_double(b);

    if (x == 0 && y < 0)
        return undefined;
    return real(pow(x, y)); /* a root of a negative number is NaN */
}

static struct number
power(struct number a, struct number b)
{
    return are_whole(a, b) && b.whole >= 0 ? whole_power(a, b.whole) : real_power(a, b);
}

static struct number
left(struct number a, struct number b)
{
    int64_t shifted;

    if (!are_whole(a, b) || b.whole < 0)
        return undefined;
    if (b.whole < 63 && !__builtin_mul_overflow(a.whole, INT64_C(1) << b.whole, &shifted))
        return whole(shifted);
    return a.whole == 0
               ? a
               : real(ldexp((double)a.whole, b.whole < 10000 ? (int)b.whole : 10000));
}

static struct number
right(struct number a, struct number b)
{
    if (!are_whole(a, b) || b.whole < 0)
        return undefined;
    return whole(a.whole >> (b.whole < 63 ? b.whole : 63));
}

static struct number
magnitude(struct number a)
{
    if (a.kind == FORMULA_WHOLE)
        return a.whole < 0 ? subtract(whole(0), a) : a;
    return real(fabs(a.real));
}

static struct number
negated(struct number a)
{
    return a.kind == FORMULA_WHOLE ? subtract(whole(0), a) : real(-a.real);
}

static struct number
inverted(struct number a)
{
    return a.kind == FORMULA_WHOLE ? whole(~a.whole) : undefined;
}

static struct number
rounded(struct number a, double (*how)(double))
{
    return a.kind == FORMULA_WHOLE ? a : as_whole(how(a.real));
}

static struct number
logarithm(struct number a, double (*how)(double))
{
    return as_double(a) <= 0 ? undefined : real(how(as_double(a)));
}

static struct number
log_of(struct number a, struct number base)
{
    double x = as_double(a), y = as_double(base);

    /* log(1) is 0, and nothing is divided by it. */
    return x <= 0 || y <= 0 || y == 1 ? undefined : real(log(x) / log(y));
}

/* --- the program --- */

static struct number
one_value(enum formula_op op, struct number a)
{
    double x = as_double(a);

    switch ((int)op) { /* the others take another number of values */
    case FORMULA_NOT:
        return whole(!is_true(a));
    case FORMULA_PLUS:
        return a;
    case FORMULA_MINUS:
        return negated(a);
    case FORMULA_INVERT:
        return inverted(a);
    case FORMULA_ABS:
        return magnitude(a);
    case FORMULA_INT:
        return rounded(a, trunc);
    case FORMULA_FLOAT:
        return real(x);
    case FORMULA_ROUND:
        return rounded(a, rint); /* halves to even */
    case FORMULA_FLOOR:
        return rounded(a, floor);
    case FORMULA_CEIL:
        return rounded(a, ceil);
    case FORMULA_EXP:
        return real(exp(x));
    case FORMULA_LOG:
        return logarithm(a, log);
    case FORMULA_LOG2:
        return logarithm(a, log2);
    case FORMULA_LOG10:
        return logarithm(a, log10);
    case FORMULA_SQRT:
        return real(sqrt(x));
    case FORMULA_MATH_FABS:
        return real(fabs(x));
    default:
        return undefined;
    }
}

static struct number
bits(enum formula_op op, struct number a, struct number b)
{
    if (!are_whole(a, b))
        return undefined;
    if (op == FORMULA_BIT_OR)
        return whole(a.whole | b.whole);
    return whole(op == FORMULA_BIT_AND ? a.whole & b.whole : a.whole ^ b.whole);
}

static struct number
two_values(enum formula_op op, struct number a, struct number b)
{
    int order = compare(a, b);

    switch ((int)op) { /* the others take another number of values */
    case FORMULA_LESS:
        return whole(order < 0);
    case FORMULA_LESS_EQUAL:
        return whole(order <= 0);
    case FORMULA_MORE:
        return whole(order > 0);
    case FORMULA_MORE_EQUAL:
        return whole(order >= 0);
    case FORMULA_EQUAL:
        return whole(order == 0);
    case FORMULA_UNEQUAL:
        return whole(order != 0);
    case FORMULA_BIT_OR:
    case FORMULA_BIT_XOR:
    case FORMULA_BIT_AND:
        return bits(op, a, b);
    case FORMULA_LEFT:
        return left(a, b);
    case FORMULA_RIGHT:
        return right(a, b);
    case FORMULA_ADD:
        return add(a, b);
    case FORMULA_SUBTRACT:
        return subtract(a, b);
    case FORMULA_MULTIPLY:
        return multiply(a, b);
    case FORMULA_DIVIDE:
        return divide(a, b);
    case FORMULA_FLOOR_DIVIDE:
        return floor_divide(a, b);
    case FORMULA_MODULO:
        return modulo(a, b);
    case FORMULA_POWER:
        return power(a, b);
    case FORMULA_MATH_POW:
        return real_power(a, b);
    case FORMULA_LOG_OF:
        return log_of(a, b);
    default:
        return undefined;
    }
}

static struct number
extreme(const struct number *v, unsigned count, int sign)
{
    struct number best = v[0];

    for (unsigned i = 0; i < count; i++) {
        if (v[i].kind == FORMULA_UNDEFINED)
            return undefined;
        if (compare(v[i], best) * sign > 0)
            best = v[i];
    }
    return best;
}

/* `and`, `or` and `if` leave one side out: what is undefined there does not matter. */
static struct number
chosen(enum formula_op op, const struct number *v)
{
    struct number condition = v[op == FORMULA_SELECT];

    if (condition.kind == FORMULA_UNDEFINED)
        return undefined;
    if (op == FORMULA_SELECT)
        return is_true(condition) ? v[0] : v[2];
    return is_true(condition) == (op == FORMULA_AND) ? v[1] : v[0];
}

static struct number
applied(const struct formula_step *s, const struct number *v)
{
    if (s->op == FORMULA_AND || s->op == FORMULA_OR || s->op == FORMULA_SELECT)
        return chosen(s->op, v);
    if (s->op == FORMULA_MIN || s->op == FORMULA_MAX)
        return extreme(v, s->values, s->op == FORMULA_MAX ? 1 : -1);
    if (v[0].kind == FORMULA_UNDEFINED)
        return undefined;
    if (s->values == 1)
        return one_value(s->op, v[0]);
    return v[1].kind == FORMULA_UNDEFINED ? undefined : two_values(s->op, v[0], v[1]);
}

static struct number
pushed(const struct formula_step *s, const struct formula_inputs *inputs)
{
    if (s->op == FORMULA_TIME)
        return inputs->time;
    if (s->op == FORMULA_COUNT)
        return inputs->count;
    return s->op == FORMULA_FACTOR ? inputs->factor : s->number;
}

struct number
formula_value(const struct formula *f, const struct formula_inputs *inputs)
{
    struct number stack[FORMULA_DEPTH_MAX];
    size_t depth = 0;

    for (size_t i = 0; i < f->count; i++) {
        const struct formula_step *s = &f->steps[i];

        depth -= s->values; /* the reader has counted them: there are as many */
        stack[depth] = s->values ? applied(s, &stack[depth]) : pushed(s, inputs);
        depth++;
    }
    return depth ? stack[0] : undefined;
}

double
formula_double(struct number n, double fallback)
{
    return n.kind == FORMULA_UNDEFINED ? fallback : as_double(n);
}
