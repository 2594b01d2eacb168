/* Jails of a fail2ban directory as jails of ours. */
#include <errno.h>

#include "conf/config_wire.h"
#include "conf/load_world.h"

#define OURS "[komainu]\nfail2ban = /f\n"
#define BASE "[DEFAULT]\nlogpath = /var/log/mail.log\naction = ufw\n"

/* Loads jail.conf of a fail2ban directory beside filters and actions that are always the
 * same, and our own komainu.conf and jail.conf; with what clients have changed, or NULL.
 */
static int
take_changed(const char *const *texts, const struct config_overrides *o,
             struct config *out, struct buf *errors)
{
    const char *komainu = texts[0], *own = texts[1], *jails = texts[2];
    static const char ban[] =
        "[Definition]\nactionban = <tool> <ip> <name>\nactionstart = "
        "<tool> start\nnorestored = true\n"
        "[Init]\ntool = four\ntimeout = 1m\n"
        "[Init?family=inet6]\ntool = six\n";
    const struct conf_builtin files[] = {
        {"jail.conf", jails, strlen(jails)},
        FILE_OF("filter.d/f.conf", "[Definition]\nfailregex = ^<tag> 100%% <HOST>$\n"
                                   " ^second <HOST>\n[Init]\ntag = x\n"),
        FILE_OF("filter.d/journal.conf",
                "[Definition]\nfailregex = <HOST>\njournalmatch = "
                "_COMM=x + _COMM=y\n"),
        FILE_OF("action.d/ufw.conf", "[Definition]\n[Init]\nblocktype = reject\n"),
        FILE_OF("action.d/iptables-multiport.conf",
                "[Definition]\nactionban = x\n[Init]\nport = ssh\nprotocol = tcp\n"
                "blocktype = REJECT --reject-with x\n"),
        FILE_OF("action.d/tell.conf", ban),
        {0}};
    const struct conf_builtin builtins[] = {{"komainu.conf", komainu, strlen(komainu)},
                                            {"jail.conf", own, strlen(own)},
                                            FILE_OF("filter.d/mine.conf", FILTER),
                                            {0}};
    struct machine m = made_up_machine();
    const struct config_request r = {
        .machine = &m, .builtins = builtins, .fail2ban = files, .overrides = o};

    return config_load(&r, out, errors);
}

static int
take(const char *komainu, const char *own, const char *jails, struct config *out,
     struct buf *errors)
{
    const char *const texts[] = {komainu, own, jails};

    return take_changed(texts, NULL, out, errors);
}

static const struct {
    const char *theirs, *target; /* NULL: no file */
    enum config_loglevel level;
    const char *note; /* "": none */
    const char *ours; /* loglevel; NULL: silent */
    int facility;     /* 0: it is a file */
} servers[] = {
    {"loglevel = DEBUG\nlogtarget = /l/f.log\n", "/l/f.log", LOGLEVEL_DEBUG, ""},
    {"loglevel = heavydebug\nlogtarget = sysout\n", NULL, LOGLEVEL_DEBUG, ""},
    {"loglevel = WARN\nlogtarget = SYSLOG[facility=local0]\n", "/dev/log",
     LOGLEVEL_WARNING, "", NULL, 16},
    {"logtarget = syslog[facility=moon, format=x]\nsyslogsocket = /s\n", "/s",
     LOGLEVEL_INFO, "`format` says nothing here", NULL, 3},
    {"logtarget = SYSLOG\n", "/dev/log", LOGLEVEL_INFO, "", NULL, 3},
    {"logtarget = /l/f.log[padding=no]\n", "/l/f.log", LOGLEVEL_INFO,
     "`padding` says nothing here"},
    {"loglevel = 17\nlogtarget = f.log\n", NULL, LOGLEVEL_INFO, "is no path"},
    {"loglevel = 10\n", NULL, LOGLEVEL_DEBUG, ""},
    {"loglevel = 21\n", NULL, LOGLEVEL_NOTICE, ""},
    {"loglevel = 0\n", NULL, LOGLEVEL_DEBUG, ""},
    {"loglevel = 99\n", NULL, LOGLEVEL_CRITICAL, ""},
    {"loglevel = msg\n", NULL, LOGLEVEL_INFO, ""},
    {"", NULL, LOGLEVEL_INFO, ""},
    {"loglevel = DEBUG\n", NULL, LOGLEVEL_ERROR, "", "ERROR"},
    {"dbpurgeage = 2w\nallowipv6 = auto\n", NULL, LOGLEVEL_INFO, ""},
    {"dbmaxmatches = 5\n", NULL, LOGLEVEL_INFO, ""},
    {"dbmaxmatches = 500\n", NULL, LOGLEVEL_INFO, "`dbmaxmatches` is `500`: 200"},
    {"dbmaxmatches = many\n", NULL, LOGLEVEL_INFO, ""},
    {"dbpurgeage = soon\n", NULL, LOGLEVEL_INFO, "`dbpurgeage` is `soon`"},
    {"dbfile = None\n", NULL, LOGLEVEL_INFO, "our own database"},
    {"allowipv6 = no\n", NULL, LOGLEVEL_INFO, "guarded in any case"},
};

