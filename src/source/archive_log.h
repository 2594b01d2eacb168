/* archive_log: the bytes of a log that may be compressed: gzip, xz, zstd or bzip2, known
 * by its first bytes and not by its name. Any other log comes out as it is.
 *
 * What comes out is bounded by what went in: a file that unpacks to more than
 * ARCHIVE_LOG_RATIO_MAX times its size is refused once ARCHIVE_LOG_FREE_BYTES are out,
 * and so is one that is compressed twice. Memory does not grow with the
 * log: xz files whose first block wants a dictionary above ARCHIVE_LOG_DICTIONARY_MAX are
 * refused, zstd ones by its own bound (128 MiB). Several members behind each other are
 * one log.
 *
 *     struct archive_log *a = archive_log_new(fd);
 *     while ((n = archive_log_read(a, block, sizeof(block))) > 0)
 *         ...
 *     if (n < 0)
 *         complain(archive_log_why(a));
 *     archive_log_free(a);
 */
#pragma once

#include <sys/types.h>

#include "base/span.h"

enum archive_form {
    ARCHIVE_LOG_PLAIN,
    ARCHIVE_LOG_GZIP,
    ARCHIVE_LOG_XZ,
    ARCHIVE_LOG_ZSTD,
    ARCHIVE_LOG_BZIP2
};

enum {
    ARCHIVE_LOG_RATIO_MAX = 500,
    ARCHIVE_LOG_FREE_BYTES = 64 << 20,
    ARCHIVE_LOG_DICTIONARY_MAX = 128 << 20,
};

struct archive_log;

/* Begins to read from `fd`, from where it stands; it stays the caller's and open until
 * archive_log_free(). Nothing is read yet. */
NODISCARD struct archive_log *archive_log_new(int fd);

/* NULL is legal. */
void archive_log_free(struct archive_log *a);

/* Reads on: 1 to `room` bytes (that is at least 16 the first time), 0 at the end, a
 * negative errno when `fd` cannot be read. -EBADMSG: the file is damaged, cut short or
 * refused; what came before is good. After a failure every call fails the same way. */
NODISCARD ssize_t archive_log_read(struct archive_log *a, char *out, size_t room);

/* What is wrong, after a failure, as text without the name of the log; borrowed. */
const char *archive_log_why(const struct archive_log *a);

/* How it is compressed; known after the first read. */
enum archive_form archive_log_form(const struct archive_log *a);

/* "plain", "gzip", "xz", "zstd" or "bzip2". */
const char *archive_log_form_name(enum archive_form form);

/* How many bytes were taken from `fd`. */
uint64_t archive_log_taken(const struct archive_log *a);
