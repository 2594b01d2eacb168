#include "match/facts.h"

#include "base/mem.h"

struct facts_session {
    char *name;
    size_t len;
    struct facts facts;
};

struct facts_book {
    struct facts prefix;                               /* of the line at hand */
    struct facts now;                                  /* what facts_take() gives */
    struct facts_session sessions[FACTS_SESSIONS_MAX]; /* the oldest first */
    size_t session_count;
    struct facts_list recent;  /* the last lines */
    struct facts_list matched; /* those of the match at hand */
    size_t maxlines;
};

static void
list_clear(struct facts_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        buf_fini(&l->texts[i]);
    mem_free(l->texts);
    *l = (struct facts_list){0};
}

static void
list_add(struct facts_list *l, struct span text)
{
    if (l->count == FACTS_LINES_MAX)
        return;
    l->texts = mem_realloc(l->texts, l->count + 1, sizeof(*l->texts));
    l->texts[l->count] = (struct buf){0};
    buf_add(&l->texts[l->count++], text);
}

static void
list_append(struct facts_list *l, const struct facts_list *more)
{
    for (size_t i = 0; i < more->count; i++)
        list_add(l, buf_span(&more->texts[i]));
}

static void
list_drop(struct facts_list *l, size_t i)
{
    buf_fini(&l->texts[i]);
    l->count--;
    memmove(&l->texts[i], &l->texts[i + 1], (l->count - i) * sizeof(*l->texts));
}

static bool
list_has(const struct facts_list *l, struct span text)
{
    for (size_t i = 0; i < l->count; i++)
        if (span_eq(buf_span(&l->texts[i]), text))
            return true;
    return false;
}

static void
facts_clear(struct facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        mem_free(f->list[i].name);
        buf_fini(&f->list[i].value);
    }
    list_clear(&f->users);
    list_clear(&f->lines);
    list_clear(&f->held);
    *f = (struct facts){0};
}

static struct fact *
find(struct facts *f, struct span name)
{
    for (size_t i = 0; i < f->count; i++)
        if (span_eq(span_of(f->list[i].name), name))
            return &f->list[i];
    return NULL;
}

const struct fact *
facts_find(const struct facts *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->list[i].name, name) == 0)
            return f->list[i].is_none ? NULL : &f->list[i];
    return NULL;
}

/* The fact called so, made when it is not there; NULL when there is no room. */
static struct fact *
obtain(struct facts *f, struct span name)
{
    struct fact *one = find(f, name);

    if (one || f->count == FACTS_MAX)
        return one;
    one = &f->list[f->count++];
    *one = (struct fact){.name = mem_copy_text(name.ptr, name.len), .is_none = true};
    return one;
}

static void
put(struct facts *f, struct span name, struct span value)
{
    struct fact *one = obtain(f, name);

    if (!one)
        return;
    buf_clear(&one->value);
    buf_add(&one->value, value);
    one->is_none = value.ptr == NULL;
    one->is_tuple = false;
}

static void
copy_fact(struct facts *to, const struct fact *from)
{
    struct span value = buf_span(&from->value);
    struct fact *one;

    if (!from->is_none && !value.ptr)
        value = SPAN("");
    put(to, span_of(from->name), from->is_none ? (struct span){0} : value);
    one = find(to, span_of(from->name));
    if (!one)
        return;
    one->is_tuple = from->is_tuple;
    one->none_parts = from->none_parts;
    one->part_count = from->part_count;
}

static void
facts_copy(struct facts *to, const struct facts *from)
{
    facts_clear(to);
    for (size_t i = 0; i < from->count; i++)
        copy_fact(to, &from->list[i]);
    list_append(&to->users, &from->users);
    list_append(&to->lines, &from->lines);
    list_append(&to->held, &from->held);
    to->is_nofail = from->is_nofail;
    to->is_pending = from->is_pending;
    to->has_pending = from->has_pending;
}

static void
drop(struct facts *f, const char *name)
{
    struct fact *one = find(f, span_of(name));
    size_t at;

    if (!one)
        return;
    mem_free(one->name);
    buf_fini(&one->value);
    at = (size_t)(one - f->list);
    f->count--;
    memmove(one, one + 1, (f->count - at) * sizeof(*one));
}

/* --- parts --- */

static bool
is_filled(const struct fact *f)
{
    return f && !f->is_none && f->value.len;
}

