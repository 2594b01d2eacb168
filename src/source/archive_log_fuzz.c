/* archive_log_read(): any bytes end, within the bound on what may come out; plain ones
 * come out as they are, and the size of the reader's block changes nothing.
 *
 * Input: the first byte is the size of the block, the others are the file. */
#include "source/archive_log.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t bytes, sum;
    ssize_t end;
    enum archive_form form;
};

static struct seen
read_all(int fd, size_t step)
{
    struct archive_log *a;
    struct seen seen = {0};
    char block[4096];
    ssize_t n;

    must(lseek(fd, 0, SEEK_SET) == 0);
    a = archive_log_new(fd);
    while ((n = archive_log_read(a, block, step)) > 0) {
        must((size_t)n <= step);
        seen.bytes += (uint64_t)n;
        for (ssize_t i = 0; i < n; i++)
            seen.sum = seen.sum * 31 + (unsigned char)block[i];
    }
    must((n == 0) == (archive_log_why(a)[0] == '\0'));
    must(seen.bytes <= ARCHIVE_LOG_FREE_BYTES ||
         seen.bytes / ARCHIVE_LOG_RATIO_MAX <= archive_log_taken(a));
    seen.end = n;
    seen.form = archive_log_form(a);
    archive_log_free(a);
    return seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step = size ? (size_t)data[0] + 16 : 16;
    int fd = memfd_create("archive", MFD_CLOEXEC);
    struct seen some, all;
    uint64_t sum = 0;

    must(fd >= 0);
    for (size_t i = 1; i < size; i++)
        sum = sum * 31 + data[i];
    must(size < 2 || pwrite(fd, data + 1, size - 1, 0) == (ssize_t)(size - 1));
    some = read_all(fd, step);
    all = read_all(fd, 4096);
    must(all.form == some.form && all.end == some.end);
    must(all.end != 0 || (all.bytes == some.bytes && all.sum == some.sum));
    must(all.form != ARCHIVE_LOG_PLAIN ||
         (all.end == 0 && all.bytes == (size ? size - 1 : 0) && all.sum == sum));
    (void)close(fd);
    return 0;
}
