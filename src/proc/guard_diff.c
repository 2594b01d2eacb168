#include "guard_diff.h"

#include "base/mem.h"
#include "conf/config_wire.h"

#define ALL_ROLES                                                                        \
    (ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_JUDGE) | ROLE_BIT(ROLE_ENFORCER) |            \
     ROLE_BIT(ROLE_JOURNAL))

/* Who judges, with bans or for reports. */
#define JUDGES (ROLE_BIT(ROLE_JUDGE) | ROLE_BIT(ROLE_REPORTER))

/* Whom a message matters to; one that is not here matters to all. */
static const struct {
    enum wire_type type;
    unsigned roles;
} readers[] = {
    {WIRE_CONF_SENDER, ROLE_BIT(ROLE_SENSOR)},
    {WIRE_CONF_JOURNAL, ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_JOURNAL)},
    {WIRE_CONF_SOURCE, ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_JUDGE) |
                           ROLE_BIT(ROLE_JOURNAL) | ROLE_BIT(ROLE_REPORTER)},
    {WIRE_CONF_REPORT,
     ROLE_BIT(ROLE_REPORTER) | ROLE_BIT(ROLE_JUDGE) | ROLE_BIT(ROLE_RUNNER)},
    {WIRE_CONF_REPORT_LOG, ROLE_BIT(ROLE_REPORTER)},
    {WIRE_CONF_REPORT_JOURNAL, ROLE_BIT(ROLE_REPORTER) | ROLE_BIT(ROLE_JOURNAL)},
    {WIRE_CONF_FILTER, ROLE_BIT(ROLE_SENSOR) | JUDGES},
    {WIRE_CONF_REGEX, ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_JAIL, ROLE_BIT(ROLE_SENSOR) | JUDGES},
    {WIRE_CONF_JAIL_SOURCE, ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_RULE, JUDGES},
    {WIRE_CONF_INCREMENT, JUDGES},
    {WIRE_CONF_IGNORE, JUDGES},
    {WIRE_CONF_ASK, ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_ACTION_NAME, ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_IGNORE_NAME, ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_PROVIDER, ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_PORTS, ROLE_BIT(ROLE_JUDGE) | ROLE_BIT(ROLE_ENFORCER)},
    {WIRE_CONF_PROTECT, ROLE_BIT(ROLE_ENFORCER)},
    {WIRE_CONF_LIMITS, JUDGES | ROLE_BIT(ROLE_ENFORCER)},
    {WIRE_CONF_TABLE, ROLE_BIT(ROLE_ENFORCER)},
    {WIRE_CONF_NOTIFY, ROLE_BIT(ROLE_JUDGE)},
    {WIRE_CONF_COMMAND, ROLE_BIT(ROLE_RUNNER)},
    {WIRE_CONF_MAIL, ROLE_BIT(ROLE_RUNNER)},
    {WIRE_CONF_ACTION, ROLE_BIT(ROLE_RUNNER)},
    {WIRE_CONF_ACTION_PART, ROLE_BIT(ROLE_RUNNER)},
    {WIRE_CONF_GATE, ROLE_BIT(ROLE_GATE) | ROLE_BIT(ROLE_SHARE)},
    {WIRE_CONF_SHARE_SECRET, ROLE_BIT(ROLE_GATE)},
    {WIRE_CONF_SHARE_PASSWORD, ROLE_BIT(ROLE_SHARE)},
    {WIRE_CONF_END, ROLE_BIT(ROLE_JUDGE)},
};

/* What is told to whom. */
struct told {
    struct buf of[ROLES];
    struct buf sources;
};

static unsigned
readers_of(enum wire_type type)
{
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (readers[i].type == type)
            return readers[i].roles;
    return ALL_ROLES;
}

static void
add_frame(struct buf *b, const struct wire_frame *f)
{
    uint16_t type = (uint16_t)f->type;
    uint32_t len = (uint32_t)f->fields.len;

    buf_add(b, (struct span){(const char *)&type, sizeof(type)});
    buf_add(b, (struct span){(const char *)&len, sizeof(len)});
    buf_add(b, f->fields);
}

