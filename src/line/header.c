#include "line/header.h"

#include "base/ascii.h"

#include "base/look.h"
#include "line/stamp.h"

enum {
    /* How far the colon of a tag of Dovecot's may stand: names of users are long. */
    DOVECOT_TAG_BYTES = 512,
};

/* Takes the word at the front of `*s` and the blanks behind it. */
static bool
take_word(struct span *s, struct span *word)
{
    if (!s->len)
        return false;
    *word = span_between(s->ptr, look_for(s->ptr, s->ptr + s->len, ' '));
    *s = header_skip_blanks(header_drop(*s, word->len));
    return true;
}

/* The number in "[12]"; false for other words. */
static bool
number_in_brackets(struct span word, struct span *number)
{
    struct span inside;

    if (word.len < 3 || *word.ptr != '[' || word.ptr[word.len - 1] != ']')
        return false;
    inside = span_between(word.ptr + 1, word.ptr + word.len - 1);
    if (!header_is_number(inside))
        return false;
    *number = inside;
    return true;
}

/* A word that ends in a colon is the tag; a number in brackets before it is the pid. */
static bool
take_tag(struct span word, struct line *out)
{
    ptrdiff_t bracket;
    struct span pid;

    if (word.len < 2 || word.ptr[word.len - 1] != ':')
        return false;
    word.len--;
    out->tag = word;
    if (word.ptr[word.len - 1] != ']')
        return true;
    bracket = span_find_last(word, '[');
    if (bracket < 0)
        return true;
    pid = (struct span){word.ptr + bracket + 1, word.len - (size_t)bracket - 2};
    if (bracket == 0) {
        if (pid.len)
            out->tag = pid; /* "[sshd]:" */
    } else if (header_is_number(pid)) {
        out->tag.len = (size_t)bracket;
        out->pid = pid;
    }
    return true;
}

/* "Info: " of Dovecot; when it is there, it is taken with the blanks behind it. */
static bool
take_level(struct span *s, struct span *level)
{
    static const struct span levels[] = {
        SPAN_INIT("Info"),  SPAN_INIT("Warning"), SPAN_INIT("Error"),
        SPAN_INIT("Debug"), SPAN_INIT("Fatal"),   SPAN_INIT("Panic"),
    };

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        size_t n = levels[i].len;

        if (!span_starts(*s, levels[i]) || s->len < n + 2 || s->ptr[n] != ':' ||
            s->ptr[n + 1] != ' ')
            continue;
        *level = span_head(*s, n);
        *s = header_skip_blanks(span_from(*s, n + 1));
        return true;
    }
    return false;
}

static size_t
name_length(struct span s)
{
    size_t n = 0;

    while (n < s.len && ((s.ptr[n] >= 'a' && s.ptr[n] <= 'z') ||
                         ascii_is_digit(s.ptr[n]) || s.ptr[n] == '-' || s.ptr[n] == '_'))
        n++;
    return n;
}

/* The pid in what follows the name of a process of Dovecot: "(12)", "(12, alice)",
 * "(alice)<12><x>". */
static struct span
dovecot_pid(struct span s)
{
    ptrdiff_t angle = span_find(s, SPAN(")<"));
    struct span pid = span_from(s, angle < 0 ? 1 : (size_t)angle + 2);
    size_t n = 0;

    while (n < pid.len && ascii_is_digit(pid.ptr[n]))
        n++;
    return n && n < pid.len && strchr("),>", pid.ptr[n]) ? span_head(pid, n)
                                                         : (struct span){0};
}

/* "imap-login: Info: text", "auth-worker(12): Info: text",
 * "imap(alice)<12><session>: Info: text", "lmtp(12, alice): Info: text". */
