/* Fuzz target: a macro-string, and behind a line feed what its macros stand for. */
#include "base/mem.h"
#include "spf/spf_macro.h"

enum { LIMIT = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = {(const char *)data, size}, text = all, value = SPAN("example.org");
    struct buf out = buf_bounded(LIMIT);
    struct spf_facts facts = {.client = {4, 32, {192, 0, 2, 1}}};

    if (span_cut(all, SPAN("\n"), &text, &value) && value.len > 400)
        value.len = 400;
    facts.local = facts.sender = facts.domain = facts.helo = value;
    facts.ptr_name = facts.receiver = value;
    must(!spf_macro_is_domain(text) || spf_macro_is_string(text, SPF_IN_RECORD));
    must(!spf_macro_is_string(text, SPF_IN_RECORD) ||
         spf_macro_is_string(text, SPF_IN_EXPLANATION));
    if (spf_macro_is_string(text, SPF_IN_EXPLANATION))
        must(spf_macro_expand(text, &facts, &out) || out.is_cut || !value.ptr ||
             value.len > 300);
    must(out.len <= LIMIT);
    buf_fini(&out);
    return 0;
}
