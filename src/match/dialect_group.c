#include "base/ascii.h"
#include "base/mem.h"
#include "match/dialect_parts.h"

static const struct dialect_width nothing = {0, 0};

static bool
open_level(struct dialect_walk *w, struct dialect_level level)
{
    if (w->depth + 1 == DIALECT_DEPTH_MAX)
        return dialect_refuse(w, "more than %d groups in one another",
                              DIALECT_DEPTH_MAX - 1);
    w->has_begun = true;
    level.at = w->whole.len - w->rest.len;
    level.is_verbose_outside = w->is_verbose;
    w->levels[++w->depth] = level;
    if (level.kind == LEVEL_BEHIND && !w->behind_depth) {
        w->behind_depth = w->depth;
        w->behind_count = w->group_count;
    }
    return true;
}

/* A group that captures; `head` bytes begin it. */
static bool
open_capture(struct dialect_walk *w, struct span name, size_t head)
{
    w->groups = mem_realloc(w->groups, w->group_count + 1, sizeof(*w->groups));
    w->groups[w->group_count++] = (struct dialect_group){.name = name, .is_open = true};
    if (!open_level(w, (struct dialect_level){.number = w->group_count}))
        return false;
    dialect_copy(w, head);
    return true;
}

static uint32_t
group_named(const struct dialect_walk *w, struct span name)
{
    for (uint32_t i = 0; i < w->group_count; i++)
        if (name.len && span_eq(w->groups[i].name, name))
            return i + 1;
    return 0;
}

/* The name from `at` on, which ends before `end`. */
static bool
take_name(struct dialect_walk *w, size_t at, char end, struct span *name)
{
    struct span rest = span_from(w->rest, at);
    ptrdiff_t n = span_find_byte(rest, end);

    *name = span_head(rest, n < 1 ? 0 : (size_t)n);
    if (n < 1)
        return dialect_refuse(w, n < 0 ? "a group's name that does not end"
                                       : "a group without its name");
    if (ascii_is_digit(*name->ptr) && end != ')')
        return dialect_refuse(w, "a group's name begins with a letter");
    for (size_t i = 0; i < name->len; i++)
        if (!ascii_is_letter(name->ptr[i]) && !ascii_is_digit(name->ptr[i]) &&
            name->ptr[i] != '_')
            return dialect_refuse(w, "a group's name has letters, digits and _");
    return true;
}

/* At "(?P". */
static bool
open_named(struct dialect_walk *w)
{
    struct span name;
    uint32_t number;

    if (span_starts(w->rest, SPAN("(?P<"))) {
        if (!take_name(w, 4, '>', &name))
            return false;
        if (group_named(w, name) && w->how.is_strict)
            return dialect_refuse(w, "the group's name `%.*s` is given twice",
                                  (int)name.len, name.ptr);
        return open_capture(w, name, 5 + name.len);
    }
    if (!span_starts(w->rest, SPAN("(?P="))) {
        dialect_copy(w, 3); /* left to PCRE2 */
        return open_level(w, (struct dialect_level){0});
    }
    if (!take_name(w, 4, ')', &name))
        return false;
    number = group_named(w, name);
    if (w->how.is_strict && (number ? !dialect_reference(w, number)
                                    : !dialect_refuse(w, "there is no group `%.*s` yet",
                                                      (int)name.len, name.ptr)))
        return false;
    dialect_copy(w, 5 + name.len);
    dialect_item(w, ITEM_PLAIN, number ? w->groups[number - 1].width : nothing);
    return true;
}

/* At "(?(": what is asked of is a group's number or name. */
static bool
open_condition(struct dialect_walk *w)
{
    struct span name;

    if (!w->how.is_strict) { /* it may be something else for PCRE2 */
        ptrdiff_t end = span_find_byte(w->rest, ')');
        bool is_look = span_starts(w->rest, SPAN("(?(?"));

        if (!open_level(w, (struct dialect_level){.is_condition = true}))
            return false;
        dialect_copy(w, is_look || end < 0 ? 2 : (size_t)end + 1);
        return true;
    }
    if (!take_name(w, 3, ')', &name))
        return false;
    must(name.len); /* an empty one was refused */
    if (!ascii_is_digit(*name.ptr) && !group_named(w, name))
        return dialect_refuse(w, "there is no group `%.*s` yet", (int)name.len, name.ptr);
    if (!open_level(w, (struct dialect_level){.is_condition = true}))
        return false;
    dialect_copy(w, 4 + name.len);
    return true;
}

