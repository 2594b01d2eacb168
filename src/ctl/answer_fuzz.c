/* answer_take() and everything that shows what it took: whatever judge sends, the text
 * for a terminal holds no control bytes but line feeds. */
#include "base/mem.h"
#include "ctl/answer.h"
#include "ctl/show.h"
#include "metrics/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(struct buf *out)
{
    for (size_t i = 0; i < out->len; i++)
        must((unsigned char)out->ptr[i] >= ' ' || out->ptr[i] == '\n');
    buf_clear(out);
}

static void
show_all(struct span frames, struct buf *out)
{
    struct screen s = {.columns = 80, .now_us = INT64_C(1795312405) * SECOND_US};
    struct addr who = addr_from_bytes(4, "\xC0\x00\x02\x01");
    size_t bans, lines;
    bool is_known;

    show_status(frames, &s, out);
    check_text(out);
    bans = show_bans(frames, &s, out);
    check_text(out);
    is_known = show_why(frames, &who, &s, out);
    check_text(out);
    show_jails(frames, &s, out);
    check_text(out);
    show_jail(frames, &s, out);
    check_text(out);
    show_jails_json(frames, &s, true, out);
    check_text(out);
    show_jail_json(frames, &s, out);
    check_text(out);
    lines = show_allowed(frames, &s, out);
    check_text(out);
    must(show_allowed_json(frames, &s, true, out) == lines);
    check_text(out);
    metrics_add(frames, text_foreign, out);
    check_text(out);
    show_news(frames, &s, out);
    check_text(out);
    show_status_json(frames, &s, out);
    check_text(out);
    lines = show_bans_json(frames, &s, true, out);
    must(bans == lines);
    check_text(out);
    must(show_why_json(frames, &who, &s, out) == is_known);
    check_text(out);
    is_known = show_why_account(frames, SPAN("a"), &s, out);
    check_text(out);
    must(show_why_account_json(frames, SPAN("a"), &s, out) == is_known);
    check_text(out);
    lines = show_campaigns(frames, &s, out);
    check_text(out);
    must(show_campaigns_json(frames, &s, true, out) == lines);
    check_text(out);
    must(show_campaigns_table(frames, &s, out) == lines);
    check_text(out);
    must(show_bans_folded(frames, &s, out) == bans);
    check_text(out);
    show_news_json(frames, out);
    check_text(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packet = {(const char *)data, size};
    struct answer a = {0};
    struct buf out = {0};

    if (answer_take(&a, packet) != ANSWER_BAD)
        must(a.frames.len <= size);
    show_all(buf_span(&a.frames), &out);
    text_foreign(&out, packet);
    check_text(&out);
    answer_fini(&a);
    buf_fini(&out);
    return 0;
}
