/* Commands that ask, against a judge that we play. */
#include "judge_test.h"

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
    const struct CMUnitTest tests[] = {TEST(test_status),       TEST(test_comment),
                                       TEST(test_why),          TEST(test_watch),
                                       TEST(test_no_guard),     TEST(test_broken_answers),
                                       TEST(test_no_permission)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
