/* Reads pickles from stdin, each behind its length (u32, little-endian), and answers with
 * what repr() says and with a pickle of our own, each so; a length of 2^32-1: refused.
 * For test/conformance/pickle. */
#include <stdio.h>

#include "base/mem.h"
#include "compat/pickle.h"

static void
answer(struct span text)
{
    uint32_t len = (uint32_t)text.len;

    must(fwrite(&len, sizeof(len), 1, stdout) == 1);
    must(fwrite(text.ptr, 1, text.len, stdout) == text.len);
}

static void
echo(struct span bytes)
{
    struct pickle_arena arena = {0};
    struct buf text = {0}, again = {0};
    const char *why;
    const struct pickle_value *v = pickle_read(&arena, bytes, 0, &why);
    uint32_t none = UINT32_MAX;

    if (v) {
        pickle_repr(&text, v);
        pickle_write(&again, v);
        answer(buf_span(&text));
        answer(buf_span(&again));
    } else {
        must(fwrite(&none, sizeof(none), 1, stdout) == 1);
    }
    buf_fini(&text);
    buf_fini(&again);
    pickle_arena_fini(&arena);
}

int
main(void)
{
    uint32_t len;

    while (fread(&len, sizeof(len), 1, stdin) == 1) {
        char *bytes = mem_zalloc(1, (size_t)len + 1);

        must(fread(bytes, 1, len, stdin) == len);
        echo((struct span){bytes, len});
        mem_free(bytes);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
