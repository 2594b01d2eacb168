/* pickle_read: the machine that reads a pickle: a stack, marks on it, and a memo. */
#include "compat/pickle_read.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

enum { STACK_MAX = PICKLE_VALUES_MAX };

bool
pickle_fail(struct pickle_reader *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return false;
}

bool
pickle_bytes_of(struct pickle_reader *r, uint64_t count, struct span *out)
{
    if (count > r->in.len)
        return pickle_fail(r, "it ends in the middle");
    *out = span_head(r->in, (size_t)count);
    r->in = span_from(r->in, (size_t)count);
    return true;
}

bool
pickle_number(struct pickle_reader *r, size_t bytes, uint64_t *out)
{
    struct span raw = {0};

    if (!pickle_bytes_of(r, bytes, &raw))
        return false;
    *out = 0;
    for (size_t i = raw.len; i-- > 0;)
        *out = *out << 8 | (unsigned char)raw.ptr[i];
    return true;
}

bool
pickle_line(struct pickle_reader *r, struct span *line)
{
    if (span_cut(r->in, SPAN("\n"), line, &r->in))
        return true;
    return pickle_fail(r, "it ends in the middle");
}

bool
pickle_push(struct pickle_reader *r, struct pickle_value *v)
{
    if (!v || r->top == STACK_MAX)
        return pickle_fail(r, "it is too large");
    if (r->top == r->room) {
        r->room = r->room ? r->room * 2 : 64;
        r->stack = mem_realloc(r->stack, r->room, sizeof(struct pickle_value *));
    }
    r->stack[r->top++] = v;
    return true;
}

/* How many values stand above the last mark. */
static size_t
above_mark(const struct pickle_reader *r)
{
    return r->top - (r->mark_count ? r->marks[r->mark_count - 1] : 0);
}

bool
pickle_pop(struct pickle_reader *r, struct pickle_value **out)
{
    if (above_mark(r) == 0)
        return pickle_fail(r, "it takes more than it has");
    *out = r->stack[--r->top];
    return true;
}

static bool
push_mark(struct pickle_reader *r)
{
    if (r->mark_count == ARRAY_LEN(r->marks))
        return pickle_fail(r, "it is too deep");
    r->marks[r->mark_count++] = r->top;
    return true;
}

/* Takes the last mark off; `*from` is where the values above it begin. */
static bool
pop_mark(struct pickle_reader *r, size_t *from)
{
    if (r->mark_count == 0)
        return pickle_fail(r, "a mark is missing");
    *from = r->marks[--r->mark_count];
    return true;
}

/* --- containers --- */

static bool
add(struct pickle_reader *r, struct pickle_value *to, struct pickle_value *item)
{
    return pickle_add(r->arena, to, item) ||
           pickle_fail(r, "it is too large or too deep, or holds itself");
}

/* Adds what stands from `from` on to `to`, and takes it off. */
static bool
add_from(struct pickle_reader *r, struct pickle_value *to, size_t from)
{
    for (size_t i = from; i < r->top; i++)
        if (!add(r, to, r->stack[i]))
            return false;
    r->top = from;
    return true;
}

/* Only plain things can be keys. */
static bool
may_be_keys(struct pickle_reader *r, size_t from, size_t step)
{
    for (size_t i = from; i < r->top; i += step)
        if (r->stack[i]->type == PICKLE_LIST || r->stack[i]->type == PICKLE_DICT ||
            r->stack[i]->type == PICKLE_OBJECT)
            return pickle_fail(r, "a key or a member is no plain value");
    return true;
}

static bool
is_pairs(struct pickle_reader *r, size_t from)
{
    if ((r->top - from) % 2)
        return pickle_fail(r, "a key has no value");
    return may_be_keys(r, from, 2);
}

