#include "match/lanes.h"

#include "base/mem.h"

/* The texts of the expressions that look at the message, or of the others. */
struct texts {
    struct gate_text *all;
    size_t count;
};

static void
add_texts(struct texts *t, const struct compiled *f, const struct regex *r,
          uint32_t number)
{
    /* Content begins somewhere in the line. */
    bool is_anchored = r->required->is_anchored && !(f->has_content && r != f->prefix);

    t->all = mem_realloc(t->all, t->count + r->required->any.count, sizeof(*t->all));
    for (size_t i = 0; i < r->required->any.count; i++) {
        const struct literal_text *text = &r->required->any.texts[i];

        t->all[t->count++] = (struct gate_text){.bytes = literal_text_span(text),
                                                .expression = number,
                                                .is_nocase = text->is_nocase,
                                                .is_anchored = is_anchored};
    }
}

static void
number_filter(struct lane *lane, size_t filter, const struct compiled *f)
{
    lane->first[filter] = (uint16_t)lane->count;
    if (f->window.max || f->dates) {
        lane->always |= filter_set_of(filter);
        return;
    }
    lane->filter_of = mem_realloc(lane->filter_of, lane->count + f->regex_count, 1);
    lane->is_on_message =
        mem_realloc(lane->is_on_message, lane->count + f->regex_count, sizeof(bool));
    for (size_t k = 0; k < f->regex_count; k++) {
        lane->filter_of[lane->count] =
            compiled_is_event(&f->regexes[k]) ? (uint8_t)filter : LANE_NO_EVENT;
        lane->is_on_message[lane->count++] = f->regexes[k].is_on_message;
    }
}

static struct gate *
make_gate(const struct lane *lane, const struct compiled *compiled, bool is_on_message)
{
    struct texts t = {0};
    struct gate *gate = NULL;
    bool is_needed = false;

    for (filter_set rest = lane->filters & ~lane->always; rest; rest &= rest - 1) {
        size_t filter = filter_set_first(rest);
        const struct compiled *f = &compiled[filter];

        for (size_t k = 0; k < f->regex_count; k++) {
            if (f->regexes[k].is_on_message != is_on_message)
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
    lane->message = make_gate(lane, compiled, true);
    lane->body = make_gate(lane, compiled, false);
    return lane;
}

void
lanes_fini(struct lanes *l)
{
    for (size_t i = 0; i < l->count; i++) {
        gate_free(l->all[i]->message);
        gate_free(l->all[i]->body);
        mem_free(l->all[i]->filter_of);
        mem_free(l->all[i]->is_on_message);
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
open_filters(const struct lane *lane, struct gate *gate, struct span subject,
             bool is_on_message)
{
    filter_set filters = 0;

    if (!gate || !gate_scan(gate, subject))
        return 0;
    for (size_t i = gate_next(gate, 0); i < lane->count; i = gate_next(gate, i + 1))
        if (lane->filter_of[i] != LANE_NO_EVENT &&
            lane->is_on_message[i] == is_on_message)
            filters |= filter_set_of(lane->filter_of[i]);
    return filters;
}

filter_set
lane_scan(struct lane *lane, struct span message, struct span body)
{
    return lane->always | open_filters(lane, lane->message, message, true) |
           open_filters(lane, lane->body, body, false);
}

/* The next open expression from `from` on that looks at the gate's kind of subject. */
static size_t
next_of(const struct lane *lane, const struct gate *gate, size_t from, bool is_on_message)
{
    size_t i = gate ? gate_next(gate, from) : lane->count;

    while (i < lane->count && lane->is_on_message[i] != is_on_message)
        i = gate_next(gate, i + 1);
    return i;
}

size_t
lane_next(const struct lane *lane, size_t filter, size_t regex, size_t regex_count)
{
    size_t at = lane->first[filter] + regex, end = lane->first[filter] + regex_count;
    size_t other;

    while (at < end) {
        other = next_of(lane, lane->body, at, false);
        at = next_of(lane, lane->message, at, true);
        at = other < at ? other : at;
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
    return gate_is_open(lane->is_on_message[number] ? lane->message : lane->body, number);
}
