/* asleep: a machine that was suspended, for processes that load this before the C
 * library: CLOCK_BOOTTIME and CLOCK_REALTIME are ahead by as many seconds as the file
 * $ASLEEP says (an int64_t, read anew each time), and CLOCK_MONOTONIC is not. With
 * $STEPPED in its place somebody has set the clock: CLOCK_REALTIME alone is ahead. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef int read_clock(clockid_t, struct timespec *);

static const volatile int64_t *s_ahead;
static read_clock *s_next;
static bool s_is_step;

__attribute__((constructor)) static void
begin(void)
{
    const char *step = getenv("STEPPED"), *path = step ? step : getenv("ASLEEP");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page = mmap(NULL, sizeof(*s_ahead), PROT_READ, MAP_SHARED, fd, 0);

    if (fd < 0 || page == MAP_FAILED)
        abort(); /* a test that would prove nothing */
    (void)close(fd);
    s_ahead = page;
    s_is_step = step != NULL;
    *(void **)&s_next = dlsym(RTLD_NEXT, "clock_gettime");
}

int
clock_gettime(clockid_t which, struct timespec *ts)
{
    int rc = s_next(which, ts);

    if (rc == 0 && (which == CLOCK_REALTIME || (which == CLOCK_BOOTTIME && !s_is_step)))
        ts->tv_sec += *s_ahead;
    return rc;
}
