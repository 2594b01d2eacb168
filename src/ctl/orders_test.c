/* Lists, and commands that change something, against a judge that we play. */
#include "judge_test.h"

#include "conf/config.h"

static void
test_bans(void **state UNUSED)
{
    static const struct {
        const char *within;
        const char *option;
        uint8_t outcome;
        bool has_ban;
        enum ctl_exit code;
        const char *out;
    } rows[] = {
        {NULL, NULL, 0, false, CTL_DONE, "no bans\n"},
        {NULL, NULL, 1, false, CTL_DONE, "no bans\n"},
        {"192.0.2.9", NULL, 1, false, CTL_NO_MATCH, "no bans\n"},
        {"192.0.2.0/24", NULL, 0, false, CTL_NO_MATCH, "no bans\n"},
        {"192.0.2.0/24", NULL, 0, true, CTL_DONE, "1 ban\n"},
        {NULL, "--json", 0, true, CTL_DONE, "\"bans\":[{\"address\":\"192.0.2.7\""},
        {NULL, "--jsonl", 0, true, CTL_DONE, "{\"address\":\"192.0.2.7\""},
    };
    struct wire_ask_bans want = {.to_us = INT64_MAX};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *words[4] = {"bans"};
        struct judge j = {0};
        struct run r;
        size_t n = 1;

        want.within = rows[i].within ? frames_addr(rows[i].within) : (struct addr){0};
        if (rows[i].within)
            words[n++] = rows[i].within;
        if (rows[i].option)
            words[n++] = rows[i].option;
        wire_put_ask_bans(&j.want, &want);
        if (rows[i].has_ban)
            frames_ban(&j.packets[0], "192.0.2.7", 60, 540, 1);
        frames_end(&j.packets[0], rows[i].outcome, rows[i].has_ban, "");
        run_against(&j, &r, words);
        assert_string_equal(r.err, "");
        assert_int_equal(r.code, rows[i].code);
        assert_non_null(strstr(r.out, rows[i].out));
    }
}

#define WORDS(...)                                                                       \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }
#define ROW(...)                                                                         \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }

static const struct {
    const char *words[7];
    bool is_ban;
    int64_t for_s;
    uint8_t outcome;
    uint32_t matched;
    const char *text;
    enum ctl_exit code;
    const char *out, *err;
} orders[] = {
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 0, 1, "", CTL_DONE, "192.0.2.7 is banned.\n",
        ""),
    ROW(WORDS("ban", "192.0.2.7", "--for", "90m"), true, 5400, 0, 1, "", CTL_DONE,
        "192.0.2.7 is banned for 1h 30m.\n", ""),
    ROW(WORDS("ban", "192.0.2.7", "--for", "permanent"), true, -1, 0, 1, "", CTL_DONE,
        "192.0.2.7 is banned permanently.\n", ""),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 0, 1, "done \033[m", CTL_DONE,
        "192.0.2.7 is banned. done \\x1B[m\n", ""),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 1, 0, "is banned already", CTL_NO_MATCH, "",
        "komainu: ban: is banned already\n"),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 2, 0, "", CTL_USAGE, "",
        "komainu: ban: the guard did not understand the request\n"),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 4, 0, "It is a gateway \xFF", CTL_REFUSED, "",
        "komainu: ban: It is a gateway \\xFF\n"),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 4, 0, "", CTL_REFUSED, "",
        "komainu: ban: refused\n"),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 5, 0, "", CTL_INTERNAL, "",
        "komainu: ban: the guard failed\n"),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 3, 0, "", CTL_INTERNAL, "",
        "komainu: ban: the guard failed\n"),
    ROW(WORDS("ban", "192.0.2.7"), true, 0, 200, 0, "", CTL_INTERNAL, "",
        "komainu: ban: the guard failed\n"),
    ROW(WORDS("ban", "192.0.2.7", "--json"), true, 0, 4, 0, "no", CTL_REFUSED,
        "{\"schema\":1,\"generated\":\"2026-11-22T01:53:25+00:00\","
        "\"address\":\"192.0.2.7\",\"outcome\":\"refused\",\"matched\":0,"
        "\"dry_run\":false,\"text\":\"no\",\"bans\":[],\"holes\":[]}\n",
        "komainu: ban: no\n"),
    ROW(WORDS("unban", "192.0.2.0/24"), false, 0, 0, 3, "", CTL_DONE,
        "3 bans of 192.0.2.0/24 lifted.\n", ""),
    ROW(WORDS("unban", "192.0.2.7"), false, 0, 0, 0, "", CTL_NO_MATCH, "",
        "komainu: unban: no bans of 192.0.2.7\n"),
    ROW(WORDS("unban", "192.0.2.7", "--json"), false, 0, 0, 0, "", CTL_NO_MATCH,
        "{\"schema\":1,\"generated\":\"2026-11-22T01:53:25+00:00\","
        "\"address\":\"192.0.2.7\",\"outcome\":\"unchanged\",\"matched\":0,"
        "\"dry_run\":false,\"text\":\"no bans of 192.0.2.7\",\"bans\":[],\"holes\":[]}\n",
        "komainu: unban: no bans of 192.0.2.7\n"),
    ROW(WORDS("unban", "192.0.2.7"), false, 0, 1, 0, "", CTL_NO_MATCH, "",
        "komainu: unban: no bans of 192.0.2.7\n"),
};

