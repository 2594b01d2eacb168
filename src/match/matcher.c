#include "match/matcher.h"

#include "base/mem.h"
#include "match/regex.h"
#include "match/tag_cache.h"

struct filter {
    struct regex daemon; /* matches whole tags */
    bool has_daemon;
    struct regex *regexes; /* in the order of the configuration */
    size_t regex_count;
    struct regex *prefix; /* one of `regexes`, or NULL */
    bool has_content;     /* the prefregex names what the failregexes see */
};

/* Whether the line has been copied for searching. */
enum load { LOAD_NONE, LOAD_DONE, LOAD_TOO_LONG };

struct matcher {
    struct filter *filters;
    size_t filter_count;
    struct regex_engine engine;
    struct tag_cache tags;
    struct match_counts counts;
    bool is_gated;
    enum load load;
    char text[MATCH_TEXT_MAX +
              2]; /* the line's body, a newline, and what content may end at */
};

/* Addresses of a failure; one of them, here or in the prefregex, makes a failregex. */
enum {
    ID_ROLES = 1U << ROLE_IP4 | 1U << ROLE_IP6 | 1U << ROLE_DNS | 1U << ROLE_FID,
};

static bool
refuse(struct buf *error, const char *where, const char *what)
{
    buf_printf(error, "%s: %s", where, what);
    return false;
}

static bool
check_prefix(struct filter *f, const struct config_filter *c, struct buf *error)
{
    for (size_t i = 0; i < f->regex_count; i++) {
        if (f->regexes[i].kind != REGEX_PREFIX) {
            if (f->regexes[i].roles & 1U << ROLE_CONTENT)
                return refuse(error, c->regexes[i].where,
                              "<F-CONTENT> belongs into a prefregex");
            continue;
        }
        if (f->prefix)
            return refuse(error, c->regexes[i].where, "there is another prefregex");
        f->prefix = &f->regexes[i];
        f->has_content = f->prefix->roles & 1U << ROLE_CONTENT;
    }
    return true;
}

/* Whether what the expression matches is something to tell. */
static bool
is_event(const struct regex *r)
{
    return r->kind == REGEX_FAIL || r->kind == REGEX_TELL;
}

static bool
check_fails(const struct filter *f, const struct config_filter *c, struct buf *error)
{
    unsigned prefix_roles = f->prefix ? f->prefix->roles : 0;
    size_t count = 0;

    for (size_t i = 0; i < f->regex_count; i++) {
        if (!is_event(&f->regexes[i]))
            continue;
        count++;
        if (!((f->regexes[i].roles | prefix_roles) & ID_ROLES))
            return refuse(
                error, c->regexes[i].where,
                "names no address: <HOST>, <ADDR>, <F-ID> or the like is missing");
        if (f->has_content && f->regexes[i].is_on_message)
            return refuse(error, c->regexes[i].where,
                          "<PREFIX> cannot occur in the <F-CONTENT> of the prefregex");
    }
    if (count == 0) {
        buf_printf(error, "filter %s: has no failregex", c->name);
        return false;
    }
    return true;
}

static bool
compile_daemon(struct filter *f, const struct config_filter *c, struct buf *error)
{
    struct buf where = {0}, text = {0};
    struct config_regex whole = {.kind = REGEX_FAIL};
    bool is_good;

    if (!c->daemon || !*c->daemon)
        return true;
    buf_printf(&where, "filter %s: _daemon", c->name);
    /* Compiled alone first, so that a ")(" in it is an error and no other expression. */
    whole.pattern = c->daemon;
    whole.where = where.ptr;
    is_good = regex_init(&f->daemon, &whole, error);
    regex_fini(&f->daemon);
    if (is_good) {
        buf_printf(&text, "\\A(?:%s)\\z", c->daemon);
        whole.pattern = text.ptr;
        is_good = regex_init(&f->daemon, &whole, error);
    }
    f->has_daemon = is_good;
    buf_fini(&where);
    buf_fini(&text);
    return is_good;
}

static bool
compile_filter(struct filter *f, const struct config_filter *c, struct buf *error)
{
    f->regexes = mem_zalloc(c->regex_count + 1, sizeof(*f->regexes));
    for (size_t i = 0; i < c->regex_count; i++) {
        f->regex_count = i + 1;
        if (!regex_init(&f->regexes[i], &c->regexes[i], error))
            return false;
    }
    return check_prefix(f, c, error) && check_fails(f, c, error) &&
           compile_daemon(f, c, error);
}

