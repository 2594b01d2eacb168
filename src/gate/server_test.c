#include "gate/server.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "unit.h"

#define HEAD "request=smtpd_access_policy\nprotocol_state=RCPT\n"
#define ASK HEAD "sender=a@example.org\n\n"
#define DUNNO "action=DUNNO\n\n"
#define FAILED "action=DEFER_IF_PERMIT 4.3.0 Later\n\n"

enum { CONNECTIONS = 8, HELD_MAX = 16 };

/* A server with a clock and a decider of the test's: it answers at once, or holds turns
 * until the test answers them. */
struct world {
    struct loop loop;
    struct loop_timer nudge;
    struct gate_server *server;
    struct sockaddr_un name;
    socklen_t name_len;
    int64_t now_us;
    bool is_holding;
    struct gate_turn *held[HELD_MAX];
    size_t held_count, cancelled, before_count;
    size_t told[GATE_TROUBLES];
};

static void
on_cancel(struct gate_turn *turn)
{
    struct world *w = turn->work;

    assert_true(turn->is_cancelled);
    w->cancelled++;
}

static void
decide(void *ctx, struct gate_turn *turn)
{
    struct world *w = ctx;

    assert_int_equal(turn->deadline_us, turn->now_us + 15 * SECOND_US);
    if (w->is_holding) {
        turn->on_cancel = on_cancel;
        turn->work = w;
        assert_true(w->held_count < HELD_MAX);
        w->held[w->held_count++] = turn;
        return;
    }
    if (turn->request->values[GATE_SENDER].len)
        gate_turn_answer(turn, &(struct gate_answer){0});
    else
        gate_turn_answer(
            turn, &(struct gate_answer){.action = GATE_REJECT,
                                        .text = turn->request->values[GATE_HELO_NAME]});
}

static void
before_answers(void *ctx)
{
    ((struct world *)ctx)->before_count++;
}

static void
on_trouble(void *ctx, enum gate_trouble what, unsigned listener)
{
    struct world *w = ctx;

    assert_int_equal(listener, 0);
    w->told[what]++;
}

static void
wake(void *ctx)
{
    struct world *w = ctx;

    gate_server_wake(w->server, w->now_us, w->now_us);
}

static void
turn(void *ctx)
{
    struct world *w = ctx;

    gate_server_flush(w->server);
    loop_stop(&w->loop);
}

static void
on_nudge(void *ctx UNUSED)
{
}

static struct world *
begin(void)
{
    struct world *w = mem_zalloc(1, sizeof(*w));
    struct gate_server_options o = {
        .deadline_us = 15 * SECOND_US,
        .idle_us = 360 * SECOND_US,
        .connections = CONNECTIONS,
        .fail = {.action = GATE_DEFER_IF_PERMIT, .text = SPAN("4.3.0 Later")},
        .decide = decide,
        .before_answers = before_answers,
        .trouble = on_trouble,
        .ctx = w};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    w->now_us = 1000 * SECOND_US;
    w->name.sun_family = AF_UNIX;
    w->name_len = sizeof(w->name);
    w->nudge.fn = on_nudge;
    assert_int_equal(loop_init(&w->loop), 0);
    w->loop.wake = wake;
    w->loop.turn = turn;
    w->loop.round_ctx = w;
    assert_int_equal(bind(fd, (struct sockaddr *)&w->name, sizeof(sa_family_t)), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&w->name, &w->name_len), 0);
    gate_server_new(&w->server, &w->loop, &o);
    assert_int_equal(gate_server_listen(w->server, fd), 0);
    return w;
}

static void
end(struct world *w)
{
    gate_server_free(w->server);
    loop_fini(&w->loop);
    mem_free(w);
}

/* Rounds of the loop, none of which waits. */
static void
rounds(struct world *w, int n)
{
    while (n--) {
        loop_timer_set(&w->loop, &w->nudge, 0);
        w->loop.is_stopped = false;
        assert_int_equal(loop_run(&w->loop), 0);
    }
}

static int
client(struct world *w)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&w->name, w->name_len), 0);
    rounds(w, 2);
    return fd;
}

static void
say(int fd, struct span text)
{
    assert_int_equal(send(fd, text.ptr, text.len, MSG_NOSIGNAL), text.len);
}

