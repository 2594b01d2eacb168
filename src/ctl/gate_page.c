#include "ctl/gate_page.h"

#include "base/grid.h"
#include "base/json.h"
#include "ctl/show.h"
#include "gate/greylist.h"
#include "gate/server.h"

enum { LABEL_COLUMNS = 13, PAGE_COLUMNS = 79 };

static bool
next_number(struct span *frames, struct wire_tell_gate *m)
{
    struct span fields;

    while (answer_next(frames, WIRE_TELL_GATE, &fields))
        if (wire_get_tell_gate(fields, m))
            return true;
    return false;
}

static bool
next_note(struct span *frames, struct wire_tell_gate_note *m)
{
    struct span fields;

    while (answer_next(frames, WIRE_TELL_GATE_NOTE, &fields))
        if (wire_get_tell_gate_note(fields, m))
            return true;
    return false;
}

/* The number of this name and label (NULL: without one); 0: there is none. */
static uint64_t
number_of(struct span frames, const char *name, const char *label)
{
    struct wire_tell_gate m;

    while (next_number(&frames, &m))
        if (span_eq(m.name, span_of(name)) && span_eq(m.label, span_of(label)))
            return m.value;
    return 0;
}

static bool
has_number(struct span frames, const char *name)
{
    struct wire_tell_gate m;

    while (next_number(&frames, &m))
        if (span_eq(m.name, span_of(name)))
            return true;
    return false;
}

/* --- a page --- */

/* One paragraph behind a label; its items are kept whole where they fit a line. */
struct paragraph {
    struct buf *out;
    const char *label;
    size_t column;
};

static void
add_item(struct paragraph *p, const struct buf *item)
{
    size_t width = text_width(buf_span(item));

    if (p->column && p->column + 2 + width < PAGE_COLUMNS) {
        buf_add_text(p->out, ", ");
        p->column += 2;
    } else {
        buf_printf(p->out, "%s%-*s", p->column ? ",\n" : "", LABEL_COLUMNS,
                   p->column ? "" : p->label);
        p->column = LABEL_COLUMNS;
    }
    buf_add(p->out, buf_span(item));
    p->column += width;
}

static void
end_paragraph(struct paragraph *p)
{
    if (p->column)
        buf_add_byte(p->out, '\n');
}

struct row {
    const char *name, *label; /* of the number */
    const char *noun;         /* what it counts; "": `text` says it */
    const char *text;         /* behind it */
    bool is_always;           /* said though it is 0 */
};

static void
add_row(struct buf *out, const struct row *row, uint64_t n)
{
    if (row->noun[0])
        text_count(out, n, row->noun);
    else
        text_number(out, n);
    if (row->text[0])
        buf_printf(out, " %s", row->text);
}

static void
add_rows(struct paragraph *p, struct span frames, const struct row *rows, size_t count)
{
    struct buf item = {0};

    for (size_t i = 0; i < count; i++) {
        uint64_t n = number_of(frames, rows[i].name, rows[i].label);

        if (n == 0 && !rows[i].is_always)
            continue;
        buf_clear(&item);
        add_row(&item, &rows[i], n);
        add_item(p, &item);
    }
    buf_fini(&item);
}

static void
add_paragraph(struct span frames, const char *label, const struct row *rows, size_t count,
              struct buf *out)
{
    struct paragraph p = {.out = out, .label = label};

    add_rows(&p, frames, rows, count);
    end_paragraph(&p);
}

static const struct row connections[] = {
    {"connections", NULL, "", "open now", true},
    {"connections_max", NULL, "", "at most", true},
    {"connections_total", NULL, "", "so far", true},
    {"idled_total", NULL, "", "closed after a long silence", false},
};

static const struct row answers[] = {
    {"requests_total", NULL, "", "asked", true},
    {"rejected_total", NULL, "", "refused or put off", true},
    {"checking", NULL, "", "being decided now", false},
    {"held", NULL, "", "held now (sleep, tarpit)", false},
};

static const struct row greylist[] = {
    {"greylist_total", "new", "", "new ones put off", true},
    {"greylist_total", "early-retry", "", "back too early and put off again", true},
    {"greylist_total", "first-pass", "", "let in after their wait", true},
    {"greylist_total", "pass", "", "let in as known", true},
    {"greylist_total", "client-awl", "", "let in for passing often", false},
    {"greylist_total", "client-whitelist", "", "let in by whitelist-clients", false},
    {"greylist_total", "recipient-whitelist", "", "let in by whitelist-recipients",
     false},
    {"greylist_total", "skipped", "", "let in by another option", false},
    {"greylist_total", "not-asked", "", "without a client or a recipient", false},
    {"greylist_triplets", NULL, "triplet", "known", true},
    {"greylist_clients", NULL, "client", "known for passing", true},
    {"greylist_expired_total", NULL, "", "forgotten since they were over", false},
};

