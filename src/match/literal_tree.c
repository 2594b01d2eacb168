#include "match/literal_tree.h"

#include "base/ascii.h"

enum { FEW_TEXTS = 4 };

static void
node_copy(struct literal_node *to, const struct literal_node *from)
{
    literal_set_copy(&to->begin, &from->begin);
    literal_set_copy(&to->end, &from->end);
    literal_set_copy(&to->best, &from->best);
    to->is_anchored = from->is_anchored;
}

/* A node of one text, the empty one included. */
static void
node_text(struct literal_node *n, struct span text)
{
    literal_set_one(&n->begin, text, true);
    literal_set_copy(&n->end, &n->begin);
    n->best.count = 0;
    n->is_anchored = false;
}

static void
node_unknown(struct literal_node *n)
{
    node_text(n, (struct span){0});
    literal_set_open(&n->begin);
    literal_set_open(&n->end);
}

/* Of two that are as good the later one: what is special stands behind what is common. So
 * is one that is rare enough, though it has a few texts. */
static void
keep_better(struct literal_set *best, const struct literal_set *other)
{
    unsigned score = literal_set_score(other);

    if (other->count && (score >= literal_set_score(best) ||
                         (score >= LITERAL_RARE && other->count <= FEW_TEXTS)))
        literal_set_copy(best, other);
}

static bool
is_without_text(const struct literal_node *n)
{
    return n->begin.count == 1 && n->begin.texts[0].is_whole && !n->begin.texts[0].len;
}

/* Makes `*a` what stands for `a` followed by `b`. */
static void
node_append(struct literal_tree *t, struct literal_node *a, const struct literal_node *b)
{
    struct literal_node *both = &t->scratch;

    literal_set_chain(&a->begin, &b->begin, LITERAL_BEGIN, &both->begin);
    literal_set_chain(&a->end, &b->end, LITERAL_END, &both->end);
    literal_set_meet(&a->end, &b->begin, &both->best);
    keep_better(&a->best, &b->best);
    keep_better(&a->best, &both->best);
    a->is_anchored = a->is_anchored || (is_without_text(a) && b->is_anchored);
    literal_set_copy(&a->begin, &both->begin);
    literal_set_copy(&a->end, &both->end);
}

/* Brings what is known only from its ends into the best set. */
static void
node_settle(struct literal_node *n)
{
    keep_better(&n->best, &n->begin);
    keep_better(&n->best, &n->end);
    if (!literal_set_score(&n->best))
        n->best.count = 0;
}

static void
unite_ends(struct literal_set *a, const struct literal_set *b)
{
    if (!literal_set_unite(a, b))
        literal_set_one(a, (struct span){0}, false);
}

/* Makes `*a` what stands for `a` or `b`, both settled. */
static void
node_choose(struct literal_node *a, const struct literal_node *b)
{
    unite_ends(&a->begin, &b->begin);
    unite_ends(&a->end, &b->end);
    if (!a->best.count || !b->best.count || !literal_set_unite(&a->best, &b->best))
        a->best.count = 0;
    a->is_anchored &= b->is_anchored;
}

/* The node is repeated; with `min` 0 it may be missing. */
static void
node_repeat(struct literal_tree *t, struct literal_node *n, unsigned min, unsigned max)
{
    node_settle(n);
    if (max != 1) {
        literal_set_open(&n->begin);
        literal_set_open(&n->end);
    }
    if (min > 0)
        return;
    n->best.count = 0;
    n->is_anchored = false;
    node_text(&t->scratch, (struct span){0});
    unite_ends(&n->begin, &t->scratch.begin);
    unite_ends(&n->end, &t->scratch.end);
}

struct literal_group *
literal_tree_group(struct literal_tree *t)
{
    return &t->groups[t->depth];
}

/* Room for the next item of the present branch: an empty one. */
static struct literal_node *
next_item(struct literal_tree *t)
{
    struct literal_group *g = literal_tree_group(t);

    node_append(t, &g->done, &g->item);
    node_text(&g->item, (struct span){0});
    return &g->item;
}

static void
begin_group(struct literal_group *g)
{
    node_text(&g->done, (struct span){0});
    node_text(&g->item, (struct span){0});
    g->has_choices = false;
}

void
literal_tree_init(struct literal_tree *t)
{
    begin_group(literal_tree_group(t));
}

void
literal_tree_byte(struct literal_tree *t, char c)
{
    literal_tree_bytes(t, &c, 1);
}

/* One of several; the first is there already. */
static void
add_choice(struct literal_node *n, const struct literal_node *other)
{
    unite_ends(&n->begin, &other->begin);
    unite_ends(&n->end, &other->end);
}

static void
node_byte(struct literal_node *n, char c, bool is_nocase)
{
    node_text(n, (struct span){&c, 1});
    n->begin.texts[0].is_nocase = n->end.texts[0].is_nocase =
        is_nocase && ascii_is_letter(c);
}

void
literal_tree_bytes(struct literal_tree *t, const char *bytes, size_t count)
{
    bool is_nocase = literal_tree_group(t)->is_nocase;
    struct literal_node *n = next_item(t);

    for (size_t i = 0; i < count; i++) {
        /* What is searched for texts ends before its newline. */
        if (bytes[i] == '\n' || bytes[i] == '\0') {
            node_unknown(n);
            return;
        }
    }
    node_byte(n, bytes[0], is_nocase);
    for (size_t i = 1; i < count; i++) {
        node_byte(&t->scratch, bytes[i], is_nocase);
        add_choice(n, &t->scratch);
    }
}

void
literal_tree_unknown(struct literal_tree *t)
{
    node_unknown(next_item(t));
}

void
literal_tree_nothing(struct literal_tree *t, bool is_anchored)
{
    next_item(t)->is_anchored = is_anchored;
}

void
literal_tree_repeat(struct literal_tree *t, unsigned min, unsigned max)
{
    node_repeat(t, &literal_tree_group(t)->item, min, max);
}

void
literal_tree_forget(struct literal_tree *t)
{
    node_unknown(&literal_tree_group(t)->item);
}

void
literal_tree_branch(struct literal_tree *t)
{
    struct literal_group *g = literal_tree_group(t);

    (void)next_item(t); /* only to bring the last one to the others */
    node_settle(&g->done);
    if (g->has_choices)
        node_choose(&g->choices, &g->done);
    else
        node_copy(&g->choices, &g->done);
    g->has_choices = true;
    node_text(&g->done, (struct span){0});
}

bool
literal_tree_open(struct literal_tree *t, enum literal_group_kind kind)
{
    const struct literal_group *outer = literal_tree_group(t);
    struct literal_group *g;

    if (t->depth + 1 == LITERAL_GROUPS_MAX)
        return false;
    g = &t->groups[++t->depth];
    begin_group(g);
    g->is_nocase = outer->is_nocase;
    g->is_multiline = outer->is_multiline;
    g->kind = kind;
    return true;
}

bool
literal_tree_close(struct literal_tree *t)
{
    const struct literal_group *g = literal_tree_group(t);
    struct literal_node *n;

    if (t->depth == 0)
        return false;
    literal_tree_branch(t);
    t->depth--;
    n = next_item(t);
    if (g->kind == LITERAL_GROUP)
        node_copy(n, &g->choices);
    else if (g->kind == LITERAL_OPAQUE)
        node_unknown(n);
    return true;
}

const struct literal_node *
literal_tree_end(struct literal_tree *t)
{
    if (t->depth > 0)
        return NULL;
    literal_tree_branch(t);
    return &literal_tree_group(t)->choices;
}
