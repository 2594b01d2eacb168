/* Commands that ask, against a judge that we play: a forked process which takes one
 * connection, checks what was asked, and sends what the test says. */
#include "frames_test.h"
#include "run_test.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "wire/chan.h"

enum { PACKETS_MAX = 4 };

struct judge {
    struct buf want;                 /* the ASK frame that must come */
    struct buf packets[PACKETS_MAX]; /* what to send; up to the first empty one */
    bool is_silent;                  /* keeps the connection open, and says no more */
};

struct place {
    char folder[32];
    char path[64];
};

static void
place_init(struct place *p)
{
    *p = (struct place){.folder = "/tmp/komainu-ctl-XXXXXX"};
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->path, sizeof(p->path), "%s/control.sock", p->folder);
}

static void
place_fini(const struct place *p)
{
    (void)unlink(p->path); /* some tests have none */
    assert_int_equal(rmdir(p->folder), 0);
}

static int
listen_at(const char *path, int type)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_true(span_cstr(span_of(path), at.sun_path, sizeof(at.sun_path)));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* The judge's side of one connection; returns the exit status of its process. */
static int
serve(int listener, const struct judge *j)
{
    static struct chan c;
    struct wire_hello hello = {.hash = wire_hash(), .role = ROLE_COMMAND};
    struct pollfd p = {.events = POLLIN};
    struct buf want = {0};
    struct span packet;

    c.fd = p.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (c.fd < 0 || poll(&p, 1, 5000) != 1 || chan_recv(&c, &packet, NULL) != CHAN_PACKET)
        return 2;
    wire_put_hello(&want, &hello);
    buf_add(&want, buf_span(&j->want));
    if (!span_eq(packet, buf_span(&want)))
        return 3;
    for (size_t i = 0; i < PACKETS_MAX && j->packets[i].len; i++) {
        if (chan_send(c.fd, buf_span(&j->packets[i]), -1) != 0)
            return 4;
    }
    if (j->is_silent && poll(&p, 1, 5000) != 1)
        return 5;
    return 0;
}

/* Runs `words` and "--state FOLDER" against the judge, and frees its bufs. */
static void
run_against(struct judge *j, struct run *r, const char *const *words)
{
    const char *all[RUN_WORDS_MAX + 1] = {NULL};
    struct place place;
    int listener, status = -1;
    size_t n = 0;
    pid_t pid;

    place_init(&place);
    listener = listen_at(place.path, SOCK_SEQPACKET);
    pid = fork();
    if (pid == 0)
        _exit(serve(listener, j));
    assert_true(pid > 0);
    (void)close(listener); /* the child has it */
    for (; words[n]; n++)
        all[n] = words[n];
    all[n] = "--state";
    all[n + 1] = place.folder;
    run_words(r, all);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    place_fini(&place);
    buf_fini(&j->want);
    for (size_t i = 0; i < PACKETS_MAX; i++)
        buf_fini(&j->packets[i]);
    *j = (struct judge){0};
}

#define RUN_AGAINST(j, r, ...)                                                           \
    run_against((j), (r), (const char *const[]){__VA_ARGS__, NULL})

