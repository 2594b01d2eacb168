/* replay_world: logs made for the tests of replay, and where they lie. */
#pragma once

#include "run_test.h"

struct place {
    char folder[32];
    char a[64], b[64];
};

static inline void
place_init(struct place *p)
{
    *p = (struct place){.folder = "/tmp/komainu-replay-XXXXXX"};
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->a, sizeof(p->a), "%s/a.log", p->folder);
    (void)snprintf(p->b, sizeof(p->b), "%s/b.log", p->folder);
}

static inline void
place_fini(const struct place *p)
{
    (void)unlink(p->a); /* some tests have none */
    (void)unlink(p->b);
    assert_int_equal(rmdir(p->folder), 0);
}

static inline void
write_log(const char *path, struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ctl_flush(fd, text), 0);
    (void)close(fd); /* read again at once */
    buf_fini(text);
}

/* One failed login; `stamp` is the whole date. */
static inline void
add_sasl(struct buf *b, const char *stamp, const char *who)
{
    buf_printf(b,
               "%s mx postfix/smtpd[77]: warning: unknown[%s]: SASL LOGIN authentication "
               "failed: UGFzc3dvcmQ6\n",
               stamp, who);
}

/* `count` failures, ten seconds apart, from minute `minute` of 2026-11-20 01h UTC. */
static inline void
add_failures(struct buf *b, unsigned minute, const char *who, unsigned count)
{
    char stamp[64];

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(stamp, sizeof(stamp), "2026-11-20T01:%02u:%02u.500000+00:00",
                       minute, 10 * i);
        add_sasl(b, stamp, who);
    }
}

/* Five of them, which are a ban. */
static inline void
add_attack(struct buf *b, unsigned minute, const char *who)
{
    add_failures(b, minute, who, 5);
}

/* A login of an account, and a wrong password for it. */
static inline void
add_login(struct buf *log, const char *stamp, const char *who, const char *account)
{
    buf_printf(log,
               "%s mx1 postfix/smtpd[7]: 4F00: client=unknown[%s], sasl_method=PLAIN, "
               "sasl_username=%s\n",
               stamp, who, account);
}

static inline void
add_miss(struct buf *log, const char *stamp, const char *who, const char *account)
{
    buf_printf(log,
               "%s mx1 postfix/smtpd[7]: warning: unknown[%s]: SASL LOGIN authentication "
               "failed: bad, sasl_username=%s\n",
               stamp, who, account);
}
