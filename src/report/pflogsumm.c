#include "report/pflogsumm_internal.h"

#include "base/clock.h"

enum { FLUSH_BYTES = 1 << 18 };

#define K_ABOVE 524288.0
#define M_ABOVE 536870912.0

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* --- the parts of a line --- */

void
pflogsumm_line(struct pflogsumm *p)
{
    buf_add_byte(p->text, '\n');
    if (p->text->len >= FLUSH_BYTES)
        p->out->flush(p->out->ctx, p->text);
}

void
pflogsumm_title(struct pflogsumm *p, const char *title)
{
    buf_printf(p->text, "\n%s\n", title);
    for (size_t i = strlen(title); i > 0; i--)
        buf_add_byte(p->text, '-');
    pflogsumm_line(p);
}

bool
pflogsumm_list_title(struct pflogsumm *p, const char *title, int top, bool is_empty,
                     bool is_quiet)
{
    size_t begin;

    if (is_empty && is_quiet)
        return false;
    buf_add_byte(p->text, '\n');
    begin = p->text->len;
    if (top > 0)
        buf_printf(p->text, "top %d ", top);
    buf_add_text(p->text, title);
    if (is_empty) {
        buf_add_text(p->text, ": none");
    } else {
        size_t width = p->text->len - begin;

        buf_add_byte(p->text, '\n');
        for (; width > 0; width--)
            buf_add_byte(p->text, '-');
    }
    pflogsumm_line(p);
    return !is_empty;
}

void
pflogsumm_add(struct pflogsumm *p, struct span text)
{
    size_t n = 0;

    while (n < text.len && text.ptr[n] >= ' ' && text.ptr[n] <= '~')
        n++;
    if (n == text.len)
        buf_add(p->text, text); /* with its backslashes as they are */
    else
        buf_escaped(p->text, text);
}

/* In six columns; more when it needs them. */
static void
add_digits(struct buf *b, uint64_t n)
{
    char text[24];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (at > sizeof(text) - 6)
        text[--at] = ' ';
    buf_add(b, (struct span){text + at, sizeof(text) - at});
}

void
pflogsumm_number(struct pflogsumm *p, double value)
{
    char unit = ' ';

    if (value > M_ABOVE) {
        value /= 1 << 20;
        unit = 'm';
    } else if (value > K_ABOVE) {
        value /= 1 << 10;
        unit = 'k';
    }
    add_digits(p->text, (uint64_t)value);
    buf_add_byte(p->text, unit);
}

void
pflogsumm_delay(struct pflogsumm *p, double seconds)
{
    char unit = 's';

    if (seconds > 3600) {
        seconds /= 3600;
        unit = 'h';
    } else if (seconds > 60) {
        seconds /= 60;
        unit = 'm';
    }
    buf_printf(p->text, "%5.1f %c", seconds, unit);
}

