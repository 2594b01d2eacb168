#include "match/matcher_parts.h"

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

/* The <F-CONTENT> that the prefregex found in `whole`, made to end in a newline. */
struct content {
    struct span text; /* len 0: none; empty content is none, as in fail2ban */
    char *end, behind;
    bool is_wide; /* as what it is a part of */
};

static struct content
content_begin(struct matcher *m, const struct compiled *f, struct span whole,
              struct span found)
{
    struct content c = {.text = found};
    const char *end;
    char *begin;

    if (!found.ptr || found.len == 0)
        return (struct content){0};
    /* Content that took the text's own newline ends before it. */
    end = found.ptr + found.len;
    if (end[-1] == '\n' && end == whole.ptr + whole.len)
        end--;
    c.is_wide = m->engine.is_wide;
    begin = f->window.max                   ? f->window.text
            : view_has(&m->views[0], found) ? m->views[0].text
                                            : m->views[1].text;
    c.end = begin + (end - begin);
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

    if (content && content->text.len && !r->is_on_message) {
        m->engine.is_wide = content->is_wide;
        return regex_search(r, &m->engine, content->text, &unused);
    }
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
    bool is_found = false;

    for (size_t i = 0; i < f->regex_count; i++) {
        struct regex *r = &f->regexes[i];

        if (r->kind != REGEX_IGNORE || !is_open(m, f, r) || !ignores(m, f, r, content))
            continue;
        is_found = true;
        if (!m->looker)
            break;
        look_keep(m, r);
        look_tell(m, f, r, NULL);
        if (!m->looker->look->tries_all)
            break;
    }
    return is_found;
}

static bool
is_ignored(struct matcher *m, struct compiled *f, const struct content *content)
{
    return f->ignore_count && search_ignored(m, f, content);
}

/* Whether an ignoreregex excepts what was found in the last lines together: it sees the
 * lines of the match alone, without those that <SKIPLINES> passed over. */
static bool
is_match_ignored(struct matcher *m, struct compiled *f, const struct regex_capture *found)
{
    struct span skips[REGEX_SKIPS_MAX];
    size_t from = (size_t)(found->whole.ptr - f->window.text);
    size_t count = m->engine.skip_count;
    struct content lines = {.is_wide = m->engine.is_wide};
    bool is_found;

    if (!f->ignore_count)
        return false;
    memcpy(skips, m->engine.skips, sizeof(skips));
    lines.text = window_matched(&f->window, from, from + found->whole.len, skips, count);
    if (!lines.text.len)
        return false;
    lines.end = (char *)(uintptr_t)lines.text.ptr + lines.text.len - 1;
    lines.behind = *lines.end;
    is_found = search_ignored(m, f, &lines);
    memcpy(m->engine.skips, skips, sizeof(skips));
    m->engine.skip_count = count;
    return is_found;
}

/* Whether what was found is one of the exceptions. */
static bool
is_excepted(struct matcher *m, struct compiled *f, const struct content *content,
            const struct regex_capture *found)
{
    if (f->is_ignored_first && !f->window.max && !content->text.len)
        return false; /* they see the same before */
    return f->window.max && !content->text.len ? is_match_ignored(m, f, found)
                                               : is_ignored(m, f, content);
}

/* The first expression from `*regex` on, which is open, that matches the content, or the
 * line. */
static enum find
find_in(struct matcher *m, struct compiled *f, const struct content *content,
        struct regex_capture *out, size_t *regex)
{
    struct span subject;

    for (size_t i = *regex; i < f->regex_count; i = next_open(m, f, i + 1)) {
        if (content->text.len) {
            subject = content->text;
            m->engine.is_wide = content->is_wide;
        } else if (!subject_of(m, f, &f->regexes[i], &subject)) {
            continue;
        }
        if (!regex_search(&f->regexes[i], &m->engine, subject, out))
            continue;
        *regex = i;
        if (f->keeps_groups)
            groups_keep(m, &f->regexes[i]);
        if (m->looker)
            look_keep(m, &f->regexes[i]);
        return is_excepted(m, f, content, out) ? FIND_IGNORED : FIND_EVENT;
    }
    return FIND_NOTHING;
}

enum find
search_line(struct matcher *m, struct compiled *f, struct regex_capture *out,
            size_t *regex)
{
    struct content content;
    struct span subject = {0};
    enum find found;

    bool is_first = *regex == 0;

    *regex = next_open(m, f, *regex);
    if (m->looker && f->is_ignored_first && is_first && is_ignored(m, f, NULL))
        return FIND_SPARED;
    if (*regex == f->regex_count || (f->prefix && !is_open(m, f, f->prefix)))
        return FIND_NOTHING;
    if (f->prefix && (!subject_of(m, f, f->prefix, &subject) ||
                      !regex_search(f->prefix, &m->engine, subject, out)))
        return FIND_NOTHING;
    groups_begin(m);
    if (f->prefix && f->keeps_groups)
        groups_keep(m, f->prefix);
    if (f->prefix && m->looker && is_first) {
        look_keep(m, f->prefix);
        look_tell(m, f, f->prefix, NULL);
    }
    content = content_begin(m, f, subject, out->roles[ROLE_CONTENT]);
    found = find_in(m, f, &content, out, regex);
    content_end(&content);
    /* Here they see the whole line; as it is dropped in any case, the order is the same.
     */
    if (found != FIND_NOTHING && f->is_ignored_first && !m->looker &&
        is_ignored(m, f, NULL))
        return FIND_SPARED;
    return found;
}
