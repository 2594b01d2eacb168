#include "store/allow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "line/stamp.h"

#define HEADER                                                                           \
    "# komainu: never banned. ADDRESS[/LENGTH] or "                                      \
    "NAME[=ADDRESS,...] UNTIL COMMENT\n"

enum { PATH_BYTES = 4096, READ_BYTES = 1 << 16 };

void
allow_init(struct allow *a)
{
    *a = (struct allow){.kept = buf_bounded(ALLOW_FILE_MAX)};
    table_init(&a->entries, sizeof(struct addr), sizeof(struct allow_entry), ALLOW_MAX);
    table_init(&a->names, sizeof(struct host_key), sizeof(struct allow_name),
               ALLOW_NAMES_MAX);
    table_init(&a->named, sizeof(struct addr), sizeof(uint16_t), ALLOW_NAMED_MAX);
}

void
allow_fini(struct allow *a)
{
    table_fini(&a->entries);
    table_fini(&a->names);
    table_fini(&a->named);
    buf_fini(&a->kept);
    *a = (struct allow){0};
}

static uint16_t *
length_count(struct allow *a, const struct addr *who)
{
    return &a->lengths[who->family == 6][who->bits];
}

/* False when it is that already. */
static bool
set_entry(struct allow_entry *e, int64_t until_us, struct span comment)
{
    comment = span_head(comment, ALLOW_COMMENT_MAX);
    if (e->until_us == until_us &&
        span_eq((struct span){e->comment, e->comment_len}, comment))
        return false;
    e->until_us = until_us;
    e->comment_len = (uint16_t)comment.len;
    if (comment.len)
        memcpy(e->comment, comment.ptr, comment.len);
    return true;
}

enum allow_put
allow_put(struct allow *a, const struct addr *who, int64_t until_us, struct span comment)
{
    struct allow_entry *e = table_find(&a->entries, who);

    if (e)
        return set_entry(e, until_us, comment) ? ALLOW_CHANGED : ALLOW_SAME;
    e = table_put(&a->entries, who);
    if (!e)
        return ALLOW_FULL;
    ++*length_count(a, who);
    (void)set_entry(e, until_us, comment); /* new, even when all of it is zero */
    return ALLOW_NEW;
}

enum allow_put
allow_put_name(struct allow *a, const struct host_key *name, int64_t until_us,
               struct span comment)
{
    struct allow_name *n = table_find(&a->names, name);

    if (n)
        return set_entry(&n->entry, until_us, comment) ? ALLOW_CHANGED : ALLOW_SAME;
    n = table_put(&a->names, name);
    if (!n)
        return ALLOW_FULL;
    (void)set_entry(&n->entry, until_us, comment); /* as above */
    return ALLOW_NEW;
}

static void
leave_address(struct allow *a, const struct addr *who)
{
    uint16_t *names = table_find(&a->named, who);

    if (--*names == 0)
        table_remove(&a->named, names);
}

static int
compare(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

static bool
is_same_list(const struct addr *a, const struct addr *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!addr_eq(&a[i], &b[i]))
            return false;
    return true;
}

bool
allow_set_addresses(struct allow *a, struct allow_name *name,
                    const struct addr *addresses, size_t count)
{
    struct addr fresh[ALLOW_ADDRESSES_MAX] = {0};
    size_t n = 0;

    if (count > ALLOW_ADDRESSES_MAX)
        count = ALLOW_ADDRESSES_MAX;
    if (count)
        memcpy(fresh, addresses, count * sizeof(*fresh));
    qsort(fresh, count, sizeof(*fresh), compare);
    for (size_t i = 0; i < count; i++)
        if (n == 0 || !addr_eq(&fresh[i], &fresh[n - 1]))
            fresh[n++] = fresh[i];
    if (n == name->count && is_same_list(fresh, name->addresses, n))
        return false;
    for (size_t i = 0; i < name->count; i++)
        leave_address(a, &name->addresses[i]);
    for (size_t i = 0; i < n; i++) {
        uint16_t *names = table_put(&a->named, &fresh[i]);

        must(names); /* ALLOW_NAMED_MAX is all that names can have */
        ++*names;
        name->addresses[i] = fresh[i];
    }
    name->count = n;
    return true;
}

bool
allow_remove_name(struct allow *a, const struct host_key *name)
{
    struct allow_name *n = table_find(&a->names, name);

    if (!n)
        return false;
    (void)allow_set_addresses(a, n, NULL, 0); /* whether it had any */
    table_remove(&a->names, n);
    return true;
}