static const struct row dns[] = {
    {"dns_questions_total", NULL, "question", "", true},
    {"dns_asked_total", NULL, "", "of them to name servers", true},
    {"dns_failed_total", NULL, "", "without an answer in time", false},
    {"without_dns_total", NULL, "request", "decided without an answer", false},
};

static const struct row sharing[] = {
    {"share_hosts", NULL, "", "other gates heard of", true},
    {"share_greylist_total", "told", "", "changes of the greylist told", true},
    {"share_greylist_total", "merged", "", "taken from others", true},
    {"share_limits_total", "told", "", "counts told", false},
    {"share_limits_total", "merged", "", "counts taken", false},
    {"share_limits_total", "dropped", "", "counts dropped while it was cut off", false},
    {"share_greylist_total", "refused", "", "refused: their clock is ahead", false},
    {"share_entries_total", "forged", "", "entries of who has not our secret", false},
    {"share_entries_total", "strange", "", "entries that are none of ours", false},
};

static const struct row watch[] = {
    {"clients_total", "banned", "request", "of who is banned", true},
    {"clients_total", "suspect", "", "of who is suspect", true},
    {"clients_total", "known", "", "of who is known", true},
    {"clients_total", "neutral", "", "of strangers", true},
    {"events_total", NULL, "finding", "told to the guard", true},
};

/* What is worth a line of its own when there is any. */
static const struct row notes[] = {
    {"troubles_total", "late", "request", "not decided in time", false},
    {"unchecked_total", NULL, "request", "passed unchecked: too many waited", false},
    {"troubles_total", "overloaded", "request",
     "answered as `fail` says: too many waited", false},
    {"troubles_total", "malformed", "request", "malformed, answered as `fail` says",
     false},
    {"troubles_total", "too-long", "request", "too long, answered as `fail` says", false},
    {"troubles_total", "refused", "connection",
     "refused: there are as many as `connections` lets", false},
    {"troubles_total", "not-taken", "connection",
     "not taken: the system had none left to give", false},
    {"list_errors_total", NULL, "answer", "of lists of DNS that were errors", false},
    {"unheld_total", NULL, "client", "not held: too many were", false},
    {"standings_late_total", NULL, "question", "to the guard without an answer in time",
     false},
    {"events_dropped_total", NULL, "finding", "dropped: the guard did not read them",
     false},
    {"greylist_evicted_total", NULL, "triplet", "pushed out of the greylist: it is full",
     false},
    {"greylist_damaged", NULL, "record", "of greylist.log not readable", false},
    {"greylist_lost_lines_total", NULL, "line", "of log lost: syslog did not take them",
     false},
};

static void
add_gate(struct span frames, struct buf *out)
{
    struct paragraph p = {.out = out, .label = "Gate"};
    struct buf item = {0};

    buf_add_text(&item, "up ");
    text_duration_s(&item, (int64_t)number_of(frames, "uptime_seconds", NULL));
    add_item(&p, &item);
    buf_clear(&item);
    text_bytes(&item, number_of(frames, "memory_bytes", NULL));
    buf_add_text(&item, " of memory");
    add_item(&p, &item);
    end_paragraph(&p);
    buf_fini(&item);
}

/* Of several profiles one list is told once. */
static void
add_lists(struct span frames, struct buf *out)
{
    struct paragraph p = {.out = out, .label = "DNS lists"};
    struct span rest = frames;
    struct wire_tell_gate_note m;
    struct buf item = {0}, told = {0};

    while (next_note(&rest, &m)) {
        if (m.kind != GATE_NOTE_LIST)
            continue;
        buf_clear(&item);
        text_foreign(&item, m.name);
        buf_add_byte(&item, ' ');
        text_foreign(&item, m.text);
        buf_add_byte(&item, '\n');
        if (span_find(buf_span(&told), buf_span(&item)) >= 0)
            continue;
        buf_add(&told, buf_span(&item));
        buf_truncate(&item, item.len - 1);
        add_item(&p, &item);
    }
    end_paragraph(&p);
    buf_fini(&item);
    buf_fini(&told);
}

static void
add_sharing(struct span frames, struct buf *out)
{
    struct paragraph p = {.out = out, .label = "Sharing"};
    struct span rest = frames;
    struct wire_tell_gate_note m;
    struct buf item = {0};

    if (!has_number(frames, "share_up"))
        return;
    while (next_note(&rest, &m)) {
        if (m.kind != GATE_NOTE_SHARE && m.kind != GATE_NOTE_CUT)
            continue;
        text_foreign(&item, m.name);
        buf_add_byte(&item, ' ');
        text_foreign(&item, m.kind == GATE_NOTE_CUT ? SPAN("cut off") : m.text);
        add_item(&p, &item);
    }
    add_rows(&p, frames, sharing, ARRAY_LEN(sharing));
    end_paragraph(&p);
    buf_fini(&item);
}

