#include "match/matcher.h"

#include "base/mem.h"
#include "match/lanes.h"
#include "match/session.h"
#include "match/tag_cache.h"
#include "match/view.h"

/* The line at hand. */
struct current {
    const struct line *line;
    int64_t now_us;
    bool is_too_long;
    bool is_cut_known; /* the part that is its date was looked for */
    size_t cut_at, cut_len;
    bool is_time_known, has_time; /* the time was looked for; it has one */
    int64_t time_us;
};

/* The copies of a line: as it stands behind its date, and without a date inside it. The
 * second is of `cut_for`: a filter with templates of its own, or NULL for all others. */
enum { VIEW_LINE, VIEW_CUT, VIEWS };

struct matcher {
    struct compiled *filters;
    size_t filter_count;
    struct regex_engine engine;
    struct tag_cache tags;
    struct lanes lanes;
    struct lane *lane; /* of the line at hand; NULL: everything is open */
    struct sessions sessions;
    struct dates *dates; /* fail2ban's default templates, for lines of no known shape */
    struct match_counts counts;
    bool is_gated, is_explaining;
    struct current now;
    struct line_minute minute;
    const struct compiled *cut_for;
    struct match_hit spare; /* for what has no room */
    struct view views[VIEWS];
};

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
        if (!compiled_init(&m->filters[i], &c->filters[i], error)) {
            matcher_free(m);
            return NULL;
        }
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
    mem_free(m);
}

/* Matches a tag that is not remembered. Apart, for the same reason as try_filters(). */
static uint64_t __attribute__((noinline)) match_tag(struct matcher *m, struct span tag)
{
    struct regex_capture unused;
    uint64_t filters = 0;

    for (size_t i = 0; i < m->filter_count; i++) {
        struct compiled *f = &m->filters[i];

        if (!f->has_daemon || regex_search(&f->daemon, &m->engine, tag, &unused))
            filters |= UINT64_C(1) << i;
    }
    tag_cache_put(&m->tags, tag, filters);
    return filters;
}

/* The filters that want lines of a program. */
static uint64_t
wanted_by(struct matcher *m, struct span tag)
{
    const uint64_t *known = tag_cache_find(&m->tags, tag);

    return known ? *known : match_tag(m, tag);
}

/* When the line was written; read once, and only for lines that match. A filter with
 * templates or a zone of its own reads it for itself. */
static bool
find_time(struct matcher *m, const struct compiled *f, int64_t *time_us)
{
    struct current *n = &m->now;
    struct date_cut cut;

    if (n->line->form == LINE_JOURNAL)
        return false; /* the caller's now is when it was written */
    if (f->dates)
        return dates_find(f->dates, line_whole(n->line), n->now_us, &cut) ==
                   DATES_FOUND &&
               cut.has_time && (*time_us = cut.wall_us, true);
    if (f->zoned && n->line->form == LINE_PLAIN)
        return dates_find(f->zoned, n->line->body, n->now_us, &cut) == DATES_FOUND &&
               cut.has_time && (*time_us = cut.wall_us, true);
    if (f->zoned)
        return line_time_in(n->line, f->zone, n->now_us, time_us);
    if (!n->is_time_known) {
        n->is_time_known = true;
        n->has_time = line_time_near(&m->minute, n->line, n->now_us, &n->time_us);
        if (n->line->form == LINE_PLAIN &&
            dates_find(m->dates, n->line->body, n->now_us, &cut) == DATES_FOUND) {
            n->has_time = cut.has_time;
            n->time_us = cut.wall_us;
        }
    }
    if (n->has_time)
        *time_us = n->time_us;
    return n->has_time;
}

/* Which part of the line's body is its date. */
static void
find_cut(struct matcher *m)
{
    struct current *n = &m->now;
    struct span inside;
    struct date_cut cut;

    if (n->is_cut_known)
        return;
    n->is_cut_known = true;
    if (n->line->form == LINE_PLAIN) {
        if (dates_cut(m->dates, n->line->body, &cut) == DATES_FOUND) {
            n->cut_at = cut.at;
            n->cut_len = cut.len;
        }
        return;
    }
    inside = line_date_inside(n->line);
    if (inside.len) {
        n->cut_at = (size_t)(inside.ptr - n->line->body.ptr);
        n->cut_len = inside.len;
    }
}

