#include "report/day.h"

#include "base/mem.h"
#include "report/checks_pack.h"
#include "report/deeds_pack.h"
#include "report/judged_pack.h"
#include "report/tally_pack.h"
#include "report/visits_pack.h"

struct report_day *
report_day_new(int64_t day, size_t budget_bytes)
{
    struct report_day *d = report_day_figures(budget_bytes);

    d->day = day;
    d->visits = mem_zalloc(1, sizeof(*d->visits));
    visits_init(d->visits, INT64_MIN);
    d->checks = mem_zalloc(1, sizeof(*d->checks));
    checks_init(d->checks);
    return d;
}

struct report_day *
report_day_figures(size_t budget_bytes)
{
    struct report_day *d = mem_zalloc(1, sizeof(*d));

    d->tally = tally_new(&(struct tally_options){.budget_bytes = budget_bytes});
    d->deeds = deeds_new();
    return d;
}

void
report_day_judge(struct report_day *d)
{
    d->judged = mem_zalloc(1, sizeof(*d->judged));
    d->judging = mem_zalloc(1, sizeof(*d->judging));
    d->deeds->is_judged = true;
}

void
report_day_free(struct report_day *d)
{
    if (!d)
        return;
    if (d->visits)
        visits_fini(d->visits);
    if (d->checks)
        checks_fini(d->checks);
    if (d->judged)
        judged_free(d->judged);
    if (d->judging)
        judged_free(&d->judging->base);
    mem_free(d->visits);
    mem_free(d->checks);
    mem_free(d->judged);
    mem_free(d->judging);
    deeds_free(d->deeds);
    tally_free(d->tally);
    mem_free(d);
}

void
report_line_read_here(struct report_line *l, const char *const *instances)
{
    l->times = mail_line_repeated(&l->line.message);
    mail_line_read(&l->line, instances, &l->mail);
}

void
report_line_read(const struct line *line, const char *const *instances,
                 struct report_line *out)
{
    out->line = *line;
    report_line_read_here(out, instances);
}

void
report_day_mail(struct report_day *d, int64_t wall_us, const struct report_line *l)
{
    struct span host = span_head(l->line.host, REPORT_MACHINE_MAX);

    if (d->machine_len == 0 && l->mail.kind != MAIL_FOREIGN && host.len) {
        d->machine_len = (uint8_t)host.len;
        memcpy(d->machine, host.ptr, host.len);
    }
    tally_line(d->tally, wall_us, &l->line, &l->mail, l->times);
}

void
report_day_line(struct report_day *d, int64_t wall_us, const struct report_line *l)
{
    report_day_mail(d, wall_us, l);
    deeds_line(d->deeds, wall_us, &l->mail, l->times);
    if (!d->visits)
        return;
    visits_line(d->visits, wall_us, &l->mail, l->times);
    checks_line(d->checks, &l->mail, l->times);
}

static void
pack_judging(struct pack *p, struct report_judging *j)
{
    pack_u64(p, &j->rules);
    pack_u64(p, &j->events_bytes);
    pack_bool(p, &j->is_cut);
    pack_u64(p, &j->base_bytes);
    judged_pack(p, &j->base);
}

static void
pack_judged(struct pack *p, struct report_day *d)
{
    bool is_judged = d->judged != NULL;

    pack_bool(p, &is_judged);
    if (!is_judged)
        return;
    if (!p->out)
        report_day_judge(d);
    judged_pack(p, d->judged);
    pack_judging(p, d->judging);
}

void
report_day_pack(struct pack *p, struct report_day *d)
{
    pack_i64(p, &d->day);
    pack_u64(p, &d->gaps);
    pack_chars(p, d->machine, &d->machine_len, sizeof(d->machine));
    tally_pack(p, d->tally);
    deeds_pack(p, d->deeds);
    visits_pack(p, d->visits);
    checks_pack(p, d->checks);
    pack_judged(p, d);
}
