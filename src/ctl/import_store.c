/* An import without a guard: into the database that it will start with. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ident.h"
#include "ctl/import.h"
#include "enforce/rung.h"
#include "store/allow.h"
#include "store/store_ids.h"
#include "store/store_kept.h"
#include "store/store_past.h"

#define STATE_DEFAULT "/var/lib/komainu"
#define RUN_DEFAULT "/run/komainu"

enum {
    JUDGE_ID = 70202, /* without a user of his own; komainud hands over what is his */
    PAST_LOOKED_AT = 64,
};

struct writing {
    const struct import *import;
    struct import_group *group;
    struct store *store;
    struct allow allow;
    bool has_taken;  /* the last ban */
    struct addr who; /* its address, or the key of who has none */
    bool has_tags;
    struct hash_key tags; /* by which such keys are made */
    struct span jail;     /* while the past of an address is looked at */
    int64_t known_us;     /* when the last one in that jail began */
    int64_t until_us;     /* of that one, if it has not ended */
    uint32_t known_nth;
    bool is_on;
};

static void
on_past(void *ctx, const struct store_past *p)
{
    struct writing *w = ctx;

    if (w->known_us || !span_eq(p->ban.jail, w->jail))
        return; /* newest first */
    w->known_us = p->ban.since_us;
    w->known_nth = p->ban.nth;
    w->is_on = p->ending == STORE_NOT_ENDED;
    w->until_us = p->ban.until_us;
}

/* Whether the ban is known already, or one that ends no earlier. */
static bool
is_known(struct writing *w, const struct wire_ask_put_ban *m, bool is_over)
{
    w->known_us = 0;
    w->known_nth = 0;
    w->is_on = false;
    if (store_each_past(w->store, &m->who, PAST_LOOKED_AT, on_past, w) != 0)
        return true; /* told by the commit */
    if (!w->known_us)
        return false;
    if (w->is_on && !is_over)
        return w->until_us < 0 || (m->until_us >= 0 && w->until_us >= m->until_us);
    return w->known_us >= m->since_us || w->is_on;
}

static struct store_ban
row_of(const struct writing *w, const struct wire_ask_put_ban *m)
{
    const struct config *c = w->import->config;
    uint16_t jail = w->group->jail;
    uint32_t nth = m->nth > w->known_nth ? m->nth : w->known_nth;

    return (struct store_ban){
        .jail = w->jail,
        .who = m->who,
        .since_us = m->since_us,
        .until_us = m->until_us,
        .first_us = m->since_us,
        .failures = m->failures,
        .nth = nth ? nth : 1,
        .earlier = nth ? nth - 1 : 0,
        .mode = (uint8_t)(jail == IMPORT_BY_HAND ? JAIL_ENFORCE : c->jails[jail].mode)};
}

/* The key by which the guard will know a text; it is written down. */
static struct addr
put_id(struct writing *w, struct span id)
{
    struct addr key;

    if (!w->has_tags && !store_get_tags(w->store, &w->tags)) {
        w->tags = hash_random_key();
        store_put_tags(w->store, w->tags);
    }
    w->has_tags = true;
    key = ident_key(w->tags, id);
    store_put_id(w->store, &key, span_head(id, IDENT_MAX));
    return key;
}

/* Whether the jail has commands, which alone can ban who is no address. */
static bool
has_commands(const struct writing *w)
{
    return w->group->jail != IMPORT_BY_HAND &&
           w->import->config->jails[w->group->jail].actions;
}

static bool
is_allowed(struct writing *w, const struct addr *who)
{
    return !rung_has(who) || allow_has(&w->allow, who);
}

static void
take_ban(struct writing *w, const struct wire_ask_put_ban *given, bool is_over)
{
    struct import_counts *done = &w->group->done;
    struct wire_ask_put_ban m = *given;
    struct store_ban row;

    w->has_taken = false;
    w->jail = m.jail.len ? m.jail : SPAN("manual");
    if (m.id.len && !has_commands(w)) {
        w->group->strange += !is_over;
        return;
    }
    if (!m.id.len && is_allowed(w, &m.who)) {
        done->refused++;
        return;
    }
    w->who = m.who = m.id.len ? put_id(w, m.id) : m.who;
    if (is_known(w, &m, is_over)) {
        done->same++;
        return;
    }
    row = row_of(w, &m);
    if (w->is_on)
        store_end_past(w->store, w->jail, &m.who, m.since_us, STORE_REPLACED);
    store_add_past(w->store, &row);
    if (is_over)
        store_end_past(w->store, w->jail, &m.who, m.until_us, STORE_EXPIRED);
    else
        store_put_ban(w->store, &row);
    done->past += is_over;
    done->bans += !is_over;
    w->has_taken = true;
}

/* Lines follow the ban they are of. */
static void
take_line(struct writing *w, const struct wire_ask_put_line *m)
{
    const struct config *c = w->import->config;
    uint16_t filter = c->jails[w->group->jail].filter;

    if (w->has_taken && filter != CONFIG_NO_FILTER)
        store_add_evidence(
            w->store, &(struct store_evidence){.jail = m->jail,
                                               .who = w->who,
                                               .time_us = m->time_us,
                                               .kind = (uint8_t)c->filters[filter].event,
                                               .account = m->account,
                                               .line = m->line});
}

