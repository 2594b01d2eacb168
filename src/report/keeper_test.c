#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/attack_rules.h"
#include "report/digest.h"
#include "report/keeper.h"
#include "report/print.h"

#define LOG "/var/log/mail.log"

/* The clocks went back in Europe on the last Sunday of October 2026. */
#define FROM_US (INT64_C(1792792800) * SECOND_US) /* 2026-10-24 00:00 +02:00 */

enum { LINES = 6000, DAYS = 4 };

/* Of the tally, deeds, visits and checks, each, and of rules. */
static const char *const parts[] = {
    "d3.example", "Connection timed out", "fail_only", "z1.example", "TLSv1.2",
    "DMARC",      "203.0.113.0/"};

static struct attack_rules rules; /* those that are built in */

struct world {
    char path[32];
    int folder;
    uint64_t random;
    struct buf text; /* the log */
    struct keeper *k;
    struct keeper_source *s;
    uint64_t restarts, saves;
    bool is_counted[ARRAY_LEN(parts)]; /* on any day: not each has all */
};

static uint32_t
any(struct world *w, uint32_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->random >> 33) % below;
}

static void
open_keeper(struct world *w, int64_t now_us)
{
    w->k = keeper_new(w->folder, 100, &rules);
    assert_int_equal(keeper_load(w->k, now_us), 0);
    w->s = keeper_source(w->k, LOG);
    assert_non_null(w->s);
}

static struct world *
world_new(void)
{
    struct world *w = mem_zalloc(1, sizeof(*w));
    const char *seed = getenv("SEED");

    w->random = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_wall_us();
    print_message("# SEED=%llu\n", (unsigned long long)w->random);
    (void)snprintf(w->path, sizeof(w->path), "/tmp/keeper-test-XXXXXX");
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
    return w;
}

static void
world_free(struct world *w)
{
    struct buf command = {0};
    char name[KEEPER_NAME_MAX];

    keeper_free(w->k);
    for (int64_t day = 20740; day < 20790; day++) {
        struct civil c = clock_to_civil(day * DAY_US, 0);

        (void)snprintf(name, sizeof(name), "%04d-%02d-%02d", c.year, c.month, c.day);
        (void)unlinkat(w->folder, name, 0);
        keeper_events_remove(w->folder, day);
    }
    (void)unlinkat(w->folder, "totals", 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0); /* nothing else is there */
    buf_fini(&command);
    buf_fini(&w->text);
    mem_free(w);
}

/* --- a log --- */

/* What becomes of a message. */
static void
add_delivery(struct world *w, unsigned kind, unsigned id, unsigned who)
{
    switch (kind) {
    case 0:
        buf_printf(&w->text, "smtpd[1]: 4ABC%02X: client=c%u.example.net[192.0.2.%u]\n",
                   id, who, who);
        break;
    case 1:
        buf_printf(&w->text,
                   "qmgr[1]: 4ABC%02X: from=<s%u@example.net>, size=%u, nrcpt=1 (queue "
                   "active)\n",
                   id, who, who * 777);
        break;
    case 2:
        buf_printf(
            &w->text,
            "smtp[1]: 4ABC%02X: to=<r%u@d%u.example>, relay=mx.example[192.0.2.1]:25, "
            "delay=%u.5, delays=0.1/0/0.2/%u, dsn=2.0.0, status=sent (250 ok)\n",
            id, who, who % 5, who, who);
        break;
    case 3:
        buf_printf(&w->text,
                   "smtp[1]: 4ABC%02X: to=<r%u@d%u.example>, relay=none, delay=%u, "
                   "delays=0/0/9/0, dsn=4.4.1, status=deferred (connect to "
                   "mx.example[203.0.113.5]:25: Connection timed out)\n",
                   id, who, who % 5, who);
        break;
    case 4:
        buf_printf(
            &w->text,
            "smtp[1]: 4ABC%02X: to=<r%u@d%u.example>, relay=none, delay=%u, "
            "delays=0/0/9/0, dsn=5.1.1, status=bounced (host said: 550 5.1.1 no)\n",
            id, who, who % 5, who);
        break;
    default:
        buf_printf(&w->text, "qmgr[1]: 4ABC%02X: removed\n", id);
        break;
    }
}