static bool
take_dovecot(struct span s, struct line *out)
{
    size_t name = name_length(s);
    struct span pid = {0}, owner, rest, level;
    ptrdiff_t colon;
    bool has_user;

    if (!name || name >= s.len || (s.ptr[name] != ':' && s.ptr[name] != '('))
        return false;
    colon = span_find(span_head(s, DOVECOT_TAG_BYTES), SPAN(": "));
    if (colon < 0)
        return false;
    rest = span_from(s, (size_t)colon + 2);
    if (!take_level(&rest, &level))
        return false;
    owner = span_between(s.ptr + name, s.ptr + colon);
    if (owner.len)
        pid = dovecot_pid(owner);
    has_user = owner.len > pid.len + 2;
    out->host = (struct span){0};
    out->tag = span_head(s, name);
    out->pid = pid;
    out->level = level;
    out->message = has_user ? s : rest;
    return true;
}

/* Skips "[12.345] " in front of what the kernel says. */
static struct span
skip_kernel_clock(struct span tag, struct span s)
{
    size_t n = 1, dots = 0;

    if (!span_eq(tag, SPAN("kernel")))
        return s;
    while (n < s.len && n < 32 &&
           (s.ptr[n] == ' ' || s.ptr[n] == '.' || ascii_is_digit(s.ptr[n])))
        dots += s.ptr[n++] == '.';
    if (dots != 1 || n >= s.len || s.ptr[n] != ']')
        return s;
    return header_skip_blanks(span_from(s, n + 1));
}

static inline void
finish(struct line *out, struct span message)
{
    if (message.len && *message.ptr == '[') /* hardly any */
        message = skip_kernel_clock(out->tag, message);
    out->message = message;
}

/* Only a log of Dovecot's own has neither host nor pid; a name with a blank in its
 * brackets looks like a host and a tag. */
static bool
may_be_dovecot(const struct line *l)
{
    char last = l->tag.ptr[l->tag.len - 1];

    return !l->pid.len && (!l->host.len || last == ')' || last == '>');
}

/* "[12]:" behind a tag with blanks behind it. */
static bool
take_far_pid(struct span tag, struct span word, struct line *out)
{
    if (*word.ptr != '[' || word.ptr[word.len - 1] != ':' ||
        !number_in_brackets(span_head(word, word.len - 1), &out->pid))
        return false;
    out->tag = tag;
    return true;
}

/* Behind the digits at `p`, or behind 16 of them. */
static inline const char *
skip_digits(const char *p, const char *end)
{
    const look_bytes zero = look_at("0000000000000000");
    const look_bytes nine = look_at("9999999999999999");

    if (end - p >= LOOK_BYTES)
        return p + look_first(~look_between(look_at(p), zero, nine));
    while (p < end && ascii_is_digit(*p))
        p++;
    return p;
}

/* A tag without a pid, in a word that holds no '['. One that ends as a name of a user
 * does in Dovecot's own log is for take_unusual(). */
static bool
take_bare_tag(struct span host, struct span word, struct span rest, struct line *out)
{
    char last;

    if (word.len < 2 || word.ptr[word.len - 1] != ':')
        return false;
    last = word.ptr[word.len - 2];
    if (last == ')' || last == '>')
        return false;
    out->host = host;
    out->tag = span_head(word, word.len - 1);
    finish(out, header_skip_blanks(rest));
    return true;
}

/* "host tag[12]: text" or "host tag: text", with one blank each: what nearly all lines
 * have, in one pass. Any other, and any doubt, is for take_unusual(). */
static bool
take_usual(struct line *out)
{
    struct span s = out->message, host;
    const char *end = s.ptr + s.len, *blank, *tag, *bracket, *p;

    blank = look_for(s.ptr, end, ' ');
    if (blank == end || blank == s.ptr || blank[-1] == ':')
        return false;
    host = span_between(s.ptr, blank);
    tag = blank + 1;
    bracket = look_for_either(tag, end, ' ', '[');
    if (bracket == end || bracket == tag || *tag == '\t')
        return false;
    if (*bracket == ' ')
        return take_bare_tag(host, span_between(tag, bracket), span_between(bracket, end),
                             out);
    p = skip_digits(bracket + 1, end);
    if (p == bracket + 1 || end - p < 3 || p[0] != ']' || p[1] != ':' || p[2] != ' ')
        return false;
    out->host = host;
    out->tag = span_between(tag, bracket);
    out->pid = span_between(bracket + 1, p);
    finish(out, header_skip_blanks(span_between(p + 3, end)));
    return true;
}