static uint32_t
most_pairs(const struct matcher *m)
{
    uint32_t most = 1;

    for (size_t i = 0; i < m->filter_count; i++) {
        const struct filter *f = &m->filters[i];

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
        if (!compile_filter(&m->filters[i], &c->filters[i], error)) {
            matcher_free(m);
            return NULL;
        }
    }
    regex_engine_init(&m->engine, most_pairs(m));
    return m;
}

void
matcher_free(struct matcher *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->filter_count; i++) {
        for (size_t k = 0; k < m->filters[i].regex_count; k++)
            regex_fini(&m->filters[i].regexes[k]);
        mem_free(m->filters[i].regexes);
        regex_fini(&m->filters[i].daemon);
    }
    mem_free(m->filters);
    regex_engine_fini(&m->engine);
    mem_free(m);
}

/* The filters that want lines of a program. */
static uint64_t
wanted_by(struct matcher *m, struct span tag)
{
    uint64_t *known = tag_cache_find(&m->tags, tag);
    struct regex_capture unused;
    uint64_t filters = 0;

    if (known)
        return *known;
    for (size_t i = 0; i < m->filter_count; i++) {
        struct filter *f = &m->filters[i];

        if (!f->has_daemon || regex_search(&f->daemon, &m->engine, tag, &unused))
            filters |= UINT64_C(1) << i;
    }
    tag_cache_put(&m->tags, tag, filters);
    return filters;
}

/* Copies the line once for all filters: only here can a newline be put behind it. */
static bool
load_line(struct matcher *m, const struct line *l)
{
    if (m->load != LOAD_NONE)
        return m->load == LOAD_DONE;
    if (l->body.len > MATCH_TEXT_MAX) {
        m->load = LOAD_TOO_LONG;
        m->counts.too_long++;
        return false;
    }
    if (l->body.len)
        memcpy(m->text, l->body.ptr, l->body.len);
    m->text[l->body.len] = '\n';
    m->load = LOAD_DONE;
    return true;
}

/* What `r` looks at, in the copied line, with its newline. */
static struct span
subject_of(const struct matcher *m, const struct regex *r, const struct line *l)
{
    size_t len = r->is_on_message ? l->message.len : l->body.len;

    return (struct span){m->text + (l->body.len - len), len + 1};
}

static bool
gate_passes(const struct matcher *m, const struct regex *r, const struct line *l)
{
    struct span text = r->is_on_message ? l->message : l->body;

    if (!r->literal || !m->is_gated)
        return true;
    return text.len >= r->literal_len &&
           memmem(text.ptr, text.len, r->literal, r->literal_len);
}

/* The next failregex or eventregex from `i` on whose required text is in the line. */
static size_t
next_open(const struct matcher *m, const struct filter *f, const struct line *l, size_t i)
{
    while (i < f->regex_count &&
           (!is_event(&f->regexes[i]) || !gate_passes(m, &f->regexes[i], l)))
        i++;
    return i;
}

/* The first expression that matches, or regex_count. */
static size_t
find_event(struct matcher *m, struct filter *f, const struct line *l,
           struct regex_capture *out)
{
    struct span content = out->roles[ROLE_CONTENT], subject;
    /* Empty content is none, as in fail2ban. */
    bool has_content = content.ptr && content.len;
    size_t end = has_content ? (size_t)(content.ptr + content.len - m->text) : 0;
    char behind = m->text[end];
    size_t i = next_open(m, f, l, 0);

    if (has_content) {
        /* Content that took the line's own newline ends before it. */
        if (content.ptr[content.len - 1] == '\n' && end == l->body.len + 1)
            behind = m->text[--end];
        m->text[end] = '\n';
        content = span_between(content.ptr, m->text + end + 1);
    }
    for (; i < f->regex_count; i = next_open(m, f, l, i + 1)) {
        subject = has_content ? content : subject_of(m, &f->regexes[i], l);
        if (regex_search(&f->regexes[i], &m->engine, subject, out))
            break;
    }
    if (has_content)
        m->text[end] = behind;
    return i;
}

/* fail2ban tests some ignoreregexes before the failregexes; as a line they match is
 * dropped in either case, the answer is the same. */
static bool
is_ignored(struct matcher *m, struct filter *f, const struct line *l)
{
    struct regex_capture unused;

    for (size_t i = 0; i < f->regex_count; i++) {
        struct regex *r = &f->regexes[i];

        if (r->kind == REGEX_IGNORE && gate_passes(m, r, l) &&
            regex_search(r, &m->engine, subject_of(m, r, l), &unused))
            return true;
    }
    return false;
}