static void
take_frames(struct writing *w, struct span frames, bool is_over)
{
    struct wire_ask_put_ban ban;
    struct wire_ask_put_line line;
    struct wire_frame f;

    while (wire_next(&frames, WIRE_ASK, &f) == WIRE_FRAME) {
        if (f.type == WIRE_ASK_PUT_BAN && wire_get_ask_put_ban(f.fields, &ban))
            take_ban(w, &ban, is_over);
        else if (f.type == WIRE_ASK_PUT_LINE && wire_get_ask_put_line(f.fields, &line))
            take_line(w, &line);
    }
}

/* One that the guard has itself stays, where it is further on in the same file. */
static void
on_place(void *ctx, const struct store_place *known)
{
    struct import *i = ctx;

    for (size_t n = 0; n < i->place_count; n++) {
        struct import_place *p = &i->places[n];

        if (!p->why && span_eq(known->path, p->place.path) &&
            (p->cursor
                 ? known->cursor.len > 0
                 : known->inode == p->place.inode && known->device == p->place.device &&
                       known->offset >= p->place.offset))
            p->why = "the guard itself was there already";
    }
}

static void
write_all(struct writing *w, struct import *i)
{
    for (size_t n = 0; n < i->group_count; n++) {
        w->group = &i->groups[n];
        take_frames(w, buf_span(&w->group->past), true);
        take_frames(w, buf_span(&w->group->bans), false);
    }
    for (size_t n = 0; n < i->place_count; n++)
        if (!i->places[n].why) {
            i->places[n].place.touched_us = i->now_us;
            store_put_place(w->store, &i->places[n].place);
        }
}

static enum ctl_exit
write_database(struct import *i, const char *folder, struct buf *error)
{
    struct store_reader places = {.place = on_place, .ctx = i};
    struct writing w = {.import = i};
    struct buf why = {0};
    enum ctl_exit code = CTL_INTERNAL;
    enum store_opened opened;

    allow_init(&w.allow);
    opened = store_open(folder, &w.store, &why);
    if (opened == STORE_OPENED && allow_load(&w.allow, folder) == 0 &&
        store_load(w.store, &places) == 0 && store_begin(w.store) == 0) {
        write_all(&w, i);
        code = store_commit(w.store) == 0 ? CTL_DONE : CTL_INTERNAL;
    }
    if (code != CTL_DONE)
        buf_printf(error, "%s/judge.db: %s", folder,
                   why.len ? why.ptr : store_error(w.store));
    if (opened != STORE_FAILED)
        store_close(w.store);
    allow_fini(&w.allow);
    buf_fini(&why);
    return code;
}

static enum ctl_exit
fail(struct buf *error, const char *path)
{
    enum ctl_exit code = errno == EACCES || errno == EPERM ? CTL_REFUSED : CTL_INTERNAL;

    text_foreign(error, span_of(path));
    buf_printf(error, ": %s%s", strerror(errno),
               code == CTL_REFUSED ? "; run this as root" : "");
    return code;
}

/* STATE/judge as komainud makes it, where it is missing. */
static enum ctl_exit
make_folders(const char *state, const char *folder, struct stat *st, struct buf *error)
{
    if (mkdir(state, 0711) == 0 ? chmod(state, 0711) != 0 : errno != EEXIST)
        return fail(error, state);
    if (mkdir(folder, 0700) == 0 ? lchown(folder, JUDGE_ID, JUDGE_ID) != 0
                                 : errno != EEXIST)
        return fail(error, folder);
    if (lstat(folder, st) != 0)
        return fail(error, folder);
    errno = ENOTDIR;
    return S_ISDIR(st->st_mode) ? CTL_DONE : fail(error, folder);
}

/* As its owner, who could have put there whatever he likes. */
static enum ctl_exit
write_as_owner(struct import *i, const char *state, struct buf *error)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    struct buf folder = {0};
    enum ctl_exit code;
    struct stat st;

    buf_printf(&folder, "%s/judge", state);
    code = make_folders(state, folder.ptr, &st, error);
    if (code == CTL_DONE && (setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0))
        code = fail(error, folder.ptr);
    if (code == CTL_DONE) {
        mode_t mask = umask(077);

        code = write_database(i, folder.ptr, error);
        (void)umask(mask); /* cannot fail */
    }
    if (seteuid(uid) != 0 || setegid(gid) != 0)
        code = fail(error, "seteuid");
    buf_fini(&folder);
    return code;
}

enum ctl_exit
import_to_store(struct import *i, const char *state, struct buf *error)
{
    struct buf path = {0};
    enum ctl_exit code;
    int lock;

    buf_printf(&path, "%s/lock", state ? state : RUN_DEFAULT);
    lock = open(path.ptr, O_RDWR | O_CLOEXEC | O_NOFOLLOW); /* absent: nobody was there */
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
        buf_add_text(error, "a guard is starting or ending; try again");
        code = CTL_NOT_RUNNING;
    } else {
        code = write_as_owner(i, state ? state : STATE_DEFAULT, error);
    }
    if (lock >= 0)
        (void)close(lock); /* which opens it */
    buf_fini(&path);
    return code;
}
