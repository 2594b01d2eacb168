/* The totals: whatever stands in the file is refused, or can be shown, and written and
 * read again as the same. */
#include "report/keeper_internal.h"

#include "base/mem.h"
#include "report/digest.h"
#include "report/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_again(struct keeper *k)
{
    struct buf first = buf_bounded(KEEPER_FILE_MAX),
               second = buf_bounded(KEEPER_FILE_MAX);
    struct keeper *other = keeper_new(-1, 1, NULL);
    struct pack p = {.out = &first};

    for (size_t i = 0; i < k->source_count; i++)
        k->sources[i].is_wanted = true;
    keeper_pack(&p, k);
    p = (struct pack){.in = buf_span(&first)};
    keeper_pack(&p, other);
    must(!p.is_bad && p.in.len == 0);
    for (size_t i = 0; i < other->source_count; i++)
        other->sources[i].is_wanted = true;
    p = (struct pack){.out = &second};
    keeper_pack(&p, other);
    must(span_eq(buf_span(&first), buf_span(&second)));
    buf_fini(&first);
    buf_fini(&second);
    keeper_free(other);
}

static void
show(const struct report_day *d)
{
    struct buf out = {0};
    struct document doc;

    document_init(&doc);
    digest_make(&(struct digest){.tally = d->tally,
                                 .deeds = d->deeds,
                                 .rows = DIGEST_ROWS,
                                 .visits = d->visits,
                                 .checks = d->checks,
                                 .judged = d->judged},
                &doc);
    print_json(&doc, LANGUAGE_ENGLISH, &out);
    print_prometheus(&doc, &out);
    document_fini(&doc);
    buf_fini(&out);
}

/* is_walked: as whoever prints a report of so many rows reads it. */
static void
read_and_show(const uint8_t *data, size_t size, bool is_walked, size_t rows)
{
    struct pack p = {
        .in = {(const char *)data, size}, .is_walked = is_walked, .rows = rows};
    struct keeper *k = keeper_new(-1, 1, NULL);

    keeper_pack(&p, k);
    if (!p.is_bad && p.in.len == 0) {
        for (size_t i = 0; i < k->open_count; i++)
            show(k->open[i].day);
        if (!is_walked)
            write_again(k);
    }
    keeper_free(k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_and_show(data, size, false, 0);
    read_and_show(data, size, true, 0);
    read_and_show(data, size, true, DIGEST_ROWS);
    return 0;
}
