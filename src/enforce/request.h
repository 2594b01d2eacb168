/* request: what judge asks for, from packet to admitted or refused.
 *
 * Nothing in a packet is trusted: it is decoded within its bounds, then every ban passes
 * may_ban().
 */
#pragma once

#include "enforce/protect.h"

enum {
    REQUEST_BYTES_MIN = 32,                                   /* of an UNBAN frame */
    REQUEST_PACKET_MAX = WIRE_PACKET_MAX / REQUEST_BYTES_MIN, /* in one packet */
    REQUEST_ROUND = 256, /* enough to stop reading and go to the kernel */
    REQUEST_MAX = REQUEST_ROUND + REQUEST_PACKET_MAX,
};

struct request {
    uint64_t id;
    struct addr who;
    uint16_t scope;
    bool is_ban;
    int64_t remaining_s; /* of a ban; once admitted, cut to what is permitted */
    enum outcome outcome;
    int error; /* with OUTCOME_FAILED: negative errno */
};

/* Takes the ALLOW frames of one packet. Whatever stands beside them: what is asked in one
 * round is decided by the list as it is at the end. False when the packet is malformed.
 */
NODISCARD bool request_take_allow(struct span packet, struct protect *p);

/* Reads the other frames of one packet into `list` (room for REQUEST_PACKET_MAX). False
 * when the packet is not exactly BAN, UNBAN, ALLOW and HELLO frames of our version: the
 * connection is to be given up. */
NODISCARD bool request_read(struct span packet, struct request *list, size_t *count);

/* Decides about each request: DONE means "to be done", anything else is final. `is_open`:
 * panic is on. */
void request_admit(struct request *list, size_t count, struct protect *p, int64_t now_us,
                   bool is_open);
