#include "gate/check_work.h"

#include "base/mem.h"

struct message_key {
    uint64_t halves[2];
};

/* How much it matters that it goes out first. */
static const uint8_t weights[GATE_ACTIONS] = {
    [GATE_WARN] = 1,
    [GATE_INFO] = 1,
    [GATE_RESTRICTION] = 2,
    [GATE_PREPEND] = 3,
    [GATE_BCC] = 4,
    [GATE_HOLD] = 5,
    [GATE_FILTER] = 6,
    [GATE_REDIRECT] = 7,
    [GATE_DEFER_IF_REJECT] = 8,
    [GATE_DEFER_IF_PERMIT] = 9,
};

/* Whether it is about the message, so that it may go out with a later reply. */
static bool
is_of_message(enum gate_action action)
{
    return weights[action] >= 3 && weights[action] <= 7;
}

void
check_note(struct check_run *run, enum gate_action action, struct span text)
{
    struct check_note *note;

    if (run->note_count == CHECK_HEADERS_MAX)
        return;
    note = &run->notes[run->note_count++];
    text = span_head(text, sizeof(note->text));
    note->action = action;
    note->len = (uint16_t)text.len;
    memcpy(note->text, text.ptr, text.len);
}

struct check_message *
check_message(struct check_run *run, bool is_made)
{
    struct check *c = run->check;
    struct span instance = check_value(run, GATE_INSTANCE);
    struct hash_key other = {c->hash.k1, ~c->hash.k0};
    struct message_key key;
    struct check_message *m;

    if (instance.len == 0 || run->asked.is_try || (!is_made && c->messages.count == 0))
        return NULL;
    key.halves[0] = hash_bytes_fast(c->hash, instance.ptr, instance.len);
    key.halves[1] = hash_bytes_fast(other, instance.ptr, instance.len);
    m = table_find(&c->messages, &key);
    if (m || !is_made)
        return m;
    if (table_is_full(&c->messages)) {
        table_remove(&c->messages, table_oldest(&c->messages));
        c->counts.evicted++;
    }
    m = table_put(&c->messages, &key);
    must(m);
    return m;
}

static uint32_t
tag_of(const struct check *c, const struct check_note *note)
{
    return (uint32_t)hash_bytes_fast(c->hash, note->text, note->len) +
           (uint32_t)note->action;
}

static bool
was_noted(const struct check *c, const struct check_message *m,
          const struct check_note *note)
{
    uint32_t tag = tag_of(c, note);

    for (size_t i = 0; i < m->sent; i++)
        if (m->sent_tags[i] == tag)
            return true;
    for (size_t i = 0; i < m->pending; i++)
        if (tag_of(c, &m->notes[i]) == tag)
            return true;
    return false;
}

/* A header cannot be added when the message is there already. */
static bool
may_go(const struct check_run *run, const struct check_note *note)
{
    return note->action != GATE_PREPEND || run->asked.request->state != GATE_AT_END;
}

static struct check_note *
weightiest(const struct check_run *run, struct check_note *notes, size_t count,
           struct check_note *best)
{
    for (size_t i = 0; i < count; i++)
        if (may_go(run, &notes[i]) &&
            (!best || weights[notes[i].action] > weights[best->action]))
            best = &notes[i];
    return best;
}

static void
answer_with(struct check_run *run, const struct check_note *note)
{
    buf_clear(&run->text);
    buf_add(&run->text, (struct span){note->text, note->len});
    run->action = note->action;
}

/* Moves what is about the message from the request to it. */
static void
keep_notes(struct check_run *run, struct check_message *m)
{
    size_t left = 0;

    for (size_t i = 0; i < run->note_count; i++) {
        struct check_note *note = &run->notes[i];

        if (!is_of_message(note->action))
            run->notes[left++] = *note;
        else if (!was_noted(run->check, m, note) && m->pending < CHECK_HEADERS_MAX)
            m->notes[m->pending++] = *note;
    }
    run->note_count = left;
}

static bool
has_note_of_message(const struct check_run *run)
{
    for (size_t i = 0; i < run->note_count; i++)
        if (is_of_message(run->notes[i].action))
            return true;
    return false;
}

void
check_take_note(struct check_run *run)
{
    struct check_message *m = check_message(run, has_note_of_message(run));
    struct check_note *best;

    run->action = GATE_DUNNO;
    buf_clear(&run->text);
    if (m)
        keep_notes(run, m);
    best = weightiest(run, run->notes, run->note_count, NULL);
    if (m)
        best = weightiest(run, m->notes, m->pending, best);
    if (!best)
        return;
    answer_with(run, best);
    if (!m || best < m->notes || best >= m->notes + CHECK_HEADERS_MAX)
        return;
    /* What was sent is remembered as long as there is room: the oldest is forgotten. */
    if (m->sent == CHECK_SENT_MAX)
        memmove(m->sent_tags, m->sent_tags + 1, --m->sent * sizeof(*m->sent_tags));
    m->sent_tags[m->sent++] = tag_of(run->check, best);
    memmove(best, best + 1, (size_t)(m->notes + m->pending - (best + 1)) * sizeof(*best));
    m->pending--;
}

static bool
is_put_off(const struct check_run *run)
{
    for (size_t i = 0; i < run->note_count; i++)
        if (run->notes[i].action == GATE_DEFER_IF_PERMIT ||
            run->notes[i].action == GATE_DEFER_IF_REJECT)
            return true;
    return false;
}

void
check_take_hold(struct check_run *run)
{
    struct check_message *m = check_message(run, true);
    bool is_said = m && m->is_held;

    run->action = GATE_DUNNO;
    if (is_said || is_put_off(run))
        check_take_note(run);
    else if (m)
        keep_notes(run, m);
    if (run->action != GATE_DUNNO)
        return;
    if (m)
        m->is_held = true;
    run->decision.is_held = !is_said;
    run->action = GATE_HOLD;
    buf_clear(&run->text);
    buf_add_text(&run->text, CHECK_HELD_TEXT);
}
