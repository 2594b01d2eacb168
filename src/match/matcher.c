#include "match/matcher_parts.h"

#include "base/mem.h"

static uint32_t
most_pairs(const struct matcher *m)
{
    uint32_t most = 1;

    for (size_t i = 0; i < m->filter_count; i++) {
        const struct compiled *f = &m->filters[i];

        for (size_t k = 0; k < f->regex_count; k++)
            if (f->regexes[k].pair_count > most)
                most = f->regexes[k].pair_count;
        if (f->has_daemon && f->daemon.pair_count > most)
            most = f->daemon.pair_count;
    }
    return most;
}

/* False: it cannot be compiled, and may not be left out. */
static bool
init_filter(struct matcher *m, size_t at, const struct config_filter *c,
            struct buf *error)
{
    struct compiled *f = &m->filters[at];
    struct buf why = {0};
    bool is_good = compiled_init(f, c, &why);

    if (!is_good && c->is_optional) {
        compiled_fini(f);
        f->is_left_out = true;
        if (m->left_out.len)
            buf_add_byte(&m->left_out, '\n');
        buf_add(&m->left_out, buf_span(&why));
    } else if (!is_good) {
        buf_add(error, buf_span(&why));
    }
    buf_fini(&why);
    return is_good || c->is_optional;
}

const char *
matcher_left_out(const struct matcher *m)
{
    return m->left_out.ptr ? m->left_out.ptr : "";
}

bool
matcher_is_left_out(const struct matcher *m, size_t filter)
{
    must(filter < m->filter_count);
    return m->filters[filter].is_left_out;
}

struct matcher *
matcher_new(const struct config *c, struct buf *error)
{
    struct matcher *m = mem_zalloc(1, sizeof(*m));

    m->is_gated = true;
    if (c->filter_count > CONFIG_FILTERS_MAX) {
        buf_printf(error, "more than %d filters", CONFIG_FILTERS_MAX);
        matcher_free(m);
        return NULL;
    }
    m->filters = mem_zalloc(c->filter_count + 1, sizeof(*m->filters));
    for (size_t i = 0; i < c->filter_count; i++) {
        m->filter_count = i + 1;
        if (!init_filter(m, i, &c->filters[i], error)) {
            matcher_free(m);
            return NULL;
        }
        if (m->filters[i].has_usual_dates)
            m->usual |= filter_set_of(i);
        if (m->filters[i].has_daemon)
            m->tagged |= filter_set_of(i);
        else if (!m->filters[i].is_left_out)
            m->untagged |= filter_set_of(i);
    }
    m->dates = dates_new(SPAN(""), (struct dates_zone){0}, error);
    must(m->dates);
    regex_engine_init(&m->engine, most_pairs(m));
    sessions_init(&m->sessions);
    return m;
}

void
matcher_free(struct matcher *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->filter_count; i++)
        compiled_fini(&m->filters[i]);
    mem_free(m->filters);
    lanes_fini(&m->lanes);
    dates_free(m->dates);
    regex_engine_fini(&m->engine);
    sessions_fini(&m->sessions);
    if (m->looker)
        looker_fini(m->looker);
    mem_free(m->looker);
    buf_fini(&m->left_out);
    mem_free(m);
}

/* Matches a tag that is not remembered. Apart, for the same reason as try_filters(). */
static filter_set __attribute__((noinline)) match_tag(struct matcher *m, struct span tag)
{
    struct regex_capture unused;
    filter_set filters = 0;

    m->engine.is_wide = false; /* a tag is bytes */
    for (size_t i = 0; i < m->filter_count; i++) {
        struct compiled *f = &m->filters[i];

        if (f->is_left_out)
            continue;
        if (!f->has_daemon || regex_search(&f->daemon, &m->engine, tag, &unused))
            filters |= filter_set_of(i);
    }
    tag_cache_put(&m->tags, tag, filters);
    return filters;
}

/* Those of the filters that want lines of a program. */
static filter_set
wanted_by(struct matcher *m, filter_set filters, struct span tag)
{
    const filter_set *known;

    if (!(filters & m->tagged))
        return filters & m->untagged;
    known = tag_cache_find(&m->tags, tag);
    return filters & (known ? *known : match_tag(m, tag));
}

/* Takes what matched out of the last lines. */
static void
take_window(struct compiled *f, const struct regex_capture *c, const struct span *skips,
            size_t skip_count)
{
    const char *text = f->window.text;
    size_t from = (size_t)(c->whole.ptr - text), to = from + c->whole.len;

    if (c->whole.ptr >= text && c->whole.ptr <= text + f->window.len)
        window_take(&f->window, from, to, skips, skip_count);
    else /* a part of the content: the newest line is in it */
        window_take(&f->window, f->window.len - 1, f->window.len, NULL, 0);
}

enum find
matcher_search(struct matcher *m, size_t filter, size_t *regex, struct match_hit *hit)
{
    struct compiled *f = &m->filters[filter];
    struct regex_capture caught = {0};
    enum find found = search_line(m, f, &caught, regex);

    if (found == FIND_EVENT)
        hit_make(m, filter, *regex, &caught, hit);
    else if (found != FIND_NOTHING)
        *hit = (struct match_hit){
            .filter = (uint16_t)filter, .regex = (uint16_t)*regex, .what = MATCH_IGNORED};
    /* An ignored match takes its lines, too; a line that is ignored before all others
     * stays. */
    if (!f->window.max || found == FIND_NOTHING || found == FIND_SPARED)
        return found;
    if (m->looker)
        look_before(m->looker, &f->window);
    take_window(f, &caught, m->engine.skips, m->engine.skip_count);
    if (m->looker)
        look_behind(m->looker, &f->window);
    return found;
}

