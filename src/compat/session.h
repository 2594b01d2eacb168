/* session: one connection of a client to a server that speaks fail2ban's protocol. */
#pragma once

#include "compat/protocol.h"

struct session {
    int fd; /* -1: none */
    struct protocol_in in;
};

/* Connects to the socket at `path`. 0, or a negative errno; then nothing is open. */
NODISCARD int session_open(struct session *s, const char *path);

/* Says good bye and closes. A session that is not open is legal. */
void session_close(struct session *s);

/* Sends a message and waits for its answer, in the arena, at most `timeout_ms` (negative:
 * for ever) for each part of it. 0; or a negative errno, -EPROTO with `*why` when the
 * answer is none. */
NODISCARD int session_ask(struct session *s, const struct pickle_value *message,
                          int timeout_ms, struct pickle_arena *arena,
                          const struct pickle_value **answer, const char **why);
