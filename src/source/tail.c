#include "source/tail.h"

#include "base/mem.h"

/* A fingerprint of so many bytes tells log files apart; of fewer, only together with
 * something else. A line's time stamp, host and program take about 40. */
enum { PRINT_SURE = 64 };

void
tail_init(struct tail *t)
{
    *t = (struct tail){0};
}

static void
drop_offers(struct tail *t)
{
    for (unsigned i = 0; i < t->sibling_count; i++)
        if (t->siblings[i].file.fd >= 0)
            tail_file_close(&t->siblings[i].file);
    if (t->has_now && t->now.file.fd >= 0)
        tail_file_close(&t->now.file);
    t->sibling_count = 0;
    t->has_now = false;
}

void
tail_fini(struct tail *t)
{
    drop_offers(t);
    for (unsigned i = 0; i < t->count; i++)
        tail_file_close(&t->files[i]);
    *t = (struct tail){0};
}

/* Sorted by time of change; among equal ones the later offered is the older. When there
 * is no room the oldest gives way. */
static void
offer_sibling(struct tail *t, struct tail_offer offer)
{
    struct tail_offer *list = t->siblings;
    unsigned at = 0;

    while (at < t->sibling_count && list[at].mtime_ns < offer.mtime_ns)
        at++;
    if (t->sibling_count < TAIL_OFFERS) {
        memmove(&list[at + 1], &list[at], (t->sibling_count - at) * sizeof(list[0]));
        t->sibling_count++;
        list[at] = offer;
    } else if (at == 0) {
        tail_file_close(&offer.file);
    } else {
        tail_file_close(&list[0].file);
        memmove(&list[0], &list[1], (at - 1) * sizeof(list[0]));
        list[at - 1] = offer;
    }
}

int
tail_offer(struct tail *t, int fd, bool is_sibling)
{
    struct tail_offer offer;
    uint64_t size;
    int e = tail_file_take(fd, &offer.file);

    if (e < 0)
        return e;
    e = tail_file_stat(&offer.file, &size, &offer.mtime_ns);
    if (e < 0) {
        tail_file_close(&offer.file);
        return e;
    }
    if (is_sibling) {
        offer_sibling(t, offer);
        return 0;
    }
    if (t->has_now)
        tail_file_close(&t->now.file);
    t->now = offer;
    t->has_now = true;
    return 0;
}

/* Moves an offer to the end of the queue. When that is full the oldest waiting file gives
 * way: the newest is the one that goes on. */
static void
enqueue(struct tail *t, struct tail_offer *offer)
{
    if (t->count == TAIL_QUEUE) {
        tail_file_close(&t->files[1]);
        memmove(&t->files[1], &t->files[2], (TAIL_QUEUE - 2) * sizeof(t->files[0]));
        t->count--;
        t->counts.dropped++;
    }
    t->files[t->count++] = offer->file;
    offer->file.fd = -1;
}

/* Whether the queue holds the file or one that begins with the same bytes. */
static bool
is_queued(const struct tail *t, const struct tail_file *f)
{
    for (unsigned i = 0; i < t->count; i++) {
        if (tail_file_is(f, &t->files[i].place))
            return true;
        if (t->files[i].place.fingerprint_len >= PRINT_SURE &&
            tail_file_begins(f, &t->files[i].place))
            return true;
    }
    return false;
}

/* Queues the siblings from the one at `first` on, oldest first: rotated away before they
 * were ever offered under their own name. They are backlog. */
static void
enqueue_siblings(struct tail *t, unsigned first)
{
    struct tail_offer *s;

    for (unsigned i = first; i < t->sibling_count; i++) {
        s = &t->siblings[i];
        if (s->file.fd < 0 || is_queued(t, &s->file))
            continue;
        if (t->has_now && tail_file_is(&s->file, &t->now.file.place))
            continue;
        enqueue(t, s);
        t->is_live = false;
    }
}

/* The first sibling that is newer than a file changed last at `mtime_ns`; the file itself
 * may be among them: then those behind it. */
