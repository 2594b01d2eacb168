/* Foreign bytes as Python writes them: printable, in quotes, and nothing behind them. */
#include "base/mem.h"
#include "compat/regex_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct buf out = {0};

    fail2ban_repr(text, &out);
    must(out.len >= 2 && (out.ptr[0] == '\'' || out.ptr[0] == '"') &&
         out.ptr[out.len - 1] == out.ptr[0]);
    for (size_t i = 0; i < out.len; i++)
        must((unsigned char)out.ptr[i] >= ' ' && out.ptr[i] != 0x7F);
    buf_clear(&out);
    tool_text(&out, text);
    for (size_t i = 0; i < out.len; i++)
        must((unsigned char)out.ptr[i] >= ' ' || out.ptr[i] == '\t'); /* as fail2ban */
    buf_clear(&out);
    tool_date_name(&out, text);
    buf_fini(&out);
    return 0;
}
