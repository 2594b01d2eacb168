/* How far fail2ban has read each log, as places of ours. */
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha1.h"
#include "ctl/import.h"
#include "source/tail_file.h"
#include "store/fail2ban_db.h"

static const struct config_source *
source_of(const struct import *i, const struct config_jail *j, struct span path)
{
    for (size_t n = 0; n < j->source_count; n++) {
        const struct config_source *s = &i->config->sources[j->sources[n]];

        if (span_eq(path, SPAN(FAIL2BAN_DB_JOURNAL)) ? s->kind == SOURCE_JOURNAL
                                                     : span_eq(path, span_of(s->path)))
            return s;
    }
    return NULL;
}

/* Whether the first line, with its newline, has this hash. */
static bool
begins_with(const struct tail_file *f, struct tail_buffer *b, struct span hash)
{
    ssize_t n = tail_file_peek(f, b, sizeof(b->bytes), 0);
    const char *newline = n > 0 ? memchr(b->bytes, '\n', (size_t)n) : NULL;
    char hex[SHA1_HEX];

    if (!newline)
        return false;
    sha1_hex(span_between(b->bytes, newline + 1), hex);
    return span_eq(hash, span_of(hex));
}

/* Whether a line begins at `offset`. */
static bool
is_at_line(const struct tail_file *f, struct tail_buffer *b, uint64_t offset)
{
    return offset == 0 ||
           (tail_file_peek(f, b, 1, offset - 1) == 1 && b->bytes[0] == '\n');
}

static const char *
place_in(struct tail_file *f, struct tail_buffer *b, struct span hash, uint64_t offset)
{
    struct tail_chunk chunk;
    uint64_t size;
    int64_t mtime_ns;

    if (tail_file_stat(f, &size, &mtime_ns) != 0)
        return "it cannot be read";
    if (hash.len != SHA1_HEX - 1)
        return "fail2ban kept no SHA-1 of its first line";
    if (size < offset || !begins_with(f, b, hash))
        return "it is another file by now";
    if (!is_at_line(f, b, offset))
        return "fail2ban stopped inside of a line";
    tail_file_begin_at(f, offset);
    if (tail_file_read(f, b, &chunk) > TAIL_AGAIN) /* which takes its fingerprint */
        return "it cannot be read";
    return NULL;
}

static void
find_place(struct import_place *p, struct span hash, uint64_t offset)
{
    struct tail_buffer *buffer = mem_zalloc(1, sizeof(*buffer));
    int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct tail_file f;

    if (fd < 0 || tail_file_take(fd, &f) != 0) {
        p->why = "it cannot be read";
    } else {
        p->why = place_in(&f, buffer, hash, offset);
        p->place = (struct store_place){.path = span_of(p->path),
                                        .device = f.place.device,
                                        .inode = f.place.inode,
                                        .fingerprint = f.place.fingerprint,
                                        .fingerprint_len = f.place.fingerprint_len,
                                        .offset = offset};
        tail_file_close(&f);
    }
    mem_free(buffer);
}

/* A cursor of systemd's that says only when: the entry behind that is the next one. */
static void
place_journal(struct import_place *p, double position)
{
    struct buf cursor = {0};

    buf_printf(&cursor, "t=%llx", (unsigned long long)(position * (double)SECOND_US));
    p->cursor = buf_detach(&cursor);
    p->place =
        (struct store_place){.path = span_of(p->path), .cursor = span_of(p->cursor)};
}

static struct import_place *
known_place(struct import *i, const char *path)
{
    for (size_t n = 0; n < i->place_count; n++)
        if (strcmp(i->places[n].path, path) == 0)
            return &i->places[n];
    return NULL;
}

void
import_place(struct import *i, struct span jail, struct span path, struct span hash,
             double position)
{
    const struct config_source *source = NULL;
    struct import_place *p;

    for (size_t n = 0; n < i->config->jail_count && !source; n++)
        if (span_eq(jail, span_of(i->config->jails[n].name)))
            source = source_of(i, &i->config->jails[n], path);
    if (!source)
        return; /* not read here */
    p = known_place(i, source->path);
    if (p && !p->why)
        return; /* that of the jail that is least far: the rest is read once more by
                   others */
    if (!p) {
        i->places = mem_realloc(i->places, i->place_count + 1, sizeof(*i->places));
        p = &i->places[i->place_count++];
        *p = (struct import_place){.path =
                                       mem_copy_text(source->path, strlen(source->path))};
    }
    if (source->kind == SOURCE_JOURNAL)
        place_journal(p, position);
    else
        find_place(p, hash, (uint64_t)position);
}
