/* nft_table: our table's fixed part: sets, chains and rules, made from the configuration.
 *
 *     table inet NAME                  comment NFT_LAYOUT
 *       set allow4, allow6             protected prefixes, constant
 *       set ban4, ban6, ban4_24 ...    bans, a set a rung and scope (nft_name.h, rung.h)
 *       set known4, known6, known6_64  holes in bans of prefixes
 *       set guarded, tcp.25.465 ...    ports, constant
 *       set own4, own6                 own addresses and gateways
 *       set spared4, spared6           whom a person allows, for bans of prefixes
 *       set udp_listen                 UDP ports with a server behind them
 *       chain prerouting               loopback, allow, -> scope, ports -> scope.PORTS
 *       chain scope                    banned addresses -> banned, prefixes
 *                                      -> prefix_banned
 *       chain banned                   guarded ports, new connections, UDP servers: drop
 *       chain refused, answer          the same for scopes that answer
 *       chain scope.25.465 ...         banned addresses: drop, prefixes -> prefix_drop
 *       chain prefix_banned, _drop     own, spared and known: return; -> banned,
 *                                      drop
 *
 * The comment is NFT_LAYOUT: what names and types of sets mean. Changes are encoded into
 * a batch that the caller sends.
 */
#pragma once

#include "base/addr.h"
#include "conf/config.h"
#include "enforce/nft_name.h"
#include "enforce/nl.h"

/* Changes whenever a name of nft_name.h comes to mean something else. */
#define NFT_LAYOUT "komainu layout 2"

enum {
    NFT_TABLE_BYTES = 80,  /* of a table: CONFIG_NAME_MAX and our endings */
    NFT_LAYOUT_BYTES = 40, /* of the comment */
    NFT_UDP_PORTS_MAX = 1024,
    NFT_HOLES_MAX = 1 << 20, /* of each kind */
};

struct nft_table {
    const struct config *config; /* borrowed */
    char name[NFT_TABLE_BYTES];
    char marker[NFT_TABLE_BYTES]; /* of the table that says "panic" */
    char probe[NFT_TABLE_BYTES];  /* of the table that nft_probe() uses for a moment */
    char ids[CONFIG_SCOPES_MAX][NFT_ID_BYTES]; /* of the scopes */
};

struct nft_seen {
    uint64_t handle;
    char layout[NFT_LAYOUT_BYTES]; /* the table's comment, "" when none or longer */
};

/* Names for `c`, which must outlive *t. 0; -EINVAL when the table's name is no
 * identifier of at most CONFIG_NAME_MAX bytes. */
NODISCARD int nft_table_init(struct nft_table *t, const struct config *c);

/* Begins a transaction that replaces whatever is there by a new table without bans. */
void nft_table_replace(const struct nft_table *t, struct nl_batch *b);

/* Begins a transaction with the table alone, which may be there. */
void nft_table_begin(const struct nft_table *t, struct nl_batch *b);

/* Adds sets, chains and rules to a begun transaction; sets of bans and holes may be
 * there. */
void nft_table_fill(const struct nft_table *t, struct nl_batch *b);

/* Adds a replacement of udp_listen's `count` ports (host order) to a begun transaction.
 */
void nft_table_udp(const struct nft_table *t, struct nl_batch *b, const uint16_t *ports,
                   size_t count);

/* Adds: remove table `name`, also when it is not there. */
void nft_table_drop(struct nl_batch *b, const char *name);

/* Looks at table `name` (NULL `seen`: only whether it is there). 0, -ENOENT, or another
 * negative errno. */
NODISCARD int nft_table_look(struct nl_socket *s, const char *name,
                             struct nft_seen *seen);

/* Whether the table has a hole for this address. */
bool nft_table_knows(struct nl_socket *s, const char *name, const struct addr *a);

/* Adds own addresses and gateways to what no ban of a prefix closes out; those that are
 * no single addresses are passed over. One message each. */
void nft_table_own(const struct nft_table *t, struct nl_batch *b, const struct addr *own,
                   size_t count);

/* Adds: forget all own addresses and gateways. */
void nft_table_disown(const struct nft_table *t, struct nl_batch *b);

/* Adds a replacement of those, addresses and prefixes, whom a person has excepted from
 * every ban of a prefix. */
void nft_table_spare(const struct nft_table *t, struct nl_batch *b,
                     const struct addr *who, size_t count);

/* Whether a scope has ports of a protocol; scope 0: the guarded ports. */
bool nft_has_ports(const struct config *c, unsigned scope, unsigned protocol);

/* Whether anybody of the family is protected by configuration. */
bool nft_has_allowed(const struct config *c, unsigned family);