/* Makes the copy of the line without what the filter's own templates take for the date.
 */
static bool
load_own(struct matcher *m, const struct compiled *f)
{
    struct span whole = line_whole(m->now.line);
    struct date_cut cut;
    bool is_found = dates_cut(f->dates, whole, &cut) == DATES_FOUND;

    m->cut_for = f;
    return view_load(&m->views[VIEW_CUT], whole, is_found ? cut.at : 0,
                     is_found ? cut.len : 0);
}

/* The copy of the line that `r` looks at; NULL when it is too long. Copied once for all
 * filters that look at the same. */
static const struct view *
view_of(struct matcher *m, const struct compiled *f, const struct regex *r)
{
    struct view *v = &m->views[VIEW_LINE];
    bool is_good = true;

    if (!r->is_on_message && f->dates) {
        v = &m->views[VIEW_CUT];
        if (!v->is_loaded || m->cut_for != f)
            is_good = load_own(m, f);
    } else if (!r->is_on_message && (find_cut(m), m->now.cut_len)) {
        v = &m->views[VIEW_CUT];
        if (!v->is_loaded || m->cut_for) {
            m->cut_for = NULL;
            is_good = view_load(v, m->now.line->body, m->now.cut_at, m->now.cut_len);
        }
    } else if (!v->is_loaded) {
        is_good = view_load(v, m->now.line->body, 0, 0);
    }
    m->counts.too_long += !is_good && !m->now.is_too_long;
    m->now.is_too_long |= !is_good;
    return is_good ? v : NULL;
}

/* What a filter looks at: the line, or the last lines together. False: it is too long. */
static bool
subject_of(struct matcher *m, const struct compiled *f, const struct regex *r,
           struct span *out)
{
    const struct view *v;

    if (f->window.max) {
        *out = (struct span){f->window.text, f->window.len};
        return true;
    }
    v = view_of(m, f, r);
    if (!v)
        return false;
    *out = view_text(v);
    if (r->is_on_message)
        *out = span_from(*out, out->len - 1 - m->now.line->message.len);
    return true;
}

/* Whether the texts that `r` requires are there. */
static bool
is_open(const struct matcher *m, const struct compiled *f, const struct regex *r)
{
    return !m->lane ||
           lane_is_open(m->lane, (size_t)(f - m->filters), (size_t)(r - f->regexes));
}

/* The next failregex or eventregex from `i` on whose required text is in the line. */
static size_t
next_open(const struct matcher *m, const struct compiled *f, size_t i)
{
    size_t filter = (size_t)(f - m->filters);

    if (m->lane && !(m->lane->always >> filter & 1))
        return lane_next(m->lane, filter, i, f->regex_count);
    while (i < f->regex_count && !compiled_is_event(&f->regexes[i]))
        i++;
    return i;
}

/* The <F-CONTENT> that the prefregex found, made to end in a newline. */
struct content {
    struct span text; /* len 0: none; empty content is none, as in fail2ban */
    char *end, behind;
};

static struct content
content_begin(struct matcher *m, const struct compiled *f, struct span found)
{
    struct content c = {.text = found};
    struct span whole;
    char *begin;

    if (!found.ptr || found.len == 0 || !subject_of(m, f, f->prefix, &whole))
        return (struct content){0};
    begin = f->window.max                   ? f->window.text
            : view_has(&m->views[0], found) ? m->views[0].text
                                            : m->views[1].text;
    c.end = begin + (found.ptr + found.len - begin);
    /* Content that took the text's own newline ends before it. */
    if (found.ptr[found.len - 1] == '\n' && c.end == whole.ptr + whole.len)
        c.end--;
    c.behind = *c.end;
    *c.end = '\n';
    c.text = span_between(found.ptr, c.end + 1);
    return c;
}

static void
content_end(const struct content *c)
{
    if (c->text.len)
        *c->end = c->behind;
}

