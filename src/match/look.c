#include "match/look.h"

#include "base/mem.h"
#include "match/matcher_parts.h"

void
matcher_look(struct matcher *m, const struct look *look)
{
    if (!m->looker)
        m->looker = mem_zalloc(1, sizeof(*m->looker));
    m->looker->look = look;
}

void
look_keep(struct matcher *m, const struct regex *r)
{
    struct looker *k = m->looker;
    size_t at = 0;

    k->field_count = regex_fields(r, &m->engine, LOOK_FIELDS_MAX, k->fields);
    buf_clear(&k->texts);
    for (size_t i = 0; i < k->field_count; i++)
        buf_add(&k->texts, k->fields[i].value);
    buf_add_byte(&k->texts, '\0'); /* so that an empty value points somewhere */
    for (size_t i = 0; i < k->field_count; i++) {
        if (k->fields[i].value.ptr)
            k->fields[i].value.ptr = k->texts.ptr + at;
        at += k->fields[i].value.len;
    }
}

void
looker_fini(struct looker *k)
{
    buf_fini(&k->texts);
    buf_fini(&k->before);
}

void
look_before(struct looker *k, const struct window *w)
{
    buf_clear(&k->before);
    buf_add(&k->before, (struct span){w->text, w->len});
}

void
look_behind(struct looker *k, const struct window *w)
{
    struct span old = buf_span(&k->before), now = {w->text, w->len}, line;
    struct span rest = old;
    uint16_t left = 0;

    k->taken_count = 0;
    while (span_line(&rest, &line))
        left++;
    /* Those that are left stand in their order, so the first that differs was taken. */
    while (left-- && span_line(&old, &line)) {
        if (span_starts(now, line) && now.len > line.len && now.ptr[line.len] == '\n')
            now = span_from(now, line.len + 1);
        else if (k->taken_count < WINDOW_LINES_MAX)
            k->taken[k->taken_count++] = left;
    }
}

void
look_tell(struct matcher *m, const struct compiled *f, const struct regex *r,
          const struct match_hit *hit)
{
    const struct looker *k = m->looker;

    k->look->seen(
        k->look->ctx,
        &(struct look_seen){.filter = (size_t)(f - m->filters),
                            .regex = (size_t)(r - f->regexes),
                            .kind = r->kind,
                            .hit = hit,
                            .fields = k->fields,
                            .field_count = k->field_count,
                            .taken = k->taken,
                            .taken_count = hit && f->window.max ? k->taken_count : 0});
}

void
look_on(struct matcher *m, size_t filter, enum find found, const struct match_hit *hit)
{
    const struct compiled *f = &m->filters[filter];
    bool is_all = m->looker->look->tries_all;
    size_t regex = hit->regex;
    struct match_hit other;

    if (found == FIND_SPARED)
        return; /* nothing else was searched */
    if (found == FIND_EVENT)
        look_tell(m, f, &f->regexes[regex], hit);
    while (is_all && ++regex < f->regex_count) {
        found = matcher_search(m, filter, &regex, &other);
        if (found == FIND_NOTHING)
            return;
        if (found == FIND_EVENT)
            look_tell(m, f, &f->regexes[regex], &other);
    }
}

struct span
matcher_text(struct matcher *m, size_t filter)
{
    struct compiled *f;
    struct span text;

    must(filter < m->filter_count);
    f = &m->filters[filter];
    if (f->regex_count == 0 || !subject_of(m, f, &f->regexes[0], &text))
        return SPAN("");
    return text.len ? span_head(text, text.len - 1) : text;
}

bool
matcher_time(struct matcher *m, size_t filter, int64_t *time_us, bool *is_own)
{
    enum subject_when when;

    must(filter < m->filter_count);
    when = subject_own_time(m, &m->filters[filter], time_us);
    *is_own = when == WHEN_OWN;
    if (*is_own || subject_time(m, &m->filters[filter], time_us))
        return true;
    *time_us = m->now.now_us;
    return when == WHEN_READ;
}
