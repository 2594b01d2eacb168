/* request: what judge asks for, from packet to admitted or refused.
 *
 * Nothing in a packet is trusted: it is decoded within its bounds, then every ban passes
 * may_ban().
 */
#pragma once

#include "enforce/protect.h"

enum {
    REQUEST_BYTES_MIN = 30,                                   /* of an UNHOLE frame */
    REQUEST_PACKET_MAX = WIRE_PACKET_MAX / REQUEST_BYTES_MIN, /* in one packet */
    REQUEST_ROUND = 256, /* enough to stop reading and go to the kernel */
    REQUEST_MAX = REQUEST_ROUND + REQUEST_PACKET_MAX,
};

enum request_kind { REQUEST_UNBAN, REQUEST_BAN, REQUEST_UNHOLE, REQUEST_HOLE };

struct request {
    uint64_t id;
    struct addr who;
    uint16_t scope; /* of a ban or unban */
    enum request_kind kind;
    int64_t remaining_s; /* of a ban or hole; once admitted, cut to what is permitted */
    enum outcome outcome;
    int error; /* with OUTCOME_FAILED: negative errno */
};

/* What a packet may say beside requests. */
struct request_marks {
    bool is_synced;  /* SYNCED: every ban was sent */
    bool has_slept;  /* SLEPT: the machine was suspended */
    bool wants_held; /* LIST_HELD: judge wants to know what the kernel holds */
    bool is_leaving; /* LEAVING: judge was told to end */
};

/* Whether it is a ban or hole: something that comes, not goes. */
bool request_is_adding(const struct request *r);

/* Takes the ALLOW frames of one packet. Whatever stands beside them: what is asked in one
 * round is decided by the list as it is at the end. False when the packet is malformed.
 */
NODISCARD bool request_take_allow(struct span packet, struct protect *p);

/* Reads the other frames of one packet into `list` (room for REQUEST_PACKET_MAX). False
 * when the packet is not exactly frames of requests, ALLOW, SYNCED, SLEPT, LIST_HELD,
 * LEAVING, and HELLO of our version: the connection is to be given up. Members of *marks
 * become true, none false. */
NODISCARD bool request_read(struct span packet, struct request *list, size_t *count,
                            struct request_marks *marks);

/* Decides about each request: DONE means "to be done", anything else is final. `is_open`:
 * panic is on. */
void request_admit(struct request *list, size_t count, struct protect *p, int64_t now_us,
                   bool is_open);
