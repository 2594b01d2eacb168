#include "base/grid.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "ctl/show.h"
#include "ctl/show_list.h"
#include "decide/holes.h"
#include "enforce/outcome.h"

static const char *const states[] = {"pending", "in the kernel", "refused",
                                     "observed only", "past"};

static const char *
state_name(uint8_t state)
{
    return state < ARRAY_LEN(states) ? states[state] : "unknown";
}

void
show_ban_state(const struct wire_tell_ban *ban, struct buf *out)
{
    buf_add_text(out, state_name(ban->state));
    if (ban->state == BAN_REFUSED)
        buf_printf(out, ": %s", outcome_text((enum outcome)ban->outcome));
    if (ban->holes)
        buf_printf(out, ", %u hole%s", ban->holes, ban->holes == 1 ? "" : "s");
}

bool
show_next_hole(struct span *rest, struct wire_tell_hole *hole)
{
    struct wire_frame f;

    return wire_next(rest, WIRE_TELL, &f) == WIRE_FRAME && f.type == WIRE_TELL_HOLE &&
           wire_get_tell_hole(f.fields, hole);
}

void
show_hole(const struct wire_tell_hole *hole, struct buf *out)
{
    char prefix[ADDR_TEXT_MAX];

    json_open(out, '{');
    json_who(out, &hole->who);
    json_key(out, "out_of");
    json_text(out, addr_text(&hole->prefix, prefix));
    json_key(out, "since");
    json_time(out, hole->since_us);
    json_key(out, "by");
    json_text(out, holes_by_text(hole->by));
    json_close(out, '}');
}

void
show_holes_member(const struct wire_tell_ban *ban, struct span behind, struct buf *out)
{
    struct wire_tell_hole hole;

    if (!ban->who.family || addr_is_host(&ban->who))
        return;
    json_key(out, "holes");
    json_open(out, '[');
    while (show_next_hole(&behind, &hole))
        show_hole(&hole, out);
    json_close(out, ']');
}

void
show_ban_members(const struct wire_tell_ban *ban, struct buf *out)
{
    json_somebody(out, &ban->who, ban->id);
    json_key(out, "jail");
    json_span(out, ban->jail);
    json_key(out, "since");
    json_time(out, ban->since_us);
    json_key(out, "until");
    json_time(out, ban->until_us);
    json_key(out, "failures");
    json_u64(out, ban->failures);
    json_key(out, "earlier_bans");
    json_u64(out, ban->earlier);
    json_key(out, "state");
    json_text(out, state_name(ban->state));
    json_key(out, "refusal");
    if (ban->state == BAN_REFUSED)
        json_text(out, outcome_name((enum outcome)ban->outcome));
    else
        json_null(out);
    json_key(out, "reason");
    json_span(out, ban->reason);
}

/* A ban as it was told. */
struct row {
    struct wire_tell_ban ban;
    struct span behind; /* the frames behind it: its holes come first */
    uint32_t inside;    /* bans that are folded into it */
    bool is_folded;     /* it is in such a one */
};

static int
cmp_newest(const void *a, const void *b)
{
    const struct wire_tell_ban *x = &((const struct row *)a)->ban,
                               *y = &((const struct row *)b)->ban;

    if (x->since_us != y->since_us)
        return x->since_us < y->since_us ? 1 : -1;
    return addr_cmp(&x->who, &y->who);
}

/* All bans, to be freed by the caller; NULL when there are none. */
static struct row *
sorted_bans(struct span frames, size_t *count)
{
    size_t most = answer_count(frames, WIRE_TELL_BAN);
    struct row *bans;
    struct span fields;

    *count = 0;
    if (most == 0)
        return NULL;
    bans = mem_zalloc(most, sizeof(*bans));
    while (answer_next(&frames, WIRE_TELL_BAN, &fields)) {
        bans[*count].behind = frames;
        if (wire_get_tell_ban(fields, &bans[*count].ban))
            ++*count;
    }
    qsort(bans, *count, sizeof(*bans), cmp_newest);
    return bans;
}

/* --- bans inside of banned networks --- */

static bool
may_fold(const struct wire_tell_ban *ban, int64_t now_us)
{
    return ban->who.family && !addr_is_host(&ban->who) && ban->state <= BAN_IN_KERNEL &&
           (ban->until_us < 0 || ban->until_us > now_us);
}

/* The networks that are banned, and which prefix lengths they have. */
struct networks {
    struct table rows; /* struct addr -> which row */
    uint8_t has_bits[129];
};

/* The widest network around `who`, or NULL. */
static const uint32_t *
widest_around(const struct networks *n, const struct addr *who)
{
    const uint32_t *row = NULL;

    for (unsigned bits = 0; bits < who->bits && !row; bits++) {
        struct addr prefix = addr_mask(*who, bits);

        if (n->has_bits[bits])
            row = table_find(&n->rows, &prefix);
    }
    return row;
}

