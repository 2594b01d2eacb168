#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "report/digest_internal.h"
#include "report/print.h"

#define FROM_US (INT64_C(1795273200) * SECOND_US) /* 2026-11-22 in Tokyo */
#define P "Nov 22 10:00:00 mx postfix/"
#define D "Nov 22 10:00:00 mx dovecot: "

/* A day; every fifth line is an hour later. */
static const char *const day[] = {
    P "smtpd[1]: 4AAAAA: client=a.example.net[192.0.2.10]",
    P "qmgr[1]: 4AAAAA: from=<s@example.net>, size=2000, nrcpt=1 (queue active)",
    P "lmtp[1]: 4AAAAA: to=<x@example.jp>, relay=mx[private/lmtp], delay=1.5, "
      "delays=1/0.1/0/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
    P "qmgr[1]: 4AAAAA: removed",
    P
    "smtpd[1]: 4BBBBB: client=pc[198.51.100.7], sasl_method=PLAIN, sasl_username=hanako",
    P "qmgr[1]: 4BBBBB: from=<hanako@example.jp>, size=900, nrcpt=2 (queue active)",
    P "smtp[1]: 4BBBBB: to=<a@example.com>, relay=none, delay=30, delays=0.1/0/30/0, "
      "dsn=4.4.1, status=deferred (connect to mx.example.com[203.0.113.5]:25: Connection "
      "timed out)",
    P
    "smtp[1]: 4BBBBB: to=<b@example.org>, relay=mx.example.org[203.0.113.6]:25, delay=2, "
    "delays=0.1/0/1/1, dsn=5.7.1, status=bounced (host mx.example.org said: 554 5.7.1 "
    "blocked using list.example)",
    P "smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 454 4.7.1 "
      "<z@example.com>: "
      "Relay access denied; from=<q@example.net> to=<z@example.com> proto=SMTP helo=<h>",
    P
    "smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.67]: 550 5.1.1 <n@example.jp>: "
    "Recipient address rejected: User unknown in virtual mailbox table; "
    "from=<q@example.net> to=<n@example.jp> proto=SMTP helo=<h>",
    P "smtpd[1]: warning: unknown[192.0.2.66]: SASL LOGIN authentication failed: bad, "
      "sasl_username=<i>evil</i>",
    P "smtpd[1]: warning: unknown[192.0.2.66]: SASL LOGIN authentication failed: bad, "
      "sasl_username=hanako",
    D "auth: passwd-file(hanako,192.0.2.66): Password mismatch",
    D "auth: passwd-file(<i>evil</i>,192.0.2.66): unknown user",
    D "imap-login: Login: user=<hanako>, method=PLAIN, rip=198.51.100.7, lip=192.0.2.25, "
      "mpid=1, TLS, session=<x>",
    P "submission/smtpd[1]: disconnect from x[198.51.100.7] ehlo=1 auth=1/2 mail=1 "
      "commands=4",
    P "smtpd[1]: disconnect from x[192.0.2.66] ehlo=1 auth=0/2 commands=1/3",
    P "postscreen[1]: PREGREET 14 after 0.1 from [2001:db8::9]:2: EHLO x",
    P "smtpd[1]: fatal: no such table",
    P "smtpd[1]: quite something else",
    "Nov 22 10:00:00 mx sshd[1]: hello",
};

struct counted {
    struct tally *tally;
    struct deeds *deeds;
    struct document d;
};

static void
count(struct counted *c, size_t lines, size_t rows)
{
    c->tally = tally_new(&(struct tally_options){0});
    c->deeds = deeds_new();
    for (size_t i = 0; i < lines; i++) {
        int64_t wall_us = FROM_US + (int64_t)(i / 5) * HOUR_US + (int64_t)i * SECOND_US;
        struct mail_line m;
        struct line l;

        line_split(span_of(day[i]), &l);
        mail_line_read(&l, NULL, &m);
        tally_line(c->tally, wall_us, &l, &m, 1);
        deeds_line(c->deeds, wall_us, &m, 1);
    }
    document_init(&c->d);
    digest_make(&(struct digest){c->tally, c->deeds, rows}, &c->d);
}

static void
end(struct counted *c)
{
    document_fini(&c->d);
    deeds_free(c->deeds);
    tally_free(c->tally);
}

static const struct section *
section(const struct counted *c, const char *key)
{
    for (size_t i = 0; i < c->d.section_count; i++)
        if (strcmp(c->d.sections[i]->key, key) == 0)
            return c->d.sections[i];
    fail_msg("no section %s", key);
    return NULL;
}

static int64_t
figure(const struct counted *c, const char *sections, const char *key)
{
    const struct section *s = section(c, sections);

    for (size_t i = 0; i < section_rows(s); i++)
        if (strcmp(s->rows[i].key, key) == 0)
            return section_cell(s, i, 0)->number;
    fail_msg("no figure %s", key);
    return 0;
}