/* <F-ALT_X>: a value of X where that has none. */
static void
take_other(struct facts *f, const struct regex_field *part)
{
    struct span name = field_whole(part->name, FIELD_OTHER);

    if (part->value.len && !is_filled(find(f, name)))
        put(f, name, part->value);
}

/* <F-TUPLE_X>: one more value of X. */
static void
take_part(struct facts *f, const struct regex_field *part)
{
    struct fact *one = obtain(f, field_whole(part->name, FIELD_TUPLE));

    if (!one)
        return;
    if (!one->is_tuple) {
        one->none_parts = one->is_none;
        one->part_count = 1;
    }
    buf_add_byte(&one->value, '\0');
    buf_add(&one->value, part->value);
    if (!part->value.ptr && one->part_count < FACTS_PARTS_MAX)
        one->none_parts |= UINT64_C(1) << one->part_count;
    one->part_count++;
    one->is_none = false;
    one->is_tuple = true;
}

static void
take_fields(struct facts *f, const struct look_seen *seen)
{
    const struct regex_field *one = NULL;

    for (size_t i = 0; i < seen->field_count; i++)
        put(f, seen->fields[i].name, seen->fields[i].value);
    while ((one = field_next(seen->fields, seen->field_count, FIELD_OTHER, one)))
        take_other(f, one);
    while ((one = field_next(seen->fields, seen->field_count, FIELD_TUPLE, one)))
        take_part(f, one);
}

/* --- sessions --- */

static struct facts_session *
find_session(struct facts_book *b, struct span name)
{
    for (size_t i = 0; i < b->session_count; i++)
        if (span_eq((struct span){b->sessions[i].name, b->sessions[i].len}, name))
            return &b->sessions[i];
    return NULL;
}

static void
end_session(struct facts_book *b, struct facts_session *s)
{
    size_t at = (size_t)(s - b->sessions);

    facts_clear(&s->facts);
    mem_free(s->name);
    b->session_count--;
    memmove(s, s + 1, (b->session_count - at) * sizeof(*s));
}

static struct facts_session *
begin_session(struct facts_book *b, struct span name)
{
    struct facts_session *s;

    if (b->session_count == FACTS_SESSIONS_MAX)
        end_session(b, &b->sessions[0]);
    s = &b->sessions[b->session_count++];
    *s = (struct facts_session){.name = mem_copy_text(name.ptr, name.len),
                                .len = name.len};
    return s;
}

static void
add_user(struct facts *f, const struct fact *user)
{
    if (!is_filled(user) || list_has(&f->users, buf_span(&user->value)))
        return;
    list_add(&f->users, buf_span(&user->value));
    put(f, SPAN(FACTS_USERS), SPAN("")); /* their place among the others */
}

/* What one line of a session says of it, beside its groups. */
struct step {
    bool is_gained, is_nofail, is_over, was_nofail;
};

/* Merges what the line says into what is known; later values replace earlier ones. */
static void
merge_known(struct facts *known, struct facts *line, struct step *s)
{
    add_user(known, find(line, SPAN("user")));
    s->was_nofail = is_filled(find(known, SPAN("nofail"))) ||
                    is_filled(find(known, SPAN("mlfgained")));
    drop(known, "nofail");
    drop(known, "mlfgained");
    if (s->is_gained)
        known->has_pending = false;
    if (!s->was_nofail && !known->has_pending)
        list_clear(&known->lines);
    for (size_t i = 0; i < line->count; i++)
        if (!line->list[i].is_none)
            copy_fact(known, &line->list[i]);
}

/* The lines of the session become those of the failure, or wait for one. */
static void
merge_lines(struct facts *f, const struct step *s, const struct facts_list *lines)
{
    struct facts_list all;

    if (!s->is_nofail) {
        all = f->held;
        f->held = (struct facts_list){0};
        list_append(&all, &f->lines);
        if (!s->is_gained)
            list_append(&all, lines);
        list_clear(&f->lines);
        f->lines = all;
    } else if (!s->is_over) {
        list_append(&f->held, lines);
    }
}

