/* layers: which files make up one configuration, and in what order.
 *
 * For the name X: the X.conf that is built in, then of the directory X.conf, X.d/ *.conf
 * in byte order, X.local, X.d/ *.local. Every file may name others in [INCLUDES] before
 * and after, one a line, seen from its own folder; loops are cut, and Y.local is read
 * behind an included Y.conf. An included file that does not exist is skipped. Later files
 * win option by option.
 */
#pragma once

#include "conf/ini.h"

enum {
    LAYERS_FILES_MAX = 256, /* files of one configuration */
    LAYERS_DEPTH_MAX = 8,   /* includes inside includes */
    LAYERS_PATH_MAX = 512,
};

/* A file that is built in: "jail.conf", "filter.d/sshd.conf". */
#define LAYERS_BUILTIN "built-in" /* the folder of what is built in, in messages */

struct conf_builtin {
    const char *name;
    const char *text;
    size_t len;
};

/* What tools/embed.py made of etc/ and filters/; ends with a NULL name. */
extern const struct conf_builtin conf_builtins[];

struct layers {
    const struct conf_builtin *builtins; /* ends with a NULL name */
    const char *directory;               /* NULL: only what is built in */
};

/* Reads the configuration called `name` ("jail", "filter.d/sshd") into the empty `*out`.
 * Returns how many files were read; 0: there is no such configuration. Errors go to
 * `e`. */
size_t layers_read(const struct layers *l, const char *name, struct ini *out,
                   struct conf_errors *e);

/* Appends the regular file at `path`, up to somewhat more than `most` bytes, by which the
 * caller sees that it is too long. 0, or a negative errno; -EINVAL: no regular file. */
NODISCARD int layers_read_file(const char *path, size_t most, struct buf *text);
