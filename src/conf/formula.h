/* formula: arithmetic that a configuration may hold, read once into a bounded program.
 *
 * The language is what fail2ban's users write in bantime.formula and bantime.factor,
 * which is Python's: whole numbers and fractions; + - * / // % ** << >> & | ^ ~;
 * comparisons, and, or, not; A if C else B; min, max, abs, round, int, float, pow,
 * math.exp and others; ban.Time, ban.Count, banFactor. It means what Python means by it.
 *
 * Reading checks everything but values; evaluating takes one pass over the program, at
 * most FORMULA_STEPS_MAX steps, allocates nothing and always ends. A result that Python
 * refuses (a division by zero, the root of a negative number, a shift of a fraction) is
 * FORMULA_UNDEFINED; whole numbers beyond 64 bits go on as fractions, and what is too
 * large for those is infinite.
 *
 *     struct formula f = {0};
 *     if (formula_read(SPAN("ban.Time * 2"), FORMULA_OF_BAN, &f, &why))
 *         v = formula_value(&f, &inputs);
 *     formula_fini(&f);
 */
#pragma once

#include "base/buf.h"

enum {
    FORMULA_BYTES_MAX = 1024,
    FORMULA_STEPS_MAX = 256,
    FORMULA_DEPTH_MAX = 32, /* values, and open parentheses, at a time */
};

enum formula_kind { FORMULA_UNDEFINED, FORMULA_WHOLE, FORMULA_REAL };

struct number {
    enum formula_kind kind;
    int64_t whole; /* FORMULA_WHOLE */
    double real;   /* FORMULA_REAL: never NaN, perhaps infinite */
};

/* Which names may be used. */
enum formula_names {
    FORMULA_PLAIN, /* none: constants and functions */
    FORMULA_OF_BAN /* ban.Time, ban.Count, banFactor */
};

struct formula_inputs {
    struct number time, count, factor;
};

struct formula {
    struct formula_step *steps; /* owned; formula_steps.h */
    size_t count;
};

/* Reads a formula. False with what is wrong and where in `why`: "column 8: ...". */
NODISCARD bool formula_read(struct span text, enum formula_names names,
                            struct formula *out, struct buf *why);

/* Frees what it owns; a zeroed formula is legal. */
void formula_fini(struct formula *f);

/* What it comes to. A formula of FORMULA_PLAIN takes NULL. */
struct number formula_value(const struct formula *f, const struct formula_inputs *inputs);

/* The number as a fraction; `fallback` when it is undefined. */
double formula_double(struct number n, double fallback);
