/* role: what the sandboxed processes have in common: how they start, hear from komainud,
 * and end.
 *
 * A role is executed by komainud with descriptor 3 as its socket to it. The order of its
 * life:
 *
 *     role_begin()    gives up root at once, then waits for HELLO and the configuration
 *     ...             the role prepares: compiles, opens its database, its netlink
 * sockets role_enter()    shuts the file system and the system calls, says READY
 *     role_run()      loops until komainud goes away or role_end() is called
 *
 * A role that cannot go on says why on stderr and exits; komainud starts it again.
 */
#pragma once

#include <sys/types.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "conf/config.h"
#include "wire/chan.h"

enum { ROLE_FD = 3 };

struct role;

/* A frame from komainud after the configuration; `passed` is a descriptor that came with
 * it and is now the callee's, or -1. */
typedef void role_frame_fn(struct role *r, const struct wire_frame *frame, int passed);

/* komainud is gone: the last chance to save. */
typedef void role_orphan_fn(struct role *r);

struct role {
    enum wire_role self;
    const char *folder;       /* --folder: where the role may write; NULL when nowhere */
    struct sandbox_user user; /* --uid, --gid, --groups */
    bool keeps_root;
    struct sandbox_folders
        folders; /* what stays open: `readable` is the role's to fill */
    struct loop loop;
    struct logger log;
    struct config config;
    struct chan up;
    struct loop_fd up_watch;
    uint64_t bans; /* what judge tells komainud with each sign of life */
    role_frame_fn *on_frame;
    role_orphan_fn *on_orphan;
    void *ctx; /* of the role's own */
};

/* Reads the arguments (--uid N, --gid N, --folder DIR, --groups N,N...), drops privileges
 * but CAP_NET_ADMIN when `has_net_admin`, and receives the configuration into r->config.
 * Exits with a message when any of it fails. */
void role_begin(struct role *r, enum wire_role self, bool has_net_admin, int argc,
                char **argv);

/* The same for the one role that keeps root, with every capability: its commands may need
 * them. It dies with komainud all the same. */
void role_begin_as_root(struct role *r, enum wire_role self, int argc, char **argv);

/* Closes the sandbox with these sets of enum sandbox_calls, and tells komainud that the
 * role is ready. Exits with a message when it cannot. */
void role_enter(struct role *r, unsigned calls);

/* Tells komainud that a role that keeps root is ready: it has no sandbox, which its
 * commands would inherit. Exits with a message when it cannot. */
void role_enter_as_root(struct role *r);

/* Runs the loop until the end; returns the exit status. */
NODISCARD int role_run(struct role *r);

/* Asks komainud something: sends one packet, waiting when the socket is full. */
void role_tell(struct role *r, struct span packet);

/* Judge or sensor: has komainud end and restart a neighbour that misbehaves. */
void role_restart(struct role *r, enum wire_role neighbour);

/* Ends the process unless the frame brings, as `passed`, the socket to neighbour `who`:
 * for a role that hears nothing else from komainud. */
void role_need_neighbour(struct role *r, enum wire_role who, const struct wire_frame *f,
                         int passed);

/* Watches `how->fd`, the socket to a neighbour, in place of the one before, which
 * role_lose_neighbour() has ended. Ends the process when it cannot. */
void role_take_neighbour(struct role *r, struct chan *chan, struct loop_fd *watch,
                         const struct loop_fd *how);

/* Closes the socket to a neighbour, if there is one (chan->fd is not -1); whether there
 * was. komainud brings a new one. */
bool role_lose_neighbour(struct role *r, struct chan *chan, struct loop_fd *watch);

/* Whose frames are read, and what the log says when one cannot be from there. */
struct role_neighbour {
    enum wire_role who;
    enum wire_channel channel;
    const char *misbehaves;
};

/* Takes a frame; false: it cannot be from there. It may lose the neighbour. */
typedef bool neighbour_frame_fn(void *ctx, const struct wire_frame *frame);

/* Reads what a neighbour has sent, a bounded number of packets. False when the caller is
 * to lose it: it is gone, or it misbehaves, and then komainud is asked to restart it. */
NODISCARD bool role_read_neighbour(struct role *r, const struct role_neighbour *from,
                                   struct chan *chan, neighbour_frame_fn *fn, void *ctx);

/* Says `what` went wrong and exits with status 1. */
NORETURN void role_fail(struct role *r, const char *what, const char *detail);