static unsigned
first_newer(const struct tail *t, const struct tail_file *f, int64_t mtime_ns)
{
    unsigned i = t->sibling_count;

    while (i > 0 && t->siblings[i - 1].mtime_ns > mtime_ns)
        i--;
    for (unsigned k = 0; k < t->sibling_count; k++)
        if (tail_file_is(&t->siblings[k].file, &f->place))
            return k + 1;
    return i;
}

/* The newest sibling that is the file `place` names, whatever it holds now, or NULL. */
static struct tail_offer *
sibling_by_inode(struct tail *t, const struct tail_place *place)
{
    struct tail_offer *s;

    for (unsigned i = t->sibling_count; i-- > 0;) {
        s = &t->siblings[i];
        if (s->file.fd >= 0 && tail_file_is(&s->file, place))
            return s;
    }
    return NULL;
}

/* The newest sibling that holds `place`, whatever its inode, or NULL. */
static struct tail_offer *
sibling_by_content(struct tail *t, const struct tail_place *place)
{
    struct tail_offer *s;

    for (unsigned i = t->sibling_count; i-- > 0;) {
        s = &t->siblings[i];
        if (s->file.fd >= 0 && tail_file_holds(&s->file, place))
            return s;
    }
    return NULL;
}

/* Whether a fingerprint will do without the inode. When the file itself is there and
 * begins otherwise, what looks as it did is a copy made of it; but when it is not (device
 * numbers may change when the machine starts anew), only a whole fingerprint will do. */
static bool
is_telling(const struct tail_place *place, bool is_replaced)
{
    if (!is_replaced)
        return place->fingerprint_len == TAIL_PRINT_MAX;
    return place->fingerprint_len >= PRINT_SURE ||
           (place->fingerprint_len > 0 && place->offset > 0);
}

/* Looks for the content that `place` names, whatever its inode; TAIL_FOUND_NONE when it
 * is nowhere. `is_there`: the file itself is among those offered, with other content. */
static enum tail_found
find_content(struct tail *t, const struct tail_file *now, const struct tail_place *place,
             bool is_there, struct tail_offer **sibling)
{
    if (now && !is_there && tail_file_holds(now, place))
        return TAIL_FOUND_CONTINUED;
    *sibling = sibling_by_content(t, place);
    if (!*sibling)
        return TAIL_FOUND_NONE;
    return is_there ? TAIL_FOUND_COPY : TAIL_FOUND_SIBLING;
}

/* Looks for the file that `place` names. `now` (or NULL) is what the path names; when it
 * is a sibling to begin with, that is *sibling, else *sibling is NULL. */
static enum tail_found
find_place(struct tail *t, const struct tail_file *now, const struct tail_place *place,
           struct tail_offer **sibling)
{
    bool is_now = now && tail_file_is(now, place);
    struct tail_offer *itself = is_now ? NULL : sibling_by_inode(t, place);
    bool is_there = is_now || itself;
    enum tail_found found;

    *sibling = NULL;
    if (is_now && tail_file_holds(now, place))
        return TAIL_FOUND_CONTINUED;
    if (itself && tail_file_holds(&itself->file, place)) {
        *sibling = itself;
        return TAIL_FOUND_SIBLING;
    }

    if (is_telling(place, is_there)) {
        found = find_content(t, now, place, is_there, sibling);
        if (found != TAIL_FOUND_NONE)
            return found;
    }
    *sibling = itself; /* truncated, written again, and then rotated away */
    return is_there ? TAIL_FOUND_REPLACED : TAIL_FOUND_UNKNOWN;
}

/* Queues the sibling at which to begin, and those that came after it. */
static void
enqueue_from(struct tail *t, struct tail_offer *sibling)
{
    enqueue(t, sibling);
    t->is_live = false;
    enqueue_siblings(t, (unsigned)(sibling - t->siblings) + 1);
}

