#include "match/lanes.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "match/gate_common.h"

/* The texts of the expressions that look at one part of a line. */
struct texts {
    struct gate_text *all;
    size_t count;
};

static void
set_bit(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << i % 64;
}

static bool
has_bit(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

/* The first bit from `from` on, or `count`. */
static size_t
next_bit(const uint64_t *bits, size_t from, size_t count)
{
    size_t word = from / 64;
    uint64_t rest;

    if (from >= count)
        return count;
    for (rest = bits[word] & UINT64_MAX << from % 64; !rest; rest = bits[word])
        if (++word * 64 >= count)
            return count;
    return word * 64 + (size_t)__builtin_ctzll(rest);
}

/* Whether the filter cuts dates of the lane's lines out in a way of its own. */
static bool
has_own_cut(const struct lane *lane, const struct compiled *f)
{
    return f->dates && !(lane->is_usual && f->has_usual_dates);
}

/* A text of an expression that sees the line cut by a template. */
static struct span
behind_cut(struct span text)
{
    while (text.len && !ascii_is_letter(*text.ptr) && !ascii_is_digit(*text.ptr))
        text = span_from(text, 1);
    return text;
}

static void
add_texts(struct texts *t, const struct lane *lane, const struct compiled *f,
          const struct regex *r)
{
    bool is_cut = has_own_cut(lane, f);
    /* Content begins somewhere in the line. */
    bool is_anchored =
        r->required->is_anchored && !(f->has_content && r != f->prefix) && !is_cut;

    t->all = mem_realloc(t->all, t->count + r->required->any.count, sizeof(*t->all));
    for (size_t i = 0; i < r->required->any.count; i++) {
        const struct literal_text *text = &r->required->any.texts[i];
        struct span bytes = literal_text_span(text);

        t->all[t->count++] =
            (struct gate_text){.bytes = is_cut ? behind_cut(bytes) : bytes,
                               .is_nocase = text->is_nocase,
                               .is_anchored = is_anchored};
    }
}

static enum lane_part
part_of(const struct lane *lane, const struct compiled *f, const struct regex *r)
{
    if (r->is_on_message)
        return LANE_MESSAGE;
    return has_own_cut(lane, f) ? LANE_WHOLE : LANE_BODY;
}

/* Numbers the expressions of all filters; those that are always open have none. */
static void
number_filters(struct lane *lane, const struct compiled *compiled)
{
    for (filter_set rest = lane->filters; rest; rest &= rest - 1) {
        size_t filter = filter_set_first(rest);
        const struct compiled *f = &compiled[filter];

        lane->first[filter] = (uint16_t)lane->count;
        if (f->window.max || (has_own_cut(lane, f) && !f->is_cut_in_front))
            lane->always |= filter_set_of(filter);
        else
            lane->count += f->regex_count;
    }
    lane->word_count = lane->count / 64 + 1;
}

static void
sort_expressions(struct lane *lane, size_t filter, const struct compiled *f)
{
    lane->prefix[filter] =
        f->prefix ? (uint16_t)(lane->first[filter] + (f->prefix - f->regexes))
                  : LANE_NO_PREFIX;
    for (size_t k = 0; k < f->regex_count; k++) {
        size_t number = lane->first[filter] + k;

        lane->filter_of[number] = (uint8_t)filter;
        set_bit(lane->of_part[part_of(lane, f, &f->regexes[k])], number);
        if (compiled_is_event(&f->regexes[k]))
            set_bit(lane->events, number);
    }
}

static size_t
shortest_text(const struct lane *lane, const struct compiled *f, const struct regex *r)
{
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < r->required->any.count; i++) {
        struct span bytes = literal_text_span(&r->required->any.texts[i]);

        if (has_own_cut(lane, f))
            bytes = behind_cut(bytes);
        least = bytes.len < least ? bytes.len : least;
    }
    return least;
}

/* How often that of its texts stands in ordinary lines that is there most often. */
static size_t
ordinariness(const struct regex *r)
{
    size_t most = 0, count;

    for (size_t i = 0; i < r->required->any.count; i++) {
        struct span bytes = literal_text_span(&r->required->any.texts[i]);
        struct span rest = gate_common_lines();
        ptrdiff_t at;

        for (count = 0; (at = span_find(rest, bytes)) >= 0; count++)
            rest = span_from(rest, (size_t)at + 1);
        most = count > most ? count : most;
    }
    return most;
}

/* Whether its texts are looked for. Short ones would slow the search for all others, and
 * those of ordinary lines be found for nothing: both are left out where the filter's
 * prefregex, which must match as well, has better ones. */
static bool
is_looked_for(const struct lane *lane, const struct compiled *f, const struct regex *r)
{
    const struct regex *prefix = f->prefix;

    if (!r->required)
        return false;
    if (!prefix || r == prefix || !prefix->required ||
        shortest_text(lane, f, prefix) < GATE_TEXT_GOOD)
        return true;
    return shortest_text(lane, f, r) >= GATE_TEXT_GOOD &&
           ordinariness(r) <= ordinariness(prefix);
}

