/* Fuzz target: whatever a client sends as a pickle, and what is read is written and read
 * again to the same. */
#include "base/mem.h"
#include "compat/pickle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
again(const struct pickle_value *v)
{
    struct pickle_arena arena = {0};
    struct buf bytes = {0}, one = {0}, other = {0};
    const struct pickle_value *read;
    const char *why;

    pickle_write(&bytes, v);
    pickle_repr(&one, v);
    if (!bytes.is_cut && bytes.len <= PICKLE_BYTES_MAX) {
        read = pickle_read(&arena, buf_span(&bytes), PICKLE_OBJECTS, &why);
        must(read);
        pickle_repr(&other, read);
        must(span_eq(buf_span(&one), buf_span(&other)));
    }
    pickle_arena_fini(&arena);
    buf_fini(&bytes);
    buf_fini(&one);
    buf_fini(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};

    for (unsigned flags = 0; flags <= PICKLE_OBJECTS; flags++) {
        struct pickle_arena arena = {0};
        const char *why = NULL;
        const struct pickle_value *v = pickle_read(&arena, bytes, flags, &why);

        must((v == NULL) == (why != NULL));
        if (v)
            again(v);
        pickle_arena_fini(&arena);
    }
    return 0;
}