/* A part of the copy, as part of the line itself; without the newline, which is not in
 * it. */
static struct span
in_line(const struct matcher *m, const struct line *l, struct span s)
{
    size_t at;

    if (!s.ptr)
        return s;
    at = (size_t)(s.ptr - m->text);
    return span_head(span_from(l->body, at), s.len);
}

/* The address of a failure; false when it has none. */
static bool
read_peer(const struct regex_capture *c, struct addr *out)
{
    static const enum regex_role order[] = {ROLE_IP4, ROLE_IP6, ROLE_DNS, ROLE_FID};
    struct span cidr = c->roles[ROLE_CIDR];
    struct addr a = {0};
    uint64_t bits;
    size_t i = 0;

    while (i < ARRAY_LEN(order) && !c->roles[order[i]].ptr)
        i++;
    if (i == ARRAY_LEN(order) || !addr_parse(c->roles[order[i]], &a))
        return false;
    if (cidr.ptr) {
        if (!span_u64(cidr, 0, addr_width(&a), &bits))
            return false;
        a = addr_mask(a, (unsigned)bits);
    }
    *out = a;
    return true;
}

static bool
make_hit(struct matcher *m, size_t filter, size_t regex, const struct regex_capture *c,
         struct match_hit *out)
{
    const struct regex *r = &m->filters[filter].regexes[regex];
    struct match_hit hit = {
        .filter = (uint16_t)filter,
        .regex = (uint16_t)regex,
        .kind = r->event,
        .is_failure = r->kind == REGEX_FAIL,
        .account = span_head(c->roles[ROLE_USER], EVENT_ACCOUNT_MAX),
        .recipient = span_head(c->roles[ROLE_RCPT], EVENT_TEXT_MAX),
        .detail = span_head(c->roles[ROLE_DETAIL], EVENT_TEXT_MAX),
        .fid = c->roles[ROLE_FID],
        .port = c->roles[ROLE_PORT],
    };

    if (!read_peer(c, &hit.peer) && hit.fid.len == 0) {
        m->counts.unresolved++;
        return false;
    }
    m->counts.hits++;
    *out = hit;
    return true;
}

static bool
try_filter(struct matcher *m, size_t filter, const struct line *l, struct match_hit *hit)
{
    struct filter *f = &m->filters[filter];
    struct regex_capture caught = {0};
    size_t regex;

    if (next_open(m, f, l, 0) == f->regex_count)
        return false;
    if (f->prefix && !gate_passes(m, f->prefix, l))
        return false;
    if (!load_line(m, l))
        return false;
    if (f->prefix &&
        !regex_search(f->prefix, &m->engine, subject_of(m, f->prefix, l), &caught))
        return false;
    regex = find_event(m, f, l, &caught);
    if (regex == f->regex_count || is_ignored(m, f, l))
        return false;
    for (size_t i = 0; i < ROLES; i++)
        caught.roles[i] = in_line(m, l, caught.roles[i]);
    return make_hit(m, filter, regex, &caught, hit);
}

size_t
matcher_line(struct matcher *m, uint64_t filters, const struct line *l,
             struct match_hit hits[MATCH_HITS_MAX])
{
    struct match_hit hit;
    size_t n = 0;

    m->counts.lines++;
    m->load = LOAD_NONE;
    if (m->filter_count < CONFIG_FILTERS_MAX)
        filters &= (UINT64_C(1) << m->filter_count) - 1;
    filters &= wanted_by(m, l->tag);
    for (; filters; filters &= filters - 1) {
        if (!try_filter(m, (size_t)__builtin_ctzll(filters), l, &hit))
            continue;
        if (n < MATCH_HITS_MAX)
            hits[n++] = hit;
        else
            m->counts.crowded++;
    }
    return n;
}

struct match_counts
matcher_counts(const struct matcher *m)
{
    struct match_counts counts = m->counts;

    for (size_t i = 0; i < m->filter_count; i++) {
        counts.limit_hits += m->filters[i].daemon.limit_hits;
        for (size_t k = 0; k < m->filters[i].regex_count; k++)
            counts.limit_hits += m->filters[i].regexes[k].limit_hits;
    }
    return counts;
}

uint64_t
matcher_limit_hits(const struct matcher *m, size_t filter, size_t regex)
{
    must(filter < m->filter_count && regex < m->filters[filter].regex_count);
    return m->filters[filter].regexes[regex].limit_hits;
}

void
matcher_set_gated(struct matcher *m, bool is_gated)
{
    m->is_gated = is_gated;
}
