#include "unit.h"

#include "base/mem.h"
#include "match/session.h"

#define S INT64_C(1000000)

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse(span_of(text), &a));
    return a;
}

/* One line: f nofail, g gained, o over, t told; what it must give. */
static const struct script {
    const char *name;
    struct step {
        const char *flags, *peer, *user; /* NULL: the line has none */
        int at_s;
        enum session_says says;
        const char *merged_peer, *merged_user;
        enum event_kind kind;
    } steps[6];
} scripts[] = {
    {"the address comes first",
     {{"f", "192.0.2.1", NULL, 1, SESSION_HELD, "192.0.2.1", "", 0},
      {"", NULL, "bob", 2, SESSION_FAILURE, "192.0.2.1", "bob", EVENT_AUTH_FAIL},
      {"", NULL, "bob", 3, SESSION_FAILURE, "192.0.2.1", "bob", EVENT_AUTH_FAIL}}},
    {"the address comes last",
     {{"", NULL, "bob", 1, SESSION_HELD, NULL, "bob", 0},
      {"f", "192.0.2.1", NULL, 2, SESSION_FAILURE, "192.0.2.1", "bob", EVENT_AUTH_FAIL},
      {"f", "192.0.2.1", NULL, 3, SESSION_HELD, "192.0.2.1", "bob", 0}}},
    {"a login forgives what waits",
     {{"", NULL, "bob", 1, SESSION_HELD, NULL, "bob", 0},
      {"g", NULL, "bob", 2, SESSION_HELD, NULL, "bob", 0},
      {"f", "192.0.2.1", NULL, 3, SESSION_HELD, "192.0.2.1", "bob", 0}}},
    {"but not when several accounts were tried",
     {{"f", "192.0.2.1", "bob", 1, SESSION_HELD, "192.0.2.1", "bob", 0},
      {"g", NULL, "eve", 2, SESSION_FAILURE, "192.0.2.1", "eve", EVENT_AUTH_FAIL}}},
    {"an empty name is no account",
     {{"f", "192.0.2.1", "bob", 1, SESSION_HELD, "192.0.2.1", "bob", 0},
      {"f", NULL, "", 2, SESSION_HELD, "192.0.2.1", "", 0}}},
    {"over is over",
     {{"f", "192.0.2.1", "bob", 1, SESSION_HELD, "192.0.2.1", "bob", 0},
      {"of", NULL, NULL, 2, SESSION_HELD, "192.0.2.1", "bob", 0},
      {"", NULL, NULL, 3, SESSION_HELD, NULL, "", 0}}},
    {"over without a beginning",
     {{"o", "192.0.2.1", "bob", 1, SESSION_FAILURE, "192.0.2.1", "bob", EVENT_AUTH_FAIL},
      {"", NULL, NULL, 2, SESSION_HELD, NULL, "", 0}}},
    {"five minutes later it is another",
     {{"f", "192.0.2.1", "bob", 1, SESSION_HELD, "192.0.2.1", "bob", 0},
      {"", NULL, NULL, 301, SESSION_HELD, NULL, "", 0}}},
    {"what is told is told, with what is known",
     {{"t", NULL, NULL, 1, SESSION_HELD, NULL, "", 0},
      {"t", "192.0.2.1", NULL, 2, SESSION_TOLD, "192.0.2.1", "", EVENT_AUTH_FAIL},
      {"t", NULL, "bob", 3, SESSION_TOLD, "192.0.2.1", "bob", EVENT_AUTH_FAIL}}},
    {"later values replace earlier ones",
     {{"f", "192.0.2.1", "bob", 1, SESSION_HELD, "192.0.2.1", "bob", 0},
      {"", "192.0.2.2", NULL, 2, SESSION_FAILURE, "192.0.2.2", "bob", EVENT_AUTH_FAIL}}},
};