static void
test_status(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_status(&j.want, &(struct wire_ask_status){0});
    wire_put_hello(&j.packets[0], &(struct wire_hello){wire_hash(), ROLE_JUDGE});
    frames_status(&j.packets[0], false, true);
    frames_jail(&j.packets[1], SPAN("sshd"), 1);
    wire_put_tell_kind(&j.packets[2], &(struct wire_tell_kind){.failures = 3, .told = 1});
    frames_end(&j.packets[2], 0, 0, "");
    RUN_AGAINST(&j, &r, "status");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "All is well."));
    assert_non_null(strstr(r.out, "Seen: 4 auth_fail\n"));
    assert_non_null(strstr(r.out, "\nJAIL"));
}

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
        "\"dry_run\":false,\"text\":\"no\",\"bans\":[]}\n",
        "komainu: ban: no\n"),
    ROW(WORDS("unban", "192.0.2.0/24"), false, 0, 0, 3, "", CTL_DONE,
        "3 bans of 192.0.2.0/24 lifted.\n", ""),
    ROW(WORDS("unban", "192.0.2.7"), false, 0, 0, 0, "", CTL_NO_MATCH, "",
        "komainu: unban: no bans of 192.0.2.7\n"),
    ROW(WORDS("unban", "192.0.2.7", "--json"), false, 0, 0, 0, "", CTL_NO_MATCH,
        "{\"schema\":1,\"generated\":\"2026-11-22T01:53:25+00:00\","
        "\"address\":\"192.0.2.7\",\"outcome\":\"unchanged\",\"matched\":0,"
        "\"dry_run\":false,\"text\":\"no bans of 192.0.2.7\",\"bans\":[]}\n",
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
    frames_end(&j.packets[3], 0, 1, "");
    RUN_AGAINST(&j, &r, "jails", "sshd");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("sshd only observes")));
    assert_non_null(strstr(r.out, "/var/log/auth.log"));
    assert_non_null(strstr(r.out, "\n  maxretry = 5\n"));
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
test_comment(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_ban(&j.want, &(struct wire_ask_ban){.who = frames_addr("2001:db8::1"),
                                                     .comment = SPAN("spam \xFF")});
    frames_end(&j.packets[0], 0, 1, "");
    RUN_AGAINST(&j, &r, "ban", "2001:DB8:0::1", "--comment", "spam \xFF");
    assert_int_equal(r.code, CTL_DONE);
}

static void
test_why(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_why(&j.want, &(struct wire_ask_why){.who = frames_addr("192.0.2.7")});
    frames_ban(&j.packets[0], "192.0.2.7", 60, 540, 1);
    frames_end(&j.packets[1], 0, 1, "");
    RUN_AGAINST(&j, &r, "why", "192.0.2.7");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(span_of(r.out), SPAN("192.0.2.7 is banned:\n")));
    wire_put_ask_why(&j.want, &(struct wire_ask_why){.who = frames_addr("192.0.2.7")});
    frames_end(&j.packets[0], 1, 0, "nothing is known");
    RUN_AGAINST(&j, &r, "why", "192.0.2.7");
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_true(span_starts(span_of(r.out), SPAN("192.0.2.7: nothing is known")));
    assert_string_equal(r.err, "");
}

/* News are printed as they come; the end of the guard ends the watch. */
static void
test_watch(void **state UNUSED)
{
    struct wire_tell_news news = {.what = 1,
                                  .time_us = AGO_US(0),
                                  .jail = SPAN("sshd"),
                                  .who = frames_addr("192.0.2.7"),
                                  .until_us = -1};
    struct judge j = {0};
    struct run r;

    wire_put_ask_watch(&j.want, &(struct wire_ask_watch){0});
    wire_put_tell_news(&j.packets[0], &news);
    wire_put_tell_news(&j.packets[1], &news);
    RUN_AGAINST(&j, &r, "watch");
    assert_string_equal(r.out,
                        "2026-11-22 01:53:25  BAN      192.0.2.7  sshd  permanent\n"
                        "2026-11-22 01:53:25  BAN      192.0.2.7  sshd  permanent\n");
    assert_string_equal(r.err, "komainu: watch: the guard closed the connection: it "
                               "stopped, or is of another version than this komainu\n");
    assert_int_equal(r.code, CTL_NOT_RUNNING);
    wire_put_ask_watch(&j.want, &(struct wire_ask_watch){0});
    frames_end(&j.packets[0], 4, 0, "too many watch already");
    RUN_AGAINST(&j, &r, "watch", "--json");
    assert_int_equal(r.code, CTL_REFUSED);
    assert_string_equal(r.err, "komainu: watch: too many watch already\n");
}

#define OTHER_VERSION                                                                    \
    "this komainu and the running guard are of different versions: restart the guard\n"

