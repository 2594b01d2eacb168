#include "resolve/resolve.h"

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/table.h"

enum {
    SOCKETS_MAX = 64,
    TRY_MS = 1500, /* of the first try; c-ares doubles it */
    TRIES = 2,
};

struct cached {
    int64_t until_us;
    struct resolve_answer answer;
};

/* A name that c-ares is asked for. */
struct query {
    struct resolver *resolver; /* NULL: this place is free */
    struct host_key name;
};

/* A socket of c-ares that is watched. */
struct socket {
    struct resolver *resolver;
    struct loop_fd watch;
};

/* Somebody who waits for a name. */
struct asker {
    struct asker *next;
    uint64_t id;
    struct host_key name;
    int64_t deadline_us;
};

struct resolver {
    struct loop *loop;
    resolve_fn *fn;
    void *ctx;
    ares_channel channel;
    struct socket sockets[SOCKETS_MAX];
    struct loop_timer retry;    /* c-ares wants to look */
    struct loop_timer deadline; /* of the asker that waits longest */
    struct query queries[RESOLVE_IN_FLIGHT_MAX];
    struct asker *first, *last; /* in the order of their deadlines */
    size_t waiting;
    struct table cache; /* host_key -> cached */
    bool is_ending;
};

/* --- the cache --- */

static const struct cached *
find_cached(const struct resolver *r, const struct host_key *name, int64_t now_us)
{
    const struct cached *c = table_find(&r->cache, name);

    return c && c->until_us > now_us ? c : NULL;
}

static void
keep(struct resolver *r, const struct host_key *name, const struct resolve_answer *answer,
     int64_t now_us)
{
    struct cached *c = table_put(&r->cache, name);

    if (!c) {
        table_remove(&r->cache, table_oldest(&r->cache));
        c = table_put(&r->cache, name);
    }
    must(c);
    *c = (struct cached){.until_us = now_us + answer->ttl_s * SECOND_US,
                         .answer = *answer};
}

/* --- c-ares --- */

static void process(struct resolver *r, ares_socket_t in, ares_socket_t out);

static void
on_socket(void *ctx, unsigned ready)
{
    struct socket *socket = ctx;
    ares_socket_t fd = socket->watch.fd;

    process(socket->resolver, ready & (LOOP_READ | LOOP_HANGUP) ? fd : ARES_SOCKET_BAD,
            ready & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
}

static void
on_socket_state(void *ctx, ares_socket_t fd, int wants_read, int wants_write)
{
    struct resolver *r = ctx;
    unsigned bits = (wants_read ? (unsigned)LOOP_READ : 0U) |
                    (wants_write ? (unsigned)LOOP_WRITE : 0U);
    struct socket *place = NULL;

    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        struct loop_fd *f = &r->sockets[i].watch;

        if (f->is_added && f->fd == fd) {
            if (bits)
                loop_want(r->loop, f, bits);
            else
                loop_remove(r->loop, f);
            return;
        }
        if (!f->is_added)
            place = &r->sockets[i];
    }
    if (bits == 0 || !place)
        return; /* more sockets than servers can have: that query times out */
    place->resolver = r;
    place->watch = (struct loop_fd){.fd = fd, .fn = on_socket, .ctx = place};
    if (loop_add(r->loop, &place->watch, bits) != 0)
        place->watch.fd = -1; /* the same */
}

static void
arm_retry(struct resolver *r)
{
    struct timeval tv;

    if (ares_timeout(r->channel, NULL, &tv))
        loop_timer_set(r->loop, &r->retry,
                       (int64_t)tv.tv_sec * SECOND_US + (int64_t)tv.tv_usec);
    else
        loop_timer_clear(r->loop, &r->retry);
}

static void start_queries(struct resolver *r, int64_t now_us);

static void
process(struct resolver *r, ares_socket_t in, ares_socket_t out)
{
    ares_process_fd(r->channel, in, out);
    start_queries(r, clock_boot_us());
    arm_retry(r);
}

