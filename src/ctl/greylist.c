#include "ctl/greylist_open.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grid.h"
#include "base/json.h"
#include "conf/load_gate.h"
#include "ctl/ask.h"
#include "ctl/greylist.h"

#define STATE_DEFAULT "/var/lib/komainu"

/* STATE/gate of a guard, or the folder of a gate that runs alone. */
static bool
find_folder(struct ask_greylist *q, const struct ctl_args *args, struct buf *error)
{
    const char *state = args->given[OPT_STATE] ? args->value[OPT_STATE] : STATE_DEFAULT;
    struct stat st;
    int n = snprintf(q->folder, sizeof(q->folder), "%s/gate", state);

    if (n < (int)sizeof(q->folder) && stat(q->folder, &st) == 0)
        return true;
    n = snprintf(q->folder, sizeof(q->folder), "%s", state);
    if (n < (int)sizeof(q->folder) && stat(q->folder, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    buf_add_text(error, "no gate has been there; name its folder with --state");
    return false;
}

static bool
load(struct ask_greylist *q, const struct ctl_args *args, struct buf *error)
{
    const char *file = args->given[OPT_CONFIG] ? args->value[OPT_CONFIG] : NULL;

    return load_gate_file(file, SPAN(""), &q->config, error);
}

enum ctl_exit
greylist_begin(struct ask_greylist *q, const struct ctl_env *env,
               const struct ctl_args *args, bool may_change, struct buf *error)
{
    int err;

    *q = (struct ask_greylist){.now_s = env->screen.now_us / SECOND_US};
    if (!find_folder(q, args, error))
        return CTL_NOT_RUNNING;
    if (!load(q, args, error))
        return CTL_USAGE;
    q->config.greylist.has_log_lines = false; /* what is done by hand is no mail */
    err = (may_change ? greylist_open : greylist_look)(&q->config.greylist, q->folder,
                                                       error, &q->g);
    if (!err)
        return CTL_DONE;
    q->is_running = err == -EWOULDBLOCK;
    if (q->is_running)
        buf_add_text(error, "a gate runs there; stop it first");
    else
        buf_printf(error, "%s: %s", q->folder, strerror(-err));
    config_gate_fini(&q->config);
    return CTL_INTERNAL;
}

/* What root has made belongs to the gate whose folder it is. */
static void
hand_over(const struct ask_greylist *q)
{
    static const char *const names[] = {"greylist.key", "greylist.log"};
    struct stat st;
    int folder = open(q->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0 && geteuid() == 0 && fstat(folder, &st) == 0 && st.st_uid != 0)
        for (size_t i = 0; i < ARRAY_LEN(names); i++) /* the gate says if it cannot */
            (void)!fchownat(folder, names[i], st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
    if (folder >= 0)
        (void)close(folder);
}

void
greylist_end(struct ask_greylist *q, bool has_changed)
{
    greylist_close(q->g);
    if (has_changed)
        hand_over(q);
    config_gate_fini(&q->config);
}

/* --- list --- */

static const struct grid_column columns[] = {
    {"WHAT", 7, 8, false},   {"KEY", 12, 32, false},  {"FIRST", 10, 30, false},
    {"LAST", 10, 30, false}, {"PASSES", 6, 10, true}, {"STATE", 7, 10, false}};

static void
add_time(struct buf *cell, int64_t s)
{
    char text[CLOCK_TEXT_MAX];

    buf_add_text(cell, s ? clock_text(s * SECOND_US, text) : "-");
}

static void
list_row(struct grid *grid, const struct greylist_known *k)
{
    buf_add_text(grid_cell(grid), k->is_client ? "client" : "triplet");
    buf_add(grid_cell(grid), span_head(span_of(k->key), 12));
    add_time(grid_cell(grid), k->first_s);
    add_time(grid_cell(grid), k->last_s);
    text_number(grid_cell(grid), k->count);
    buf_add_text(grid_cell(grid), k->has_passed ? "passed" : "waits");
}

static void
list_json(struct buf *out, const struct greylist_known *k)
{
    json_open(out, '{');
    json_key(out, "kind");
    json_span(out, k->is_client ? SPAN("client") : SPAN("triplet"));
    json_key(out, "key");
    json_span(out, span_of(k->key));
    json_key(out, "first");
    json_u64(out, (uint64_t)k->first_s);
    json_key(out, "last");
    json_u64(out, (uint64_t)k->last_s);
    json_key(out, "passes");
    json_u64(out, k->count);
    json_key(out, "has_passed");
    json_bool(out, k->has_passed);
    json_close(out, '}');
}

static enum ctl_exit
list(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct grid grid = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct ask_greylist q;
    struct greylist_known k;
    uint64_t place = 0;
    enum ctl_exit code = greylist_begin(&q, env, args, false, &o->error);

    if (code != CTL_DONE)
        return code;
    if (args->given[OPT_JSON]) {
        json_begin(&o->out, env->screen.now_us);
        json_key(&o->out, "entries");
        json_open(&o->out, '[');
    }
    while (greylist_next(q.g, &place, q.now_s, &k)) {
        if (args->given[OPT_JSON])
            list_json(&o->out, &k);
        else
            list_row(&grid, &k);
    }
    if (args->given[OPT_JSON]) {
        json_close(&o->out, ']');
        json_end(&o->out);
    } else if (grid.cells) {
        grid_print(&grid, &env->screen, &o->out);
    }
    grid_fini(&grid);
    greylist_end(&q, false);
    return CTL_DONE;
}

/* --- search, delete, allow --- */

static bool
read_ask(const struct ctl_args *args, int64_t now_s, struct greylist_ask *out,
         struct buf *error)
{
    *out = (struct greylist_ask){.now_s = now_s};
    if (args->word_count < 2 || !addr_parse(span_of(args->words[1]), &out->client)) {
        buf_add_text(error, "the address of a client comes first");
        return false;
    }
    if (args->word_count == 2)
        return true;
    if (args->word_count != 4 || args->words[3][0] == '\0') {
        buf_add_text(error, "a triplet is CLIENT SENDER RECIPIENT; <> is no sender");
        return false;
    }
    out->sender = span_of(args->words[2]);
    if (span_eq(out->sender, SPAN("<>")))
        out->sender = (struct span){0};
    out->recipient = span_of(args->words[3]);
    return true;
}

static void
tell_triplet(const struct greylist_answer *a, struct buf *out)
{
    buf_add_text(out, a->why);
    if (a->missing_s)
        buf_printf(out, ": %u s missing", a->missing_s);
    if (a->delayed_s)
        buf_printf(out, ": %u s after it came first", a->delayed_s);
    buf_add_byte(out, '\n');
}

static void
tell_triplet_json(const struct greylist_answer *a, struct buf *out)
{
    json_key(out, "outcome");
    json_span(out, span_of(greylist_outcome_name(a->outcome)));
    json_key(out, "why");
    json_span(out, span_of(a->why));
    json_key(out, "missing_s");
    json_u64(out, a->missing_s);
    json_key(out, "delayed_s");
    json_u64(out, a->delayed_s);
}

static void
search(struct ask_greylist *q, const struct greylist_ask *ask, const struct screen *json,
       struct buf *out)
{
    struct greylist_answer a = {.why = ""};
    uint32_t passes = 0;

    if (ask->recipient.len)
        greylist_try(q->g, ask, &a);
    else
        passes = greylist_client_count(q->g, &ask->client, q->now_s);
    if (json)
        json_begin(out, json->now_us);
    if (ask->recipient.len) {
        (json ? tell_triplet_json : tell_triplet)(&a, out);
    } else if (json) {
        json_key(out, "passes");
        json_u64(out, passes);
    } else {
        buf_printf(out, "passed %u times\n", passes);
    }
    if (json)
        json_end(out);
}

static enum ctl_exit
change(struct ask_greylist *q, const struct ctl_args *args,
       const struct greylist_ask *ask)
{
    if (span_eq(span_of(args->words[0]), SPAN("delete")))
        return greylist_forget(q->g, ask) ? CTL_DONE : CTL_NO_MATCH;
    greylist_allow(q->g, &ask->client, q->now_s);
    return CTL_DONE;
}

/* Has the gate do it that runs there. */
static enum ctl_exit
ask_gate(const struct ctl_env *env, const struct ctl_args *args,
         const struct greylist_ask *ask, struct buf *error)
{
    struct buf frame = {0};
    struct answer a = {0};
    enum ctl_exit code;

    wire_put_ask_greylist(&frame,
                          &(struct wire_ask_greylist){
                              .is_allow = span_eq(span_of(args->words[0]), SPAN("allow")),
                              .client = span_of(args->words[1]),
                              .sender = ask->sender,
                              .recipient = ask->recipient});
    buf_clear(error);
    code = ask_for(env, args, &frame, &a, error);
    answer_fini(&a);
    return code;
}

/* What was done, as JSON where that is asked for; as it came out. */
static enum ctl_exit
tell_change(const struct ctl_env *env, const struct ctl_args *args, enum ctl_exit code,
            struct buf *out)
{
    if (!args->given[OPT_JSON] || (code != CTL_DONE && code != CTL_NO_MATCH))
        return code;
    json_begin(out, env->screen.now_us);
    json_key(out, args->words[0][0] == 'd' ? "deleted" : "allowed");
    json_bool(out, code == CTL_DONE);
    json_end(out);
    return code;
}

static enum ctl_exit
with_ask(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    bool may_change = !span_eq(span_of(args->words[0]), SPAN("search"));
    struct greylist_ask ask;
    struct ask_greylist q;
    enum ctl_exit code;

    if (!read_ask(args, env->screen.now_us / SECOND_US, &ask, &o->error))
        return CTL_USAGE;
    if (ask.recipient.len && span_eq(span_of(args->words[0]), SPAN("allow"))) {
        buf_add_text(&o->error, "allow takes the address of a client alone");
        return CTL_USAGE;
    }
    code = greylist_begin(&q, env, args, may_change, &o->error);
    if (code != CTL_DONE)
        return q.is_running
                   ? tell_change(env, args, ask_gate(env, args, &ask, &o->error), &o->out)
                   : code;
    if (may_change)
        code = change(&q, args, &ask);
    else
        search(&q, &ask, args->given[OPT_JSON] ? &env->screen : NULL, &o->out);
    greylist_end(&q, may_change);
    return may_change ? tell_change(env, args, code, &o->out) : code;
}

enum ctl_exit
greylist_command(const struct ctl_env *env, const struct ctl_args *args,
                 struct ctl_output *o)
{
    static const char *const with_words[] = {"search", "delete", "allow"};
    struct span verb = span_of(args->words[0]);

    if (span_eq(verb, SPAN("list")) && args->word_count == 1)
        return list(env, args, o);
    if (span_is_one_of(with_words, ARRAY_LEN(with_words), verb))
        return with_ask(env, args, o);
    if (span_eq(verb, SPAN("report")))
        return greylist_report(env, args, o);
    buf_add_text(&o->error, "write list, search, delete, allow or report");
    return CTL_USAGE;
}
