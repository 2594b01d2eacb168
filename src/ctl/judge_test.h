/* judge: a judge that we play: a forked process which takes one connection, checks what
 * was asked, and sends what the test says. */
#pragma once

#include "frames_test.h"
#include "run_test.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "wire/chan.h"

enum { PACKETS_MAX = 4 };

struct judge {
    struct buf want;                 /* the ASK frame that must come */
    struct buf packets[PACKETS_MAX]; /* what to send; up to the first empty one */
    bool is_silent;                  /* keeps the connection open, and says no more */
};

struct place {
    char folder[32];
    char path[64];
};

static inline void
place_init(struct place *p)
{
    *p = (struct place){.folder = "/tmp/komainu-ctl-XXXXXX"};
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->path, sizeof(p->path), "%s/control.sock", p->folder);
}

static inline void
place_fini(const struct place *p)
{
    (void)unlink(p->path); /* some tests have none */
    assert_int_equal(rmdir(p->folder), 0);
}

static inline int
listen_at(const char *path, int type)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_true(span_cstr(span_of(path), at.sun_path, sizeof(at.sun_path)));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* The judge's side of one connection; returns the exit status of its process. */
static inline int
serve(int listener, const struct judge *j)
{
    static struct chan c;
    struct wire_hello hello = {.hash = wire_hash(), .role = ROLE_COMMAND};
    struct pollfd p = {.events = POLLIN};
    struct buf want = {0};
    struct span packet;

    c.fd = p.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (c.fd < 0 || poll(&p, 1, 5000) != 1 || chan_recv(&c, &packet, NULL) != CHAN_PACKET)
        return 2;
    wire_put_hello(&want, &hello);
    buf_add(&want, buf_span(&j->want));
    if (!span_eq(packet, buf_span(&want)))
        return 3;
    for (size_t i = 0; i < PACKETS_MAX && j->packets[i].len; i++) {
        if (chan_send(c.fd, buf_span(&j->packets[i]), -1) != 0)
            return 4;
    }
    if (j->is_silent && poll(&p, 1, 5000) != 1)
        return 5;
    return 0;
}

/* Runs `words` and "--state FOLDER" against the judge, and frees its bufs. */
static inline void
run_against(struct judge *j, struct run *r, const char *const *words)
{
    const char *all[RUN_WORDS_MAX + 1] = {NULL};
    struct place place;
    int listener, status = -1;
    size_t n = 0;
    pid_t pid;

    place_init(&place);
    listener = listen_at(place.path, SOCK_SEQPACKET);
    pid = fork();
    if (pid == 0)
        _exit(serve(listener, j));
    assert_true(pid > 0);
    (void)close(listener); /* the child has it */
    for (; words[n]; n++)
        all[n] = words[n];
    all[n] = "--state";
    all[n + 1] = place.folder;
    run_words(r, all);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    place_fini(&place);
    buf_fini(&j->want);
    for (size_t i = 0; i < PACKETS_MAX; i++)
        buf_fini(&j->packets[i]);
    *j = (struct judge){0};
}

#define RUN_AGAINST(j, r, ...)                                                           \
    run_against((j), (r), (const char *const[]){__VA_ARGS__, NULL})
