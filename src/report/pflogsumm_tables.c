/* The tables of pflogsumm's layout. */
#include "base/clock.h"
#include "base/mem.h"
#include "report/pflogsumm_internal.h"
#include "report/pflogsumm_order.h"

/* --- hosts and domains --- */

static const struct tally_volume *
volume(const struct texts *t, uint32_t number)
{
    return texts_value(t, number);
}

static double
by_messages(const struct texts *t, uint32_t number)
{
    return (double)volume(t, number)->messages;
}

static double
by_bytes(const struct texts *t, uint32_t number)
{
    return (double)volume(t, number)->bytes;
}

/* "TITLE (top 5)". */
static void
domain_title(struct pflogsumm *p, const char *title)
{
    char text[80];
    int n = snprintf(text, sizeof(text), "Host/Domain Summary: %s ", title);

    if (p->o->hosts > 0)
        (void)snprintf(text + n, sizeof(text) - (size_t)n, "(top %d)", p->o->hosts);
    pflogsumm_title(p, text);
}

/* How many rows are shown of `count`. */
static uint32_t
rows_of(uint32_t count, int top)
{
    return top > 0 && (uint32_t)top < count ? (uint32_t)top : count;
}

static void
delivery_row(struct pflogsumm *p, const struct tally_destination *d)
{
    const struct tally_volume *v = &d->volume;

    buf_add_byte(p->text, ' ');
    pflogsumm_number(p, (double)v->messages);
    buf_add_text(p->text, "  ");
    pflogsumm_number(p, (double)v->bytes);
    buf_add_text(p->text, "  ");
    pflogsumm_number(p, (double)d->deferrals);
    buf_add_text(p->text, "  ");
    pflogsumm_delay(p, v->messages ? d->delay_s / (double)v->messages : 0);
    buf_add_text(p->text, "  ");
    pflogsumm_delay(p, d->longest_s);
    buf_add_text(p->text, "  ");
}

static void
delivery_domains(struct pflogsumm *p)
{
    const struct texts *t = &p->tally->recipient_domains;
    uint32_t *rows = pflogsumm_sorted(t, by_messages, by_bytes, false);

    domain_title(p, "Message Delivery");
    buf_add_text(p->text, " sent cnt  bytes   defers   avg dly max dly host/domain\n"
                          " -------- -------  -------  ------- ------- -----------\n");
    for (uint32_t i = 0; i < rows_of(t->count, p->o->hosts); i++) {
        delivery_row(p, texts_value(t, rows[i]));
        pflogsumm_add(p, texts_text(t, rows[i]));
        pflogsumm_line(p);
    }
    mem_free(rows);
}

static void
sending_domains(struct pflogsumm *p)
{
    const struct texts *t = &p->tally->sender_domains;
    uint32_t *rows = pflogsumm_sorted(t, by_messages, by_bytes, false);

    domain_title(p, "Messages Received");
    buf_add_text(p->text, " msg cnt   bytes   host/domain\n"
                          " -------- -------  -----------\n");
    for (uint32_t i = 0; i < rows_of(t->count, p->o->hosts); i++) {
        buf_add_byte(p->text, ' ');
        pflogsumm_number(p, by_messages(t, rows[i]));
        buf_add_text(p->text, "  ");
        pflogsumm_number(p, by_bytes(t, rows[i]));
        buf_add_text(p->text, "  ");
        pflogsumm_add(p, texts_text(t, rows[i]));
        pflogsumm_line(p);
    }
    mem_free(rows);
}

void
pflogsumm_domains(struct pflogsumm *p)
{
    if (p->o->hosts == 0)
        return;
    delivery_domains(p);
    sending_domains(p);
}

/* --- connections --- */

static const char session_line[] =
    "    --------------------------------------------------------------------\n";

static double
average_of(const struct tally_sessions *s)
{
    return s->count ? (double)s->total_s / (double)s->count + .5 : 0;
}

static void
session_days(struct pflogsumm *p)
{
    pflogsumm_title(p, "Per-Day SMTPD Connection Summary");
    buf_printf(p->text,
               "    date        connections    time conn.    avg./conn.   max. time\n%s",
               session_line);
    for (size_t i = 0; i < p->tally->day_count; i++) {
        const struct tally_sessions *s = &p->tally->days[i].sessions;

        if (s->count == 0)
            continue;
        pflogsumm_day(p, p->tally->days[i].day);
        buf_add_text(p->text, "   ");
        pflogsumm_number(p, (double)s->count);
        buf_add_text(p->text, "       ");
        pflogsumm_clock(p, (double)s->total_s);
        buf_printf(p->text, "      %6llds      %6llus", (long long)average_of(s),
                   (unsigned long long)s->longest_s);
        pflogsumm_line(p);
    }
}