static int64_t
number(const struct counted *c, const char *key, size_t row, size_t column)
{
    return section_cell(section(c, key), row, column)->number;
}

static void
assert_text(const struct counted *c, const char *key, size_t row, size_t column,
            const char *wanted)
{
    const struct cell *cell = section_cell(section(c, key), row, column);

    assert_span(document_cell_text(&c->d, cell), wanted);
}

static void
test_figures(void **state UNUSED)
{
    static const struct {
        const char *section, *key;
        int64_t value;
    } rows[] = {
        {"summary", "received", 2},        {"summary", "delivered", 1},
        {"summary", "deferred", 1},        {"summary", "bounced", 1},
        {"summary", "rejected", 1},        {"summary", "put_off", 1},
        {"summary", "logins", 2},          {"summary", "logins_failed", 2},
        {"summary", "attackers", 3},       {"summary", "bytes_delivered", 2000},
        {"lines", "read", ARRAY_LEN(day)}, {"lines", "foreign", 1},
        {"lines", "unknown", 1},           {"lines", "dropped", 0},
    };
    struct counted c;

    count(&c, ARRAY_LEN(day), DIGEST_ROWS);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(figure(&c, rows[i].section, rows[i].key), rows[i].value);
    end(&c);
}

static void
test_tables(void **state UNUSED)
{
    struct counted c;

    count(&c, ARRAY_LEN(day), DIGEST_ROWS);
    /* Kinds in the order of the table, with attempts and addresses. */
    assert_int_equal(section_rows(section(&c, "kinds")), 4);
    assert_int_equal(number(&c, "kinds", 0, 0), WORD_KIND_GUESSING);
    assert_int_equal(number(&c, "kinds", 0, 1), 2);
    assert_int_equal(number(&c, "kinds", 0, 2), 1);
    /* Who did most comes first; a network of one address is no row. */
    assert_text(&c, "addresses", 0, 0, "192.0.2.66");
    assert_int_equal(number(&c, "addresses", 0, 2), 3);
    assert_int_equal(section_rows(section(&c, "networks")), 1);
    assert_text(&c, "networks", 0, 0, "192.0.2.0/24");
    assert_int_equal(number(&c, "networks", 0, 2), 2);
    assert_text(&c, "accounts", 0, 0, "hanako");
    assert_int_equal(number(&c, "accounts", 0, 1), 1);
    assert_text(&c, "names", 0, 0, "<i>evil</i>");
    assert_text(&c, "logins", 0, 0, "hanako");
    assert_int_equal(number(&c, "logins", 0, 2), 1);
    assert_text(&c, "logins", 0, 3, "198.51.100.7");
    assert_int_equal(number(&c, "refusals", 0, 1) + number(&c, "refusals", 0, 2), 1);
    assert_text(&c, "deferrals", 0, 0, "example.com");
    assert_int_equal(number(&c, "deferrals", 0, 1), WORD_DEFER_TIMEOUT);
    assert_int_equal(number(&c, "bounces", 0, 1), WORD_BOUNCE_LISTED);
    assert_int_equal(number(&c, "delays", 4, 3), 1500000);
    assert_int_equal(section_rows(section(&c, "hours")), 24);
    assert_int_equal(number(&c, "hours", 2, 6), 2); /* failed logins at two o'clock */
    end(&c);
}

static void
test_notes(void **state UNUSED)
{
    struct buf text = {0};
    struct counted c;

    count(&c, ARRAY_LEN(day), DIGEST_ROWS);
    print_text(&c.d, LANGUAGE_ENGLISH, &(struct screen){.columns = 200}, &text);
    assert_non_null(strstr(text.ptr, "2 things need you\n"));
    assert_non_null(strstr(text.ptr, "!! 1 fatal error of smtpd: \"no such table\"\n"));
    assert_non_null(strstr(text.ptr, "!! example.org takes our address for a sender of "
                                     "spam: \"host mx.example.org said: 554 5.7.1"));
    assert_non_null(
        strstr(text.ptr, "+  2 attempts of 1 address failed, all of them.\n"));
    assert_non_null(strstr(text.ptr, "1 line was not understood"));
    assert_int_equal(c.d.weight, WEIGHT_ACT);
    buf_fini(&text);
    end(&c);
}

/* --- what was judged --- */

static void
add_group(struct judged *j, const char *network, const char *account, uint64_t attempts)
{
    struct judged_group *g = judged_add_group(j);

    g->kind = account ? WORD_KIND_NAMES : WORD_KIND_GANG;
    g->attempts = attempts;
    g->first_us = FROM_US;
    g->last_us = FROM_US + HOUR_US;
    if (network)
        assert_true(addr_parse_prefix(span_of(network), &g->network));
    if (account)
        g->account = judged_text_of(span_of(account));
}

