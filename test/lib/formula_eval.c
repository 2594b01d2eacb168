/* Evaluates formulas from stdin, each a line "TIME COUNT FORMULA" with a factor of 1.5,
 * and prints "undefined", a number, or "error: ...": for test/conformance/formula. */
#include <stdio.h>

#include "base/mem.h"
#include "conf/formula.h"

static void
print(struct number n)
{
    if (n.kind == FORMULA_UNDEFINED)
        (void)printf("undefined\n");
    else if (n.kind == FORMULA_WHOLE)
        (void)printf("%lld\n", (long long)n.whole);
    else
        (void)printf("%.17g%s\n", n.real, n.real == 0 ? ".0" : "");
}

int
main(void)
{
    struct formula_inputs in = {.factor = {.kind = FORMULA_REAL, .real = 1.5}};
    long long time, count;
    char line[2048];
    int at;

    in.time.kind = in.count.kind = FORMULA_WHOLE;
    while (fgets(line, sizeof(line), stdin)) {
        struct formula f = {0};
        struct buf why = {0};

        if (sscanf(line, "%lld %lld %n", &time, &count, &at) != 2)
            return 2;
        in.time.whole = time;
        in.count.whole = count;
        if (formula_read(span_trim(span_of(line + at)), FORMULA_OF_BAN, &f, &why))
            print(formula_value(&f, &in));
        else
            (void)printf("error: %s\n", why.ptr);
        formula_fini(&f);
        buf_fini(&why);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