static void
make_gate(struct lane *lane, const struct compiled *compiled, enum lane_part part)
{
    const uint64_t *mine = lane->of_part[part];
    struct texts t = {0};
    size_t i = next_bit(mine, 0, lane->count), before;

    if (i == lane->count)
        return;
    for (; i < lane->count; i = next_bit(mine, i + 1, lane->count)) {
        const struct compiled *f = &compiled[lane->filter_of[i]];
        const struct regex *r = &f->regexes[i - lane->first[lane->filter_of[i]]];

        before = t.count;
        if (is_looked_for(lane, f, r))
            add_texts(&t, lane, f, r);
        for (; before < t.count; before++)
            t.all[before].expression = (uint32_t)i;
    }
    lane->gates[part] = gate_new(t.all, t.count, lane->count);
    mem_free(t.all);
}

/* Puts together what the gates have found. Expressions of other parts are open in a gate.
 */
static void
merge_open(struct lane *lane)
{
    memset(lane->open, 0, lane->word_count * sizeof(*lane->open));
    for (size_t part = 0; part < LANE_PARTS; part++) {
        const struct gate *gate = lane->gates[part];

        for (size_t w = 0; gate && w < lane->word_count; w++)
            lane->open[w] |= gate_open(gate)[w] & lane->of_part[part][w];
    }
}

/* The filters of which an expression for events is open, and the prefregex. */
static filter_set
open_filters(const struct lane *lane)
{
    filter_set filters = 0;

    for (size_t w = 0; w < lane->word_count; w++) {
        uint64_t bits = lane->open[w] & lane->events[w];

        for (; bits; bits &= bits - 1) {
            size_t filter = lane->filter_of[w * 64 + (size_t)__builtin_ctzll(bits)];
            uint16_t prefix = lane->prefix[filter];

            if (prefix == LANE_NO_PREFIX || has_bit(lane->open, prefix))
                filters |= filter_set_of(filter);
        }
    }
    return filters;
}

static struct lane *
make_lane(filter_set filters, bool is_usual, const struct compiled *compiled)
{
    struct lane *lane = mem_zalloc(1, sizeof(*lane));

    lane->filters = filters;
    lane->is_usual = is_usual;
    number_filters(lane, compiled);
    lane->filter_of = mem_zalloc(lane->count + 1, sizeof(*lane->filter_of));
    lane->events = mem_zalloc(lane->word_count, sizeof(*lane->events));
    lane->open = mem_zalloc(lane->word_count, sizeof(*lane->open));
    for (size_t i = 0; i < LANE_PARTS; i++)
        lane->of_part[i] = mem_zalloc(lane->word_count, sizeof(*lane->of_part[i]));
    for (filter_set rest = filters & ~lane->always; rest; rest &= rest - 1) {
        size_t filter = filter_set_first(rest);

        sort_expressions(lane, filter, &compiled[filter]);
    }
    for (size_t i = 0; i < LANE_PARTS; i++)
        make_gate(lane, compiled, (enum lane_part)i);
    merge_open(lane);
    lane->quiet = lane->always | open_filters(lane);
    return lane;
}

static void
free_lane(struct lane *lane)
{
    for (size_t i = 0; i < LANE_PARTS; i++) {
        gate_free(lane->gates[i]);
        mem_free(lane->of_part[i]);
    }
    mem_free(lane->filter_of);
    mem_free(lane->events);
    mem_free(lane->open);
    mem_free(lane);
}

void
lanes_fini(struct lanes *l)
{
    for (size_t i = 0; i < l->count; i++)
        free_lane(l->all[i]);
    *l = (struct lanes){0};
}

/* Apart: what few lines need would take registers from all. */
struct lane *__attribute__((noinline))
lanes_obtain(struct lanes *l, filter_set filters, bool is_usual,
             const struct compiled *compiled)
{
    struct lane **known = lanes_place(l, filters, is_usual);

    for (size_t i = 0; i < l->count; i++)
        if (l->all[i]->filters == filters && l->all[i]->is_usual == is_usual)
            return *known = l->all[i];
    if (l->count == LANES_MAX)
        return NULL;
    return *known = l->all[l->count++] = make_lane(filters, is_usual, compiled);
}

filter_set
lane_scan(struct lane *lane, const struct span parts[LANE_PARTS])
{
    bool had_found = lane->has_found;

    lane->has_found = false;
    for (size_t i = 0; i < LANE_PARTS; i++) {
        struct gate *gate = lane->gates[i];

        if (!gate)
            continue;
        (void)gate_scan(gate, parts[i]); /* what is always open is known */
        lane->has_found |= gate_has_found(gate);
    }
    if (lane->has_found || had_found)
        merge_open(lane);
    return lane->has_found ? lane->always | open_filters(lane) : lane->quiet;
}

size_t
lane_next(const struct lane *lane, size_t filter, size_t regex, size_t regex_count)
{
    size_t from = lane->first[filter] + regex, end = lane->first[filter] + regex_count;
    uint64_t bits;

    for (; from < end; from = (from / 64 + 1) * 64) {
        bits = lane->open[from / 64] & lane->events[from / 64] & UINT64_MAX << from % 64;
        if (bits) {
            from = from / 64 * 64 + (size_t)__builtin_ctzll(bits);
            return from < end ? from - lane->first[filter] : regex_count;
        }
    }
    return regex_count;
}

bool
lane_is_open(const struct lane *lane, size_t filter, size_t regex)
{
    if (lane->always >> filter & 1)
        return true;
    return has_bit(lane->open, lane->first[filter] + regex);
}
