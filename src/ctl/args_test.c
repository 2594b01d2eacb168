/* Command lines that end before anything is asked: what they exit with and say. */
#include "run_test.h"

#include "ctl/args.h"

static const struct {
    const char *words[RUN_WORDS_MAX];
    const char *err;
} wrong_lines[] = {
    {{NULL}, "usage: a command is missing; see 'komainu help'"},
    {{"--json"}, "usage: a command is missing; see 'komainu help'"},
    {{"--"}, "usage: a command is missing; see 'komainu help'"},
    {{"nonsense"}, "usage: nonsense: no such command; see 'komainu help'"},
    {{"a\033[2J"}, "usage: a\\x1B[2J: no such command; see 'komainu help'"},
    {{"stat"}, "usage: stat: no such command; see 'komainu help'"},
    {{"--nonsense", "status"}, "usage: --nonsense: no such option; see 'komainu help'"},
    {{"status", "--nonsense"}, "status: --nonsense: no such option; see 'komainu help'"},
    {{"status", "-j"}, "status: -j: no such option; see 'komainu help'"},
    {{"status", "--js"}, "status: --js: no such option; see 'komainu help'"},
    {{"status", "x"}, "status: x: too many arguments"},
    {{"status", "--", "--json"}, "status: --json: too many arguments"},
    {{"status", "--json", "--json"}, "status: --json: given twice"},
    {{"status", "--json=1"}, "status: --json: takes no value"},
    {{"status", "--socket"}, "status: --socket: its value is missing"},
    {{"status", "--socket", ""}, "status: --socket: a path is missing"},
    {{"status", "--socket="}, "status: --socket: a path is missing"},
    {{"status", "--socket", "/a", "--state", "/b"},
     "status: --socket: give --socket or --state, not both"},
    {{"status", "--for", "1h"}, "status: --for: this command has no such option"},
    {{"--for", "1h", "status"}, "status: --for: this command has no such option"},
    {{"bans", "--json", "--jsonl"}, "bans: --json: give --json or --jsonl, not both"},
    {{"bans", "nonsense"}, "bans: nonsense: not an address"},
    {{"bans", "192.0.2.0/33"}, "bans: 192.0.2.0/33: not an address"},
    {{"ban"}, "ban: ADDR|PREFIX: missing"},
    {{"ban", "not-an-ip"}, "ban: not-an-ip: not an address"},
    {{"ban", "192.0.2.1", "192.0.2.2"}, "ban: 192.0.2.2: too many arguments"},
    {{"why", ""}, "why: give an address, a network or an account"},
    {{"ban", "192.0.2.1", "--for", "never"},
     "ban: --for: not a time: write 10m, 2h30m, 1d, 3w (at most 100 years) or "
     "permanent"},
    {{"ban", "192.0.2.1", "--for", "0"},
     "ban: --for: not a time: write 10m, 2h30m, 1d, 3w (at most 100 years) or "
     "permanent"},
    {{"ban", "192.0.2.1", "--comment", "a\nb"},
     "ban: --comment: a comment has at most 256 bytes and no control bytes"},
    {{"unban"}, "unban: give an address, a network, --account, --jail or --all"},
    {{"unban", "192.0.2.7", "--all"}, "unban: --all: give it alone, or with --jail"},
    {{"unban", "--jail", ""}, "unban: --jail: the name of a jail has 1 to 63 bytes"},
    {{"bans", "--since", "tomorrow"},
     "bans: --since: not a time: write 2026-12-31, '2026-12-31 10:00', 10:00, today, "
     "yesterday or -3h"},
    {{"bans", "--since", "today", "--until", "yesterday"},
     "bans: --until: nothing is before that and not before --since"},
    {{"bans", "--since", "-90y"}, "bans: --since, --until: that time is before 1970"},
    {{"allow"}, "allow: list|remove|ADDR|PREFIX|NAME: missing"},
    {{"allow", "mail.example.org/24"},
     "allow: mail.example.org/24: not an address, a network or the name of a host"},
    {{"allow", "192.0.2.300"},
     "allow: 192.0.2.300: not an address, a network or the name of a host"},
    {{"allow", "remove"}, "allow: ADDR|PREFIX|NAME: missing"},
    {{"allow", "remove", "192.0.2.7", "--for", "1h"},
     "allow: --for: only where an address is added"},
    {{"allow", "192.0.2.7", "192.0.2.8"}, "allow: 192.0.2.8: too many arguments"},
    {{"extend"}, "extend: ADDR|PREFIX: missing"},
    {{"extend", "192.0.2.7"}, "extend: --for: missing"},
    {{"why"}, "why: ADDR|PREFIX|ACCOUNT: missing"},
    {{"why", "fe80::1%eth0"}, "why: fe80::1%eth0: not an address"},
    {{"watch", "x"}, "watch: x: too many arguments"},
    {{"detect", "--state", "/x"}, "detect: --state: this command has no such option"},
    {{"panic", "--table", "a b"},
     "panic: --table: not a name: a letter, then up to 62 letters, digits, _ - ."},
    {{"panic", "--table", "1a"},
     "panic: --table: not a name: a letter, then up to 62 letters, digits, _ - ."},
    {{"replay"}, "replay: LOG...: missing"},
    {{"help", "nonsense"}, "help: nonsense: no such command"},
    {{"help", "ban", "unban"}, "help: unban: too many arguments"},
    {{"--version", "--json"}, "usage: --version: no such option; see 'komainu help'"},
};

