#include "report/countries.h"

static const struct country {
    const char *code;
    const char *names[LANGUAGES];
} countries[] = {
#define X(code, english, japanese) {#code, {"" english, "" japanese}},
#include "report/countries.def"
#undef X
};

#define X(code, english, japanese)                                                       \
    _Static_assert(sizeof(#code) == 3 && sizeof(english) > 1 && sizeof(japanese) > 1,    \
                   #code);
#include "report/countries.def"
#undef X

int64_t
country_number(const char code[2])
{
    return (int64_t)(uint8_t)code[0] << 8 | (uint8_t)code[1];
}

/* The one with the number, or NULL; they are in the order of their numbers. */
static const struct country *
find(int64_t number)
{
    size_t low = 0, high = ARRAY_LEN(countries), middle;
    int64_t here;

    while (low < high) {
        middle = (low + high) / 2;
        here = country_number(countries[middle].code);
        if (here == number)
            return &countries[middle];
        if (here < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool
is_capital(int64_t c)
{
    return c >= 'A' && c <= 'Z';
}

void
country_print(int64_t number, enum language language, struct buf *out)
{
    const struct country *c = find(number);

    if (c) {
        buf_add_text(out, c->names[language]);
    } else if (is_capital(number >> 8) && is_capital(number & 0xFF)) {
        buf_add_byte(out, (char)(number >> 8));
        buf_add_byte(out, (char)(number & 0xFF));
    } else {
        buf_add_byte(out, '-');
    }
}
