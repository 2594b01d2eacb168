/* kernel_life: a network namespace with an enforcer in it, from its start to its end.
 */
#pragma once

#include "run_program.h"

#include <sched.h>

#include "base/mem.h"
#include "kernel_world.h"

/* A namespace of our own; false when this user may not have one. */
static inline bool
world_unshare(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
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