/* Not inline: hardly any line comes here, and header_syslog() would save registers for
 * it. */
static void __attribute__((noinline)) take_unusual(struct line *out, const char *line)
{
    struct span all = out->message, rest = all, first, second, tail;

    if (!take_word(&rest, &first))
        return;
    tail = rest;
    if (!take_tag(first, out)) {
        if (!take_word(&tail, &second))
            return;
        if (!take_far_pid(first, second, out)) {
            out->host = first;
            if (!take_tag(second, out))
                tail = rest;
        }
    }
    if (out->tag.len && may_be_dovecot(out) && out->date.ptr == line &&
        take_dovecot(all, out))
        return;
    finish(out, tail);
}

void
header_syslog(struct line *out, const char *line)
{
    if (!take_usual(out))
        take_unusual(out, line);
}

/* "word[12]: text" with what stands in front of it. */
static bool
take_tag_with_pid(struct span word, struct line *out)
{
    struct line found = {0};

    if (!take_tag(word, &found) || !found.pid.len)
        return false;
    out->tag = found.tag;
    out->pid = found.pid;
    return true;
}

void
header_sparse(struct line *out)
{
    struct span rest = out->message, first, second;

    if (take_dovecot(rest, out) || !take_word(&rest, &first))
        return;
    if (number_in_brackets(first, &out->pid) || take_tag_with_pid(first, out)) {
        out->message = rest;
        return;
    }
    if (!take_word(&rest, &second))
        return;
    if (take_far_pid(first, second, out)) {
        out->message = rest;
    } else if (take_tag_with_pid(second, out)) {
        out->host = first;
        out->message = rest;
    }
}

/* The length of "[id name=\"value\"]" at the beginning of `s`; 0 when it does not end. */
static size_t
element_length(struct span s)
{
    bool is_quoted = false;

    for (size_t n = 1; n < s.len; n++) {
        if (s.ptr[n] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && s.ptr[n] == '\\')
            n++;
        else if (!is_quoted && s.ptr[n] == ']')
            return n + 1;
    }
    return 0;
}

/* Skips "-" or elements: RFC 5424, 6.3. False when there are none, or one does not end.
 */
static bool
skip_structured(struct span *s)
{
    size_t n, all = 0;

    if (s->len && *s->ptr == '-') {
        *s = span_from(*s, 1);
        return true;
    }
    for (; all < s->len && s->ptr[all] == '['; all += n)
        if (!(n = element_length(span_from(*s, all))))
            return false;
    *s = span_from(*s, all);
    return all > 0;
}

static struct span
unless_nil(struct span word)
{
    return span_eq(word, SPAN("-")) ? (struct span){0} : word;
}

bool
header_rfc5424(struct span s, struct line *out)
{
    enum { DATE, HOST, APP, PID, ID, WORDS };
    struct span words[WORDS], rest = s;
    struct stamp found;

    if (!span_take(&rest, SPAN("1 ")))
        return false;
    for (size_t i = 0; i < WORDS; i++) {
        /* Behind a truncated header there is nothing. */
        if (!take_word(&rest, &words[i]) || !words[i].len)
            return false;
        if (i == DATE && !span_eq(words[i], SPAN("-")) &&
            stamp_read_iso(words[i], &found) != words[i].len)
            return false;
    }
    out->form = LINE_RFC5424;
    out->date = words[DATE];
    out->body = span_from(s, (size_t)(words[DATE].ptr - s.ptr) + words[DATE].len);
    out->host = unless_nil(words[HOST]);
    out->tag = unless_nil(words[APP]);
    if (header_is_number(words[PID]))
        out->pid = words[PID];
    (void)skip_structured(&rest); /* what is no data belongs to the message */
    rest = header_skip_blanks(rest);
    (void)span_take(&rest, SPAN("\xEF\xBB\xBF")); /* a byte order mark may be there */
    finish(out, rest);
    return true;
}