static void
assert_heard(int fd, const char *text)
{
    char got[4096];
    ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void
assert_silent(int fd)
{
    char c;

    assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

static void
assert_closed(int fd)
{
    char c;

    assert_true(recv(fd, &c, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
}

/* --- */

static void
test_whole(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);

    for (int i = 0; i < 3; i++) {
        say(fd, SPAN(ASK));
        rounds(w, 1);
        assert_heard(fd, DUNNO);
    }
    say(fd, SPAN(HEAD "helo_name=a\rb\x80\n\n"));
    rounds(w, 1);
    assert_heard(fd, "action=REJECT a?b?\n\n");
    assert_int_equal(w->before_count, 4);
    assert_int_equal(gate_server_counts(w->server).requests, 4);
    assert_int_equal(gate_server_counts(w->server).answers, 4);
    (void)close(fd);
    rounds(w, 1);
    assert_int_equal(gate_server_counts(w->server).connections, 0);
    end(w);
}

/* Cut at every byte, twice on one connection. */
static void
test_cut_anywhere(void **state UNUSED)
{
    static const char two[] = ASK ASK;
    struct world *w = begin();
    int fd = client(w);

    for (size_t cut = 1; cut < sizeof(ASK) - 1; cut++) {
        say(fd, span_head(SPAN(ASK), cut));
        rounds(w, 1);
        assert_silent(fd);
        say(fd, span_from(SPAN(ASK), cut));
        rounds(w, 1);
        assert_heard(fd, DUNNO);
    }
    for (size_t i = 0; i < sizeof(two) - 1; i++) {
        say(fd, (struct span){two + i, 1});
        rounds(w, 1);
        if (i == sizeof(ASK) - 2)
            assert_heard(fd, DUNNO);
    }
    assert_heard(fd, DUNNO);
    (void)close(fd);
    end(w);
}

/* What is sent before the answer waits; half-close does not take it away. */
static void
test_pipelined(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);

    w->is_holding = true;
    say(fd, SPAN(ASK HEAD "helo_name=second\n\n" HEAD "helo_"));
    rounds(w, 3);
    assert_int_equal(w->held_count, 1);
    say(fd, SPAN("name=third\n\n"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    rounds(w, 3);
    assert_silent(fd);
    w->is_holding = false;
    gate_turn_answer(w->held[0], &(struct gate_answer){0});
    rounds(w, 8);
    assert_heard(fd, DUNNO "action=REJECT second\n\naction=REJECT third\n\n");
    assert_closed(fd);
    assert_int_equal(gate_server_counts(w->server).connections, 0);
    (void)close(fd);
    end(w);
}

static void
test_half_close(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);

    say(fd, SPAN(ASK));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    rounds(w, 3);
    assert_heard(fd, DUNNO);
    assert_closed(fd);
    (void)close(fd);
    fd = client(w);
    say(fd, SPAN(HEAD "recipient=half@exam"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    rounds(w, 3);
    assert_closed(fd);
    assert_int_equal(w->told[GATE_CUT], 1);
    (void)close(fd);
    end(w);
}

static void
test_broken(void **state UNUSED)
{
    static char big[3 * GATE_VALUE_MAX];
    struct world *w = begin();
    int fd = client(w);

    memset(big, 'v', sizeof(big));
    say(fd, SPAN(HEAD "no equals sign\n\n"));
    rounds(w, 1);
    assert_heard(fd, FAILED);
    say(fd, SPAN(HEAD "sender="));
    say(fd, (struct span){big, sizeof(big)});
    say(fd, SPAN("\n\n" ASK));
    rounds(w, 8);
    assert_heard(fd, FAILED DUNNO);
    assert_int_equal(w->told[GATE_BROKEN], 2);
    say(fd, SPAN("GET / HTTP/1.1\n\n"));
    rounds(w, 1);
    assert_closed(fd);
    (void)close(fd);
    fd = client(w);
    say(fd, SPAN("\n"));
    rounds(w, 1);
    assert_closed(fd);
    assert_int_equal(w->told[GATE_NO_REQUEST], 2);
    (void)close(fd);
    end(w);
}

static void
test_too_long(void **state UNUSED)
{
    static char big[GATE_REQUEST_MAX];
    struct world *w = begin();
    int fd = client(w);

    memset(big, 'v', sizeof(big));
    say(fd, SPAN(HEAD "sender="));
    say(fd, (struct span){big, sizeof(big)});
    rounds(w, 40);
    assert_heard(fd, FAILED);
    assert_closed(fd);
    say(fd, SPAN(ASK)); /* drained, not answered */
    rounds(w, 4);
    assert_closed(fd);
    assert_int_equal(gate_server_counts(w->server).connections, 1);
    w->now_us += 3 * SECOND_US;
    rounds(w, 1);
    assert_int_equal(gate_server_counts(w->server).connections, 0);
    (void)close(fd);
    fd = client(w);
    say(fd, (struct span){big, sizeof(big)});
    rounds(w, 40);
    assert_closed(fd);
    assert_int_equal(w->told[GATE_TOO_LONG], 1);
    assert_int_equal(w->told[GATE_NO_REQUEST], 1);
    (void)close(fd);
    end(w);
}

/* The deadline answers; the decider's own answer comes later and changes nothing. */
static void
test_deadline(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);

    w->is_holding = true;
    say(fd, SPAN(ASK HEAD "helo_name=second\n\n"));
    rounds(w, 1);
    w->now_us += 15 * SECOND_US - 1;
    rounds(w, 1);
    assert_silent(fd);
    w->now_us++;
    w->is_holding = false;
    rounds(w, 3);
    assert_heard(fd, FAILED "action=REJECT second\n\n");
    assert_int_equal(w->cancelled, 1);
    assert_true(w->held[0]->is_cancelled);
    assert_span(w->held[0]->request->values[GATE_SENDER], "a@example.org");
    assert_int_equal(gate_server_counts(w->server).orphans, 1);
    gate_turn_answer(w->held[0], &(struct gate_answer){.action = GATE_OK});
    rounds(w, 1);
    assert_silent(fd);
    assert_int_equal(gate_server_counts(w->server).orphans, 0);
    assert_int_equal(w->told[GATE_LATE], 1);
    (void)close(fd);
    end(w);
}

static void
test_hang_up(void **state UNUSED)
{
    struct world *w = begin();
    int fds[3];

    w->is_holding = true;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = client(w);
        say(fds[i], SPAN(ASK));
        rounds(w, 1);
        (void)close(fds[i]);
        rounds(w, 1);
    }
    assert_int_equal(w->cancelled, 3);
    assert_int_equal(w->told[GATE_GONE], 3);
    assert_int_equal(gate_server_counts(w->server).connections, 0);
    assert_int_equal(gate_server_counts(w->server).deciding, 0);
    gate_turn_answer(w->held[1], &(struct gate_answer){0});
    gate_turn_answer(w->held[0], &(struct gate_answer){0});
    assert_int_equal(gate_server_counts(w->server).orphans, 1);
    end(w); /* with the last one */
}

/* Turns that a decider never answers are not many. */
static void
test_overloaded(void **state UNUSED)
{
    struct world *w = begin();
    int fd;

    w->is_holding = true;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        fd = client(w);
        say(fd, SPAN(ASK));
        rounds(w, 1);
        (void)close(fd);
        rounds(w, 1);
    }
    fd = client(w);
    say(fd, SPAN(ASK));
    rounds(w, 1);
    assert_heard(fd, FAILED);
    assert_int_equal(w->told[GATE_OVERLOADED], 1);
    (void)close(fd);
    end(w);
}

static void
test_patience(void **state UNUSED)
{
    struct world *w = begin();
    int idle = client(w), half = client(w);

    say(half, SPAN(HEAD));
    rounds(w, 1);
    w->now_us += 14 * SECOND_US;
    say(half, SPAN("sender=")); /* one byte more is no new beginning */
    rounds(w, 1);
    w->now_us += SECOND_US;
    rounds(w, 1);
    assert_closed(half);
    assert_int_equal(w->told[GATE_SLOW_WRITER], 1);
    assert_silent(idle);
    w->now_us += 360 * SECOND_US;
    rounds(w, 1);
    assert_closed(idle);
    assert_int_equal(gate_server_counts(w->server).idled, 1);
    (void)close(idle);
    (void)close(half);
    end(w);
}

/* Who asks and does not listen is asked for nothing more, and is closed in the end. */
static void
test_slow_reader(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w), small = 1;
    uint64_t answers;

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    for (int i = 0; i < 20000; i++) {
        ssize_t n = send(fd, ASK, sizeof(ASK) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);

        rounds(w, 1);
        if (n < (ssize_t)sizeof(ASK) - 1)
            break;
    }
    rounds(w, 3);
    answers = gate_server_counts(w->server).answers;
    assert_true(answers > 0);
    rounds(w, 3);
    assert_int_equal(gate_server_counts(w->server).answers, answers);
    assert_int_equal(gate_server_counts(w->server).connections, 1);
    w->now_us += 15 * SECOND_US;
    rounds(w, 1);
    assert_int_equal(w->told[GATE_SLOW_READER], 1);
    assert_int_equal(gate_server_counts(w->server).connections, 0);
    (void)close(fd);
    end(w);
}

/* The same, but in the end it reads: every answer is whole, none is lost. */
static void
test_reader_awakes(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);
    uint64_t asked = 0;
    struct buf got = {0};
    char piece[4096];
    ssize_t n;

    while (send(fd, ASK, sizeof(ASK) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           sizeof(ASK) - 1) {
        asked++;
        rounds(w, 1);
    }
    for (int quiet = 0; quiet < 3 || got.len < asked * strlen(DUNNO);) {
        rounds(w, 2);
        n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
        quiet = n > 0 ? 0 : quiet + 1;
        assert_true(quiet < 1000);
        if (n > 0)
            buf_add(&got, (struct span){piece, (size_t)n});
    }
    assert_int_equal(got.len, asked * strlen(DUNNO));
    for (size_t i = 0; i < asked; i++)
        assert_memory_equal(got.ptr + i * strlen(DUNNO), DUNNO, strlen(DUNNO));
    buf_fini(&got);
    (void)close(fd);
    end(w);
}

static void
test_crowd(void **state UNUSED)
{
    struct world *w = begin();
    int fds[CONNECTIONS], late, none;

    for (size_t i = 0; i < CONNECTIONS; i++)
        fds[i] = client(w);
    say(fds[0], SPAN(ASK)); /* the second is the longest idle one now */
    rounds(w, 1);
    assert_heard(fds[0], DUNNO);
    late = client(w);
    assert_silent(fds[0]);
    assert_closed(fds[1]);
    say(late, SPAN(ASK));
    rounds(w, 1);
    assert_heard(late, DUNNO);
    assert_int_equal(w->told[GATE_EVICTED], 1);

    w->is_holding = true;
    (void)close(fds[1]);
    fds[1] = late;
    for (size_t i = 0; i < CONNECTIONS; i++)
        say(fds[i], SPAN(ASK));
    rounds(w, 2);
    none = client(w);
    assert_closed(none);
    assert_int_equal(w->told[GATE_REFUSED], 1);
    (void)close(none);
    for (size_t i = 0; i < CONNECTIONS; i++)
        (void)close(fds[i]);
    end(w);
}

/* Who waits for an answer when the server ends gets the fail answer. */
static void
test_end(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);

    w->is_holding = true;
    say(fd, SPAN(ASK));
    rounds(w, 1);
    gate_server_deafen(w->server);
    gate_server_free(w->server);
    w->server = NULL;
    assert_heard(fd, FAILED);
    assert_closed(fd);
    assert_int_equal(w->cancelled, 1);
    (void)close(fd);
    end(w);
}

