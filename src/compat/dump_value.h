/* dump_value: values as Python prints them: [1, 'text', None], and as pprint breaks long
 * ones.
 */
#pragma once

#include "base/buf.h"

enum dump_kind {
    DUMP_NONE,
    DUMP_TEXT,
    DUMP_BARE, /* printed as it is: numbers, True, False */
    DUMP_LIST,
    DUMP_DICTIONARY, /* names and values by turns */
};

enum { DUMP_WIDTH = 1000, DUMP_INDENT = 2 };

struct dump_value {
    enum dump_kind kind;
    struct span text; /* borrowed, but for `owned` */
    char *owned;
    struct dump_value *items;
    size_t count, room;
};

/* Appends a value to a list and returns it; valid until the next one. */
struct dump_value *dump_value_add(struct dump_value *list, enum dump_kind kind);

/* Appends a text to a list, borrowed. */
void dump_value_text(struct dump_value *list, struct span text);

/* Appends a copy of a text to a list. */
void dump_value_own(struct dump_value *list, const struct buf *text);

/* Appends repr() of the value, which is at most 3 lists deep. */
void dump_value_print(const struct dump_value *v, struct buf *out);

/* Appends the value as pprint does, DUMP_WIDTH wide, lists indented by DUMP_INDENT. */
void dump_value_pretty(const struct dump_value *v, struct buf *out);

/* Appends a text in JSON as Python's json.dumps() has it: ASCII. */
void dump_json(struct span text, struct buf *out);

/* Frees what the value owns. */
void dump_value_fini(struct dump_value *v);
