/* The shipped filters on any line, also as what their programs say: hits are single
 * addresses with bounded texts, what the gate leaves out would not have matched, and no
 * search is given up on lines of usual length.
 */
#include "match/facts.h"
#include "match/test_filters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *filter, *mode;
} filters[] = {
    {"postfix-sasl", "normal"},
    {"postfix", "aggressive"},
    {"postfix-flood", "normal"},
    {"postscreen", "aggressive"},
    {"dovecot", "aggressive"},
    {"courier", "aggressive"},
    {"plesk-courierlogin", "aggressive"},
    {"cyrus", "aggressive"},
    {"qmail", "aggressive"},
    {"plesk-qmail", "normal"},
    {"exim", "aggressive"},
    {"opensmtpd", "aggressive"},
    {"sendmail", "aggressive"},
    {"sshd", "aggressive"},
    {"ufw", "normal"},
    {"nftables", "normal"},
    {"recidive", "normal"},
    {"roundcube", "normal"},
    {"sogo", "normal"},
};

static struct matcher *
new_matcher(bool is_gated)
{
    struct config c = {0};
    struct buf error = {0}, mode = {0};
    struct matcher *m;

    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        buf_clear(&mode);
        buf_printf(&mode, "mode=%s", filters[i].mode);
        test_load_filter(&c, filters[i].filter, buf_span(&mode));
    }
    m = matcher_new(&c, &error);
    must(m != NULL);
    matcher_set_gated(m, is_gated);
    buf_fini(&mode);
    config_fini(&c);
    return m;
}

static void
take(void *ctx, const struct look_seen *seen)
{
    const struct facts *f = facts_take(ctx, seen);

    must(seen->field_count <= LOOK_FIELDS_MAX);
    must((f != NULL) == (seen->kind == REGEX_FAIL || seen->kind == REGEX_TELL));
    must(!f || f->count <= FACTS_MAX);
}

/* One that somebody looks on finds the same. */
static void
check_look(const struct line *l, size_t n, struct span raw)
{
    static struct facts_book *book;
    static struct look look;
    static struct matcher *m;
    struct match_hit hits[MATCH_HITS_MAX];

    if (!m) {
        m = new_matcher(true);
        book = facts_book_new(1);
        look = (struct look){.seen = take, .ctx = book};
        matcher_look(m, &look);
    }
    facts_line(book, raw);
    must(matcher_line(m, UINT64_MAX, l, 0, hits) == n);
}

static void
check_line(struct matcher *m, struct matcher *ungated, struct span raw)
{
    struct match_hit hits[MATCH_HITS_MAX], same[MATCH_HITS_MAX];
    struct line l;
    size_t n;

    line_split(raw, &l);
    n = matcher_line(m, UINT64_MAX, &l, 0, hits);
    must(matcher_line(ungated, UINT64_MAX, &l, 0, same) == n);
    check_look(&l, n, raw);
    for (size_t i = 0; i < n; i++) {
        must(hits[i].peer.family != 0 && addr_is_host(&hits[i].peer));
        must(hits[i].account.len <= EVENT_ACCOUNT_MAX);
        must(hits[i].recipient.len <= EVENT_TEXT_MAX);
        must(hits[i].detail.len <= EVENT_TEXT_MAX);
        must(hits[i].kind < EVENT_KINDS && hits[i].what <= MATCH_TOLD);
        must(hits[i].filter == same[i].filter && hits[i].regex == same[i].regex);
        must(addr_eq(&hits[i].peer, &same[i].peer));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct matcher *m, *ungated;
    static const char *const heads[] = {
        "",
        "Nov  2 01:53:25 mx postfix/smtpd[1]: ",
        "Nov  2 01:53:25 mx postfix/postscreen[1]: ",
        "Nov  2 01:53:25 sshd[1]: ",
        "Nov  2 01:53:25 mx dovecot: imap-login: ",
        "Nov  2 01:53:25 mx imapd: ",
        "Nov  2 01:53:25 mx sm-mta[1]: ",
        "2026-11-02 01:53:25 [1] ",
        "@400000006906b2d5075bcd15 ",
    };
    struct span input = {(const char *)data, size};

    if (!m) {
        m = new_matcher(true);
        ungated = new_matcher(false);
    }
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct buf raw = {0};

        buf_add_text(&raw, heads[i]);
        buf_add(&raw, input);
        check_line(m, ungated, buf_span(&raw));
        buf_fini(&raw);
    }
    must(matcher_counts(m).limit_hits == 0 || size > 4096);
    return 0;
}