static void
check_step(struct sessions *s, const struct script *script, const struct step *step)
{
    struct session_key key = session_key_of(3, SPAN("one"));
    struct session_line line = {
        .time_us = step->at_s * S,
        .now_us = step->at_s * S,
        .kind = EVENT_AUTH_FAIL,
        .peer = step->peer ? address(step->peer) : (struct addr){0},
        .user = step->user ? span_of(step->user) : (struct span){0},
        .is_told = strchr(step->flags, 't'),
        .is_nofail = strchr(step->flags, 'f'),
        .is_gained = strchr(step->flags, 'g'),
        .is_over = strchr(step->flags, 'o'),
    };
    struct addr peer = step->merged_peer ? address(step->merged_peer) : (struct addr){0};

    if (session_step(s, &key, &line) != step->says || !addr_eq(&line.peer, &peer) ||
        !span_eq(line.user, span_of(step->merged_user)))
        fail_msg("%s: second %d", script->name, step->at_s);
    if (step->says != SESSION_HELD)
        assert_int_equal(line.kind, step->kind);
}

static void
test_scripts(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct sessions s;

        sessions_init(&s);
        for (size_t k = 0; k < 6 && scripts[i].steps[k].flags; k++)
            check_step(&s, &scripts[i], &scripts[i].steps[k]);
        sessions_fini(&s);
    }
}

static void
test_kind_of_what_waited(void **state UNUSED)
{
    struct session_key key = session_key_of(0, SPAN("x"));
    struct session_line line = {.time_us = 1, .kind = EVENT_ACCOUNT_UNKNOWN};
    struct sessions s;

    sessions_init(&s);
    assert_int_equal(session_step(&s, &key, &line), SESSION_HELD);
    line = (struct session_line){.time_us = 2,
                                 .kind = EVENT_AUTH_FAIL,
                                 .is_nofail = true,
                                 .peer = address("192.0.2.1")};
    assert_int_equal(session_step(&s, &key, &line), SESSION_FAILURE);
    assert_int_equal(line.kind, EVENT_ACCOUNT_UNKNOWN);
    sessions_fini(&s);
}

static void
test_keys(void **state UNUSED)
{
    char text[SESSION_ID_MAX + 8];
    struct session_key a, b;

    memset(text, 'a', sizeof(text));
    a = session_key_of(1, (struct span){text, sizeof(text)});
    text[0] = 'b';
    b = session_key_of(1, (struct span){text, sizeof(text)});
    assert_memory_equal(&a, &b, sizeof(a));
    text[sizeof(text) - 1] = 'b';
    b = session_key_of(1, (struct span){text, sizeof(text)});
    assert_memory_not_equal(&a, &b, sizeof(a));
    a = session_key_of(1, SPAN("x"));
    b = session_key_of(2, SPAN("x"));
    assert_memory_not_equal(&a, &b, sizeof(a));
}

static void
test_bound(void **state UNUSED)
{
    struct session_line line = {.time_us = 1, .is_nofail = true};
    struct session_key key;
    struct sessions s;

    sessions_init(&s);
    for (unsigned i = 0; i < SESSIONS_MAX + 5; i++) {
        key = session_key_of(0, (struct span){(const char *)&i, sizeof(i)});
        assert_int_equal(session_step(&s, &key, &line), SESSION_HELD);
    }
    assert_int_equal(s.all.count, SESSIONS_MAX);
    assert_int_equal(s.lost, 5);
    /* The old ones go by and by when their time is over. */
    line.time_us = line.now_us = 2 * SESSIONS_AGE_US;
    for (unsigned i = 0; i < SESSIONS_MAX; i++)
        assert_int_equal(session_step(&s, &key, &line), SESSION_HELD);
    assert_int_equal(s.all.count, 1);
    sessions_fini(&s);
}

/* The lines of two hosts: one session of each, `fast_us` ahead of the other's. */
static void
check_two_clocks(int64_t slow_us, int64_t fast_us, int64_t now_us, bool is_kept)
{
    struct session_key key = session_key_of(0, SPAN("slow"));
    struct session_key fast = session_key_of(0, SPAN("fast"));
    struct session_line line = {
        .time_us = slow_us, .now_us = slow_us, .peer = address("192.0.2.1")};
    struct sessions s;

    sessions_init(&s);
    line.is_nofail = true;
    assert_int_equal(session_step(&s, &key, &line), SESSION_HELD);
    line = (struct session_line){.time_us = fast_us, .now_us = now_us};
    for (int i = 0; i < 3; i++)
        assert_int_equal(session_step(&s, &fast, &line), SESSION_HELD);
    line = (struct session_line){.time_us = slow_us + S, .now_us = now_us};
    assert_int_equal(session_step(&s, &key, &line),
                     is_kept ? SESSION_FAILURE : SESSION_HELD);
    sessions_fini(&s);
}