/* One ignoreregex; one that looks at the message sees what stands behind the content. */
static bool
ignores(struct matcher *m, struct compiled *f, struct regex *r,
        const struct content *content)
{
    struct regex_capture unused = {0};
    struct span subject;
    bool is_found;

    if (content && content->text.len && !r->is_on_message)
        return regex_search(r, &m->engine, content->text, &unused);
    if (!subject_of(m, f, r, &subject))
        return false;
    if (content)
        content_end(content);
    is_found = regex_search(r, &m->engine, subject, &unused);
    if (content && content->text.len)
        *content->end = '\n';
    return is_found;
}

static bool __attribute__((noinline))
search_ignored(struct matcher *m, struct compiled *f, const struct content *content)
{
    for (size_t i = 0; i < f->regex_count; i++) {
        struct regex *r = &f->regexes[i];

        if (r->kind == REGEX_IGNORE && is_open(m, f, r) && ignores(m, f, r, content))
            return true;
    }
    return false;
}

static bool
is_ignored(struct matcher *m, struct compiled *f, const struct content *content)
{
    return f->ignore_count && search_ignored(m, f, content);
}

enum find { FIND_NOTHING, FIND_EVENT, FIND_IGNORED };

/* The first expression that matches the content, or the line. */
static enum find
find_in(struct matcher *m, struct compiled *f, const struct content *content,
        struct regex_capture *out, size_t *regex)
{
    struct span subject;

    for (size_t i = next_open(m, f, 0); i < f->regex_count; i = next_open(m, f, i + 1)) {
        if (content->text.len)
            subject = content->text;
        else if (!subject_of(m, f, &f->regexes[i], &subject))
            continue;
        if (!regex_search(&f->regexes[i], &m->engine, subject, out))
            continue;
        *regex = i;
        return !f->is_ignored_first && is_ignored(m, f, content) ? FIND_IGNORED
                                                                 : FIND_EVENT;
    }
    return FIND_NOTHING;
}

/* In fail2ban's order (adr/0004): some ignoreregexes, prefregex, failregexes, the other
 * ignoreregexes. */
static enum find
find_event(struct matcher *m, struct compiled *f, struct regex_capture *out,
           size_t *regex)
{
    struct content content;
    struct span subject;
    enum find found;

    *regex = next_open(m, f, 0);
    if (*regex == f->regex_count || (f->prefix && !is_open(m, f, f->prefix)))
        return FIND_NOTHING;
    if (f->prefix && (!subject_of(m, f, f->prefix, &subject) ||
                      !regex_search(f->prefix, &m->engine, subject, out)))
        return FIND_NOTHING;
    content = content_begin(m, f, out->roles[ROLE_CONTENT]);
    found = find_in(m, f, &content, out, regex);
    content_end(&content);
    /* These see the whole line; as it is dropped in any case, the order is the same. */
    if (found == FIND_EVENT && f->is_ignored_first && is_ignored(m, f, NULL))
        return FIND_IGNORED;
    return found;
}

/* At most `max` bytes of a value, in the line itself (without the newline, which is not
 * in it), or kept for the caller when they stand there in no one piece. */
static struct span
value_of(struct matcher *m, struct span s, size_t max)
{
    struct span out;

    s = span_head(s, max);
    for (size_t i = 0; s.ptr && i < VIEWS; i++)
        if (view_has(&m->views[i], s) && view_origin(&m->views[i], s, &out))
            return out;
    return s.ptr ? regex_keep(&m->engine, s) : s;
}

/* Takes what matched out of the last lines. */
static void
take_window(struct compiled *f, const struct regex_capture *c, const struct span *skips,
            size_t skip_count)
{
    const char *text = f->window.text;

    if (c->whole.ptr >= text && c->whole.ptr <= text + f->window.len)
        window_take(&f->window, (size_t)(c->whole.ptr - text),
                    (size_t)(c->whole.ptr - text) + c->whole.len, skips, skip_count);
    else /* a part of the content: the newest line is in it */
        window_take(&f->window, f->window.len - 1, f->window.len, NULL, 0);
}

enum peer { PEER_NONE, PEER_GOOD, PEER_BAD };

