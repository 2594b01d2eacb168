#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "compat/orders_internal.h"

#define NOW_US (INT64_C(1795312405) * SECOND_US) /* 2026-11-22 01:53:25 UTC */

/* A judge of one jail, "sshd", with two bans. */
struct world {
    struct pickle_arena arena;
    struct orders_guard guard;
    struct buf asked; /* the names of the frames it got */
    bool is_gone;
};

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static void
put_jail(struct buf *b)
{
    static const char *const options[][2] = {{"ignoreip", "127.0.0.0/8"},
                                             {"ignoreip", "192.0.2.1"},
                                             {"ignoreip", "x.example"},
                                             {"action", "iptables"},
                                             {"ignoreself", "yes"},
                                             {"ignorecache",
                                              "key=\"<ip>\", max-count=100, "
                                              "max-time=5m"},
                                             {"maxmatches", "5"},
                                             {"usedns", "no"},
                                             {"bantime.increment", "yes"}};

    wire_put_tell_jail(b, &(struct wire_tell_jail){.name = SPAN("sshd"),
                                                   .filter = SPAN("sshd"),
                                                   .findtime_s = 600,
                                                   .bantime_s = 3600,
                                                   .maxretry = 5,
                                                   .failing = 1,
                                                   .failures = 12,
                                                   .banned = 2,
                                                   .bans_total = 4});
    wire_put_tell_source(b, &(struct wire_tell_source){.path = SPAN("/var/log/auth.log"),
                                                       .kind = SOURCE_FILE});
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        wire_put_tell_option(b,
                             &(struct wire_tell_option){.name = span_of(options[i][0]),
                                                        .value = span_of(options[i][1])});
}

static void
put_bans(struct buf *b, const struct addr *within)
{
    static const struct {
        const char *who;
        int64_t ago_s, left_s;
    } bans[] = {
        {"203.0.113.5", 60, 3540}, {"198.51.100.7", 3000, 600}, {"2001:db8::7", 5, -1}};

    for (size_t i = 0; i < ARRAY_LEN(bans); i++) {
        struct wire_tell_ban m = {
            .jail = SPAN("sshd"),
            .who = address(bans[i].who),
            .since_us = NOW_US - bans[i].ago_s * SECOND_US,
            .until_us = bans[i].left_s < 0 ? -1 : NOW_US + bans[i].left_s * SECOND_US,
            .state = BAN_IN_KERNEL};

        if (!within->family || addr_contains(within, &m.who))
            wire_put_tell_ban(b, &m);
    }
}

static void
put_filter(struct buf *b)
{
    wire_put_tell_filter(b,
                         &(struct wire_tell_filter){.name = SPAN("sshd"), .maxlines = 1});
    wire_put_tell_regex(b, &(struct wire_tell_regex){.kind = REGEX_FAIL,
                                                     .pattern = SPAN("from <HOST>$")});
}

/* A jail that there is; false: none. */
static bool
reply_jail(struct span fields, struct buf *b)
{
    struct wire_ask_jail jail;

    assert_true(wire_get_ask_jail(fields, &jail));
    if (!span_eq(jail.name, SPAN("sshd")))
        return false;
    put_jail(b);
    return true;
}

static bool
reply_bans(struct span fields, struct buf *b)
{
    struct wire_ask_bans bans;

    assert_true(wire_get_ask_bans(fields, &bans));
    if (bans.jail.len && !span_eq(bans.jail, SPAN("sshd")))
        return false;
    put_bans(b, &bans.within);
    return true;
}

/* How many bans are lifted. */
static uint32_t
reply_unban(struct span fields)
{
    struct wire_ask_unban unban;

    assert_true(wire_get_ask_unban(fields, &unban));
    if (unban.id.len)
        return span_eq(unban.id, SPAN("alice"));
    return unban.within.family == 0 ? 3 : unban.within.bytes[0] == 203;
}