static void
test_fast_clocks(void **state UNUSED)
{
    const int64_t now = 1000 * S;

    check_two_clocks(now, now + 2 * SESSIONS_AGE_US, now + S, true);
    check_two_clocks(now, now + 2 * SESSIONS_AGE_US, now + SESSIONS_AGE_US - 1, true);
    check_two_clocks(now, now + SESSIONS_AGE_US, now + SESSIONS_AGE_US, false);
    /* A clock that is set back does not make it young again. */
    check_two_clocks(now, now - S, now - S, true);
    /* Old lines read late: their dates count. */
    check_two_clocks(now, now + S, now + 9 * SESSIONS_AGE_US, true);
    check_two_clocks(now, now + SESSIONS_AGE_US, now + 9 * SESSIONS_AGE_US, false);
}

/* What is told of changes, put into another table, gives the same sessions. */
static void
test_changes_rebuild(void **state UNUSED)
{
    struct session_key key = session_key_of(1, SPAN("k")), changed;
    struct session_line line = {.time_us = 5, .user = SPAN("bob")};
    const struct session *now;
    struct sessions s, again;

    sessions_init(&s);
    sessions_init(&again);
    sessions_watch(&s);
    assert_int_equal(session_step(&s, &key, &line), SESSION_HELD);
    assert_true(sessions_change(&s, &changed, &now));
    assert_non_null(now);
    assert_true(sessions_restore(&again, &changed, now));
    assert_false(sessions_change(&s, &changed, &now));

    line = (struct session_line){
        .time_us = 6, .is_nofail = true, .is_over = true, .peer = address("192.0.2.9")};
    assert_int_equal(session_step(&again, &key, &line), SESSION_FAILURE);
    assert_span(line.user, "bob");
    line.is_nofail = true;
    assert_int_equal(session_step(&s, &key, &line), SESSION_FAILURE);
    assert_true(sessions_change(&s, &changed, &now));
    assert_null(now);
    sessions_fini(&s);
    sessions_fini(&again);
}

/* The store keeps a few more than there is room for, and tells the oldest first. */
static void
test_restore_is_bounded(void **state UNUSED)
{
    struct session one = {.first_us = 1};
    struct session_key key;
    struct sessions s;

    sessions_init(&s);
    for (unsigned i = 0; i < SESSIONS_MAX + 5; i++) {
        key = session_key_of(0, (struct span){(const char *)&i, sizeof(i)});
        assert_true(sessions_restore(&s, &key, &one));
    }
    assert_int_equal(s.all.count, SESSIONS_MAX);
    assert_int_equal(s.lost, 5);
    assert_non_null(table_find(&s.all, &key));
    sessions_fini(&s);
}

static void
test_bad_sessions_are_refused(void **state UNUSED)
{
    struct session_key key = session_key_of(1, SPAN("k"));
    struct session good = {.first_us = 1}, bad;
    struct sessions s;

    sessions_init(&s);
    bad = good;
    bad.user_len = SESSION_USER_MAX + 1;
    assert_false(sessions_restore(&s, &key, &bad));
    bad = good;
    bad.pending_kind = EVENT_KINDS;
    assert_false(sessions_restore(&s, &key, &bad));
    bad = good;
    assert_true(addr_parse_prefix(SPAN("192.0.2.0/24"), &bad.peer));
    assert_false(sessions_restore(&s, &key, &bad));
    key.len = SESSION_ID_MAX + 1;
    assert_false(sessions_restore(&s, &key, &good));
    sessions_fini(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scripts),
        TEST(test_kind_of_what_waited),
        TEST(test_keys),
        TEST(test_bound),
        TEST(test_fast_clocks),
        TEST(test_changes_rebuild),
        TEST(test_restore_is_bounded),
        TEST(test_bad_sessions_are_refused),
    };

    return RUN(tests);
}
