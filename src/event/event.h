/* event: one thing somebody did, made of one hit of a filter on one log line.
 *
 * A plain record that is passed from match to count and decide, and between sensor and
 * judge as the wire's EVENT. Texts are foreign bytes, bounded by the constants below,
 * borrowed from the line.
 */
#pragma once

#include "base/addr.h"

enum {
    EVENT_ACCOUNT_MAX = 256, /* bytes kept of an account name */
    EVENT_TEXT_MAX = 256,    /* bytes kept of a recipient, and of a detail */
    EVENT_LINE_MAX = 512,    /* bytes kept of the line, as evidence */
    EVENT_GROUPS_MAX = 1024, /* and of all that was captured */
};

enum event_kind {
#define X(NAME, name) EVENT_##NAME,
#include "event/event.def"
#undef X
    EVENT_KINDS,
};

/* Bits of the kinds that are noise of SMTP: what attackers and careless servers do beside
 * logging in. */
#define EVENT_NOISE_OF(NAME) (UINT32_C(1) << EVENT_##NAME)
#define EVENT_NOISE                                                                      \
    (EVENT_NOISE_OF(USER_UNKNOWN) | EVENT_NOISE_OF(PROTOCOL_ERROR) |                     \
     EVENT_NOISE_OF(CONNECT) | EVENT_NOISE_OF(RELAY_DENIED) | EVENT_NOISE_OF(LIST_HIT) | \
     EVENT_NOISE_OF(IDENTITY) | EVENT_NOISE_OF(REJECTED) | EVENT_NOISE_OF(FLOOD) |       \
     EVENT_NOISE_OF(PROBE) | EVENT_NOISE_OF(ASKED_IN_VAIN))

struct event {
    enum event_kind kind;
    bool is_failure;  /* jails count it; else it is only told */
    uint16_t filter;  /* index of the filter that matched */
    uint16_t source;  /* index of the source the line came from */
    uint64_t offset;  /* of the line in its source */
    int64_t time_us;  /* wall time the line states, corrected (event_time_live()) */
    struct addr peer; /* who did it; family 0 when the line names none */
    struct span
        host; /* its name where that is to be looked up, in place of detail; else empty */
    struct span id; /* <F-ID>, in place of detail too; without a peer all that is known of
                       who did it; else empty */
    struct addr key; /* of an id that is no address, or the network it is: what jails of
                        fail2ban's count in place of the peer; else family 0 */
    struct span account;   /* login name tried; empty when the line has none */
    struct span recipient; /* of the mail; empty when the line has none */
    struct span detail; /* name of the list, HELO, statistics: what the kind asks for */
    struct span groups; /* what the expression captured, for actions: NAME NUL VALUE NUL
                           for each; empty unless the filter keeps it */
    struct span line;   /* the line itself, cut to EVENT_LINE_MAX */
};

/* Stored in place of a kind with what a person wrote to a ban by hand: no event at all.
 */
#define EVENT_COMMENT ((enum event_kind)255)

/* The name of a kind as in event.def, "comment" for EVENT_COMMENT; "unknown" for a number
 * outside it. */
const char *event_kind_name(enum event_kind kind);

/* The kind called `name`; false, and nothing written, when there is none. */
NODISCARD bool event_kind_parse(struct span name, enum event_kind *out);

/* The time to count an event at: a line of a log that is being followed says about now.
 * Lines up to a minute off keep their own time; others were written by a clock that is
 * wrong, and happened now. While catching up (`is_live` false) only times ahead of now
 * are brought back to it. */
int64_t event_time_live(int64_t line_us, int64_t now_us, bool is_live);
