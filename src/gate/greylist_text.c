/* The texts of an answer. */
#include "gate/greylist_parts.h"

#include "base/ascii.h"

#include <time.h>

enum { TEXT_MAX = 1024, DATE_MAX = 64 };

struct mark {
    char letter;
    struct span text;
};

/* Replaces the first %LETTER of each mark; any other % stays. */
static void
add_template(struct buf *out, const char *template, struct mark *marks, size_t count)
{
    struct span rest = span_of(template), text;
    size_t i;

    while (span_cut(rest, SPAN("%"), &text, &rest)) {
        buf_add(out, text);
        for (i = 0; i < count; i++)
            if (rest.len && marks[i].letter == rest.ptr[0])
                break;
        if (i == count) {
            buf_add_byte(out, '%');
            continue;
        }
        buf_add(out, marks[i].text);
        marks[i].letter = '\0'; /* the first one only, as postgrey does */
        rest = span_from(rest, 1);
    }
    buf_add(out, rest);
}

static struct span
print_seconds(struct greylist *g, uint32_t seconds)
{
    buf_clear(&g->scratch);
    buf_add_u64(&g->scratch, seconds);
    return buf_span(&g->scratch);
}

static void
compose_text(struct greylist *g, struct greylist_turn *t)
{
    struct span recipient = t->ask->recipient;
    struct mark marks[] = {
        {'s', print_seconds(g, t->out->missing_s)},
        {'r', span_from(recipient, (size_t)(span_find_last(recipient, '@') + 1))}};

    if (t->ask->has_etrn_domain && !ascii_is_digit(g->config->text[0]))
        buf_add_text(&g->text, "4.2.0 ");
    add_template(&g->text, g->config->text, marks, ARRAY_LEN(marks));
    t->out->action = span_of(g->config->action);
    t->out->text = buf_span(&g->text);
}

static void
compose_header(struct greylist *g, struct greylist_turn *t)
{
    time_t now = (time_t)t->ask->now_s;
    char date[DATE_MAX] = "";
    struct tm tm;
    struct mark marks[] = {{'t', print_seconds(g, t->out->delayed_s)},
                           {'v', SPAN(KOMAINU_VERSION)},
                           {'d', {date, 0}},
                           {'h', span_of(g->hostname)}};

    if (localtime_r(&now, &tm))
        marks[2].text.len = strftime(date, sizeof(date), "%a, %d %b %Y %T %Z", &tm);
    add_template(&g->header, g->config->header, marks, ARRAY_LEN(marks));
    t->out->header = buf_span(&g->header);
}

void
greylist_compose(struct greylist *g, struct greylist_turn *t)
{
    enum greylist_outcome outcome = t->out->outcome;

    buf_clear(&g->text);
    buf_clear(&g->header);
    if (outcome == GREYLIST_NEW || outcome == GREYLIST_EARLY)
        compose_text(g, t);
    if (outcome != GREYLIST_FIRST_PASS ||
        greylist_message_seen(g, &g->headed, t->ask->instance))
        return;
    t->has_delay_line = true;
    if (g->config->header[0])
        compose_header(g, t);
}
