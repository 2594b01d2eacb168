/* Any log is counted and printed: no control byte comes out but the ends of lines. The
 * first byte chooses options. */
#include "base/mem.h"
#include "report/pflogsumm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(void *ctx, struct buf *text)
{
    (void)ctx;
    for (size_t i = 0; i < text->len; i++)
        must((unsigned char)text->ptr[i] >= ' ' || text->ptr[i] == '\n');
    buf_clear(text);
}

static void
count(struct tally *t, struct span text)
{
    struct mail_line m;
    struct span raw;
    struct line l;
    int64_t us = 0;

    while (span_line(&text, &raw)) {
        line_split(raw, &l);
        if (!line_time(&l, INT64_C(1795168800000000), &us))
            us += 1000000;
        (void)mail_line_repeated(&l.message);
        mail_line_read(&l, NULL, &m);
        tally_line(t, us, &l, &m, 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bits = size ? data[0] : 0;
    struct tally_options options = {
        .address = {.ignores_case = bits & 1,
                    .swaps_bangs = bits & 2,
                    .verp = bits & 4 ? 2 : 0},
        .width = bits & 8 ? TALLY_WIDTH : 0,
        .is_verbose = bits & 16,
        .adds_sender = bits & 32,
        .adds_recipient = bits & 32,
        .is_whole = true,
        .has_messages = bits & 64,
        .has_sessions = bits & 128,
        .budget_bytes = 1 << 20,
    };
    const struct pflogsumm_options layout = {.hosts = -1,
                                             .users = -1,
                                             .bounces = -1,
                                             .deferrals = -1,
                                             .rejects = -1,
                                             .unreached = -1,
                                             .warnings = -1};
    struct buf text = {0};
    const struct pflogsumm_out out = {&text, check_text, NULL};
    struct tally *t = tally_new(&options);

    if (size)
        count(t, (struct span){(const char *)data + 1, size - 1});
    pflogsumm_print(t, &layout, &out);
    tally_free(t);
    buf_fini(&text);
    return 0;
}
