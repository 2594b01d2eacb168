/* Fuzz target: an entry of another host, as it came and signed; what is read of it is
 * written again, byte for byte. */
#include "base/mem.h"
#include "share/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_again(const struct entry_head *head, struct span body, struct buf *out)
{
    struct entry_triplet t;
    struct entry_count c;
    struct entry_want w;

    entry_begin(out, head);
    switch (head->kind) {
    case ENTRY_TRIPLETS:
        while (entry_next_triplet(&body, &t))
            entry_add_triplet(out, &t);
        break;
    case ENTRY_COUNTS:
        while (entry_next_count(&body, &c))
            entry_add_count(out, &c);
        break;
    case ENTRY_WANT:
    case ENTRY_DONE:
        while (entry_next_want(&body, &w))
            entry_add_want(out, &w);
        break;
    case ENTRY_KINDS:
        bug("a kind that is none");
    }
    must(body.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hash_key key = {1, 2};
    struct span all = {(const char *)data, size}, body;
    struct buf sealed = {0}, again = {0};
    struct entry_head head;

    must(!entry_open(all, key, &head, &body) || size >= ENTRY_HEAD_BYTES);
    buf_add(&sealed, all);
    entry_seal(&sealed, key);
    if (size && entry_open(buf_span(&sealed), key, &head, &body)) {
        write_again(&head, body, &again);
        must(span_eq(buf_span(&again), all));
    }
    buf_fini(&sealed);
    buf_fini(&again);
    return 0;
}
