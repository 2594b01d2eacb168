/* enforcer: decision to kernel: what the process with CAP_NET_ADMIN does.
 *
 * It keeps the table in the kernel, against everybody who removes or changes it; does
 * what judge asks after may_ban(); cuts open connections; and knows panic. All sockets
 * are opened by enforcer_init(): afterwards it needs sendto, sendmsg, recvmsg, epoll,
 * write, clock_gettime, close and what malloc needs. It builds no state from what the
 * kernel holds: after a rebuild judge is asked (RESYNC) to send every ban again.
 *
 *     rc = enforcer_init(&e, &loop, &log, &config);
 *     drop privileges, close the sandbox
 *     rc = enforcer_attach_judge(&e, fd);
 *     rc = loop_run(&loop);
 */
#pragma once

#include "base/log.h"
#include "base/loop.h"
#include "enforce/judge_link.h"
#include "enforce/nft_bans.h"
#include "enforce/nft_watch.h"
#include "enforce/protect.h"
#include "enforce/route.h"
#include "enforce/slots.h"
#include "enforce/sockets.h"
#include "wire/meaning.h"

enum { ENFORCER_REBUILDS_PER_S = 10, ENFORCER_OWN_TOLD = 1024 /* fit in a packet */ };

struct enforcer {
    struct loop *loop;           /* borrowed */
    struct logger *log;          /* borrowed */
    const struct config *config; /* borrowed */
    struct nft_table table;
    struct nft_bans bans;
    struct protect protect;
    struct sockets sockets;
    struct slots slots;
    struct nl_socket nft, watch, route, route_ask;
    struct nl_batch batch;
    struct loop_fd watch_io, route_io;
    struct loop_timer udp_timer, build_timer, route_timer, cut_timer, slots_timer;
    struct judge_link judge;
    bool is_judge_leaving; /* it has said that it goes: no need to tell */
    struct request requests[REQUEST_MAX];
    size_t request_count;
    struct request *cut; /* bans whose connections cut_timer will cut */
    size_t cut_count, cut_room;
    bool is_cutting_many; /* while judge repeats bans: they wait longer for a look */
    uint16_t udp[NFT_UDP_PORTS_MAX];
    size_t udp_count;
    bool is_open;               /* panic */
    bool has_table;             /* ours is in the kernel, as far as we know */
    bool has_former;            /* it has scopes of a former configuration */
    struct request_marks marks; /* of the present round */
    uint64_t handle;            /* of that table */
    uint64_t rebuilds;
    int64_t second_us; /* when the present second of rebuilds began */
    uint32_t in_second;
    int64_t
        slept_us; /* when judge sent every ban, the machine had been asleep for this */
    enum resync_why why; /* of the rebuild that waits for build_timer */
    struct wire_enforcer_state told;
    struct buf held;  /* frames that say what the kernel holds */
    size_t held_at;   /* from here on they are to be sent */
    bool has_new_own; /* own addresses that judge has not been told */
};

/* Opens and probes, takes over or builds the table. 0; else a negative errno, said in the
 * log, and *e is as enforcer_fini() leaves it. `c` must outlive *e; *e must not move. */
NODISCARD int enforcer_init(struct enforcer *e, struct loop *l, struct logger *log,
                            const struct config *c);

/* Serves the judge at `fd` (taken over, closed in the end) in place of a former one. 0,
 * or a negative errno; then `fd` is closed. */
NODISCARD int enforcer_attach_judge(struct enforcer *e, int fd);

/* Closes everything; the table and its bans stay in the kernel. Zeroed is legal. */
void enforcer_fini(struct enforcer *e);
