/* komainu-resolver: looks names up for judge.
 *
 * It runs where the configuration needs names, and is alone in being linked with c-ares:
 * what foreign name servers send is parsed by no process that decides or acts. What it
 * says is believed for what judge asks of it: whom a name in `ignoreip` stands for,
 * whose failure a line with a name is, and who sends for a provider of mail.
 *
 * /etc/resolv.conf and /etc/hosts are read before the sandbox closes, which leaves it no
 * file to open. When one of them has changed it ends, and komainud starts it again.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "conf/layers.h"
#include "resolve/hosts.h"
#include "to_judge.h"
#include "wire/meaning.h"

enum {
    LOOK_US = 1000000, /* how often the files are looked at, at most */
    ID_BITS = 40,      /* of judge's numbers; above them is which judge it was */
};

static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts"};

struct answers {
    struct role role;
    struct to_judge judge;
    struct resolver *resolver;
    struct hosts hosts;
    struct stat seen[ARRAY_LEN(files)];
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
on_answer(void *ctx, uint64_t id, const struct resolve_answer *answer)
{
    static const enum resolved outcomes[] = {[RESOLVE_FOUND] = RESOLVED_FOUND,
                                             [RESOLVE_NONE] = RESOLVED_NONE,
                                             [RESOLVE_FAILED] = RESOLVED_FAILED,
                                             [RESOLVE_BAD_NAME] = RESOLVED_BAD_NAME,
                                             [RESOLVE_BUSY] = RESOLVED_FAILED};
    struct answers *r = ctx;
    struct span records = answer->records;
    struct resolve_record record;
    struct buf packet = {0};

    /* What a judge asked that is gone has the number of another question now. */
    if (id >> ID_BITS != r->judge.judges)
        return;
    id &= (UINT64_C(1) << ID_BITS) - 1;
    for (size_t i = 0; i < answer->count; i++)
        wire_put_resolved_address(
            &packet, &(struct wire_resolved_address){.who = answer->addresses[i]});
    while (resolve_next_record(&records, &record))
        wire_put_resolved_record(
            &packet,
            &(struct wire_resolved_record){.number = record.number, .data = record.data});
    wire_put_resolved(
        &packet, &(struct wire_resolved){.id = id,
                                         .outcome = (uint8_t)outcomes[answer->outcome],
                                         .ttl_s = answer->ttl_s});
    to_judge_send(&r->judge, buf_span(&packet));
    buf_fini(&packet);
}

static void
take_frame(struct role *role, const struct wire_frame *f)
{
    struct answers *r = role->ctx;
    struct resolve_answer answer;
    struct resolve_question q;
    struct wire_resolve m;

    if (f->type != WIRE_RESOLVE || !wire_get_resolve(f->fields, &m) || m.id >> ID_BITS ||
        m.record >= HOST_RECORDS)
        role_fail(role, "bad frame from judge", wire_type_name(f->type));
    check_files(r, clock_boot_us());
    q = (struct resolve_question){.id = m.id | r->judge.judges << ID_BITS,
                                  .record = (enum host_record)m.record,
                                  .name = m.name};
    if (q.record == HOST_ADDRESSES && hosts_find(&r->hosts, q.name, &answer))
        on_answer(r, q.id, &answer);
    else
        resolver_ask(r->resolver, &q, clock_boot_us());
}

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct answers *r = role->ctx;

    to_judge_take(&r->judge, f, passed);
}

int
main(int argc, char **argv)
{
    static struct answers r;
    int e;

    role_begin(&r.role, ROLE_RESOLVER, false, argc, argv);
    r.role.on_frame = on_frame;
    r.role.ctx = &r;
    to_judge_init(&r.judge, &r.role, WIRE_JUDGE_TO_RESOLVER, take_frame);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        r.seen[i] = look(files[i]); /* before they are read */
    read_hosts(&r);
    e = resolver_new(&r.resolver, &r.role.loop, NULL, on_answer, &r);
    if (e)
        role_fail(&r.role, "cannot begin to resolve", strerror(-e));
    role_enter(&r.role, SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_RESOLVER);
    return role_run(&r.role);
}
