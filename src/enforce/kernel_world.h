/* kernel_world: a network namespace with an enforcer in it and a judge that a test plays.
 * Included by the tests that need the kernel, once each. */
#pragma once

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "enforce/enforcer.h"

extern char **environ;

enum { WORLD_RESULTS = 32768, WORLD_TIMEOUT_S = 10 };

struct world {
    struct loop loop;
    struct logger log;
    struct config config;
    char table[16];
    struct config_protect protect[4];
    struct enforcer enforcer;
    struct loop_fd judge_io;
    struct loop_timer deadline;
    struct chan judge;
    bool (*is_done)(const struct world *w);
    bool is_late, is_closed;
    uint64_t sent, wanted;
    uint32_t results, resyncs, states;
    struct wire_own own;      /* the last one told */
    struct wire_held held[8]; /* the last ones told */
    struct wire_held_end held_end;
    uint32_t held_count, held_ends;
    uint8_t outcome[WORLD_RESULTS];
    struct wire_enforcer_state state;
};

/* Runs a program; its exit status. What it printed goes to *out (may be NULL). */
static inline int
run_to(struct buf *out, const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    int fd = memfd_create("out", MFD_CLOEXEC), status;
    char block[4096];
    ssize_t n;
    pid_t pid;

    assert_true(fd >= 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO), 0);
    assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL,
                                  (char *const *)(uintptr_t)argv, environ),
                     0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    while (out && (n = read(fd, block, sizeof(block))) > 0)
        buf_add(out, (struct span){block, (size_t)n});
    assert_int_equal(close(fd), 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#define RUN_TO(out, ...) run_to((out), (const char *const[]){__VA_ARGS__, NULL})
#define MUST_RUN(...) assert_int_equal(RUN_TO(NULL, __VA_ARGS__), 0)

/* A namespace of our own; false when this user may not have one. */
static inline bool
world_unshare(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
}

/* Takes in what the enforcer sent: a loop_fd_fn. */
static inline void
world_read(void *ctx, unsigned ready UNUSED)
{
    struct world *w = ctx;
    struct wire_result r;
    struct wire_resync y;
    struct wire_frame f;
    struct span packet;
    enum chan_got got;

    while ((got = chan_recv(&w->judge, &packet, NULL)) == CHAN_PACKET)
        while (wire_next(&packet, WIRE_ENFORCER_TO_JUDGE, &f) == WIRE_FRAME) {
            assert_true(f.type == WIRE_RESULT || f.type == WIRE_RESYNC ||
                        f.type == WIRE_ENFORCER_STATE || f.type == WIRE_OWN ||
                        f.type == WIRE_HELD || f.type == WIRE_HELD_END);
            if (f.type == WIRE_HELD)
                assert_true(wire_get_held(f.fields, &w->held[w->held_count++ % 8]));
            if (f.type == WIRE_HELD_END) {
                assert_true(wire_get_held_end(f.fields, &w->held_end));
                w->held_ends++;
            }
            if (f.type == WIRE_OWN)
                assert_true(wire_get_own(f.fields, &w->own));
            if (f.type == WIRE_RESULT && wire_get_result(f.fields, &r)) {
                assert_true(r.id < WORLD_RESULTS);
                w->outcome[r.id] = r.outcome;
                w->results++;
            }
            w->resyncs += f.type == WIRE_RESYNC && wire_get_resync(f.fields, &y);
            w->states += f.type == WIRE_ENFORCER_STATE &&
                         wire_get_enforcer_state(f.fields, &w->state);
        }
    if (got == CHAN_EMPTY)
        return;
    w->is_closed = true;
    loop_remove(&w->loop, &w->judge_io);
}

/* Ends the loop when what is waited for is there; called after each round. */
static inline void
world_turn(void *ctx)
{
    struct world *w = ctx;

    if (w->is_done && w->is_done(w))
        loop_stop(&w->loop);
}

/* Ends the loop because it took too long: a timer. */
static inline void
world_late(void *ctx)
{
    struct world *w = ctx;

    w->is_late = true;
    loop_stop(&w->loop);
}

/* Runs the enforcer until `is_done`; fails the test when that takes too long. */
static inline void
world_until(struct world *w, bool (*is_done)(const struct world *w))
{
    w->is_done = is_done;
    w->loop.is_stopped = is_done(w);
    w->deadline = (struct loop_timer){.fn = world_late, .ctx = w};
    loop_timer_set(&w->loop, &w->deadline, WORLD_TIMEOUT_S * SECOND_US);
    assert_int_equal(loop_run(&w->loop), 0);
    loop_timer_clear(&w->loop, &w->deadline);
    assert_false(w->is_late);
}

/* For world_until(): every request has its result. */
static inline bool
has_all(const struct world *w)
{
    return w->results >= w->sent;
}

/* For world_until(): `wanted` resyncs came. */
static inline bool
has_resync(const struct world *w)
{
    return w->resyncs >= w->wanted;
}

/* For world_until(): `wanted` states came. */
static inline bool
has_state(const struct world *w)
{
    return w->states >= w->wanted;
}

/* For world_until(): the enforcer closed the socket to its judge. */
static inline bool
has_closed(const struct world *w)
{
    return w->is_closed;
}

/* Gives the enforcer a new judge, and waits until it has told its state. */
static inline void
world_attach(struct world *w)
{
    int fds[2];

    assert_int_equal(chan_pair(fds), 0);
    w->judge.fd = fds[0];
    w->judge_io = (struct loop_fd){.fd = fds[0], .fn = world_read, .ctx = w};
    w->is_closed = false;
    assert_int_equal(loop_add(&w->loop, &w->judge_io, LOOP_READ), 0);
    assert_int_equal(enforcer_attach_judge(&w->enforcer, fds[1]), 0);
    w->wanted = w->states + 1;
    world_until(w, has_state);
}

/* A new namespace and a configuration; world_start() then starts the enforcer. */
static inline struct world *
world_new(bool is_kernel_6_1)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    assert_true(world_unshare());
    MUST_RUN("ip", "link", "set", "lo", "up");
    assert_int_equal(loop_init(&w->loop), 0);
    w->loop.turn = world_turn;
    w->loop.round_ctx = w;
    w->log.level = getenv("VERBOSE") ? LOG_LEVEL_INFO : (enum log_level)1;
    (void)snprintf(w->table, sizeof(w->table), "komainu");
    w->config = (struct config){
        .scope_count = 2,
        .guarded = {{6, 25, 25}, {6, 587, 588}},
        .guarded_count = 2,
        .protect = w->protect,
        .limits = {.max_bans = NFT_SIZE_USUAL,
                   .bans_per_s = 100000,
                   .max_bantime_s = CONFIG_FOREVER_S,
                   .min_bits4 = 20,
                   .min_bits6 = 40,
                   .is_kernel_6_1 = is_kernel_6_1,
                   .is_destroying = true},
        .table = w->table,
    };
    w->config.scopes[1] =
        (struct config_scope){.ports = {{6, 8080, 8090}, {17, 5353, 5353}}, .count = 2};
    return w;
}

