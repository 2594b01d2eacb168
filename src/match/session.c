#include "match/session.h"

#include "base/mem.h"

void
sessions_init(struct sessions *s)
{
    *s = (struct sessions){0};
    table_init(&s->all, sizeof(struct session_key), sizeof(struct session), SESSIONS_MAX);
}

void
sessions_fini(struct sessions *s)
{
    table_fini(&s->all);
}

struct session_key
session_key_of(uint16_t filter, struct span id)
{
    struct session_key key = {.filter = filter};

    if (id.len > SESSION_ID_MAX)
        id = span_from(id, id.len - SESSION_ID_MAX);
    key.len = (uint8_t)id.len;
    if (id.len)
        memcpy(key.id, id.ptr, id.len);
    return key;
}

static void
note_change(struct sessions *s, const struct session_key *key)
{
    if (!s->is_watched)
        return;
    if (s->change_count < SESSION_CHANGES_MAX)
        s->changes[s->change_count++] = *key;
    else
        s->untold++;
}

static void
advance_clock(struct sessions *s, const struct session_line *line)
{
    int64_t us = line->time_us < line->now_us ? line->time_us : line->now_us;

    if (us > s->clock_us)
        s->clock_us = us;
}

/* Two at a time: more can never be over than began. */
static void
end_old(struct sessions *s)
{
    for (int i = 0; i < 2; i++) {
        struct session *oldest = table_oldest(&s->all);

        if (!oldest || oldest->heard_us > s->clock_us - SESSIONS_AGE_US)
            return;
        table_remove(&s->all, oldest);
    }
}

static struct session *
begin(struct sessions *s, const struct session_key *key)
{
    struct session *one = table_put(&s->all, key);

    if (one)
        return one;
    table_remove(&s->all, table_oldest(&s->all));
    s->lost++;
    one = table_put(&s->all, key);
    must(one);
    return one;
}

static void
take_user(struct session *one, struct span user)
{
    uint64_t hash = hash_bytes((struct hash_key){0}, user.ptr, user.len);

    if (user.len && one->has_user && hash != one->first_user)
        one->has_users = true;
    if (user.len && !one->has_user) {
        one->has_user = true;
        one->first_user = hash;
    }
    user = span_head(user, SESSION_USER_MAX);
    one->user_len = (uint8_t)user.len;
    if (user.len)
        memcpy(one->user, user.ptr, user.len);
}

/* Later values replace earlier ones. */
static void
merge(struct session *one, const struct session_line *line)
{
    if (line->is_gained)
        one->is_pending = false;
    if (line->peer.family)
        one->peer = line->peer;
    if (line->user.ptr)
        take_user(one, line->user);
}

/* What the line is, seen with its session. */
static enum session_says
judge(struct session *one, struct session_line *line)
{
    bool had_pending = one->is_pending;
    bool is_held = line->is_nofail || line->is_gained;
    bool has_who = one->peer.family || line->is_named;

    if (line->is_told)
        return one->peer.family ? SESSION_TOLD : SESSION_HELD;
    if (is_held && !had_pending && !one->has_users)
        return SESSION_HELD;
    if (!has_who) {
        if (!is_held)
            one->pending_kind = (uint8_t)line->kind;
        one->is_pending = true;
        return SESSION_HELD;
    }
    if (is_held && had_pending)
        line->kind = (enum event_kind)one->pending_kind;
    one->is_pending = false;
    return SESSION_FAILURE;
}

enum session_says
session_step(struct sessions *s, const struct session_key *key, struct session_line *line)
{
    struct session *one;
    enum session_says says;

    s->once = (struct session){0};
    advance_clock(s, line);
    end_old(s);
    one = table_find(&s->all, key);
    if (one && one->first_us <= line->time_us - SESSIONS_AGE_US) {
        table_remove(&s->all, one);
        one = NULL;
    }
    if (one) {
        table_touch(&s->all, one);
    } else {
        one = line->is_over ? &s->once : begin(s, key);
        one->first_us = line->time_us;
    }
    one->heard_us = s->clock_us;
    merge(one, line);
    says = judge(one, line);
    if (!line->is_of_none)
        line->peer = one->peer;
    line->user = (struct span){one->user, one->user_len};
    if (line->is_over && one != &s->once) {
        s->once = *one;
        line->user.ptr = s->once.user;
        table_remove(&s->all, one);
        note_change(s, key);
    } else if (!line->is_over) {
        note_change(s, key);
    }
    return says;
}

void
sessions_watch(struct sessions *s)
{
    s->is_watched = true;
}

bool
sessions_change(struct sessions *s, struct session_key *key, const struct session **now)
{
    if (s->change_count == 0)
        return false;
    *key = s->changes[--s->change_count];
    *now = table_find(&s->all, key);
    return true;
}

bool
sessions_restore(struct sessions *s, const struct session_key *key,
                 const struct session *session)
{
    struct session *one;

    if (key->len > SESSION_ID_MAX || session->user_len > SESSION_USER_MAX ||
        session->pending_kind >= EVENT_KINDS ||
        (session->peer.family && !addr_is_host(&session->peer)))
        return false;
    one = table_find(&s->all, key);
    if (!one)
        one = begin(s, key);
    *one = *session;
    return true;
}
