#include "conf/fail2ban_args.h"

enum { SHOWN_MAX = 25 };

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-' || (unsigned char)c >= 0x80;
}

/* A reader at `at` of `text`. */
struct scan {
    struct span text;
    size_t at;
};

static char
peek(const struct scan *s)
{
    return s->at < s->text.len ? s->text.ptr[s->at] : '\0';
}

static void
skip_blanks(struct scan *s)
{
    while (s->at < s->text.len && is_blank(s->text.ptr[s->at]))
        s->at++;
}

/* Takes NAME=; leaves the place as it was when there is none. */
static bool
take_key(struct scan *s, struct span *key)
{
    size_t begin = s->at;

    while (s->at < s->text.len && is_name_byte(s->text.ptr[s->at]))
        s->at++;
    if (s->at == begin || peek(s) != '=') {
        s->at = begin;
        return false;
    }
    *key = (struct span){s->text.ptr + begin, s->at - begin};
    s->at++;
    return true;
}

/* Takes "..." or '...'; leaves the place as it was when there is none. */
static bool
take_quoted(struct scan *s, struct span *value)
{
    char quote = peek(s);
    ptrdiff_t end;

    if (quote != '"' && quote != '\'')
        return false;
    end = span_find_byte(span_from(s->text, s->at + 1), quote);
    if (end < 0)
        return false;
    *value = (struct span){s->text.ptr + s->at + 1, (size_t)end};
    s->at += (size_t)end + 2;
    return true;
}

static struct span
take_plain(struct scan *s)
{
    size_t begin = s->at;

    while (s->at < s->text.len && s->text.ptr[s->at] != ',' && s->text.ptr[s->at] != ']')
        s->at++;
    return (struct span){s->text.ptr + begin, s->at - begin};
}

/* Takes a closing bracket, blanks and an opening one. */
static bool
take_next_group(struct scan *s)
{
    struct scan ahead = *s;

    if (peek(s) != ']')
        return false;
    ahead.at++;
    skip_blanks(&ahead);
    if (peek(&ahead) != '[')
        return false;
    s->at = ahead.at + 1;
    return true;
}

/* Whether only one line end, or nothing, is left: where Python's $ is. */
static bool
is_at_end(const struct scan *s)
{
    struct span rest = span_from(s->text, s->at);

    return rest.len == 0 || span_eq(rest, SPAN("\n"));
}

static bool
refuse(const struct scan *s, size_t at, struct span key, struct buf *why)
{
    if (key.len)
        buf_printf(why, "unexpected syntax at %zu after option '%.*s': ", at,
                   SPAN_FMT(key));
    else
        buf_printf(why, "expected option, wrong syntax at %zu: ", at);
    buf_add(why, span_head(span_from(s->text, at), SHOWN_MAX));
    return false;
}

static bool
read_list(struct span list, struct fail2ban_options *args, struct fail2ban_place place,
          struct buf *why)
{
    struct scan s = {.text = list};
    struct span key, value, rest;
    size_t begin;

    while (s.at < list.len) {
        begin = s.at;
        rest = span_trim(span_from(list, begin));
        if (rest.len == 0 || span_eq(rest, SPAN(",")))
            return true;
        skip_blanks(&s);
        if (!take_key(&s, &key))
            return refuse(&s, begin, (struct span){0}, why);
        if (!take_quoted(&s, &value))
            value = take_plain(&s);
        fail2ban_options_set(args, key, span_trim(value), place);
        if (peek(&s) == ',')
            s.at++;
        else if (!take_next_group(&s) && !is_at_end(&s))
            return refuse(&s, s.at, key, why);
    }
    return true;
}

bool
fail2ban_args_read(struct span text, struct span *name, struct fail2ban_options *args,
                   struct fail2ban_place place, struct buf *why)
{
    ptrdiff_t open = span_find_byte(text, '['), close;
    struct span trimmed = span_trim(text);

    *name = text;
    if (open < 0 && text.len)
        return true;
    close = span_find_last(text, ']');
    if (open <= 0 || close < open || trimmed.ptr + trimmed.len != text.ptr + close + 1) {
        buf_add_text(why, "unexpected option syntax");
        return false;
    }
    *name = span_head(text, (size_t)open);
    return read_list((struct span){text.ptr + open + 1, (size_t)(close - open) - 1}, args,
                     place, why);
}

