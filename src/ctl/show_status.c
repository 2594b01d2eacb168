#include "base/grid.h"
#include "base/json.h"
#include "conf/config.h"
#include "ctl/gate_page.h"
#include "ctl/show.h"
#include "ctl/store_state.h"

static const char *const source_states[] = {"waiting", "following", "catching up",
                                            "failed"};

static const char *
state_name(uint8_t state)
{
    return state < ARRAY_LEN(source_states) ? source_states[state] : "unknown";
}

static const char *
error_name(int64_t error)
{
    int64_t number =
        error < 0 ? -error : error; /* a negative errno, as the roles say it */

    return number > 0 && number < 4096 ? strerror((int)number) : "unknown error";
}

/* False, and a zeroed status, when judge sent none. */
static bool
get_status(struct span frames, struct wire_tell_status *st)
{
    struct span fields;

    *st = (struct wire_tell_status){0};
    return answer_next(&frames, WIRE_TELL_STATUS, &fields) &&
           wire_get_tell_status(fields, st);
}

static size_t
source_problems(struct span frames, struct buf *out)
{
    struct wire_tell_source source;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_SOURCE, &fields)) {
        if (!wire_get_tell_source(fields, &source) ||
            (source.state != SOURCE_FAILED && source.state != SOURCE_WAITING))
            continue;
        buf_add_text(out, source.state == SOURCE_FAILED ? "Problem: " : "Note: ");
        text_foreign(out, source.path);
        if (source.state == SOURCE_FAILED)
            buf_printf(out, " cannot be read: %s\n", error_name(source.error));
        else
            buf_add_text(out, " is not there yet; it is read as soon as it appears\n");
        count++;
    }
    return count;
}

/* What was dropped or refused: to be known, not to be repaired at once. */
static size_t
add_notes(const struct wire_tell_status *st, struct buf *out)
{
    const struct {
        uint64_t count;
        const char *noun, *text;
    } notes[] = {
        {st->refused, "ban", "refused: the address is protected, or a limit is reached"},
        {st->limit_hits, "line", "took too long to match, and did not count"},
        {st->long_lines, "line", "longer than we read, and cut"},
        {st->dropped_keys, "counter", "dropped: more addresses failed than we can count"},
        {st->left_out, "file", "left out: more fit the patterns of logpath than we read"},
        {st->dropped_files, "file",
         "rotated away and not read to the end: too many waited"},
        {st->cut_messages, "syslog message", "longer than we take, and cut"},
        {st->refused_senders, "attempt",
         "to send us syslog refused: the host is not in senders"},
        {st->broken_streams, "syslog connection",
         "closed: no syslog, or silent while others wanted its place"},
        {st->lost_sessions, "session", "ended early: more were open than we keep"},
        {st->crowded, "hit", "left out: one line fits more filters than we take"},
        {st->too_long, "line", "not searched: longer than we can"},
        {st->holes_full, "hole",
         "not opened in the ban of a network: it has as many as it can"},
        {st->unresolved, "failure", "not counted: the line names a host and no address"},
    };
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
        if (notes[i].count == 0)
            continue;
        buf_add_text(out, "Note: ");
        text_count(out, notes[i].count, notes[i].noun);
        buf_printf(out, " %s\n", notes[i].text);
        count++;
    }
    return count;
}

/* What other rows of this screen tell already. */
static bool
is_told_elsewhere(struct span name)
{
    static const char *const names[] = {"log-unreadable", "role-down", "limit", "panic",
                                        "share"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq(name, span_of(names[i])))
            return true;
    return false;
}