void
pflogsumm_clock(struct pflogsumm *p, double seconds)
{
    long long s = (long long)seconds;

    buf_printf(p->text, "%2lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

void
pflogsumm_hour(struct pflogsumm *p, unsigned hour)
{
    if (p->o->is_iso)
        buf_printf(p->text, "    %02u:00-%02u:00", hour, hour + 1);
    else
        buf_printf(p->text, "    %02u00-%02u00  ", hour, hour + 1);
}

void
pflogsumm_day(struct pflogsumm *p, int64_t day)
{
    struct civil c = clock_to_civil(day * DAY_US, 0);

    if (p->o->is_iso)
        buf_printf(p->text, "    %04d-%02d-%02d ", c.year, c.month, c.day);
    else
        buf_printf(p->text, "    %s %2d %d", months[c.month - 1], c.day, c.year);
}

/* --- totals --- */

static void
total(struct pflogsumm *p, double value, const char *what)
{
    buf_add_byte(p->text, ' ');
    pflogsumm_number(p, value);
    buf_printf(p->text, "  %s", what);
}

static void
total_line(struct pflogsumm *p, double value, const char *what)
{
    total(p, value, what);
    pflogsumm_line(p);
}

static int
percent(const uint64_t *of, enum tally_total part)
{
    double all = (double)of[TOTAL_DELIVERED] + (double)of[TOTAL_REJECTED] +
                 (double)of[TOTAL_DISCARDED];

    return all > 0 ? (int)((double)of[part] / all * 100) : 0;
}

static void
totals_of_messages(struct pflogsumm *p)
{
    const uint64_t *of = p->tally->total;

    buf_add_text(p->text, "messages\n\n");
    total_line(p, (double)of[TOTAL_RECEIVED], "received");
    total_line(p, (double)of[TOTAL_DELIVERED], "delivered");
    total_line(p, (double)of[TOTAL_FORWARDED], "forwarded");
    total(p, (double)of[TOTAL_DEFERRED], "deferred");
    if (of[TOTAL_DEFERRALS]) {
        double n = (double)of[TOTAL_DEFERRALS];
        char unit = n > M_ABOVE ? 'm' : n > K_ABOVE ? 'k' : ' ';

        n /= unit == 'm' ? 1 << 20 : unit == 'k' ? 1 << 10 : 1;
        buf_printf(p->text, "  (%lld%c deferrals)", (long long)n, unit);
    }
    pflogsumm_line(p);
    total_line(p, (double)of[TOTAL_BOUNCED], "bounced");
    total(p, (double)of[TOTAL_REJECTED], "rejected");
    buf_printf(p->text, " (%d%%)\n", percent(of, TOTAL_REJECTED));
    total_line(p, (double)of[TOTAL_WARNED], "reject warnings");
    total_line(p, (double)of[TOTAL_HELD], "held");
    total(p, (double)of[TOTAL_DISCARDED], "discarded");
    buf_printf(p->text, " (%d%%)\n", percent(of, TOTAL_DISCARDED));
}

static void
totals_of_sessions(struct pflogsumm *p)
{
    const struct tally_sessions *all = &p->tally->sessions;
    double average = all->count ? (double)all->total_s / (double)all->count + .5 : 0;

    buf_add_text(p->text, "\nsmtpd\n\n ");
    total_line(p, (double)all->count, "connections");
    buf_add_byte(p->text, ' ');
    total_line(p, p->tally->session_domains.count, "hosts/domains");
    buf_printf(p->text, "  %6lld   avg. connect time (seconds)\n ", (long long)average);
    pflogsumm_clock(p, (double)all->total_s);
    buf_add_text(p->text, "  total connect time\n");
}

static void
totals(struct pflogsumm *p)
{
    const struct tally *t = p->tally;

    pflogsumm_title(p, "Grand Totals");
    totals_of_messages(p);
    pflogsumm_line(p);
    total_line(p, (double)t->total[TOTAL_BYTES_RECEIVED], "bytes received");
    total_line(p, (double)t->total[TOTAL_BYTES_DELIVERED], "bytes delivered");
    total_line(p, t->senders.count, "senders");
    total_line(p, t->sender_domains.count, "sending hosts/domains");
    total_line(p, t->recipients.count, "recipients");
    total_line(p, (double)t->total[TOTAL_RECIPIENT_DOMAINS], "recipient hosts/domains");
    if (t->options.has_sessions)
        totals_of_sessions(p);
    pflogsumm_line(p);
}

/* --- days and hours --- */

static const char flow_heading[] =
    "          received  delivered   deferred    bounced     rejected\n"
    "    --------------------------------------------------------------------\n";

static unsigned
days_seen(const struct tally *t)
{
    unsigned days = 0;

    for (size_t i = 0; i < t->day_count; i++)
        days += t->days[i].hours_seen != 0;
    return days;
}

/* A day's row ends with the last column of which anything was counted, as parsers know
 * it, unless zeros are asked for. */
static void
per_day(struct pflogsumm *p)
{
    pflogsumm_title(p, "Per-Day Traffic Summary");
    buf_printf(p->text, "    date%s", flow_heading);
    for (size_t i = 0; i < p->tally->day_count; i++) {
        const struct tally_day *d = &p->tally->days[i];
        uint32_t columns = p->o->fills_zeros ? 1U << FLOW_REJECTED : d->flows_seen;

        if (columns == 0 || d->hours_seen == 0)
            continue;
        pflogsumm_day(p, d->day);
        for (unsigned flow = 0; columns >> flow; flow++) {
            buf_add_text(p->text, "    ");
            pflogsumm_number(p, (double)d->flow[flow]);
        }
        pflogsumm_line(p);
    }
}

static void
per_hour(struct pflogsumm *p, bool is_average)
{
    pflogsumm_title(p, is_average ? "Per-Hour Traffic Daily Average"
                                  : "Per-Hour Traffic Summary");
    buf_printf(p->text, "    time%s", flow_heading);
    for (unsigned hour = 0; hour < 24; hour++) {
        unsigned days = tally_days_of_hour(p->tally, hour);

        pflogsumm_hour(p, hour);
        for (unsigned flow = 0; flow < FLOWS; flow++) {
            buf_add_text(p->text, "    ");
            pflogsumm_number(p, (double)p->tally->hour[hour][flow] / days + .5);
        }
        pflogsumm_line(p);
    }
}

void
pflogsumm_print(const struct tally *t, const struct pflogsumm_options *o,
                const struct pflogsumm_out *out)
{
    struct pflogsumm p = {t, o, out, out->text};
    bool is_average = days_seen(t) > 1;

    if (o->date)
        buf_printf(p.text, "Postfix log summaries for %s\n", o->date);
    totals(&p);
    if (o->is_problems_first)
        pflogsumm_problems(&p);
    if (is_average)
        per_day(&p);
    per_hour(&p, is_average);
    pflogsumm_domains(&p);
    if (t->options.has_sessions)
        pflogsumm_sessions(&p, is_average);
    pflogsumm_users(&p);
    if (!o->hides_unsized)
        pflogsumm_unsized(&p);
    if (!o->is_problems_first)
        pflogsumm_problems(&p);
    if (t->options.has_messages)
        pflogsumm_messages(&p);
    out->flush(out->ctx, p.text);
}
