#include "session_wire.h"

/* How many accounts were tried, as far as it matters. */
enum { USERS_NONE, USERS_ONE, USERS_MORE };

struct wire_session
session_to_wire(const struct session_key *key, const struct session *session)
{
    struct wire_session m = {
        .filter = key->filter, .name = {key->id, key->len}, .is_over = !session};

    if (!session)
        return m;
    m.first_us = session->first_us;
    m.heard_us = session->heard_us;
    m.peer = session->peer;
    m.first_user = session->first_user;
    m.pending_kind = session->pending_kind;
    m.is_pending = session->is_pending;
    m.users = session->has_users  ? USERS_MORE
              : session->has_user ? USERS_ONE
                                  : USERS_NONE;
    m.user = (struct span){session->user, session->user_len};
    return m;
}

bool
session_from_wire(const struct wire_resume_session *m, struct session_key *key,
                  struct session *out)
{
    if (m->is_over || m->is_pending > 1 || m->users > USERS_MORE)
        return false;
    *key = session_key_of(m->filter, m->name);
    *out = (struct session){.first_us = m->first_us,
                            .heard_us = m->heard_us,
                            .peer = m->peer,
                            .first_user = m->first_user,
                            .pending_kind = m->pending_kind,
                            .is_pending = m->is_pending,
                            .has_user = m->users >= USERS_ONE,
                            .has_users = m->users == USERS_MORE,
                            .user_len = (uint8_t)m->user.len};
    if (m->user.len)
        memcpy(out->user, m->user.ptr, m->user.len);
    return true;
}
