#include "resolve/resolve.h"

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/mem.h"
#include "resolve/cache.h"
#include "resolve/records.h"

enum {
    CLASS_IN = 1,
    SOCKETS_MAX = 64,
    TRY_MS = 1500, /* of the first try; c-ares doubles it */
    TRIES = 2,
};

/* A name that c-ares is asked for. */
struct query {
    struct resolver *resolver; /* NULL: this place is free */
    struct resolve_key key;
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
    struct resolve_key key;
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
    struct resolve_cache cache;
    bool is_ending;
};

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

static struct resolve_answer
read_records(int status, struct span packet, enum host_record record, struct buf *records)
{
    struct resolve_answer answer = {.outcome = RESOLVE_FAILED};
    uint32_t ttl_s = 0;

    if (status == ARES_SUCCESS && !records_read(packet, record, records, &ttl_s))
        return answer;
    if (status != ARES_SUCCESS && status != ARES_ENOTFOUND && status != ARES_ENODATA)
        return answer;
    answer.records = buf_span(records);
    answer.outcome = records->len ? RESOLVE_FOUND : RESOLVE_NONE;
    answer.ttl_s = answer.outcome == RESOLVE_NONE ? RESOLVE_TTL_NONE_S
                   : ttl_s < RESOLVE_TTL_MIN_S    ? RESOLVE_TTL_MIN_S
                   : ttl_s > RESOLVE_TTL_MAX_S    ? RESOLVE_TTL_MAX_S
                                                  : ttl_s;
    return answer;
}

/* --- those who wait --- */

/* Takes off the first asker of a key, or that is over its time; NULL: none. The caller
 * frees it. */
static struct asker *
take_asker(struct resolver *r, const struct resolve_key *key, int64_t now_us)
{
    struct asker **link = &r->first, *before = NULL;

    for (; *link; before = *link, link = &(*link)->next) {
        struct asker *a = *link;

        if (key ? !resolve_key_eq(&a->key, key) : a->deadline_us > now_us)
            continue;
        *link = a->next;
        if (r->last == a)
            r->last = before;
        r->waiting--;
        return a;
    }
    return NULL;
}

/* Answers everybody who waits for `key`. */
static void
answer_all(struct resolver *r, const struct resolve_key *key,
           const struct resolve_answer *answer)
{
    struct asker *a;

    while ((a = take_asker(r, key, 0))) {
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

/* Answers all who wait for what `q` asked, which ends. */
static void
end_query(struct query *q, const struct resolve_answer *answer)
{
    struct resolver *r = q->resolver;
    struct resolve_key key = q->key;

    q->resolver = NULL;
    if (r->is_ending)
        return;
    if (answer->ttl_s)
        resolve_cache_keep(&r->cache, &key, answer, clock_boot_us());
    answer_all(r, &key, answer);
    arm_deadline(r);
}

static void
on_addresses(void *ctx, int status, int timeouts UNUSED, struct ares_addrinfo *info)
{
    struct resolve_answer answer = read_answer(status, info);

    if (info)
        ares_freeaddrinfo(info);
    end_query(ctx, &answer);
}

static void
on_records(void *ctx, int status, int timeouts UNUSED, unsigned char *packet, int len)
{
    struct query *q = ctx;
    struct buf records = {0};
    struct resolve_answer answer = read_records(
        status, (struct span){(const char *)packet, len > 0 ? (size_t)len : 0},
        (enum host_record)q->key.record, &records);

    end_query(q, &answer);
    buf_fini(&records);
}

/* --- asking --- */

static bool
is_in_flight(const struct resolver *r, const struct resolve_key *key)
{
    for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++)
        if (r->queries[i].resolver && resolve_key_eq(&r->queries[i].key, key))
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

/* The first one whose question nobody has asked the servers, or NULL. */
static const struct asker *
next_question(const struct resolver *r)
{
    const struct asker *a = r->first;

    while (a && is_in_flight(r, &a->key))
        a = a->next;
    return a;
}

static void
begin_query(struct query *q)
{
    static const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    ares_channel channel = q->resolver->channel;
    const char *name = q->key.name.text;

    if (q->key.record == HOST_ADDRESSES)
        ares_getaddrinfo(channel, name, NULL, &hints, on_addresses, q);
    else
        ares_query(channel, name, CLASS_IN, records_type((enum host_record)q->key.record),
                   on_records, q);
}

/* Asks what those want to know who wait, while there is a place. */
static void
start_queries(struct resolver *r, int64_t now_us)
{
    const struct asker *a;
    struct query *q;

    while ((q = free_query(r)) && (a = next_question(r))) {
        struct resolve_key key = a->key;
        struct resolve_answer found;
        struct buf records = {0};

        if (resolve_cache_find(&r->cache, &key, now_us, &found, &records)) {
            answer_all(r, &key, &found);
        } else {
            *q = (struct query){.resolver = r, .key = key};
            begin_query(q);
        }
        buf_fini(&records);
    }
}

/* Answers at once what cannot be asked or is known; false when it is neither. */
static bool
answer_now(struct resolver *r, const struct resolve_question *q, int64_t now_us)
{
    struct resolve_answer answer = {.outcome = RESOLVE_BAD_NAME};
    struct buf records = {0};
    struct resolve_key key;

    if (host_is_name(q->name)) {
        key = resolve_key_of(q->record, q->name);
        answer.outcome = RESOLVE_BUSY;
        if (!resolve_cache_find(&r->cache, &key, now_us, &answer, &records) &&
            r->waiting < RESOLVE_WAITING_MAX)
            return false;
    }
    r->fn(r->ctx, q->id, &answer);
    buf_fini(&records);
    return true;
}

void
resolver_ask(struct resolver *r, const struct resolve_question *q, int64_t now_us)
{
    struct asker *a;

    if (answer_now(r, q, now_us))
        return;
    a = mem_zalloc(1, sizeof(*a));
    *a = (struct asker){.id = q->id,
                        .key = resolve_key_of(q->record, q->name),
                        .deadline_us = now_us + RESOLVE_DEADLINE_US};
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
    resolve_cache_init(&r->cache);
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
    resolve_cache_fini(&r->cache);
    mem_free(r);
}
