#include "match/matcher_parts.h"

/* A date of a line before is not this line's when it is older; fail2ban's figure. */
#define STALE_US (60 * INT64_C(1000000))

/* "Nov  2 01:53:25": with more in it ("PDT Nov ...") templates may find something else.
 */
enum { PLAIN_DATE = 15 };

bool
subject_is_usual(const struct line *l)
{
    bool is_plain =
        l->form == LINE_RFC3339 || (l->form == LINE_RFC3164 && l->date.len == PLAIN_DATE);

    return is_plain && l->date.ptr < l->body.ptr;
}

/* Whether the filter's templates are to be asked: not where the line was split at the
 * date that they would find. */
static bool
asks_dates(const struct matcher *m, const struct compiled *f)
{
    return f->dates && !(f->has_usual_dates && subject_is_usual(m->now.line));
}

/* By the filter's own templates; one that fits without a text, as `^WARNING:()**` does,
 * says that the line need have no date. */
static enum subject_when
own_date(struct dates *d, struct span text, int64_t now_us, int64_t *time_us)
{
    struct date_cut cut;

    if (dates_find(d, text, now_us, &cut) == DATES_NOTHING)
        return WHEN_UNKNOWN;
    if (cut.has_time)
        *time_us = cut.wall_us;
    return cut.has_time ? WHEN_OWN : cut.len ? WHEN_UNKNOWN : WHEN_READ;
}

/* As read for all filters that have no templates and no zone of their own. */
static bool
shared_time(struct matcher *m, int64_t *time_us)
{
    struct current *n = &m->now;
    struct date_cut cut;

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

enum subject_when
subject_own_time(struct matcher *m, const struct compiled *f, int64_t *time_us)
{
    struct current *n = &m->now;
    bool has_time;

    if (n->line->form == LINE_JOURNAL)
        return WHEN_UNKNOWN; /* the caller's now is when it was written */
    if (asks_dates(m, f))
        return own_date(f->dates, line_whole(n->line), n->now_us, time_us);
    if (f->zoned && n->line->form == LINE_PLAIN)
        return own_date(f->zoned, n->line->body, n->now_us, time_us);
    has_time = f->zone.is_fixed ? line_time_in(n->line, f->zone, n->now_us, time_us)
                                : shared_time(m, time_us);
    return has_time ? WHEN_OWN : WHEN_UNKNOWN;
}

bool
subject_time(struct matcher *m, struct compiled *f, int64_t *time_us)
{
    if (m->now.line->form == LINE_JOURNAL)
        return false;
    if (subject_own_time(m, f, time_us) == WHEN_OWN) {
        f->last_us = *time_us;
        f->has_last = true;
        return true;
    }
    if (!f->has_last || f->last_us <= m->now.now_us - STALE_US)
        return false;
    *time_us = f->last_us;
    return true;
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

/* What the bytes of the line are for a filter; NULL: for all of them, as they are. */
static inline enum view_kind
kind_of(struct matcher *m, const struct compiled *f)
{
    struct current *n = &m->now;

    if (!n->is_plain_known) {
        n->is_plain_known = true;
        n->is_plain = view_is_plain(line_whole(n->line));
    }
    return n->is_plain ? VIEW_PLAIN : f && !f->is_of_bytes ? VIEW_CHARACTERS : VIEW_BYTES;
}

/* Makes the copy of the line without what the filter's own templates take for the date.
 */
static bool
load_own(struct matcher *m, const struct compiled *f, enum view_kind kind)
{
    struct span whole = line_whole(m->now.line);
    struct date_cut cut;
    bool is_found = m->now.line->form != LINE_JOURNAL &&
                    dates_cut(f->dates, whole, &cut) == DATES_FOUND;

    m->cut_for = f;
    return view_load(&m->views[VIEW_CUT], kind, whole, is_found ? cut.at : 0,
                     is_found ? cut.len : 0);
}

/* The copy of the line that an expression of `f` looks at (NULL: of a filter without
 * templates of its own); NULL when it is too long. Copied once for all filters that look
 * at the same. */
static const struct view *
view_of(struct matcher *m, const struct compiled *f, bool is_on_message)
{
    enum view_kind kind = kind_of(m, f);
    struct view *v = &m->views[VIEW_LINE];
    bool is_good = true;

    if (!is_on_message && f && asks_dates(m, f)) {
        v = &m->views[VIEW_CUT];
        if (!v->is_loaded || m->cut_for != f)
            is_good = load_own(m, f, kind);
    } else if (!is_on_message && (find_cut(m), m->now.cut_len)) {
        v = &m->views[VIEW_CUT];
        if (!v->is_loaded || m->cut_for || v->kind != kind) {
            m->cut_for = NULL;
            is_good =
                view_load(v, kind, m->now.line->body, m->now.cut_at, m->now.cut_len);
        }
    } else if (!v->is_loaded || v->kind != kind) {
        is_good = view_load(v, kind, m->now.line->body, 0, 0);
    }
    m->counts.too_long += !is_good && !m->now.is_too_long;
    m->now.is_too_long |= !is_good;
    return is_good ? v : NULL;
}

bool
subject_of(struct matcher *m, const struct compiled *f, const struct regex *r,
           struct span *out)
{
    const struct view *v;

    if (f->window.max) {
        *out = (struct span){f->window.text, f->window.len};
        m->engine.is_wide = f->window.is_wide;
        return true;
    }
    v = view_of(m, f, r->is_on_message);
    if (!v)
        return false;
    *out = r->is_on_message ? view_tail(v, m->now.line->message) : view_text(v);
    m->engine.is_wide = v->is_wide;
    return true;
}

struct span
subject_body(struct matcher *m)
{
    const struct view *v;

    find_cut(m);
    if (m->now.cut_len == 0)
        return m->now.line->body;
    v = view_of(m, NULL, false);
    return v ? view_text(v) : m->now.line->body;
}

void
subject_add(struct matcher *m, struct compiled *f)
{
    const struct view *v = view_of(m, f, false);
    struct span text;
    int64_t unused;

    (void)subject_time(m, f, &unused); /* the date may stand in the line before */
    if (!v)
        return;
    text = view_text(v);
    window_add(&f->window, span_head(text, text.len - 1));
}
