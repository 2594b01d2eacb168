#include "resolve/resolve.h"

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/mem.h"
#include "resolve/answer.h"
#include "resolve/cache.h"
#include "resolve/records.h"
#include "resolve/sockets.h"

enum {
    CLASS_IN = 1,
    SOCKETS_MAX = 64,
    TRIES = 2,
    TRY_OF_DEADLINE = 3, /* c-ares doubles the first try's time for the second */
};

/* A name that somebody wants to know of. */
struct query {
    struct resolver *resolver;
    struct resolve_key key;
    struct asker *first, *last; /* who waits for it */
    struct query *next;         /* of those that servers are not asked yet */
};

/* A socket of c-ares that is watched. */
struct socket {
    struct resolver *resolver;
    struct loop_fd watch;
};

/* Somebody who waits for a name. */
struct asker {
    struct asker *next_same;    /* of the same query */
    struct asker *next, *prior; /* in the order of their deadlines */
    struct query *query;
    uint64_t id;
    int64_t deadline_us;
};

struct resolver {
    struct loop *loop;
    resolve_fn *fn;
    void *ctx;
    ares_channel channel;
    struct socket sockets[SOCKETS_MAX];
    struct loop_timer retry;     /* c-ares wants to look */
    struct loop_timer deadline;  /* of the asker that waits longest */
    struct table queries;        /* struct resolve_key -> struct query *, all there are */
    struct query *next, *newest; /* those that servers are not asked yet */
    struct asker *first, *last;  /* in the order of their deadlines */
    uint32_t in_flight, in_flight_max, waiting, waiting_max;
    int64_t deadline_us;
    struct resolve_cache cache;
    struct resolver_counts counts;
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

static void start_queries(struct resolver *r);

static void
process(struct resolver *r, ares_socket_t in, ares_socket_t out)
{
    ares_process_fd(r->channel, in, out);
    start_queries(r);
    arm_retry(r);
}

static void
on_retry(void *ctx)
{
    process(ctx, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* --- those who wait --- */

/* Off the list of deadlines. */
static void
unlink_asker(struct resolver *r, struct asker *a)
{
    *(a->prior ? &a->prior->next : &r->first) = a->next;
    *(a->next ? &a->next->prior : &r->last) = a->prior;
    r->waiting--;
}

static void
add_asker(struct query *q, uint64_t id, int64_t deadline_us)
{
    struct resolver *r = q->resolver;
    struct asker *a = mem_zalloc(1, sizeof(*a));

    *a = (struct asker){
        .prior = r->last, .query = q, .id = id, .deadline_us = deadline_us};
    *(r->last ? &r->last->next : &r->first) = a;
    r->last = a;
    *(q->last ? &q->last->next_same : &q->first) = a;
    q->last = a;
    r->waiting++;
}

static void
free_query(struct query *q)
{
    struct query **place = table_find(&q->resolver->queries, &q->key);

    must(place);
    table_remove(&q->resolver->queries, place);
    mem_free(q);
}

/* Answers all who wait in a list of those of the same query. */
static void
answer_all(struct resolver *r, struct asker *first, const struct resolve_answer *answer)
{
    while (first) {
        struct asker *a = first;
        uint64_t id = a->id;

        r->counts.failed += answer->outcome == RESOLVE_FAILED;

        first = a->next_same;
        unlink_asker(r, a);
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

/* Those of a query wait in the order of their deadlines too: the first of all is the
 * first of its own. */
static void
on_deadline(void *ctx)
{
    struct resolver *r = ctx;
    struct resolve_answer late = {.outcome = RESOLVE_FAILED};
    int64_t now_us = clock_boot_us();
    struct asker *a;

    while ((a = r->first) && a->deadline_us <= now_us) {
        struct query *q = a->query;

        must(q->first == a);
        q->first = a->next_same;
        if (!q->first)
            q->last = NULL;
        a->next_same = NULL;
        answer_all(r, a, &late);
    }
    arm_deadline(r);
}

/* Answers all who wait for what `q` asked, which ends. */
static void
end_query(struct query *q, const struct resolve_answer *answer)
{
    struct resolver *r = q->resolver;
    struct asker *first = q->first;

    if (r->is_ending)
        return;
    if (answer->ttl_s)
        resolve_cache_keep(&r->cache, &q->key, answer, clock_boot_us());
    free_query(q);
    r->in_flight--;
    answer_all(r, first, answer);
    arm_deadline(r);
}

static void
on_addresses(void *ctx, int status, int timeouts UNUSED, struct ares_addrinfo *info)
{
    struct resolve_answer answer = answer_of_addresses(status, info);

    if (info)
        ares_freeaddrinfo(info);
    end_query(ctx, &answer);
}

static void
on_records(void *ctx, int status, int timeouts UNUSED, unsigned char *packet, int len)
{
    struct query *q = ctx;
    struct buf records = {0};
    struct resolve_answer answer = answer_of_records(
        status, (struct span){(const char *)packet, len > 0 ? (size_t)len : 0},
        (enum host_record)q->key.record, &records);

    end_query(q, &answer);
    buf_fini(&records);
}

/* --- asking --- */

/* c-ares takes a backslash for the beginning of an escape. */
static void
ask_records(struct query *q)
{
    char name[2 * HOST_TEXT_MAX + 1];
    size_t len = 0;

    for (const char *from = q->key.name.text; *from; from++) {
        if (*from == '\\')
            name[len++] = '\\';
        name[len++] = *from;
    }
    name[len] = '\0';
    ares_query(q->resolver->channel, name, CLASS_IN,
               records_type((enum host_record)q->key.record), on_records, q);
}

static void
begin_query(struct query *q)
{
    static const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    q->resolver->in_flight++;
    if (q->key.record == HOST_ADDRESSES)
        ares_getaddrinfo(q->resolver->channel, q->key.name.text, NULL, &hints,
                         on_addresses, q);
    else
        ask_records(q);
}

/* Asks what those want to know who wait, while there is a place. */
static void
start_queries(struct resolver *r)
{
    while (r->next && r->in_flight < r->in_flight_max) {
        struct query *q = r->next;

        r->next = q->next;
        if (!r->next)
            r->newest = NULL;
        if (q->first)
            begin_query(q);
        else
            free_query(q); /* all gave up */
    }
}

/* Answers at once what cannot be asked or is known; false when it is neither. */
static bool
answer_now(struct resolver *r, const struct resolve_question *q, int64_t now_us)
{
    struct resolve_answer answer = {.outcome = RESOLVE_BAD_NAME};
    struct buf records = {0};
    struct resolve_key key;

    if (q->record == HOST_ADDRESSES ? host_is_name(q->name) : host_is_dns_name(q->name)) {
        key = resolve_key_of(q->record, q->name);
        answer.outcome = RESOLVE_BUSY;
        if (!resolve_cache_find(&r->cache, &key, now_us, &answer, &records) &&
            r->waiting < r->waiting_max && !table_is_full(&r->queries))
            return false;
    }
    r->fn(r->ctx, q->id, &answer);
    buf_fini(&records);
    return true;
}

/* The query of a key; a new one waits for its turn. */
static struct query *
query_of(struct resolver *r, const struct resolve_key *key)
{
    struct query **place = table_find(&r->queries, key), *q;

    if (place)
        return *place;
    place = table_put(&r->queries, key);
    must(place);
    q = *place = mem_zalloc(1, sizeof(*q));
    *q = (struct query){.resolver = r, .key = *key};
    *(r->newest ? &r->newest->next : &r->next) = q;
    r->newest = q;
    return q;
}

void
resolver_ask(struct resolver *r, const struct resolve_question *q, int64_t now_us)
{
    struct resolve_key key;

    r->counts.questions++;
    if (answer_now(r, q, now_us))
        return;
    r->counts.asked++;
    key = resolve_key_of(q->record, q->name);
    add_asker(query_of(r, &key), q->id, now_us + r->deadline_us);
    start_queries(r);
    arm_retry(r);
    arm_deadline(r);
}

struct resolver_counts
resolver_counts(const struct resolver *r)
{
    return r->counts;
}

/* --- making and ending --- */

static int
error_of(int status)
{
    return status == ARES_SUCCESS ? 0 : status == ARES_ENOMEM ? -ENOMEM : -EINVAL;
}

static void
set_limits(struct resolver *r, const struct resolve_setup *setup)
{
    r->in_flight_max =
        setup->in_flight_max ? setup->in_flight_max : RESOLVE_IN_FLIGHT_MAX;
    r->waiting_max = setup->waiting_max ? setup->waiting_max : RESOLVE_WAITING_MAX;
    r->deadline_us = setup->deadline_us ? setup->deadline_us : RESOLVE_DEADLINE_US;
    /* Those in flight may have nobody any more who waits for them. */
    table_init(&r->queries, sizeof(struct resolve_key), sizeof(struct query *),
               r->in_flight_max + r->waiting_max);
    resolve_cache_init(&r->cache);
}

int
resolver_new(struct resolver **out, struct loop *loop, const struct resolve_setup *setup,
             resolve_fn *fn, void *ctx)
{
    static const struct resolve_setup by_rule;
    static char dns_only[] = "b";
    struct resolver *r = mem_zalloc(1, sizeof(*r));
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS,
                                   .ednspsz = RESOLVE_UDP_BYTES,
                                   .tries = TRIES,
                                   .lookups = dns_only,
                                   .sock_state_cb = on_socket_state,
                                   .sock_state_cb_data = r};
    int e;

    r->loop = loop;
    r->fn = fn;
    r->ctx = ctx;
    set_limits(r, setup ? setup : &by_rule);
    options.timeout = (int)(r->deadline_us / 1000 / TRY_OF_DEADLINE);
    r->retry = (struct loop_timer){.fn = on_retry, .ctx = r};
    r->deadline = (struct loop_timer){.fn = on_deadline, .ctx = r};
    e = error_of(ares_library_init(ARES_LIB_INIT_ALL));
    if (e == 0)
        e = error_of(ares_init_options(&r->channel, &options,
                                       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
                                           ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                           ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB));
    if (e == 0)
        ares_set_socket_functions(r->channel, &resolve_sockets, NULL);
    if (e == 0 && setup && setup->servers)
        e = error_of(ares_set_servers_ports_csv(r->channel, setup->servers));
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
    struct query **place;

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

        unlink_asker(r, a);
        mem_free(a);
    }
    while ((place = table_oldest(&r->queries)))
        free_query(*place);
    table_fini(&r->queries);
    resolve_cache_fini(&r->cache);
    mem_free(r);
}