static void
on_retry(void *ctx)
{
    process(ctx, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static bool
add_address(struct resolve_answer *answer, const struct sockaddr *sa)
{
    struct addr a = {0};

    if (sa->sa_family == AF_INET)
        a = addr_from_bytes(4, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
    else if (sa->sa_family == AF_INET6)
        a = addr_from_bytes(6,
                            &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
    if (a.family == 0 || answer->count == RESOLVE_ADDRESSES_MAX)
        return false;
    for (size_t i = 0; i < answer->count; i++)
        if (addr_eq(&answer->addresses[i], &a))
            return true;
    answer->addresses[answer->count++] = a;
    return true;
}

static struct resolve_answer
read_answer(int status, const struct ares_addrinfo *info)
{
    struct resolve_answer answer = {.outcome = RESOLVE_FAILED};
    int64_t ttl_s = RESOLVE_TTL_MAX_S;

    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
        answer.outcome = RESOLVE_NONE;
        answer.ttl_s = RESOLVE_TTL_NONE_S;
    }
    if (status != ARES_SUCCESS || !info)
        return answer;
    for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next)
        if (add_address(&answer, n->ai_addr) && n->ai_ttl < ttl_s)
            ttl_s = n->ai_ttl;
    for (const struct ares_addrinfo_cname *n = info->cnames; n; n = n->next)
        if (n->ttl < ttl_s)
            ttl_s = n->ttl;
    answer.outcome = answer.count ? RESOLVE_FOUND : RESOLVE_NONE;
    answer.ttl_s = (uint32_t)(ttl_s < RESOLVE_TTL_MIN_S ? RESOLVE_TTL_MIN_S : ttl_s);
    if (answer.count == 0)
        answer.ttl_s = RESOLVE_TTL_NONE_S;
    return answer;
}

/* --- those who wait --- */

/* Takes off the first asker of a name, or that is over its time; NULL: none. The caller
 * frees it. */
static struct asker *
take_asker(struct resolver *r, const struct host_key *name, int64_t now_us)
{
    struct asker **link = &r->first, *before = NULL;

    for (; *link; before = *link, link = &(*link)->next) {
        struct asker *a = *link;

        if (name ? memcmp(&a->name, name, sizeof(*name)) != 0 : a->deadline_us > now_us)
            continue;
        *link = a->next;
        if (r->last == a)
            r->last = before;
        r->waiting--;
        return a;
    }
    return NULL;
}

/* Answers everybody who waits for `name`. */
static void
answer_all(struct resolver *r, const struct host_key *name,
           const struct resolve_answer *answer)
{
    struct asker *a;

    while ((a = take_asker(r, name, 0))) {
        uint64_t id = a->id;

        mem_free(a);
        r->fn(r->ctx, id, answer);
    }
}

static void
arm_deadline(struct resolver *r)
{
    if (r->first)
        loop_timer_set(r->loop, &r->deadline, r->first->deadline_us - clock_boot_us());
    else
        loop_timer_clear(r->loop, &r->deadline);
}

static void
on_deadline(void *ctx)
{
    struct resolver *r = ctx;
    struct resolve_answer late = {.outcome = RESOLVE_FAILED};
    int64_t now_us = clock_boot_us();
    struct asker *a;

    while ((a = take_asker(r, NULL, now_us))) {
        uint64_t id = a->id;

        mem_free(a);
        r->fn(r->ctx, id, &late);
    }
    arm_deadline(r);
}

static void
on_query_end(void *ctx, int status, int timeouts UNUSED, struct ares_addrinfo *info)
{
    struct query *q = ctx;
    struct resolver *r = q->resolver;
    struct resolve_answer answer = read_answer(status, info);
    struct host_key name = q->name;

    if (info)
        ares_freeaddrinfo(info);
    q->resolver = NULL;
    if (r->is_ending)
        return;
    if (answer.ttl_s)
        keep(r, &name, &answer, clock_boot_us());
    answer_all(r, &name, &answer);
    arm_deadline(r);
}

/* --- asking --- */

static bool
is_in_flight(const struct resolver *r, const struct host_key *name)
{
    for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++)
        if (r->queries[i].resolver &&
            memcmp(&r->queries[i].name, name, sizeof(*name)) == 0)
            return true;
    return false;
}

static struct query *
free_query(struct resolver *r)
{
    for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++)
        if (!r->queries[i].resolver)
            return &r->queries[i];
    return NULL;
}