static void
test_orders(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct judge j = {0};
        struct run r;

        if (orders[i].is_ban)
            wire_put_ask_ban(
                &j.want, &(struct wire_ask_ban){.who = frames_addr(orders[i].words[1]),
                                                .bantime_s = orders[i].for_s});
        else
            wire_put_ask_unban(&j.want, &(struct wire_ask_unban){
                                            .within = frames_addr(orders[i].words[1])});
        frames_end(&j.packets[0], orders[i].outcome, orders[i].matched, orders[i].text);
        run_against(&j, &r, orders[i].words);
        assert_string_equal(r.err, orders[i].err);
        assert_string_equal(r.out, orders[i].out);
        assert_int_equal(r.code, orders[i].code);
    }
}

/* What would change in the kernel, as judge says it. */
static void
test_dry(void **state UNUSED)
{
    const char *line = "nft add element inet komainu ban4 { 192.0.2.7 timeout 3600s }";
    struct judge j = {0};
    struct run r;

    for (int is_json = 0; is_json < 2; is_json++) {
        wire_put_ask_ban(&j.want, &(struct wire_ask_ban){.who = frames_addr("192.0.2.7"),
                                                         .is_dry = 1});
        wire_put_tell_line(&j.packets[0],
                           &(struct wire_tell_line){.line = span_of(line)});
        wire_put_tell_line(&j.packets[0], &(struct wire_tell_line){.line = SPAN("\033")});
        frames_end(&j.packets[1], 0, 0, "");
        RUN_AGAINST(&j, &r, "ban", "192.0.2.7", "--dry-run", is_json ? "--json" : NULL);
        assert_string_equal(r.err, "");
        assert_int_equal(r.code, CTL_DONE);
        assert_non_null(strstr(r.out, line));
        assert_null(strchr(r.out, '\033'));
    }
    assert_non_null(strstr(r.out, "\"dry_run\":true"));
    assert_non_null(strstr(r.out, "\"lines\":[\"nft add"));
    wire_put_ask_unban(&j.want,
                       &(struct wire_ask_unban){.jail = SPAN("sshd"), .is_dry = 1});
    frames_ban(&j.packets[0], "192.0.2.7", 60, 540, 1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "unban", "--jail", "sshd", "--dry-run");
    assert_non_null(strstr(r.out, "would be lifted.\nIn the kernel nothing changes.\n"));
}

