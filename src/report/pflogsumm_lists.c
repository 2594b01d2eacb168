/* The lists of pflogsumm's layout: reasons, and messages. */
#include "base/mem.h"
#include "report/pflogsumm_internal.h"
#include "report/pflogsumm_order.h"

enum { DEEPEST = 3 };

/* --- reasons --- */

static uint64_t
count_of(const struct texts *t, uint32_t number)
{
    return *(const uint64_t *)texts_value(t, number);
}

/* How many of `rows`, from `from` on, have the same first `parts` parts. */
static uint32_t
same_group(const struct texts *t, const uint32_t *rows, uint32_t from, size_t parts)
{
    struct span first[DEEPEST + 1], next[DEEPEST + 1];
    uint32_t n = from + 1;

    pflogsumm_parts(texts_text(t, rows[from]), first, parts + 1);
    for (; n < t->count; n++) {
        pflogsumm_parts(texts_text(t, rows[n]), next, parts + 1);
        for (size_t i = 0; i < parts; i++)
            if (!span_eq(first[i], next[i]))
                return n - from;
    }
    return n - from;
}

static void
indent(struct pflogsumm *p, size_t level)
{
    for (size_t i = 0; i < level; i++)
        buf_add_byte(p->text, ' ');
}

/* The line above the rows of one reason. */
static void
leaf_title(struct pflogsumm *p, const struct texts *t, const uint32_t *rows,
           uint32_t count, int top)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += count_of(t, rows[i]);
    if (top > 0)
        buf_printf(p->text, " (top %d)", top);
    buf_printf(p->text, " (total: %llu)", (unsigned long long)sum);
}

/* The lines above row `i`: those of each group that begins there. `parts`: of a key. */
static void
group_titles(struct pflogsumm *p, const struct texts *t, const uint32_t *rows,
             size_t parts, int top)
{
    struct span part[DEEPEST + 1];

    pflogsumm_parts(texts_text(t, rows[0]), part, parts);
    for (size_t level = 0; level + 1 < parts; level++) {
        bool is_leaf = level + 2 == parts;

        if (!is_leaf && p->group.len && span_eq(p->group, part[level]))
            continue;
        p->group = part[0];
        indent(p, 2 * (level + 1));
        pflogsumm_add(p, part[level]);
        if (is_leaf)
            leaf_title(p, t, rows, p->group_rows, top);
        pflogsumm_line(p);
    }
}

/* The rows of one reason. */
static void
leaf_rows(struct pflogsumm *p, const struct texts *t, const uint32_t *rows, size_t parts,
          int top)
{
    struct span part[DEEPEST + 1];

    for (uint32_t i = 0; i < p->group_rows && (top <= 0 || i < (uint32_t)top); i++) {
        pflogsumm_parts(texts_text(t, rows[i]), part, parts);
        indent(p, parts == 1 ? 1 : 2 * parts);
        pflogsumm_number(p, (double)count_of(t, rows[i]));
        buf_add_text(p->text, "  ");
        pflogsumm_add(p, part[parts - 1]);
        pflogsumm_line(p);
    }
}

static void
list(struct pflogsumm *p, enum tally_list which, const char *title, size_t parts, int top)
{
    const struct texts *t = &p->tally->lists[which];
    uint32_t *rows;

    if (!pflogsumm_list_title(p, title, 0, t->count == 0, p->o->is_quiet))
        return;
    rows = pflogsumm_sorted_list(t, parts);
    p->group = (struct span){0};
    for (uint32_t i = 0; i < t->count; i += p->group_rows) {
        p->group_rows = same_group(t, rows, i, parts - 1);
        group_titles(p, t, rows + i, parts, top);
        leaf_rows(p, t, rows + i, parts, top);
    }
    mem_free(rows);
}

void
pflogsumm_problems(struct pflogsumm *p)
{
    const struct pflogsumm_options *o = p->o;

    if (o->deferrals)
        list(p, LIST_DEFERRED, "message deferral detail", 2, o->deferrals);
    if (o->bounces)
        list(p, LIST_BOUNCED, "message bounce detail (by relay)", 2, o->bounces);
    if (o->rejects) {
        list(p, LIST_REJECTED, "message reject detail", 3, o->rejects);
        list(p, LIST_WARNED, "message reject warning detail", 3, o->rejects);
        list(p, LIST_HELD, "message hold detail", 3, o->rejects);
        list(p, LIST_DISCARDED, "message discard detail", 3, o->rejects);
    }
    if (o->unreached)
        list(p, LIST_UNREACHED, "smtp delivery failures", 2, o->unreached);
    if (o->warnings)
        list(p, LIST_WARNINGS, "Warnings", 2, o->warnings);
    list(p, LIST_FATAL, "Fatal Errors", 2, 0);
    list(p, LIST_PANIC, "Panics", 2, 0);
    list(p, LIST_MASTER, "Master daemon messages", 1, 0);
}

