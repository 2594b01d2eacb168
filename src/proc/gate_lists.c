/* gate_lists: the white lists of the greylist are read anew when one of their files has
 * changed, as tables are (gate/access_map.h). */
#include <errno.h>
#include <sys/stat.h>

#include "gate_decide.h"

enum { LOOK_US = 5000000 };

/* What tells one state of a file from another. */
struct stamp {
    uint64_t device, inode, size;
    int64_t changed_s, changed_ns, error;
};

static void
add_stamp(const char *path, uint64_t *sum)
{
    struct hash_key key = {*sum, 0};
    struct stamp s = {0};
    struct stat st;

    if (stat(path, &st) == 0)
        s = (struct stamp){st.st_dev,         st.st_ino,          (uint64_t)st.st_size,
                           st.st_mtim.tv_sec, st.st_mtim.tv_nsec, 0};
    else
        s.error = errno;
    *sum = hash_bytes(key, &s, sizeof(s));
}

static uint64_t
stamp_all(const struct config_greylist *c)
{
    const struct config_greylist_files *all[] = {&c->clients, &c->recipients,
                                                 &c->only_recipients};
    uint64_t sum = 0;

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        for (size_t k = 0; k < all[i]->count; k++)
            add_stamp(all[i]->paths[k], &sum);
    return sum;
}

static void
on_look(void *ctx)
{
    struct decider *d = ctx;
    uint64_t now = stamp_all(&d->gate->config.greylist);

    if (now != d->lists_stamp) {
        d->lists_stamp = now;
        gate_decide_reload(d->gate);
        log_line(d->gate->log, LOG_LEVEL_INFO, "gate-lists-read",
                 "what=\"a white list has changed\"");
    }
    loop_timer_set(d->gate->loop, &d->look, LOOK_US);
}

void
gate_lists_stamp(struct decider *d)
{
    d->lists_stamp = stamp_all(&d->gate->config.greylist);
    d->look = (struct loop_timer){.fn = on_look, .ctx = d};
}

void
gate_lists_watch(struct decider *d)
{
    loop_timer_set(d->gate->loop, &d->look, LOOK_US);
}
