/* request: what an MTA asks while SMTP is talking: one request of the policy delegation
 * protocol (SMTPD_POLICY_README of Postfix), as lines NAME=VALUE.
 *
 * The values are foreign bytes, borrowed from what was read: a sender, a HELO and a name
 * say what the client wants them to say. What is absent is empty. Of an attribute that
 * comes twice the last one is taken.
 */
#pragma once

#include "base/addr.h"

enum { GATE_VALUE_MAX = 4096 }; /* bytes of one value */

enum gate_attribute {
#define X(NAME, name) GATE_##NAME,
#include "gate/request.def"
#undef X
    GATE_ATTRIBUTES,
};

/* How far SMTP has got. */
enum gate_state {
    GATE_AT_CONNECT,
    GATE_AT_HELO, /* and EHLO */
    GATE_AT_MAIL,
    GATE_AT_RCPT,
    GATE_AT_DATA,
    GATE_AT_END, /* of the message */
    GATE_AT_VRFY,
    GATE_AT_ETRN,
    GATE_STATES,
};

struct gate_request {
    struct span values[GATE_ATTRIBUTES]; /* as they came */
    bool
        has_etrn_domain; /* the attribute was there, maybe empty: Postfix 2.3 and later */
    enum gate_state state;
    struct addr client; /* of client_address; family 0: none that can be read */
    uint64_t size, recipient_count;
    size_t bytes; /* that were read, with the empty line at the end */
    bool is_stressed;
};

enum gate_read {
    GATE_READ,
    GATE_NOT_POLICY, /* `request` is not smtpd_access_policy: no answer can be right */
    GATE_MALFORMED,  /* a line without =, a value over GATE_VALUE_MAX, or one with a NUL;
                      * no known state; no number where there must be one */
};

/* Reads the lines of one request up to the empty line at its end, or all where there is
 * none. `*out` is written as far as it could be read. O(bytes). */
NODISCARD enum gate_read gate_request_read(struct span lines, struct gate_request *out);

/* "RCPT" and the like. */
const char *gate_state_name(enum gate_state state);