/* The queue is empty: fills it so that reading goes on at `place`. */
static enum tail_found
start_at(struct tail *t, const struct tail_place *place)
{
    struct tail_offer *sibling;
    enum tail_found found =
        find_place(t, t->has_now ? &t->now.file : NULL, place, &sibling);

    if (found == TAIL_FOUND_SIBLING || found == TAIL_FOUND_COPY)
        tail_file_seek(&sibling->file, place);
    if (found == TAIL_FOUND_CONTINUED)
        tail_file_seek(&t->now.file, place);
    if (sibling)
        enqueue_from(t, sibling);
    if (t->has_now)
        enqueue(t, &t->now);
    return t->count > 0 ? found : TAIL_FOUND_NONE;
}

/* How many of the newest siblings hold what is young enough; the oldest of them is put to
 * its first such line. */
static unsigned
seek_siblings(struct tail *t, struct tail_buffer *b, const struct seek *seek)
{
    enum seek_found found = SEEK_WHOLE;
    unsigned i = t->sibling_count;

    while (i > 0 && found == SEEK_WHOLE) {
        struct tail_offer *s = &t->siblings[i - 1];

        if (s->mtime_ns / 1000 < seek->since_us)
            break;
        found = seek_begin(seek, &s->file, b);
        if (found == SEEK_NOTHING || found == SEEK_UNDATED)
            break;
        i--;
    }
    return t->sibling_count - i;
}

/* A log never seen before. */
static enum tail_found
start_fresh(struct tail *t, struct tail_buffer *b, const struct seek *seek)
{
    enum seek_found found = SEEK_WHOLE;

    if (t->has_now)
        found = seek_begin(seek, &t->now.file, b);
    if (found == SEEK_WHOLE && seek->time && !seek->is_tail)
        enqueue_siblings(t, t->sibling_count - seek_siblings(t, b, seek));
    if (t->has_now)
        enqueue(t, &t->now);
    return t->count > 0 ? TAIL_FOUND_FRESH : TAIL_FOUND_NONE;
}

enum tail_found
tail_begin(struct tail *t, struct tail_buffer *b, const struct tail_place *resume,
           const struct seek *seek)
{
    enum tail_found found;

    must(t->count == 0);
    if (resume && resume->inode != 0) {
        t->resume = *resume;
        found = start_at(t, resume);
    } else {
        found = start_fresh(t, b, seek);
    }
    drop_offers(t);
    return found;
}

/* The first file that came after tail_begin(). */
static enum tail_found
start_late(struct tail *t)
{
    if (t->resume.inode != 0)
        return start_at(t, &t->resume);
    if (!t->has_now)
        return TAIL_FOUND_NONE;
    enqueue(t, &t->now);
    return TAIL_FOUND_ROTATED;
}

/* The file being read was truncated: its rest may be in a copy, and then there may be
 * later copies. They go to the front of the queue, the file itself begins anew. */
static enum tail_found
recover(struct tail *t)
{
    struct tail_file old[TAIL_QUEUE];
    unsigned old_count = t->count;
    struct tail_offer *sibling, offer;
    struct tail_place place = t->files[0].place;
    enum tail_found found = find_place(t, &t->files[0], &place, &sibling);

    t->is_lost = false;
    if (found == TAIL_FOUND_CONTINUED) { /* only an unfinished line was taken back */
        tail_file_seek(&t->files[0], &place);
        return found;
    }
    tail_file_rewind(&t->files[0]);
    if (!sibling)
        return TAIL_FOUND_REPLACED;

    memcpy(old, t->files, sizeof(old));
    t->count = 0;
    tail_file_seek(&sibling->file, &place);
    enqueue_from(t, sibling);
    for (unsigned i = 0; i < old_count; i++) {
        offer = (struct tail_offer){.file = old[i]};
        enqueue(t, &offer);
    }
    return TAIL_FOUND_COPY;
}

/* Descriptors of files in the queue are of no use, but for that of the last one: the same
 * file behind a descriptor that works when the old one does not any more (NFS). */
