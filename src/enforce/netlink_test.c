/* Messages built and read without a kernel. */
#include "unit.h"

#include <linux/inet_diag.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "enforce/nft_bans.h"
#include "enforce/nft_line.h"
#include "enforce/nft_set.h"
#include "enforce/nft_watch.h"
#include "enforce/route.h"
#include "enforce/sockets.h"

static char table_name[] = "komainu";

static struct config
configuration(void)
{
    return (struct config){.scope_count = 2,
                           .guarded = {{6, 25, 25}},
                           .guarded_count = 1,
                           .limits = {.max_bans = 100},
                           .table = table_name};
}

static char
letter(unsigned message)
{
    if (message == NFT_MSG_NEWSETELEM)
        return 'a';
    if (message == NFT_MSG_DELSETELEM)
        return 'd';
    return message == NFT_SET_DESTROY ? 'x' : '?';
}

/* The types of a batch's messages, as text of one letter each. */
static const char *
letters(const struct nl_batch *b, char dst[64])
{
    struct span rest = buf_span(&b->bytes);
    struct nl_msg m;
    size_t n = 0;

    while (nl_next(&rest, &m) && n < 63)
        dst[n++] = m.type == NFNL_MSG_BATCH_BEGIN ? 'B' : letter(m.type & 0xFFU);
    dst[n] = '\0';
    assert_int_equal(rest.len, 0);
    return dst;
}

static void
test_encode_bans(void **state UNUSED)
{
    struct addr a = {4, 32, {192, 0, 2, 1}}, a6 = {6, 128, {0x20, 1}};
    struct request list[] = {
        {.who = a, .kind = REQUEST_BAN, .remaining_s = 600, .outcome = OUTCOME_DONE},
        {.who = a6, .kind = REQUEST_BAN, .remaining_s = -1, .outcome = OUTCOME_DONE},
        {.who = a, .kind = REQUEST_BAN, .remaining_s = 600, .outcome = OUTCOME_RATE},
        {.who = a, .scope = 1, .outcome = OUTCOME_DONE},
    };
    static struct nft_bans n;
    struct nft_table t;
    struct config c = configuration();
    char text[64];

    assert_int_equal(nft_table_init(&t, &c), 0);
    n.table = &t;
    nft_bans_encode(&n, list, ARRAY_LEN(list));
    assert_string_equal(letters(&n.batch, text), "Badaadaad");
    assert_int_equal(n.owner[1], 0);
    assert_int_equal(n.owner[3], 0);
    assert_int_equal(n.owner[4], 1);
    assert_int_equal(n.owner[7], 3);
    n.features.has_update = true;
    nft_bans_encode(&n, list, ARRAY_LEN(list));
    assert_string_equal(letters(&n.batch, text), "Baaad");
    n.features.has_destroy = true;
    nft_bans_encode(&n, list, ARRAY_LEN(list));
    assert_string_equal(letters(&n.batch, text), "Baax");
    nft_bans_fini(&n);
}

static void
test_table_names(void **state UNUSED)
{
    struct config c = configuration();
    struct nft_table t;

    assert_int_equal(nft_table_init(&t, &c), 0);
    assert_string_equal(t.marker, "komainu-panic");
    for (const char *bad = "2x\0two words\0a;b\0\0"; *bad; bad += strlen(bad) + 1) {
        c.table = (char *)(uintptr_t)bad;
        assert_int_not_equal(nft_table_init(&t, &c), 0);
    }
}

/* A set is named by what it holds: the same ports make the same name, whatever else the
 * configuration says. */
static void
test_names(void **state UNUSED)
{
    struct config c = {.scope_count = 3, .limits = {.max_bans = NFT_SIZE_USUAL}};
    char id[NFT_ID_BYTES], other[NFT_ID_BYTES], name[NFT_NAME_BYTES];

    c.scopes[1] =
        (struct config_scope){{{6, 25, 25}, {6, 587, 588}, {17, 5353, 5353}}, 3};
    assert_string_equal(nft_scope_id(&c, 0, id), "");
    assert_string_equal(nft_ban_name(4, 32, id, name), "ban4");
    assert_string_equal(nft_ban_name(6, 48, id, name), "ban6_48");
    assert_string_equal(nft_scope_id(&c, 1, id), "25.587-588.u5353");
    assert_string_equal(nft_ban_name(4, 24, id, name), "ban4_24.25.587-588.u5353");
    assert_string_equal(nft_name("scope", id, name), "scope.25.587-588.u5353");
    c.scopes[1].block = c.scopes[2].block = BLOCK_REJECT;
    assert_string_equal(nft_scope_id(&c, 1, id), "25.587-588.u5353.reject");
    assert_string_equal(nft_scope_id(&c, 2, id), "all.reject");
    c.scopes[1].block = c.scopes[2].block = BLOCK_DROP;
    c.limits.max_bans = 1 << 24;
    assert_string_equal(nft_scope_id(&c, 0, id), "max16777216");
    for (int i = 0; i < CONFIG_PORTS_MAX; i++)
        c.scopes[2].ports[c.scopes[2].count++] = (struct config_ports){
            17, (uint16_t)(60000 + 2 * i), (uint16_t)(60000 + 2 * i)};
    assert_string_equal(nft_scope_id(&c, 1, id), "25.587-588.u5353.max16777216");
    nft_scope_id(&c, 2, id);
    assert_true(strlen(id) < 60);
    c.scopes[2].ports[63].last++;
    assert_string_not_equal(nft_scope_id(&c, 2, other), id);
}