/* An order for what fits a filter says which bans it was. */
static void
test_filtered_orders(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_unban(&j.want, &(struct wire_ask_unban){.jail = SPAN("sshd"),
                                                         .account = SPAN("alice"),
                                                         .is_dry = 1});
    frames_ban(&j.packets[0], "192.0.2.7", 60, 540, 1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "unban", "--account", "alice", "--jail", "sshd", "--dry-run");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "192.0.2.7"));
    assert_non_null(strstr(
        r.out, "\n1 ban of addresses that tried alice in sshd would be lifted.\n"));
    wire_put_ask_unban(&j.want, &(struct wire_ask_unban){0});
    frames_end(&j.packets[0], 0, 0, "");
    RUN_AGAINST(&j, &r, "unban", "--all");
    assert_string_equal(r.err, "komainu: unban: no bans\n");
    assert_int_equal(r.code, CTL_NO_MATCH);
    wire_put_ask_extend(&j.want, &(struct wire_ask_extend){
                                     .who = frames_addr("192.0.2.7"), .more_s = 3600});
    frames_ban(&j.packets[0], "192.0.2.7", 60, 4140, 0);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "extend", "192.0.2.7", "--for", "1h", "--json");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "\"outcome\":\"done\",\"matched\":1"));
    assert_non_null(strstr(r.out, "\"bans\":[{\"address\":\"192.0.2.7\""));
    wire_put_ask_extend(&j.want, &(struct wire_ask_extend){
                                     .who = frames_addr("192.0.2.7"), .more_s = -1});
    frames_end(&j.packets[0], 1, 0, "not banned");
    RUN_AGAINST(&j, &r, "extend", "192.0.2.7", "--for", "permanent");
    assert_string_equal(r.err, "komainu: extend: not banned\n");
    assert_int_equal(r.code, CTL_NO_MATCH);
}

static void
put_brake(struct buf *b, bool is_on)
{
    wire_put_tell_brake(b, &(struct wire_tell_brake){.is_on = is_on,
                                                     .is_enabled = 1,
                                                     .since_us = AGO_US(60),
                                                     .until_us = AGO_US(-3540),
                                                     .places = 6,
                                                     .places_max = 5,
                                                     .clients = 4,
                                                     .of = 120,
                                                     .percent_max = 5,
                                                     .held = 9});
    wire_put_tell_hit(b, &(struct wire_tell_hit){.time_us = AGO_US(60),
                                                 .who = frames_addr("192.0.2.0/24"),
                                                 .places = 1,
                                                 .clients = 4});
}

static void
test_brake(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_brake(&j.want, &(struct wire_ask_brake){0});
    put_brake(&j.packets[0], true);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "brake");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("No bans are made since ")));
    assert_non_null(strstr(
        r.out, "\nHit within an hour: 6 of at most 5 places, 4 of 120 clients (at most 5 "
               "%)\n"));
    assert_non_null(strstr(r.out, "192.0.2.0/24"));
    wire_put_ask_brake(&j.want, &(struct wire_ask_brake){.is_release = 1});
    put_brake(&j.packets[0], true);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "brake", "--release", "--json");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "\"released\":true,\"enabled\":true,\"pulled\":true,"));
    assert_non_null(strstr(r.out, "\"places\":6,\"places_max\":5,\"clients\":4,"
                                  "\"of_clients\":120,\"percent_max\":5,\"held\":9,"
                                  "\"hits\":[{"));
    wire_put_ask_brake(&j.want, &(struct wire_ask_brake){.is_release = 1});
    put_brake(&j.packets[0], false);
    frames_end(&j.packets[1], 1, 0, "bans are made already");
    RUN_AGAINST(&j, &r, "brake", "--release");
    assert_string_equal(r.err, "komainu: brake: bans are made already\n");
    assert_int_equal(r.code, CTL_NO_MATCH);
}

static void
put_hold(struct buf *b, uint8_t kind, const char *account, int64_t until_us)
{
    wire_put_tell_hold(b, &(struct wire_tell_hold){.kind = kind,
                                                   .account = span_of(account),
                                                   .jail = SPAN("takeover"),
                                                   .who = frames_addr("192.0.2.7"),
                                                   .since_us = AGO_US(60),
                                                   .until_us = until_us,
                                                   .messages = kind,
                                                   .recipients = 60U * kind});
}