static void
session_hour(struct pflogsumm *p, unsigned hour, bool is_average)
{
    const struct tally_sessions *s = &p->tally->hour_sessions[hour];
    double count = (double)s->count, seconds = (double)s->total_s;
    unsigned days = tally_days_of_hour(p->tally, hour);

    if (is_average) {
        count = count / days + .5;
        seconds = seconds / days + .5;
    }
    pflogsumm_hour(p, hour);
    buf_add_text(p->text, "   ");
    pflogsumm_number(p, count);
    buf_add_text(p->text, "       ");
    pflogsumm_clock(p, seconds);
    if (!is_average)
        buf_printf(p->text, "      %6llds      %6llus", (long long)average_of(s),
                   (unsigned long long)s->longest_s);
    pflogsumm_line(p);
}

static void
session_hours(struct pflogsumm *p, bool is_average)
{
    if (is_average) {
        pflogsumm_title(p, "Per-Hour SMTPD Connection Daily Average");
        buf_add_text(p->text, "    hour        connections    time conn.\n"
                              "    -------------------------------------\n");
    } else {
        pflogsumm_title(p, "Per-Hour SMTPD Connection Summary");
        buf_printf(
            p->text,
            "    hour        connections    time conn.    avg./conn.   max. time\n%s",
            session_line);
    }
    for (unsigned hour = 0; hour < 24; hour++)
        if (p->tally->hour_sessions[hour].count)
            session_hour(p, hour, is_average);
}

static double
by_sessions(const struct texts *t, uint32_t number)
{
    return (double)((const struct tally_sessions *)texts_value(t, number))->count;
}

static double
by_seconds(const struct texts *t, uint32_t number)
{
    return (double)((const struct tally_sessions *)texts_value(t, number))->total_s;
}

static void
session_domains(struct pflogsumm *p)
{
    const struct texts *t = &p->tally->session_domains;
    uint32_t *rows = pflogsumm_sorted(t, by_sessions, by_seconds, false);

    domain_title(p, "SMTPD Connections");
    buf_add_text(p->text,
                 " connections  time conn.  avg./conn.  max. time  host/domain\n"
                 " -----------  ----------  ----------  ---------  -----------\n");
    for (uint32_t i = 0; i < rows_of(t->count, p->o->hosts); i++) {
        const struct tally_sessions *s = texts_value(t, rows[i]);

        buf_add_text(p->text, "  ");
        pflogsumm_number(p, (double)s->count);
        buf_add_text(p->text, "      ");
        pflogsumm_clock(p, (double)s->total_s);
        buf_printf(p->text, "     %6llds    %6llus   ", (long long)average_of(s),
                   (unsigned long long)s->longest_s);
        pflogsumm_add(p, texts_text(t, rows[i]));
        pflogsumm_line(p);
    }
    mem_free(rows);
}

void
pflogsumm_sessions(struct pflogsumm *p, bool is_average)
{
    if (is_average)
        session_days(p);
    session_hours(p, is_average);
    if (p->o->hosts != 0)
        session_domains(p);
}

/* --- users --- */

static void
users(struct pflogsumm *p, const struct texts *t, const char *title,
      pflogsumm_worth_fn *worth)
{
    uint32_t *rows;

    if (p->o->users == 0 ||
        !pflogsumm_list_title(p, title, p->o->users, t->count == 0, p->o->is_quiet))
        return;
    rows = pflogsumm_sorted(t, worth, NULL, true);
    for (uint32_t i = 0; i < rows_of(t->count, p->o->users); i++) {
        buf_add_byte(p->text, ' ');
        pflogsumm_number(p, worth(t, rows[i]));
        buf_add_text(p->text, "  ");
        pflogsumm_add(p, texts_text(t, rows[i]));
        pflogsumm_line(p);
    }
    mem_free(rows);
}

void
pflogsumm_users(struct pflogsumm *p)
{
    const struct tally *t = p->tally;

    users(p, &t->senders, "Senders by message count", by_messages);
    users(p, &t->recipients, "Recipients by message count", by_messages);
    users(p, &t->senders, "Senders by message size", by_bytes);
    users(p, &t->recipients, "Recipients by message size", by_bytes);
}

static double
by_nothing(const struct texts *t, uint32_t number)
{
    (void)t;
    (void)number;
    return 0;
}

void
pflogsumm_unsized(struct pflogsumm *p)
{
    const struct texts *t = &p->tally->unsized;
    uint32_t *rows;

    if (!pflogsumm_list_title(p, "Messages with no size data", 0, t->count == 0, true))
        return;
    rows = pflogsumm_sorted(t, by_nothing, NULL, false);
    for (uint32_t i = 0; i < t->count; i++) {
        const uint32_t *recipient = texts_value(t, rows[i]);

        buf_add_byte(p->text, ' ');
        pflogsumm_add(p, texts_text(t, rows[i]));
        buf_add_text(p->text, "  ");
        pflogsumm_add(p, texts_text(&p->tally->recipients, *recipient));
        pflogsumm_line(p);
    }
    mem_free(rows);
}