/* What a person could type: the names are those of the sets. */
static void
test_lines(void **state UNUSED)
{
    struct config c = {.table = (char[]){"komainu"},
                       .scope_count = 2,
                       .limits = {.max_bans = NFT_SIZE_USUAL}};
    struct buf line = {0};
    struct addr who;

    c.scopes[1] = (struct config_scope){{{6, 25, 25}}, 1};
    assert_true(addr_parse(SPAN("192.0.2.7"), &who));
    nft_line_add(&line, &c, 0, &who, 3600);
    assert_string_equal(line.ptr,
                        "nft add element inet komainu ban4 { 192.0.2.7 timeout 3600s }");
    buf_clear(&line);
    assert_true(addr_parse_prefix(SPAN("2001:db8:0:ff00::/56"), &who));
    nft_line_add(&line, &c, 1, &who, -1);
    assert_string_equal(line.ptr,
                        "nft add element inet komainu ban6_56.25 { 2001:db8:0:ff00:: }");
    buf_clear(&line);
    nft_line_delete(&line, &c, 1, &who);
    assert_string_equal(
        line.ptr, "nft delete element inet komainu ban6_56.25 { 2001:db8:0:ff00:: }");
    buf_fini(&line);
}

/* The ranges of a set as text, "first-last," with the end that the kernel is told. */
static void
test_ranges(void **state UNUSED)
{
    struct nft_range r[] = {nft_range_ports(587, 588), nft_range_ports(25, 25),
                            nft_range_ports(26, 30), nft_range_ports(28, 29),
                            nft_range_ports(65535, 65535)};
    static const uint16_t wanted[] = {25, 31, 587, 589, 65535};
    struct nl_batch b = {0};
    struct span rest, list;
    struct nl_attr element;
    struct nl_msg m;
    size_t n = 0;

    nl_clear(&b);
    nft_set_ranges(&b, "t", "s", r, ARRAY_LEN(r));
    rest = buf_span(&b.bytes);
    assert_true(nl_next(&rest, &m));
    assert_false(nl_next(&rest, &m));
    list = nl_attr_find(m.payload, sizeof(struct nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
    while (nl_attr_next(&list, &element)) {
        struct span key = nl_attr_find(element.value, 0, NFTA_SET_ELEM_KEY);
        struct span flags = nl_attr_find(element.value, 0, NFTA_SET_ELEM_FLAGS);
        const uint8_t *bytes;

        key = nl_attr_find(key, 0, NFTA_DATA_VALUE);
        assert_int_equal(key.len, 2);
        bytes = (const uint8_t *)key.ptr;
        assert_true(n < ARRAY_LEN(wanted));
        assert_int_equal(flags.len ? 1 : 0, n % 2);
        assert_int_equal(bytes[0] << 8 | bytes[1], wanted[n++]);
    }
    assert_int_equal(n, ARRAY_LEN(wanted));
    buf_fini(&b.bytes);
}

static void
test_watch(void **state UNUSED)
{
    static const struct {
        unsigned message;
        const char *table;
        unsigned bits;
    } rows[] = {
        {NFT_MSG_DELTABLE, "komainu", NFT_WATCH_TABLE},
        {NFT_MSG_NEWRULE, "komainu", NFT_WATCH_TABLE},
        {NFT_MSG_DELSETELEM, "komainu", NFT_WATCH_TABLE},
        {NFT_MSG_NEWSETELEM, "komainu", 0},
        {NFT_MSG_DELTABLE, "komainu2", 0},
        {NFT_MSG_DELTABLE, "komain", 0},
        {NFT_MSG_NEWTABLE, "komainu-panic", NFT_WATCH_MARKER_NEW},
        {NFT_MSG_DELTABLE, "komainu-panic", NFT_WATCH_MARKER_GONE},
        {NFT_MSG_NEWCHAIN, "komainu-panic", 0},
    };
    struct config c = configuration();
    struct nl_batch b = {0};
    struct nft_table t;

    assert_int_equal(nft_table_init(&t, &c), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        nl_clear(&b);
        nl_nft(&b, rows[i].message, 0);
        nl_attr_text(&b, 1, rows[i].table);
        assert_int_equal(nft_watch_parse(&t, 7, buf_span(&b.bytes)), rows[i].bits);
        /* What our own port did is no news; the port of these messages is 0. */
        assert_int_equal(nft_watch_parse(&t, 0, buf_span(&b.bytes)), 0);
        for (size_t n = 0; n < b.bytes.len; n++)
            assert_int_equal(nft_watch_parse(&t, 7, span_head(buf_span(&b.bytes), n)), 0);
    }
    buf_fini(&b.bytes);
}

struct found {
    struct route_item items[4];
    size_t count;
};

static void
note(void *ctx, const struct route_item *item)
{
    struct found *f = ctx;

    assert_true(f->count < ARRAY_LEN(f->items));
    f->items[f->count++] = *item;
}

static struct found
parse_last(const struct nl_batch *b)
{
    struct found f = {0};
    struct span rest = buf_span(&b->bytes);
    struct nl_msg m;

    assert_true(nl_next(&rest, &m));
    route_parse(&m, note, &f);
    return f;
}

static void
test_routes(void **state UNUSED)
{
    struct ifaddrmsg ifa = {.ifa_family = AF_INET, .ifa_prefixlen = 24};
    struct rtmsg rt = {.rtm_family = AF_INET, .rtm_type = RTN_UNICAST};
    uint8_t own[] = {192, 0, 2, 1}, peer[] = {192, 0, 2, 2};
    uint8_t via[18] = {AF_INET6, 0, 0x20, 1, [17] = 1};
    struct nl_batch b = {0};
    struct found f;

    nl_clear(&b);
    nl_message(&b, RTM_NEWADDR, 0, &ifa, sizeof(ifa));
    nl_attr(&b, IFA_ADDRESS, peer, 4);
    nl_attr(&b, IFA_LOCAL, own, 4);
    f = parse_last(&b);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.items[0].kind, ROUTE_OWN);
    assert_false(f.items[0].is_gone);
    assert_memory_equal(f.items[0].addr.bytes, own, 4);
    nl_clear(&b);
    nl_message(&b, RTM_DELROUTE, 0, &rt, sizeof(rt));
    nl_attr(&b, RTA_GATEWAY, peer, 4);
    nl_attr(&b, RTA_VIA, via, sizeof(via));
    f = parse_last(&b);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.items[0].kind, ROUTE_GATEWAY);
    assert_true(f.items[0].is_gone);
    assert_int_equal(f.items[1].addr.family, 6);
    /* Too short for its family, and a route that makes everything local (TPROXY). */
    nl_clear(&b);
    rt.rtm_type = RTN_LOCAL;
    nl_message(&b, RTM_NEWROUTE, 0, &rt, sizeof(rt));
    nl_attr(&b, RTA_GATEWAY, peer, 3);
    assert_int_equal(parse_last(&b).count, 0);
    rt.rtm_dst_len = 24;
    nl_clear(&b);
    nl_message(&b, RTM_NEWROUTE, 0, &rt, sizeof(rt));
    nl_attr(&b, RTA_DST, own, 4);
    f = parse_last(&b);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.items[0].addr.bits, 24);
    buf_fini(&b.bytes);
}

static void
test_sockets(void **state UNUSED)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET6, .idiag_state = 1};
    struct addr peer;
    uint16_t port;
    unsigned state_number;
    struct span bytes = {(const char *)&m, sizeof(m)};

    m.id.idiag_sport = __builtin_bswap16(25);
    m.id.idiag_dst[2] = __builtin_bswap32(0xFFFFU);
    m.id.idiag_dst[3] = __builtin_bswap32(0xC0000201U);
    assert_true(sockets_parse(bytes, &port, &peer, &state_number));
    assert_int_equal(port, 25);
    assert_int_equal(peer.family, 4);
    assert_int_equal(peer.bytes[0], 192);
    assert_false(
        sockets_parse(span_head(bytes, sizeof(m) - 1), &port, &peer, &state_number));
    m.idiag_family = AF_UNIX;
    assert_false(sockets_parse(bytes, &port, &peer, &state_number));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_encode_bans), TEST(test_table_names),
                                       TEST(test_names),       TEST(test_ranges),
                                       TEST(test_lines),       TEST(test_watch),
                                       TEST(test_routes),      TEST(test_sockets)};

    return RUN(tests);
}
