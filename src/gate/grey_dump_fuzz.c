/* Fuzz target: the text of db_dump. */
#include "base/mem.h"
#include "gate/grey_dump.h"
#include "gate/grey_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(void *ctx, struct span key, struct span value)
{
    struct span client, sender, recipient;

    must(key.len <= GREY_DUMP_LINE_MAX && value.len <= GREY_DUMP_LINE_MAX);
    *(size_t *)ctx += 1;
    if (!grey_triplet_cut(key, &client, &sender, &recipient))
        return;
    must(client.len + sender.len + recipient.len + 2 == key.len);
    must(client.len == 0 || client.ptr == key.ptr);
    must(recipient.len == 0 || recipient.ptr + recipient.len == key.ptr + key.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size}, line;
    size_t pairs = 0, lines = 0;
    struct grey_dump d = {.fn = take, .ctx = &pairs};

    while (span_line(&text, &line) && grey_dump_line(&d, line))
        lines++;
    must(2 * (pairs + d.broken) <= lines + 1);
    grey_dump_fini(&d);
    return 0;
}
