#include "conf/increment.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/config.h"

static void
keep_text(char **kept, struct span text)
{
    mem_free(*kept);
    *kept = mem_copy_text(text.len ? text.ptr : "", text.len);
}

bool
increment_set_factor(struct increment *i, struct span text, struct buf *why)
{
    struct formula f = {0};
    double factor;

    if (!formula_read(text, FORMULA_PLAIN, &f, why))
        return false;
    i->factor = formula_value(&f, NULL);
    formula_fini(&f);
    factor = formula_double(i->factor, 0);
    if (factor <= 0 || isinf(factor)) {
        buf_add_text(why, "the factor must be more than 0");
        return false;
    }
    keep_text(&i->factor_text, text);
    return true;
}

static struct formula_inputs
inputs_of(const struct increment *i, int64_t bantime_s, uint32_t earlier)
{
    return (struct formula_inputs){.time = {.kind = FORMULA_WHOLE, .whole = bantime_s},
                                   .count = {.kind = FORMULA_WHOLE, .whole = earlier},
                                   .factor = i->factor};
}

bool
increment_set_formula(struct increment *i, struct span text, int64_t bantime_s,
                      struct buf *why)
{
    struct formula f = {0};

    if (!formula_read(text, FORMULA_OF_BAN, &f, why))
        return false;
    for (uint32_t n = 1; n <= INCREMENT_TRIED; n++) {
        struct formula_inputs in = inputs_of(i, bantime_s < 0 ? 1 : bantime_s, n);

        if (formula_value(&f, &in).kind != FORMULA_UNDEFINED)
            continue;
        buf_printf(
            why,
            "there is no value when ban.Count is %u (a division by zero, a root of "
            "a negative number, a shift of a fraction or the like)",
            n);
        formula_fini(&f);
        return false;
    }
    formula_fini(&i->formula);
    i->formula = f;
    keep_text(&i->formula_text, text);
    return true;
}

bool
increment_set_multipliers(struct increment *i, struct span text, struct buf *why)
{
    struct span word;
    uint64_t n;

    i->multiplier_count = 0;
    while (span_word(&text, &word)) {
        if (i->multiplier_count == INCREMENT_MULTIPLIERS_MAX ||
            !span_u64(word, 1, INCREMENT_MULTIPLIER_MAX, &n)) {
            buf_printf(why, "write at most %d whole numbers from 1 to %d",
                       INCREMENT_MULTIPLIERS_MAX, INCREMENT_MULTIPLIER_MAX);
            return false;
        }
        i->multipliers[i->multiplier_count++] = (uint32_t)n;
    }
    return true;
}

void
increment_add_multipliers(const struct increment *i, struct buf *out)
{
    for (size_t k = 0; k < i->multiplier_count; k++)
        buf_printf(out, "%s%u", k ? " " : "", i->multipliers[k]);
}

static void
add_switch(bool is_on, struct buf *out)
{
    buf_add_text(out, is_on ? "yes" : "no");
}

void
increment_add_said(const struct increment *i, struct span option, struct buf *out)
{
    static const char *const names[] = {"increment",   "factor",  "formula",
                                        "multipliers", "maxtime", "rndtime",
                                        "overalljails"};
    unsigned one = 0;

    for (size_t k = 0; k < ARRAY_LEN(names); k++)
        if (span_eq(option, span_of(names[k])))
            one = i->said & 1U << k;
    switch (one) {
    case INCREMENT_SAID_ON:
        add_switch(i->is_on, out);
        break;
    case INCREMENT_SAID_FACTOR:
        buf_add_text(out, i->factor_text);
        break;
    case INCREMENT_SAID_FORMULA:
        buf_add_text(out, i->formula_text);
        break;
    case INCREMENT_SAID_MULTIPLIERS:
        increment_add_multipliers(i, out);
        break;
    case INCREMENT_SAID_MAXTIME:
        buf_printf(out, "%lld", (long long)i->maxtime_s);
        break;
    case INCREMENT_SAID_RNDTIME:
        buf_printf(out, "%lld", (long long)i->rndtime_s);
        break;
    case INCREMENT_SAID_OVERALL:
        add_switch(i->is_overall, out);
        break;
    default:
        break; /* silent */
    }
}

void
increment_fini(struct increment *i)
{
    formula_fini(&i->formula);
    mem_free(i->factor_text);
    mem_free(i->formula_text);
    *i = (struct increment){0};
}

/* What the multipliers or the formula say, in seconds. */
static double
grown_s(const struct increment *i, int64_t bantime_s, uint32_t earlier)
{
    struct formula_inputs in = inputs_of(i, bantime_s, earlier);
    size_t last = i->multiplier_count - 1;
    double plain = (double)bantime_s;

    if (i->multiplier_count)
        return plain * formula_double(i->factor, 1) *
               i->multipliers[earlier < last ? earlier : last];
    return fmax(plain, formula_double(formula_value(&i->formula, &in), plain));
}

int64_t
increment_bantime_us(const struct increment *i, int64_t bantime_s, uint32_t earlier,
                     uint64_t random)
{
    double s;

    if (bantime_s < 0)
        return -1;
    if (!i->is_on || earlier == 0)
        return bantime_s * SECOND_US;
    s = grown_s(i, bantime_s, earlier);
    if (i->maxtime_s >= 0)
        s = fmin(s, (double)i->maxtime_s);
    s += ldexp((double)(random >> 11), -53) * (double)i->rndtime_s;
    s = fmin(fmax(s, 1), (double)CONFIG_TIME_MAX_S);
    return (int64_t)(s * (double)SECOND_US);
}