bool
allow_remove(struct allow *a, const struct addr *who)
{
    struct allow_entry *e = table_find(&a->entries, who);

    if (!e)
        return false;
    table_remove(&a->entries, e);
    --*length_count(a, who);
    return true;
}

bool
allow_tells(const struct allow *a, const struct addr *who)
{
    return table_find(&a->entries, who) || table_find(&a->named, who);
}

bool
allow_has(const struct allow *a, const struct addr *who)
{
    const uint16_t *lengths = a->lengths[who->family == 6];

    if (a->named.count && table_find(&a->named, who))
        return true;
    if (!a->entries.count || !who->family)
        return false;
    for (unsigned bits = 0; bits <= who->bits; bits++) {
        struct addr around;

        if (!lengths[bits])
            continue;
        around = addr_mask(*who, bits);
        if (table_find(&a->entries, &around))
            return true;
    }
    return false;
}

/* Keeps the sooner of two ends. */
static void
keep_sooner(const struct allow_entry *e, bool *is_any, int64_t *due_us)
{
    if (e->until_us < 0 || (*is_any && e->until_us >= *due_us))
        return;
    *due_us = e->until_us;
    *is_any = true;
}

bool
allow_next_end(const struct allow *a, int64_t *due_us)
{
    bool is_any = false;

    for (const struct allow_entry *e = table_oldest(&a->entries); e;
         e = table_next(&a->entries, e))
        keep_sooner(e, &is_any, due_us);
    for (const struct allow_name *n = table_oldest(&a->names); n;
         n = table_next(&a->names, n))
        keep_sooner(&n->entry, &is_any, due_us);
    return is_any;
}

bool
allow_find_over(const struct allow *a, int64_t now_us, struct addr *who)
{
    for (const struct allow_entry *e = table_oldest(&a->entries); e;
         e = table_next(&a->entries, e)) {
        if (e->until_us < 0 || e->until_us > now_us)
            continue;
        *who = *(const struct addr *)table_key(&a->entries, e);
        return true;
    }
    return false;
}

bool
allow_find_name_over(const struct allow *a, int64_t now_us, struct host_key *name)
{
    for (const struct allow_name *n = table_oldest(&a->names); n;
         n = table_next(&a->names, n)) {
        if (n->entry.until_us < 0 || n->entry.until_us > now_us)
            continue;
        *name = *(const struct host_key *)table_key(&a->names, n);
        return true;
    }
    return false;
}

bool
allow_is_comment(struct span comment)
{
    for (size_t i = 0; i < comment.len; i++)
        if ((unsigned char)comment.ptr[i] < ' ' || comment.ptr[i] == 0x7F)
            return false;
    return comment.len <= ALLOW_COMMENT_MAX;
}

/* --- the file --- */

static bool
parse_until(struct span word, int64_t *until_us)
{
    struct stamp stamp;

    if (span_eq(word, SPAN("never"))) {
        *until_us = -1;
        return true;
    }
    /* The zone stands there: what is meant does not hang on where the guard runs. */
    return stamp_read_iso(word, &stamp) == word.len && word.len && stamp.has_zone &&
           stamp_wall_us(&stamp, (struct dates_zone){0}, 0, until_us);
}

/* The addresses behind a name, with commas between; false when one is none. */
static bool
parse_addresses(struct span text, struct addr list[ALLOW_ADDRESSES_MAX], size_t *count)
{
    bool has_more = true;
    struct span word;

    for (*count = 0; has_more; ++*count) {
        has_more = span_cut(text, SPAN(","), &word, &text);
        if (*count == ALLOW_ADDRESSES_MAX ||
            !addr_parse(has_more ? word : text, &list[*count]))
            return false;
    }
    return true;
}

static bool
parse_name(struct allow *a, struct span first, int64_t until_us, struct span comment)
{
    struct addr list[ALLOW_ADDRESSES_MAX];
    struct span name = first, addresses;
    struct host_key key;
    size_t count = 0;

    if (span_cut(first, SPAN("="), &name, &addresses) &&
        !parse_addresses(addresses, list, &count))
        return false;
    if (!host_is_name(name))
        return false;
    key = host_key_of(name);
    if (allow_put_name(a, &key, until_us, comment) == ALLOW_FULL)
        return false;
    (void)allow_set_addresses(a, table_find(&a->names, &key), list, count); /* as read */
    return true;
}

