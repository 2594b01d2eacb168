/* access_file: a file that is read again when it is another one than before. */
#pragma once

#include <sys/stat.h>

#include "base/buf.h"

enum { ACCESS_FILE_MAX = 64 << 20 /* bytes */ };

struct access_file {
    const char *path; /* borrowed */
    struct stat seen; /* of what was read last; of a zeroed one nothing was */
    int seen_error;
};

enum access_file_outcome {
    ACCESS_FILE_SAME,
    ACCESS_FILE_READ, /* `text` has it */
    ACCESS_FILE_BAD,  /* it cannot be had; `why` says so, once */
};

/* Reads it if it has changed. One stat() where nothing has. */
NODISCARD enum access_file_outcome access_file_read(struct access_file *f,
                                                    struct buf *text, struct buf *why);
