/* import_postgrey: what postgrey knows, into the greylist's folder, or, while a gate
 * runs, through it: in batches, between which it answers its MTA.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "ctl/ask.h"
#include "ctl/greylist.h"
#include "ctl/greylist_open.h"
#include "gate/grey_dump.h"

enum {
    BATCH_BYTES = 24 << 10, /* a packet with a greeting, and the last pair of 5 KiB */
    KEY_MAX = 4096,         /* as in wire.def */
    VALUE_MAX = 256,
};

struct importing {
    const struct ctl_env *env;
    const struct ctl_args *args;
    struct greylist *g; /* NULL: the gate is asked */
    int64_t now_s;
    struct greylist_imported *all;
    struct buf batch, *error;
    enum ctl_exit code;
};

static void
add(struct greylist_imported *all, const struct greylist_imported *one)
{
    all->triplets += one->triplets;
    all->clients += one->clients;
    all->same += one->same;
    all->over += one->over;
    all->broken += one->broken;
}

/* Has the gate take over what is in the batch. */
static void
send_batch(struct importing *i)
{
    struct wire_tell_greylist_pairs m;
    struct answer a = {0};
    struct span frames, fields;

    if (i->batch.len == 0 || i->code != CTL_DONE)
        return;
    wire_put_ask_greylist_pairs_end(&i->batch, &(struct wire_ask_greylist_pairs_end){0});
    i->code = ask_for(i->env, i->args, &i->batch, &a, i->error);
    frames = buf_span(&a.frames);
    if (i->code == CTL_DONE && answer_next(&frames, WIRE_TELL_GREYLIST_PAIRS, &fields) &&
        wire_get_tell_greylist_pairs(fields, &m))
        add(i->all, &(struct greylist_imported){.triplets = m.triplets,
                                                .clients = m.clients,
                                                .same = m.same,
                                                .over = m.over,
                                                .broken = m.broken});
    answer_fini(&a);
}

static void
take_pair(void *ctx, struct span key, struct span value)
{
    struct importing *i = ctx;

    if (key.len > KEY_MAX || value.len > VALUE_MAX) {
        i->all->broken++;
        return;
    }
    wire_put_ask_greylist_pair(
        &i->batch, &(struct wire_ask_greylist_pair){.key = key, .value = value});
    if (i->batch.len > BATCH_BYTES)
        send_batch(i);
}

static int
through_gate(struct importing *i, int fd)
{
    struct grey_dump d = {.fn = take_pair, .ctx = i};
    int err = grey_dump_read(&d, fd);

    send_batch(i);
    i->all->broken += d.broken;
    grey_dump_fini(&d);
    return err;
}

static int
into_folder(struct importing *i, int fd)
{
    struct greylist_imported one;
    int err = greylist_import(i->g, fd, i->now_s, &one);

    add(i->all, &one);
    return err;
}

/* False: `error` says what is wrong. */
static bool
import_file(struct importing *i, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int err = fd < 0 ? -errno : i->g ? into_folder(i, fd) : through_gate(i, fd);

    if (fd >= 0)
        (void)close(fd); /* only read */
    if (i->code != CTL_DONE)
        return false; /* the gate's trouble was told */
    if (!err)
        return true;
    buf_escaped(i->error, span_of(path));
    buf_printf(i->error, ": %s",
               err == -EBADMSG ? "not the whole text of db_dump" : strerror(-err));
    i->code = CTL_INTERNAL;
    return false;
}

static void
tell(const struct greylist_imported *all, struct buf *out)
{
    text_count(out, all->triplets, "triplet");
    buf_add_text(out, " and ");
    text_count(out, all->clients, "client");
    buf_printf(out, " taken over, %llu known already, %llu too old, %llu not readable.\n",
               (unsigned long long)all->same, (unsigned long long)all->over,
               (unsigned long long)all->broken);
}

static void
tell_json(const struct greylist_imported *all, int64_t now_us, struct buf *out)
{
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {{"triplets", all->triplets},
                {"clients", all->clients},
                {"known", all->same},
                {"too_old", all->over},
                {"not_readable", all->broken}};

    json_begin(out, now_us);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_key(out, rows[i].name);
        json_u64(out, rows[i].n);
    }
    json_end(out);
}

enum ctl_exit
import_postgrey(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    struct greylist_imported all = {0};
    struct importing i = {.env = env, .args = args, .all = &all, .error = &o->error};
    struct ask_greylist q;
    bool is_good = true;

    if (args->word_count < 2 || args->given[OPT_FOR] || args->given[OPT_DRY_RUN]) {
        buf_add_text(&o->error,
                     "usage: import postgrey FILE [FILE], texts of db_dump -p");
        return CTL_USAGE;
    }
    i.code = greylist_begin(&q, env, args, true, &o->error);
    if (i.code != CTL_DONE && !q.is_running)
        return i.code;
    if (i.code == CTL_DONE) {
        i.g = q.g;
        i.now_s = q.now_s;
    } else {
        buf_clear(&o->error);
        i.code = CTL_DONE;
    }
    for (size_t k = 1; is_good && k < args->word_count; k++)
        is_good = import_file(&i, args->words[k]);
    if (i.g)
        greylist_end(&q, true);
    buf_fini(&i.batch);
    if (args->given[OPT_JSON])
        tell_json(&all, env->screen.now_us, &o->out);
    else
        tell(&all, &o->out);
    if (!is_good)
        return i.code;
    return all.triplets + all.clients ? CTL_DONE : CTL_NO_MATCH;
}