/* The flags of a group, or of all: which are switched on and off. */
struct flags {
    char on[8], off[8];
    size_t on_count, off_count, len; /* bytes read, with what is behind them */
    char end;
};

/* Reads flags from byte `at` on; false when there are none. */
static bool
read_flags(const struct dialect_walk *w, size_t at, struct flags *f)
{
    struct span s = span_from(w->rest, at);
    bool is_off = false;
    size_t n = 0;

    *f = (struct flags){0};
    for (; n < s.len && strchr("aiLmsux-", s.ptr[n]) && s.ptr[n]; n++) {
        if (s.ptr[n] == '-') {
            if (is_off)
                return false;
            is_off = true;
        } else if (is_off && f->off_count < sizeof(f->off)) {
            f->off[f->off_count++] = s.ptr[n];
        } else if (!is_off && f->on_count < sizeof(f->on)) {
            f->on[f->on_count++] = s.ptr[n];
        } else {
            return false;
        }
    }
    if (n == 0 || n == s.len || (s.ptr[n] != ')' && s.ptr[n] != ':'))
        return false;
    f->end = s.ptr[n];
    f->len = n + 1;
    return true;
}

static bool
has_flag(const char flags[8], size_t count, char flag)
{
    return memchr(flags, flag, count) != NULL;
}

/* Whether there are no flags that we cannot heed, or Python refuses; else says so. */
static bool
may_set(struct dialect_walk *w, const struct flags *f)
{
    if (!w->how.is_strict)
        return true;
    if (has_flag(f->on, f->on_count, 'a') || has_flag(f->off, f->off_count, 'a'))
        return dialect_refuse(w, "the flag a is not supported: write classes, [0-9]");
    if (has_flag(f->on, f->on_count, 'L') || has_flag(f->off, f->off_count, 'L') ||
        has_flag(f->off, f->off_count, 'u'))
        return dialect_refuse(w, "the flag L, or -u, is of expressions for bytes");
    return true;
}

/* Sets what is ours to see to, and writes the others. */
static bool
set_flags(struct dialect_walk *w, const struct flags *f, size_t taken)
{
    char text[24] = "(?";
    size_t n = 2;

    if (!may_set(w, f))
        return false;
    for (size_t i = 0; i < f->on_count; i++)
        if (f->on[i] != 'u' && f->on[i] != 'x')
            text[n++] = f->on[i];
    for (size_t i = 0; i < f->off_count; i++) {
        if (f->off[i] == 'x')
            continue;
        if (!memchr(text, '-', n))
            text[n++] = '-';
        text[n++] = f->off[i];
    }
    w->is_verbose |= has_flag(f->on, f->on_count, 'x');
    w->is_verbose &= !has_flag(f->off, f->off_count, 'x');
    text[n++] = f->end;
    dialect_emit(w, n == 3 && f->end == ')' ? SPAN("") : (struct span){text, n}, taken);
    return true;
}

/* At "(?" and flags. */
static bool
open_flags(struct dialect_walk *w, const struct flags *f)
{
    size_t taken = 2 + f->len;

    if (f->end == ':') {
        if (!open_level(w, (struct dialect_level){0}))
            return false;
        return set_flags(w, f, taken);
    }
    if (w->how.is_strict && (w->has_begun || f->off_count))
        return dialect_refuse(w, f->off_count
                                     ? "flags are switched off for a group alone"
                                     : "flags for all stand at the beginning, or for a "
                                       "group as (?i:...)");
    return set_flags(w, f, taken);
}

/* "((?i)x)" and "(?:(?i)x)" are "(?i:x)" for fail2ban. */
static bool
is_wrapped_flags(const struct dialect_walk *w, struct flags *f, size_t *taken)
{
    size_t at = span_starts(w->rest, SPAN("(?:")) ? 3 : 1;

    if (!span_starts(span_from(w->rest, at), SPAN("(?")) || !read_flags(w, at + 2, f) ||
        f->end != ')' || f->off_count)
        return false;
    f->end = ':';
    *taken = at + 2 + f->len;
    return true;
}