static void
add_refusers(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {{"REFUSED OR PUT OFF BY", 21, 60, false},
                                                 {"REQUESTS", 8, 15, true}};
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_gate m;

    while (next_number(&frames, &m)) {
        if (!span_eq(m.name, SPAN("refused_total")))
            continue;
        text_foreign(grid_cell(&g), m.label);
        text_number(grid_cell(&g), m.value);
    }
    if (g.cells) {
        buf_add_byte(out, '\n');
        grid_print(&g, s, out);
    }
    grid_fini(&g);
}

static void
add_notes(struct span frames, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
        uint64_t n = number_of(frames, notes[i].name, notes[i].label);

        if (n == 0)
            continue;
        buf_add_text(out, "Note: ");
        add_row(out, &notes[i], n);
        buf_add_byte(out, '\n');
    }
}

size_t
gate_page_problems(struct span frames, struct buf *out)
{
    static const char *const problems[GATE_NOTES] = {
        [GATE_NOTE_STALE] = "the gate goes by what a table said before",
        [GATE_NOTE_UNREAD] = "the gate cannot ask a table",
        [GATE_NOTE_CUT] = "the gate cannot share what it knows with other hosts",
    };
    struct wire_tell_gate_note m;
    size_t count = 0;

    while (next_note(&frames, &m)) {
        if (m.kind >= GATE_NOTES || !problems[m.kind])
            continue;
        buf_printf(out, "Problem: %s: ", problems[m.kind]);
        text_foreign(out, m.text);
        buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

void
gate_page(struct span frames, const struct screen *s, struct buf *out)
{
    (void)gate_page_problems(frames, out);
    add_notes(frames, out);
    add_gate(frames, out);
    add_paragraph(frames, "Connections", connections, ARRAY_LEN(connections), out);
    add_paragraph(frames, "Requests", answers, ARRAY_LEN(answers), out);
    add_paragraph(frames, "Greylist", greylist, ARRAY_LEN(greylist), out);
    add_paragraph(frames, "DNS", dns, ARRAY_LEN(dns), out);
    add_lists(frames, out);
    add_sharing(frames, out);
    if (has_number(frames, "standings"))
        add_paragraph(frames, "Guard", watch, ARRAY_LEN(watch), out);
    add_refusers(frames, s, out);
}

/* --- JSON --- */

static void
add_numbers(struct span frames, struct buf *out)
{
    struct wire_tell_gate m;

    json_open(out, '[');
    while (next_number(&frames, &m)) {
        json_open(out, '{');
        json_key(out, "name");
        json_span(out, m.name);
        json_key(out, "label");
        if (m.label.len)
            json_span(out, m.label);
        else
            json_null(out);
        json_key(out, "value");
        json_u64(out, m.value);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void
add_json_notes(struct span frames, struct buf *out)
{
    static const char *const kinds[GATE_NOTES] = {"stale-table", "unread-table",
                                                  "dns-list", "share", "share-cut"};
    struct wire_tell_gate_note m;

    json_open(out, '[');
    while (next_note(&frames, &m)) {
        if (m.kind >= GATE_NOTES)
            continue;
        json_open(out, '{');
        json_key(out, "kind");
        json_span(out, span_of(kinds[m.kind]));
        json_key(out, "name");
        json_span(out, m.name);
        json_key(out, "text");
        json_span(out, m.text);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void
gate_page_json(struct span frames, const struct screen *s, struct buf *out)
{
    json_begin(out, s->now_us);
    json_key(out, "numbers");
    add_numbers(frames, out);
    json_key(out, "notes");
    add_json_notes(frames, out);
    json_end(out);
}

/* --- by the way, in the guard's own status --- */

void
show_gate(struct span frames, struct buf *out)
{
    if (answer_count(frames, WIRE_TELL_GATE) == 0)
        return;
    buf_add_text(out, "Gate: ");
    text_count(out, number_of(frames, "requests_total", NULL), "request");
    buf_add_text(out, ", ");
    text_number(out, number_of(frames, "rejected_total", NULL));
    buf_add_text(out, " refused or put off; ");
    text_count(out, number_of(frames, "connections", NULL), "connection");
    buf_add_text(out, " now; knows ");
    text_count(out, number_of(frames, "greylist_triplets", NULL), "triplet");
    buf_add_text(out, " (see 'komainu gate status')\n");
}

void
show_gate_member(struct span frames, struct buf *out)
{
    json_key(out, "gate");
    if (answer_count(frames, WIRE_TELL_GATE))
        add_numbers(frames, out);
    else
        json_null(out);
}
