/* show_list: lists of one kind of thing as JSON: an array in an object, or one object a
 * line.
 */
#pragma once

#include "base/text.h"

struct show_list {
    const char *name; /* the key of the array */
    /* Appends an object for each thing in the frames, each with a line feed behind it
     * when `is_lines`; returns how many. */
    size_t (*objects)(struct span frames, bool is_lines, struct buf *out);
};

/* Appends the array. Returns how many objects it has. */
size_t show_list_array(const struct show_list *l, struct span frames, struct buf *out);

/* Appends one object with the array, or (`is_lines`) one object a line. Returns how many.
 */
size_t show_list_json(const struct show_list *l, struct span frames,
                      const struct screen *s, bool is_lines, struct buf *out);