/* A new container of what stands above the last mark. */
static bool
collect(struct pickle_reader *r, enum pickle_type type)
{
    struct pickle_value *v = pickle_container(r->arena, type);
    size_t from = 0;

    if (!pop_mark(r, &from))
        return false;
    if (type == PICKLE_DICT ? !is_pairs(r, from)
                            : type == PICKLE_SET && !may_be_keys(r, from, 1))
        return false;
    if (!v)
        return pickle_fail(r, "it is too large");
    return add_from(r, v, from) && pickle_push(r, v);
}

/* Adds what stands above the last mark to the container below it. */
static bool
extend(struct pickle_reader *r, enum pickle_type type)
{
    size_t from = 0;

    if (!pop_mark(r, &from))
        return false;
    if (from == 0 || (r->mark_count && from == r->marks[r->mark_count - 1]) ||
        r->stack[from - 1]->type != type)
        return pickle_fail(r, "it adds to something else");
    if (type == PICKLE_DICT ? !is_pairs(r, from)
                            : type == PICKLE_SET && !may_be_keys(r, from, 1))
        return false;
    return add_from(r, r->stack[from - 1], from);
}

/* Adds the last `count` values to the container below them. */
static bool
add_last(struct pickle_reader *r, enum pickle_type type, size_t count)
{
    size_t from = 0;

    if (above_mark(r) < count + 1 || r->stack[r->top - count - 1]->type != type)
        return pickle_fail(r, "it adds to something else");
    from = r->top - count;
    if (type == PICKLE_DICT && !is_pairs(r, from))
        return false;
    return add_from(r, r->stack[from - 1], from);
}

/* A tuple of the last `count` values. */
static bool
tuple_of(struct pickle_reader *r, size_t count)
{
    struct pickle_value *v = pickle_container(r->arena, PICKLE_TUPLE);

    if (above_mark(r) < count)
        return pickle_fail(r, "it takes more than it has");
    if (!v)
        return pickle_fail(r, "it is too large");
    return add_from(r, v, r->top - count) && pickle_push(r, v);
}

static bool
on_container(struct pickle_reader *r, unsigned char op)
{
    switch (op) {
    case ']':
        return pickle_push(r, pickle_container(r->arena, PICKLE_LIST));
    case '}':
        return pickle_push(r, pickle_container(r->arena, PICKLE_DICT));
    case ')':
        return pickle_push(r, pickle_container(r->arena, PICKLE_TUPLE));
    case 0x8f:
        return pickle_push(r, pickle_container(r->arena, PICKLE_SET));
    case 'l':
        return collect(r, PICKLE_LIST);
    case 'd':
        return collect(r, PICKLE_DICT);
    case 't':
        return collect(r, PICKLE_TUPLE);
    case 0x91:
        return collect(r, PICKLE_SET);
    case 'e':
        return extend(r, PICKLE_LIST);
    case 'u':
        return extend(r, PICKLE_DICT);
    case 0x90:
        return extend(r, PICKLE_SET);
    case 'a':
        return add_last(r, PICKLE_LIST, 1);
    case 's':
        return add_last(r, PICKLE_DICT, 2);
    case 0x85:
    case 0x86:
    case 0x87:
        return tuple_of(r, op - 0x84U);
    default:
        return false;
    }
}

/* --- stack and memo --- */

static bool
remember(struct pickle_reader *r, uint64_t place)
{
    size_t room = r->memo_room ? r->memo_room : 64;

    if (above_mark(r) == 0)
        return pickle_fail(r, "it remembers nothing");
    if (place >= STACK_MAX)
        return pickle_fail(r, "it remembers too much");
    while (room <= place)
        room *= 2;
    if (room != r->memo_room) {
        r->memo = mem_realloc(r->memo, room, sizeof(struct pickle_value *));
        memset(r->memo + r->memo_room, 0,
               (room - r->memo_room) * sizeof(struct pickle_value *));
        r->memo_room = room;
    }
    r->memo_count += r->memo[place] == NULL;
    r->memo[place] = r->stack[r->top - 1];
    return true;
}