/* What such a judge says to the last of the frames. */
static void
reply(struct world *w, const struct wire_frame *f, struct buf *b)
{
    struct wire_tell_end end = {.outcome = ANSWER_DONE, .matched = 1};
    bool is_there = true;

    buf_printf(&w->asked, "%s ", wire_type_name(f->type));
    if (f->type == WIRE_ASK_STATUS)
        put_jail(b);
    else if (f->type == WIRE_ASK_JAIL)
        is_there = reply_jail(f->fields, b);
    else if (f->type == WIRE_ASK_FILTER)
        put_filter(b);
    else if (f->type == WIRE_ASK_BANS)
        is_there = reply_bans(f->fields, b);
    else if (f->type == WIRE_ASK_UNBAN)
        end.matched = reply_unban(f->fields);
    if (!is_there)
        end = (struct wire_tell_end){.outcome = ANSWER_BAD_REQUEST};
    wire_put_tell_end(b, &end);
}

static enum ctl_exit
ask(void *ctx, struct span frames, struct answer *a, struct buf *error)
{
    struct world *w = ctx;
    struct buf packet = {0};
    struct wire_frame f = {0};

    if (w->is_gone) {
        buf_add_text(error, "nobody there");
        return CTL_NOT_RUNNING;
    }
    while (frames.len)
        assert_int_equal(wire_next(&frames, WIRE_ASK, &f), WIRE_FRAME);
    reply(w, &f, &packet);
    assert_int_equal(answer_take(a, buf_span(&packet)), ANSWER_END);
    buf_fini(&packet);
    return CTL_DONE;
}

static void
world_init(struct world *w)
{
    *w = (struct world){
        .guard = {.ask = ask,
                  .now_us = NOW_US,
                  .facts = {.loglevel = LOGLEVEL_INFO,
                            .purge_s = 86400,
                            .evidence = 10,
                            .database = SPAN("/var/lib/komainu/judge/judge.db"),
                            .orders = SPAN("/run/komainu/komainud.sock")}}};
    w->guard.ctx = w;
}

static void
world_fini(struct world *w)
{
    pickle_arena_fini(&w->arena);
    buf_fini(&w->asked);
}

/* A command line as a message. */
static const struct pickle_value *
command(struct world *w, const char *line)
{
    struct pickle_value *list = pickle_container(&w->arena, PICKLE_LIST);
    struct span rest = span_of(line), word;

    while (span_word(&rest, &word))
        assert_true(pickle_add(&w->arena, list, pickle_text(&w->arena, word)));
    return list;
}

static void
check_world(struct world *w, const char *line, const char *expected)
{
    struct orders o = {
        .guard = &w->guard, .arena = &w->arena, .command = command(w, line)};
    enum orders_outcome outcome = orders_run(&o);
    struct buf text = {0};

    while (outcome == ORDERS_CHANGE) {
        buf_printf(&text, "%d:%.*s:%.*s:%.*s ", o.change.what, SPAN_FMT(o.change.jail),
                   SPAN_FMT(o.change.option), SPAN_FMT(o.change.value));
        outcome = orders_finish(&o, ANSWER_DONE, (struct span){0});
    }
    pickle_repr(&text, o.answer);
    assert_string_equal(text.ptr, expected);
    buf_fini(&text);
}

static void
check(const char *line, const char *expected)
{
    struct world w;

    world_init(&w);
    check_world(&w, line, expected);
    world_fini(&w);
}

