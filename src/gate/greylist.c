#include "gate/greylist_parts.h"

#include "base/mem.h"

#include <errno.h>
#include <syslog.h>
#include <unistd.h>

enum { BUF_MAX = 8192 };

#define HOUR_S INT64_C(3600) /* how often what is seen again is written down */

static const char *const outcome_names[GREYLIST_OUTCOMES] = {
    "new",        "early-retry",      "first-pass",          "pass",
    "client-awl", "client-whitelist", "recipient-whitelist", "skipped",
    "not-asked"};

const char *
greylist_outcome_name(enum greylist_outcome outcome)
{
    return outcome_names[outcome];
}

/* --- deciding --- */

static void
decide(struct greylist_turn *t, enum greylist_outcome outcome)
{
    t->out->outcome = outcome;
    t->out->why = outcome_names[outcome];
}

static uint32_t
stamp(int64_t s)
{
    return s < 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

static void
count_client(struct greylist_turn *t)
{
    uint32_t count = t->known_client ? t->known_client->count : 0;

    t->client = (struct greylist_change){
        t->client_key,
        {.last_s = stamp(t->ask->now_s), .count = count + 1, .kind = GREY_CLIENT},
        true};
}

/* Its place comes from memory while the lists are looked at. */
static void
expect_client(struct greylist *g, struct greylist_turn *t)
{
    if (!g->config->auto_whitelist || t->ask->client.family == 0)
        return;
    t->client_key = greylist_client_key(g, &t->ask->client);
    grey_store_expect(&g->store, &t->client_key);
}

/* Whether it has passed often enough. */
static bool
is_known_client(struct greylist *g, struct greylist_turn *t)
{
    const struct greylist_ask *ask = t->ask;
    const struct grey_entry *e;

    if (!g->config->auto_whitelist)
        return false;
    e = grey_store_find(&g->store, &t->client_key, ask->now_s);
    if (!e && g->store.sha1_count)
        e = greylist_find_client_sha1(g, ask);
    t->known_client = e;
    if (!e || e->count < g->config->auto_whitelist)
        return false;
    if (ask->now_s >= e->last_s + HOUR_S || e->last_s > ask->now_s)
        count_client(t);
    return true;
}

static void
note_pass(struct greylist *g, struct greylist_turn *t)
{
    const struct grey_entry *e = t->known_client;

    if (!g->config->auto_whitelist || (e && t->ask->now_s < e->last_s + HOUR_S))
        return;
    count_client(t);
    t->is_whitelisted_now = t->client.entry.count == g->config->auto_whitelist;
}

static void
change_triplet(struct greylist_turn *t, int64_t first_s, uint8_t flags)
{
    t->triplet.entry = (struct grey_entry){.first_s = stamp(first_s),
                                           .last_s = stamp(t->ask->now_s),
                                           .kind = GREY_TRIPLET,
                                           .flags = flags};
    t->triplet.is_set = true;
}

/* A triplet that has passed: seen again, which is written down once an hour. */
static void
decide_known(struct greylist_turn *t, const struct grey_entry *e, bool is_own)
{
    int64_t now_s = t->ask->now_s;

    decide(t, GREYLIST_PASS);
    if (!is_own || now_s >= e->last_s + HOUR_S || e->last_s > now_s)
        change_triplet(t, e->first_s < now_s ? e->first_s : now_s, GREY_PASSED);
}

static void
put_off(struct greylist_turn *t, int64_t first_s, int64_t missing_s)
{
    decide(t, first_s == t->ask->now_s ? GREYLIST_NEW : GREYLIST_EARLY);
    t->out->missing_s = stamp(missing_s);
}

static void
decide_triplet(struct greylist *g, struct greylist_turn *t)
{
    int64_t now_s = t->ask->now_s, delay_s = greylist_delay(g, t->ask), first_s = now_s;
    bool is_own = false;
    const struct grey_entry *e = greylist_find(g, t->ask, &t->triplet.key, &is_own);

    if (e && e->flags & GREY_PASSED) {
        decide_known(t, e, is_own);
        return;
    }
    if (e && e->first_s < now_s) /* else: in the future, by a clock that went back */
        first_s = e->first_s;
    if (now_s - first_s >= delay_s) {
        decide(t, GREYLIST_FIRST_PASS);
        t->out->delayed_s = stamp(now_s - first_s);
        change_triplet(t, first_s, GREY_PASSED);
        note_pass(g, t);
    } else if (g->config->is_per_message &&
               greylist_message_seen(g, &g->passed, t->ask->instance)) {
        decide(t, GREYLIST_PASS);
        change_triplet(t, first_s, GREY_PASSED);
    } else {
        put_off(t, first_s, delay_s - (now_s - first_s));
        if (!is_own || !e || e->first_s != stamp(first_s))
            change_triplet(t, first_s, 0);
    }
}

static void
decide_turn(struct greylist *g, struct greylist_turn *t)
{
    const struct greylist_ask *ask = t->ask;
    const char *skip;

    *t->out = (struct greylist_answer){0};
    expect_client(g, t);
    if (ask->client.family == 0 || ask->recipient.len == 0)
        decide(t, GREYLIST_NOT_ASKED);
    else if (grey_list_has_client(g->clients, &ask->client, ask->client_name))
        decide(t, GREYLIST_CLIENT_LISTED);
    else if (grey_list_has_recipient(g->recipients, ask->recipient))
        decide(t, GREYLIST_RECIPIENT_LISTED);
    else if ((skip = greylist_skips(g, ask))) {
        decide(t, GREYLIST_SKIPPED);
        t->out->why = skip;
    } else if (is_known_client(g, t))
        decide(t, GREYLIST_AWL);
    else
        decide_triplet(g, t);
}

/* --- what follows from it --- */

static void
say(struct greylist *g, int64_t now_s, int level)
{
    grey_syslog_send(&g->syslog, level, now_s, buf_span(&g->line));
}

/* At the levels that postgrey's server gives them. */
static void
say_turn(struct greylist *g, const struct greylist_turn *t)
{
    if (t->out->outcome == GREYLIST_NOT_ASKED)
        return;
    buf_clear(&g->line);
    if (t->is_whitelisted_now) {
        grey_line_whitelisted(&g->line, t->ask);
        say(g, t->ask->now_s, LOG_WARNING);
        buf_clear(&g->line);
    }
    grey_line(&g->line, t->ask, t->out, t->has_delay_line);
    say(g, t->ask->now_s, LOG_NOTICE);
}

static bool
is_put_off(enum greylist_outcome outcome)
{
    return outcome == GREYLIST_NEW || outcome == GREYLIST_EARLY;
}

static void
keep(struct greylist *g, const struct greylist_turn *t)
{
    if (t->triplet.is_set)
        grey_store_put(&g->store, &t->triplet.key, &t->triplet.entry);
    if (t->client.is_set)
        grey_store_put(&g->store, &t->client.key, &t->client.entry);
    if (t->has_delay_line)
        greylist_message_add(g, &g->headed, t->ask->instance);
    if (g->config->is_per_message && !is_put_off(t->out->outcome) &&
        t->out->outcome != GREYLIST_RECIPIENT_LISTED)
        greylist_message_add(g, &g->passed, t->ask->instance);
    g->outcomes[t->out->outcome]++;
}

struct greylist_turn
greylist_answer_turn(struct greylist *g, const struct greylist_ask *ask,
                     struct greylist_answer *out)
{
    struct greylist_turn t = {.ask = ask, .out = out};

    decide_turn(g, &t);
    greylist_compose(g, &t);
    keep(g, &t);
    return t;
}

void
greylist_ask(struct greylist *g, const struct greylist_ask *ask,
             struct greylist_answer *out)
{
    struct greylist_turn t = greylist_answer_turn(g, ask, out);

    if (g->syslog.fd)
        say_turn(g, &t);
}

void
greylist_try(struct greylist *g, const struct greylist_ask *ask,
             struct greylist_answer *out)
{
    struct greylist_turn t = {.ask = ask, .out = out};

    decide_turn(g, &t);
    greylist_compose(g, &t);
}

void
greylist_commit(struct greylist *g)
{
    grey_store_commit(&g->store);
}

/* --- the background --- */

static void
say_round(struct greylist *g, int64_t now_s)
{
    uint64_t before, after;

    if (!grey_store_round(&g->store, &before, &after) || !g->syslog.fd)
        return;
    buf_clear(&g->line);
    buf_add_text(&g->line, "cleaning up old entries...");
    say(g, now_s, LOG_WARNING);
    buf_clear(&g->line);
    buf_printf(&g->line, "cleaning main database finished. before: %llu, after: %llu",
               (unsigned long long)before, (unsigned long long)after);
    say(g, now_s, LOG_WARNING);
}

unsigned
greylist_tick(struct greylist *g, int64_t now_s, int64_t boot_us)
{
    unsigned ms = grey_store_tick(&g->store, now_s, boot_us);

    say_round(g, now_s);
    return ms;
}

enum greylist_trouble
greylist_trouble(struct greylist *g, int *error)
{
    bool is_trouble = g->store.log.error != 0;

    if (is_trouble == g->has_told_trouble)
        return GREYLIST_FINE;
    g->has_told_trouble = is_trouble;
    *error = g->store.log.error;
    return is_trouble ? GREYLIST_WRITE_FAILS : GREYLIST_WRITES_AGAIN;
}

void
greylist_counts(const struct greylist *g, struct greylist_counts *out)
{
    *out = (struct greylist_counts){.triplets = g->store.counts[GREY_TRIPLET],
                                    .clients = g->store.counts[GREY_CLIENT],
                                    .evicted = g->store.evicted,
                                    .expired = g->store.expired,
                                    .lost_lines = g->syslog.lost,
                                    .damaged = g->store.damaged};
    memcpy(out->outcomes, g->outcomes, sizeof(out->outcomes));
}

/* --- beginning and end --- */

/* A list of no file is empty. NULL: one could not be read. */
static struct grey_list *
read_list(enum grey_list_kind kind, const struct config_greylist_files *files,
          struct conf_errors *e)
{
    struct grey_list *l = grey_list_new(kind);
    int err = 0;

    for (size_t i = 0; i < files->count; i++) {
        if (files->is_default && access(files->paths[i], F_OK) < 0)
            continue;
        if (grey_list_read(l, files->paths[i], e) < 0)
            err = -1;
    }
    grey_list_seal(l);
    if (!err)
        return l;
    grey_list_free(l);
    return NULL;
}

static void
replace_list(struct grey_list **own, enum grey_list_kind kind,
             const struct config_greylist_files *files, struct conf_errors *e)
{
    struct grey_list *next = read_list(kind, files, e);

    if (!next && *own)
        return;
    grey_list_free(*own);
    *own = next ? next : grey_list_new(kind);
}

void
greylist_reload(struct greylist *g, struct buf *notes)
{
    struct conf_errors e = {.text = notes};
    const struct config_greylist *c = g->config;

    replace_list(&g->clients, GREY_LIST_CLIENTS, &c->clients, &e);
    replace_list(&g->recipients, GREY_LIST_RECIPIENTS, &c->recipients, &e);
    if (c->only_recipients.count)
        replace_list(&g->only, GREY_LIST_RECIPIENTS, &c->only_recipients, &e);
}

static void
note_found(const struct grey_log_found *found, const char *folder, struct buf *notes)
{
    if (found->is_aside)
        buf_printf(notes,
                   "%s/greylist.log cannot be read with this key; it was put aside as "
                   "greylist.log.bad, and nothing is known\n",
                   folder);
    if (found->damaged)
        buf_printf(notes,
                   "%s/greylist.log: %llu records are damaged and were passed over\n",
                   folder, (unsigned long long)found->damaged);
}

static void
name_host(struct greylist *g)
{
    struct span name = span_of(g->config->hostname);

    if (name.len && span_cstr(span_head(name, GREYLIST_HOST_MAX - 1), g->hostname,
                              sizeof(g->hostname)))
        return;
    if (gethostname(g->hostname, sizeof(g->hostname) - 1) < 0)
        g->hostname[0] = '\0';
}

int
greylist_open(const struct config_greylist *config, const char *folder, struct buf *notes,
              struct greylist **out)
{
    struct greylist *g = mem_zalloc(1, sizeof(*g));
    struct grey_ages ages = {config->max_age_s, config->retry_window_s};
    struct grey_log_found found;
    int err;

    err = grey_store_open(&g->store, folder, config->max_triplets, ages, &found);
    if (err) {
        mem_free(g);
        return err;
    }
    note_found(&found, folder, notes);
    g->config = config;
    g->client.limit = g->mail.limit = g->key.limit = g->scratch.limit = BUF_MAX;
    g->text.limit = g->header.limit = g->line.limit = BUF_MAX;
    name_host(g);
    greylist_reload(g, notes);
    if (config->has_log_lines) {
        err = grey_syslog_open(&g->syslog, "/dev/log", config->syslog_facility);
        if (err)
            buf_printf(notes, "cannot connect to /dev/log: %s\n", strerror(-err));
    }
    *out = g;
    return 0;
}

void
greylist_close(struct greylist *g)
{
    if (!g)
        return;
    grey_store_close(&g->store);
    grey_syslog_close(&g->syslog);
    grey_list_free(g->clients);
    grey_list_free(g->recipients);
    grey_list_free(g->only);
    buf_fini(&g->client);
    buf_fini(&g->mail);
    buf_fini(&g->key);
    buf_fini(&g->scratch);
    buf_fini(&g->text);
    buf_fini(&g->header);
    buf_fini(&g->line);
    mem_free(g);
}
