#include "match/lanes.h"

#include "base/ascii.h"
#include "base/mem.h"

/* The texts of the expressions that look at the message, or of the others. */
struct texts {
    struct gate_text *all;
    size_t count;
};

/* A text of an expression that sees the line cut by a template. */
static struct span
behind_cut(struct span text)
{
    while (text.len && !ascii_is_letter(*text.ptr) && !ascii_is_digit(*text.ptr))
        text = span_from(text, 1);
    return text;
}

static void
add_texts(struct texts *t, const struct compiled *f, const struct regex *r,
          uint32_t number)
{
    /* Content begins somewhere in the line. */
    bool is_anchored =
        r->required->is_anchored && !(f->has_content && r != f->prefix) && !f->dates;

    t->all = mem_realloc(t->all, t->count + r->required->any.count, sizeof(*t->all));
    for (size_t i = 0; i < r->required->any.count; i++) {
        const struct literal_text *text = &r->required->any.texts[i];
        struct span bytes = literal_text_span(text);

        t->all[t->count++] =
            (struct gate_text){.bytes = f->dates ? behind_cut(bytes) : bytes,
                               .expression = number,
                               .is_nocase = text->is_nocase,
                               .is_anchored = is_anchored};
    }
}

static enum lane_part
part_of(const struct compiled *f, const struct regex *r)
{
    if (r->is_on_message)
        return LANE_MESSAGE;
    return f->dates ? LANE_WHOLE : LANE_BODY;
}

static void
number_filter(struct lane *lane, size_t filter, const struct compiled *f)
{
    lane->first[filter] = (uint16_t)lane->count;
    if (f->window.max || (f->dates && !f->is_cut_in_front)) {
        lane->always |= filter_set_of(filter);
        return;
    }
    lane->filter_of = mem_realloc(lane->filter_of, lane->count + f->regex_count, 1);
    lane->part_of = mem_realloc(lane->part_of, lane->count + f->regex_count, 1);
    for (size_t k = 0; k < f->regex_count; k++) {
        lane->filter_of[lane->count] =
            compiled_is_event(&f->regexes[k]) ? (uint8_t)filter : LANE_NO_EVENT;
        lane->part_of[lane->count++] = (uint8_t)part_of(f, &f->regexes[k]);
    }
}

static struct gate *
make_gate(const struct lane *lane, const struct compiled *compiled, enum lane_part part)
{
    struct texts t = {0};
    struct gate *gate = NULL;
    bool is_needed = false;

    for (filter_set rest = lane->filters & ~lane->always; rest; rest &= rest - 1) {
        size_t filter = filter_set_first(rest);
        const struct compiled *f = &compiled[filter];

        for (size_t k = 0; k < f->regex_count; k++) {
            if (lane->part_of[lane->first[filter] + k] != part)
                continue;
            is_needed = true;
            if (f->regexes[k].required)
                add_texts(&t, f, &f->regexes[k], (uint32_t)(lane->first[filter] + k));
        }
    }
    if (is_needed)
        gate = gate_new(t.all, t.count, lane->count);
    mem_free(t.all);
    return gate;
}

static struct lane *
make_lane(filter_set filters, const struct compiled *compiled)
{
    struct lane *lane = mem_zalloc(1, sizeof(*lane));

    lane->filters = filters;
    for (filter_set rest = filters; rest; rest &= rest - 1) {
        size_t filter = filter_set_first(rest);

        number_filter(lane, filter, &compiled[filter]);
    }
    for (size_t i = 0; i < LANE_PARTS; i++)
        lane->gates[i] = make_gate(lane, compiled, (enum lane_part)i);
    return lane;
}

void
lanes_fini(struct lanes *l)
{
    for (size_t i = 0; i < l->count; i++) {
        for (size_t k = 0; k < LANE_PARTS; k++)
            gate_free(l->all[i]->gates[k]);
        mem_free(l->all[i]->filter_of);
        mem_free(l->all[i]->part_of);
        mem_free(l->all[i]);
    }
    *l = (struct lanes){0};
}

struct lane *
lanes_find(struct lanes *l, filter_set filters, const struct compiled *compiled)
{
    uint64_t folded = (uint64_t)filters ^ (uint64_t)(filters >> 64);
    struct lane **known =
        &l->known[(folded * UINT64_C(0x9E3779B97F4A7C15) >> 32) % LANES_MAX];
    struct lane *lane = *known;

    if (lane && lane->filters == filters)
        return lane;
    for (size_t i = 0; i < l->count; i++)
        if (l->all[i]->filters == filters)
            return *known = l->all[i];
    if (l->count == LANES_MAX)
        return NULL;
    return *known = l->all[l->count++] = make_lane(filters, compiled);
}

/* The filters of the open expressions of one gate. */
static filter_set
open_filters(const struct lane *lane, enum lane_part part, struct span subject)
{
    struct gate *gate = lane->gates[part];
    filter_set filters = 0;

    if (!gate || !gate_scan(gate, subject))
        return 0;
    for (size_t i = gate_next(gate, 0); i < lane->count; i = gate_next(gate, i + 1))
        if (lane->filter_of[i] != LANE_NO_EVENT && lane->part_of[i] == part)
            filters |= filter_set_of(lane->filter_of[i]);
    return filters;
}

filter_set
lane_scan(struct lane *lane, const struct span parts[LANE_PARTS])
{
    return lane->always | open_filters(lane, LANE_MESSAGE, parts[LANE_MESSAGE]) |
           open_filters(lane, LANE_BODY, parts[LANE_BODY]) |
           open_filters(lane, LANE_WHOLE, parts[LANE_WHOLE]);
}

/* The next open expression from `from` on that looks at the gate's part. */
static size_t
next_of(const struct lane *lane, enum lane_part part, size_t from)
{
    const struct gate *gate = lane->gates[part];
    size_t i = gate ? gate_next(gate, from) : lane->count;

    while (i < lane->count && lane->part_of[i] != part)
        i = gate_next(gate, i + 1);
    return i;
}

size_t
lane_next(const struct lane *lane, size_t filter, size_t regex, size_t regex_count)
{
    size_t at = lane->first[filter] + regex, end = lane->first[filter] + regex_count;

    while (at < end) {
        size_t next = lane->count;

        for (size_t i = 0; i < LANE_PARTS; i++) {
            size_t other = next_of(lane, (enum lane_part)i, at);

            next = other < next ? other : next;
        }
        at = next;
        if (at >= end)
            break;
        if (lane->filter_of[at] == filter)
            return at - lane->first[filter];
        at++;
    }
    return regex_count;
}

bool
lane_is_open(const struct lane *lane, size_t filter, size_t regex)
{
    size_t number = lane->first[filter] + regex;

    if (lane->always >> filter & 1)
        return true;
    return gate_is_open(lane->gates[lane->part_of[number]], number);
}
