/* grey_dump: the text that db_dump writes of a Berkeley DB (db_dump, db_dump -p), line by
 * line: a head up to HEADER=END, then a key and a value in turn, each on a line that
 * begins with a blank, up to DATA=END. In hex, or (format=print) with \XX for what cannot
 * be printed and \\ for a backslash.
 *
 *     struct grey_dump d = {.fn = take, .ctx = ctx};
 *     while (there is a line)
 *         if (!grey_dump_line(&d, line)) ...
 *     is_whole = grey_dump_is_whole(&d);
 *     grey_dump_fini(&d);
 */
#pragma once

#include "base/buf.h"

enum { GREY_DUMP_LINE_MAX = 16384 };

typedef void grey_dump_fn(void *ctx, struct span key, struct span value);

struct grey_dump {
    grey_dump_fn *fn; /* gets each pair; the texts live until it returns */
    void *ctx;
    bool is_print, has_format, is_in_data, has_key, has_ended;
    uint64_t broken; /* lines that could not be read, with the pairs they are of */
    bool is_key_broken;
    struct buf key, value;
};

/* Takes one line, without its LF. False: this is no dump, and nothing more will be read;
 * an empty file has no line at all (grey_dump_is_whole()). */
NODISCARD bool grey_dump_line(struct grey_dump *d, struct span line);

/* Takes all lines that `fd` gives. 0; -EBADMSG: it is no dump, or its end is missing
 * (what was there is taken); or another negative errno. */
NODISCARD int grey_dump_read(struct grey_dump *d, int fd);

/* Whether all of a dump was there. */
bool grey_dump_is_whole(const struct grey_dump *d);

/* Frees what it holds; a zeroed one is legal. */
void grey_dump_fini(struct grey_dump *d);
