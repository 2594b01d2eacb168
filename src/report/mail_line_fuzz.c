/* Any line is read within itself, and numbers are what they can be. */
#include "base/mem.h"
#include "report/mail_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_within(struct span whole, struct span part)
{
    /* Parts that are texts of our own, as "pass", lie elsewhere. */
    must(!part.len || part.len <= whole.len || part.len < 16);
    if (part.len && part.ptr >= whole.ptr && part.ptr <= whole.ptr + whole.len)
        must(part.ptr + part.len <= whole.ptr + whole.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const instances[] = {"mx", NULL};
    struct span raw = {(const char *)data, size};
    struct mail_line m;
    struct line l;

    line_split(raw, &l);
    must(mail_line_repeated(&l.message) >= 1);
    mail_line_read(&l, instances, &m);
    must(m.kind < MAIL_KINDS && mail_kind_name(m.kind)[0] != '?');
    must(m.size >= -1 && m.nrcpt >= -1 && m.delay_us >= -1);
    must(m.code == 0 || (m.code >= 200 && m.code < 600));
    for (int i = 0; i < MAIL_DELAYS; i++)
        must(m.delays_us[i] >= -1);
    for (const struct span *s = &m.instance; s <= &m.dsn; s++)
        check_within(raw, *s);
    return 0;
}