static size_t
add_troubles(struct span frames, struct buf *out)
{
    struct wire_tell_trouble t;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_TROUBLE, &fields)) {
        if (!wire_get_tell_trouble(fields, &t) || is_told_elsewhere(t.name))
            continue;
        buf_add_text(out, "Problem: ");
        text_foreign(out, t.text);
        buf_add_text(out, ", since ");
        text_time(out, t.since_us);
        buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

size_t
show_problems(struct span frames, struct buf *out)
{
    struct wire_tell_status st;
    bool is_told = get_status(frames, &st);
    const struct {
        bool is_so;
        const char *text;
    } rows[] = {
        {!is_told, "Problem: the guard did not tell its state"},
        {is_told && st.is_open,
         "PANIC: everything is open and no ban is in force; end it with 'komainu panic "
         "--off'"},
        {is_told && !st.is_sensor_up,
         "Problem: no log is being read: the sensor is down and is being restarted"},
        {is_told && !st.is_enforcer_up,
         "Problem: new bans wait: the enforcer is down and is being restarted"},
        {answer_count(frames, WIRE_TELL_JAIL) == 0,
         "Problem: nothing is guarded: no jail is on"},
    };
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].is_so) {
            buf_printf(out, "%s\n", rows[i].text);
            count++;
        }
    }
    return count + add_troubles(frames, out) + source_problems(frames, out) +
           gate_page_problems(frames, out) + add_notes(&st, out);
}

static void
add_problems(struct span frames, const struct screen *s, struct buf *out)
{
    struct buf problems = {0}, one = {0};
    struct span rest, line;

    if (show_problems(frames, &problems) == 0)
        text_paint(out, s, PAINT_GREEN, "All is well.\n");
    rest = buf_span(&problems);
    while (span_line(&rest, &line)) {
        buf_clear(&one);
        buf_add(&one, line);
        text_paint(out, s, span_starts(line, SPAN("Note")) ? PAINT_YELLOW : PAINT_RED,
                   one.ptr);
        buf_add_byte(out, '\n');
    }
    buf_fini(&problems);
    buf_fini(&one);
}

static void
add_totals(struct span frames, struct buf *out)
{
    struct wire_tell_status st;

    if (!get_status(frames, &st))
        return;
    buf_add_text(out, "\nBanned now: ");
    text_number(out, st.bans_now);
    buf_add_text(out, "; bans so far: ");
    text_number(out, st.bans_total);
    if (st.holes) {
        buf_add_text(out, "; let out of banned networks: ");
        text_number(out, st.holes);
    }
    if (st.bans_waiting) {
        buf_add_text(out, "; waiting for the kernel: ");
        text_number(out, st.bans_waiting);
    }
    if (st.held || st.limited) {
        buf_add_text(out, "\nAccounts whose mail is held: ");
        text_number(out, st.held);
        buf_add_text(out, "; limited: ");
        text_number(out, st.limited);
        buf_add_text(out, " (see 'komainu holds')");
    }
    if (st.campaigns) {
        buf_add_text(out, "\nAttacks of several addresses now: ");
        text_number(out, st.campaigns);
        buf_add_text(out, " (see 'komainu campaigns')");
    }
    buf_add_text(out, "\nRunning for ");
    clock_add_duration(
        out, st.now_us < st.started_us ? 0 : text_span_us(st.started_us, st.now_us));
    buf_add_text(out, ", since ");
    text_time(out, st.started_us);
    buf_add_text(out, "\nRead ");
    text_count(out, st.lines, "line");
    buf_add_text(out, " (");
    text_bytes(out, st.bytes);
    buf_add_text(out, "); matched ");
    text_number(out, st.hits);
    buf_add_text(out, ", ignored ");
    text_number(out, st.ignored);
    buf_add_text(out, "; cut ");
    text_count(out, st.sockets_cut, "connection");
    if (st.slots_sampled) {
        buf_add_text(out, "; sampled ");
        text_count(out, st.slots_sampled, "connection");
    }
    if (st.slots_dropped) {
        buf_add_text(out, ", left out ");
        text_number(out, st.slots_dropped);
    }
    buf_add_byte(out, '\n');
}