/* The address of a failure. PEER_BAD: a name, or no address after all. */
static enum peer
read_peer(const struct regex_capture *c, struct addr *out)
{
    static const enum regex_role order[] = {ROLE_IP4, ROLE_IP6, ROLE_DNS, ROLE_FID};
    struct span cidr = c->roles[ROLE_CIDR];
    struct addr a = {0};
    uint64_t bits;
    size_t i = 0;

    while (i < ARRAY_LEN(order) && !c->roles[order[i]].ptr)
        i++;
    if (i == ARRAY_LEN(order))
        return PEER_NONE;
    if (!addr_parse(c->roles[order[i]], &a))
        return PEER_BAD;
    if (cidr.ptr) {
        if (!span_u64(cidr, 0, addr_width(&a), &bits))
            return PEER_BAD;
        a = addr_mask(a, (unsigned)bits);
    }
    *out = a;
    return PEER_GOOD;
}

/* The session that the line belongs to; false when it belongs to none. */
static bool
session_of(struct matcher *m, size_t filter, const struct regex *r,
           const struct regex_capture *c, struct session_key *key)
{
    const struct regex *prefix = m->filters[filter].prefix;
    const struct line *l = m->now.line;
    char name[SESSION_ID_MAX];
    size_t n = 0;

    if (c->roles[ROLE_MLFID].ptr) {
        *key = session_key_of((uint16_t)filter, c->roles[ROLE_MLFID]);
        return true;
    }
    if (!r->is_of_header && !(prefix && prefix->is_of_header))
        return false;
    if (!l->pid.len || l->pid.len + l->host.len + 1 > sizeof(name))
        return false;
    memcpy(name, l->pid.ptr, l->pid.len);
    n = l->pid.len;
    name[n++] = ' ';
    if (l->host.len)
        memcpy(name + n, l->host.ptr, l->host.len);
    *key = session_key_of((uint16_t)filter, (struct span){name, n + l->host.len});
    return true;
}

/* Merges the hit with its session. */
static void
step_session(struct matcher *m, const struct session_key *key,
             const struct regex_capture *c, struct match_hit *hit)
{
    struct session_line line = {.time_us = hit->time_us,
                                .kind = hit->kind,
                                .peer = hit->peer,
                                .user = c->roles[ROLE_USER],
                                .is_told = hit->what == MATCH_TOLD,
                                .is_nofail = c->roles[ROLE_NOFAIL].len > 0,
                                .is_gained = c->roles[ROLE_GAINED].len > 0,
                                .is_over = c->roles[ROLE_OVER].len > 0};

    switch (session_step(&m->sessions, key, &line)) {
    case SESSION_HELD:
        hit->what = MATCH_HELD;
        return;
    case SESSION_FAILURE:
        hit->what = MATCH_FAILURE;
        break;
    case SESSION_TOLD:
        break;
    }
    hit->kind = line.kind;
    hit->peer = line.peer;
    if (!hit->account.len)
        hit->account = regex_keep(&m->engine, line.user);
}

static void
make_hit(struct matcher *m, size_t filter, size_t regex, const struct regex_capture *c,
         struct match_hit *hit)
{
    const struct compiled *f = &m->filters[filter];
    const struct regex *r = &f->regexes[regex];
    struct session_key key;
    enum peer peer;

    *hit = (struct match_hit){
        .filter = (uint16_t)filter,
        .regex = (uint16_t)regex,
        .kind = r->event,
        .what = r->kind == REGEX_FAIL ? MATCH_FAILURE : MATCH_TOLD,
        .account = value_of(m, c->roles[ROLE_USER], EVENT_ACCOUNT_MAX),
        .recipient = value_of(m, c->roles[ROLE_RCPT], EVENT_TEXT_MAX),
        .detail = value_of(m, c->roles[ROLE_DETAIL], EVENT_TEXT_MAX),
        .fid = value_of(m, c->roles[ROLE_FID], EVENT_TEXT_MAX),
        .port = value_of(m, c->roles[ROLE_PORT], EVENT_TEXT_MAX),
    };
    hit->time_us = m->now.now_us;
    hit->has_time = find_time(m, f, &hit->time_us);
    peer = read_peer(c, &hit->peer);
    if (session_of(m, filter, r, c, &key))
        step_session(m, &key, c, hit);
    else if (peer != PEER_GOOD && hit->fid.len == 0)
        hit->what = MATCH_UNRESOLVED;
    m->counts.unresolved += hit->what == MATCH_UNRESOLVED;
    hit->is_failure = hit->what == MATCH_FAILURE;
}

