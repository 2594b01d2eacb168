/* The fast path and the plain one on changed lines: filters as fail2ban has them, each
 * with a prefregex, find the same with and without the search for texts. */
#include "unit.h"

#include "match/matcher.h"
#include "match/test_filters.h"
#include "random.h"

enum { LINES = 20000, CHANGES = 3, LINE_MAX_BYTES = 512 };

/* What common.conf of fail2ban puts in front, in short. */
#define HEAD "^\\s*(?:\\S+\\s+)?(?:" DAEMON "(?:\\[\\d+\\])?:\\s+)?"
#define DAEMON "(?:postfix/\\w+|sshd|dovecot)"

/* The texts of the failregexes stand in ordinary lines more often, as often and less
 * often than those of their prefregex; some are short. */
static const char *const filters[][4] = {
    {HEAD "\\w+: reject: <F-CONTENT>.+</F-CONTENT>$",
     "^RCPT from [^[]*\\[<HOST>\\]: 5\\d\\d", "^DATA from [^[]*\\[<HOST>\\]",
     "^ETRN \\S+ <HOST>$"},
    {HEAD "warning: <F-CONTENT>.+</F-CONTENT>$",
     "^[^[]*\\[<HOST>\\]: SASL \\w+ authentication failed:(?! Connection lost)",
     "^hostname \\S+ does not resolve to address <HOST>", "^bad \\S+ <HOST>$"},
    {"^<F-MLFID>" HEAD "</F-MLFID><F-CONTENT>.+</F-CONTENT>$",
     "^Failed \\S+ for (?:invalid user )?<F-USER>.*</F-USER> from <HOST> port",
     "^[iI]nvalid user <F-USER>.*?</F-USER> from <HOST>", "^Connection closed by <HOST>"},
    {HEAD "(?:x|imap-login: )<F-CONTENT>.+</F-CONTENT>$",
     "^Disconnected[^(]*\\(auth failed[^)]*\\): user=<<F-USER>[^>]*</F-USER>>, "
     "rip=<HOST>",
     "^Login: user=<[^>]*>, rip=<HOST>", "^from <HOST>$"},
};

static const char *const lines[] = {
    "Nov  2 01:53:25 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a.b[192.0.2.1]: 550 "
    "x",
    "Nov  2 01:53:25 mx postfix/smtpd[1]: 4F: reject: DATA from a.b[192.0.2.2]: 550 x",
    "Nov  2 01:53:25 mx postfix/smtpd[1]: NOQUEUE: reject: ETRN a 192.0.2.3",
    "Nov  2 01:53:25 mx postfix/smtpd[1]: connect from mail.example.net[192.0.2.4]",
    "Nov  2 01:53:25 mx postfix/smtpd[1]: warning: a[192.0.2.5]: SASL LOGIN "
    "authentication failed: x",
    "Nov  2 01:53:25 mx postfix/smtpd[1]: warning: hostname a.b does not resolve to "
    "address "
    "192.0.2.6",
    "Nov  2 01:53:25 mx postfix/smtpd[1]: warning: bad x 192.0.2.7",
    "2026-11-02T01:53:25+01:00 mx sshd[1]: Failed password for invalid user x from "
    "192.0.2.8 port 1",
    "2026-11-02T01:53:25+01:00 mx sshd[1]: Invalid user x from 192.0.2.9",
    "2026-11-02T01:53:25+01:00 mx sshd[1]: Connection closed by 192.0.2.10",
    "Nov  2 01:53:25 mx dovecot: imap-login: Disconnected: x (auth failed, 1 attempts): "
    "user=<x>, "
    "rip=192.0.2.11",
    "Nov  2 01:53:25 mx dovecot: imap-login: Login: user=<x>, rip=192.0.2.12",
    "Nov  2 01:53:25 mx dovecot: imap-login: from 192.0.2.13",
    "01:53:25 reject: RCPT from a[192.0.2.14]: 550",
    "[1793584405] mx postfix/smtpd[1]: 4F: reject: RCPT from a.b[192.0.2.15]: 550 x",
};

static struct matcher *
new_matcher(struct config *c)
{
    struct buf error = {0};
    struct matcher *m;

    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        struct config_filter *f = test_add_filter(c, "one", "");

        for (size_t k = 0; k < ARRAY_LEN(filters[i]); k++)
            test_add_regex(f, k ? REGEX_FAIL : REGEX_PREFIX, span_of(filters[i][k]),
                           "x.conf:3: failregex");
    }
    m = matcher_new(c, &error);
    if (!m)
        fail_msg("%s", error.ptr);
    buf_fini(&error);
    return m;
}

/* Leaves bytes out, puts others in their place, or takes a part of another line. */
static void
change(struct buf *line, uint64_t *state)
{
    static const char bytes[] = " :[]<>()=x1fromFROM\t\xff";
    struct span other = span_of(lines[random_below(state, ARRAY_LEN(lines))]);
    size_t at = random_below(state, (unsigned)line->len), n;

    switch (random_below(state, 4)) {
    case 0:
        line->ptr[at] = bytes[random_below(state, sizeof(bytes) - 1)];
        return;
    case 1:
        n = random_below(state, 8);
        n = n < line->len - at ? n : line->len - at;
        memmove(line->ptr + at, line->ptr + at + n, line->len - at - n);
        buf_truncate(line, line->len - n ? line->len - n : 1);
        return;
    case 2:
        buf_truncate(line, at + 1);
        buf_add(line, span_from(other, random_below(state, (unsigned)other.len)));
        return;
    default: /* most of a line stays what it is */
        return;
    }
}

static size_t
match(struct matcher *m, struct span raw, bool is_gated, struct match_hit *hits)
{
    struct line l;

    line_split(raw, &l);
    matcher_set_gated(m, is_gated);
    return matcher_line(m, UINT64_MAX, &l, 0, hits);
}

static void
assert_same(struct matcher *m, struct matcher *plain, struct span raw, unsigned *found)
{
    struct match_hit hits[MATCH_HITS_MAX], same[MATCH_HITS_MAX];
    size_t n = match(m, raw, true, hits);

    if (match(plain, raw, false, same) != n)
        fail_msg("\"%.*s\"", SPAN_FMT(raw));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hits[i].filter, same[i].filter);
        assert_int_equal(hits[i].regex, same[i].regex);
        assert_int_equal(hits[i].what, same[i].what);
        assert_true(addr_eq(&hits[i].peer, &same[i].peer));
        assert_true(span_eq(hits[i].account, same[i].account));
        found[hits[i].filter * 4 + hits[i].regex]++;
    }
}

static void
test_changed_lines(void **state UNUSED)
{
    struct config c = {0}, d = {0};
    struct matcher *m = new_matcher(&c), *plain = new_matcher(&d);
    unsigned found[ARRAY_LEN(filters) * 4] = {0};
    uint64_t seed = 2026;

    for (unsigned i = 0; i < LINES; i++) {
        struct buf line = {0};

        buf_add_text(&line, lines[i % ARRAY_LEN(lines)]);
        for (int k = 0; k < CHANGES && line.len < LINE_MAX_BYTES; k++)
            change(&line, &seed);
        assert_same(m, plain, buf_span(&line), found);
        buf_fini(&line);
    }
    for (size_t i = 0; i < ARRAY_LEN(found); i++) /* each of them was at work */
        if (i % 4 && found[i] < 50)
            fail_msg("expression %zu: %u", i, found[i]);
    matcher_free(m);
    matcher_free(plain);
    config_fini(&c);
    config_fini(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_changed_lines)};

    return RUN(tests);
}
