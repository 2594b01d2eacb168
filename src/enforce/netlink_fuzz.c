/* What netlink sends, whoever shaped it: notifications of nftables and of routes,
 * sockets. Nothing outside the bytes is read, and what comes out keeps the rules of
 * struct addr. */
#include "base/mem.h"
#include "enforce/nft_elements.h"
#include "enforce/nft_watch.h"
#include "enforce/route.h"
#include "enforce/slots_diag.h"
#include "enforce/sockets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_address(const struct addr *a)
{
    must(a->family == 4 || a->family == 6);
    must(a->bits <= addr_width(a));
}

static void
on_item(void *ctx UNUSED, const struct route_item *item)
{
    check_address(&item->addr);
}

static bool
on_element(void *ctx UNUSED, const struct addr *who, int64_t remaining_s)
{
    check_address(who);
    must(remaining_s >= -1);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct addr kinds[] = {{4, 24, {0}}, {6, 128, {0}}};
    static const struct nft_table t = {.name = "komainu", .marker = "komainu-panic"};
    struct span bytes = {(const char *)data, size}, rest = bytes;
    struct slots_connection held;
    struct addr peer;
    struct nl_msg m;
    uint16_t port;
    unsigned state;

    must(nft_watch_parse(&t, 1, bytes) <= 7);
    while (nl_next(&rest, &m)) {
        route_parse(&m, on_item, NULL);
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            nft_elements_parse(&m, &kinds[i], on_element, NULL);
        if (sockets_parse(m.payload, &port, &peer, &state))
            check_address(&peer);
        if (slots_diag_parse(m.payload, &held)) {
            check_address(&held.peer);
            must(held.idle_us >= 0);
        }
    }
    return 0;
}
