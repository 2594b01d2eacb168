/* Fuzz target: the text of an SPF record. */
#include "base/mem.h"
#include "spf/spf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size};
    enum spf_read read = SPF_TERM;
    struct spf_term term;

    while (read == SPF_TERM) {
        size_t before = rest.len;

        read = spf_next_term(&rest, &term);
        must(read == SPF_END || rest.len < before);
        if (read != SPF_TERM)
            break;
        must(term.kind < SPF_KINDS && term.bits4 <= 32 && term.bits6 <= 128);
        must(!term.prefix.family || term.kind == SPF_IP4 || term.kind == SPF_IP6);
        must(term.domain.len || !spf_has_macro(term.domain));
    }
    return 0;
}
