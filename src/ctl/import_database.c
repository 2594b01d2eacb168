/* fail2ban's database as groups of frames. */
#include "base/ident.h"
#include "base/mem.h"
#include "conf/fail2ban.h"
#include "ctl/fail2ban_data.h"
#include "ctl/import.h"
#include "store/fail2ban_db.h"

/* Of a jail that is gone, in a database that has no times: fail2ban's own default. */
enum { UNKNOWN_S = 600 };

/* How long the ban lasts here: fail2ban, too, cuts what it finds at its start to what the
 * jail has at most by now. Negative: for ever. */
static int64_t
length_s(const struct import *i, const struct import_group *g, int64_t bantime_s)
{
    const struct config_jail *j;
    int64_t most_s;

    if (g->jail == IMPORT_BY_HAND)
        return bantime_s == -2 ? UNKNOWN_S : bantime_s;
    j = &i->config->jails[g->jail];
    most_s = j->increment.is_on ? j->increment.maxtime_s : j->bantime_s;
    if (bantime_s == -2)
        return j->bantime_s;
    return most_s > 0 && (bantime_s < 0 || bantime_s > most_s) ? most_s : bantime_s;
}

/* Whether the guard would not ban it: also asked of bans that fail2ban restores. */
static bool
is_spared(const struct config *c, const struct import_group *g, const struct addr *who)
{
    const struct config_jail *j = g->jail == IMPORT_BY_HAND ? NULL : &c->jails[g->jail];

    for (size_t n = 0; n < c->protect_count; n++)
        if (addr_contains(&c->protect[n].prefix, who))
            return true;
    for (size_t n = 0; j && n < j->ignore_count; n++)
        if (addr_contains(&j->ignore[n], who))
            return true;
    return false;
}

static void
add_lines(struct import_group *g, const struct fail2ban_data *d,
          const struct wire_ask_put_ban *ban)
{
    for (size_t i = 0; i < d->match_count; i++)
        wire_put_ask_put_line(
            &g->bans, &(struct wire_ask_put_line){.who = ban->who,
                                                  .jail = ban->jail,
                                                  .time_us = ban->since_us,
                                                  .account = buf_span(&d->user),
                                                  .id = ban->id,
                                                  .line = buf_span(&d->matches[i])});
}

/* Whether it was known already: the database has the latest ban in its history, too, and
 * one there that is not over was lifted. Else it is known from now on. */
static bool
is_past(struct import_group *g, const struct addr *key, const struct fail2ban_db_ban *b,
        bool is_over)
{
    int64_t *last = table_find(&g->last, key);

    if ((last && *last >= b->time_s) || (!is_over && !b->is_latest))
        return true;
    if (!last)
        last = table_add(&g->last, key);
    if (last)
        *last = b->time_s;
    return false;
}

/* A ban of which all is known but what is in its data. */
static void
add_ban(struct import *i, struct import_group *g, const struct fail2ban_db_ban *b,
        struct wire_ask_put_ban *frame)
{
    bool is_over = frame->until_us >= 0 && frame->until_us <= i->now_us;
    struct fail2ban_data data = {0};
    struct addr key =
        frame->id.len ? ident_key((struct hash_key){0}, frame->id) : frame->who;

    if (is_past(g, &key, b, is_over))
        return;
    if (g->jail == IMPORT_BY_HAND && is_over) {
        g->over++;
        return;
    }
    if (!frame->id.len && is_spared(i->config, g, &frame->who)) {
        g->spared++;
        return;
    }
    if (b->data.len && !fail2ban_data_read(b->data, &data))
        g->broken++;
    frame->failures = data.failures;
    wire_put_ask_put_ban(is_over ? &g->past : &g->bans, frame);
    g->past_count += is_over;
    g->ban_count += !is_over;
    if (!is_over && g->jail != IMPORT_BY_HAND)
        add_lines(g, &data, frame);
    fail2ban_data_fini(&data);
}

/* Whether the jail can ban who is no address. */
static bool
takes_ids(const struct import *i, const struct import_group *g)
{
    return g->jail != IMPORT_BY_HAND && i->config->jails[g->jail].is_rate;
}

static void
on_ban(void *ctx, const struct fail2ban_db_ban *b)
{
    struct import *i = ctx;
    struct import_group *g = import_group(i, b->jail);
    struct wire_ask_put_ban frame = {.nth = b->count};
    int64_t length;

    if (!g)
        return;
    if (!addr_parse_prefix(b->id, &frame.who)) {
        if (!takes_ids(i, g)) {
            g->strange += b->is_latest;
            return;
        }
        frame.id = b->id;
    }
    length = length_s(i, g, b->bantime_s);
    if (g->jail != IMPORT_BY_HAND)
        frame.jail = span_of(g->name);
    frame.since_us = b->time_s * SECOND_US;
    frame.until_us = length < 0 ? -1 : frame.since_us + length * SECOND_US;
    add_ban(i, g, b, &frame);
}

static void
on_log(void *ctx, const struct fail2ban_db_log *l)
{
    import_place(ctx, l->jail, l->path, l->hash, l->position);
}

bool
import_read_fail2ban(struct import *i, const char *path, struct buf *error)
{
    struct fail2ban_db_reader r = {.ban = on_ban, .log = on_log, .ctx = i};
    struct buf why = {0};
    bool is_good = fail2ban_db_read(path, &r, &why);

    if (!is_good) {
        text_foreign(error, span_of(path));
        buf_printf(error, ": %s", why.ptr);
    }
    i->broken = r.broken;
    i->left_out = r.left_out;
    buf_fini(&why);
    return is_good;
}

char *
import_database_of(const char *directory)
{
    struct fail2ban_request request = {.directory = directory, .is_blind = true};
    struct buf told = {0};
    struct conf_errors errors = {.text = &told};
    struct fail2ban f;
    const char *path;
    char *result = NULL;

    fail2ban_read(&request, &f, &errors);
    path = fail2ban_text(&f.server, "dbfile", "/var/lib/fail2ban/fail2ban.sqlite3");
    if (path[0] == '/')
        result = mem_copy_text(path, strlen(path));
    fail2ban_fini(&f);
    buf_fini(&told);
    return result;
}
