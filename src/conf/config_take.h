/* config_take: what the files share that take the configuration off the wire. A role
 * trusts nothing: every number is checked against the bounds of config.h, and an index
 * must be the next one. Private to them.
 */
#pragma once

#include "base/mem.h"
#include "conf/config.h"
#include "wire/wire.h"

/* How a message is taken; false: it is out of order or out of bounds. */
struct config_message {
    enum wire_type type;
    bool (*take)(struct config *c, struct span fields);
};

/* config_take_jail.c: the messages of a jail and of what belongs to it. */
extern const struct config_message config_jail_messages[];
extern const size_t config_jail_message_count;

/* Whether it is a time that an option may be. */
static inline bool
config_is_time(int64_t s)
{
    return s >= 1 && s <= CONFIG_TIME_MAX_S;
}

/* A copy that the caller frees. */
static inline char *
config_text_copy(struct span s)
{
    return mem_copy_text(s.len ? s.ptr : "", s.len);
}

/* Whether it may be a C string, and has `min` bytes. */
static inline bool
config_is_text(struct span s, size_t min)
{
    return s.len >= min && span_find_byte(s, '\0') < 0;
}