/* --- messages --- */

static struct span
last_label(struct span *s)
{
    ptrdiff_t dot = span_find_last(*s, '.');
    struct span label = span_from(*s, (size_t)(dot + 1));

    *s = span_head(*s, dot < 0 ? 0 : (size_t)dot);
    return label;
}

/* The domain as `owner` and the host in front of it, which may be empty. */
static void
split_domain(struct span domain, struct span *owner, struct span *host)
{
    struct span left = domain, top = last_label(&left), second = last_label(&left);

    *owner = domain;
    *host = (struct span){0};
    if (second.len == 0 || left.len == 0)
        return;
    if (top.len != 3) {
        struct span third = last_label(&left);

        if (top.len != 2 || second.len < 2 || second.len > 3 || third.len == 0 ||
            third.ptr == domain.ptr)
            return;
        second = third;
    }
    *owner = span_from(domain, (size_t)(second.ptr - domain.ptr));
    *host = left;
}

static struct span
without_path(struct span user)
{
    return span_from(user, (size_t)(span_find_last(user, '!') + 1));
}

/* The domain of an address, or of a bang path that has none. */
static struct span
domain_of(struct span address, struct span *user)
{
    struct span domain = {0}, rest;
    ptrdiff_t bang;

    *user = address;
    if (span_cut(address, SPAN("@"), user, &rest) && rest.len) {
        if (!span_cut(rest, SPAN("@"), &domain, &rest))
            domain = rest;
        return domain;
    }
    bang = span_find_last(address, '!');
    if (bang > 0) {
        domain = without_path(span_head(address, (size_t)bang));
        *user = span_from(address, (size_t)bang + 1);
    }
    return domain;
}

static int
compare_domains(struct span a, struct span b)
{
    struct span owner_a, host_a, owner_b, host_b;
    struct buf x = {0}, y = {0};
    int c;

    split_domain(a, &owner_a, &host_a);
    split_domain(b, &owner_b, &host_b);
    c = span_cmp(owner_a, owner_b);
    if (c == 0)
        return span_cmp(host_a, host_b);
    /* One owner may begin with the other: the dot and the host behind it count. */
    buf_add(&x, owner_a);
    if (host_a.len)
        buf_printf(&x, ".%.*s", SPAN_FMT(host_a));
    buf_add(&y, owner_b);
    if (host_b.len)
        buf_printf(&y, ".%.*s", SPAN_FMT(host_b));
    c = span_cmp(buf_span(&x), buf_span(&y));
    buf_fini(&x);
    buf_fini(&y);
    return c;
}

/* By the domain of the first in their list, its owner in front of its host; then by the
 * user; then by queue id. */
static int
compare_messages(const void *x, const void *y, void *ctx)
{
    const struct tally *t = ctx;
    const struct tally_message *a = &t->messages[*(const uint32_t *)x];
    const struct tally_message *b = &t->messages[*(const uint32_t *)y];
    struct span user_a, user_b;
    struct span domain_a = domain_of(tally_part_text(t, a->first), &user_a);
    struct span domain_b = domain_of(tally_part_text(t, b->first), &user_b);
    int c = compare_domains(domain_a, domain_b);

    if (c == 0)
        c = span_cmp(without_path(user_a), without_path(user_b));
    if (c == 0)
        c = span_cmp((struct span){a->id, a->id_len}, (struct span){b->id, b->id_len});
    return c ? c : (a > b) - (a < b);
}

static void
message(struct pflogsumm *p, const struct tally_message *m)
{
    buf_add_byte(p->text, ' ');
    pflogsumm_add(p, (struct span){m->id, m->id_len});
    buf_add_byte(p->text, ' ');
    for (uint32_t i = m->first; i; i = p->tally->parts[i - 1].next) {
        buf_add_text(p->text, i == m->first ? " " : "   ");
        pflogsumm_add(p, tally_part_text(p->tally, i));
        pflogsumm_line(p);
    }
    pflogsumm_line(p);
}

void
pflogsumm_messages(struct pflogsumm *p)
{
    uint32_t *rows, count = 0;

    rows = mem_zalloc((size_t)p->tally->message_count + 1, sizeof(*rows));
    for (uint32_t i = 0; i < p->tally->message_count; i++)
        if (p->tally->messages[i].first)
            rows[count++] = i;
    if (pflogsumm_list_title(p, "Message detail", 0, count == 0, p->o->is_quiet)) {
        qsort_r(rows, count, sizeof(*rows), compare_messages,
                (void *)(uintptr_t)p->tally);
        for (uint32_t i = 0; i < count; i++)
            message(p, &p->tally->messages[rows[i]]);
    }
    mem_free(rows);
}