/* How long `sleep` waits, and what is none. */
static void
sleeps(void **state UNUSED)
{
    static const struct {
        const char *line;
        enum orders_outcome outcome;
        int64_t wait_us;
    } rows[] = {
        {"sleep 0.25", ORDERS_WAIT, 250000}, {"sleep 1e1", ORDERS_WAIT, 10000000},
        {"sleep 0", ORDERS_WAIT, 0},         {"sleep", ORDERS_ANSWER, 0},
        {"sleep x", ORDERS_ANSWER, 0},       {"sleep nan", ORDERS_ANSWER, 0},
        {"sleep inf", ORDERS_ANSWER, 0},     {"sleep -1", ORDERS_ANSWER, 0},
        {"sleep 0x10", ORDERS_ANSWER, 0},    {"sleep 3601", ORDERS_ANSWER, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world w;
        struct orders o;

        world_init(&w);
        o = (struct orders){
            .guard = &w.guard, .arena = &w.arena, .command = command(&w, rows[i].line)};
        assert_int_equal(orders_run(&o), rows[i].outcome);
        assert_int_equal(o.wait_us, rows[i].wait_us);
        assert_non_null(o.answer);
        world_fini(&w);
    }
}

static const struct {
    const char *line, *expected;
} looks[] = {
    {"ping", "(0, 'pong')"},
    {"echo a b", "(0, ['a', 'b'])"},
    {"sleep 0.5", "(0, None)"},
    {"status", "(0, [('Number of jail', 1), ('Jail list', 'sshd')])"},
    {"status sshd short",
     "(0, [('Filter', [('Currently failed', 1), ('Total failed', 12), ('File list', "
     "['/var/log/auth.log'])]), ('Actions', [('Currently banned', 2), ('Total "
     "banned', "
     "4)])])"},
    {"status sshd",
     "(0, [('Filter', [('Currently failed', 1), ('Total failed', 12), ('File list', "
     "['/var/log/auth.log'])]), ('Actions', [('Currently banned', 3), ('Total "
     "banned', "
     "4), ('Banned IP list', ['198.51.100.7', '203.0.113.5', '2001:db8::7'])])])"},
    {"status --all stats", "(0, {'sshd': ['pyinotify', [1, 12], [2, 4]]})"},
    {"status x", "(1, UnknownJailException('x'))"},
    {"status sshd a b", "(1, Exception('Invalid command (no status)'))"},
    {"banned", "(0, [{'sshd': ['198.51.100.7', '203.0.113.5', '2001:db8::7']}])"},
    {"banned 203.0.113.5 x", "(0, [['sshd'], []])"},
    {"banned [2001:db8::7]", "(0, [['sshd']])"},
    {"get sshd banned [2001:DB8::7] [x]", "(0, [1, 0])"},
    {"get sshd banned 203.0.113.5", "(0, 1)"},
    {"get sshd banned 203.0.113.5 x", "(0, [1, 0])"},
    {"get sshd banip --with-time",
     "(0, ['198.51.100.7 \\t2026-11-22 01:03:25 + 3600 = 2026-11-22 02:03:25', "
     "'203.0.113.5 \\t2026-11-22 01:52:25 + 3600 = 2026-11-22 02:52:25', "
     "'2001:db8::7 \\t2026-11-22 01:53:20 + -1 = 9999-12-31 23:59:59'])"},
    {"get sshd ignoreip", "(0, ['127.0.0.0/8', 'x.example', '192.0.2.1'])"},
    {"get sshd ignoreself", "(0, True)"},
    {"get sshd ignorecommand", "6:sshd:ignorecommand: (0, False)"},
    {"get sshd maxmatches", "(0, 5)"},
    {"get sshd usedns", "(0, 'no')"},
    {"get sshd bantime.increment", "6:sshd:bantime.increment: (0, None)"},
    {"get sshd bantime.bogus", "6:sshd:bantime.bogus: (0, None)"},
    {"get x bantime.maxtime", "(1, UnknownJailException('x'))"},
    {"get sshd failregex", "(0, ['from <HOST>$'])"},
    {"get sshd prefregex", "(0, '')"},
    {"get sshd datepattern", "(0, (None, 'Default Detectors'))"},
    {"get sshd journalmatch", "(0, [])"},
    {"get sshd actions", "(0, ['iptables'])"},
    {"get sshd logencoding", "6:sshd:logencoding: (0, 'UTF-8')"},
    {"get sshd ignorecache", "6:sshd:ignorecache: (0, None)"},
    {"get syslogsocket", "(0, 'auto')"},
    {"get thread", "(0, {'stacksize': 0})"},
    {"get dbmaxmatches", "(0, 10)"},
    {"get allowipv6", "(1, IndexError('list index out of range'))"},
    {"get komainu orders", "(0, '/run/komainu/komainud.sock')"},
    {"get sshd action", "(1, IndexError('list index out of range'))"},
    {"get x action ban actionban", "(1, UnknownJailException('x'))"},
    {"get sshd", "(1, IndexError('list index out of range'))"},
    {"get loglevel", "(0, 'INFO')"},
    {"get logtarget", "(0, 'STDERR')"},
    {"get dbpurgeage", "(0, 86400)"},
    {"nonsense", "(1, Exception('Invalid command'))"},
    {"", "(1, IndexError('list index out of range'))"},
};

static void
looked_at(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(looks); i++)
        check(looks[i].line, looks[i].expected);
}

