#include "loop_wait.h"

#include "act/actions.h"
#include "base/mem.h"

#include <fcntl.h>
#include <unistd.h>

/* One or two jails, whose commands append what they are to a file. */
struct world {
    struct loop loop;
    struct actions actions;
    struct config config;
    struct config_jail jails[2];
    struct config_action list[3];
    char folder[64], path[96];
    size_t wanted, dones, bad, failures;
    struct buf rebanned; /* "ADDRESS ACTION " each; of several actions "*" */
    const char *failed;  /* the last command that did */
    enum run_outcome outcome;
    bool is_idle, is_ending;
};

static void
on_failed(void *ctx, const struct actions_failure *f)
{
    struct world *w = ctx;

    w->failures++;
    w->failed = f->command;
    w->outcome = f->end ? f->end->outcome : RUN_NOT_STARTED;
}

static void
on_done(void *ctx, uint16_t jail UNUSED, bool is_good)
{
    struct world *w = ctx;

    w->bad += !is_good;
    if (++w->dones == w->wanted)
        loop_stop(&w->loop);
}

static void
on_rebanned(void *ctx, uint16_t jail UNUSED, const struct addr *who, const char *action)
{
    struct world *w = ctx;
    char text[ADDR_TEXT_MAX];

    buf_printf(&w->rebanned, "%s %s ", addr_text(who, text), action ? action : "*");
}

static void
on_idle(void *ctx)
{
    struct world *w = ctx;

    w->is_idle = true;
    if (w->is_ending)
        loop_stop(&w->loop);
}

/* What an action does is what its commands say: F stands for the file. */
struct spec {
    const char *commands[ACTION_EVENTS], *six[ACTION_EVENTS];
    bool has_families, is_for_new, is_eager, is_repaired_on_unban;
    int timeout_s;
};

static void
add_action(struct world *w, uint16_t jail, const struct spec *s)
{
    struct config_action *a = &w->list[w->config.action_count++];

    *a = (struct config_action){.jail = jail,
                                .name = mem_copy_text("act", 3),
                                .timeout_s = s->timeout_s ? s->timeout_s : 20,
                                .has_families = s->has_families,
                                .is_started_on_demand = s->has_families && !s->is_eager,
                                .is_repaired_on_unban = s->is_repaired_on_unban,
                                .is_for_new = s->is_for_new};
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < ACTION_FAMILIES; k++) {
            const char *text = k && s->six[i] ? s->six[i] : s->commands[i];
            struct span rest = span_of(text ? text : ""), before, after;
            struct buf out = {0};

            while (span_cut(rest, SPAN("FILE"), &before, &after)) {
                buf_add(&out, before);
                buf_add_text(&out, w->path);
                rest = after;
            }
            buf_add(&out, rest);
            a->commands[i][k] = buf_detach(&out);
        }
    w->jails[jail].actions++;
}

