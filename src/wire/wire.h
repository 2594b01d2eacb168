/* wire: frames of typed, bounded fields, as wire.def lists them.
 *
 * For each MESSAGE(NAME, name, CHANNEL) of wire.def this header makes
 *
 *     struct wire_name { ...fields... };
 *     void wire_put_name(struct buf *packet, const struct wire_name *m);
 *     bool wire_get_name(struct span fields, struct wire_name *m);
 *
 * put appends one frame; a text longer than its bound is cut to it. get reads the fields
 * of one frame: false, and the struct undefined, unless the bytes are exactly the fields
 * within their bounds. Texts and spans it yields borrow from the packet. Who receives
 * re-checks what the values mean.
 *
 *     struct wire_frame f;
 *     enum wire_next n;
 *     while ((n = wire_next(&packet, WIRE_SENSOR_TO_JUDGE, &f)) == WIRE_FRAME)
 *         switch (f.type) { case WIRE_EVENT: if (!wire_get_event(f.fields, &event)) ... }
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "wire/wire.def"

enum { WIRE_PACKET_MAX = 32768, WIRE_HEAD_BYTES = 4 };

enum wire_role {
    ROLE_KOMAINUD,
    ROLE_SENSOR,
    ROLE_JUDGE,
    ROLE_ENFORCER,
    ROLE_COMMAND,
    ROLE_JOURNAL,
    ROLE_RUNNER,
    ROLE_RESOLVER,
    ROLE_COMPAT,
    ROLE_GATE,
    ROLE_SHARE,
    ROLE_REPORTER,
    ROLES
};

enum wire_channel {
    WIRE_ANY,
    WIRE_TO_ROLE,
    WIRE_TO_KOMAINUD,
    WIRE_SENSOR_TO_JUDGE,
    WIRE_JUDGE_TO_SENSOR,
    WIRE_TO_JOURNAL,
    WIRE_FROM_JOURNAL,
    WIRE_JUDGE_TO_ENFORCER,
    WIRE_ENFORCER_TO_JUDGE,
    WIRE_JUDGE_TO_RUNNER,
    WIRE_RUNNER_TO_JUDGE,
    WIRE_JUDGE_TO_RESOLVER,
    WIRE_RESOLVER_TO_JUDGE,
    WIRE_COMPAT_TO_JUDGE,
    WIRE_GATE_TO_JUDGE,
    WIRE_JUDGE_TO_GATE,
    WIRE_GATE_TO_SHARE,
    WIRE_SHARE_TO_GATE,
    WIRE_SHARE_TO_JUDGE,
    WIRE_ASK,
    WIRE_TELL,
};

enum wire_type {
    WIRE_NONE,
#define MESSAGE(NAME, name, CHANNEL) WIRE_##NAME,
    WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
        WIRE_TYPES,
};

struct wire_frame {
    enum wire_type type;
    struct span fields;
};

enum wire_next { WIRE_END, WIRE_FRAME, WIRE_BAD };

typedef uint8_t wire_u8;
typedef uint16_t wire_u16;
typedef uint32_t wire_u32;
typedef uint64_t wire_u64;
typedef int64_t wire_i64;
typedef struct addr wire_addr;
typedef struct span wire_text;

#define FIELD(type, name, bound) wire_##type name;
#define MESSAGE(NAME, name, CHANNEL)                                                     \
    struct wire_##name {                                                                 \
        WIRE_##NAME(FIELD)                                                               \
    };                                                                                   \
    /* Appends one frame to `packet`, see the head of this file. */                      \
    void wire_put_##name(struct buf *packet, const struct wire_##name *m);               \
    /* Reads one frame, see the head of this file. */                                    \
    NODISCARD bool wire_get_##name(struct span fields, struct wire_##name *m);
WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
#undef FIELD

/* Takes the next frame off `*packet`. WIRE_BAD: a broken frame, or one whose message does
 * not belong on `channel`; the connection is to be given up. */
NODISCARD enum wire_next wire_next(struct span *packet, enum wire_channel channel,
                                   struct wire_frame *frame);

/* The hash of wire.def that this program was built with. */
uint64_t wire_hash(void);

/* "sensor", "judge" ...; "?" for a number that is no role. */
const char *wire_role_name(enum wire_role role);

/* The name of a message, for diagnostics. */
const char *wire_type_name(enum wire_type type);
