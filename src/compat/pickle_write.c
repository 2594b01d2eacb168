/* pickle_write: values as pickles and as the text that Python makes of them. */
#include <math.h>
#include <stdlib.h>

#include "compat/pickle.h"
#include "conf/fail2ban_repr.h"

static void
add_u32(struct buf *out, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        buf_add_byte(out, (char)(n >> (8 * i)));
}

static void
write_int(struct buf *out, int64_t n)
{
    if (n >= INT32_MIN && n <= INT32_MAX) {
        buf_add_byte(out, 'J');
        add_u32(out, (uint32_t)n);
        return;
    }
    buf_add_byte(out, '\x8a');
    buf_add_byte(out, 8);
    add_u32(out, (uint32_t)n);
    add_u32(out, (uint32_t)((uint64_t)n >> 32));
}

static void
write_float(struct buf *out, double real)
{
    uint64_t bits;

    memcpy(&bits, &real, sizeof(bits));
    buf_add_byte(out, 'G');
    for (int i = 7; i >= 0; i--)
        buf_add_byte(out, (char)(bits >> (8 * i)));
}

static void
write_leaf(struct buf *out, const struct pickle_value *v)
{
    if (v->type == PICKLE_NONE)
        buf_add_byte(out, 'N');
    else if (v->type == PICKLE_BOOL)
        buf_add_byte(out, v->number ? '\x88' : '\x89');
    else if (v->type == PICKLE_INT)
        write_int(out, v->number);
    else if (v->type == PICKLE_FLOAT)
        write_float(out, v->real);
    else {
        buf_add_byte(out, v->type == PICKLE_STR ? 'X' : 'B');
        add_u32(out, (uint32_t)v->text.len);
        buf_add(out, v->text);
    }
}

/* "module name" as GLOBAL has it. */
static void
write_name(struct buf *out, struct span name)
{
    struct span module = name, own = {0};

    (void)!span_cut(name, SPAN(" "), &module, &own); /* else it has no name: as it came */
    buf_add_byte(out, 'c');
    buf_add(out, module);
    buf_add_byte(out, '\n');
    buf_add(out, own);
    buf_add_byte(out, '\n');
}

static void
write_open(struct buf *out, const struct pickle_value *v)
{
    if (v->type == PICKLE_LIST)
        buf_add_byte(out, ']');
    else if (v->type == PICKLE_DICT)
        buf_add_byte(out, '}');
    else if (v->type == PICKLE_SET)
        buf_add_byte(out, '\x8f');
    else if (v->type == PICKLE_OBJECT)
        write_name(out, v->text);
    if (v->type != PICKLE_OBJECT && (v->count || v->type == PICKLE_TUPLE))
        buf_add_byte(out, '('); /* a mark */
}

static void
write_close(struct buf *out, const struct pickle_value *v)
{
    static const char closes[] = {[PICKLE_LIST] = 'e',
                                  [PICKLE_TUPLE] = 't',
                                  [PICKLE_DICT] = 'u',
                                  [PICKLE_SET] = '\x90',
                                  [PICKLE_OBJECT] = 'R'};

    if (v->count || v->type == PICKLE_TUPLE)
        buf_add_byte(out, closes[v->type]);
}

void
pickle_write(struct buf *out, const struct pickle_value *root)
{
    struct pickle_walk w = {.root = root};
    const struct pickle_value *v;
    enum pickle_step step;

    buf_add_text(out, "\x80\x02");
    while ((step = pickle_walk_on(&w, &v)) != PICKLE_END) {
        if (step == PICKLE_LEAF)
            write_leaf(out, v);
        else if (step == PICKLE_OPEN)
            write_open(out, v);
        else
            write_close(out, v);
    }
    buf_add_byte(out, '.');
}

/* --- as Python prints --- */