/* False when the line is no entry, or one too many. */
static bool
parse_entry(struct allow *a, struct span line)
{
    struct span first, until, comment = {0};
    struct addr who;
    int64_t until_us;

    if (!span_cut(line, SPAN(" "), &first, &until))
        return false;
    if (!span_cut(until, SPAN(" "), &until, &comment))
        comment = (struct span){0};
    comment = span_trim(comment);
    if (!parse_until(until, &until_us) || !allow_is_comment(comment))
        return false;
    if (!addr_parse_prefix(first, &who))
        return parse_name(a, first, until_us, comment);
    return allow_put(a, &who, until_us, comment) != ALLOW_FULL;
}

void
allow_parse(struct allow *a, struct span text)
{
    struct span line;
    uint32_t number = 0;

    while (span_line(&text, &line)) {
        bool is_entry = parse_entry(a, line);

        number++;
        if (is_entry)
            continue;
        buf_add(&a->kept, line);
        buf_add_byte(&a->kept, '\n');
        if (!span_trim(line).len || line.ptr[0] == '#')
            continue;
        if (a->broken++ == 0)
            a->first_at = number;
    }
}

/* What stands behind the first word. */
static void
print_rest(const struct allow_entry *e, struct buf *out)
{
    char until[CLOCK_TEXT_MAX];

    buf_printf(out, " %s", e->until_us < 0 ? "never" : clock_text(e->until_us, until));
    if (e->comment_len)
        buf_add_byte(out, ' ');
    buf_add(out, (struct span){e->comment, e->comment_len});
    buf_add_byte(out, '\n');
}

static void
print_name(const struct allow *a, const struct allow_name *n, struct buf *out)
{
    const struct host_key *key = table_key(&a->names, n);
    char text[ADDR_TEXT_MAX];

    buf_add_text(out, key->text);
    for (size_t i = 0; i < n->count; i++)
        buf_printf(out, "%c%s", i ? ',' : '=', addr_text(&n->addresses[i], text));
    print_rest(&n->entry, out);
}

void
allow_print(const struct allow *a, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (!a->kept.len)
        buf_add_text(out, HEADER);
    buf_add(out, buf_span(&a->kept));
    for (const struct allow_entry *e = table_oldest(&a->entries); e;
         e = table_next(&a->entries, e)) {
        buf_add_text(out, addr_text(table_key(&a->entries, e), text));
        print_rest(e, out);
    }
    for (const struct allow_name *n = table_oldest(&a->names); n;
         n = table_next(&a->names, n))
        print_name(a, n, out);
}

static bool
path_in(const char *folder, const char *name, char path[PATH_BYTES])
{
    int n = snprintf(path, PATH_BYTES, "%s/%s", folder, name);

    return n > 0 && n < PATH_BYTES;
}

static int
read_all(int fd, struct buf *text)
{
    char piece[READ_BYTES];
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) != 0) {
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            buf_add(text, (struct span){piece, (size_t)n});
    }
    return text->is_cut ? -EFBIG : 0;
}

int
allow_load(struct allow *a, const char *folder)
{
    struct buf text = buf_bounded(ALLOW_FILE_MAX);
    char path[PATH_BYTES];
    int fd, rc;

    if (!path_in(folder, "allow", path))
        return -ENAMETOOLONG;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    rc = read_all(fd, &text);
    (void)close(fd); /* only read */
    if (rc == 0)
        allow_parse(a, buf_span(&text));
    buf_fini(&text);
    return rc;
}

static int
write_all(int fd, struct span text)
{
    ssize_t n;

    while (text.len) {
        n = write(fd, text.ptr, text.len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            text = span_from(text, (size_t)n);
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

int
allow_save(const struct allow *a, const char *folder)
{
    struct buf text = {0};
    char path[PATH_BYTES], fresh[PATH_BYTES];
    int fd, rc;

    if (!path_in(folder, "allow", path) || !path_in(folder, "allow.new", fresh))
        return -ENAMETOOLONG;
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    allow_print(a, &text);
    rc = write_all(fd, buf_span(&text));
    buf_fini(&text);
    if (close(fd) != 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(fresh, path) != 0)
        rc = -errno;
    if (rc != 0)
        (void)unlink(fresh); /* the next time overwrites it */
    return rc;
}