/* Requests of all lengths about the bytes that are looked at at a time: whole, with the
 * end behind it, and two at once. */
static void
test_lengths(void **state UNUSED)
{
    struct world *w = begin();
    int fd = client(w);

    for (unsigned n = 0; n < 200; n++) {
        struct buf b = {0};

        buf_add_text(&b, HEAD "sender=");
        for (unsigned i = 0; i < n; i++)
            buf_add_byte(&b, 'a');
        buf_add_text(&b, "@example.org\n\n");
        say(fd, buf_span(&b));
        rounds(w, 1);
        assert_heard(fd, DUNNO);
        say(fd, span_head(buf_span(&b), b.len - 1));
        rounds(w, 1);
        assert_silent(fd);
        say(fd, SPAN("\n"));
        rounds(w, 1);
        assert_heard(fd, DUNNO);
        say(fd, buf_span(&b));
        say(fd, buf_span(&b));
        rounds(w, 2);
        assert_heard(fd, DUNNO DUNNO);
        buf_fini(&b);
    }
    (void)close(fd);
    rounds(w, 1);
    end(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole),         TEST(test_cut_anywhere), TEST(test_pipelined),
        TEST(test_half_close),    TEST(test_broken),       TEST(test_too_long),
        TEST(test_deadline),      TEST(test_hang_up),      TEST(test_overloaded),
        TEST(test_patience),      TEST(test_slow_reader),  TEST(test_crowd),
        TEST(test_reader_awakes), TEST(test_end),          TEST(test_lengths)};

    return RUN(tests);
}
