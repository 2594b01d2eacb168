/* gate_work: what the gate does in both its lives. */
#include <errno.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "gate.h"
#include "gate_accounts.h"
#include "gate_memory.h"
#include "gate_share.h"

enum {
    FILES_BESIDE = 128, /* descriptors that are no connections */
    CONNECTIONS_MIN = 16,
    SPIN_US = 50, /* about what a client takes from an answer to its next request */
};

unsigned
gate_calls(void)
{
    return SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_ACCEPT | SANDBOX_DATABASE |
           SANDBOX_RESOLVER;
}

static void
wake(void *ctx)
{
    struct gate *g = ctx;

    gate_server_wake(g->server, clock_wall_us(), clock_boot_us());
}

static void
turn(void *ctx)
{
    struct gate *g = ctx;

    gate_memory_turn(g);
    gate_server_flush(g->server);
    gate_decide_turn(g, clock_boot_us());
    gate_share_turn(g);
}

static void
on_trouble(void *ctx, enum gate_trouble what, unsigned listener)
{
    struct gate *g = ctx;
    enum log_level level = what == GATE_CUT || what == GATE_GONE ? LOG_LEVEL_DEBUG
                           : what == GATE_EVICTED                ? LOG_LEVEL_INFO
                                                                 : LOG_LEVEL_WARNING;

    log_line(g->log, level, "gate-trouble", "what=%s at=%s", gate_trouble_name(what),
             g->places[listener]);
}

/* As many connections as are asked for, or as the system lets us have. */
static size_t
make_room(struct gate *g)
{
    size_t wanted = g->config.connections, room = CONNECTIONS_MIN;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return room;
    if (files.rlim_cur < wanted + FILES_BESIDE)
        files.rlim_cur = files.rlim_max < wanted + FILES_BESIDE ? files.rlim_max
                                                                : wanted + FILES_BESIDE;
    if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= wanted + FILES_BESIDE)
        return wanted;
    if (files.rlim_cur > FILES_BESIDE + CONNECTIONS_MIN)
        room = files.rlim_cur - FILES_BESIDE;
    log_line(g->log, LOG_LEVEL_WARNING, "gate-few-connections",
             "connections=%zu asked=%zu reason=\"RLIMIT_NOFILE\"", room, wanted);
    return room;
}

int
gate_open(struct gate *g)
{
    const struct config_gate *c = &g->config;
    struct gate_server_options o = {.deadline_us = c->deadline_s * SECOND_US,
                                    .idle_us = c->idle_s * SECOND_US,
                                    .decide = gate_decide,
                                    .before_answers = gate_before_answers,
                                    .trouble = on_trouble,
                                    .ctx = g};
    int e;

    if (c->is_fail_closed)
        o.fail = (struct gate_answer){.action = GATE_DEFER_IF_PERMIT,
                                      .text = span_of(c->fail_text)};
    e = gate_decide_open(g);
    if (e)
        return e;
    o.connections = make_room(g);
    g->started_us = clock_boot_us();
    g->connections_max = o.connections;
    gate_server_new(&g->server, g->loop, &o);
    g->loop->wake = wake;
    g->loop->turn = turn;
    g->loop->round_ctx = g;
    loop_spin(g->loop, SPIN_US);
    wake(g);
    return 0;
}

void
gate_fill_folders(struct gate *g, struct sandbox_folders *out)
{
    out->writable = g->folder;
    gate_find_folders(&g->config, &g->folders);
    for (size_t i = 0; i < g->folders.count; i++)
        out->readable[out->readable_count++] = g->folders.paths[i];
}

int
gate_serve(struct gate *g, int fd, struct span place)
{
    struct buf shown = {0};
    int e = gate_server_listen(g->server, fd);

    buf_escaped(&shown, place);
    if (e) {
        log_line(g->log, LOG_LEVEL_ERROR, "gate-cannot-listen", "at=%s error=\"%s\"",
                 shown.ptr, strerror(-e));
        buf_fini(&shown);
        return e;
    }
    log_line(g->log, LOG_LEVEL_INFO, "gate-listening", "at=%s", shown.ptr);
    g->places[g->place_count++] = buf_detach(&shown);
    return 0;
}

void
gate_close(struct gate *g)
{
    gate_control_end(g);
    gate_memory_stop(g);
    gate_accounts_stop(g);
    gate_server_free(g->server);
    gate_share_end(g);
    gate_decide_close(g);
    gate_memory_end(g);
    gate_accounts_end(g);
    for (unsigned i = 0; i < g->place_count; i++)
        mem_free(g->places[i]);
    config_gate_fini(&g->config);
    *g = (struct gate){0};
}