static const struct {
    const char *line, *expected;
} sets[] = {
    {"set sshd unbanip 203.0.113.5 192.0.2.9", "(0, 1)"},
    {"set sshd unbanip --report-absent 203.0.113.5 192.0.2.9",
     "(1, ValueError(\"not banned: ['192.0.2.9']\"))"},
    {"set sshd unbanip nobody alice", "(0, 1)"},
    {"set x unbanip 192.0.2.9", "(1, UnknownJailException('x'))"},
    {"unban --all", "(0, 3)"},
    {"set sshd banip 203.0.113.5", "(0, 0)"},
    {"set sshd banip 192.0.2.9",
     "(1, Exception('not banned: it is never to be banned: it is one of our own, or "
     "on the allow-list'))"},
    {"set sshd banip 192.0.2.0/28",
     "(1, Exception('not banned: an address in it is never to be banned, or it is a "
     "network of a size that cannot be: /24 and /20 can, of IPv6 /64, /56, /48 and "
     "/40'))"},
    {"set sshd banip carol",
     "(1, Exception('not banned: it is no address, and the jail has no action that "
     "is a command'))"},
    {"set sshd banip [2001:db8::7]", "(0, 0)"},
    {"set sshd unbanip [203.0.113.5]", "(0, 1)"},
    {"set sshd attempt 203.0.113.9", "(0, 1)"},
    {"set sshd attempt 203.0.113.0/24", "(0, 1)"},
    {"set x attempt 203.0.113.9", "(1, UnknownJailException('x'))"},
    {"set sshd maxretry 7", "0:sshd:maxretry:7 (0, 5)"},
    {"set sshd maxretry", "(1, IndexError('list index out of range'))"},
    {"set x maxretry 7", "(1, UnknownJailException('x'))"},
    {"set sshd addignoreip 192.0.2.2",
     "0:sshd:ignoreip:127.0.0.0/8 192.0.2.1 x.example 192.0.2.2  (0, "
     "['127.0.0.0/8', 'x.example', '192.0.2.1'])"},
    {"set sshd addignoreip 192.0.2.1 [2001:db8::1] X.EXAMPLE 2001:DB8::1",
     "0:sshd:ignoreip:127.0.0.0/8 192.0.2.1 x.example 2001:db8::1  (0, "
     "['127.0.0.0/8', 'x.example', '192.0.2.1'])"},
    {"set sshd delignoreip 192.0.2.77",
     "(1, ValueError('list.remove(x): x not in list'))"},
    {"set sshd banip", "(0, 0)"},
    {"set loglevel foo", "(1, ValueError(\"Invalid log level 'FOO'\"))"},
    {"set sshd delignoreip 127.0.0.0/8",
     "0:sshd:ignoreip:192.0.2.1 x.example  (0, ['127.0.0.0/8', 'x.example', "
     "'192.0.2.1'])"},
    {"set loglevel heavydebug", "0::loglevel:DEBUG (0, 'INFO')"},
    {"set loglevel 25", "0::loglevel:NOTICE (0, 'INFO')"},
    {"set loglevel -1", "(1, ValueError(\"Invalid log level '-1'\"))"},
    {"set sshd maxretry 0", "0:sshd:maxretry:1 (0, 5)"},
    {"set sshd maxretry -3", "0:sshd:maxretry:1 (0, 5)"},
    {"set sshd maxretry x",
     "(1, ValueError(\"invalid literal for int() with base 10: 'x'\"))"},
    {"set sshd maxmatches 0", "0:sshd:maxmatches:1 (0, 5)"},
    {"set sshd maxlines 2.5",
     "(1, ValueError(\"invalid literal for int() with base 10: '2.5'\"))"},
    {"set sshd delfailregex x",
     "(1, ValueError(\"invalid literal for int() with base 10: 'x'\"))"},
    {"set sshd delfailregex -1", "0:sshd:delfailregex:-1 (0, ['from <HOST>$'])"},
    {"set sshd addlogpath /l TAIL",
     "0:sshd:addlogpath:/l tail (0, ['/var/log/auth.log'])"},
    {"set sshd addlogpath /l head", "0:sshd:addlogpath:/l (0, ['/var/log/auth.log'])"},
    {"set sshd addlogpath /l middle",
     "(1, ValueError(\"File option must be 'head' or 'tail'\"))"},
    {"set sshd addlogpath /l tail more",
     "(1, ValueError('Only one file can be added at a time'))"},
    {"set sshd bantime.maxtime 1w",
     "0:sshd:bantime.maxtime:1w 6:sshd:bantime.maxtime: (0, None)"},
    {"stop sshd", "0:sshd:enabled:no (0, None)"},
    {"start sshd", "1:sshd:: (0, None)"},
    {"start x", "1:x:: (0, None)"},
    {"reload --all", "2::: (0, 'OK')"},
    {"reload x", "(1, UnknownJailException('x'))"},
    {"flushlogs", "3::: (0, 'rolled over')"},
    {"set sshd idle on", "0:sshd:idle:yes (0, True)"},
    {"set sshd idle off", "0:sshd:idle:no (0, False)"},
    {"set sshd idle x", "(1, Exception(\"Invalid idle option, must be 'on' or 'off'\"))"},
    {"set x idle on", "(1, UnknownJailException('x'))"},
    {"set sshd idle", "(1, IndexError('list index out of range'))"},
    {"set sshd logencoding latin-1",
     "0:sshd:logencoding:latin-1 6:sshd:logencoding: (0, 'UTF-8')"},
    {"set x logencoding auto", "(1, UnknownJailException('x'))"},
    {"set sshd addjournalmatch A=1", "(0, [])"}, /* it reads a file */
    {"set x addjournalmatch A=1", "(1, UnknownJailException('x'))"},
    {"set sshd ignorecache key=\"<ip>\"",
     "0:sshd:ignorecache:key=\"<ip>\" 6:sshd:ignorecache: (0, None)"},
    {"set logtarget syslog", "0::logtarget:STDERR (0, 'STDERR')"},
    {"set syslogsocket auto", "(0, 'auto')"},
    {"set thread x", "(1, AttributeError(\"'str' object has no attribute 'items'\"))"},
    {"set dbmaxmatches 5", "0::dbmaxmatches:5 (0, 10)"},
    {"set dbmaxmatches 500",
     "(1, Exception('Invalid command (komainu looks at the last 200 lines of an "
     "address at most)'))"},
    {"set dbmaxmatches x",
     "(1, ValueError(\"invalid literal for int() with base 10: 'x'\"))"},
    {"set allowipv6 auto", "(0, 'auto')"},
    {"set dbfile None", "(1, RuntimeError('Cannot change database when there are jails "
                        "present'))"},
    {"stop --all", "5::: (0, None)"},
    {"multi-set sshd maxretry 7", "0:sshd:maxretry:7 (0, 5)"},
    {"multi-set sshd addfailregex a", "0:sshd:addfailregex:a (0, True)"},
    {"multi-set sshd", "(1, IndexError('list index out of range'))"},
    {"server-stream", "(1, IndexError('list index out of range'))"},
    {"server-stream x", "(1, Exception('Invalid command'))"},
    {"config-error", "(1, IndexError('list index out of range'))"},
    {"config-error x", "(0, None)"},
    {"set sshd addaction x", "0:sshd:addaction:x (0, 'x')"},
    {"set sshd addaction iptables", "(1, ValueError('Action iptables already exists'))"},
    {"set sshd addaction x x.py", "(1, IndexError('list index out of range'))"},
    {"set sshd addaction a/b",
     "(1, Exception(\"Invalid command 'addaction' (an action's name has letters, "
     "digits, -, _ and .)\"))"},
    {"set x addaction x", "(1, UnknownJailException('x'))"},
    {"set sshd delaction iptables", "0:sshd:delaction:iptables (0, None)"},
    {"set sshd delaction x", "(1, KeyError('Invalid Action name: x'))"},
    {"set sshd delaction", "(1, IndexError('list index out of range'))"},
    {"set sshd action x actionban y", "(1, KeyError('Invalid Action name: x'))"},
    {"set sshd action iptables", "(1, IndexError('list index out of range'))"},
    {"set sshd action iptables timeout", "(1, IndexError('list index out of range'))"},
    {"set sshd action iptables banEpoch 4", "(0, 0)"},
    {"add", "(1, IndexError('list index out of range'))"},
    {"add --all", "(1, Exception(\"Reserved name '--all'\"))"},
    {"add sshd", "(1, DuplicateJailException('sshd'))"},
    {"add x", "7:x::auto (0, 'x')"},
    {"add x Polling", "7:x::polling (0, 'x')"},
    {"add x systemd[journalpath=/x]",
     "(1, Exception(\"Invalid command 'add' (arguments of a backend name files, and "
     "this socket opens none: write [x] into jail.local)\"))"},
    {"add x inotify",
     "(1, ValueError(\"Unknown backend inotify. Must be among ['pyinotify', "
     "'gamin', 'polling', 'systemd'] or 'auto'\"))"},
    {"add a/b", "(1, Exception(\"Invalid command 'add' (a jail's name has letters, "
                "digits, -, _ and ., less than 64)\"))"},
};