static const struct {
    struct span text;
    struct dialect_level level;
} heads[] = {
    {SPAN_INIT("(?:"), {.kind = LEVEL_GROUP}},
    {SPAN_INIT("(?>"), {.kind = LEVEL_GROUP}},
    {SPAN_INIT("(?="), {.kind = LEVEL_AHEAD}},
    {SPAN_INIT("(?!"), {.kind = LEVEL_AHEAD}},
    {SPAN_INIT("(?<="), {.kind = LEVEL_BEHIND}},
    {SPAN_INIT("(?<!"), {.kind = LEVEL_BEHIND}},
};

/* At "(?". */
static bool
open_special(struct dialect_walk *w)
{
    struct flags f;

    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        if (!span_starts(w->rest, heads[i].text))
            continue;
        if (!open_level(w, heads[i].level))
            return false;
        dialect_copy(w, heads[i].text.len);
        return true;
    }
    if (span_starts(w->rest, SPAN("(?P<")) || span_starts(w->rest, SPAN("(?P=")))
        return open_named(w);
    if (span_starts(w->rest, SPAN("(?(")))
        return open_condition(w);
    if (span_starts(w->rest, SPAN("(?#"))) {
        ptrdiff_t end = span_find_byte(w->rest, ')');

        if (end < 0)
            return dialect_refuse(w, "a comment that does not end");
        w->rest = span_from(w->rest, (size_t)end + 1);
        return true;
    }
    if (read_flags(w, 2, &f))
        return open_flags(w, &f);
    if (w->how.is_strict)
        return dialect_refuse(w, "there is no group that begins like this");
    if (!open_level(w, (struct dialect_level){0}))
        return false;
    dialect_copy(w, 3);
    return true;
}

bool
dialect_open(struct dialect_walk *w)
{
    struct flags f;
    size_t taken;

    if (w->how.is_strict && is_wrapped_flags(w, &f, &taken))
        return open_level(w, (struct dialect_level){0}) && set_flags(w, &f, taken);
    if (span_starts(w->rest, SPAN("(?")))
        return open_special(w);
    if (span_starts(w->rest, SPAN("(*")) && !w->how.is_strict) {
        if (!open_level(w, (struct dialect_level){0}))
            return false;
        dialect_copy(w, 2); /* a verb of PCRE2 */
        return true;
    }
    return open_capture(w, SPAN(""), 1);
}

bool
dialect_close(struct dialect_walk *w)
{
    struct dialect_level l;
    bool is_look;

    if (w->depth == 0) {
        if (w->how.is_strict)
            return dialect_refuse(w, "a closing parenthesis that closes nothing");
        dialect_copy(w, 1);
        return true;
    }
    dialect_end_branch(dialect_level(w));
    l = w->levels[w->depth];
    is_look = l.kind != LEVEL_GROUP;
    if (l.kind == LEVEL_BEHIND && l.whole.min != l.whole.max && w->how.is_strict)
        return dialect_refuse(w,
                              "a look-behind needs one width, and this one has several");
    if (w->behind_depth == w->depth)
        w->behind_depth = 0;
    w->depth--;
    w->is_verbose = l.is_verbose_outside;
    dialect_copy(w, 1);
    if (l.is_condition && l.branches == 1)
        l.whole.min = 0;
    if (l.number) {
        w->groups[l.number - 1].width = l.whole;
        w->groups[l.number - 1].is_open = false;
    }
    dialect_item(w, ITEM_PLAIN, is_look ? nothing : l.whole);
    return true;
}

bool
dialect_branch(struct dialect_walk *w)
{
    struct dialect_level *l = dialect_level(w);

    dialect_end_branch(l);
    if (l->is_condition && l->branches == 2 && w->how.is_strict)
        return dialect_refuse(w, "a condition has two branches at most");
    w->has_begun = true;
    dialect_copy(w, 1);
    return true;
}
