#include "role.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/config_wire.h"

enum { PACKETS_A_TURN = 64 }; /* of one neighbour */

void
role_fail(struct role *r, const char *what, const char *detail)
{
    log_line(&r->log, LOG_LEVEL_ERROR, "role-failed", "role=%s what=\"%s\" reason=\"%s\"",
             wire_role_name(r->self), what, detail);
    exit(1);
}

void
role_need_neighbour(struct role *r, enum wire_role who, const struct wire_frame *f,
                    int passed)
{
    struct wire_neighbour m;

    if (f->type != WIRE_NEIGHBOUR || !wire_get_neighbour(f->fields, &m) ||
        m.role != who || passed < 0)
        role_fail(r, "bad frame from komainud", wire_type_name(f->type));
}

void
role_take_neighbour(struct role *r, struct chan *chan, struct loop_fd *watch,
                    const struct loop_fd *how)
{
    int e;

    chan->fd = how->fd;
    *watch = *how;
    e = loop_add(&r->loop, watch, LOOP_READ);
    if (e)
        role_fail(r, "cannot watch a neighbour", strerror(-e));
}

bool
role_lose_neighbour(struct role *r, struct chan *chan, struct loop_fd *watch)
{
    if (chan->fd < 0)
        return false;
    loop_remove(&r->loop, watch);
    (void)close(chan->fd); /* who is left sends again what was not answered */
    chan->fd = -1;
    return true;
}

/* Every frame of a packet; NULL, or the type of the one that cannot be. */
static const char *
take_frames(const struct role_neighbour *from, struct span packet, neighbour_frame_fn *fn,
            void *ctx)
{
    struct wire_frame f = {0};

    while (packet.len)
        if (wire_next(&packet, from->channel, &f) != WIRE_FRAME || !fn(ctx, &f))
            return wire_type_name(f.type);
    return NULL;
}

bool
role_read_neighbour(struct role *r, const struct role_neighbour *from, struct chan *chan,
                    neighbour_frame_fn *fn, void *ctx)
{
    struct span packet;
    const char *wrong;
    enum chan_got got = CHAN_EMPTY;

    for (int i = 0; i < PACKETS_A_TURN && chan->fd >= 0; i++) {
        got = chan_recv(chan, &packet, NULL);
        if (got != CHAN_PACKET)
            break;
        wrong = take_frames(from, packet, fn, ctx);
        if (wrong) {
            log_line(&r->log, LOG_LEVEL_ERROR, from->misbehaves, "frame=%s", wrong);
            role_restart(r, from->who);
            return false;
        }
    }
    return got != CHAN_CLOSED && got != CHAN_BAD;
}

/* Reads "4,999" into the user's groups. */
static bool
read_groups(struct sandbox_user *user, struct span text)
{
    struct span one;
    uint64_t gid;

    while (text.len) {
        if (!span_cut(text, SPAN(","), &one, &text)) {
            one = text;
            text = (struct span){0};
        }
        if (user->group_count == SANDBOX_GROUPS_MAX ||
            !span_u64(one, 1, UINT32_MAX - 1, &gid))
            return false;
        user->groups[user->group_count++] = (gid_t)gid;
    }
    return true;
}

static bool
read_argument(struct role *r, const char *name, const char *value)
{
    uint64_t id;

    if (strcmp(name, "--folder") == 0) {
        r->folder = value;
        return true;
    }
    if (strcmp(name, "--groups") == 0)
        return read_groups(&r->user, span_of(value));
    if (!span_u64(span_of(value), 0, UINT32_MAX - 1, &id))
        return false;
    if (strcmp(name, "--uid") == 0)
        r->user.id = (uid_t)id;
    else if (strcmp(name, "--gid") == 0)
        r->user.group = (gid_t)id;
    else
        return false;
    return true;
}

static void
read_arguments(struct role *r, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (!read_argument(r, argv[i], argv[i + 1]))
            role_fail(r, "bad argument", argv[i]);
    if (argc < 2 || (r->user.id == 0) != r->keeps_root ||
        (r->user.group == 0) != r->keeps_root)
        role_fail(r, "started by hand", "this program is started by komainud");
}

static void
wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    while (poll(&p, 1, -1) < 0 && errno == EINTR) {
    }
}

static void
check_hello(struct role *r, const struct wire_frame *f)
{
    struct wire_hello hello;

    if (f->type != WIRE_HELLO || !wire_get_hello(f->fields, &hello))
        role_fail(r, "no greeting from komainud", wire_type_name(f->type));
    if (hello.hash != wire_hash())
        role_fail(r, "komainud is of another version", "install all programs together");
}

/* Takes one packet of the configuration; `*has_hello`: the greeting was seen. Whether it
 * is complete. */
static bool
take_config(struct role *r, struct span packet, bool *has_hello)
{
    enum config_taken taken = CONFIG_TAKEN;
    struct wire_frame f;

    while (packet.len && taken != CONFIG_DONE) {
        if (wire_next(&packet, WIRE_TO_ROLE, &f) != WIRE_FRAME)
            role_fail(r, "bad configuration", "a broken frame");
        if (!*has_hello) {
            check_hello(r, &f);
            *has_hello = true;
            continue;
        }
        taken = config_take(&r->config, &f);
        if (taken == CONFIG_REFUSED)
            role_fail(r, "bad configuration", wire_type_name(f.type));
    }
    return taken == CONFIG_DONE;
}