static void
changed(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        check(sets[i].line, sets[i].expected);
}

/* What komainud refuses, and a judge that is not there. */
static void
failed(void **state UNUSED)
{
    struct orders o;
    struct world w;
    struct buf text = {0};

    world_init(&w);
    o = (struct orders){
        .guard = &w.guard, .arena = &w.arena, .command = command(&w, "start x")};
    assert_int_equal(orders_run(&o), ORDERS_CHANGE);
    assert_int_equal(orders_finish(&o, ANSWER_NO_MATCH, (struct span){0}), ORDERS_ANSWER);
    pickle_repr(&text, o.answer);
    assert_int_equal(orders_finish(&o, ANSWER_REFUSED, SPAN("not so\n")), ORDERS_ANSWER);
    pickle_repr(&text, o.answer);
    assert_string_equal(text.ptr,
                        "(1, UnknownJailException('x'))(1, Exception('not so'))");
    w.is_gone = true;
    check_world(&w, "status", "(1, Exception('nobody there'))");
    check_world(&w, "banned", "(1, Exception('nobody there'))");
    check_world(&w, "unban --all", "(1, Exception('nobody there'))");
    check_world(&w, "set sshd maxretry 5", "(1, Exception('nobody there'))");
    world_fini(&w);
    buf_fini(&text);
}

