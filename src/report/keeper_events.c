#include "report/keeper_events.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "report/keeper_internal.h"

enum {
    WRITE_BYTES = 1 << 18,   /* that wait before they are written */
    WAITING_MAX = 1 << 20,   /* while the disk is full */
    BLOCK_MAX = WAITING_MAX, /* what is read is no longer */
    ADDRESS_MAX = 64,
    VERSION = 1, /* grows when lines are written otherwise */
};

/* What stands in front of a block. */
struct head {
    uint64_t check;
    uint32_t bytes;
    uint32_t form; /* what numbers of kinds mean */
};

static const uint32_t form =
    VERSION << 16 | (uint32_t)EVENT_KINDS << 8 | (uint32_t)MAIL_FILTERS;

static uint64_t
check_of(struct span bytes)
{
    return hash_bytes((struct hash_key){2, form}, bytes.ptr, bytes.len);
}

/* The name of the file: "2026-11-22.events". */
static const char *
name_of(int64_t day, char dst[KEEPER_NAME_MAX])
{
    size_t len = strlen(keeper_name(day, dst));

    (void)snprintf(dst + len, KEEPER_NAME_MAX - len, ".events");
    return dst;
}

/* --- lines as bytes --- */

static void
pack_event(struct pack *p, struct mail_event *e)
{
    uint64_t kind = (uint64_t)e->kind, filter = (uint64_t)e->filter;

    pack_u64(p, &kind);
    pack_u64(p, &filter);
    pack_bool(p, &e->is_failure);
    pack_text(p, &e->account, EVENT_ACCOUNT_MAX);
    pack_text(p, &e->recipient, EVENT_TEXT_MAX);
    pack_text(p, &e->detail, EVENT_TEXT_MAX);
    p->is_bad |= kind >= EVENT_KINDS || filter >= MAIL_FILTERS;
    if (p->is_bad)
        return;
    e->kind = (enum event_kind)kind;
    e->filter = (enum mail_filter)filter;
}

/* Times are told by what has passed since the line before. */
static void
pack_line(struct pack *p, int64_t *last_us, struct attack_line *l)
{
    int64_t passed_us = p->out ? l->wall_us - *last_us : 0;
    uint64_t count = l->count;

    pack_i64(p, &passed_us);
    p->is_bad |= __builtin_add_overflow(*last_us, passed_us, &l->wall_us);
    *last_us = l->wall_us;
    pack_text(p, &l->address, ADDRESS_MAX);
    pack_u32(p, &l->times);
    pack_bool(p, &l->is_pregreet);
    pack_u64(p, &count);
    p->is_bad |= count > MAIL_EVENTS_MAX || l->times > ATTACKS_TIMES_MAX;
    l->count = p->is_bad ? 0 : count;
    for (size_t i = 0; i < l->count; i++)
        pack_event(p, &l->found[i]);
}

/* As much of a text as the rules are told of. */
static struct attack_line
shortened(const struct attack_line *l)
{
    struct attack_line s = *l;

    s.address = span_head(s.address, ADDRESS_MAX);
    for (size_t i = 0; i < s.count; i++) {
        s.found[i].account = span_head(s.found[i].account, EVENT_ACCOUNT_MAX);
        s.found[i].recipient = span_head(s.found[i].recipient, EVENT_TEXT_MAX);
        s.found[i].detail = span_head(s.found[i].detail, EVENT_TEXT_MAX);
    }
    return s;
}

void
keeper_events_add(struct keeper_events *e, const struct attack_line *l)
{
    struct attack_line s = shortened(l);
    struct pack p = {.out = &e->waiting};

    e->is_cut |= e->waiting.len >= WAITING_MAX - TEXTS_LEN_MAX * 8 ||
                 e->bytes + e->waiting.len >= KEEPER_EVENTS_MAX;
    if (e->is_cut)
        return;
    pack_line(&p, &e->last_us, &s);
}

bool
keeper_events_are_due(const struct keeper_events *e)
{
    return e->waiting.len >= WRITE_BYTES;
}

