/* Judges lines with a clock of the caller's, as sensor and judge do: for
 * test/conformance/fail2ban-decisions. The argument is a folder of configuration; a line
 * of stdin is "NOW live|past TEXT", NOW in seconds with a fraction. Printed is, with a
 * jail and an address:
 *
 *     found JAIL ADDRESS TIME
 *     ban JAIL ADDRESS TIME FAILURES UNTIL
 *     longer JAIL ADDRESS UNTIL */
#include <stdio.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/mem.h"
#include "conf/load.h"
#include "decide/decide.h"
#include "line/line.h"
#include "match/matcher.h"

struct world {
    struct config config;
    struct matcher *matcher;
    struct decide decide;
    struct idents ids;
};

static long long
seconds(int64_t us)
{
    return us < 0 ? -1 : (long long)(us / SECOND_US);
}

static void
tell(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;
    const char *jail = decide_jail_name(&w->decide, v->jail);
    char who[IDENT_MAX + 1];
    struct span id = ident_is(&v->who) ? idents_find(&w->ids, &v->who) : SPAN("");

    if (v->kind == VERDICT_IGNORED || v->kind == VERDICT_OLD)
        return;
    if (!ident_is(&v->who))
        (void)addr_text(&v->who, who);
    else if (!span_cstr(id, who, sizeof(who)))
        bug("a text that is too long");
    (void)printf("found %s %s %lld\n", jail, who, seconds(e->time_us));
    if (v->kind == VERDICT_BAN)
        (void)printf("ban %s %s %lld %u %lld\n", jail, who, seconds(v->time_us), v->count,
                     seconds(v->until_us));
    if (v->is_longer)
        (void)printf("longer %s %s %lld\n", jail, who, seconds(v->until_us));
}

static void
on_end(void *ctx UNUSED, const struct ban_key *key UNUSED, const struct ban *ban UNUSED)
{
}

static bool
may_go(void *ctx UNUSED, const struct addr *key UNUSED)
{
    return false;
}

/* Whom a failure counts for, where that is no single address: a text, or a network. */
static void
take_id(struct world *w, struct event *e)
{
    struct addr a = e->peer;

    if (!e->is_failure)
        return;
    if (a.family && !addr_is_host(&a) && !e->id.len) {
        e->key = a;
        e->peer = (struct addr){0};
    } else if (e->id.len && !addr_parse_prefix(e->id, &a)) {
        e->key = ident_key(w->decide.tags, e->id);
        if (!idents_put(&w->ids, &e->key, e->id, may_go, NULL))
            bug("no room for a text");
    } else if (e->id.len && addr_is_host(&a)) {
        e->peer = a;
    } else if (e->id.len) {
        e->key = a;
    }
}

/* As proc/sensor_read.c makes events of hits, and proc/judge_events.c takes them. */
static void
take(struct world *w, struct span raw, int64_t now_us, bool is_live)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct line line;
    size_t n;

    decide_expire(&w->decide, now_us, on_end, NULL);
    line_split(span_head(raw, MATCH_TEXT_MAX), &line);
    n = matcher_line(w->matcher, FILTER_SET_ALL, &line, now_us, hits);
    for (size_t i = 0; i < n; i++) {
        struct event e = {.kind = hits[i].kind,
                          .is_failure = hits[i].is_failure,
                          .filter = hits[i].filter,
                          .source = DECIDE_ANY_SOURCE,
                          .peer = hits[i].peer,
                          .id = hits[i].fid,
                          .account = hits[i].account,
                          .detail = hits[i].detail,
                          .line = span_head(raw, EVENT_LINE_MAX)};

        take_id(w, &e);
        e.time_us = event_time_live(hits[i].time_us, now_us, is_live);
        if (e.time_us > now_us)
            e.time_us = now_us;
        decide_event(&w->decide, &e, now_us, tell, w);
    }
}

static bool
load(struct world *w, const char *folder, struct buf *why)
{
    static const char *const any_log = "lines";
    struct config_request request = {.directory = folder,
                                     .is_directory_required = true,
                                     .logs = &any_log,
                                     .log_count = 1,
                                     .is_replay = true};

    if (config_load(&request, &w->config, why) < 0)
        return false;
    w->matcher = matcher_new(&w->config, why);
    if (w->matcher)
        decide_init(&w->decide, &w->config);
    idents_init(&w->ids, IDENTS_MAX);
    return w->matcher != NULL;
}

int
main(int argc, char **argv)
{
    static char text[1 << 16];
    struct world w = {0};
    struct buf why = {0};
    char phase[8];
    double now;
    int at;

    clock_load_zone();
    if (argc != 2 || !load(&w, argv[1], &why)) {
        (void)fprintf(stderr, "%s\n", why.len ? why.ptr : "usage: decide_lines FOLDER");
        return 1;
    }
    while (fgets(text, sizeof(text), stdin)) {
        if (sscanf(text, "%lf %7s%n", &now, phase, &at) != 2 || text[at] != ' ')
            return 2;
        text[strcspn(text, "\n")] = 0;
        take(&w, span_of(text + at + 1), (int64_t)(now * SECOND_US),
             strcmp(phase, "live") == 0);
    }
    decide_fini(&w.decide);
    idents_fini(&w.ids);
    matcher_free(w.matcher);
    config_fini(&w.config);
    buf_fini(&why);
    return 0;
}