/* What may stand behind a value in the brackets. */
static bool
is_behind_value(const struct scan *s)
{
    struct scan ahead = *s;
    struct span key;

    skip_blanks(&ahead);
    return peek(&ahead) == ',' || peek(&ahead) == ']' || take_key(&ahead, &key);
}

/* Whether `s`, behind a bracket, stands where an action ends. */
static bool
is_behind_action(const struct scan *s)
{
    return s->at == s->text.len || is_blank(peek(s));
}

/* Takes a value in quotes, or up to what ends it. */
static void
take_value(struct scan *s)
{
    struct scan begin;
    struct span unused;

    skip_blanks(s);
    begin = *s;
    if (!take_quoted(s, &unused) || !is_behind_value(s)) {
        *s = begin;
        (void)take_plain(s);
    }
    skip_blanks(s);
}

/* Takes the bracket that ends the arguments, if an action ends there. */
static bool
take_end(struct scan *s)
{
    struct scan ahead = *s;

    if (peek(s) != ']')
        return false;
    ahead.at++;
    if (!is_behind_action(&ahead))
        return false;
    *s = ahead;
    return true;
}

/* Takes [ARGUMENTS]... that follow the name; false: they are not well-formed. */
static bool
take_brackets(struct scan *s)
{
    struct scan ahead, end = {0};
    struct span unused;

    s->at++;
    for (;;) {
        skip_blanks(s);
        if (!take_key(s, &unused))
            break;
        take_value(s);
        ahead = *s;
        if (take_end(&ahead))
            end = ahead; /* if what follows is no more of it */
        if (peek(s) == ',')
            s->at++;
        else if (!take_next_group(s) && peek(s) != ']' && s->at == s->text.len)
            break;
    }
    if (take_end(s))
        return true;
    if (end.at)
        *s = end;
    return end.at != 0;
}

bool
fail2ban_args_next(struct span *text, struct span *one)
{
    struct scan s = {.text = *text}, brackets;
    size_t begin;

    skip_blanks(&s);
    begin = s.at;
    if (begin == text->len)
        return false;
    while (s.at < text->len && !is_blank(peek(&s)) && peek(&s) != '[')
        s.at++;
    brackets = s;
    skip_blanks(&brackets);
    if (s.at > begin && peek(&brackets) == '[' && take_brackets(&brackets))
        s = brackets;
    else
        while (s.at < text->len && !is_blank(peek(&s)))
            s.at++;
    *one = (struct span){text->ptr + begin, s.at - begin};
    *text = span_from(*text, s.at);
    return true;
}

bool
fail2ban_word(struct span *text, struct span *word)
{
    size_t begin = 0, end;

    while (begin < text->len && (is_blank(text->ptr[begin]) || text->ptr[begin] == ','))
        begin++;
    end = begin;
    while (end < text->len && !strchr(" ,\n", text->ptr[end]))
        end++;
    *word = span_trim((struct span){text->ptr + begin, end - begin});
    *text = span_from(*text, end);
    return word->len > 0;
}

/* Takes what a quote holds; a backslash in "..." saves a quote or a backslash. */
static bool
take_shell_quoted(struct span *text, char quote, struct buf *word)
{
    while (text->len) {
        char c = text->ptr[0];

        *text = span_from(*text, 1);
        if (c == quote)
            return true;
        if (c == '\\' && quote == '"' && text->len &&
            (text->ptr[0] == '"' || text->ptr[0] == '\\')) {
            c = text->ptr[0];
            *text = span_from(*text, 1);
        }
        buf_add_byte(word, c);
    }
    return false;
}

bool
fail2ban_shell_word(struct span *text, struct buf *word, bool *is_open)
{
    bool has_word = false;

    buf_clear(word);
    *is_open = false;
    while (text->len && strchr(" \t\r\n", text->ptr[0]))
        *text = span_from(*text, 1);
    while (text->len && !strchr(" \t\r\n", text->ptr[0])) {
        char c = text->ptr[0];

        *text = span_from(*text, 1);
        has_word = true;
        if (c == '"' || c == '\'') {
            *is_open = !take_shell_quoted(text, c, word);
            if (*is_open)
                return false;
        } else if (c == '\\') {
            *is_open = text->len == 0;
            if (*is_open)
                return false;
            buf_add_byte(word, text->ptr[0]);
            *text = span_from(*text, 1);
        } else {
            buf_add_byte(word, c);
        }
    }
    return has_word;
}