/* Takes packets until the configuration is complete. */
static void
receive_config(struct role *r)
{
    bool has_hello = false, is_complete = false;
    struct span packet;
    enum chan_got got;

    while (!is_complete) {
        got = chan_recv(&r->up, &packet, NULL);
        if (got == CHAN_PACKET)
            is_complete = take_config(r, packet, &has_hello);
        else if (got == CHAN_EMPTY)
            wait_for(r->up.fd, POLLIN);
        else
            exit(0); /* komainud is gone before it began */
    }
}

/* What every role does before it gives up root. */
static void
begin(struct role *r, int argc, char **argv)
{
    r->log.program = wire_role_name(r->self);
    r->log.has_priority_prefix = log_is_journal(getenv("JOURNAL_STREAM"));
    /* Ctrl-C and the end of the service are for komainud, which ends us in order. Known
     * signals: none of these calls can fail. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    read_arguments(r, argc, argv);
    clock_load_zone();
}

/* Receives the configuration, with a loop ready. */
static void
hear_config(struct role *r)
{
    int e = loop_init(&r->loop);

    if (e)
        role_fail(r, "cannot make an epoll set", strerror(-e));
    receive_config(r);
    r->log.level = config_own_level(r->config.loglevel);
}

void
role_begin(struct role *r, enum wire_role self, bool has_net_admin, int argc, char **argv)
{
    int e;

    *r = (struct role){.self = self, .up = {.fd = ROLE_FD}};
    begin(r, argc, argv);
    r->user.has_net_admin = has_net_admin;
    e = sandbox_become(&r->user);
    if (e)
        role_fail(r, "cannot drop privileges", strerror(-e));
    hear_config(r);
}

void
role_begin_as_root(struct role *r, enum wire_role self, int argc, char **argv)
{
    pid_t parent = getppid();

    *r = (struct role){.self = self, .up = {.fd = ROLE_FD}, .keeps_root = true};
    begin(r, argc, argv);
    /* The parent may be gone by now. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        role_fail(r, "cannot follow komainud", strerror(errno));
    /* Nothing but its socket, whatever komainud had open. */
    if (close_range(ROLE_FD + 1, ~0U, 0) != 0)
        role_fail(r, "cannot close what was inherited", strerror(errno));
    hear_config(r);
}

/* komainud asks whether we are alive: said by the loop, so that one that is stuck is
 * silent. */
static void
answer_ping(struct role *r)
{
    struct buf pong = {0};

    wire_put_pong(&pong, &(struct wire_pong){.bans = r->bans});
    role_tell(r, buf_span(&pong));
    buf_fini(&pong);
}

static void
on_up(void *ctx, unsigned ready UNUSED)
{
    struct role *r = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got;
    int passed;

    while ((got = chan_recv(&r->up, &packet, &passed)) == CHAN_PACKET) {
        /* A descriptor comes with a packet of one frame. */
        while (packet.len) {
            if (wire_next(&packet, WIRE_TO_ROLE, &f) != WIRE_FRAME)
                role_fail(r, "bad packet from komainud", "a broken frame");
            if (f.type == WIRE_PING)
                answer_ping(r);
            else
                r->on_frame(r, &f, passed);
            passed = -1;
        }
    }
    if (got == CHAN_EMPTY)
        return;
    if (got == CHAN_BAD)
        role_fail(r, "bad packet from komainud",
                  "too long, or its descriptor did not arrive");
    if (r->on_orphan)
        r->on_orphan(r);
    loop_stop(&r->loop);
}

static void
watch_komainud(struct role *r)
{
    int e;

    r->up_watch = (struct loop_fd){.fd = r->up.fd, .fn = on_up, .ctx = r};
    e = loop_add(&r->loop, &r->up_watch, LOOP_READ);
    if (e)
        role_fail(r, "cannot watch komainud", strerror(-e));
}

static void
say_ready(struct role *r)
{
    struct buf hello = {0};

    wire_put_ready(&hello, &(struct wire_ready){.role = (uint8_t)r->self});
    role_tell(r, buf_span(&hello));
    buf_fini(&hello);
}

void
role_enter_as_root(struct role *r)
{
    watch_komainud(r);
    say_ready(r);
}

void
role_enter(struct role *r, unsigned calls)
{
    int e;

    r->folders.writable = r->folder;
    switch (sandbox_files(&r->folders)) {
    case SANDBOX_FILES_SHUT:
        break;
    case SANDBOX_NO_LANDLOCK:
        log_line(&r->log, LOG_LEVEL_WARNING, "no-landlock",
                 "this kernel has no Landlock; the other walls of the sandbox stand");
        break;
    case SANDBOX_FILES_FAILED:
        role_fail(r, "cannot shut the file system off", strerror(errno));
    }
    watch_komainud(r);
    e = sandbox_calls(calls);
    if (e)
        role_fail(r, "cannot install the seccomp filter", strerror(-e));
    say_ready(r);
}

int
role_run(struct role *r)
{
    int e = loop_run(&r->loop);

    if (e)
        role_fail(r, "the event loop failed", strerror(-e));
    return 0;
}

void
role_tell(struct role *r, struct span packet)
{
    int e;

    while ((e = chan_send(r->up.fd, packet, -1)) == -EAGAIN)
        wait_for(r->up.fd, POLLOUT);
    if (e)
        loop_stop(&r->loop); /* komainud is gone; the loop sees it too */
}

void
role_restart(struct role *r, enum wire_role neighbour)
{
    struct buf packet = {0};

    wire_put_restart(&packet, &(struct wire_restart){.role = (uint8_t)neighbour});
    role_tell(r, buf_span(&packet));
    buf_fini(&packet);
}
