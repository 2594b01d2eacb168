/* shape_status: what `status` says, as trees and as a table. */
#include "compat/shape_internal.h"

const char *
shape_word(const struct shape_request *r, size_t i)
{
    return i < r->count ? r->words[i] : "";
}

bool
shape_is_word(const struct shape_request *r, size_t i, const char *text)
{
    return strcmp(shape_word(r, i), text) == 0;
}

bool
shape_is_pair(const struct pickle_value *v)
{
    return pickle_is_sequence(v) && v->count == 2;
}

void
shape_joined(struct buf *out, const struct pickle_value *v, const char *between)
{
    for (uint32_t i = 0; i < v->count; i++) {
        buf_add_text(out, i ? between : "");
        pickle_str(out, v->items[i]);
    }
}

/* --- status --- */

/* "|- name:\tvalue" for each pair; lists are joined by blanks. */
static void
add_rows(struct buf *out, const struct pickle_value *rows, const char *before)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct pickle_value *row = rows->items[i];

        if (!shape_is_pair(row))
            continue;
        buf_printf(out, "\n%s%s ", before, i + 1 == rows->count ? "`-" : "|-");
        pickle_str(out, row->items[0]);
        buf_add_text(out, ":\t");
        if (row->items[1]->type == PICKLE_LIST)
            shape_joined(out, row->items[1], " ");
        else
            pickle_str(out, row->items[1]);
    }
}

/* The two parts of a jail and their rows. */
static void
add_jail(struct buf *out, const struct pickle_value *parts, const char *before)
{
    char deeper[32];

    for (uint32_t i = 0; i < parts->count; i++) {
        const struct pickle_value *part = parts->items[i];
        bool is_last = i + 1 == parts->count;

        if (!shape_is_pair(part) || !pickle_is_sequence(part->items[1]))
            continue;
        buf_printf(out, "\n%s%s ", before, is_last ? "`-" : "|-");
        pickle_str(out, part->items[0]);
        (void)snprintf(deeper, sizeof(deeper), "%s%s", before, is_last ? "   " : "|  ");
        add_rows(out, part->items[1], deeper);
    }
}

/* Behind the overview, what stands in its last item: {jail: parts}. */
static void
add_jails(struct buf *out, const struct pickle_value *jails)
{
    buf_add_text(out, "\n`- Status for the jails:");
    for (uint32_t i = 0; i + 1 < jails->count; i += 2) {
        bool is_last = i + 2 == jails->count;

        buf_printf(out, "\n   %s Jail: ", is_last ? "`-" : "|-");
        pickle_str(out, jails->items[i]);
        if (pickle_is_sequence(jails->items[i + 1]))
            add_jail(out, jails->items[i + 1], is_last ? "      " : "   |  ");
    }
}

/* --- the table of statistics --- */

enum { COLUMNS = 6 };

/* What stands in a row, as text. */
struct table_row {
    struct buf cells[COLUMNS];
};

struct table_lines {
    const char *bar, *thin, *dash, *cross;
};

static size_t
columns_of(const struct buf *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->len; i++)
        n += ((unsigned char)text->ptr[i] & 0xc0) != 0x80;
    return n;
}

static void
add_cell(struct buf *out, const struct buf *text, size_t width, bool is_right)
{
    size_t used = columns_of(text), pad = used < width ? width - used : 0;

    for (size_t i = 0; is_right && i < pad; i++)
        buf_add_byte(out, ' ');
    buf_add(out, buf_span(text));
    for (size_t i = 0; !is_right && i < pad; i++)
        buf_add_byte(out, ' ');
}

static void
add_row(struct buf *out, const struct table_row *row, const size_t *widths,
        const struct table_lines *l)
{
    buf_add_byte(out, ' ');
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i)
            buf_printf(out, " %s ", i == 3 || i == 5 ? l->thin : l->bar);
        add_cell(out, &row->cells[i], widths[i], i >= 2);
    }
}

static void
add_rule(struct buf *out, const size_t *widths, const struct table_lines *l)
{
    buf_add_text(out, l->dash);
    for (size_t i = 0; i < COLUMNS; i++) {
        for (size_t k = 0; k < widths[i]; k++)
            buf_add_text(out, l->dash);
        if (i + 1 < COLUMNS)
            buf_printf(out, "%s%s%s", l->dash, l->cross, l->dash);
    }
    buf_add_text(out, l->dash);
}

/* [backend, [failed, of], [banned, of]] into the cells behind the name. */
static bool
read_row(struct table_row *row, const struct pickle_value *name,
         const struct pickle_value *v)
{
    if (!pickle_is_sequence(v) || v->count != 3 || !shape_is_pair(v->items[1]) ||
        !shape_is_pair(v->items[2]))
        return false;
    pickle_str(&row->cells[0], name);
    pickle_str(&row->cells[1], v->items[0]);
    for (size_t i = 0; i < 4; i++)
        pickle_str(&row->cells[2 + i], v->items[1 + i / 2]->items[i % 2]);
    return true;
}

