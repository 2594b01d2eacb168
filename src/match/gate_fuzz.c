/* A gate and a subject: it opens exactly what has a text in the subject. The lines of the
 * input up to an empty one are texts, behind a digit (the expression) and a letter (bit
 * 0: any case, bit 1: at the beginning); the rest is the subject. */
#include "match/gate_naive.h"

enum { TEXTS_MAX = 64, EXPRESSIONS = 70 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
read_texts(struct span *input, struct gate_text texts[TEXTS_MAX])
{
    struct span line;
    size_t n = 0;

    while (n < TEXTS_MAX && span_line(input, &line) && line.len >= 2) {
        texts[n++] = (struct gate_text){
            .bytes = span_from(line, 2),
            .expression = (uint8_t)line.ptr[0] % EXPRESSIONS,
            .is_nocase = line.ptr[1] & 1,
            .is_anchored = line.ptr[1] & 2,
        };
    }
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size};
    struct gate_text texts[TEXTS_MAX];
    size_t count = read_texts(&input, texts);
    struct gate *g = gate_new(texts, count, EXPRESSIONS);

    must(naive_agrees(g, texts, count, input));
    g->look = gate_look_plain;
    must(naive_agrees(g, texts, count, input));
    gate_free(g);
    return 0;
}
