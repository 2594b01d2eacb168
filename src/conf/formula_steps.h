/* What the reader (formula.c) and the evaluation (formula_value.c) of formulas share. */
#pragma once

#include "conf/formula.h"

/* FORMULA_OP(NAME, values taken): of operators and functions with a fixed number. */
#define FORMULA_OPS(OP)                                                                  \
    OP(OR, 2)                                                                            \
    OP(AND, 2)                                                                           \
    OP(NOT, 1)                                                                           \
    OP(LESS, 2)                                                                          \
    OP(LESS_EQUAL, 2)                                                                    \
    OP(MORE, 2)                                                                          \
    OP(MORE_EQUAL, 2)                                                                    \
    OP(EQUAL, 2)                                                                         \
    OP(UNEQUAL, 2)                                                                       \
    OP(BIT_OR, 2)                                                                        \
    OP(BIT_XOR, 2)                                                                       \
    OP(BIT_AND, 2)                                                                       \
    OP(LEFT, 2)                                                                          \
    OP(RIGHT, 2)                                                                         \
    OP(ADD, 2)                                                                           \
    OP(SUBTRACT, 2)                                                                      \
    OP(MULTIPLY, 2)                                                                      \
    OP(DIVIDE, 2)                                                                        \
    OP(FLOOR_DIVIDE, 2)                                                                  \
    OP(MODULO, 2)                                                                        \
    OP(PLUS, 1)                                                                          \
    OP(MINUS, 1)                                                                         \
    OP(INVERT, 1)                                                                        \
    OP(POWER, 2)                                                                         \
    OP(SELECT, 3) /* A if C else B, in the order A C B */                                \
    OP(ABS, 1)                                                                           \
    OP(INT, 1)                                                                           \
    OP(FLOAT, 1)                                                                         \
    OP(ROUND, 1)                                                                         \
    OP(FLOOR, 1)                                                                         \
    OP(CEIL, 1)                                                                          \
    OP(EXP, 1)                                                                           \
    OP(LOG, 1)                                                                           \
    OP(LOG_OF, 2)                                                                        \
    OP(LOG2, 1)                                                                          \
    OP(LOG10, 1)                                                                         \
    OP(SQRT, 1)                                                                          \
    OP(MATH_POW, 2)                                                                      \
    OP(MATH_FABS, 1)

enum formula_op {
    FORMULA_PUSH, /* a number */
    FORMULA_TIME,
    FORMULA_COUNT,
    FORMULA_FACTOR,
    FORMULA_MIN, /* of `values` */
    FORMULA_MAX,
#define OP(NAME, values) FORMULA_##NAME,
    FORMULA_OPS(OP)
#undef OP
};

struct formula_step {
    enum formula_op op;
    unsigned values; /* taken off the stack */
    struct number number;
};
