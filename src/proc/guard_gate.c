/* guard_gate: the sockets at which an MTA asks the gate; and that for its commands. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/load_gate.h"
#include "guard_children.h"
#include "guard_parts.h"
#include "listen.h"

/* But for the mode, which is changed in place. */
static bool
is_same(const struct config_gate_listen *a, const struct config_gate_listen *b)
{
    return strcmp(a->path, b->path) == 0 && a->port == b->port &&
           addr_eq(&a->address, &b->address);
}

/* The socket that is bound there; -1: none is. */
static int
find(const struct guard_gate *g, const struct config_gate_listen *where)
{
    for (size_t i = 0; i < g->count; i++)
        if (is_same(&g->places[i].where, where))
            return g->places[i].fd;
    return -1;
}

/* The socket that the service manager listens at there; -1: it does not. */
static int
find_handed(const struct guard *g, const struct config_gate_listen *where)
{
    for (int i = 0; i < g->handed_count; i++)
        if (listen_is_at(g->handed[i], where->path, &where->address, where->port))
            return g->handed[i];
    return -1;
}

int
guard_take_handed(struct guard *g, struct buf *why)
{
    int n = listen_handed(g->handed, ARRAY_LEN(g->handed));

    if (n < 0) {
        buf_printf(why,
                   "LISTEN_FDS: %s; hand over stream sockets that listen, %zu at most",
                   strerror(-n), ARRAY_LEN(g->handed));
        return n;
    }
    g->handed_count = n;
    return 0;
}

void
guard_note_handed(struct guard *g)
{
    int used = 0;

    for (size_t i = 0; i < g->gate.count; i++)
        used += find_handed(g, &g->gate.places[i].where) >= 0;
    if (used < g->handed_count)
        log_line(&g->log, LOG_LEVEL_WARNING, "handed-sockets-idle",
                 "sockets=%d what=\"nobody answers there: `listen` in [gate] of "
                 "komainu.conf has no such place\"",
                 g->handed_count - used);
}

/* The last folder of a path is made, for all to pass: in a queue of Postfix there is none
 * yet. Without it bind() tells. */
static void
make_folder(const char *path)
{
    ptrdiff_t slash = span_find_last(span_of(path), '/');
    char folder[sizeof((struct config_gate_listen){0}.path)];
    mode_t old_mask;

    if (slash <= 0 ||
        !span_cstr((struct span){path, (size_t)slash}, folder, sizeof(folder)))
        return;
    old_mask = umask(022);
    (void)mkdir(folder, 0755);
    (void)umask(old_mask); /* cannot fail */
}

static int
bind_place(const struct guard *g, const struct config_gate_listen *where)
{
    int tries = 0, fd = find_handed(g, where);

    if (fd >= 0) { /* it stays, for when the place is taken again */
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        return fd < 0 ? -errno : fd;
    }
    if (where->path[0])
        make_folder(where->path);
    do {
        fd = where->path[0] ? listen_unix(where->path, where->mode, SOCK_STREAM)
                            : listen_inet(&where->address, where->port);
    } while (fd == -EADDRINUSE && guard_waits(&tries));
    return fd;
}

/* What to do about it. */
static const char *
advice(int e)
{
    switch (-e) {
    case EADDRINUSE:
        return "; somebody else answers there: end it, or choose another place";
    case EACCES:
    case EPERM:
        return "; only its owner may write in that folder: choose one of root's, as "
               "/var/spool/postfix/komainu";
    case EROFS:
        return "; systemd keeps komainud out: add ReadWritePaths= with that folder "
               "(systemctl edit komainu), or choose /var/spool/postfix/komainu";
    case ENOENT:
        return "; make the folder, or choose another one";
    default:
        return "";
    }
}

static int
fail(const struct guard *g, struct guard_gate *new,
     const struct config_gate_listen *where, int e, struct buf *why)
{
    buf_add_text(why, "the gate cannot listen at ");
    config_gate_listen_print(where, why);
    buf_printf(why, ": %s%s\n", strerror(-e), advice(e));
    guard_drop_gate(g, new);
    return e;
}

int
guard_bind_gate(const struct guard *g, const struct config *c, struct guard_gate *out,
                struct buf *why)
{
    struct config_gate gate;
    int fd = 0;

    *out = (struct guard_gate){.control = g->gate.control};
    config_gate_init(&gate);
    must(load_gate_lines(&c->gate, &gate, why)); /* as the loader has */
    for (size_t i = 0; i < gate.listen_count; i++) {
        fd = find(&g->gate, &gate.listen[i]);
        if (fd < 0)
            fd = bind_place(g, &gate.listen[i]);
        if (fd < 0) {
            fd = fail(g, out, &gate.listen[i], fd, why);
            break;
        }
        out->places[out->count].where = gate.listen[i];
        out->places[out->count++].fd = fd;
    }
    if (fd >= 0 && gate.listen_count && out->control < 0) {
        out->control = guard_bind_control(g->gate_path, why);
        if (out->control < 0) {
            fd = out->control;
            guard_drop_gate(g, out);
        }
    }
    config_gate_fini(&gate);
    return fd < 0 ? fd : 0;
}

static void
close_place(const struct guard *g, const struct config_gate_listen *where, int fd)
{
    (void)close(fd); /* only listened */
    if (where->path[0] && find_handed(g, where) < 0)
        listen_remove(where->path);
}

static void
close_control(const struct guard *g, int fd)
{
    if (fd < 0)
        return;
    (void)close(fd);            /* only listened */
    (void)unlink(g->gate_path); /* of our own making */
}

void
guard_drop_gate(const struct guard *g, struct guard_gate *new)
{
    for (size_t i = 0; i < new->count; i++)
        if (find(&g->gate, &new->places[i].where) < 0)
            close_place(g, &new->places[i].where, new->places[i].fd);
    if (new->control != g->gate.control)
        close_control(g, new->control);
    *new = (struct guard_gate){.control = -1};
}

void
guard_take_gate(struct guard *g, const struct guard_gate *new)
{
    struct guard_gate old = g->gate;

    g->gate = *new;
    for (size_t i = 0; i < old.count; i++)
        if (find(new, &old.places[i].where) < 0)
            close_place(g, &old.places[i].where, old.places[i].fd);
    for (size_t i = 0; i < new->count; i++) {
        const struct config_gate_listen *l = &new->places[i].where;

        if (l->path[0] && chmod(l->path, l->mode) != 0)
            log_line(&g->log, LOG_LEVEL_ERROR, "gate-mode-failed", "error=%d", errno);
    }
    if (new->count == 0) {
        close_control(g, g->gate.control);
        g->gate.control = -1;
    }
}

static void
send_one(struct guard_child *role, int fd, struct span place, bool is_control)
{
    struct buf packet = {0};

    wire_put_gate_fd(&packet,
                     &(struct wire_gate_fd){.is_control = is_control, .place = place});
    guard_send(role, buf_span(&packet), fd);
    buf_fini(&packet);
}

void
guard_send_gate(struct guard *g)
{
    struct guard_child *role = guard_child_of(g, ROLE_GATE);
    struct buf place = {0};

    for (size_t i = 0; role && i < g->gate.count; i++) {
        config_gate_listen_print(&g->gate.places[i].where, &place);
        send_one(role, g->gate.places[i].fd, buf_span(&place), false);
        buf_clear(&place);
    }
    if (role && g->gate.control >= 0)
        send_one(role, g->gate.control, SPAN("control"), true);
    buf_fini(&place);
}

void
guard_remove_gate(struct guard *g)
{
    static const struct guard_gate none = {.control = -1};

    guard_take_gate(g, &none);
}