/* Merges b->now with the session called `name`. */
static void
merge(struct facts_book *b, struct span name)
{
    struct facts_session *session = find_session(b, name);
    struct step s = {.is_gained = is_filled(find(&b->now, SPAN("mlfgained"))),
                     .is_over = is_filled(find(&b->now, SPAN("mlfforget")))};
    struct facts *f = &b->now;

    if (s.is_gained && !is_filled(find(f, SPAN("nofail"))))
        put(f, SPAN("nofail"), buf_span(&find(f, SPAN("mlfgained"))->value));
    s.is_nofail = is_filled(find(f, SPAN("nofail")));
    drop(f, "mlfforget");
    if (session) {
        merge_known(&session->facts, f, &s);
        f = &session->facts;
    } else if (!s.is_over) {
        add_user(f, find(f, SPAN("user")));
        session = begin_session(b, name);
        facts_copy(&session->facts, f);
        f = &session->facts;
    }
    if (f->has_pending || f->users.count > 1) {
        drop(f, "nofail");
        drop(f, "mlfgained");
        s.is_nofail = s.is_gained = false;
    }
    f->has_pending = false;
    merge_lines(f, &s, &b->matched);
    f->is_nofail = is_filled(find(f, SPAN("nofail")));
    f->is_pending = !f->is_nofail && facts_id(f).len == 0;
    f->has_pending = f->is_pending;
    if (f != &b->now)
        facts_copy(&b->now, f);
    if (session && s.is_over)
        end_session(b, session);
}

/* --- the book --- */

struct facts_book *
facts_book_new(unsigned maxlines)
{
    struct facts_book *b = mem_zalloc(1, sizeof(*b));

    b->maxlines = maxlines ? maxlines : 1;
    return b;
}

void
facts_book_free(struct facts_book *b)
{
    if (!b)
        return;
    facts_clear(&b->prefix);
    facts_clear(&b->now);
    list_clear(&b->recent);
    list_clear(&b->matched);
    while (b->session_count)
        end_session(b, &b->sessions[b->session_count - 1]);
    mem_free(b);
}

void
facts_line(struct facts_book *b, struct span text)
{
    facts_clear(&b->prefix);
    if (b->recent.count == b->maxlines)
        list_drop(&b->recent, 0);
    list_add(&b->recent, text);
}

/* The lines of the match; those that were taken out of several are gone then. */
static void
take_lines(struct facts_book *b, const struct look_seen *seen)
{
    struct facts_list *all = &b->recent;

    list_clear(&b->matched);
    if (b->maxlines == 1 && all->count)
        list_add(&b->matched, buf_span(&all->texts[all->count - 1]));
    for (size_t i = 0; i < seen->taken_count; i++)
        if (seen->taken[i] < all->count)
            list_add(&b->matched, buf_span(&all->texts[all->count - 1 - seen->taken[i]]));
    /* They stand in the order of the lines: the place of the next, counted from the
     * newest, does not change when an older one goes. */
    for (size_t i = 0; i < seen->taken_count; i++)
        if (seen->taken[i] < all->count)
            list_drop(all, all->count - 1 - seen->taken[i]);
}

const struct facts *
facts_take(struct facts_book *b, const struct look_seen *seen)
{
    const struct fact *session;
    struct buf name = {0};

    if (seen->kind == REGEX_IGNORE)
        return NULL;
    if (seen->kind == REGEX_PREFIX) {
        facts_clear(&b->prefix);
        take_fields(&b->prefix, seen);
        drop(&b->prefix, "content");
        return NULL;
    }
    take_lines(b, seen);
    facts_copy(&b->now, &b->prefix);
    take_fields(&b->now, seen);
    session = facts_find(&b->now, "mlfid");
    if (session) {
        buf_add(&name, buf_span(&session->value));
        merge(b, buf_span(&name).ptr ? buf_span(&name) : SPAN(""));
        buf_fini(&name);
    } else {
        b->now.is_nofail = is_filled(find(&b->now, SPAN("nofail")));
        list_append(&b->now.lines, &b->matched);
    }
    return &b->now;
}

/* The first of these that is known. */
static struct span
first_of(const struct facts *f, const char *const *names, size_t count)
{
    const struct fact *one = NULL;

    for (size_t i = 0; i < count && !one; i++)
        one = facts_find(f, names[i]);
    return one ? buf_span(&one->value) : SPAN("");
}

struct span
facts_host(const struct facts *f)
{
    static const char *const names[] = {"ip4", "ip6", "dns"};

    return first_of(f, names, ARRAY_LEN(names));
}

struct span
facts_id(const struct facts *f)
{
    static const char *const names[] = {"fid", "ip4", "ip6", "dns"};

    return first_of(f, names, ARRAY_LEN(names));
}
