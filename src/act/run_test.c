#include "loop_wait.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "act/run.h"
#include "base/mem.h"

struct world {
    struct loop_count ended;
    struct runs runs;
    struct run_end last;
    struct buf said; /* the output of all */
    size_t most_at_once;
};

static void
on_end(void *ctx, const struct run_end *end)
{
    struct world *w = ctx;

    w->last = *end;
    buf_add(&w->said, end->output);
    if (runs_running(&w->runs) > w->most_at_once)
        w->most_at_once = runs_running(&w->runs);
    loop_count_one(&w->ended);
}

static void
begin(struct world *w)
{
    *w = (struct world){0};
    loop_count_init(&w->ended);
    runs_init(&w->runs, &w->ended.loop, on_end, w);
}

static void
end(struct world *w)
{
    runs_fini(&w->runs, 0);
    loop_fini(&w->ended.loop);
    buf_fini(&w->said);
}

static struct run_order
order(const char *shell)
{
    return (struct run_order){.id = 7, .shell = shell, .timeout_us = 60 * SECOND_US};
}

/* Runs one to its end; what it said is in w->said. */
static void
one(struct world *w, const struct run_order *o)
{
    begin(w);
    assert_true(runs_add(&w->runs, o));
    loop_count_wait(&w->ended, 1);
    assert_int_equal(w->last.id, o->id);
    assert_int_equal(runs_running(&w->runs), 0);
}

static void
test_outcomes(void **state UNUSED)
{
    static const struct {
        const char *shell;
        enum run_outcome outcome;
        int status;
        const char *said;
    } rows[] = {
        {"echo fine", RUN_DONE, 0, "fine\n"},
        {"echo bad >&2; exit 3", RUN_FAILED, 3, "bad\n"},
        {"kill -9 $$", RUN_SIGNALLED, SIGKILL, ""},
        {"exec /nonexistent/program 2>/dev/null", RUN_FAILED, 127, ""},
        {"cat", RUN_DONE, 0, "on stdin"},
        {"pwd; umask", RUN_DONE, 0, "/\n0077\n"},
        {"ls /proc/self/fd | wc -l", RUN_DONE, 0, "4\n"}, /* with that of ls itself */
        {"env | grep -v ^PWD= | sort | cut -d= -f1 | tr '\\n' ' '", RUN_DONE, 0,
         "HOME LC_ALL PATH "},
    };
    struct world w;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run_order o = order(rows[i].shell);

        o.input = SPAN("on stdin");
        one(&w, &o);
        assert_span(buf_span(&w.said), rows[i].said);
        assert_int_equal(w.last.outcome, rows[i].outcome);
        assert_int_equal(w.last.status, rows[i].status);
        end(&w);
    }
}

/* Text from outside is data, whatever it holds. */
static void
test_hostile_values(void **state UNUSED)
{
    static const char hostile[] = "a'b\"c $(touch /tmp/komainu-owned) `id`;|&\n%00\\\x01"
                                  "\0z\xC3\xA9\xFF";
    struct run_order o = order("printf %s \"$WHAT\"; printf ' / '; cat");
    struct world w;

    o.variables[0] = (struct run_variable){"WHAT", {hostile, sizeof(hostile) - 1}};
    o.variable_count = 1;
    o.input = (struct span){hostile, sizeof(hostile) - 1};
    one(&w, &o);
    assert_int_equal(w.last.outcome, RUN_DONE);
    assert_true(span_starts(
        buf_span(&w.said),
        SPAN("a'b\"c $(touch /tmp/komainu-owned) `id`;|&%00\\z\xC3\xA9? / ")));
    assert_true(span_ends(buf_span(&w.said), o.input));
    assert_int_not_equal(access("/tmp/komainu-owned", F_OK), 0);
    end(&w);
}

/* The whole group goes, also what the command had put into the background. */
static void
test_timeout_kills_the_group(void **state UNUSED)
{
    struct run_order o = order("sleep 1000 & echo $!; wait");
    struct span line, rest;
    struct world w;
    int64_t end_us;
    uint64_t pid;

    o.timeout_us = SECOND_US / 2;
    one(&w, &o);
    end_us = clock_boot_us() + 60 * SECOND_US;
    assert_int_equal(w.last.outcome, RUN_TIMED_OUT);
    assert_int_equal(w.last.status, SIGKILL);
    rest = buf_span(&w.said);
    assert_true(span_line(&rest, &line));
    assert_true(span_u64(line, 2, INT32_MAX, &pid));
    /* It is dead or a zombie that somebody else reaps: it takes no more signals. */
    while (kill((pid_t)pid, 0) == 0) {
        struct buf path = {0};
        char text[512] = "";
        size_t n;
        FILE *file;

        buf_printf(&path, "/proc/%llu/stat", (unsigned long long)pid);
        file = fopen(path.ptr, "r");
        buf_fini(&path);
        if (!file)
            break;
        n = fread(text, 1, sizeof(text) - 1, file);
        (void)fclose(file);
        if (n == 0 || strstr(text, ") Z")) /* 0: it has gone meanwhile */
            break;
        assert_true(clock_boot_us() < end_us); /* a busy machine kills late */
        (void)sched_yield();
    }
    end(&w);
}

static void
test_output_is_bounded(void **state UNUSED)
{
    struct run_order o = order("head -c 300000 /dev/zero | tr '\\0' x");
    struct world w;

    one(&w, &o);
    assert_int_equal(w.last.outcome, RUN_DONE);
    assert_int_equal(w.said.len, RUN_OUTPUT_MAX);
    assert_true(w.last.is_cut);
    end(&w);
}

static void
test_queue_is_bounded(void **state UNUSED)
{
    struct run_order o = order("echo x");
    struct world w;

    begin(&w);
    for (int i = 0; i < RUN_AT_ONCE + RUN_WAITING_MAX; i++)
        assert_true(runs_add(&w.runs, &o));
    assert_false(runs_add(&w.runs, &o));
    loop_count_wait(&w.ended, RUN_AT_ONCE + RUN_WAITING_MAX);
    assert_int_equal(w.said.len, 2 * (RUN_AT_ONCE + RUN_WAITING_MAX));
    assert_int_equal(w.most_at_once, RUN_AT_ONCE);
    assert_true(runs_add(&w.runs, &o));
    loop_count_wait(&w.ended, RUN_AT_ONCE + RUN_WAITING_MAX + 1);
    end(&w);
}

/* The end waits for what is nearly done, and kills the rest. */
static void
test_end(void **state UNUSED)
{
    struct run_order quick = order("exit 0"), slow = order("sleep 1000");
    struct world w;
    int64_t start_us = clock_boot_us();

    begin(&w);
    assert_true(runs_add(&w.runs, &quick));
    runs_fini(&w.runs, 60000);
    assert_true(clock_boot_us() - start_us < 50 * SECOND_US);
    assert_int_equal(runs_running(&w.runs), 0);
    for (int i = 0; i < RUN_AT_ONCE + 2; i++)
        assert_true(runs_add(&w.runs, &slow));
    runs_fini(&w.runs, 0);
    assert_int_equal(runs_running(&w.runs), 0);
    assert_true(clock_boot_us() - start_us < 100 * SECOND_US);
    assert_int_equal(w.ended.counted, 0);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_outcomes),
        TEST(test_hostile_values),
        TEST(test_timeout_kills_the_group),
        TEST(test_output_is_bounded),
        TEST(test_queue_is_bounded),
        TEST(test_end),
    };

    return RUN(tests);
}
