/* komainu-resolver: looks names up for judge.
 *
 * It runs where the configuration needs names, and is alone in being linked with c-ares:
 * what foreign name servers send is parsed by no process that decides or acts. What it
 * says is believed for what judge asks of it: whom a name in `ignoreip` stands for, and
 * whose failure a line with a name is.
 *
 * /etc/resolv.conf and /etc/hosts are read before the sandbox closes, which leaves it no
 * file to open. When one of them has changed it ends, and komainud starts it again.
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/layers.h"
#include "resolve/hosts.h"
#include "role.h"
#include "wire/meaning.h"

enum {
    QUESTIONS_A_TURN = 64, /* packets */
    SEND_WAIT_MS = 5000,   /* longest wait for a judge that does not read */
    LOOK_US = 1000000,     /* how often the files are looked at, at most */
    ID_BITS = 40,          /* of judge's numbers; above them is which judge it was */
};

static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts"};

struct answers {
    struct role role;
    struct chan judge;
    struct loop_fd judge_watch;
    struct resolver *resolver;
    struct hosts hosts;
    struct stat seen[ARRAY_LEN(files)];
    uint64_t judges;   /* that came so far */
    int64_t looked_us; /* since boot: at the files */
};

/* --- the files --- */

static struct stat
look(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st : (struct stat){0};
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
read_hosts(struct answers *r)
{
    struct buf text = buf_bounded((size_t)2 * HOSTS_FILE_MAX);
    int e = layers_read_file("/etc/hosts", HOSTS_FILE_MAX, &text);

    hosts_init(&r->hosts);
    if (e && e != -ENOENT)
        log_line(&r->role.log, LOG_LEVEL_WARNING, "hosts-not-read", "error=\"%s\"",
                 strerror(-e));
    else
        hosts_read(&r->hosts, span_head(buf_span(&text), HOSTS_FILE_MAX));
    buf_fini(&text);
}

/* Ends the process when what it read at its start is no more what is there. */
static void
check_files(struct answers *r, int64_t now_us)
{
    if (now_us < r->looked_us + LOOK_US)
        return;
    r->looked_us = now_us;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct stat now = look(files[i]);

        if (is_same_file(&now, &r->seen[i]))
            continue;
        log_line(&r->role.log, LOG_LEVEL_INFO, "resolver-begins-anew",
                 "what=\"%s has changed\"", files[i]);
        loop_stop(&r->role.loop);
        return;
    }
}

/* --- judge --- */

static void
lose_judge(struct answers *r)
{
    if (r->judge.fd < 0)
        return;
    loop_remove(&r->role.loop, &r->judge_watch);
    (void)close(r->judge.fd); /* the next one asks anew */
    r->judge.fd = -1;
}

static void
send_judge(struct answers *r, struct span packet)
{
    struct pollfd p = {.fd = r->judge.fd, .events = POLLOUT};
    int e;

    while ((e = chan_send(r->judge.fd, packet, -1)) == -EAGAIN)
        if (poll(&p, 1, SEND_WAIT_MS) == 0)
            break;
    if (e)
        lose_judge(r); /* gone, or stuck, which komainud sees */
}

static void
on_answer(void *ctx, uint64_t id, const struct resolve_answer *answer)
{
    static const enum resolved outcomes[] = {[RESOLVE_FOUND] = RESOLVED_FOUND,
                                             [RESOLVE_NONE] = RESOLVED_NONE,
                                             [RESOLVE_FAILED] = RESOLVED_FAILED,
                                             [RESOLVE_BAD_NAME] = RESOLVED_BAD_NAME,
                                             [RESOLVE_BUSY] = RESOLVED_FAILED};
    struct answers *r = ctx;
    struct buf packet = {0};

    /* What a judge asked that is gone has the number of another question now. */
    if (r->judge.fd < 0 || id >> ID_BITS != r->judges)
        return;
    id &= (UINT64_C(1) << ID_BITS) - 1;
    for (size_t i = 0; i < answer->count; i++)
        wire_put_resolved_address(
            &packet, &(struct wire_resolved_address){.who = answer->addresses[i]});
    wire_put_resolved(
        &packet, &(struct wire_resolved){.id = id,
                                         .outcome = (uint8_t)outcomes[answer->outcome],
                                         .ttl_s = answer->ttl_s});
    send_judge(r, buf_span(&packet));
    buf_fini(&packet);
}

static void
take_frame(struct answers *r, const struct wire_frame *f)
{
    struct resolve_answer answer;
    struct wire_resolve m;

    if (f->type != WIRE_RESOLVE || !wire_get_resolve(f->fields, &m) || m.id >> ID_BITS)
        role_fail(&r->role, "bad frame from judge", wire_type_name(f->type));
    m.id |= r->judges << ID_BITS;
    if (hosts_find(&r->hosts, m.name, &answer))
        on_answer(r, m.id, &answer);
    else
        resolver_ask(r->resolver, m.id, m.name, clock_boot_us());
}

static void
on_judge(void *ctx, unsigned ready UNUSED)
{
    struct answers *r = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got = CHAN_EMPTY;

    check_files(r, clock_boot_us());
    for (int i = 0; i < QUESTIONS_A_TURN && r->judge.fd >= 0; i++) {
        got = chan_recv(&r->judge, &packet, NULL);
        if (got != CHAN_PACKET)
            break;
        while (packet.len) {
            if (wire_next(&packet, WIRE_JUDGE_TO_RESOLVER, &f) != WIRE_FRAME)
                role_fail(&r->role, "bad packet from judge", "a broken frame");
            take_frame(r, &f);
        }
    }
    if (got == CHAN_CLOSED || got == CHAN_BAD)
        lose_judge(r);
}

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct wire_neighbour neighbour;
    struct answers *r = role->ctx;
    int e;

    if (f->type != WIRE_NEIGHBOUR || !wire_get_neighbour(f->fields, &neighbour) ||
        neighbour.role != ROLE_JUDGE || passed < 0)
        role_fail(role, "bad frame from komainud", wire_type_name(f->type));
    lose_judge(r);
    r->judges++;
    r->judge.fd = passed;
    r->judge_watch = (struct loop_fd){.fd = passed, .fn = on_judge, .ctx = r};
    e = loop_add(&role->loop, &r->judge_watch, LOOP_READ);
    if (e)
        role_fail(role, "cannot watch judge", strerror(-e));
}

int
main(int argc, char **argv)
{
    static struct answers r;
    int e;

    role_begin(&r.role, ROLE_RESOLVER, false, argc, argv);
    r.role.on_frame = on_frame;
    r.role.ctx = &r;
    r.judge.fd = -1;
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        r.seen[i] = look(files[i]); /* before they are read */
    read_hosts(&r);
    e = resolver_new(&r.resolver, &r.role.loop, NULL, on_answer, &r);
    if (e)
        role_fail(&r.role, "cannot begin to resolve", strerror(-e));
    role_enter(&r.role, SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_RESOLVER);
    return role_run(&r.role);
}
