/* Whatever is read can be worked out, at any count, and says where what is not read is
 * wrong. */
#include <math.h>

#include "base/mem.h"
#include "conf/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct span text, enum formula_names names)
{
    static const int64_t counts[] = {0, 1, 7, 1000, INT64_MAX, INT64_MIN};
    struct formula f = {0};
    struct buf why = {0};
    struct formula_inputs in = {.time = {.kind = FORMULA_WHOLE, .whole = 600},
                                .factor = {.kind = FORMULA_REAL, .real = 1.5}};

    if (!formula_read(text, names, &f, &why)) {
        must(span_starts(buf_span(&why), SPAN("column ")));
        must(f.count == 0);
    }
    for (size_t i = 0; f.count && i < ARRAY_LEN(counts); i++) {
        struct number n;

        in.count = (struct number){.kind = FORMULA_WHOLE, .whole = counts[i]};
        n = formula_value(&f, names == FORMULA_OF_BAN ? &in : NULL);
        must(n.kind != FORMULA_REAL || !isnan(n.real));
    }
    formula_fini(&f);
    buf_fini(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};

    check(text, FORMULA_OF_BAN);
    check(text, FORMULA_PLAIN);
    return 0;
}