/* Starts the enforcer and gives it its judge. */
static inline void
world_start(struct world *w)
{
    assert_int_equal(enforcer_init(&w->enforcer, &w->loop, &w->log, &w->config), 0);
    world_attach(w);
}

/* Ends the enforcer and frees all; the namespace goes with the process. */
static inline void
world_free(struct world *w)
{
    enforcer_fini(&w->enforcer);
    loop_remove(&w->loop, &w->judge_io);
    if (w->judge.fd > 0)
        assert_int_equal(close(w->judge.fd), 0);
    loop_fini(&w->loop);
    mem_free(w);
}

/* The address or prefix of `text`; the test fails when it is none. */
static inline struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

/* Appends one request (0 seconds: unban) to a packet and counts it as sent. */
static inline void
put_request(struct world *w, struct buf *packet, const char *who, unsigned scope,
            int64_t seconds)
{
    struct wire_ban b = {.id = w->sent, .who = address(who), .scope = (uint16_t)scope};
    struct wire_unban u = {.id = w->sent, .who = b.who, .scope = b.scope};

    w->sent++;
    b.remaining_s = seconds;
    if (seconds)
        wire_put_ban(packet, &b);
    else
        wire_put_unban(packet, &u);
}

/* Sends the packet, frees it, waits, and gives the outcome of its last request. */
static inline enum outcome
world_ask(struct world *w, struct buf *packet)
{
    assert_int_equal(chan_send(w->judge.fd, buf_span(packet), -1), 0);
    buf_fini(packet);
    world_until(w, has_all);
    return (enum outcome)w->outcome[w->sent - 1];
}

/* Sends one request (0 seconds: unban), waits, and gives its outcome. */
static inline enum outcome
ask(struct world *w, const char *who, unsigned scope, int64_t seconds)
{
    struct buf packet = {0};

    put_request(w, &packet, who, scope, seconds);
    return world_ask(w, &packet);
}

/* The same for a hole (0 seconds: its end). */
static inline enum outcome
ask_hole(struct world *w, const char *who, int64_t seconds)
{
    struct wire_hole h = {.id = w->sent, .who = address(who), .remaining_s = seconds};
    struct wire_unhole u = {.id = w->sent++, .who = h.who};
    struct buf packet = {0};

    if (seconds)
        wire_put_hole(&packet, &h);
    else
        wire_put_unhole(&packet, &u);
    return world_ask(w, &packet);
}

/* Tells whom a person allows, or no longer; what is asked next comes behind it. */
static inline void
tell_allow(struct world *w, const char *who, bool is_gone)
{
    struct buf packet = {0};

    wire_put_allow(&packet,
                   &(struct wire_allow){.who = address(who), .is_gone = is_gone});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    buf_fini(&packet);
}

/* Whether nft finds the element, and whether what it shows has `text`. */
static inline bool
is_shown(const char *set, const char *who, const char *text)
{
    char element[80];
    struct buf out = {0};
    bool is_there;

    (void)snprintf(element, sizeof(element), "{ %s }", who);
    is_there =
        RUN_TO(&out, "nft", "get", "element", "inet", "komainu", set, element) == 0;
    is_there = is_there && (!text || span_find(buf_span(&out), span_of(text)) >= 0);
    buf_fini(&out);
    return is_there;
}