static void
add_jails(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"JAIL", 8, 40, false},     {"MODE", 7, 7, false},    {"LIMIT", 8, 24, false},
        {"BAN TIME", 8, 16, false}, {"FAILING", 7, 26, true}, {"BANNED", 6, 26, true},
        {"SO FAR", 6, 26, true},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_jail jail;
    struct span fields;
    size_t quiet = 0; /* rules that need no row */

    while (answer_next(&frames, WIRE_TELL_JAIL, &fields)) {
        if (!wire_get_tell_jail(fields, &jail))
            continue;
        if (show_is_rule(&jail) && jail.banned == 0 && jail.bans_total == 0) {
            quiet++;
            continue;
        }
        text_foreign(grid_cell(&g), jail.name);
        buf_add_text(grid_cell(&g), jail.mode == JAIL_ENFORCE ? "enforce" : "observe");
        buf_printf(grid_cell(&g), "%u in ", (unsigned)jail.maxretry);
        text_duration_s(&g.text, jail.findtime_s);
        text_duration_s(grid_cell(&g), jail.bantime_s);
        text_number(grid_cell(&g), jail.failing);
        text_number(grid_cell(&g), jail.banned);
        text_number(grid_cell(&g), jail.bans_total);
    }
    if (g.cells) {
        buf_add_byte(out, '\n');
        grid_print(&g, s, out);
    }
    grid_fini(&g);
    if (quiet) {
        text_count(out, quiet, "rule");
        buf_add_text(out, " had no ban to make: komainu jails lists them\n");
    }
}

void
show_sources(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"LOG", 16, 120, false}, {"STATE", 11, 11, false}, {"READ UP TO", 10, 12, true}};
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_source source;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_SOURCE, &fields)) {
        if (!wire_get_tell_source(fields, &source))
            continue;
        text_foreign(grid_cell(&g), source.path);
        buf_add_text(grid_cell(&g), state_name(source.state));
        if (source.kind == SOURCE_FILE)
            text_bytes(grid_cell(&g), source.offset);
        else
            buf_add_text(grid_cell(&g), config_source_name(source.kind));
    }
    if (g.cells) {
        buf_add_byte(out, '\n');
        grid_print(&g, s, out);
    }
    grid_fini(&g);
}

/* What happened, by kind: "Seen: 12 auth_fail, 3 auth_ok". */
static void
add_kinds(struct span frames, struct buf *out)
{
    struct wire_tell_kind kind;
    const char *before = "Seen: ";
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_KIND, &fields)) {
        if (!wire_get_tell_kind(fields, &kind) || kind.failures + kind.told == 0)
            continue;
        buf_add_text(out, before);
        text_number(out, kind.failures + kind.told);
        buf_printf(out, " %s", event_kind_name((enum event_kind)kind.kind));
        before = ", ";
    }
    if (*before == ',')
        buf_add_byte(out, '\n');
}

void
show_status(struct span frames, const struct screen *s, struct buf *out)
{
    add_problems(frames, s, out);
    show_recent_alerts(frames, s, out);
    add_jails(frames, s, out);
    show_sources(frames, s, out);
    add_totals(frames, out);
    add_kinds(frames, out);
    show_gate(frames, out);
    store_state_show(frames, out);
}