static bool
recall(struct pickle_reader *r, uint64_t place)
{
    if (!r->memo || place >= r->memo_room || !r->memo[place])
        return pickle_fail(r, "it recalls what it never said");
    return pickle_push(r, r->memo[place]);
}

static bool
on_memo(struct pickle_reader *r, unsigned char op)
{
    struct span line;
    uint64_t place = 0;
    bool is_get = op == 'g' || op == 'h' || op == 'j';

    if (op == 0x94)
        return remember(r, r->memo_count);
    if (op == 'p' || op == 'g') {
        if (!pickle_line(r, &line))
            return false;
        if (!span_u64(line, 0, STACK_MAX, &place))
            return pickle_fail(r, "a number is none");
    } else if (!pickle_number(r, op == 'q' || op == 'h' ? 1 : 4, &place))
        return false;
    return is_get ? recall(r, place) : remember(r, place);
}

static bool
on_stack(struct pickle_reader *r, unsigned char op)
{
    struct pickle_value *v;
    uint64_t number;
    size_t from = 0;

    switch (op) {
    case '(':
        return push_mark(r);
    case '0': /* POP: of a mark when that is what is on top */
        if (above_mark(r) == 0 && r->mark_count) {
            r->mark_count--;
            return true;
        }
        return pickle_pop(r, &v);
    case '1':
        if (!pop_mark(r, &from))
            return false;
        r->top = from;
        return true;
    case '2':
        return pickle_pop(r, &v) && pickle_push(r, v) && pickle_push(r, v);
    case 0x80:
        if (!pickle_number(r, 1, &number))
            return false;
        return number <= 5 || pickle_fail(r, "it is of a protocol above 5");
    case 0x95: /* a frame says only how to read it */
        return pickle_number(r, 8, &number);
    default:
        return false;
    }
}

/* --- all --- */

static pickle_op_fn *
handler_of(unsigned char op)
{
    static const struct {
        const char *ops;
        pickle_op_fn *fn;
    } handlers[] = {
        {"]})ldteuas\x85\x86\x87\x8f\x90\x91", on_container},
        {"pgqrhj\x94", on_memo},
        {"(012\x80\x95", on_stack},
        {"N\x88\x89ILFSVJKMTUXBCG\x8a\x8b\x8c\x8d\x8e\x96", pickle_on_leaf},
        {"cR\x93"
         "b\x81",
         pickle_on_object},
    };

    for (size_t i = 0; op && i < ARRAY_LEN(handlers); i++)
        if (strchr(handlers[i].ops, (char)op))
            return handlers[i].fn;
    return NULL;
}

/* Runs all up to the end. */
static bool
run(struct pickle_reader *r)
{
    pickle_op_fn *fn;
    struct span op;

    while (pickle_bytes_of(r, 1, &op)) {
        unsigned char c = (unsigned char)op.ptr[0];

        if (c == '.')
            return true;
        fn = handler_of(c);
        if (!fn)
            return pickle_fail(r, "it names a class or is no pickle");
        if (!fn(r, c))
            return pickle_fail(r, "it is no pickle");
    }
    return false;
}

const struct pickle_value *
pickle_read(struct pickle_arena *a, struct span bytes, unsigned flags, const char **why)
{
    struct pickle_reader r = {.arena = a, .in = bytes, .flags = flags};
    struct pickle_value *v = NULL;

    if (bytes.len > PICKLE_BYTES_MAX)
        (void)pickle_fail(&r, "it is too long");
    else if (run(&r) && (r.top != 1 || r.mark_count || r.in.len))
        (void)pickle_fail(&r, "it is not one value");
    else if (!r.why)
        v = r.stack[0];
    if (v && v->type == PICKLE_OBJECT && v->count == 0) {
        v = NULL; /* the name of a class alone */
        r.why = "it names a class";
    }
    mem_free(r.stack);
    mem_free(r.memo);
    if (!v)
        *why = r.why;
    return v;
}
