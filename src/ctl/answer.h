/* answer: what judge told a command, checked frame by frame and kept until it is shown.
 *
 * answer_take() is the one parser of the commands' side of the control socket. What is
 * kept holds only whole, well-formed TELL_* frames other than TELL_END; the texts in
 * them are foreign bytes.
 *
 *     struct wire_tell_jail jail;
 *     struct span rest = buf_span(&answer->frames), fields;
 *     while (answer_next(&rest, WIRE_TELL_JAIL, &fields))
 *         if (wire_get_tell_jail(fields, &jail)) ...
 */
#pragma once

#include "wire/meaning.h"
#include "wire/wire.h"

enum { ANSWER_BYTES_MAX = 1 << 29 };

struct answer {
    struct buf frames;
    bool is_ended;
    uint8_t outcome; /* of TELL_END: enum answer_outcome, or a number we do not know */
    uint32_t matched;
    struct buf text; /* of TELL_END, foreign */
};

enum answer_take {
    ANSWER_MORE,    /* taken, the end is still to come */
    ANSWER_END,     /* taken, and complete */
    ANSWER_BAD,     /* not what this version of komainu understands */
    ANSWER_TOO_BIG, /* more than ANSWER_BYTES_MAX */
};

/* Frees all; a zeroed answer is legal. */
void answer_fini(struct answer *a);

/* Forgets the frames, for the next packet of an endless answer. */
void answer_clear(struct answer *a);

/* Checks one packet and keeps its frames. */
NODISCARD enum answer_take answer_take(struct answer *a, struct span packet);

/* The fields of the next frame of `type` in `*rest` (which begins as the frames and moves
 * on); false when there is none. */
NODISCARD bool answer_next(struct span *rest, enum wire_type type, struct span *fields);

/* How many frames of `type` there are. */
size_t answer_count(struct span frames, enum wire_type type);