static void
free_row(struct table_row *row)
{
    for (size_t i = 0; i < COLUMNS; i++)
        buf_fini(&row->cells[i]);
    *row = (struct table_row){0};
}

static const char *const headers[2][COLUMNS] = {
    {"Jail", "Backend", "Filter", "", "Actions", ""},
    {"", "", "cur", "tot", "cur", "tot"}};

static void
add_header(struct buf *out, size_t which, const size_t *widths,
           const struct table_lines *l)
{
    struct table_row row = {0};

    for (size_t i = 0; i < COLUMNS; i++)
        buf_add_text(&row.cells[i], headers[which][i]);
    if (which) {
        add_row(out, &row, widths, l);
    } else {
        /* Two columns under each of the last two. */
        size_t wide[] = {widths[0], widths[1], widths[2] + 3 + widths[3],
                         widths[4] + 3 + widths[5]};
        static const size_t from[] = {0, 1, 2, 4};

        buf_add_byte(out, ' ');
        for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
            if (i)
                buf_printf(out, " %s ", l->bar);
            add_cell(out, &row.cells[from[i]], wide[i], false);
        }
    }
    free_row(&row);
}

static void
add_head(struct buf *out, const size_t *widths, const struct table_lines *l)
{
    add_header(out, 0, widths, l);
    buf_add_byte(out, '\n');
    add_header(out, 1, widths, l);
    buf_add_byte(out, '\n');
    add_rule(out, widths, l);
}

static void
widen(size_t *widths, const struct table_row *row)
{
    for (size_t k = 0; k < COLUMNS; k++)
        if (columns_of(&row->cells[k]) > widths[k])
            widths[k] = columns_of(&row->cells[k]);
}

void
shape_statistics(struct buf *out, const struct shape_request *r,
                 const struct pickle_value *v)
{
    static const struct table_lines utf8 = {"\xe2\x95\x91", "\xe2\x94\x82",
                                            "\xe2\x95\x90", "\xe2\x95\xac"},
                                    ascii = {"|", "|", "-", "+"};
    const struct table_lines *l = r->is_utf8 ? &utf8 : &ascii;
    size_t widths[COLUMNS] = {8, 8, 3, 3, 3, 3};

    if (v->type != PICKLE_DICT) {
        pickle_str(out, v);
        return;
    }
    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            add_head(out, widths, l);
        for (uint32_t i = 0; i + 1 < v->count; i += 2) {
            struct table_row row = {0};

            if (read_row(&row, v->items[i], v->items[i + 1]) && pass) {
                buf_add_byte(out, '\n');
                add_row(out, &row, widths, l);
            }
            widen(widths, &row);
            free_row(&row);
        }
    }
}

/* `status JAIL stats`: a table of one row. */
static void
add_one_statistic(struct buf *out, const struct shape_request *r,
                  const struct pickle_value *v)
{
    struct pickle_value name = {.type = PICKLE_STR}, table = {.type = PICKLE_DICT},
                        row = *v;
    struct pickle_value *items[2] = {&name, &row};

    name.text = span_of(shape_word(r, 1));
    table.items = items;
    table.count = 2;
    shape_statistics(out, r, &table);
}

void
shape_status(struct buf *out, const struct shape_request *r, const struct pickle_value *v)
{
    bool is_of_all = r->count == 1 || shape_is_word(r, 1, "--all");
    const struct pickle_value *last;
    struct pickle_value head;

    if (is_of_all && v->type == PICKLE_DICT) {
        shape_statistics(out, r, v);
        return;
    }
    if (!pickle_is_sequence(v)) {
        pickle_str(out, v);
        return;
    }
    if (!is_of_all && v->count && v->items[0]->type == PICKLE_STR) {
        add_one_statistic(out, r, v);
        return;
    }
    if (!is_of_all) {
        buf_printf(out, "Status for the jail: %s", shape_word(r, 1));
        add_jail(out, v, "");
        return;
    }
    buf_add_text(out, "Status");
    head = *v;
    last = v->count ? v->items[v->count - 1] : NULL;
    if (!last || last->type != PICKLE_DICT) {
        add_rows(out, &head, "");
        return;
    }
    /* The last of the rows is not the last line. */
    head.count--;
    for (uint32_t i = 0; i < head.count; i++) {
        struct pickle_value two = {.type = PICKLE_LIST, .count = 2};
        struct pickle_value *rows[2] = {head.items[i], v->items[v->count - 1]};

        two.items = rows;
        add_rows(out, &two, "");
    }
    add_jails(out, last);
}