/* What fail2ban.conf says of the log, and what komainu.conf says before it. */
static void
test_server(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
        char theirs[200];
        static const struct conf_builtin builtins[] = {
            FILE_OF("komainu.conf", OURS "loglevel = INFO\nlogtarget = none\n"), {0}};
        const struct conf_builtin files[] = {
            {"fail2ban.conf", theirs,
             (size_t)snprintf(theirs, sizeof(theirs), "[Definition]\n%s",
                              servers[i].theirs)},
            FILE_OF("jail.conf", "[DEFAULT]\n"),
            {0}};
        struct config_overrides o = {0};
        const struct config_request r = {
            .builtins = builtins, .fail2ban = files, .overrides = &o};
        struct buf errors = {0};
        struct config c;

        if (servers[i].ours)
            assert_int_equal(
                overrides_put(&o, SPAN(""), SPAN("loglevel"), span_of(servers[i].ours)),
                OVERRIDE_PUT);
        if (config_load(&r, &c, &errors) != 0)
            fail_msg("%s: %s", servers[i].theirs, errors.ptr);
        overrides_fini(&o);
        assert_int_equal(c.loglevel, servers[i].level);
        assert_int_equal(c.has_log_file, servers[i].target != NULL);
        assert_int_equal(c.limits.remember_s,
                         strstr(theirs, "dbpurgeage = 2w") ? 14 * 86400 : 86400);
        assert_int_equal(c.limits.evidence,
                         strcmp(theirs, "[Definition]\ndbmaxmatches = 5\n") ? 200 : 5);
        if (servers[i].target)
            assert_string_equal(c.logtarget, servers[i].target);
        assert_int_equal(c.log_facility,
                         servers[i].facility ? servers[i].facility : CONFIG_NO_FACILITY);
        if (servers[i].note[0])
            assert_non_null(strstr(c.notes, servers[i].note));
        else
            assert_string_equal(c.notes ? c.notes : "", "");
        config_fini(&c);
        buf_fini(&errors);
    }
}