/* What is listed is listed; of a kind that nobody knows nothing is shown. */
static void
test_holds(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_holds(&j.want, &(struct wire_ask_holds){0});
    put_hold(&j.packets[0], 0, "a\033@example.org", -1);
    put_hold(&j.packets[0], 1, "b@example.org", AGO_US(-3600));
    put_hold(&j.packets[0], 9, "c@example.org", -1);
    frames_end(&j.packets[1], 0, 2, "");
    RUN_AGAINST(&j, &r, "holds");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "a\\x1B@example.org  held "));
    assert_non_null(strstr(r.out, "1 message, 60 recipients an hour"));
    assert_non_null(strstr(r.out, "released"));
    assert_null(strstr(r.out, "c@example.org"));
    wire_put_ask_holds(&j.want, &(struct wire_ask_holds){.account = SPAN("b")});
    put_hold(&j.packets[0], 1, "b", -1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "holds", "b", "--jsonl");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "{\"account\":\"b\",\"verdict\":\"limit\",\"jail\":"
                                  "\"takeover\",\"address\":\"192.0.2.7\",\"since\":"));
    assert_non_null(strstr(r.out, "\"until\":null,\"messages\":1,\"recipients\":60}\n"));
}

static void
test_release(void **state UNUSED)
{
    struct wire_ask_holds m = {.account = SPAN("b"), .is_release = 1};
    struct judge j = {0};
    struct run r;

    wire_put_ask_holds(&j.want, &m);
    put_hold(&j.packets[0], 0, "b", -1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "holds", "b", "--release");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out),
                            SPAN("Mail of b is not held or limited any more.\n")));
    wire_put_ask_holds(&j.want, &m);
    frames_end(&j.packets[0], 1, 0, "no mail of it is held or limited");
    RUN_AGAINST(&j, &r, "holds", "b", "--release");
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_string_equal(r.err, "komainu: holds: no mail of it is held or limited\n");
    m = (struct wire_ask_holds){.account = SPAN("b"), .is_hold = 1, .for_s = 7200};
    wire_put_ask_holds(&j.want, &m);
    put_hold(&j.packets[0], 0, "b", AGO_US(-7200));
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "holds", "b", "--hold", "--for", "2h");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("Mail of b is held for 2h: it goes")));
    m.for_s = 0;
    wire_put_ask_holds(&j.want, &m);
    put_hold(&j.packets[0], 0, "b", -1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "holds", "b", "--hold", "--for", "permanent");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("Mail of b is held until it is rel")));
    wire_put_ask_holds(&j.want, &(struct wire_ask_holds){0});
    frames_end(&j.packets[0], 0, 0, "");
    RUN_AGAINST(&j, &r, "holds");
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "no mail is held or limited\n");
}

static void
put_named(struct buf *b, const char *name, const char *who)
{
    wire_put_tell_named(
        b, &(struct wire_tell_named){.name = span_of(name),
                                     .who = who ? frames_addr(who) : (struct addr){0}});
}

static void
put_hole(struct buf *b, const char *who, const char *prefix, uint32_t holes)
{
    wire_put_tell_hole(b, &(struct wire_tell_hole){.who = frames_addr(who),
                                                   .prefix = frames_addr(prefix),
                                                   .since_us = AGO_US(0),
                                                   .holes = holes});
}

/* Who is let out of a ban of a network is named, with what stays; bans and holes are
 * counted apart. */
