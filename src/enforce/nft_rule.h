/* nft_rule: one nftables rule, expression by expression, in the forms that nft shows as
 * readable text.
 *
 *     size_t list = rule_begin(b, "komainu", "prerouting");
 *     rule_meta(b, NFT_META_L4PROTO, "\x06", 1);
 *     rule_set(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, "guarded");
 *     rule_verdict(b, NF_DROP, NULL);
 *     rule_end(b, list, "why");
 */
#pragma once

#include "enforce/nl.h"

/* Begins a rule at the end of `chain`; rule_end() takes what it gives. */
NODISCARD size_t rule_begin(struct nl_batch *b, const char *table, const char *chain);

/* Ends the rule; `comment` (at most 120 bytes) is shown by nft, NULL for none. */
void rule_end(struct nl_batch *b, size_t list, const char *comment);

/* Goes on when meta datum `key` (NFT_META_...) equals `len` bytes. */
void rule_meta(struct nl_batch *b, uint32_t key, const void *value, size_t len);

/* Goes on when the named set has the `len` bytes at `offset` of a header
 * (NFT_PAYLOAD_..._HEADER). */
void rule_set(struct nl_batch *b, uint32_t header, uint32_t offset, uint32_t len,
              const char *set);

/* Goes on when the named set has the source address, of family 4 or 6, masked to `bits`.
 */
void rule_source(struct nl_batch *b, unsigned family, unsigned bits, const char *set);

/* Goes on for a TCP segment that opens a connection: SYN without ACK, RST and FIN. */
void rule_syn(struct nl_batch *b);

/* Counts packets and bytes. */
void rule_counter(struct nl_batch *b);

/* Ends with an answer: a reset (TCP), else "port unreachable". */
void rule_reject(struct nl_batch *b, bool is_reset);

/* Ends with a verdict: NF_ACCEPT, NF_DROP, NFT_RETURN, or NFT_JUMP or NFT_GOTO to
 * `chain`. */
void rule_verdict(struct nl_batch *b, int verdict, const char *chain);
