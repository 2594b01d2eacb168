#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/migrate_steps.h"

#define MARK                                                                             \
    "# Written by `komainu migrate --apply`; `komainu migrate --undo` removes it.\n"

enum { FILE_BYTES_MAX = 16 << 10 };

static const char *const before_words[] = {"guard-active", "guard-enabled",
                                           "fail2ban-active", "fail2ban-enabled"};

char *
migrate_file_path(const struct ctl_args *args)
{
    struct buf path = {0};

    buf_printf(&path, "%s/%s", migrate_config_directory(args), MIGRATE_FILE);
    return buf_detach(&path);
}

bool
migrate_fail_file(const char *path, struct buf *error)
{
    text_foreign(error, span_of(path));
    buf_printf(error, ": %s", strerror(errno));
    return false;
}

bool
migrate_write_file(const char *path, const char *directory,
                   const struct migrate_before *b, const char *socket, struct buf *error)
{
    const bool states[] = {b->guard_active, b->guard_enabled, b->fail2ban_active,
                           b->fail2ban_enabled};
    struct buf text = {0}, next = {0}, folder = {0};
    bool is_good = false;
    int fd;

    buf_add_text(&text, MARK "# before:");
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (states[i])
            buf_printf(&text, " %s", before_words[i]);
    buf_printf(&text, "\n[komainu]\nfail2ban = %s\n", directory);
    if (socket)
        buf_printf(&text, "fail2ban-socket = %s\n", socket);
    buf_add(&folder,
            span_head(span_of(path), (size_t)span_find_last(span_of(path), '/')));
    (void)mkdir(folder.ptr, 0755); /* open() tells when it is not there */
    buf_printf(&next, "%s.new", path);
    (void)unlink(next.ptr); /* of one that was interrupted */
    fd = open(next.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0) {
        is_good = ctl_flush(fd, &text) == 0 && fsync(fd) == 0;
        is_good = close(fd) == 0 && is_good && rename(next.ptr, path) == 0;
    }
    if (!is_good)
        (void)migrate_fail_file(path, error);
    buf_fini(&text);
    buf_fini(&next);
    buf_fini(&folder);
    return is_good;
}

enum migrate_file
migrate_read_file(const char *path, struct migrate_before *b, struct buf *directory)
{
    bool *const states[] = {&b->guard_active, &b->guard_enabled, &b->fail2ban_active,
                            &b->fail2ban_enabled};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char bytes[FILE_BYTES_MAX];
    struct span rest, line;
    ssize_t n;

    if (fd < 0)
        return errno == ENOENT ? FILE_NONE : FILE_FOREIGN;
    n = read(fd, bytes, sizeof(bytes));
    (void)close(fd); /* only read */
    rest = (struct span){bytes, n > 0 ? (size_t)n : 0};
    if (!span_take(&rest, SPAN(MARK)))
        return FILE_FOREIGN;
    while (span_line(&rest, &line)) {
        if (span_take(&line, SPAN("# before:")))
            for (size_t i = 0; i < ARRAY_LEN(states); i++)
                *states[i] = span_find(line, span_of(before_words[i])) >= 0;
        if (span_take(&line, SPAN("fail2ban = ")))
            buf_add(directory, line);
    }
    return FILE_OURS;
}
