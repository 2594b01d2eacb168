#include "ctl/audit.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/globs.h"
#include "conf/load.h"
#include "ctl/args.h"
#include "ctl/ask.h"
#include "ctl/audit_log.h"
#include "ctl/json.h"
#include "ctl/rotated.h"
#include "doctor/detect.h"

enum { LOGS_MAX = 256, FLUSH_BYTES = 1 << 16 };

struct audit {
    const struct ctl_env *env;
    const struct ctl_args *args;
    struct ctl_output *o;
    struct audit_filter filter;
    struct audit_log *logs;
    size_t log_count;
    bool is_json;
    uint64_t shown;
    int64_t past_us; /* of the guard's memory all up to then was shown */
    int write_error;
    enum ctl_exit code;
};

/* --- one entry --- */

static enum paint
paint_of(enum audit_category c)
{
    return c == AUDIT_BAN || c == AUDIT_TROUBLE ? PAINT_RED
           : c == AUDIT_UNBAN                   ? PAINT_GREEN
           : c == AUDIT_LOGIN                   ? PAINT_YELLOW
                                                : PAINT_BOLD;
}

static void
add_text(const struct audit *a, const struct audit_entry *e, struct buf *out)
{
    struct buf name = {0};

    buf_printf(&name, "%-7s", audit_name(e->category));
    text_time(out, e->time_us);
    buf_add_text(out, "  ");
    text_paint(out, &a->env->screen, paint_of(e->category), name.ptr);
    buf_add_text(out, "  ");
    text_foreign(out, e->address.len ? e->address : SPAN("-"));
    if (e->account.len) {
        buf_add_text(out, "  ");
        text_foreign(out, e->account);
    }
    buf_add_text(out, "  ");
    text_foreign(out, e->what);
    if (e->recipient.len) {
        buf_add_text(out, "  to ");
        text_foreign(out, e->recipient);
    }
    if (e->text.len) {
        buf_add_text(out, "  ");
        text_foreign(out, e->text);
    }
    buf_add_byte(out, '\n');
    buf_fini(&name);
}

static void
add_json(const struct audit_entry *e, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, e->time_us);
    json_key(out, "category");
    json_text(out, audit_name(e->category));
    json_key(out, "address");
    json_span(out, e->address);
    json_key(out, "account");
    json_span(out, e->account);
    json_key(out, "recipient");
    json_span(out, e->recipient);
    json_key(out, "queue_id");
    json_span(out, e->queue_id);
    json_key(out, "what");
    json_span(out, e->what);
    json_key(out, "text");
    json_span(out, e->text);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

static void
flush(struct audit *a)
{
    int rc = a->write_error ? 0 : ctl_flush(a->env->out, &a->o->out);

    if (rc != 0)
        a->write_error = rc;
    buf_clear(&a->o->out);
}

static void
show(void *ctx, const struct audit_entry *e)
{
    struct audit *a = ctx;

    a->shown++;
    if (a->is_json)
        add_json(e, &a->o->out);
    else
        add_text(a, e, &a->o->out);
    if (a->o->out.len > FLUSH_BYTES)
        flush(a);
}

/* --- which logs --- */

static bool
add_name(char **names, size_t *count, const char *name, struct buf *error)
{
    if (*count == LOGS_MAX) {
        buf_printf(error, "more than %d logs: name fewer", LOGS_MAX);
        return false;
    }
    names[(*count)++] = mem_copy_text(name, strlen(name));
    return true;
}

static bool
add_rotated(char **names, size_t *count, const char *name, struct buf *error)
{
    struct rotated found = {0};
    bool is_good = rotated_find(name, &found, error);

    for (size_t i = 0; i < found.count && is_good; i++)
        is_good = add_name(names, count, found.names[i], error);
    rotated_fini(&found);
    return is_good;
}

/* The files that the jails of the configuration read. */
static bool
add_configured(const struct ctl_args *args, char **names, size_t *count,
               struct buf *error)
{
    struct machine *machine = mem_zalloc(1, sizeof(*machine));
    struct config_request request = {
        .directory = args->given[OPT_CONFIG] ? args->value[OPT_CONFIG] : CONFIG_DIRECTORY,
        .is_directory_required = args->given[OPT_CONFIG],
        .machine = machine,
    };
    struct config config;
    bool is_good;

