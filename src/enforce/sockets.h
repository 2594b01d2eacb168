/* sockets: the sockets of this machine, over sock_diag: who listens to UDP, and cutting
 * the connections of banned addresses.
 */
#pragma once

#include "enforce/nft_table.h"
#include "enforce/request.h"

struct diag_socket; /* one socket of a dump */

/* Whether a ban of a prefix leaves the connections of this peer alone. */
typedef bool sockets_spare_fn(void *ctx, const struct addr *peer);

struct sockets {
    const struct config *config; /* borrowed */
    sockets_spare_fn *is_spared;
    void *ctx;                /* of is_spared */
    struct nl_socket netlink; /* NETLINK_SOCK_DIAG */
    struct nl_batch batch;
    uint16_t ephemeral_first, ephemeral_last; /* net.ipv4.ip_local_port_range */
    bool is_unsupported; /* the kernel was built without SOCK_DESTROY */
    uint64_t cut;        /* connections, ever */
};

/* Opens; `is_spared` (NULL: nobody) and its `ctx` are for sockets_cut(). Reads the range
 * of ephemeral ports. 0, or a negative errno. */
NODISCARD int sockets_init(struct sockets *s, const struct config *c,
                           sockets_spare_fn *is_spared, void *ctx);

/* Closes; a zeroed sockets is legal. */
void sockets_fini(struct sockets *s);

/* Ports with an unconnected UDP socket outside the ephemeral range, sorted, at most
 * NFT_UDP_PORTS_MAX; the lowest are kept. 0, or a negative errno. */
NODISCARD int sockets_udp(struct sockets *s, uint16_t ports[NFT_UDP_PORTS_MAX],
                          size_t *count);

/* Cuts the TCP connections of the addresses and prefixes that `list` has banned
 * (OUTCOME_DONE) to the guarded ports or those of the ban's scope; whom is_spared()
 * excepts, only for a ban of his very address. Connections that we opened have other
 * local ports. One dump a family for all. 0, or a negative errno; some may be cut all the
 * same.
 */
NODISCARD int sockets_cut(struct sockets *s, const struct request *list, size_t count);

/* Reads one message of a dump, which may be anything: local port, peer and state. False
 * when it is no socket. */
NODISCARD bool sockets_parse(struct span payload, uint16_t *local_port, struct addr *peer,
                             unsigned *state);
