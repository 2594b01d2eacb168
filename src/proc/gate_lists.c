/* gate_lists: the white lists of the greylist and the file of ASes are read anew when one
 * of them has changed, as tables are (gate/access_map.h). */
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

/* What is wrong is told, and what is well where that is news. */
static void
read_asns(struct decider *d, bool is_first)
{
    struct buf why = {.limit = 4096}, line = {0};
    enum as_db_outcome outcome = as_db_refresh(d->asns, &why);

    gate_log_value(&line, "name", span_of(as_db_path(d->asns)));
    if (outcome == AS_DB_BAD) {
        gate_log_value(&line, "what", buf_span(&why));
        log_line(d->gate->log, LOG_LEVEL_ERROR, "gate-table-wrong", "%s", line.ptr + 1);
    } else if (outcome == AS_DB_LOADED && !is_first) {
        log_line(d->gate->log, LOG_LEVEL_INFO, "gate-table-read", "%s", line.ptr + 1);
    }
    buf_fini(&line);
    buf_fini(&why);
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
    if (d->asns)
        read_asns(d, false);
    gate_watch_folders(d->gate);
    loop_timer_set(d->gate->loop, &d->look, LOOK_US);
}

void
gate_lists_open_asns(struct decider *d)
{
    const struct gate *g = d->gate;

    if (!g->config.asn_database[0])
        return;
    as_db_new(&d->asns, g->config.asn_database, g->folder);
    read_asns(d, true);
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