/* The fewest digits that read back as the same number, as "d.ddde+xx". */
static int
shortest(double real, char *out, size_t size)
{
    for (int digits = 1; digits < 17; digits++) {
        (void)snprintf(out, size, "%.*e", digits - 1, real);
        if (strtod(out, NULL) == real)
            return digits;
    }
    (void)snprintf(out, size, "%.16e", real);
    return 17;
}

static void
repr_float(struct buf *out, double real)
{
    char text[40];
    int digits, power;

    if (isnan(real) || isinf(real)) {
        buf_add_text(out, isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
        return;
    }
    digits = shortest(real, text, sizeof(text));
    power = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    if (power < -4 || power >= 16)
        buf_add_text(out, text);
    else
        buf_printf(out, "%.*f", digits - 1 - power > 1 ? digits - 1 - power : 1, real);
}

static void
repr_leaf(struct buf *out, const struct pickle_value *v)
{
    if (v->type == PICKLE_NONE)
        buf_add_text(out, "None");
    else if (v->type == PICKLE_BOOL)
        buf_add_text(out, v->number ? "True" : "False");
    else if (v->type == PICKLE_INT)
        buf_printf(out, "%lld", (long long)v->number);
    else if (v->type == PICKLE_FLOAT)
        repr_float(out, v->real);
    else if (v->type == PICKLE_BYTES)
        fail2ban_repr_bytes(v->text, out);
    else
        fail2ban_repr(v->text, out);
}

/* What stands before an item of the innermost container. */
static void
repr_separator(struct buf *out, const struct pickle_walk *w, size_t depth)
{
    const struct pickle_value *around = depth ? w->above[depth - 1] : NULL;
    uint32_t place = depth ? w->next[depth - 1] - 1 : 0;

    if (around && place)
        buf_add_text(out, around->type == PICKLE_DICT && place % 2 ? ": " : ", ");
}

static void
repr_open(struct buf *out, const struct pickle_value *v)
{
    struct span module, name;

    if (v->type == PICKLE_LIST)
        buf_add_byte(out, '[');
    else if (v->type == PICKLE_DICT)
        buf_add_byte(out, '{');
    else if (v->type == PICKLE_SET)
        buf_add_text(out, v->count ? "{" : "set(");
    else if (v->type == PICKLE_OBJECT)
        buf_add(out, span_cut(v->text, SPAN(" "), &module, &name) ? name : v->text);
    else
        buf_add_byte(out, '(');
}

static void
repr_close(struct buf *out, const struct pickle_value *v, bool is_of_object)
{
    if (v->type == PICKLE_OBJECT)
        return;
    if (v->type == PICKLE_LIST)
        buf_add_byte(out, ']');
    else if (v->type == PICKLE_DICT || (v->type == PICKLE_SET && v->count))
        buf_add_byte(out, '}');
    else
        buf_add_text(
            out, v->type == PICKLE_TUPLE && v->count == 1 && !is_of_object ? ",)" : ")");
}

void
pickle_repr(struct buf *out, const struct pickle_value *root)
{
    struct pickle_walk w = {.root = root};
    const struct pickle_value *v;
    enum pickle_step step;

    while ((step = pickle_walk_on(&w, &v)) != PICKLE_END) {
        if (step == PICKLE_CLOSE) {
            repr_close(out, v, w.depth && w.above[w.depth - 1]->type == PICKLE_OBJECT);
            continue;
        }
        repr_separator(out, &w, w.depth - (step == PICKLE_OPEN));
        if (step == PICKLE_LEAF)
            repr_leaf(out, v);
        else
            repr_open(out, v);
    }
}

void
pickle_str(struct buf *out, const struct pickle_value *v)
{
    if (v->type != PICKLE_STR) {
        pickle_repr(out, v);
        return;
    }
    for (size_t i = 0; i < v->text.len; i++) {
        unsigned char c = (unsigned char)v->text.ptr[i];

        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
            buf_printf(out, "\\x%02x", c);
        else
            buf_add_byte(out, (char)c);
    }
}