static void
test_jail(void **state UNUSED)
{
    struct buf errors = {0};
    struct config c;
    const struct config_jail *j;

    assert_int_equal(
        take(OURS, "[auto]\nenabled = auto\nservice = postfix\nfilter = mine\n",
             BASE
             "[a]\nenabled = true\nfilter = f[tag=y]\nfindtime = 2*1h\nbantime = -5\n"
             "maxretry = 4\nlogpath = /l head\n  /m tail\n  /n*.log\n"
             "ignoreip = 192.0.2.0/24, ::1\nbantime.increment = true\n"
             "bantime.rndtime = 1m\nmaxmatches = 0\nusedns = no\nignoreself = false\n"
             "ignorecommand = /bin/x <ip>\nlogencoding = utf-8\nlogtimezone = UTC+0100\n"
             "action = iptables-multiport[port=\"25,465:587\", protocol=tcp]\n",
             &c, &errors),
        0);
    assert_string_equal(c.notes, "");
    assert_int_equal(c.jail_count, 1); /* what is auto is off */
    j = &c.jails[0];
    assert_string_equal(j->name, "a");
    assert_true(j->is_rate);
    assert_false(j->is_forgiving);
    assert_int_equal(j->findtime_s, 7200);
    assert_int_equal(j->bantime_s, CONFIG_FOREVER_S);
    assert_int_equal(j->maxretry, 4);
    assert_int_equal(j->maxmatches, 1);
    assert_int_equal(j->ignore_count, 2);
    assert_false(j->is_self_ignored);
    assert_true(j->increment.is_on);
    assert_int_equal(j->increment.rndtime_s, 60);
    assert_int_equal(j->ask.command, 0);
    assert_int_equal(j->mode, JAIL_ENFORCE);
    assert_int_equal(c.source_count, 2);
    assert_string_equal(c.sources[0].path, "/l");
    assert_true(c.sources[1].is_tail);
    assert_int_equal(c.glob_count, 1);
    assert_int_equal(c.scopes[j->scope].count, 2);
    assert_int_equal(c.scopes[j->scope].block, BLOCK_REJECT);
    assert_int_equal(c.filters[0].regex_count, 2);
    assert_string_equal(c.filters[0].regexes[0].pattern, "^y 100% <ADDR>$");
    assert_string_equal(c.filters[0].regexes[0].where, "/f/filter.d/f.conf:2: failregex");
    assert_string_equal(c.filters[0].timezone, "UTC+0100");
    assert_int_equal(c.filters[0].usedns, USEDNS_NO);
    config_fini(&c);
}

/* Values that fail2ban takes and that mean another one: fewer than one failure bans at
 * the first, as there; usedns is a no when it is no word for that. */
