#include "base/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

/* Once with AIO, once as where there is none. */
static void
sync_file(bool has_aio)
{
    char path[] = "/tmp/komainu-sync-XXXXXX";
    struct sync s = {0};
    int fd = mkstemp(path), err;

    assert_true(fd >= 0);
    if (has_aio)
        sync_init(&s);
    assert_int_equal(sync_ended(&s), 0);
    assert_int_equal(write(fd, "text", 4), 4);
    assert_int_equal(sync_begin(&s, fd), 0);
    do
        err = sync_ended(&s);
    while (err == -EBUSY);
    assert_int_equal(err, 0);
    assert_int_equal(sync_begin(&s, fd), 0);
    sync_fini(&s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(close(fd), 0);
}

static void
test_sync(void **state UNUSED)
{
    sync_file(false);
    sync_file(true);
}

static void
test_failure(void **state UNUSED)
{
    struct sync s = {0};
    int ends[2], err;

    assert_int_equal(pipe(ends), 0);
    sync_init(&s);
    err = sync_begin(&s, ends[1]); /* a pipe cannot be synced */
    while (err == 0 || err == -EBUSY)
        err = sync_ended(&s);
    assert_int_equal(err, -EINVAL);
    assert_int_equal(sync_ended(&s), 0); /* told once */
    sync_fini(&s);
    (void)close(ends[0]); /* only made */
    (void)close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_sync), TEST(test_failure)};

    return RUN(tests);
}
