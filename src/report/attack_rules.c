#include "report/attack_rules.h"

#include "base/hash.h"
#include "base/mem.h"
#include "conf/config_wire.h"
#include "conf/load.h"

/* Rules that tell one kind of login attack from another. */
static enum word
kind_of_logins(const struct config_rule *r)
{
    bool is_of_names = !(r->kinds >> EVENT_AUTH_FAIL & 1);

    switch (r->key) {
    case RULE_PREFIX:
        return r->bits4 ? WORD_KIND_GANG : WORD_KIND_ROTATION;
    case RULE_ACCOUNT:
        return is_of_names ? WORD_KIND_NAMES : WORD_KIND_DISTRIBUTED;
    case RULE_HOST:
        return WORD_KIND_SPREAD;
    case RULE_ADDRESS:
        if (r->apart_s)
            return WORD_KIND_SLOW;
        return r->distinct == DISTINCT_ACCOUNT ? WORD_KIND_SPRAY : WORD_KIND_GUESSING;
    case RULE_NONE:
    case RULE_KEYS:
        break;
    }
    return WORD_KIND_GUESSING;
}

/* What a kind of event is an attempt of; WORD_NONE: of nothing. */
static const enum word of_events[EVENT_KINDS] = {
    [EVENT_AUTH_FAIL] = WORD_KIND_GUESSING,
    [EVENT_ACCOUNT_UNKNOWN] = WORD_KIND_GUESSING,
    [EVENT_ACCOUNT_UNSEEN] = WORD_KIND_GUESSING,
    [EVENT_USER_UNKNOWN] = WORD_KIND_HARVEST,
    [EVENT_ASKED_IN_VAIN] = WORD_KIND_HARVEST,
    [EVENT_RELAY_DENIED] = WORD_KIND_RELAY,
    [EVENT_LIST_HIT] = WORD_KIND_LISTED,
    [EVENT_PROTOCOL_ERROR] = WORD_KIND_PROTOCOL,
    [EVENT_IDENTITY] = WORD_KIND_IDENTITY,
    [EVENT_REJECTED] = WORD_KIND_REFUSED,
    [EVENT_FLOOD] = WORD_KIND_FLOOD,
    [EVENT_CONNECT] = WORD_KIND_FLOOD,
    [EVENT_PROBE] = WORD_KIND_PROBE,
    [EVENT_LOGIN_GUESSED] = WORD_KIND_TAKEOVER,
    [EVENT_LOGIN_NEW] = WORD_KIND_TAKEOVER,
    [EVENT_SENDING_JUMP] = WORD_KIND_TAKEOVER,
    [EVENT_SENDING_DOUBTED] = WORD_KIND_TAKEOVER,
    [EVENT_BANNED] = WORD_KIND_REPEAT,
    [EVENT_PACKET_DROP] = WORD_KIND_REPEAT,
};

enum word
attack_rules_event(enum event_kind kind)
{
    return of_events[kind];
}

static enum word
kind_of(const struct config *c, const struct config_jail *j)
{
    enum word kind = WORD_KIND_GUESSING;

    if (j->rule.key == RULE_NONE)
        return j->filter < c->filter_count && of_events[c->filters[j->filter].event]
                   ? of_events[c->filters[j->filter].event]
                   : WORD_KIND_PROTOCOL;
    for (unsigned e = 0; e < EVENT_KINDS; e++)
        if (j->rule.kinds >> e & 1 && of_events[e]) {
            kind = of_events[e];
            break;
        }
    return kind == WORD_KIND_GUESSING ? kind_of_logins(&j->rule) : kind;
}

/* "dovecot[mode=auth]" is dovecot, too. */
static bool
is_called(const char *name, const char *wanted)
{
    size_t n = strlen(wanted);

    return strncmp(name, wanted, n) == 0 && (name[n] == '\0' || name[n] == '[');
}

static uint16_t
find_filter(const struct config *c, enum mail_filter filter)
{
    for (size_t i = 0; i < c->filter_count; i++)
        if (is_called(c->filters[i].name, mail_filter_name(filter)))
            return (uint16_t)i;
    return CONFIG_FILTERS_MAX;
}

void
attack_rules_init(struct attack_rules *r, const struct config *c, bool is_built_in)
{
    *r = (struct attack_rules){.config = c, .is_built_in = is_built_in};
    for (size_t i = 0; i < c->jail_count; i++)
        r->kinds[i] = kind_of(c, &c->jails[i]);
    for (unsigned f = 0; f < MAIL_FILTERS; f++)
        r->filters[f] = find_filter(c, (enum mail_filter)f);
}

bool
attack_rules_judge_mail(const struct config *c)
{
    for (unsigned f = 0; f < MAIL_FILTERS; f++)
        if (find_filter(c, (enum mail_filter)f) != CONFIG_FILTERS_MAX)
            return true;
    return false;
}

bool
attack_rules_load_built_in(struct config *out, struct buf *error)
{
    static const char *const any_log = "report";
    struct config_request request = {.logs = &any_log, .log_count = 1, .is_replay = true};

    return config_load(&request, out, error) >= 0;
}

/* --- whether they are the same --- */

static bool
is_of_rules(enum wire_type type)
{
    static const enum wire_type types[] = {WIRE_CONF_FILTER, WIRE_CONF_JAIL,
                                           WIRE_CONF_RULE,   WIRE_CONF_INCREMENT,
                                           WIRE_CONF_IGNORE, WIRE_CONF_LIMITS};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i] == type)
            return true;
    return false;
}

static int
add_packet(void *ctx, struct span packet)
{
    uint64_t *print = ctx;
    struct wire_frame f;

    while (wire_next(&packet, WIRE_TO_ROLE, &f) == WIRE_FRAME)
        if (is_of_rules(f.type))
            *print = hash_bytes((struct hash_key){*print, (uint64_t)f.type}, f.fields.ptr,
                                f.fields.len);
    return 0;
}

uint64_t
attack_rules_print(const struct config *c)
{
    uint64_t print = wire_hash();

    if (config_send(c, add_packet, &print) != 0)
        bug("nothing is sent that can fail");
    return print ? print : 1;
}
