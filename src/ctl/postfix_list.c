#include "ctl/postfix_list.h"

#define BLANKS ", \t\r\n"

/* Restrictions whose next word is theirs. */
static const char *const with_argument[] = {"check_policy_service", "reject_rbl_client",
                                            "permit_dnswl_client", "permit_rhswl_client",
                                            "sleep"};

static void
skip_blanks(struct span *rest)
{
    while (rest->len && strchr(BLANKS, rest->ptr[0]) && rest->ptr[0])
        *rest = span_from(*rest, 1);
}

/* A word, or all between a pair of braces with them. */
static bool
next_word(struct span *rest, struct span *word)
{
    size_t n = 0, depth = 0;

    skip_blanks(rest);
    for (; n < rest->len; n++) {
        char c = rest->ptr[n];

        if (depth == 0 && (!c || strchr(BLANKS, c)))
            break;
        depth += c == '{';
        depth -= c == '}' && depth > 0;
        if (c == '}' && depth == 0) {
            n++;
            break;
        }
    }
    *word = span_head(*rest, n);
    *rest = span_from(*rest, n ? n : 1); /* a NUL is no word, and is passed over */
    return word->len > 0;
}

static bool
takes_argument(struct span name)
{
    return span_is_one_of(with_argument, ARRAY_LEN(with_argument), name) ||
           span_starts(name, SPAN("reject_rhsbl_")) ||
           (span_starts(name, SPAN("check_")) && span_ends(name, SPAN("_access")));
}

/* The first word within braces: the others are settings of it. */
static struct span
without_braces(struct span word)
{
    struct span first;

    if (!span_starts(word, SPAN("{")) || !span_ends(word, SPAN("}")))
        return word;
    word = span_from(span_head(word, word.len - 1), 1);
    return next_word(&word, &first) ? first : (struct span){0};
}

bool
postfix_next(struct span *rest, struct postfix_entry *out)
{
    const char *begin;
    struct span word;

    *out = (struct postfix_entry){0};
    if (!next_word(rest, &word))
        return false;
    begin = word.ptr;
    out->name = word;
    if (span_eq(word, SPAN("warn_if_reject")) && next_word(rest, &word))
        out->name = word;
    if (takes_argument(out->name) && next_word(rest, &word))
        out->argument = without_braces(word);
    else
        word = out->name;
    out->whole = span_between(begin, word.ptr + word.len);
    return true;
}

bool
postfix_is(const struct postfix_entry *e, const char *name)
{
    return span_eq(e->name, span_of(name));
}

bool
postfix_has(struct span list, const char *name)
{
    struct postfix_entry e;

    while (postfix_next(&list, &e))
        if (postfix_is(&e, name))
            return true;
    return false;
}

void
postfix_add(struct buf *list, struct span entry)
{
    if (list->len)
        buf_add_text(list, ", ");
    buf_add(list, entry);
}