/* What would have root run a command: nothing is changed, and the text says what to do.
 */
static void
kept_from(void **state UNUSED)
{
    static const char *const rows[][2] = {
        {"set sshd ignorecommand true",
         "`ignorecommand = COMMAND` below [sshd] in jail.local"},
        {"set sshd addaction x x.py {}", "komainu runs no Python"},
        {"set sshd action iptables actionban true", "action.d/NAME.local"},
        {"set sshd action iptables flush {}", "but by bans"},
        {"multi-set sshd action iptables actionban true", "action.d/NAME.local"},
        {"set logtarget /etc/shadow", "`logtarget = FILE` into fail2ban.local"}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0};
        struct orders o;
        struct world w;

        world_init(&w);
        o = (struct orders){
            .guard = &w.guard, .arena = &w.arena, .command = command(&w, rows[i][0])};
        assert_int_equal(orders_run(&o), ORDERS_ANSWER);
        pickle_repr(&text, o.answer);
        assert_int_equal(strncmp(text.ptr, "(1, Exception(", 14), 0);
        if (!strstr(text.ptr, rows[i][1]))
            fail_msg("%s", text.ptr);
        buf_fini(&text);
        world_fini(&w);
    }
}

/* What komainud says of an action. */
static void
actions(void **state UNUSED)
{
    static const struct {
        const char *line;
        enum answer_outcome outcome;
        const char *text, *expected;
    } rows[] = {
        {"get sshd action ban actionban", ANSWER_DONE, "nft x\ny", "(0, 'nft x\\ny')"},
        {"get sshd action ban timeout", ANSWER_DONE, "90", "(0, 90)"},
        {"get sshd action ban timeout", ANSWER_BAD_REQUEST, "", "(0, 60)"},
        {"get sshd action ban actionflush", ANSWER_BAD_REQUEST, "", "(0, '')"},
        {"get sshd action ban banEpoch", ANSWER_BAD_REQUEST, "", "(0, 0)"},
        {"get sshd action ban bogus", ANSWER_BAD_REQUEST, "",
         "(1, AttributeError(\"'CommandAction' object has no attribute 'bogus'\"))"},
        {"get sshd action none actionban", ANSWER_NO_MATCH, "",
         "(1, KeyError('Invalid Action name: none'))"},
        {"get sshd actionmethods none", ANSWER_NO_MATCH, "",
         "(1, KeyError('Invalid Action name: none'))"},
        {"get sshd actionproperties komainu", ANSWER_NO_MATCH, "",
         "(0, ['ESCAPE_CRE', 'ESCAPE_VN_CRE', 'actionban', 'actioncheck', 'actionflush', "
         "'actionreban', 'actionreload', 'actionrepair', 'actionstart', 'actionstop', "
         "'actionunban', 'banEpoch', 'timeout'])"},
        {"get sshd actionproperties ban", ANSWER_DONE, "port\nactionban\nname\n",
         "(0, ['ESCAPE_CRE', 'ESCAPE_VN_CRE', 'actionban', 'actioncheck', 'actionflush', "
         "'actionreban', 'actionreload', 'actionrepair', 'actionstart', 'actionstop', "
         "'actionunban', 'banEpoch', 'name', 'port', 'timeout'])"},
        {"get sshd ignorecommand", ANSWER_DONE, "x <ip>", "(0, 'x <ip>')"},
        {"get sshd logencoding", ANSWER_DONE, "latin-1", "(0, 'latin-1')"},
        {"get sshd ignorecache", ANSWER_DONE, "100 300", "(0, ['<ip>', 100, 300])"},
        {"get sshd bantime.increment", ANSWER_DONE, "no", "(0, False)"},
        {"get sshd bantime.maxtime", ANSWER_DONE, "604800", "(0, 604800)"},
        {"get sshd bantime.maxtime", ANSWER_DONE, "-1", "(0, -1)"},
        {"get sshd bantime.factor", ANSWER_DONE, "2", "(0, '2')"},
        {"get sshd bantime.formula", ANSWER_DONE, "", "(0, None)"},
        {"get sshd actionmethods ban", ANSWER_DONE, "",
         "(0, ['ban', 'clearAllParams', 'consistencyCheck', 'escapeTag', 'executeCmd', "
         "'flush', 'invalidateBanEpoch', 'prolong', 'reban', 'reload', "
         "'replaceDynamicTags', 'replaceTag', 'start', 'stop', 'unban'])"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0};
        struct orders o;
        struct world w;

        world_init(&w);
        o = (struct orders){
            .guard = &w.guard, .arena = &w.arena, .command = command(&w, rows[i].line)};
        assert_int_equal(orders_run(&o), ORDERS_CHANGE);
        assert_int_equal(o.change.what, COMPAT_ACTION);
        assert_int_equal(orders_finish(&o, rows[i].outcome, span_of(rows[i].text)),
                         ORDERS_ANSWER);
        pickle_repr(&text, o.answer);
        assert_string_equal(text.ptr, rows[i].expected);
        buf_fini(&text);
        world_fini(&w);
    }
}