/* Of a jail the sensor knows the filter alone: findtime only says where a log is begun,
 * and those it reads are begun. */
static void
add_jail_of_sensor(struct buf *b, const struct wire_frame *f)
{
    struct buf packet = {0};
    struct span rest;
    struct wire_conf_jail m;
    struct wire_frame less;

    must(wire_get_conf_jail(f->fields, &m)); /* our own */
    wire_put_conf_jail(&packet,
                       &(struct wire_conf_jail){.jail = m.jail, .filter = m.filter});
    rest = buf_span(&packet);
    must(wire_next(&rest, WIRE_TO_ROLE, &less) == WIRE_FRAME); /* likewise */
    add_frame(b, &less);
    buf_fini(&packet);
}

static int
take_packet(void *ctx, struct span packet)
{
    struct told *told = ctx;
    struct wire_frame f;

    while (packet.len) {
        must(wire_next(&packet, WIRE_TO_ROLE, &f) == WIRE_FRAME); /* our own */
        for (size_t role = 0; role < ROLES; role++)
            if (f.type == WIRE_CONF_JAIL && role == ROLE_SENSOR)
                add_jail_of_sensor(&told->of[role], &f);
            else if (readers_of(f.type) & ROLE_BIT(role))
                add_frame(&told->of[role], &f);
        if (f.type == WIRE_CONF_SOURCE || f.type == WIRE_CONF_JOURNAL)
            add_frame(&told->sources, &f);
    }
    return 0;
}

static void
tell(const struct config *c, struct told *told)
{
    *told = (struct told){0};
    must(config_send_commands(c, take_packet, told) == 0 &&
         config_send_gate(c, take_packet, told) == 0 &&
         config_send_share_secret(c, take_packet, told) == 0 &&
         config_send_share_password(c, take_packet, told) == 0 &&
         config_send(c, take_packet, told) == 0); /* take_packet() never fails */
}

static void
told_fini(struct told *told)
{
    for (size_t role = 0; role < ROLES; role++)
        buf_fini(&told->of[role]);
    buf_fini(&told->sources);
}

/* A configuration that fills a whole buf is taken for changed. */
static bool
is_same(const struct buf *a, const struct buf *b)
{
    return !a->is_cut && !b->is_cut && span_eq(buf_span(a), buf_span(b));
}

unsigned
diff_roles(const struct config *old, const struct config *new)
{
    struct told a, b;
    unsigned roles = 0;

    tell(old, &a);
    tell(new, &b);
    for (size_t role = 0; role < ROLES; role++)
        if (!is_same(&a.of[role], &b.of[role]))
            roles |= ROLE_BIT(role);
    told_fini(&a);
    told_fini(&b);
    return config_has_store(new) ? roles : roles & ~ROLE_BIT(ROLE_REPORTER);
}

bool
diff_sources(const struct config *old, const struct config *new)
{
    struct told a, b;
    bool is_other;

    tell(old, &a);
    tell(new, &b);
    is_other = !is_same(&a.sources, &b.sources);
    told_fini(&a);
    told_fini(&b);
    return is_other;
}

/* --- jails --- */

static int
add_packet(void *ctx, struct span packet)
{
    buf_add(ctx, packet);
    return 0;
}

/* All there is to one jail, whatever numbers other jails give it: what would be sent if
 * it were the only one. */
static void
describe(const struct config *c, const struct config_jail *jail, struct buf *out)
{
    struct config_source *sources = mem_zalloc(CONFIG_JAIL_SOURCES_MAX, sizeof(*sources));
    struct config_jail *copy = mem_zalloc(1, sizeof(*copy));
    struct config *one = mem_zalloc(1, sizeof(*one));

    *copy = *jail;
    if (jail->rule.key == RULE_NONE)
        copy->filter = 0;
    copy->scope = jail->scope ? 1 : 0;
    for (size_t i = 0; i < jail->source_count; i++) {
        sources[i] = c->sources[jail->sources[i]];
        copy->sources[i] = (uint16_t)i;
    }
    one->sources = sources;
    one->source_count = jail->source_count;
    if (jail->rule.key == RULE_NONE)
        one->filters = &c->filters[jail->filter];
    one->filter_count = jail->rule.key == RULE_NONE;
    one->jails = copy;
    one->jail_count = 1;
    one->scopes[copy->scope] = c->scopes[jail->scope];
    one->scope_count = copy->scope + 1;
    one->table = c->table;
    must(config_send(one, add_packet, out) == 0); /* add_packet() never fails */
    mem_free(one);                                /* what it points to is not its own */
    mem_free(copy);
    mem_free(sources);
}