void
keeper_events_fini(struct keeper_events *e)
{
    buf_fini(&e->waiting);
}

/* --- the file --- */

static int
write_at(int fd, struct span bytes, uint64_t at)
{
    ssize_t n;

    while (bytes.len) {
        n = pwrite(fd, bytes.ptr, bytes.len, (off_t)at);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            at += (uint64_t)n;
            bytes = span_from(bytes, (size_t)n);
        }
    }
    return 0;
}

static int
write_block(int fd, struct span bytes, uint64_t at)
{
    struct head head = {check_of(bytes), (uint32_t)bytes.len, form};
    int e = write_at(fd, (struct span){(const char *)&head, sizeof(head)}, at);

    return e ? e : write_at(fd, bytes, at + sizeof(head));
}

int
keeper_events_write(struct keeper_events *e, int folder, int64_t day, bool is_last)
{
    char name[KEEPER_NAME_MAX];
    int fd, error = 0;

    if (e->waiting.len == 0 && (!is_last || e->bytes == 0))
        return 0;
    fd = openat(folder, name_of(day, name), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                0600);
    if (fd < 0)
        return -errno;
    if (e->waiting.len)
        error = write_block(fd, buf_span(&e->waiting), e->bytes);
    if (error == 0 && is_last && fdatasync(fd) != 0)
        error = -errno;
    if (close(fd) != 0 && error == 0)
        error = -errno;
    if (error || e->waiting.len == 0)
        return error;
    e->bytes += sizeof(struct head) + e->waiting.len;
    e->last_us = 0;
    buf_clear(&e->waiting);
    return 0;
}

/* 0, or -EBADMSG where the file is too short. */
static int
read_at(int fd, char *out, size_t len, uint64_t at)
{
    ssize_t n;

    while (len) {
        n = pread(fd, out, len, (off_t)at);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            return -EBADMSG;
        if (n > 0) {
            out += n;
            at += (uint64_t)n;
            len -= (size_t)n;
        }
    }
    return 0;
}

int
keeper_events_take(struct span bytes, keeper_event_fn *fn, void *ctx)
{
    struct pack p = {.in = bytes};
    struct attack_line l = {0};
    int64_t last_us = 0;

    while (p.in.len && !p.is_bad) {
        pack_line(&p, &last_us, &l);
        if (!p.is_bad && !addr_parse(l.address, &l.peer))
            p.is_bad = true;
        if (!p.is_bad)
            fn(ctx, &l);
    }
    return p.is_bad ? -EBADMSG : 0;
}

/* One block, which begins at `*at`; sets where the next one does. */
static int
read_block(int fd, char *bytes, uint64_t *at, keeper_event_fn *fn, void *ctx)
{
    struct head head;
    int e = read_at(fd, (char *)&head, sizeof(head), *at);

    if (e)
        return e;
    if (head.form != form || head.bytes > BLOCK_MAX)
        return -EBADMSG;
    e = read_at(fd, bytes, head.bytes, *at + sizeof(head));
    if (e)
        return e;
    if (head.check != check_of((struct span){bytes, head.bytes}))
        return -EBADMSG;
    *at += sizeof(head) + head.bytes;
    return keeper_events_take((struct span){bytes, head.bytes}, fn, ctx);
}

int
keeper_events_read(int folder, int64_t day, uint64_t from, uint64_t until,
                   keeper_event_fn *fn, void *ctx)
{
    char name[KEEPER_NAME_MAX], *bytes;
    int fd, e = 0;

    if (from >= until)
        return 0;
    fd = openat(folder, name_of(day, name),
                O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    bytes = mem_zalloc(BLOCK_MAX, 1);
    while (e == 0 && from < until)
        e = read_block(fd, bytes, &from, fn, ctx);
    mem_free(bytes);
    (void)close(fd); /* only read from */
    return e == 0 && from != until ? -EBADMSG : e;
}

void
keeper_events_remove(int folder, int64_t day)
{
    char name[KEEPER_NAME_MAX];

    /* One that stays is read by nobody, and written over when its day is opened again. */
    (void)unlinkat(folder, name_of(day, name), 0);
}