static void
test_odd_values(void **state UNUSED)
{
    static const struct {
        const char *options;
        uint32_t maxretry, maxmatches;
        enum usedns usedns;
        const char *note;
    } rows[] = {
        {"maxretry = 0\n", 1, 5, USEDNS_WARN, ""},
        {"maxretry = -3\nmaxmatches = -1\n", 1, 1, USEDNS_WARN, ""},
        {"maxretry = 2\nusedns = RAW\n", 2, 5, USEDNS_RAW, ""},
        {"usedns = Yes\n", 3, 5, USEDNS_YES, ""},
        {"usedns = perhaps\n", 3, 5, USEDNS_NO,
         "/f/jail.conf:7: [a] `usedns`: `perhaps` is none of yes, warn, no and raw, and "
         "taken as no\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char jails[300];
        struct buf errors = {0};
        struct config c;

        (void)snprintf(jails, sizeof(jails), BASE "[a]\nenabled = true\nfilter = f\n%s",
                       rows[i].options);
        assert_int_equal(take(OURS, "", jails, &c, &errors), 0);
        assert_string_equal(c.notes, rows[i].note);
        assert_int_equal(c.jails[0].maxretry, rows[i].maxretry);
        assert_int_equal(c.jails[0].maxmatches, rows[i].maxmatches);
        assert_int_equal(c.filters[0].usedns, rows[i].usedns);
        config_fini(&c);
    }
}

/* What one wrong jail is told for; the other is taken. */
static void
test_left_out(void **state UNUSED)
{
    static const struct {
        const char *options, *note;
    } rows[] = {
        {"filter = none\n", "/f/jail.conf:5: [a] `filter`: Unable to read the filter "
                            "'none'\n"},
        {"filter = f\nmaxretry = many\n",
         "/f/jail.conf:6: [a] `maxretry`: write a whole number\n"},
        {"filter = f\nfindtime = soon\n",
         "/f/jail.conf:6: [a] `findtime` is `soon`; write"},
        {"filter = f\nignoreip = 300.1.1.1/99\n", "/f/jail.conf:6: "},
        {"filter = f\nlogencoding = utf-16\n", "/f/jail.conf:6: [a] `logencoding` is"},
        {"filter = f\nlogencoding = klingon\n",
         "`logencoding` is `klingon`; nobody knows it"},
        {"filter = f[tag=\xd0\xbd]\nlogencoding = latin1\n",
         "has not all of its characters"},
        {"filter = f\nlogpath = relative\n", "/f/jail.conf:6: "},
        {"filter = f\nlogpath =\n", "[a] `logpath`: write the paths"},
        {"filter = f\nbackend = kqueue\n", "/f/jail.conf:6: [a] `backend`: write auto"},
        {"filter = journal\nbackend = systemd[namespace=x/y]\n",
         "/f/jail.conf:6: [a] `backend`: `namespace` must be the name"},
        {"filter = f\naction = iptables-multiport[port=nonsense]\n",
         "/f/jail.conf:6: [a] `port` is `nonsense`"},
        {"filter = f\nignorecommand = x <F-USER>\n",
         "/f/jail.conf:6: [a] `ignorecommand`"},
        {"filter = f\naction = ufw[a\n", "/f/jail.conf:6: [a] `action`: Invalid action"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jails = {0}, errors = {0};
        struct config c;

        buf_printf(&jails,
                   BASE "[a]\n%senabled = true\n[b]\nenabled = true\nfilter = f\n",
                   rows[i].options);
        assert_int_equal(take(OURS, "", jails.ptr, &c, &errors), 0);
        if (!strstr(c.notes, rows[i].note))
            assert_string_equal(c.notes, rows[i].note);
        assert_int_equal(c.jail_count, 1);
        assert_string_equal(c.jails[0].name, "b");
        config_fini(&c);
        buf_clear(&jails);
        buf_printf(&jails, BASE "[a]\n%senabled = true\n", rows[i].options);
        assert_int_equal(take(OURS, "", jails.ptr, &c, &errors), -EINVAL);
        if (!strstr(errors.ptr, rows[i].note))
            assert_string_equal(errors.ptr, rows[i].note);
        buf_fini(&jails);
        buf_fini(&errors);
    }
}

/* What is taken otherwise than it stands there, and told. */
static void
test_noted(void **state UNUSED)
{
    static const struct {
        const char *options, *note; /* "": none */
        size_t addresses, names;
    } rows[] = {
        {"filter = f\nbackend = gamin\n", "", 0, 0},
        {"filter = journal\nbackend = systemd[journalflags=1, rotated=on]\n",
         "[a] `backend`: `rotated` changes nothing", 0, 0},
        {"filter = journal\nbackend = systemd\njournalmatch = "
         "_SYSTEMD_UNIT=fail2ban.service\n",
         "will find nothing: nobody writes bans there", 0, 0},
        {"filter = f\naction = iptables-multiport[chain=DOCKER-USER]\n",
         "numbers that they have outside of containers", 0, 0},
        {"filter = f\nignoreip = 192.0.2.1 # the office\n  "
         "198.51.100.0/24,mx.example.org\n",
         "[a] `ignoreip`: `#` and what follows is no address", 2, 1},
        {"filter = f\nignoreip = ::1 !office 192.0.2.0/255.255.255.0\n",
         "[a] `ignoreip`: `!office` is no address and no name", 2, 0},
        {"filter = f\nignoreip = 127.0.0.1/8\t::1\n", "", 2, 0},
        {"filter = f\nignorecommand = x <ip>\nignorecache = key=\"<ip>\", max-count=9\n",
         "", 0, 0},
        {"filter = f\nignorecommand = x <ip>\n"
         "ignorecache = key=\"<F-USER>@<ip>\", max-count=9\n",
         "has another key than <ip>; nothing is kept", 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jails = {0}, errors = {0};
        struct config c;

        buf_printf(&jails, BASE "[a]\nenabled = true\n%s", rows[i].options);
        assert_int_equal(take(OURS, "", jails.ptr, &c, &errors), 0);
        if (!rows[i].note[0] || !strstr(c.notes, rows[i].note))
            assert_string_equal(c.notes, rows[i].note);
        assert_int_equal(c.jails[0].ignore_count, rows[i].addresses);
        assert_int_equal(c.jails[0].name_count, rows[i].names);
        config_fini(&c);
        buf_fini(&jails);
        buf_fini(&errors);
    }
}

static void
test_actions(void **state UNUSED)
{
    struct buf errors = {0};
    struct config c;
    const struct config_action *a;

    assert_int_equal(take(OURS, "",
                          BASE
                          "[a]\nenabled = true\nfilter = f\naction = ufw\n"
                          " tell[name=other]\n x.py[a=b]\n ufw[application=Mail]\n"
                          "[b]\nenabled = true\nfilter = f\naction =\n"
                          "[c]\nenabled = true\nfilter = f\naction = badips.py[a=b]\n",
                          &c, &errors),
                     0);
    assert_string_equal(
        c.notes, "/f/jail.conf:7: [a] action `x` is left out: it is a program in Python "
                 "(x.py), and of those only smtp.py is known; write an action whose "
                 "`actionban` runs that program, or have `notify` tell of bans\n"
                 "/f/jail.conf:7: [a] action `ufw`: every port is closed, not only those "
                 "of the application\n"
                 "/f/jail.conf:14: [b] there is no action: nobody is banned\n"
                 "/f/jail.conf:18: [c] there is no action: nobody is banned\n"
                 "/f/jail.conf:18: [c] action `badips` is left out: it is a program in "
                 "Python (badips.py), and of those only smtp.py is known; its service, "
                 "badips.com, has ended; abuseipdb is an action that reports to another "
                 "one\n");
    assert_int_equal(c.jails[2].mode, JAIL_OBSERVE);
    assert_int_equal(c.jails[0].mode, JAIL_ENFORCE);
    assert_int_equal(c.jails[1].mode, JAIL_OBSERVE);
    assert_int_equal(c.filter_count, 1); /* two jails of one filter share it */
    assert_int_equal(c.action_count, 1);
    a = &c.actions[0];
    assert_int_equal(a->jail, 0);
    assert_string_equal(a->name, "tell-other");
    assert_string_equal(a->commands[ACTION_BAN][ACTION_INET4], "four <ip> other");
    assert_string_equal(a->commands[ACTION_BAN][ACTION_INET6], "six <ip> other");
    assert_string_equal(a->commands[ACTION_START][ACTION_INET4], "four start");
    assert_string_equal(a->commands[ACTION_STOP][ACTION_INET4], "");
    assert_int_equal(a->timeout_s, 60);
    assert_true(a->has_families);
    assert_true(a->is_started_on_demand);
    assert_true(a->is_for_new);
    assert_int_equal(c.jails[0].actions, 1);
    assert_false(c.jails[0].is_by_commands);
    config_fini(&c);
}

/* Actions that are commands alone, and mail. */
static void
test_commands(void **state UNUSED)
{
    struct buf errors = {0};
    struct config c;

    assert_int_equal(
        take(OURS, "",
             BASE "[a]\nenabled = true\nfilter = f\naction = tell[actionreload=x, "
                  "actioncheck=\"<F-USER> <F-PORT> <ip-host>\"]\n"
                  " smtp.py[dest=\"a@example.org, b@example.org\", host=mx.example.org,"
                  " matches=ipmatches]\n smtp.py[sender=\"a b\", actname=bad]\n"
                  " smtp.py[dest=\"a;b\", actname=worse]\n"
                  " smtp.py[actname=third, matches=1, user=u, password=p, "
                  "sendername=\"The guard\"]\n",
             &c, &errors),
        0);
    assert_string_equal(c.notes,
                        "/f/jail.conf:7: [a] action `smtp`: its mails go to the sendmail "
                        "of this machine, not to `mx.example.org`\n"
                        "/f/jail.conf:7: [a] action `bad`: `sender` is no address "
                        "(fail2ban@example.org): its mails are not sent\n"
                        "/f/jail.conf:7: [a] action `worse`: `dest` is no address, or "
                        "several with commas between them: its mails are not sent\n"
                        "/f/jail.conf:7: [a] action `third`: `matches` is none of "
                        "matches, ipmatches and ipjailmatches: its mails have no lines\n"
                        "/f/jail.conf:7: [a] action `third`: `user` and `password` are "
                        "not used: its mails go to the sendmail of this machine\n");
    assert_int_equal(c.action_count, 3);
    assert_int_equal(c.jails[0].actions, 3);
    assert_string_equal(c.actions[1].mail_name, "Fail2Ban");
    assert_string_equal(c.actions[2].mail_name, "The guard");
    assert_int_equal(c.actions[2].mail_lines, ACTION_LINES_NONE);
    assert_true(c.jails[0].is_by_commands);
    assert_string_equal(c.actions[1].mail_to, "a@example.org, b@example.org");
    assert_string_equal(c.actions[1].mail_from, "fail2ban");
    assert_int_equal(c.actions[1].mail_lines, ACTION_LINES_ALL);
    assert_true(c.actions[1].is_for_new);
    config_fini(&c);
}

static int
take_packet(void *ctx, struct span packet)
{
    struct wire_frame f;

    while (packet.len) {
        assert_int_equal(wire_next(&packet, WIRE_TO_ROLE, &f), WIRE_FRAME);
        if (config_take(ctx, &f) == CONFIG_REFUSED)
            return -1;
    }
    return 0;
}

/* The runner gets what the jails' actions are, however long; the others how many. */
static void
test_on_the_wire(void **state UNUSED)
{
    struct config c, runner = {0}, judge = {0};
    struct buf errors = {0}, jails = {0};

    buf_add_text(&jails, BASE "[a]\nenabled = true\nfilter = f\naction = tell[tool=\"");
    for (int i = 0; i < 9000; i++)
        buf_add_text(&jails, "word ");
    buf_add_text(&jails, "\"]\n smtp.py\n");
    assert_int_equal(take(OURS, "", jails.ptr, &c, &errors), 0);
    assert_int_equal(config_send_commands(&c, take_packet, &runner), 0);
    assert_int_equal(config_send(&c, take_packet, &runner), 0);
    assert_int_equal(config_send(&c, take_packet, &judge), 0);
    assert_int_equal(judge.jails[0].actions, 2);
    assert_true(judge.jails[0].is_by_commands);
    assert_int_equal(judge.action_count, 0);
    assert_int_equal(runner.action_count, 2);
    for (size_t i = 0; i < c.action_count; i++)
        for (size_t k = 0; k < ACTION_EVENTS; k++) {
            const struct config_action *sent = &c.actions[i], *got = &runner.actions[i];

            assert_string_equal(sent->commands[k][0], got->commands[k][0]);
            assert_string_equal(sent->commands[k][1], got->commands[k][1]);
            assert_int_equal(sent->is_for_new, got->is_for_new);
            assert_int_equal(sent->has_families, got->has_families);
        }
    assert_true(strlen(runner.actions[0].commands[ACTION_BAN][0]) > 40000);
    assert_string_equal(runner.actions[1].mail_to, "root");
    config_fini(&c);
    config_fini(&runner);
    config_fini(&judge);
    buf_fini(&jails);
}

/* Jails that /etc/komainu enables by word stay; one name cannot be both. */
static void
test_beside_ours(void **state UNUSED)
{
    static const char fail2ban[] = BASE "[a]\nenabled = true\nfilter = f\n";
    struct buf errors = {0};
    struct config c;

    assert_int_equal(
        take(OURS, "[mine]\nenabled = yes\nlogpath = /x\n", fail2ban, &c, &errors), 0);
    assert_int_equal(c.jail_count, 2);
    assert_false(c.jails[0].is_rate);
    config_fini(&c);
    assert_int_equal(take(OURS, "[a]\nenabled = yes\nlogpath = /x\nfilter = mine\n",
                          fail2ban, &c, &errors),
                     -EINVAL);
    assert_string_equal(errors.ptr, "/f/jail.conf:4: jail `a` is enabled here and in our "
                                    "own configuration; disable one of the two\n");
    buf_clear(&errors);
    assert_int_equal(take("[komainu]\nfail2ban = /f\nnative-actions = no\n", "", fail2ban,
                          &c, &errors),
                     0);
    assert_int_equal(c.action_count, 1);
    assert_int_equal(c.jails[0].actions, 1);
    assert_true(c.jails[0].is_by_commands);
    assert_true(config_has_commands(&c));
    config_fini(&c);
    assert_int_equal(take("", "", fail2ban, &c, &errors), 0);
    assert_int_equal(c.jail_count, 0);
    config_fini(&c);
    buf_fini(&errors);
}

/* A log in another encoding has other bytes for the same expression. */
static void
test_encoding(void **state UNUSED)
{
    struct buf errors = {0};
    struct config c;

    assert_int_equal(take(OURS, "",
                          BASE "[a]\nenabled = true\nfilter = f[tag=\xc3\xbc]\n"
                               "[b]\nenabled = true\nfilter = f[tag=\xc3\xbc]\n"
                               "logencoding = iso8859-1\n",
                          &c, &errors),
                     0);
    assert_string_equal(c.notes, "");
    assert_int_equal(c.filter_count, 2);
    assert_string_equal(c.filters[0].regexes[0].pattern, "^\xc3\xbc 100% <HOST>$");
    assert_string_equal(c.filters[1].regexes[0].pattern, "^\\xfc 100% <HOST>$");
    config_fini(&c);
}

/* A filter that a client has changed stays one of fail2ban's: names are ids with raw. */
static void
test_changed_filter(void **state UNUSED)
{
    static const char *const texts[] = {
        OURS, "",
        BASE "[a]\nenabled = true\nfilter = f\nusedns = raw\nlogtimezone = CET\n"};
    static const char *const rows[][2] = {{"failregex", "^other <HOST>$"},
                                          {"logtimezone", "UTC+0100"}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config_overrides o = {0};
        struct buf errors = {0};
        struct config c;

        assert_int_equal(
            overrides_put(&o, SPAN("a"), span_of(rows[i][0]), span_of(rows[i][1])),
            OVERRIDE_PUT);
        assert_int_equal(take_changed(texts, &o, &c, &errors), 0);
        assert_true(c.filters[0].is_optional);
        assert_int_equal(c.filters[0].usedns, USEDNS_RAW);
        config_fini(&c);
        overrides_fini(&o);
    }
}

/* What clients change of actions, one after the other. */
struct changing {
    struct config_overrides o;
    struct config c;
};

static void
load_again(struct changing *x)
{
    static const char *const texts[] = {
        OURS, "[own]\nenabled = yes\nlogpath = /x\nfilter = mine\n",
        BASE "[a]\nenabled = true\nfilter = f\naction = ufw\n tell\n"};
    struct buf errors = {0};

    config_fini(&x->c);
    assert_int_equal(take_changed(texts, &x->o, &x->c, &errors), 0);
    buf_fini(&errors);
}

static enum override_put
change(struct changing *x, const char *what, const char *name, const char *property,
       const char *value)
{
    const struct override_action a = {
        .name = span_of(name), .property = span_of(property), .value = span_of(value)};
    enum override_put outcome =
        strcmp(what, "add") == 0 ? overrides_add_action(&x->o, &x->c, SPAN("a"), a.name)
        : strcmp(what, "delete") == 0
            ? overrides_delete_action(&x->o, &x->c, SPAN("a"), a.name)
            : overrides_set_action(&x->o, &x->c, SPAN("a"), &a);

    load_again(x);
    return outcome;
}

static const struct config_jail *
jail_a(const struct changing *x)
{
    assert_int_equal(x->c.jail_count, 2);
    assert_string_equal(x->c.jails[1].name, "a");
    return &x->c.jails[1];
}

static void
test_changed_actions(void **state UNUSED)
{
    static const char *const bad[][4] = {
        {"add", "tell", "", ""},          {"add", "a b", "", ""},
        {"add", "a:b", "", ""},           {"delete", "none", "", ""},
        {"set", "none", "x", "y"},        {"set", "tell", "a b", "y"},
        {"set", "tell", "x", "y\x01"},    {"set", "tell", "timeout", "soon"},
        {"set", "tell", "timeout", "2h"}, {"set", "tell", "", "x"},
        {"set", "tell", "timeout", "0"},
    };
    struct changing x = {0};

    load_again(&x);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(change(&x, bad[i][0], bad[i][1], bad[i][2], bad[i][3]),
                         OVERRIDE_REFUSED);
    assert_int_equal(overrides_add_action(&x.o, &x.c, SPAN("own"), SPAN("b")),
                     OVERRIDE_REFUSED);
    assert_int_equal(x.o.count, 0);
    assert_int_equal(jail_a(&x)->actions, 1);

    assert_int_equal(change(&x, "add", "b", "", ""), OVERRIDE_PUT);
    assert_int_equal(change(&x, "set", "b", "actionban", "run <ip>\n <k>"), OVERRIDE_PUT);
    assert_int_equal(change(&x, "set", "b", "k", "50%"), OVERRIDE_PUT);
    assert_int_equal(change(&x, "set", "b", "timeout", "2m"), OVERRIDE_PUT);
    assert_int_equal(change(&x, "set", "b", "norestored", "yes"), OVERRIDE_PUT);
    assert_int_equal(jail_a(&x)->actions, 2);
    assert_false(jail_a(&x)->is_by_commands);
    assert_string_equal(x.c.actions[1].name, "b");
    assert_string_equal(x.c.actions[1].commands[ACTION_BAN][0], "run <ip>\n 50%");
    assert_int_equal(x.c.actions[1].timeout_s, 120);
    assert_true(x.c.actions[1].is_for_new);

    /* One of the firewall's with a command of the client's is commands. */
    assert_int_equal(change(&x, "set", "ufw", "actionban", "mine"), OVERRIDE_PUT);
    assert_int_equal(jail_a(&x)->actions, 3);
    assert_true(jail_a(&x)->is_by_commands);
    assert_int_equal(change(&x, "delete", "ufw", "", ""), OVERRIDE_PUT);
    assert_int_equal(change(&x, "delete", "b", "", ""), OVERRIDE_PUT);
    assert_int_equal(change(&x, "delete", "tell", "", ""), OVERRIDE_PUT);
    assert_int_equal(jail_a(&x)->actions, 0);
    assert_int_equal(jail_a(&x)->mode, JAIL_OBSERVE);

    /* What was there is empty when it is added again. */
    assert_int_equal(change(&x, "add", "tell", "", ""), OVERRIDE_PUT);
    assert_int_equal(jail_a(&x)->mode, JAIL_ENFORCE);
    assert_string_equal(x.c.actions[0].commands[ACTION_BAN][0], "");
    assert_true(overrides_drop(&x.o, SPAN("a")));
    load_again(&x);
    assert_int_equal(jail_a(&x)->actions, 1);
    config_fini(&x.c);
    overrides_fini(&x.o);
}

static void
test_journal(void **state UNUSED)
{
    struct buf errors = {0};
    struct config c;

    assert_int_equal(
        take(OURS, "", BASE "[a]\nenabled = true\nfilter = journal\nbackend = systemd\n",
             &c, &errors),
        0);
    assert_int_equal(c.source_count, 1);
    assert_int_equal(c.sources[0].kind, SOURCE_JOURNAL);
    config_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_jail),           TEST(test_odd_values), TEST(test_changed_filter),
        TEST(test_server),         TEST(test_left_out),   TEST(test_noted),
        TEST(test_actions),        TEST(test_commands),   TEST(test_on_the_wire),
        TEST(test_beside_ours),    TEST(test_journal),    TEST(test_encoding),
        TEST(test_changed_actions)};

    return RUN(tests);
}