    detect(machine, "");
    is_good = config_load(&request, &config, error) >= 0;
    if (is_good) {
        globs_expand(&config);
        for (size_t i = 0; i < config.source_count && is_good; i++) {
            if (config.sources[i].kind == SOURCE_FILE &&
                (args->given[OPT_FOLLOW] || access(config.sources[i].path, F_OK) == 0))
                is_good = add_name(names, count, config.sources[i].path, error);
        }
        if (is_good && *count == 0) {
            buf_add_text(
                error, "no log file that the configuration reads is there; name the LOG");
            is_good = false;
        }
        config_fini(&config);
    }
    mem_free(machine);
    return is_good;
}

static bool
find_names(struct audit *a, char **names, size_t *count)
{
    const struct ctl_args *args = a->args;
    char *found[LOGS_MAX];
    size_t found_count = 0;
    bool is_good = true;

    for (size_t i = 0; i < args->word_count && is_good; i++)
        is_good = add_name(found, &found_count, args->words[i], &a->o->error);
    if (args->word_count == 0)
        is_good = add_configured(args, found, &found_count, &a->o->error);
    for (size_t i = 0; i < found_count; i++) {
        bool is_file = !span_eq(span_of(found[i]), SPAN("-"));

        if (is_good && args->given[OPT_ROTATED] && is_file)
            is_good = add_rotated(names, count, found[i], &a->o->error);
        else if (is_good)
            is_good = add_name(names, count, found[i], &a->o->error);
        mem_free(found[i]);
    }
    return is_good;
}

/* --- what was: all logs side by side, and what the guard remembers --- */

/* The beginning or the end of a ban. */
struct past_row {
    struct audit_entry entry;
    char who[ADDR_TEXT_MAX];
};

struct past {
    struct answer answer;  /* the texts of the rows are parts of it */
    struct past_row *rows; /* in the order of time */
    size_t count, next;
};

static int
by_time(const void *a, const void *b)
{
    const struct past_row *x = a, *y = b;

    return (x->entry.time_us > y->entry.time_us) - (x->entry.time_us < y->entry.time_us);
}

static void
add_past(struct past *p, const struct wire_tell_past *m, enum audit_category category,
         int64_t time_us, struct span text)
{
    struct past_row *row = &p->rows[p->count++];

    row->entry = (struct audit_entry){
        .category = category, .time_us = time_us, .what = m->jail, .text = text};
    row->entry.address = m->id;
    if (m->who.family)
        row->entry.address = span_of(addr_text(&m->who, row->who));
}

static void
add_ban(struct past *p, const struct wire_tell_past *m)
{
    add_past(p, m, AUDIT_BAN, m->since_us, SPAN("banned by the guard"));
    if (m->ending != PAST_IN_FORCE)
        add_past(p, m, AUDIT_UNBAN, m->ended_us,
                 m->ending == PAST_LIFTED ? SPAN("lifted by hand")
                                          : SPAN("its time was over"));
}

/* What the guard remembers; nothing when none runs: the logs are there all the same. */
static void
ask_past(struct audit *a, struct past *p)
{
    struct wire_ask_past m = {.within = a->filter.within, .to_us = a->filter.to_us};
    struct buf frame = {0}, error = {0};
    struct wire_tell_past row;
    struct span rest, fields;

    wire_put_ask_past(&frame, &m);
    if (ask_list(a->env, a->args, &frame, &p->answer, &error) == CTL_DONE) {
        rest = buf_span(&p->answer.frames);
        p->rows =
            mem_zalloc(2 * answer_count(rest, WIRE_TELL_PAST) + 1, sizeof(*p->rows));
        while (answer_next(&rest, WIRE_TELL_PAST, &fields))
            if (wire_get_tell_past(fields, &row))
                add_ban(p, &row);
        qsort(p->rows, p->count, sizeof(*p->rows), by_time);
        for (size_t i = 0; i < p->count; i++) /* qsort() moved the texts */
            if (p->rows[i].who[0])
                p->rows[i].entry.address = span_of(p->rows[i].who);
    }
    buf_fini(&error);
}

/* Up to `time_us`; what stands in a log with that time was its cause. */
static void
show_past_until(struct audit *a, struct past *p, int64_t time_us)
{
    for (; p->next < p->count && p->rows[p->next].entry.time_us < time_us; p->next++) {
        if (audit_is_wanted(&a->filter, &p->rows[p->next].entry))
            show(a, &p->rows[p->next].entry);
    }
}

/* The log with the oldest entry, or log_count. */
static size_t
oldest(const struct audit *a)
{
    size_t first = a->log_count;

    for (size_t i = 0; i < a->log_count; i++) {
        if (a->logs[i].has_entry &&
            (first == a->log_count ||
             a->logs[i].entry.time_us < a->logs[first].entry.time_us))
            first = i;
    }
    return first;
}

