/* Which packets a ban of a jail closes: the options port, protocol and blocktype. */
#include <netinet/in.h>

#include "conf/load_internal.h"

enum { PROTOCOL_TCP = 1, PROTOCOL_UDP = 2 };

static const struct {
    const char *word;
    unsigned protocols;
} protocols[] = {
    {"tcp", PROTOCOL_TCP}, {"udp", PROTOCOL_UDP}, {"all", PROTOCOL_TCP | PROTOCOL_UDP}};

static bool
is_same_scope(const struct config_scope *a, const struct config_scope *b)
{
    if (a->count != b->count || a->block != b->block)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->ports[i].protocol != b->ports[i].protocol ||
            a->ports[i].first != b->ports[i].first ||
            a->ports[i].last != b->ports[i].last)
            return false;
    return true;
}

static unsigned
protocol_of(struct span word)
{
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        if (span_eq_nocase(word, span_of(protocols[i].word)))
            return protocols[i].protocols;
    return 0;
}

/* The bits of what `protocol` says; 0 after an error. */
static unsigned
read_protocols(const struct section *s, const struct section_value *v)
{
    struct span rest = v->value.text, word = {0};
    unsigned bits = 0, one = 1;

    while (one && span_word(&rest, &word)) {
        one = protocol_of(word);
        bits |= one;
    }
    if (one && bits)
        return bits;
    conf_error(s->expand.errors, v->file, v->line,
               "[%.*s] `protocol` has `%.*s`; write tcp, udp, or all for both: other "
               "protocols cannot be closed yet",
               SPAN_FMT(s->expand.section), SPAN_FMT(span_head(word, CONFIG_NAME_MAX)));
    return 0;
}

/* Makes the ports, which were read as TCP, those of the protocols. False: there are too
 * many. */
static bool
set_protocols(struct config_scope *scope, unsigned bits)
{
    size_t count = scope->count;

    if (bits == (PROTOCOL_TCP | PROTOCOL_UDP) && count > CONFIG_PORTS_MAX / 2)
        return false;
    for (size_t i = 0; i < count && bits != PROTOCOL_TCP; i++) {
        size_t at = bits == PROTOCOL_UDP ? i : scope->count++;

        scope->ports[at] = scope->ports[i];
        scope->ports[at].protocol = IPPROTO_UDP;
    }
    return true;
}

/* Reads the three options; false after an error. */
static bool
read_scope(const struct section *s, const struct section_value *port,
           const struct section_value *protocol, struct config_scope *out)
{
    unsigned bits = read_protocols(s, protocol);

    if (!bits)
        return false;
    if (port->value.word < 0) {
        *out = port->value.ports;
        if (set_protocols(out, bits))
            return true;
        conf_error(s->expand.errors, port->file, port->line,
                   "[%.*s] `port` has more than %d ports of both protocols; write ranges "
                   "FIRST:LAST",
                   SPAN_FMT(s->expand.section), CONFIG_PORTS_MAX);
        return false;
    }
    /* All ports are always those of TCP and UDP: who is shut out of all of one is not let
     * into the other. But of UDP alone it is what nobody means. */
    if (bits & PROTOCOL_TCP)
        return true;
    conf_error(
        s->expand.errors, protocol->file, protocol->line,
        "[%.*s] `protocol` is udp, and `port` is all ports of TCP as well; write in "
        "`port` which ones",
        SPAN_FMT(s->expand.section));
    return false;
}

static void
add_scope(const struct section *s, const struct section_value *port, struct config *c,
          const struct config_scope *scope, uint16_t *out)
{
    size_t i = 0;

    while (i < c->scope_count && !is_same_scope(&c->scopes[i], scope))
        i++;
    if (i == CONFIG_SCOPES_MAX) {
        conf_error(s->expand.errors, port->file, port->line,
                   "[%.*s] more than %d different port lists",
                   SPAN_FMT(s->expand.section), CONFIG_SCOPES_MAX - 1);
        return;
    }
    if (i == c->scope_count)
        c->scopes[c->scope_count++] = *scope;
    *out = (uint16_t)i;
}

void
load_scope(const struct section *s, struct config *c, uint16_t *out)
{
    struct section_value port = {0}, protocol = {0}, block = {0};
    struct config_scope scope = {0};

    if (section_get(s, "port", &port) && section_get(s, "protocol", &protocol) &&
        section_get(s, "blocktype", &block) && read_scope(s, &port, &protocol, &scope)) {
        scope.block = (enum block_type)block.value.word;
        add_scope(s, &port, c, &scope, out);
    }
    section_value_fini(&port);
    section_value_fini(&protocol);
    section_value_fini(&block);
}