static const struct config_jail *
find_jail(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (strcmp(c->jails[i].name, name) == 0)
            return &c->jails[i];
    return NULL;
}

static bool
is_changed(const struct config *old, const struct config_jail *a,
           const struct config *new, const struct config_jail *b)
{
    struct buf one = {0}, other = {0};
    bool differs;

    describe(old, a, &one);
    describe(new, b, &other);
    differs = !is_same(&one, &other);
    buf_fini(&one);
    buf_fini(&other);
    return differs;
}

static void
add_name(struct buf *line, const char *head, const char *name)
{
    buf_printf(line, "%s %s", line->len ? "" : head, name);
}

static void
end_line(struct buf *line, struct buf *out)
{
    if (line->len) {
        buf_add(out, buf_span(line));
        buf_add_byte(out, '\n');
    }
    buf_fini(line);
}

/* Whether what belongs to no jail is another. */
static bool
is_rest_changed(const struct config *old, const struct config *new)
{
    struct config *a = mem_zalloc(1, sizeof(*a)), *b = mem_zalloc(1, sizeof(*b));
    struct buf one = {0}, other = {0};
    bool differs;

    *a = *old;
    *b = *new;
    a->source_count = a->filter_count = a->jail_count = a->left_out = 0;
    b->source_count = b->filter_count = b->jail_count = b->left_out = 0;
    a->scope_count = b->scope_count = 1;
    must(config_send_commands(a, add_packet, &one) == 0 &&
         config_send_commands(b, add_packet, &other) == 0 &&
         config_send_gate(a, add_packet, &one) == 0 &&
         config_send_gate(b, add_packet, &other) == 0 &&
         config_send_share_secret(a, add_packet, &one) == 0 &&
         config_send_share_secret(b, add_packet, &other) == 0 &&
         config_send_share_password(a, add_packet, &one) == 0 &&
         config_send_share_password(b, add_packet, &other) == 0 &&
         config_send(a, add_packet, &one) == 0 &&
         config_send(b, add_packet, &other) == 0);
    differs = !is_same(&one, &other);
    buf_fini(&one);
    buf_fini(&other);
    mem_free(a); /* shallow copies */
    mem_free(b);
    return differs;
}

bool
diff_metrics(const struct config *old, const struct config *new)
{
    return old->metrics && new->metrics ? strcmp(old->metrics, new->metrics) != 0
                                        : old->metrics || new->metrics;
}

bool
diff_compat(const struct config *old, const struct config *new)
{
    const char *a = old->fail2ban_socket, *b = new->fail2ban_socket;

    return a && b ? strcmp(a, b) != 0 : a || b;
}

void
diff_add(const struct config *old, const struct config *new, struct buf *out)
{
    struct buf added = {0}, removed = {0}, changed = {0};

    for (size_t i = 0; i < new->jail_count; i++) {
        const struct config_jail *jail = &new->jails[i],
                                 *before = find_jail(old, jail->name);

        if (!before)
            add_name(&added, "added:", jail->name);
        else if (is_changed(old, before, new, jail))
            add_name(&changed, "changed:", jail->name);
    }
    for (size_t i = 0; i < old->jail_count; i++)
        if (!find_jail(new, old->jails[i].name))
            add_name(&removed, "removed:", old->jails[i].name);
    end_line(&added, out);
    end_line(&removed, out);
    end_line(&changed, out);
    if (is_rest_changed(old, new) || diff_metrics(old, new) || diff_compat(old, new))
        buf_add_text(out, "changed: general settings\n");
}
