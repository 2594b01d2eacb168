/* session_wire: a session of the match layer as the wire carries it, and back. */
#pragma once

#include "match/session.h"
#include "wire/wire.h"

/* The frame of a session as it is now; `session` NULL: it is over. Texts are borrowed. */
struct wire_session session_to_wire(const struct session_key *key,
                                    const struct session *session);

/* The session of a frame that is not over. False when the frame cannot be one. */
NODISCARD bool session_from_wire(const struct wire_resume_session *m,
                                 struct session_key *key, struct session *out);