/* As fail2ban 1.0.2 names the same. */
static void
date_names(void **state UNUSED)
{
    static const struct {
        const char *patterns, *expected;
    } rows[] = {
        {"", "(None, 'Default Detectors')"},
        {"{^LN-BEG}", "(None, 'Default Detectors')"},
        {"^{DATE}", "(None, 'Default Detectors')"},
        {"%Y\n%m\n%d", "(None, 'Default Detectors')"},
        {"%Y-%m-%d %H:%M:%S",
         "('%Y-%m-%d %H:%M:%S', 'Year-Month-Day 24hour:Minute:Second')"},
        {" \n%b %d\n %Y", "('%b %d', 'MON Day')"},
        {"{^LN-BEG}%ExY%m", "('{^LN-BEG}%ExY%m', '{^LN-BEG}ExYearMonth')"},
        {"{^LN-BEG}^%Y", "('{^LN-BEG}^%Y', '^Year')"},
        {"{^LN-BEG}(?:^%y)", "('{^LN-BEG}(?:^%y)', '(?:^Year2)')"},
        {"{UNB}%d/%B 100%%", "('{UNB}%d/%B 100%%', 'Day/MONTH 100%')"},
        {"%k%", "('%k%', '%k%')"},
        {"^Epoch", "(None, '{^LN-BEG}Epoch')"},
        {"lepoch", "(None, 'LongEpoch')"},
        {"{^LN-BEG}TAI64N", "(None, '{^LN-BEG}TAI64N')"},
        {"\\[{EPOCH}\\]", "(None, '\\\\[{EPOCH}\\\\]')"},
        {"{NONE}", "('{UNB}^', '^')"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pickle_arena a = {0};
        struct buf text = {0};

        pickle_repr(&text, orders_datepattern(&a, span_of(rows[i].patterns)));
        assert_string_equal(text.ptr, rows[i].expected);
        buf_fini(&text);
        pickle_arena_fini(&a);
    }
}

/* Commands of a stream, one after the other, until one fails. */
static void
streams(void **state UNUSED)
{
    static const struct {
        const char *lines[4];
        const char *changes, *expected;
    } rows[] = {
        {{"set sshd maxretry 7", "ping", "set sshd bantime 9"},
         "maxretry=7 bantime=9 ",
         "(0, None)"},
        {{"set sshd maxretry 7", "bogus", "set sshd bantime 9"},
         "maxretry=7 ",
         "(1, Exception('Invalid command'))"},
        {{"sleep 1"}, "", "(1, Exception('Invalid command (no sleep within a stream)'))"},
        {{"server-stream x"},
         "",
         "(1, Exception('Invalid command (no stream within a stream)'))"},
        {{NULL}, "", "(0, None)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0}, changes = {0};
        enum orders_outcome outcome;
        struct pickle_value *list;
        struct orders o;
        struct world w;

        world_init(&w);
        buf_add_text(&changes, "");
        list = pickle_container(&w.arena, PICKLE_LIST);
        for (size_t k = 0; k < 4 && rows[i].lines[k]; k++)
            assert_true(pickle_add(
                &w.arena, list,
                (struct pickle_value *)(uintptr_t)command(&w, rows[i].lines[k])));
        o = (struct orders){.guard = &w.guard, .arena = &w.arena};
        o.command =
            pickle_pair(&w.arena, pickle_text(&w.arena, SPAN("server-stream")), list);
        outcome = orders_run(&o);
        while (outcome == ORDERS_CHANGE) {
            buf_printf(&changes, "%.*s=%.*s ", SPAN_FMT(o.change.option),
                       SPAN_FMT(o.change.value));
            outcome = orders_finish(&o, ANSWER_DONE, (struct span){0});
        }
        pickle_repr(&text, o.answer);
        assert_string_equal(text.ptr, rows[i].expected);
        assert_string_equal(changes.len ? changes.ptr : "", rows[i].changes);
        buf_fini(&text);
        buf_fini(&changes);
        world_fini(&w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(looked_at), TEST(sleeps),    TEST(changed),
                                       TEST(kept_from), TEST(actions),   TEST(streams),
                                       TEST(failed),    TEST(date_names)};

    setenv("TZ", "UTC", 1);
    clock_load_zone();
    return RUN(tests);
}
