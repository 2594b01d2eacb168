#include "base/json.h"
#include "ctl/show.h"

static const struct {
    const char *name; /* of JSON */
    const char *word; /* for people */
    bool is_painted;
} whats[] = {
    {"found", "found  ", false},         {"ban", "BAN    ", true},
    {"unban", "unban  ", false},         {"refused", "refused", false},
    {"ignored", "ignored", false},       {"note", "note   ", false},
    {"alert", "ALERT  ", true},          {"campaign-begins", "attack ", true},
    {"campaign-ends", "over   ", false}, {"unknown", "unknown", false},
};

static size_t
what_of(const struct wire_tell_news *n)
{
    return n->what < ARRAY_LEN(whats) - 1 ? n->what : ARRAY_LEN(whats) - 1;
}

static void
add_line(const struct wire_tell_news *n, const struct screen *s, struct buf *out)
{
    size_t what = what_of(n);

    text_time(out, n->time_us);
    buf_add_text(out, "  ");
    if (whats[what].is_painted)
        text_paint(out, s, PAINT_RED, whats[what].word);
    else
        buf_add_text(out, whats[what].word);
    if (n->who.family || n->id.len) {
        buf_add_text(out, "  ");
        text_who(out, &n->who, n->id);
    }
    if (n->jail.len) {
        buf_add_text(out, "  ");
        text_foreign(out, n->jail);
    }
    if (n->count && n->what != NEWS_ALERT) {
        buf_add_text(out, "  ");
        text_count(out, n->count, "failure");
    }
    if (n->what == NEWS_BAN && n->until_us < 0)
        buf_add_text(out, "  permanent");
    if (n->what == NEWS_BAN && n->until_us >= 0) {
        buf_add_text(out, "  until ");
        text_time(out, n->until_us);
    }
    if (n->account.len) {
        buf_add_text(out, "  ");
        text_foreign(out, n->account);
    }
    if (n->text.len) {
        buf_add_text(out, "  ");
        text_foreign(out, n->text);
    }
    buf_add_byte(out, '\n');
}

void
show_news(struct span frames, const struct screen *s, struct buf *out)
{
    struct wire_tell_news n;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_NEWS, &fields)) {
        if (wire_get_tell_news(fields, &n))
            add_line(&n, s, out);
    }
}

static void
add_json(const struct wire_tell_news *n, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "what");
    json_text(out, whats[what_of(n)].name);
    json_key(out, "time");
    json_time(out, n->time_us);
    json_key(out, "jail");
    json_span(out, n->jail);
    json_somebody(out, &n->who, n->id);
    json_key(out, "until");
    if (n->what == NEWS_BAN)
        json_time(out, n->until_us);
    else
        json_null(out);
    json_key(out, "count");
    json_u64(out, n->count);
    if (n->what == NEWS_ALERT) {
        json_key(out, "account");
        json_span(out, n->account);
    }
    json_key(out, "text");
    json_span(out, n->text);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

void
show_news_json(struct span frames, struct buf *out)
{
    struct wire_tell_news n;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_NEWS, &fields)) {
        if (wire_get_tell_news(fields, &n))
            add_json(&n, out);
    }
}