static void
tell_read_errors(struct audit *a)
{
    for (size_t i = 0; i < a->log_count; i++) {
        if (a->logs[i].reader.error == 0)
            continue;
        text_foreign(&a->o->error, span_of(a->logs[i].name));
        buf_printf(&a->o->error, ": cannot be read on: %s\n", a->logs[i].reader.why);
        a->code = CTL_INTERNAL;
    }
}

static void
search(struct audit *a)
{
    struct past past = {0};
    size_t first;

    if (a->args->word_count == 0)
        ask_past(a, &past);
    for (size_t i = 0; i < a->log_count; i++)
        audit_log_next(&a->logs[i], &a->filter);
    while (!a->write_error && (first = oldest(a)) < a->log_count) {
        show_past_until(a, &past, a->logs[first].entry.time_us);
        show(a, &a->logs[first].entry);
        audit_log_next(&a->logs[first], &a->filter);
    }
    show_past_until(a, &past, INT64_MAX);
    tell_read_errors(a);
    if (a->code == CTL_DONE && a->shown == 0)
        a->code = CTL_NO_MATCH;
    mem_free(past.rows);
    answer_fini(&past.answer);
}

/* --- what happens --- */

/* News of the guard that belong here. */
static void
show_news(struct audit *a, const struct wire_tell_news *n)
{
    static const struct {
        uint8_t what;
        enum audit_category category;
    } kinds[] = {{NEWS_BAN, AUDIT_BAN},
                 {NEWS_UNBAN, AUDIT_UNBAN},
                 {NEWS_REFUSED, AUDIT_TROUBLE},
                 {NEWS_NOTE, AUDIT_CONFIG},
                 {NEWS_ALERT, AUDIT_LOGIN}};
    struct audit_entry e = {.time_us = n->time_us,
                            .address = n->id,
                            .account = n->account,
                            .what = n->jail,
                            .text = n->text};
    char who[ADDR_TEXT_MAX];

    if (n->who.family)
        e.address = span_of(addr_text(&n->who, who));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        e.category = kinds[i].category;
        if (kinds[i].what == n->what && n->time_us > a->past_us &&
            audit_is_wanted(&a->filter, &e))
            show(a, &e);
    }
}

/* One packet of the guard's; false: it says no more. */
static bool
hear(struct audit *a, struct client *c)
{
    struct answer answer = {0};
    struct buf error = {0};
    struct wire_tell_news n;
    struct span rest, fields;
    bool goes_on = client_receive(c, &answer, &error) == CTL_DONE && !answer.is_ended;

    rest = buf_span(&answer.frames);
    while (answer_next(&rest, WIRE_TELL_NEWS, &fields))
        if (wire_get_tell_news(fields, &n))
            show_news(a, &n);
    answer_fini(&answer);
    buf_fini(&error);
    return goes_on;
}

