/* outcome: what became of a ban or unban, as RESULT carries it to judge and as people
 * read it.
 *
 * Needs nothing of netlink, so that judge and the command line can include it.
 */
#pragma once

#include "base/attr.h"

/* NAME, the name for machines, a sentence for people. The order is the wire's. */
#define OUTCOME_LIST(X)                                                                  \
    X(DONE, "done", "The kernel has it.")                                                \
    X(OWN, "own-address", "It is an address of this machine.")                           \
    X(GATEWAY, "gateway", "It is a gateway of this machine.")                            \
    X(LOOPBACK, "loopback", "It is a loopback address.")                                 \
    X(UNSPECIFIED, "unspecified", "It is no address of a host (0.0.0.0/8 or ::).")       \
    X(MULTICAST, "multicast", "It is a multicast address.")                              \
    X(BROADCAST, "broadcast", "It is the broadcast address.")                            \
    X(LINK_LOCAL, "link-local", "It is a link-local address of our own segment.")        \
    X(ALLOW_LIST, "allow-list", "The allow list has it.")                                \
    X(MYNETWORKS, "mynetworks", "It lies in Postfix's mynetworks.")                      \
    X(RELAYHOST, "relayhost", "It is Postfix's relayhost.")                              \
    X(RESOLVER, "resolver", "It is a name server of this machine.")                      \
    X(TOO_WIDE, "too-wide", "The prefix is shorter than min-prefix-ipv4 or -ipv6.")      \
    X(NO_RUNG, "no-rung",                                                                \
      "Prefixes are banned as /24 or /20 (IPv4), /64, /56, /48 or /40 (IPv6).")          \
    X(RATE, "rate", "More bans in a second than permitted; it will be tried again.")     \
    X(FULL, "full", "The kernel set holds as many bans as permitted.")                   \
    X(BAD, "bad", "The request itself was malformed.")                                   \
    X(FAILED, "failed", "The kernel did not take it.")                                   \
    X(OPEN, "open", "Panic is on: everything is open until it is ended.")                \
    X(NO_ADDRESS, "no-address",                                                          \
      "It is no address: only an action that is a command can ban it.")

enum outcome {
#define X(NAME, name, text) OUTCOME_##NAME,
    OUTCOME_LIST(X)
#undef X
        OUTCOMES
};

/* The name of an outcome, "own-address" ...; "unknown" for a number outside the enum. */
const char *outcome_name(enum outcome o);

/* One sentence for people; the same rule for a number outside the enum. */
const char *outcome_text(enum outcome o);
