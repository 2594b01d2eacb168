#include "conf/fail2ban_native.h"

/* What an action closes beside what its options `type` and `actiontype` say. */
enum closing { CLOSES_PORTS, CLOSES_ALL };

static const struct known {
    const char *file;
    enum closing closing;
    const char *block; /* the option that says how; NULL: packets are dropped */
    const char *note;
} known_actions[] = {
    {"iptables", CLOSES_PORTS, "blocktype", NULL},
    {"iptables-allports", CLOSES_ALL, "blocktype", NULL},
    {"iptables-ipset", CLOSES_PORTS, "blocktype", NULL},
    {"iptables-ipset-proto4", CLOSES_PORTS, "blocktype", NULL},
    {"iptables-ipset-proto6", CLOSES_PORTS, "blocktype", NULL},
    {"iptables-ipset-proto6-allports", CLOSES_ALL, "blocktype", NULL},
    {"iptables-multiport", CLOSES_PORTS, "blocktype", NULL},
    {"iptables-multiport-log", CLOSES_PORTS, "blocktype",
     "packets of banned addresses are not logged"},
    {"iptables-new", CLOSES_PORTS, "blocktype", NULL},
    {"iptables-xt_recent-echo", CLOSES_ALL, "blocktype", NULL},
    {"nftables", CLOSES_PORTS, "blocktype", NULL},
    {"nftables-allports", CLOSES_ALL, "blocktype", NULL},
    {"nftables-multiport", CLOSES_PORTS, "blocktype", NULL},
    {"firewallcmd-allports", CLOSES_ALL, "blocktype", NULL},
    {"firewallcmd-ipset", CLOSES_PORTS, "blocktype", NULL},
    {"firewallcmd-multiport", CLOSES_PORTS, "blocktype", NULL},
    {"firewallcmd-new", CLOSES_PORTS, "blocktype", NULL},
    {"firewallcmd-rich-logging", CLOSES_PORTS, "rich-blocktype",
     "packets of banned addresses are not logged"},
    {"firewallcmd-rich-rules", CLOSES_PORTS, "rich-blocktype", NULL},
    {"ufw", CLOSES_ALL, "blocktype", NULL},
    {"shorewall", CLOSES_ALL, "blocktype", NULL},
    {"shorewall-ipset-proto6", CLOSES_ALL, "blocktype", NULL},
    {"route", CLOSES_ALL, "blocktype", NULL},
    {"apf", CLOSES_ALL, NULL, NULL},
};

/* Words by which a firewall answers what it does not let in. */
static bool
is_rejecting(struct span text)
{
    static const char *const words[] = {"reject", "prohibit", "unreachable", "deny"};
    char folded[256];
    size_t len = text.len < sizeof(folded) ? text.len : sizeof(folded);

    for (size_t i = 0; i < len; i++)
        folded[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z'
                        ? (char)(text.ptr[i] + ('a' - 'A'))
                        : text.ptr[i];
    for (size_t i = 0; i + 1 < ARRAY_LEN(words); i++)
        if (span_find((struct span){folded, len}, span_of(words[i])) >= 0)
            return true;
    return false;
}

/* The value of an option with what it refers to; false: it has none. */
static bool
get(const struct fail2ban_action *a, const char *name, struct buf *out)
{
    buf_clear(out);
    return fail2ban_option(&a->options, name) &&
           fail2ban_command(a, name, FAIL2BAN_INET4, out) && out->len;
}

/* Whether `type=allports` or its like is said. */
static bool
is_for_all(const struct fail2ban_action *a)
{
    struct buf text = {0};
    bool is_all = false;

    if (get(a, "type", &text) || get(a, "actiontype", &text))
        is_all = span_find(buf_span(&text), SPAN("allports")) >= 0;
    if (get(a, "actiontype", &text))
        is_all |= strcmp(fail2ban_text(&a->options, "actiontype", ""), "<allports>") == 0;
    buf_fini(&text);
    return is_all;
}

/* Whether packets on their way to containers are meant. */
static bool
is_forwarded(const struct fail2ban_action *a)
{
    struct buf chain = {0};
    bool is = get(a, "chain", &chain) && (span_eq(buf_span(&chain), SPAN("FORWARD")) ||
                                          span_eq(buf_span(&chain), SPAN("DOCKER-USER")));

    buf_fini(&chain);
    return is;
}

/* iptables' own ranges are FIRST:LAST, firewalld's and nft's FIRST-LAST. */
static void
unify_ranges(struct buf *ports)
{
    for (size_t i = 1; i + 1 < ports->len; i++) {
        char before = ports->ptr[i - 1], after = ports->ptr[i + 1];

        if (ports->ptr[i] == '-' && before >= '0' && before <= '9' && after >= '0' &&
            after <= '9')
            ports->ptr[i] = ':';
    }
}

static const struct known *
find_known(const char *file)
{
    for (size_t i = 0; i < ARRAY_LEN(known_actions); i++)
        if (strcmp(known_actions[i].file, file) == 0)
            return &known_actions[i];
    return NULL;
}

bool
fail2ban_native(const struct fail2ban_action *a, struct fail2ban_native *out)
{
    const struct known *k = find_known(a->file);
    struct buf block = {0};

    if (!k || a->path)
        return false;
    out->note = k->note;
    out->is_all = k->closing == CLOSES_ALL || is_for_all(a);
    if (!out->is_all && !get(a, "port", &out->ports))
        out->is_all = true;
    unify_ranges(&out->ports);
    if (!get(a, "protocol", &out->protocol) || k->closing == CLOSES_ALL) {
        buf_clear(&out->protocol);
        buf_add_text(&out->protocol, "tcp");
    }
    if (k->block && get(a, k->block, &block))
        out->is_rejecting = is_rejecting(buf_span(&block));
    if (is_forwarded(a))
        out->note = "ports are closed where packets come in, so by the numbers that they "
                    "have outside of containers";
    if (strcmp(a->file, "ufw") == 0 && fail2ban_text(&a->options, "application", "")[0])
        out->note = "every port is closed, not only those of the application";
    buf_fini(&block);
    return true;
}

void
fail2ban_native_fini(struct fail2ban_native *n)
{
    buf_fini(&n->ports);
    buf_fini(&n->protocol);
    *n = (struct fail2ban_native){0};
}
