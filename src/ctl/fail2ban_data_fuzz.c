/* The JSON of a ban: whatever is in it, what is kept has its bounds. */
#include "base/mem.h"
#include "ctl/fail2ban_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fail2ban_data d = {0};
    bool is_good = fail2ban_data_read((struct span){(const char *)data, size}, &d);

    must(!is_good || size >= 2);
    must(d.match_count <= FAIL2BAN_DATA_MATCHES_MAX);
    must(d.user.len <= FAIL2BAN_DATA_USER_MAX);
    for (size_t i = 0; i < d.match_count; i++)
        must(d.matches[i].len <= FAIL2BAN_DATA_LINE_MAX);
    fail2ban_data_fini(&d);
    return 0;
}