/* Folds bans into the widest network around them that is banned, too. */
static size_t
fold(struct row *bans, size_t count, int64_t now_us)
{
    struct networks n = {.has_bits = {0}};
    size_t folded = 0;

    table_init(&n.rows, sizeof(struct addr), sizeof(uint32_t), (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        uint32_t *row =
            may_fold(&bans[i].ban, now_us) && !table_find(&n.rows, &bans[i].ban.who)
                ? table_put(&n.rows, &bans[i].ban.who)
                : NULL;

        if (!row)
            continue;
        *row = (uint32_t)i;
        n.has_bits[bans[i].ban.who.bits] = 1;
    }
    for (size_t i = 0; n.rows.count && i < count; i++) {
        const uint32_t *row = widest_around(&n, &bans[i].ban.who);

        if (!row)
            continue;
        bans[i].is_folded = true;
        bans[*row].inside++;
        folded++;
    }
    table_fini(&n.rows);
    return folded;
}

/* --- lists --- */

static void
add_time_left(const struct wire_tell_ban *ban, int64_t now_us, struct buf *out)
{
    if (ban->until_us < 0)
        buf_add_text(out, "permanent");
    else if (ban->until_us <= now_us)
        buf_add_text(out, "over");
    else
        clock_add_duration(out, text_span_us(now_us, ban->until_us));
}

static void
add_row(const struct row *row, const struct screen *s, struct grid *g)
{
    const struct wire_tell_ban *ban = &row->ban;

    text_who(grid_cell(g), &ban->who, ban->id);
    text_foreign(grid_cell(g), ban->jail);
    text_time(grid_cell(g), ban->since_us);
    add_time_left(ban, s->now_us, grid_cell(g));
    text_number(grid_cell(g), ban->failures);
    text_number(grid_cell(g), (uint64_t)ban->earlier + 1);
    show_ban_state(ban, grid_cell(g));
    if (row->inside)
        buf_printf(&g->text, ", +%u inside", row->inside);
}

static void
print_bans(const struct row *bans, size_t count, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"ADDRESS", 43, 43, false},  {"JAIL", 6, 40, false}, {"SINCE", 10, 19, false},
        {"TIME LEFT", 9, 12, false}, {"TRIES", 5, 13, true}, {"BAN", 3, 13, true},
        {"STATE", 8, 80, false},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};

    for (size_t i = 0; i < count; i++)
        if (!bans[i].is_folded)
            add_row(&bans[i], s, &g);
    if (count)
        grid_print(&g, s, out);
    grid_fini(&g);
}

size_t
show_bans_table(struct span frames, const struct screen *s, struct buf *out)
{
    size_t count;
    struct row *bans = sorted_bans(frames, &count);

    print_bans(bans, count, s, out);
    mem_free(bans);
    return count;
}

size_t
show_bans_folded(struct span frames, const struct screen *s, struct buf *out)
{
    size_t count;
    struct row *bans = sorted_bans(frames, &count);
    size_t folded = count ? fold(bans, count, s->now_us) : 0;

    print_bans(bans, count, s, out);
    if (count)
        text_count(out, count, "ban");
    else
        buf_add_text(out, "no bans");
    if (folded) {
        buf_add_text(out, ", ");
        text_number(out, folded);
        buf_add_text(out, " of them inside of banned networks (--all lists them)");
    }
    buf_add_byte(out, '\n');
    mem_free(bans);
    return count;
}

size_t
show_bans(struct span frames, const struct screen *s, struct buf *out)
{
    size_t count = show_bans_table(frames, s, out);

    if (count)
        text_count(out, count, "ban");
    else
        buf_add_text(out, "no bans");
    buf_add_byte(out, '\n');
    return count;
}

/* The objects, with commas or each on a line of its own. */
static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    size_t count;
    struct row *bans = sorted_bans(frames, &count);

    for (size_t i = 0; i < count; i++) {
        json_open(out, '{');
        show_ban_members(&bans[i].ban, out);
        show_holes_member(&bans[i].ban, bans[i].behind, out);
        json_close(out, '}');
        if (is_lines)
            buf_add_byte(out, '\n');
    }
    mem_free(bans);
    return count;
}

static const struct show_list bans_list = {"bans", add_objects};

size_t
show_bans_array(struct span frames, struct buf *out)
{
    return show_list_array(&bans_list, frames, out);
}

size_t
show_bans_json(struct span frames, const struct screen *s, bool is_lines, struct buf *out)
{
    return show_list_json(&bans_list, frames, s, is_lines, out);
}

void
show_lines(struct span frames, struct buf *out)
{
    struct wire_tell_line m;
    struct span fields;
    bool is_any = false;

    while (answer_next(&frames, WIRE_TELL_LINE, &fields)) {
        if (!wire_get_tell_line(fields, &m))
            continue;
        if (!is_any)
            buf_add_text(out, "In the kernel that is:\n");
        is_any = true;
        buf_add_text(out, "  ");
        text_foreign(out, m.line);
        buf_add_byte(out, '\n');
    }
    if (!is_any)
        buf_add_text(out, "In the kernel nothing changes.\n");
}

void
show_lines_array(struct span frames, struct buf *out)
{
    struct wire_tell_line m;
    struct span fields;

    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_LINE, &fields))
        if (wire_get_tell_line(fields, &m))
            json_span(out, m.line);
    json_close(out, ']');
}
