/* The groups of an import: bans by jail, as frames. */
#include "base/mem.h"
#include "ctl/import.h"

enum { GROUP_BYTES_MAX = 1 << 28, ADDRESSES_MAX = 1 << 20 };

static uint16_t
jail_of(const struct config *c, struct span name)
{
    for (size_t i = 0; c && i < c->jail_count; i++)
        if (span_eq(span_of(c->jails[i].name), name))
            return (uint16_t)i;
    return IMPORT_BY_HAND;
}

struct import_group *
import_group(struct import *i, struct span name)
{
    struct import_group *g;

    for (size_t n = 0; n < i->group_count; n++)
        if (span_eq(span_of(i->groups[n].name), name))
            return &i->groups[n];
    if (i->group_count == IMPORT_GROUPS_MAX) {
        i->is_left_out = true;
        return NULL;
    }
    i->groups = mem_realloc(i->groups, i->group_count + 1, sizeof(*i->groups));
    g = &i->groups[i->group_count++];
    *g = (struct import_group){.name = mem_copy_text(name.ptr, name.len),
                               .jail = jail_of(i->config, name),
                               .bans = buf_bounded(GROUP_BYTES_MAX),
                               .past = buf_bounded(GROUP_BYTES_MAX)};
    table_init(&g->last, sizeof(struct addr), sizeof(int64_t), ADDRESSES_MAX);
    return g;
}

void
import_fini(struct import *i)
{
    for (size_t n = 0; n < i->group_count; n++) {
        mem_free(i->groups[n].name);
        buf_fini(&i->groups[n].bans);
        buf_fini(&i->groups[n].past);
        table_fini(&i->groups[n].last);
    }
    for (size_t n = 0; n < i->place_count; n++) {
        mem_free(i->places[n].path);
        mem_free(i->places[n].cursor);
    }
    mem_free(i->groups);
    mem_free(i->places);
    *i = (struct import){0};
}

uint64_t
import_taken(const struct import *i)
{
    uint64_t taken = 0;

    for (size_t n = 0; n < i->group_count; n++)
        taken += i->groups[n].done.bans + i->groups[n].done.past;
    return taken;
}