/* Watches the folder of a log: whether it grew, and whether another file has its name. */
static void
watch_folder(int fd, const char *name)
{
    struct buf folder = {0};
    ptrdiff_t slash = span_find_last(span_of(name), '/');

    if (slash < 0)
        buf_add_text(&folder, ".");
    else
        buf_add(&folder, span_head(span_of(name), (size_t)slash + 1));
    /* A log in a folder that cannot be watched is looked at with the others. */
    (void)inotify_add_watch(fd, folder.ptr,
                            IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
    buf_fini(&folder);
}

/* Takes what has come of one kind of event, all at once. */
static void
drain(int fd)
{
    char events[4096];

    while (read(fd, events, sizeof(events)) > 0)
        continue;
}

static void
look_at_all(struct audit *a, struct tail_buffer *b)
{
    for (size_t i = 0; i < a->log_count; i++)
        audit_log_look(&a->logs[i], &a->filter, clock_wall_us(), b, show, a);
    flush(a);
}

/* Connects to the guard's news; without one only logs are followed. */
static bool
connect_news(struct audit *a, struct client *c)
{
    struct buf frame = {0}, error = {0};
    bool is_there =
        a->args->word_count == 0 && ask_connect(a->env, a->args, c, &error) == CTL_DONE;

    if (is_there) {
        c->timeout_ms = -1;
        wire_put_ask_watch(&frame, &(struct wire_ask_watch){0});
        is_there = client_ask(c, buf_span(&frame), &error) == CTL_DONE;
        if (!is_there)
            client_fini(c);
    }
    buf_fini(&frame);
    buf_fini(&error);
    return is_there;
}

/* With --since: the bans since then, too. What is told of them once more is left out. */
static void
begin_with_past(struct audit *a)
{
    struct past past = {0};

    if (a->filter.from_us)
        ask_past(a, &past);
    show_past_until(a, &past, INT64_MAX);
    if (past.count)
        a->past_us = past.rows[past.count - 1].entry.time_us;
    mem_free(past.rows);
    answer_fini(&past.answer);
}

static void
follow(struct audit *a)
{
    struct tail_buffer *b = mem_zalloc(1, sizeof(*b));
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    struct client c;
    bool has_news = connect_news(a, &c);
    struct pollfd wait[2] = {{.fd = fd, .events = POLLIN},
                             {.fd = has_news ? c.chan.fd : -1, .events = POLLIN}};

    for (size_t i = 0; i < a->log_count; i++)
        watch_folder(fd, a->logs[i].name);
    if (has_news)
        begin_with_past(a);
    look_at_all(a, b);
    while (!a->write_error && (poll(wait, ARRAY_LEN(wait), -1) > 0 || errno == EINTR)) {
        if (wait[0].revents) {
            drain(fd);
            look_at_all(a, b);
        }
        if (wait[1].revents && !hear(a, &c))
            wait[1].fd = -1;
        flush(a);
    }
    if (has_news)
        client_fini(&c);
    (void)close(fd);
    mem_free(b);
}

/* --- the command --- */

static bool
read_filter(struct audit *a)
{
    const struct ctl_args *args = a->args;
    struct audit_filter *f = &a->filter;
    struct span wrong;

    f->categories = audit_usual();
    f->account = span_of(args->value[OPT_ACCOUNT]);
    if (args->given[OPT_NOISE])
        f->categories |= AUDIT_BIT(AUDIT_NOISE);
    if (args->given[OPT_CATEGORY] &&
        !audit_read_set(span_of(args->value[OPT_CATEGORY]), &f->categories, &wrong)) {
        buf_add_text(&a->o->error, "--category: ");
        text_foreign(&a->o->error, wrong);
        buf_add_text(&a->o->error, ": is none of them:");
        for (enum audit_category i = 0; i < AUDIT_CATEGORIES; i++)
            buf_printf(&a->o->error, " %s", audit_name(i));
        return false;
    }
    if (args->given[OPT_ADDRESS] &&
        !addr_parse_prefix(span_of(args->value[OPT_ADDRESS]), &f->within)) {
        buf_add_text(&a->o->error, "--address: ");
        text_foreign(&a->o->error, span_of(args->value[OPT_ADDRESS]));
        buf_add_text(&a->o->error, ": is no address and no ADDRESS/LENGTH");
        return false;
    }
    return args_range(args, a->env->screen.now_us, &f->from_us, &f->to_us, &a->o->error);
}

static bool
open_log(struct audit *a, const char *name, struct tail_buffer *b)
{
    struct audit_log *l = &a->logs[a->log_count];
    int64_t now_us = a->env->screen.now_us;
    bool is_open = a->args->given[OPT_FOLLOW]
                       ? audit_log_follow(l, name, now_us, &a->filter, b, &a->o->error)
                       : audit_log_open(l, name, a->env->in, now_us, &a->o->error);

    a->log_count += is_open;
    if (!is_open && a->args->given[OPT_FOLLOW])
        audit_log_fini(l);
    return is_open;
}

static bool
open_logs(struct audit *a)
{
    struct tail_buffer *b = mem_zalloc(1, sizeof(*b));
    char *names[LOGS_MAX];
    size_t count = 0;
    bool is_good = find_names(a, names, &count);

    a->logs = mem_zalloc(count + 1, sizeof(*a->logs));
    for (size_t i = 0; i < count; i++) {
        is_good = is_good && open_log(a, names[i], b);
        mem_free(names[i]);
    }
    mem_free(b);
    return is_good;
}

enum ctl_exit
audit_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct audit a = {
        .env = env, .args = args, .o = o, .is_json = ask_is_json(args), .code = CTL_DONE};

    if (!read_filter(&a) || !open_logs(&a)) {
        a.code = CTL_USAGE;
    } else if (args->given[OPT_FOLLOW]) {
        follow(&a);
    } else {
        search(&a);
    }
    for (size_t i = 0; i < a.log_count; i++)
        audit_log_fini(&a.logs[i]);
    mem_free(a.logs);
    return a.code;
}