/* The first name that nobody has asked the servers for, or NULL. */
static const struct asker *
next_name(const struct resolver *r)
{
    const struct asker *a = r->first;

    while (a && is_in_flight(r, &a->name))
        a = a->next;
    return a;
}

/* Asks for the names that wait, while there is a place. */
static void
start_queries(struct resolver *r, int64_t now_us)
{
    static const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const struct asker *a;
    struct query *q;

    while ((q = free_query(r)) && (a = next_name(r))) {
        const struct cached *c = find_cached(r, &a->name, now_us);

        if (c) {
            struct cached found = *c; /* the callback may change the cache */
            struct host_key name = a->name;

            answer_all(r, &name, &found.answer);
            continue;
        }
        *q = (struct query){.resolver = r, .name = a->name};
        ares_getaddrinfo(r->channel, q->name.text, NULL, &hints, on_query_end, q);
    }
}

void
resolver_ask(struct resolver *r, uint64_t id, struct span name, int64_t now_us)
{
    const struct cached *c;
    struct asker *a;

    if (!host_is_name(name) || r->waiting == RESOLVE_WAITING_MAX) {
        r->fn(r->ctx, id,
              &(struct resolve_answer){.outcome = host_is_name(name) ? RESOLVE_BUSY
                                                                     : RESOLVE_BAD_NAME});
        return;
    }
    a = mem_zalloc(1, sizeof(*a));
    *a = (struct asker){
        .id = id, .name = host_key_of(name), .deadline_us = now_us + RESOLVE_DEADLINE_US};
    c = find_cached(r, &a->name, now_us);
    if (c) {
        struct resolve_answer answer = c->answer;

        answer.ttl_s = (uint32_t)((c->until_us - now_us + SECOND_US - 1) / SECOND_US);
        mem_free(a);
        r->fn(r->ctx, id, &answer);
        return;
    }
    if (r->last)
        r->last->next = a;
    else
        r->first = a;
    r->last = a;
    r->waiting++;
    start_queries(r, now_us);
    arm_retry(r);
    arm_deadline(r);
}

/* --- making and ending --- */

static int
error_of(int status)
{
    return status == ARES_SUCCESS ? 0 : status == ARES_ENOMEM ? -ENOMEM : -EINVAL;
}

int
resolver_new(struct resolver **out, struct loop *loop, const char *servers,
             resolve_fn *fn, void *ctx)
{
    static char dns_only[] = "b";
    struct resolver *r = mem_zalloc(1, sizeof(*r));
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH,
                                   .timeout = TRY_MS,
                                   .tries = TRIES,
                                   .lookups = dns_only,
                                   .sock_state_cb = on_socket_state,
                                   .sock_state_cb_data = r};
    int e;

    r->loop = loop;
    r->fn = fn;
    r->ctx = ctx;
    r->retry = (struct loop_timer){.fn = on_retry, .ctx = r};
    r->deadline = (struct loop_timer){.fn = on_deadline, .ctx = r};
    table_init(&r->cache, sizeof(struct host_key), sizeof(struct cached),
               RESOLVE_CACHE_MAX);
    e = error_of(ares_library_init(ARES_LIB_INIT_ALL));
    if (e == 0)
        e = error_of(ares_init_options(&r->channel, &options,
                                       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
                                           ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                           ARES_OPT_SOCK_STATE_CB));
    if (e == 0 && servers)
        e = error_of(ares_set_servers_ports_csv(r->channel, servers));
    if (e) {
        resolver_free(r);
        return e;
    }
    *out = r;
    return 0;
}

void
resolver_free(struct resolver *r)
{
    if (!r)
        return;
    r->is_ending = true;
    if (r->channel)
        ares_destroy(r->channel); /* ends every query */
    ares_library_cleanup();
    loop_timer_clear(r->loop, &r->retry);
    loop_timer_clear(r->loop, &r->deadline);
    while (r->first) {
        struct asker *a = r->first;

        r->first = a->next;
        mem_free(a);
    }
    table_fini(&r->cache);
    mem_free(r);
}
