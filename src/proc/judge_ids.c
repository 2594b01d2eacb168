#include "judge_ids.h"

#include "enforce/rung.h"
#include "judge_allow.h"
#include "judge_parts.h"
#include "store/store_ids.h"

const char *
judge_who(const struct judge *j, const struct addr *who, char dst[JUDGE_WHO_MAX])
{
    struct buf text = buf_bounded(JUDGE_WHO_MAX - 1);

    if (!ident_is(who)) {
        char address[ADDR_TEXT_MAX];

        (void)snprintf(dst, JUDGE_WHO_MAX, "%s", addr_text(who, address));
        return dst;
    }
    buf_escaped(&text, idents_find(&j->ids, who));
    (void)snprintf(dst, JUDGE_WHO_MAX, "%s", text.ptr ? text.ptr : "?");
    buf_fini(&text);
    return dst;
}

struct addr
judge_address(const struct addr *who)
{
    return ident_is(who) ? (struct addr){0} : *who;
}

/* --- knowing --- */

static bool
may_go(void *ctx, const struct addr *who)
{
    const struct judge *j = ctx;
    struct ban_key key = {.who = *who};

    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        key.jail = decide_jail_at(&j->decide, i);
        if (decide_find_ban(&j->decide, &key))
            return false;
    }
    return true;
}

static bool
is_wanted(const struct judge *j, const struct event *e)
{
    for (size_t i = 0; i < j->role.config.jail_count; i++)
        if (j->role.config.jails[i].filter == e->filter &&
            j->role.config.jails[i].is_rate)
            return true;
    return false;
}

bool
judge_know_id(struct judge *j, struct event *e)
{
    struct addr a;

    if (!e->id.len || !e->is_failure)
        return true;
    if (!addr_parse_prefix(e->id, &a)) {
        e->key = ident_key(j->decide.tags, e->id);
        return !is_wanted(j, e) || idents_put(&j->ids, &e->key, e->id, may_go, j);
    }
    if (!addr_is_host(&a))
        e->key = a;
    else if (!e->peer.family)
        e->peer = a;
    return true;
}

bool
judge_put_id(struct judge *j, struct span text, struct addr *who)
{
    struct addr key;

    if (addr_parse_prefix(text, who))
        return true;
    key = ident_key(j->decide.tags, text);
    if (!idents_put(&j->ids, &key, text, may_go, j))
        return false;
    *who = key;
    return true;
}

/* --- bans --- */

bool
judge_can_ban(const struct judge *j, const struct ban_key *key)
{
    return !ident_is(&key->who) ||
           (key->jail != JAIL_MANUAL && j->role.config.jails[key->jail].actions);
}

bool
judge_may_put(const struct judge *j, const struct ban_key *key)
{
    if (ident_is(&key->who))
        return judge_can_ban(j, key);
    return rung_has(&key->who) && !judge_allows(j, &key->who);
}

void
judge_look_at_id(struct judge *j, const struct ban_key *key, struct ban *ban)
{
    const struct config_jail *jail;
    char who[JUDGE_WHO_MAX];

    if (!ident_is(&key->who) || ban->mode != JAIL_ENFORCE)
        return;
    if (!judge_can_ban(j, key)) {
        ban->outcome = OUTCOME_NO_ADDRESS;
        j->refused++;
        log_line(&j->role.log, LOG_LEVEL_WARNING, "ban-refused",
                 "address=\"%s\" jail=%s outcome=%s", judge_who(j, &key->who, who),
                 decide_jail_name(&j->decide, key->jail),
                 outcome_name(OUTCOME_NO_ADDRESS));
        return;
    }
    jail = &j->role.config.jails[key->jail];
    if (!jail->is_by_commands)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "ban-by-commands-only",
                 "address=\"%s\" jail=%s what=\"it is no address: the firewall cannot "
                 "ban it\"",
                 judge_who(j, &key->who, who), jail->name);
}

/* --- what is stored --- */

struct addr
judge_evidence_who(const struct judge *j, uint16_t jail, const struct wire_event *e)
{
    bool is_rate = jail != JAIL_MANUAL && j->role.config.jails[jail].is_rate;
    struct addr a;

    if (!e->id.len)
        return e->peer;
    if (addr_parse_prefix(e->id, &a))
        return addr_is_host(&a) ? e->peer : a;
    return is_rate ? ident_key(j->decide.tags, e->id) : e->peer;
}

void
judge_write_id(struct judge *j, const struct addr *who)
{
    struct span text = ident_is(who) ? idents_find(&j->ids, who) : (struct span){0};

    if (text.len)
        store_put_id(j->store, who, text);
}

static void
load_id(void *ctx, const struct addr *who, struct span text)
{
    struct judge *j = ctx;

    /* Room is for as many as can be banned; who is over and finds none is told without
     * a name. */
    if (ident_is(who) && text.len)
        (void)!idents_put(&j->ids, who, text, may_go, j);
}

int
judge_load_ids(struct judge *j)
{
    return store_each_id(j->store, load_id, j);
}
