#include "report/day.h"

#include "base/mem.h"
#include "report/deeds_pack.h"
#include "report/tally_pack.h"

struct report_day *
report_day_new(int64_t day, size_t budget_bytes)
{
    struct report_day *d = mem_zalloc(1, sizeof(*d));

    d->day = day;
    d->tally = tally_new(&(struct tally_options){.budget_bytes = budget_bytes});
    d->deeds = deeds_new();
    return d;
}

void
report_day_free(struct report_day *d)
{
    if (!d)
        return;
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
}

void
report_day_pack(struct pack *p, struct report_day *d)
{
    pack_i64(p, &d->day);
    pack_u64(p, &d->gaps);
    pack_chars(p, d->machine, &d->machine_len, sizeof(d->machine));
    tally_pack(p, d->tally);
    deeds_pack(p, d->deeds);
}
