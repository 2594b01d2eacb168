#include "judge_scopes.h"

#include "base/hash.h"

/* What a scope is called: number 0 stands for "not known". Numbers of scopes mean another
 * thing in each configuration, so it is the table, the ports and what becomes of packets.
 */
static uint64_t
identity(const struct config *c, const struct config_jail *jail)
{
    static const struct hash_key key = {0x6b6f6d61696e7500, 2};
    const struct config_scope *s = &c->scopes[jail->scope];
    bool is_by_commands = jail->is_by_commands;
    struct buf text = {0};
    uint64_t hash;

    buf_printf(&text, "%s %d", c->table, s->block);
    if (is_by_commands)
        buf_add_text(&text, " commands");
    for (size_t i = 0; i < s->count; i++)
        buf_printf(&text, " %u:%u-%u", s->ports[i].protocol, s->ports[i].first,
                   s->ports[i].last);
    hash = hash_bytes(key, text.ptr, text.len);
    buf_fini(&text);
    return hash ? hash : 1;
}

void
judge_load_scopes(struct judge *j)
{
    const struct config *c = &j->role.config;

    for (size_t i = 0; i < c->jail_count; i++) {
        j->jails[i].is_moved = store_jail_scope(j->store, span_of(c->jails[i].name)) !=
                               identity(c, &c->jails[i]);
        j->has_new_scopes |= j->jails[i].is_moved;
    }
}

void
judge_settle_scopes(struct judge *j)
{
    for (size_t i = 0; i < j->role.config.jail_count; i++) {
        j->has_new_scopes |= j->jails[i].is_moved;
        j->jails[i].is_moved = false;
    }
    j->is_dirty |= j->has_new_scopes;
}

void
judge_write_scopes(struct judge *j)
{
    const struct config *c = &j->role.config;

    for (size_t i = 0; i < c->jail_count; i++)
        store_put_jail_scope(j->store, span_of(c->jails[i].name),
                             j->jails[i].is_moved ? 0 : identity(c, &c->jails[i]));
}