/* What a client does: refusals, logins that fail, and at last one that does not. */
static void
add_session(struct world *w, unsigned kind, unsigned id, unsigned who)
{
    switch (kind) {
    case 6:
        buf_printf(&w->text,
                   "smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.%u]: 554 5.7.1 "
                   "<z@example.com>: Relay access denied; from=<q@example.net> "
                   "to=<z%u@example.com> proto=SMTP helo=<h>\n",
                   who, id);
        break;
    case 7:
        buf_printf(&w->text,
                   "smtpd[1]: warning: unknown[192.0.2.%u]: SASL LOGIN authentication "
                   "failed: bad, sasl_username=u%u\n",
                   who, id);
        break;
    case 9:
        buf_printf(&w->text,
                   "smtpd[1]: disconnect from c%u.example.net[192.0.2.%u] ehlo=2 "
                   "starttls=%u mail=1 rcpt=1 data=1 quit=1 commands=7\n",
                   who, who, id & 1);
        break;
    case 10:
        buf_printf(&w->text,
                   "smtpd[1]: Anonymous TLS connection established from c[192.0.2.%u]: "
                   "TLSv1.%u with cipher C%u (256/256 bits)\n",
                   who, 2 + id % 2, who % 3);
        break;
    case 11:
        buf_printf(
            &w->text,
            "smtpd[1]: NOQUEUE: reject: RCPT from c[192.0.2.%u]: 554 5.7.1 Service "
            "unavailable; Client host [192.0.2.%u] blocked using z%u.example; "
            "from=<s@example.net> to=<r@example.org> proto=ESMTP helo=<h>\n",
            who, who, id % 4);
        break;
    case 14: /* a gang */
    case 15:
        buf_printf(&w->text,
                   "smtpd[1]: warning: unknown[203.0.113.%u]: SASL LOGIN authentication "
                   "failed: bad, sasl_username=v%u\n",
                   who % 6, id);
        break;
    default:
        buf_printf(&w->text,
                   "smtpd[1]: 4ABC%02X: client=pc[198.51.100.%u], sasl_method=PLAIN, "
                   "sasl_username=u%u\n",
                   id, who, who);
        break;
    }
}

/* Lines of other programs. */
static void
add_other(struct world *w, unsigned kind, unsigned id, unsigned who)
{
    if (kind == 12)
        buf_printf(&w->text,
                   "postgrey[1]: action=%s, client_name=c, client_address=192.0.2.%u, "
                   "sender=s@example.net, recipient=r@example.org\n",
                   id & 1 ? "greylist, reason=new"
                          : "pass, reason=triplet found, delay=400",
                   who * 8);
    else if (id & 1)
        buf_printf(&w->text, "opendmarc[1]: 4ABC%02X: d%u.example %s\n", id, who % 7,
                   who & 1 ? "fail" : "pass");
    else
        buf_printf(&w->text,
                   "dovecot: imap-login: %s: user=<u%u>, method=PLAIN, "
                   "rip=203.0.%u.9, lip=192.0.2.25, TLS, session=<x>\n",
                   id % 3 ? "Login" : "Aborted login (auth failed, 1 attempts in 2 secs)",
                   id % 5, who % 4);
}

/* Messages, refusals and logins of few ids and addresses, so that they meet again. */
static void
add_line(struct world *w, int64_t wall_us)
{
    struct civil c = clock_to_civil(wall_us, clock_local_offset_s(wall_us));
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    unsigned id = any(w, 40), who = any(w, 30), kind;
    char text[CLOCK_TEXT_MAX];

    if (any(w, 8) == 0) /* both of them, in one log */
        buf_printf(&w->text, "%s mx ", clock_text(wall_us, text));
    else
        buf_printf(&w->text, "%s %2d %02d:%02d:%02d mx ", months[c.month - 1], c.day,
                   c.hour, c.minute, c.second);
    kind = any(w, 16);
    if (kind == 12 || kind == 13) {
        add_other(w, kind, id, who);
        return;
    }
    buf_add_text(&w->text, "postfix/");
    if (kind < 6)
        add_delivery(w, kind, id, who);
    else
        add_session(w, kind, id, who);
}

static void
make_log(struct world *w)
{
    for (size_t i = 0; i < LINES; i++)
        add_line(w, FROM_US + (int64_t)i * (DAYS * DAY_US / LINES));
}

/* --- what comes of it --- */

static void
print_day(const struct report_day *d, size_t rows, struct buf *out)
{
    struct document doc;

    document_init(&doc);
    digest_make(&(struct digest){d->tally, d->deeds, rows ? rows : SIZE_MAX,
                                 .visits = d->visits, .checks = d->checks,
                                 .judged = d->judged},
                &doc);
    if (d->machine_len)
        document_of(&doc, (struct span){d->machine, d->machine_len});
    print_json(&doc, LANGUAGE_ENGLISH, out);
    document_fini(&doc);
}