/* The line without its date. */
static void
add_to_window(struct matcher *m, struct compiled *f)
{
    static const struct regex any = {.is_on_message = false};
    const struct view *v = view_of(m, f, &any);
    struct span text;

    if (!v)
        return;
    text = view_text(v);
    window_add(&f->window, span_head(text, text.len - 1));
}

/* What the filter makes of the line; false: nothing at all. */
static bool
try_filter(struct matcher *m, size_t filter, struct match_hit *hit)
{
    struct compiled *f = &m->filters[filter];
    struct regex_capture caught = {0};
    enum find found;
    size_t regex;

    if (f->window.max)
        add_to_window(m, f);
    found = find_event(m, f, &caught, &regex);
    if (found == FIND_NOTHING)
        return false;
    if (found == FIND_EVENT) {
        make_hit(m, filter, regex, &caught, hit);
    } else {
        *hit = (struct match_hit){
            .filter = (uint16_t)filter, .regex = (uint16_t)regex, .what = MATCH_IGNORED};
    }
    if (f->window.max && found == FIND_EVENT)
        take_window(f, &caught, m->engine.skips, m->engine.skip_count);
    return true;
}

/* What these filters make of the line. Kept apart from matcher_line(), which most lines
 * leave at once: so they do not pay for the room that a hit needs. */
static size_t __attribute__((noinline))
try_filters(struct matcher *m, uint64_t filters, struct match_hit hits[MATCH_HITS_MAX])
{
    struct match_hit *hit;
    size_t n = 0;

    for (; filters; filters &= filters - 1) {
        hit = n < MATCH_HITS_MAX ? &hits[n] : &m->spare;
        if (!try_filter(m, (size_t)__builtin_ctzll(filters), hit) ||
            (hit->what > MATCH_TOLD && !m->is_explaining))
            continue;
        m->counts.hits += hit->what <= MATCH_TOLD;
        m->counts.crowded += n == MATCH_HITS_MAX;
        n += n < MATCH_HITS_MAX;
    }
    return n;
}

static void
begin_line(struct matcher *m, const struct line *l, int64_t now_us)
{
    m->now.line = l;
    m->now.now_us = now_us;
    m->now.is_cut_known = m->now.is_time_known = m->now.has_time = false;
    m->now.is_too_long = false;
    m->now.cut_len = 0;
    for (size_t i = 0; i < VIEWS; i++)
        m->views[i].is_loaded = false;
}

/* The line without its date, for the gate: a required text may stand on both sides of a
 * date that is cut out. */
static struct span
body_of(struct matcher *m)
{
    static const struct compiled no_filter;
    static const struct regex any = {.is_on_message = false};
    const struct view *v;

    find_cut(m);
    if (m->now.cut_len == 0)
        return m->now.line->body;
    v = view_of(m, &no_filter, &any);
    return v ? view_text(v) : m->now.line->body;
}

size_t
matcher_line(struct matcher *m, uint64_t filters, const struct line *l, int64_t now_us,
             struct match_hit hits[MATCH_HITS_MAX])
{
    m->counts.lines++;
    if (m->filter_count < CONFIG_FILTERS_MAX)
        filters &= (UINT64_C(1) << m->filter_count) - 1;
    filters &= wanted_by(m, l->tag);
    if (filters == 0)
        return 0;
    begin_line(m, l, now_us);
    m->lane = m->is_gated ? lanes_find(&m->lanes, filters, m->filters) : NULL;
    if (m->lane)
        filters = lane_scan(m->lane, l->message, m->lane->body ? body_of(m) : l->body);
    if (filters == 0)
        return 0;
    m->engine.kept_len = 0;
    return try_filters(m, filters, hits);
}

struct match_counts
matcher_counts(const struct matcher *m)
{
    struct match_counts counts = m->counts;

    counts.lost_sessions = m->sessions.lost;
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
matcher_set_gated(struct matcher *m, bool is_gated)
{
    m->is_gated = is_gated;
}

struct sessions *
matcher_sessions(struct matcher *m)
{
    return &m->sessions;
}
