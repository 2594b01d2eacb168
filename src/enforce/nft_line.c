#include "enforce/nft_line.h"

#include "enforce/nft_name.h"

/* "nft add element inet komainu ban4_24 { 198.51.100.0", as far as all are alike. */
static void
begin_in(struct buf *out, const struct config *c, const char *set, const struct addr *who,
         const char *verb)
{
    struct addr element = *who; /* prefixes are kept as masked addresses */
    char text[ADDR_TEXT_MAX];

    element.bits = (uint8_t)addr_width(who);
    buf_printf(out, "nft %s element inet %s %s { %s", verb, c->table, set,
               addr_text(&element, text));
}

static void
begin(struct buf *out, const struct config *c, unsigned scope, const struct addr *who,
      const char *verb)
{
    char id[NFT_ID_BYTES], set[NFT_NAME_BYTES];

    (void)nft_scope_id(c, scope, id);
    begin_in(out, c, nft_ban_name(who->family, who->bits, id, set), who, verb);
}

static void
end(struct buf *out, int64_t remaining_s)
{
    if (remaining_s >= 0)
        buf_printf(out, " timeout %llds", (long long)remaining_s);
    buf_add_text(out, " }");
}

void
nft_line_add(struct buf *out, const struct config *c, unsigned scope,
             const struct addr *who, int64_t remaining_s)
{
    begin(out, c, scope, who, "add");
    end(out, remaining_s);
}

void
nft_line_add_hole(struct buf *out, const struct config *c, const struct addr *who,
                  int64_t remaining_s)
{
    begin_in(out, c, nft_hole_name(who->family, who->bits), who, "add");
    end(out, remaining_s);
}

void
nft_line_delete(struct buf *out, const struct config *c, unsigned scope,
                const struct addr *who)
{
    begin(out, c, scope, who, "delete");
    buf_add_text(out, " }");
}
