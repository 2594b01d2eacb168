/* greylist_world: a greylist in a folder of its own, asked by tables of questions. */
#pragma once

#include "gate/greylist.h"

#include <unistd.h>

#include "base/mem.h"
#include "gate/grey_lines.h"
#include "unit.h"

enum { NOW_S = 1800000000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

struct world {
    char folder[64];
    struct config_greylist config;
    struct greylist *g;
    struct buf notes;
};

static inline void
open_it(struct world *w)
{
    assert_int_equal(greylist_open(&w->config, w->folder, &w->notes, &w->g), 0);
    assert_int_equal(w->notes.len, 0);
}

static inline void
set(struct world *w, const char *option, const char *text)
{
    struct buf why = {0};

    assert_true(config_greylist_set(&w->config, span_of(option), span_of(text), &why));
    buf_fini(&why);
}

static inline int
begin(void **state)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    (void)snprintf(w->folder, sizeof(w->folder), "%s/komainu-grey-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(w->folder))
        return -1;
    config_greylist_init(&w->config);
    set(w, "whitelist-clients", "");
    set(w, "whitelist-recipients", "");
    set(w, "hostname", "mx.example.org");
    *state = w;
    return 0;
}

static inline int
end(void **state)
{
    static const char *const names[] = {"greylist.key", "greylist.log", "list"};
    struct world *w = *state;
    char path[128];

    greylist_close(w->g);
    config_greylist_fini(&w->config);
    buf_fini(&w->notes);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", w->folder, names[i]);
        (void)unlink(path); /* not all are there */
    }
    if (rmdir(w->folder) < 0)
        return -1;
    mem_free(w);
    return 0;
}

/* A question and its outcome; what is not said is as in the row before it was said last.
 */
struct row {
    int64_t at_s; /* since NOW_S */
    const char *client, *name, *sender, *recipient, *instance;
    unsigned looks;
    const char *spf_domain;
    enum greylist_outcome outcome;
    uint32_t seconds; /* missing or delayed */
};

static inline struct greylist_answer
ask_row(struct world *w, const struct row *r)
{
    struct greylist_answer a;
    struct greylist_ask ask = {.client_name = span_of(r->name ? r->name : "unknown"),
                               .sender = span_of(r->sender ? r->sender : "a@example.net"),
                               .recipient =
                                   span_of(r->recipient ? r->recipient : "b@example.org"),
                               .instance = span_of(r->instance),
                               .spf_domain = span_of(r->spf_domain),
                               .looks = r->looks,
                               .now_s = NOW_S + r->at_s};

    assert_true(addr_parse(span_of(r->client ? r->client : "192.0.2.7"), &ask.client));
    greylist_ask(w->g, &ask, &a);
    return a;
}

static inline void
run_rows(struct world *w, const struct row *rows, size_t count)
{
    open_it(w);
    for (size_t i = 0; i < count; i++) {
        struct greylist_answer a = ask_row(w, &rows[i]);

        if (a.outcome != rows[i].outcome || a.missing_s + a.delayed_s != rows[i].seconds)
            fail_msg("row %zu: %s, %u missing, %u delayed", i,
                     greylist_outcome_name(a.outcome), a.missing_s, a.delayed_s);
    }
}

#define RUN_ROWS(w, rows) run_rows((w), (rows), ARRAY_LEN(rows))

#define GREY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
