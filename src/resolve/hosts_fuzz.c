/* Fuzz target: the text of an /etc/hosts, and a name that is looked for in it. */
#include "base/mem.h"
#include "resolve/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size}, words = text, word;
    struct resolve_answer answer;
    struct hosts h;

    hosts_init(&h);
    hosts_read(&h, text);
    while (span_word(&words, &word))
        if (hosts_find(&h, word, &answer))
            must(answer.count > 0 && answer.count <= RESOLVE_ADDRESSES_MAX);
    hosts_fini(&h);
    return 0;
}