static void
begin(struct world *w)
{
    *w = (struct world){0};
    assert_int_equal(loop_init(&w->loop), 0);
    (void)snprintf(w->folder, sizeof(w->folder), "/tmp/actions-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)snprintf(w->path, sizeof(w->path), "%s/said", w->folder);
    w->jails[0].name = mem_copy_text("one", 3);
    w->jails[1].name = mem_copy_text("two", 3);
    w->config.jails = w->jails;
    w->config.jail_count = 2;
    w->config.actions = w->list;
    w->config.limits.max_bans = 5000;
}

static void
start(struct world *w)
{
    actions_init(&w->actions, &(struct actions_setup){.loop = &w->loop,
                                                      .config = &w->config,
                                                      .host = SPAN("mx.example.org"),
                                                      .has_inet6 = true,
                                                      .failed = on_failed,
                                                      .done = on_done,
                                                      .rebanned = on_rebanned,
                                                      .idle = on_idle,
                                                      .ctx = w});
    actions_start(&w->actions);
}

static void
finish(struct world *w)
{
    actions_fini(&w->actions);
    loop_fini(&w->loop);
    for (size_t i = 0; i < w->config.action_count; i++)
        config_action_fini(&w->list[i]);
    for (size_t i = 0; i < 2; i++)
        mem_free(w->jails[i].name);
    buf_fini(&w->rebanned);
    (void)unlink(w->path);
    assert_int_equal(rmdir(w->folder), 0);
}

static enum actions_taken
order(struct world *w, enum act what, uint16_t jail, const char *who, bool is_restored)
{
    struct ticket t = {
        .bantime_s = 60, .is_restored = is_restored, .matches = SPAN("a\n'b")};

    assert_true(addr_parse(span_of(who), &t.who));
    return actions_add(&w->actions, &(struct actions_order){what, jail, &t});
}

static void
take(struct world *w, enum act what, const char *who)
{
    assert_int_equal(order(w, what, 0, who, false), ACTIONS_TAKEN);
}

static void
wait_done(struct world *w, size_t count)
{
    w->wanted = count;
    if (w->dones < count)
        loop_wait(&w->loop);
    assert_int_equal(w->dones, count);
    w->wanted = 0;
}

static void
stop(struct world *w)
{
    w->is_idle = false;
    w->is_ending = true;
    actions_stop(&w->actions);
    if (!actions_are_idle(&w->actions))
        loop_wait(&w->loop);
    w->loop.is_stopped = false;
    assert_true(w->is_idle);
    assert_true(actions_are_idle(&w->actions));
}

static void
expect(struct world *w, const char *said)
{
    char text[4096] = "";
    int fd = open(w->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

    assert_true(n >= 0);
    text[n] = '\0';
    if (fd >= 0)
        assert_int_equal(close(fd), 0);
    assert_string_equal(text, said);
}

#define SAY(what) "printf '%s ' " what " >>FILE"

static const struct spec plain = {
    .commands = {[ACTION_START] = SAY("start"),
                 [ACTION_STOP] = SAY("stop"),
                 [ACTION_BAN] = SAY("'ban <ip>'"),
                 [ACTION_UNBAN] = SAY("'unban <ip>'"),
                 [ACTION_PROLONG] = SAY("'prolong <bantime>'")}};

static void
test_life(void **state UNUSED)
{
    struct world w;

    begin(&w);
    add_action(&w, 0, &plain);
    start(&w);
    take(&w, ACT_BAN, "192.0.2.1");
    take(&w, ACT_PROLONG, "192.0.2.1");
    take(&w, ACT_BAN, "192.0.2.2");
    take(&w, ACT_UNBAN, "192.0.2.1");
    take(&w, ACT_UNBAN, "192.0.2.1"); /* nobody is banned any more */
    wait_done(&w, 5);
    stop(&w);
    assert_int_equal(w.bad + w.failures, 0);
    expect(&w, "start ban 192.0.2.1 prolong 60 ban 192.0.2.2 unban 192.0.2.1 "
               "unban 192.0.2.2 stop ");
    finish(&w);
}

/* Families: started on demand, stopped in that order; what both share is run once. */
static void
test_families(void **state UNUSED)
{
    struct spec s = plain;
    struct world w;

    s.has_families = true;
    s.six[ACTION_START] = SAY("start6");
    s.commands[ACTION_FLUSH] = SAY("'flush <family>'");
    begin(&w);
    add_action(&w, 0, &s);
    start(&w);
    take(&w, ACT_BAN, "2001:db8::1");
    take(&w, ACT_BAN, "192.0.2.1");
    take(&w, ACT_BAN, "192.0.2.2");
    wait_done(&w, 3);
    stop(&w);
    assert_int_equal(w.bad, 0);
    expect(&w, "start6 ban 2001:db8::1 start ban 192.0.2.1 ban 192.0.2.2 flush inet6 "
               "flush inet4 stop ");
    finish(&w);
}

static void
test_eager_families(void **state UNUSED)
{
    struct spec s = plain;
    struct world w;

    s.has_families = s.is_eager = true;
    begin(&w);
    add_action(&w, 0, &s);
    start(&w);
    take(&w, ACT_UNBAN, "192.0.2.1");
    stop(&w);
    expect(&w, "start stop ");
    finish(&w);
}

static void
test_restored(void **state UNUSED)
{
    struct spec s = plain;
    struct world w;

    s.commands[ACTION_BAN] = SAY("'ban <ip> <restored>'");
    begin(&w);
    add_action(&w, 0, &s);
    s.is_for_new = true;
    s.commands[ACTION_BAN] = SAY("new");
    s.commands[ACTION_START] = s.commands[ACTION_UNBAN] = NULL;
    add_action(&w, 0, &s);
    start(&w);
    assert_int_equal(order(&w, ACT_BAN, 0, "192.0.2.1", true), ACTIONS_TAKEN);
    take(&w, ACT_BAN, "192.0.2.2");
    wait_done(&w, 2);
    /* Another judge: one is there already, one is over, one is new. */
    actions_begin_all(&w.actions);
    assert_int_equal(order(&w, ACT_BAN, 0, "192.0.2.2", true), ACTIONS_TAKEN);
    assert_int_equal(order(&w, ACT_BAN, 0, "192.0.2.3", true), ACTIONS_TAKEN);
    actions_end_all(&w.actions);
    take(&w, ACT_BAN, "192.0.2.4");
    wait_done(&w, 5);
    expect(&w,
           "start ban 192.0.2.1 1 ban 192.0.2.2 0 new ban 192.0.2.3 1 unban 192.0.2.1 "
           "ban 192.0.2.4 0 new ");
    finish(&w);
}

/* A ban that fails: checked, made whole, and done once more; who was banned before is
 * banned again when he goes on. */
static void
test_repair(void **state UNUSED)
{
    static const struct {
        const char *check, *repair, *said;
        size_t bad;
    } rows[] = {
        {NULL, NULL, "start ban ban ", 1},
        {"true", NULL, "start ban ban ", 1},
        {"false", NULL, "start ban stop start ", 1},
        {"test -e FILE.x || { mv FILE FILE.x; cp FILE.x FILE; false; }", NULL,
         "start ban stop start ban ", 1},
        {"false", "printf 'repair ' >>FILE", "start ban repair ", 1},
        {"false", "printf 'repair ' >>FILE; false", "start ban repair ", 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct spec s = plain;
        struct world w;
        char other[128];

        begin(&w);
        s.has_families = true;
        s.commands[ACTION_BAN] = SAY("ban") "; false";
        s.commands[ACTION_CHECK] = rows[i].check;
        s.commands[ACTION_REPAIR] = rows[i].repair;
        add_action(&w, 0, &s);
        start(&w);
        take(&w, ACT_BAN, "192.0.2.1");
        wait_done(&w, 1);
        assert_int_equal(w.bad, rows[i].bad);
        assert_true(w.failures > 0);
        expect(&w, rows[i].said);
        (void)snprintf(other, sizeof(other), "%s.x", w.path);
        (void)unlink(other); /* of one row */
        finish(&w);
    }
}

static void
test_again(void **state UNUSED)
{
    struct spec s = plain;
    struct world w;
    char flag[128];

    begin(&w);
    (void)snprintf(flag, sizeof(flag), "%s.broken", w.path);
    s.commands[ACTION_CHECK] = "! test -e FILE.broken";
    s.commands[ACTION_REPAIR] = "rm FILE.broken; " SAY("repair");
    s.commands[ACTION_REBAN] = SAY("'reban <ip>'");
    add_action(&w, 0, &s);
    start(&w);
    take(&w, ACT_BAN, "192.0.2.1");
    wait_done(&w, 1);
    assert_true(close(open(flag, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
    take(&w, ACT_AGAIN, "192.0.2.1"); /* checked, and so banned again */
    wait_done(&w, 2);
    assert_string_equal(w.rebanned.ptr, "192.0.2.1 act ");
    take(&w, ACT_AGAIN, "192.0.2.1"); /* nothing */
    wait_done(&w, 3);
    assert_string_equal(w.rebanned.ptr, "192.0.2.1 act ");
    expect(&w, "start ban 192.0.2.1 repair reban 192.0.2.1 ");
    finish(&w);
}

/* Who is unbanned is no reason to make an action whole. */
static void
test_unban_fails(void **state UNUSED)
{
    struct spec s = plain;
    struct world w;

    s.commands[ACTION_UNBAN] = SAY("unban") "; false";
    s.commands[ACTION_CHECK] = "false";
    begin(&w);
    add_action(&w, 0, &s);
    start(&w);
    take(&w, ACT_BAN, "192.0.2.1");
    take(&w, ACT_UNBAN, "192.0.2.1");
    wait_done(&w, 2);
    assert_int_equal(w.bad, 1);
    assert_string_equal(w.failed, "actioncheck");
    expect(&w, "start ban 192.0.2.1 unban ");
    finish(&w);
}

/* A command that hangs is ended, first by SIGTERM, and holds up no other jail. */
static void
test_hangs(void **state UNUSED)
{
    struct spec s = plain;
    struct world w;

    s.timeout_s = 1;
    s.commands[ACTION_START] = NULL;
    s.commands[ACTION_BAN] =
        "trap 'printf \"term \" >>FILE; exit 1' TERM; sleep 99 & wait";
    begin(&w);
    add_action(&w, 0, &s);
    add_action(&w, 1, &(struct spec){.commands = {[ACTION_BAN] = SAY("other")}});
    start(&w);
    take(&w, ACT_BAN, "192.0.2.1");
    assert_int_equal(order(&w, ACT_BAN, 1, "192.0.2.1", false), ACTIONS_TAKEN);
    wait_done(&w, 1); /* the other jail's */
    assert_int_equal(w.bad, 0);
    wait_done(&w, 2);
    assert_int_equal(w.bad, 1);
    assert_int_equal(w.outcome, RUN_TIMED_OUT);
    expect(&w, "other term term ");
    finish(&w);
}

/* More than may wait is refused. */
static void
test_bound(void **state UNUSED)
{
    struct spec s = {.commands = {[ACTION_BAN] = "sleep 99"}};
    struct world w;
    size_t taken = 0;

    begin(&w);
    add_action(&w, 0, &s);
    start(&w);
    for (unsigned i = 0; i < 5000; i++) {
        char who[32];

        (void)snprintf(who, sizeof(who), "198.51.%u.%u", i / 250, i % 250);
        taken += order(&w, ACT_BAN, 0, who, false) == ACTIONS_TAKEN;
    }
    assert_int_equal(taken, ACTIONS_QUEUE_MAX + 1); /* one is at work */
    finish(&w);
}

static void
test_mail(void **state UNUSED)
{
    struct spec s = {.commands = {[ACTION_BAN] = "cat >>FILE"}};
    struct world w;
    char text[2048] = "";
    int fd;

    begin(&w);
    add_action(&w, 0, &s);
    w.list[0].mail_from = mem_copy_text("f2b@example.org", 15);
    w.list[0].mail_to = mem_copy_text("root", 4);
    w.list[0].mail_lines = ACTION_LINES_OF_BAN;
    start(&w);
    take(&w, ACT_BAN, "192.0.2.1");
    wait_done(&w, 1);
    fd = open(w.path, O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    assert_int_equal(close(fd), 0);
    assert_non_null(strstr(text, "To: root\n"));
    assert_non_null(strstr(
        text, "192.0.2.1 has been banned for 60 seconds after 0 failures in jail one."));
    assert_non_null(strstr(text, "\n'b"));
    finish(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_life),           TEST(test_families),
                                       TEST(test_eager_families), TEST(test_restored),
                                       TEST(test_repair),         TEST(test_again),
                                       TEST(test_unban_fails),    TEST(test_hangs),
                                       TEST(test_bound),          TEST(test_mail)};

    return RUN(tests);
}