/* Of networks within each other the one that tells most; of an account one row. */
static void
test_groups(void **state UNUSED)
{
    struct judged j = {0};
    struct counted c;
    struct document d;

    count(&c, ARRAY_LEN(day), DIGEST_ROWS);
    /* Nearly all of the /20 is one /24. */
    add_group(&j, "192.0.0.0/20", NULL, 100);
    add_group(&j, "192.0.2.0/24", NULL, 90);
    /* Both halves of this one. */
    add_group(&j, "198.18.0.0/20", NULL, 80);
    add_group(&j, "198.18.1.0/24", NULL, 41);
    add_group(&j, "198.18.2.0/24", NULL, 39);
    add_group(&j, NULL, "admin", 30);
    add_group(&j, NULL, "admin", 20);
    add_group(&j, NULL, NULL, 10);
    document_init(&d);
    digest_make(&(struct digest){c.tally, c.deeds, DIGEST_ROWS, .judged = &j}, &d);
    document_fini(&c.d);
    c.d = d;
    for (size_t i = 0; i < c.d.section_count; i++)
        c.d.sections[i]->document = &c.d;
    assert_int_equal(section_rows(section(&c, "gangs")), 2);
    assert_text(&c, "gangs", 0, 0, "192.0.2.0/24");
    assert_text(&c, "gangs", 1, 0, "198.18.0.0/20");
    assert_int_equal(section_rows(section(&c, "campaigns")), 2);
    assert_text(&c, "campaigns", 0, 1, "admin");
    assert_int_equal(number(&c, "campaigns", 0, 2), 30);
    assert_true(section_cell(section(&c, "campaigns"), 1, 1)->is_none);
    end(&c);
    judged_free(&j);
}

/* What an address guesses is told as what its guesses turned out to be. */
static void
test_kinds(void **state UNUSED)
{
    struct deeds *f = deeds_new();
    const struct deeds_address *a;
    enum word kind;

    deeds_attack(f, FROM_US, SPAN("192.0.2.1"), WORD_KIND_GUESSING, 5);
    deeds_found(f, SPAN("192.0.2.9"), WORD_KIND_SLOW); /* has done nothing */
    deeds_found(f, SPAN("192.0.2.1"), WORD_KIND_SLOW);
    a = texts_find(&f->addresses, SPAN("192.0.2.1"));
    assert_int_equal(deeds_guesses(a), WORD_KIND_SLOW);
    deeds_found(f, SPAN("192.0.2.1"), WORD_KIND_GANG);
    assert_int_equal(deeds_guesses(a), WORD_KIND_GANG);
    assert_int_equal(f->addresses.count, 1);
    /* What it does most is what it is. */
    deeds_attack(f, FROM_US, SPAN("192.0.2.1"), WORD_KIND_RELAY, 4);
    assert_int_equal(digest_attempts(a, &kind), 9);
    assert_int_equal(kind, WORD_KIND_GANG);
    deeds_attack(f, FROM_US, SPAN("192.0.2.1"), WORD_KIND_RELAY, 2);
    assert_int_equal(digest_attempts(a, &kind), 11);
    assert_int_equal(kind, WORD_KIND_RELAY);
    deeds_free(f);
}

/* Fewer rows: the others are counted. Nothing: no section. */
static void
test_bounds(void **state UNUSED)
{
    struct counted c;

    count(&c, ARRAY_LEN(day), 1);
    assert_int_equal(section_rows(section(&c, "addresses")), 1);
    assert_int_equal(section(&c, "addresses")->left_out, 2);
    end(&c);
    count(&c, 0, DIGEST_ROWS);
    assert_int_equal(c.d.section_count, 0);
    end(&c);
    count(&c, 4, DIGEST_ROWS);
    assert_int_equal(c.d.weight, WEIGHT_NONE);
    end(&c);
}

/* All of it through all printers, twice: the same bytes. */
static void
test_same(void **state UNUSED)
{
    struct buf text[2] = {0};
    struct counted c;

    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        count(&c, ARRAY_LEN(day), SIZE_MAX);
        print_html(&c.d, LANGUAGE_JAPANESE, HTML_PAGE, &text[i]);
        print_html(&c.d, LANGUAGE_JAPANESE, HTML_MAIL, &text[i]);
        assert_null(strstr(text[i].ptr, "<i>"));
        print_json(&c.d, LANGUAGE_JAPANESE, &text[i]);
        print_prometheus(&c.d, &text[i]);
        end(&c);
    }
    assert_string_equal(text[0].ptr, text[1].ptr);
    buf_fini(&text[0]);
    buf_fini(&text[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_figures), TEST(test_tables), TEST(test_notes), TEST(test_bounds),
        TEST(test_groups),  TEST(test_kinds),  TEST(test_same)};

    (void)setenv("TZ", "JST-9", 1);
    clock_load_zone();
    return RUN(tests);
}