static void
test_holes(void **state UNUSED)
{
    struct wire_ask_unban want = {.within = frames_addr("192.0.2.7")};
    struct judge j = {0};
    struct run r;

    wire_put_ask_unban(&j.want, &want);
    put_hole(&j.packets[0], "192.0.2.7", "192.0.2.0/24", 1);
    frames_end(&j.packets[0], 0, 1, "");
    RUN_AGAINST(&j, &r, "unban", "192.0.2.7");
    assert_string_equal(r.out,
                        "192.0.2.7 let out of the ban of 192.0.2.0/24, which stays "
                        "for the other 255.\n");
    assert_int_equal(r.code, CTL_DONE);
    want.is_dry = 1;
    wire_put_ask_unban(&j.want, &want);
    put_hole(&j.packets[0], "192.0.2.7", "192.0.2.0/24", 0);
    wire_put_tell_line(&j.packets[0],
                       &(struct wire_tell_line){.line = SPAN("nft add element x")});
    frames_end(&j.packets[0], 0, 1, "");
    RUN_AGAINST(&j, &r, "unban", "192.0.2.7", "--dry-run");
    assert_true(span_starts(span_of(r.out),
                            SPAN("192.0.2.7 would be let out of the ban of 192.0.2.0/24, "
                                 "which would stay.\n")));
    assert_non_null(strstr(r.out, "nft add element x\n"));
    wire_put_ask_unban(&j.want, &(struct wire_ask_unban){.account = SPAN("bob")});
    frames_ban(&j.packets[0], "192.0.2.7", 60, 540, 1);
    put_hole(&j.packets[0], "2001:db8::7", "2001:db8::/56", 3);
    frames_end(&j.packets[0], 4, 2, "1 not let out");
    RUN_AGAINST(&j, &r, "unban", "--account", "bob", "--json");
    assert_non_null(strstr(r.out, "\"holes\":[{\"address\":\"2001:db8::7\","
                                  "\"out_of\":\"2001:db8::/56\","));
    assert_int_equal(r.code, CTL_REFUSED);
    wire_put_ask_unban(&j.want, &(struct wire_ask_unban){.account = SPAN("bob")});
    frames_ban(&j.packets[0], "192.0.2.7", 60, 540, 1);
    put_hole(&j.packets[0], "2001:db8::7", "2001:db8::/56", 3);
    frames_end(&j.packets[0], 0, 2, "");
    RUN_AGAINST(&j, &r, "unban", "--account", "bob");
    assert_non_null(strstr(r.out,
                           "2001:db8::7 let out of the ban of 2001:db8::/56, which "
                           "stays for all others.\n1 ban of addresses that tried bob "
                           "lifted.\n"));
    assert_int_equal(r.code, CTL_DONE);
}

static void
test_jails(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_status(&j.want, &(struct wire_ask_status){0});
    frames_jail(&j.packets[0], SPAN("sshd"), 1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "jails", "--jsonl");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("{\"name\":\"sshd\",")));
    wire_put_ask_jail(&j.want, &(struct wire_ask_jail){.name = SPAN("sshd")});
    frames_jail(&j.packets[0], SPAN("sshd"), 0);
    frames_source(&j.packets[1], SPAN("/var/log/auth.log"), SOURCE_FOLLOWING, 0);
    wire_put_tell_option(
        &j.packets[2],
        &(struct wire_tell_option){.name = SPAN("maxretry"), .value = SPAN("5")});
    put_named(&j.packets[2], "a.example.net", "192.0.2.7");
    put_named(&j.packets[2], "a.example.net", "2001:db8::7");
    put_named(&j.packets[2], "\033.example.net", NULL);
    frames_end(&j.packets[3], 0, 1, "");
    RUN_AGAINST(&j, &r, "jails", "sshd");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("sshd only observes")));
    assert_non_null(strstr(r.out, "/var/log/auth.log"));
    assert_non_null(strstr(r.out, "\n  maxretry = 5\n"));
    assert_non_null(strstr(r.out, "\nNames in ignoreip:\n"
                                  "  a.example.net 192.0.2.7 2001:db8::7\n"
                                  "  \\x1B.example.net (not known now)\n"));
    wire_put_ask_jail(&j.want, &(struct wire_ask_jail){.name = SPAN("sshd")});
    put_named(&j.packets[0], "a.example.net", "192.0.2.7");
    put_named(&j.packets[0], "b.example.net", NULL);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "jails", "sshd", "--json");
    assert_non_null(
        strstr(r.out, "\"ignored_names\":[{\"name\":\"a.example.net\",\"addresses\":["
                      "\"192.0.2.7\"]},{\"name\":\"b.example.net\",\"addresses\":[]}]"));
    wire_put_ask_jail(&j.want, &(struct wire_ask_jail){.name = SPAN("nope")});
    frames_end(&j.packets[0], 2, 0, "nope: no such jail is on");
    RUN_AGAINST(&j, &r, "jails", "nope");
    assert_string_equal(r.err, "komainu: jails: nope: no such jail is on\n");
    assert_int_equal(r.code, CTL_USAGE);
}