static void
test_wrong_lines(void **state UNUSED)
{
    struct run r;
    struct buf want = {0};

    for (size_t i = 0; i < ARRAY_LEN(wrong_lines); i++) {
        run_words(&r, wrong_lines[i].words);
        buf_clear(&want);
        buf_printf(&want, "komainu: %s\n", wrong_lines[i].err);
        assert_string_equal(r.err, want.ptr);
        assert_int_equal(r.code, CTL_USAGE);
        assert_string_equal(r.out, "");
    }
    buf_fini(&want);
}

static void
test_long_comment(void **state UNUSED)
{
    char text[CTL_COMMENT_MAX + 2] = {0};
    struct run r;

    memset(text, 'x', CTL_COMMENT_MAX + 1);
    RUN_WORDS(&r, "ban", "192.0.2.1", "--comment", text);
    assert_int_equal(r.code, CTL_USAGE);
    text[CTL_COMMENT_MAX] = '\0';
    RUN_WORDS(&r, "ban", "192.0.2.1", "--comment", text, "--socket", "/nonexistent/s");
    assert_int_equal(r.code, CTL_NOT_RUNNING);
}

static void
test_times(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t s; /* 0: refused */
    } rows[] = {
        {"1", 1},
        {"90s", 90},
        {"10m", 600},
        {"2h30m", 9000},
        {"1d", 86400},
        {"3w", INT64_C(3) * 604800},
        {"permanent", -1},
        {"-1", -1},
        {"", 0},
        {"0", 0},
        {"-2", 0},
        {"10x", 0},
        {"never", 0},
        {"1d-1d", 0},
        {"36500d", INT64_C(3153600000)},
        {"36501d", 0},
        {"99999999999999999999", 0},
        {"9223372036854775807w", 0},
    };
    int64_t s;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        s = 0;
        assert_int_equal(args_parse_time(span_of(rows[i].text), &s), rows[i].s != 0);
        assert_true(s == rows[i].s);
    }
}

static void
test_right_lines(void **state UNUSED)
{
    const char *argv[] = {"komainu", "--state=/s", "ban", "--comment", "x = y",
                          "--for",   "permanent",  "--",  "::1"};
    struct ctl_args args;
    struct buf error = {0};

    assert_int_equal(args_parse(ARRAY_LEN(argv), (char **)(uintptr_t)argv, &args, &error),
                     ARGS_RUN);
    assert_string_equal(args.command->name, "ban");
    assert_string_equal(args.value[OPT_STATE], "/s");
    assert_string_equal(args.value[OPT_COMMENT], "x = y");
    assert_int_equal(args.for_s, -1);
    assert_int_equal(args.who.family, 6);
    assert_int_equal(args.word_count, 1);
    args_fini(&args);
    buf_fini(&error);
}

/* What is not written must not be lost without a word. */
static void
test_full_disk(void **state UNUSED)
{
    char *argv[] = {(char *)(uintptr_t) "komainu", (char *)(uintptr_t) "help"};
    struct run r;
    struct ctl_env env = {.out = open("/dev/full", O_WRONLY | O_CLOEXEC),
                          .err = memfd_create("err", MFD_CLOEXEC)};

    assert_true(env.out >= 0);
    assert_int_equal(ctl_main(2, argv, &env), CTL_INTERNAL);
    run_read(env.err, r.err, sizeof(r.err));
    assert_string_equal(
        r.err, "komainu: output: cannot write the output: No space left on device\n");
    (void)close(env.out); /* nothing was written */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_wrong_lines), TEST(test_long_comment),
                                       TEST(test_times), TEST(test_right_lines),
                                       TEST(test_full_disk)};

    return RUN(tests);
}
