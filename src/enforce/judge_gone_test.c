/* A judge that goes without a word is told of; one that was told to end is not. Needs
 * root. */
#include "kernel_ask.h"

/* Puts stderr into a file in memory; the former one is given back by hear_end(). */
struct hearing {
    int former, fd;
};

static struct hearing
hear_begin(void)
{
    struct hearing h = {.former = dup(STDERR_FILENO),
                        .fd = memfd_create("stderr", MFD_CLOEXEC)};

    assert_true(h.former >= 0 && h.fd >= 0);
    assert_int_equal(dup2(h.fd, STDERR_FILENO), STDERR_FILENO);
    return h;
}

/* What was said since; the caller frees it. */
static struct buf
hear_end(struct hearing *h)
{
    struct buf said = {0};
    char block[4096];
    ssize_t n;

    assert_int_equal(dup2(h->former, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(lseek(h->fd, 0, SEEK_SET), 0);
    while ((n = read(h->fd, block, sizeof(block))) > 0)
        buf_add(&said, (struct span){block, (size_t)n});
    buf_add_text(&said, "");
    assert_int_equal(close(h->fd), 0);
    assert_int_equal(close(h->former), 0);
    return said;
}

static bool
has_lost(const struct world *w)
{
    return !judge_link_is_up(&w->enforcer.judge);
}

/* A judge that sends `last` and closes: how often that it is gone is said. */
static unsigned
end_judge(struct world *w, struct span last)
{
    struct hearing h = hear_begin();
    struct buf said;
    struct span rest;
    ptrdiff_t at;
    unsigned count = 0;

    if (last.len)
        assert_int_equal(chan_send(w->judge.fd, last, -1), 0);
    loop_remove(&w->loop, &w->judge_io);
    assert_int_equal(close(w->judge.fd), 0);
    world_until(w, has_lost);
    said = hear_end(&h);
    for (rest = buf_span(&said); (at = span_find(rest, SPAN("judge-gone"))) >= 0; count++)
        rest = span_from(rest, (size_t)at + 1);
    buf_fini(&said);
    return count;
}

static void
test_judge_gone(void **state UNUSED)
{
    struct world *w = world_new(false);
    struct buf leaving = {0};

    wire_put_leaving(&leaving, &(struct wire_leaving){0});
    w->log.level = LOG_LEVEL_INFO;
    world_start(w);
    assert_int_equal(end_judge(w, (struct span){0}), 1);
    world_attach(w);
    assert_int_equal(end_judge(w, buf_span(&leaving)), 0);
    /* What one has said does not hold for the next. */
    world_attach(w);
    assert_int_equal(end_judge(w, (struct span){0}), 1);
    world_attach(w);
    assert_int_equal(ask(w, "192.0.2.1", 0, 600), OUTCOME_DONE);
    assert_int_equal(end_judge(w, buf_span(&leaving)), 0);
    buf_fini(&leaving);
    w->judge.fd = -1;
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_judge_gone)};

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