static void
add_status_members(const struct wire_tell_status *st, struct buf *out)
{
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {
        {"lines", st->lines},
        {"bytes", st->bytes},
        {"hits", st->hits},
        {"limit_hits", st->limit_hits},
        {"long_lines", st->long_lines},
        {"events", st->events},
        {"ignored", st->ignored},
        {"dropped_keys", st->dropped_keys},
        {"bans_now", st->bans_now},
        {"bans_total", st->bans_total},
        {"bans_waiting", st->bans_waiting},
        {"refused", st->refused},
        {"rebuilds", st->rebuilds},
        {"sockets_cut", st->sockets_cut},
        {"unresolved", st->unresolved},
        {"lost_sessions", st->lost_sessions},
        {"crowded", st->crowded},
        {"too_long", st->too_long},
        {"dropped_files", st->dropped_files},
        {"cut_messages", st->cut_messages},
        {"refused_senders", st->refused_senders},
        {"broken_streams", st->broken_streams},
        {"left_out", st->left_out},
        {"holes", st->holes},
        {"holes_full", st->holes_full},
        {"campaigns", st->campaigns},
        {"campaigns_total", st->campaigns_total},
        {"campaigns_dropped", st->campaigns_dropped},
        {"slots_sampled", st->slots_sampled},
        {"slots_dropped", st->slots_dropped},
        {"accounts_held", st->held},
        {"accounts_limited", st->limited},
        {"curbs_full", st->curbs_full},
    };

    json_key(out, "started");
    json_time(out, st->started_us);
    json_key(out, "panic");
    json_bool(out, st->is_open);
    json_key(out, "is_sensor_up");
    json_bool(out, st->is_sensor_up);
    json_key(out, "is_enforcer_up");
    json_bool(out, st->is_enforcer_up);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_key(out, rows[i].name);
        json_u64(out, rows[i].n);
    }
}

static void
add_source_json(const struct wire_tell_source *source, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "path");
    json_span(out, source->path);
    json_key(out, "kind");
    json_text(out, config_source_name(source->kind));
    json_key(out, "state");
    json_text(out, state_name(source->state));
    json_key(out, "error");
    if (source->state == SOURCE_FAILED)
        json_text(out, error_name(source->error));
    else
        json_null(out);
    json_key(out, "offset");
    json_u64(out, source->offset);
    json_close(out, '}');
}

void
show_sources_json(struct span frames, struct buf *out)
{
    struct wire_tell_source source;
    struct span fields;

    json_key(out, "sources");
    json_open(out, '[');
    while (answer_next(&frames, WIRE_TELL_SOURCE, &fields)) {
        if (wire_get_tell_source(fields, &source))
            add_source_json(&source, out);
    }
    json_close(out, ']');
}

static void
add_kind_json(const struct wire_tell_kind *kind, struct buf *out)
{
    json_key(out, event_kind_name((enum event_kind)kind->kind));
    json_open(out, '{');
    json_key(out, "failures");
    json_u64(out, kind->failures);
    json_key(out, "told");
    json_u64(out, kind->told);
    json_close(out, '}');
}

static void
add_problems_json(struct span frames, struct buf *out)
{
    struct buf problems = {0};
    struct span rest, line;

    (void)show_problems(frames, &problems); /* the lines are the count */
    json_key(out, "problems");
    json_open(out, '[');
    rest = buf_span(&problems);
    while (span_line(&rest, &line))
        json_span(out, line);
    json_close(out, ']');
    buf_fini(&problems);
}

void
show_status_json(struct span frames, const struct screen *s, struct buf *out)
{
    struct wire_tell_status st;
    struct wire_tell_jail jail;
    struct wire_tell_kind kind;
    struct span rest, fields;

    json_begin(out, s->now_us);
    if (get_status(frames, &st))
        add_status_members(&st, out);
    add_problems_json(frames, out);
    show_alerts_member(frames, out);
    json_key(out, "jails");
    json_open(out, '[');
    for (rest = frames; answer_next(&rest, WIRE_TELL_JAIL, &fields);) {
        if (!wire_get_tell_jail(fields, &jail))
            continue;
        show_jail_open(&jail, out);
        json_close(out, '}');
    }
    json_close(out, ']');
    show_sources_json(frames, out);
    json_key(out, "kinds");
    json_open(out, '{');
    for (rest = frames; answer_next(&rest, WIRE_TELL_KIND, &fields);) {
        if (wire_get_tell_kind(fields, &kind))
            add_kind_json(&kind, out);
    }
    json_close(out, '}');
    show_gate_member(frames, out);
    store_state_member(frames, out);
    json_end(out);
}
