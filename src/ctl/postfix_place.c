#include "ctl/postfix_place.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/load_gate.h"
#include "ctl/local.h"
#include "ctl/postfix_plan.h"

enum { PATIENCE_S = 5 }; /* with a place that does not answer */

/* Whether smtpd reaches it, wherever it is chrooted. */
static bool
is_in_queue(const struct config_gate_listen *l, struct span queue)
{
    struct buf text = {0}, service = {0}, why = {0};
    bool is_in;

    config_gate_listen_print(l, &text);
    is_in = l->path[0] && postfix_service(buf_span(&text), queue, &service, &why);
    buf_fini(&text);
    buf_fini(&service);
    buf_fini(&why);
    return is_in;
}

/* Nobody can connect to every address. */
static void
to_loopback(struct addr *a)
{
    static const uint8_t none[16], four[4] = {127, 0, 0, 1}, six[16] = {[15] = 1};
    uint8_t family = a->family;

    if (memcmp(a->bytes, none, family == 6 ? 16 : 4) == 0)
        *a = addr_from_bytes(family, family == 6 ? six : four);
}

bool
postfix_place_choose(const struct config_gate *gate, struct span queue,
                     struct config_gate_listen *out)
{
    for (size_t i = 0; i < gate->listen_count; i++)
        if (is_in_queue(&gate->listen[i], queue)) {
            *out = gate->listen[i];
            return true;
        }
    for (size_t i = 0; i < gate->listen_count; i++)
        if (!gate->listen[i].path[0]) {
            *out = gate->listen[i];
            to_loopback(&out->address);
            return true;
        }
    return false;
}

/* What the configuration says of the gate. False with its errors. */
static bool
load(const struct ctl_args *args, struct config_gate *out, struct buf *errors)
{
    struct config config;
    bool is_good = local_load(args, &config, errors);

    if (is_good) {
        must(load_gate_lines(&config.gate, out, errors)); /* config_load() took them */
        config_fini(&config);
    }
    return is_good;
}

static void
say_lines(const struct config_gate *gate, struct span queue, struct buf *error)
{
    buf_printf(error,
               "%s; add to komainu.conf\n  [gate]\n  listen = unix:%.*s/komainu/gate\n",
               gate->listen_count ? "no place of [gate] is one that smtpd reaches"
                                  : "the configuration has no gate",
               SPAN_FMT(queue));
    if (!gate->listen_count)
        buf_add_text(error, "  recipient_restrictions = greylist\n");
    buf_add_text(error,
                 "and run `komainu reload`; or say with --listen where the gate is");
}

static bool
is_listed(const struct config_gate *gate, const struct config_gate_listen *where)
{
    for (size_t i = 0; i < gate->listen_count; i++) {
        struct config_gate_listen l = gate->listen[i];

        to_loopback(&l.address);
        if (strcmp(l.path, where->path) == 0 && l.port == where->port &&
            addr_eq(&l.address, &where->address))
            return true;
    }
    return false;
}

enum ctl_exit
postfix_place_find(const struct ctl_args *args, struct span queue,
                   struct postfix_place *out, struct buf *error)
{
    struct config_gate gate;
    struct buf errors = {0};
    enum ctl_exit code = CTL_DONE;
    bool is_given = args->given[OPT_LISTEN], is_loaded;

    if (is_given &&
        !config_gate_listen_read(span_of(args->value[OPT_LISTEN]), &out->where, error))
        return CTL_USAGE;
    config_gate_init(&gate);
    is_loaded = load(args, &gate, &errors);
    if (is_given) {
        /* The gate may be another one than this machine's. */
        out->is_open = is_loaded && !gate.is_fail_closed && is_listed(&gate, &out->where);
    } else if (!is_loaded) {
        buf_add(error, buf_span(&errors));
        code = CTL_USAGE;
    } else if (postfix_place_choose(&gate, queue, &out->where)) {
        out->is_open = !gate.is_fail_closed;
    } else {
        say_lines(&gate, queue, error);
        code = CTL_NO_MATCH;
    }
    buf_fini(&errors);
    config_gate_fini(&gate);
    return code;
}

static int
connect_to(const struct sockaddr *name, socklen_t size)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), e = 0;

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
        connect(fd, name, size) != 0)
        e = -errno;
    (void)close(fd); /* nothing was sent */
    return e == -EINPROGRESS || e == -EAGAIN ? -ETIMEDOUT : e;
}

int
postfix_place_try(const struct config_gate_listen *where)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(where->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(where->port)};

    if (where->path[0]) {
        memcpy(un.sun_path, where->path, sizeof(un.sun_path));
        return connect_to((const struct sockaddr *)&un, sizeof(un));
    }
    memcpy(&in4.sin_addr, where->address.bytes, sizeof(in4.sin_addr));
    memcpy(&in6.sin6_addr, where->address.bytes, sizeof(in6.sin6_addr));
    return where->address.family == 6
               ? connect_to((const struct sockaddr *)&in6, sizeof(in6))
               : connect_to((const struct sockaddr *)&in4, sizeof(in4));
}