static void
test_allow(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_allow(&j.want,
                       &(struct wire_ask_allow){.who = frames_addr("192.0.2.0/24"),
                                                .for_s = 3600,
                                                .comment = SPAN("office")});
    frames_end(&j.packets[0], 0, 1, "2 bans were lifted");
    RUN_AGAINST(&j, &r, "allow", "192.0.2.0/24", "--for", "1h", "--comment", "office");
    assert_string_equal(r.out,
                        "192.0.2.0/24 is not banned for 1h. 2 bans were lifted.\n");
    assert_int_equal(r.code, CTL_DONE);
    wire_put_ask_disallow(&j.want,
                          &(struct wire_ask_disallow){.who = frames_addr("192.0.2.7")});
    frames_end(&j.packets[0], 1, 0, "not on the list");
    RUN_AGAINST(&j, &r, "allow", "remove", "192.0.2.7");
    assert_string_equal(r.err, "komainu: allow: not on the list\n");
    assert_int_equal(r.code, CTL_NO_MATCH);
    wire_put_ask_allowed(&j.want, &(struct wire_ask_allowed){0});
    wire_put_tell_allow(&j.packets[0],
                        &(struct wire_tell_allow){.who = frames_addr("192.0.2.0/24"),
                                                  .until_us = AGO_US(-3600),
                                                  .comment = SPAN("a\033b")});
    wire_put_tell_allow(&j.packets[1],
                        &(struct wire_tell_allow){.who = frames_addr("198.51.100.1"),
                                                  .origin = ALLOW_CONFIGURED + 1,
                                                  .until_us = -1});
    frames_end(&j.packets[2], 0, 2, "1 line of the file cannot be read");
    RUN_AGAINST(&j, &r, "allow", "list");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "by hand     1h         a\\x1Bb\n"));
    assert_non_null(strstr(r.out, "mynetworks  for good"));
    assert_string_equal(r.err, "komainu: allow: 1 line of the file cannot be read\n");
}

static void
test_allow_name(void **state UNUSED)
{
    struct wire_tell_allow row = {.who = frames_addr("192.0.2.7"),
                                  .origin = ALLOW_BY_NAME,
                                  .until_us = -1,
                                  .comment = SPAN("at home"),
                                  .name = SPAN("office.example.net")};
    struct judge j = {0};
    struct run r;

    wire_put_ask_allow(&j.want, &(struct wire_ask_allow){.name = row.name});
    wire_put_tell_allow(&j.packets[0], &row);
    row.who = frames_addr("2001:db8::7");
    wire_put_tell_allow(&j.packets[0], &row);
    frames_end(&j.packets[1], 0, 1, "1 ban was lifted");
    RUN_AGAINST(&j, &r, "allow", "office.example.net.");
    assert_string_equal(r.out, "office.example.net is not banned any more. It stands for "
                               "192.0.2.7, 2001:db8::7. 1 ban was lifted.\n");
    wire_put_ask_disallow(&j.want, &(struct wire_ask_disallow){.name = row.name});
    frames_end(&j.packets[0], 0, 1, "");
    RUN_AGAINST(&j, &r, "allow", "remove", "office.example.net");
    assert_string_equal(r.out, "office.example.net may be banned again.\n");
    wire_put_ask_allowed(&j.want, &(struct wire_ask_allowed){.name = row.name});
    row.lost_us = AGO_US(60);
    wire_put_tell_allow(&j.packets[0], &row);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "allow", "list", "office.example.net");
    assert_non_null(strstr(r.out, "2001:db8::7  by name  for good   "
                                  "office.example.net, not resolved since "));
    assert_non_null(strstr(r.out, ": at home\n"));
    wire_put_ask_allow(&j.want, &(struct wire_ask_allow){.name = row.name});
    wire_put_tell_allow(&j.packets[0], &row);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "allow", "office.example.net", "--json");
    assert_non_null(strstr(r.out, "\"name\":\"office.example.net\",\"addresses\":"
                                  "[\"2001:db8::7\"],\"changed\":true"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bans),  TEST(test_orders), TEST(test_filtered_orders), TEST(test_dry),
        TEST(test_brake), TEST(test_holds),  TEST(test_release),         TEST(test_holes),
        TEST(test_jails), TEST(test_allow),  TEST(test_allow_name)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