/* What the filter makes of the line; false: nothing at all. */
static bool
try_filter(struct matcher *m, size_t filter, struct match_hit *hit)
{
    struct compiled *f = &m->filters[filter];
    enum find found;
    size_t regex = 0;

    if (f->window.max)
        subject_add(m, f);
    found = matcher_search(m, filter, &regex, hit);
    if (m->looker && found != FIND_NOTHING)
        look_on(m, filter, found, hit);
    return found != FIND_NOTHING;
}

/* Most lines need no more. */
static void
begin_line(struct matcher *m, const struct line *l, int64_t now_us)
{
    m->now.line = l;
    m->now.now_us = now_us;
    m->now.is_ready = false;
}

/* Forgets what was known of the line before, once. */
static void
begin_search(struct matcher *m)
{
    if (m->now.is_ready)
        return;
    m->now.is_ready = true;
    m->now.is_cut_known = m->now.is_time_known = m->now.has_time = false;
    m->now.is_too_long = m->now.is_plain_known = false;
    m->now.cut_len = 0;
    for (size_t i = 0; i < VIEWS; i++)
        m->views[i].is_loaded = false;
}

/* What these filters make of the line. Kept apart from matcher_line(), which most lines
 * leave at once: so they do not pay for the room that a hit needs. */
static size_t __attribute__((noinline))
try_filters(struct matcher *m, filter_set filters, struct match_hit hits[MATCH_HITS_MAX])
{
    struct match_hit *hit;
    size_t n = 0;

    begin_search(m);
    m->engine.kept_len = 0;
    for (; filters; filters &= filters - 1) {
        hit = n < MATCH_HITS_MAX ? &hits[n] : &m->spare;
        if (!try_filter(m, filter_set_first(filters), hit) ||
            (hit->what > MATCH_NAMED && !m->is_explaining))
            continue;
        m->counts.hits += hit->what <= MATCH_NAMED;
        m->counts.crowded += n == MATCH_HITS_MAX;
        n += n < MATCH_HITS_MAX;
    }
    return n;
}

/* So that a line without a date has that of the line before, whatever that says. */
static void __attribute__((noinline))
note_dates(struct matcher *m, filter_set filters, const struct line *l, int64_t now_us)
{
    int64_t unused;

    begin_line(m, l, now_us);
    begin_search(m);
    for (size_t i = 0; i < m->filter_count; i++)
        if (filters & filter_set_of(i) && !m->filters[i].is_left_out)
            (void)subject_time(m, &m->filters[i], &unused); /* remembered there */
}

/* The line without its date, where it has none of the usual ones. Apart, for the same
 * reason as try_filters(). */
static struct span __attribute__((noinline)) unusual_body(struct matcher *m)
{
    begin_search(m);
    return subject_body(m);
}

/* The filters with an expression that may match the line. */
static filter_set
scan_line(struct matcher *m, filter_set filters, const struct line *l)
{
    bool is_usual = subject_is_usual(l);
    struct span parts[LANE_PARTS];

    m->lane = lanes_find(&m->lanes, filters, is_usual && filters & m->usual, m->filters);
    if (!m->lane)
        return filters;
    parts[LANE_MESSAGE] = l->message;
    parts[LANE_BODY] = is_usual || !m->lane->gates[LANE_BODY] ? l->body : unusual_body(m);
    parts[LANE_WHOLE] = m->lane->gates[LANE_WHOLE] ? line_whole(l) : l->body;
    return lane_scan(m->lane, parts);
}

size_t
matcher_line(struct matcher *m, filter_set filters, const struct line *l, int64_t now_us,
             struct match_hit hits[MATCH_HITS_MAX])
{
    m->counts.lines++;
    if (m->is_explaining)
        note_dates(m, filters, l, now_us);
    filters = wanted_by(m, filters, l->tag);
    if (filters == 0)
        return 0;
    begin_line(m, l, now_us);
    m->lane = NULL;
    if (m->is_gated && !m->looker)
        filters = scan_line(m, filters, l);
    if (filters == 0)
        return 0;
    return try_filters(m, filters, hits);
}

struct match_counts
matcher_counts(const struct matcher *m)
{
    struct match_counts counts = m->counts;

    counts.lost_sessions = m->sessions.lost + m->sessions.untold;
    for (size_t i = 0; i < m->filter_count; i++) {
        counts.limit_hits += m->filters[i].daemon.limit_hits;
        for (size_t k = 0; k < m->filters[i].regex_count; k++)
            counts.limit_hits += m->filters[i].regexes[k].limit_hits;
    }
    return counts;
}

void
matcher_spent(const struct matcher *m, size_t filter, size_t regex,
              struct match_spent *out)
{
    const struct regex *r;

    must(filter < m->filter_count && regex < m->filters[filter].regex_count);
    r = &m->filters[filter].regexes[regex];
    *out = (struct match_spent){.searches = r->searches,
                                .matches = r->matches,
                                .limit_hits = r->limit_hits,
                                .ns = r->spent_ns,
                                .has_required_text = r->required != NULL};
}

void
matcher_explain(struct matcher *m, int64_t (*clock_ns)(void))
{
    m->is_explaining = true;
    m->engine.clock_ns = clock_ns;
}

void
matcher_give_names(struct matcher *m)
{
    m->gives_names = true;
}

void
matcher_set_gated(struct matcher *m, bool is_gated)
{
    m->is_gated = is_gated;
}

struct sessions *
matcher_sessions(struct matcher *m)
{
    return &m->sessions;
}