/* A judge that does not answer as it should. */
static void
test_broken_answers(void **state UNUSED)
{
    static const struct {
        int how;
        const char *err;
    } rows[] = {
        {0,
         "the guard closed the connection without an answer: it is being restarted, or "
         "too many commands ask it at once, or it is of another version than this "
         "komainu\n"},
        {1, OTHER_VERSION}, /* garbage */
        {2, OTHER_VERSION}, /* HELLO of another version */
        {3, OTHER_VERSION}, /* frames behind the end */
        {4, OTHER_VERSION}, /* a frame that is not for commands */
        {5, "the guard closed the connection in the middle of its answer; try again\n"},
        {6, "no answer from the guard within 200 ms\n"},
    };
    struct buf want = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct judge j = {.is_silent = rows[i].how == 6};
        struct buf *b = &j.packets[0];
        struct run r;

        wire_put_ask_status(&j.want, &(struct wire_ask_status){0});
        if (rows[i].how == 1)
            buf_add(b, SPAN("\xFF\xFF\xFF\xFF"));
        if (rows[i].how == 2)
            wire_put_hello(b, &(struct wire_hello){wire_hash() + 1, ROLE_JUDGE});
        if (rows[i].how == 3)
            frames_end(b, 0, 0, "");
        if (rows[i].how == 4)
            wire_put_go(b, &(struct wire_go){0});
        if (rows[i].how == 3 || rows[i].how == 5)
            frames_status(b, false, true);
        RUN_AGAINST(&j, &r, "status");
        buf_clear(&want);
        buf_printf(&want, "komainu: status: %s", rows[i].err);
        assert_string_equal(r.err, want.ptr);
        assert_string_equal(r.out, "");
        assert_int_equal(r.code, CTL_INTERNAL);
    }
    buf_fini(&want);
}

static void
test_no_guard(void **state UNUSED)
{
    char endless[200] = {0};
    struct place place;
    struct run r;
    int fd;

    place_init(&place);
    RUN_WORDS(&r, "status", "--socket", place.path);
    assert_int_equal(r.code, CTL_NOT_RUNNING);
    assert_non_null(strstr(r.err, "control.sock: no guard answers there (no such socket)"
                                  "; is it running? start it with 'komainud', or "
                                  "'./komainu.sh run' in a checkout\n"));
    (void)close(listen_at(place.path, SOCK_SEQPACKET)); /* its file stays */
    RUN_WORDS(&r, "watch", "--socket", place.path);
    assert_int_equal(r.code, CTL_NOT_RUNNING);
    assert_non_null(strstr(r.err, "(nobody listens)"));
    assert_int_equal(unlink(place.path), 0);
    fd = listen_at(place.path, SOCK_STREAM);
    RUN_WORDS(&r, "ban", "192.0.2.7", "--socket", place.path);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "this is not the control socket of a guard\n"));
    (void)close(fd); /* nothing was written */
    memset(endless, 'x', sizeof(endless) - 1);
    RUN_WORDS(&r, "status", "--socket", endless);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "a socket path has 1 to 107 bytes\n"));
    place_fini(&place);
}

/* As root the permission is there always: another process without it tries. */
static void
test_no_permission(void **state UNUSED)
{
    struct place place;
    struct run r;
    int fd, status = -1;
    pid_t pid;

    if (geteuid() != 0) {
        print_message("# only root can become somebody without rights: not tried\n");
        return;
    }
    place_init(&place);
    fd = listen_at(place.path, SOCK_SEQPACKET);
    pid = fork();
    if (pid == 0) {
        if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
            _exit(99);
        RUN_WORDS(&r, "status", "--socket", place.path);
        _exit(strstr(r.err, "permission denied; run this as root\n") ? r.code : 98);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CTL_REFUSED);
    (void)close(fd); /* nothing was written */
    place_fini(&place);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_status),         TEST(test_bans),
        TEST(test_orders),         TEST(test_filtered_orders),
        TEST(test_jails),          TEST(test_allow),
        TEST(test_comment),        TEST(test_why),
        TEST(test_watch),          TEST(test_no_guard),
        TEST(test_broken_answers), TEST(test_no_permission)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