/* One pass over the lines of a day. */
static void
expect_day(struct world *w, int64_t from_us, int64_t until_us, size_t rows,
           struct buf *out)
{
    struct attacks *a = attacks_new(&rules, from_us);
    struct report_day *d = report_day_new(0, 0);
    struct span rest = buf_span(&w->text), raw;
    struct report_line said;
    struct line line;
    int64_t us;

    report_day_judge(d);
    while (span_line(&rest, &raw)) {
        line_split(raw, &line);
        assert_true(line_time(&line, FROM_US + 10 * DAY_US, &us));
        if (us < from_us || us >= until_us)
            continue;
        report_line_read(&line, NULL, &said);
        report_day_line(d, us, &said);
        attacks_line(a, d->deeds, us, &said.mail, said.times);
    }
    attacks_tell(a, d->deeds, d->judged);
    attacks_free(a);
    print_day(d, rows, out);
    report_day_free(d);
}

/* What a report of the day that was kept prints, which may read no more than it shows. */
static void
print_kept(struct world *w, int64_t day, size_t rows, struct buf *out)
{
    struct report_day *d = NULL;
    struct keeper_told told;

    assert_int_equal(keeper_read_day(w->folder, day, rows, &d, &told), 0);
    assert_non_null(d);
    assert_int_equal(d->gaps, 0);
    print_day(d, rows, out);
    report_day_free(d);
}

static void
check_day(struct world *w, int64_t wall_us)
{
    int64_t from_us, until_us, day = keeper_day_of(wall_us, &from_us, &until_us);

    for (size_t rows = 0; rows <= DIGEST_ROWS; rows += DIGEST_ROWS) {
        struct buf wanted = {0}, got = {0};

        expect_day(w, from_us, until_us, rows, &wanted);
        print_kept(w, day, rows, &got);
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
            w->is_counted[i] |= strstr(wanted.ptr, parts[i]) != NULL;
        assert_string_equal(got.ptr, wanted.ptr);
        buf_fini(&wanted);
        buf_fini(&got);
    }
}

/* The process ends at any time, and goes on where it had saved. */
static void
play(struct world *w)
{
    const char *start = w->text.ptr;
    struct span all = buf_span(&w->text), rest = all, raw;

    while (span_line(&rest, &raw)) {
        int64_t now_us =
            FROM_US + DAY_US / 2 +
            (int64_t)((double)(raw.ptr - start) / (double)all.len * DAYS * DAY_US);

        keeper_line(w->k, w->s, raw,
                    &(struct keeper_read){now_us, any(w, 2) == 0, false});
        if (any(w, 40) == 0) {
            w->s->place = (struct tail_place){.inode = 1,
                                              .fingerprint_len = TAIL_PRINT_MAX,
                                              .offset = all.len - rest.len};
            assert_int_equal(keeper_save(w->k, now_us, any(w, 2) == 0), 0);
            w->saves++;
        }
        if (any(w, 90) == 0) {
            keeper_free(w->k);
            open_keeper(w, now_us);
            rest = span_from(all, w->s->place.offset);
            w->restarts++;
        }
    }
    w->s->place.offset = all.len;
    for (int i = 0; i < 2; i++) /* the second one closes what was open again */
        assert_int_equal(keeper_save(w->k, FROM_US + (DAYS + 1) * DAY_US, true), 0);
    assert_int_equal(w->k->misdated, 0);
    assert_int_equal(w->k->open_count, 0);
}

static void
test_as_one_pass(void **state UNUSED)
{
    struct world *w = world_new();

    make_log(w);
    open_keeper(w, FROM_US + DAY_US + 1); /* so that it begins with the first day */
    play(w);
    assert_true(w->saves > 20 && w->restarts > 10);
    for (int i = 0; i < DAYS; i++)
        check_day(w, FROM_US + i * DAY_US + DAY_US / 2);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (!w->is_counted[i])
            fail_msg("nothing of %s was counted", parts[i]);
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_one_pass),
    };

    static struct config config;
    struct buf error = {0};
    int failed;

    assert_true(attack_rules_load_built_in(&config, &error));
    attack_rules_init(&rules, &config, true);
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    clock_load_zone();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    config_fini(&config);
    return failed;
}