static void
drop_known_siblings(struct tail *t)
{
    struct tail_offer *s;

    for (unsigned i = 0; i < t->sibling_count; i++) {
        s = &t->siblings[i];
        for (unsigned j = 0; j < t->count && s->file.fd >= 0; j++)
            if (tail_file_is(&s->file, &t->files[j].place))
                tail_file_close(&s->file);
    }
}

/* Queues what the path names now, unless it is the newest file known. */
static enum tail_found
follow_now(struct tail *t)
{
    struct tail_file *last = &t->files[t->count - 1];
    uint64_t size;
    int64_t mtime_ns;
    int fd;

    if (tail_file_is(&t->now.file, &last->place)) {
        fd = last->fd;
        last->fd = t->now.file.fd;
        t->now.file.fd = fd;
        return TAIL_FOUND_SAME;
    }
    if (tail_file_stat(last, &size, &mtime_ns) == 0)
        enqueue_siblings(t, first_newer(t, last, mtime_ns));
    enqueue(t, &t->now);
    return TAIL_FOUND_ROTATED;
}

enum tail_found
tail_update(struct tail *t)
{
    enum tail_found found = TAIL_FOUND_NONE, followed;

    if (t->count == 0) {
        found = start_late(t);
    } else {
        drop_known_siblings(t);
        if (t->is_lost)
            found = recover(t);
        if (t->has_now) {
            followed = follow_now(t);
            found = found == TAIL_FOUND_NONE ? followed : found;
        }
    }
    drop_offers(t);
    return found;
}

static bool
has_later_data(const struct tail *t)
{
    uint64_t size;
    int64_t mtime_ns;

    for (unsigned i = 1; i < t->count; i++)
        if (tail_file_stat(&t->files[i], &size, &mtime_ns) < 0 || size > 0)
            return true; /* what fails is told when it is read */
    return false;
}

/* Goes on to the next file. A file that had its name again later waits twice: it goes on
 * where it was left. */
static void
leave_file(struct tail *t)
{
    struct tail_file left = t->files[0];

    if (left.scanned > left.place.offset)
        t->counts.unfinished++;
    t->counts.rotations++;
    memmove(&t->files[0], &t->files[1], (t->count - 1) * sizeof(t->files[0]));
    t->count--;
    for (unsigned i = 0; i < t->count; i++)
        if (tail_file_is(&t->files[i], &left.place))
            tail_file_seek(&t->files[i], &left.place);
    tail_file_close(&left);
}

enum tail_outcome
tail_read(struct tail *t, struct tail_buffer *b, struct tail_chunk *chunk)
{
    enum tail_outcome outcome;
    bool is_over;

    if (t->count == 0) {
        t->is_live = true;
        return TAIL_NO_FILE;
    }
    if (t->is_lost)
        return TAIL_TRUNCATED;

    /* Asked before the last read: a writer that writes to the next file has written its
     * last line to this one. */
    is_over = has_later_data(t);
    outcome = tail_file_read(&t->files[0], b, chunk);
    if (outcome == TAIL_LINES && chunk->is_cut)
        t->counts.long_lines++;
    if (outcome == TAIL_TRUNCATED) {
        t->is_lost = true;
        t->counts.truncations++;
    }
    if (outcome == TAIL_FAILED)
        t->error = t->files[0].error;

    if (is_over && (outcome == TAIL_IDLE || outcome == TAIL_FAILED)) {
        leave_file(t);
        return outcome == TAIL_IDLE ? TAIL_AGAIN : TAIL_FAILED;
    }
    if (outcome == TAIL_IDLE)
        t->is_live = true;
    return outcome;
}

bool
tail_place_done(const struct tail *t, struct tail_place *out)
{
    if (t->count == 0)
        return false;
    *out = t->files[0].place;
    return true;
}

bool
tail_place_now(const struct tail *t, uint64_t offset, struct tail_place *out)
{
    if (t->count == 0)
        return false;
    must(offset <= t->files[0].place.offset); /* of this file: see the contract */
    *out = t->files[0].place;
    out->offset = offset;
    return true;
}

bool
tail_is_live(const struct tail *t)
{
    return t->is_live;
}
