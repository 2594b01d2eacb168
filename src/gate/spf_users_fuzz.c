#include "base/mem.h"
#include "gate/spf_users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Any bytes are users or told of, with a line. The first line is a recipient. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct span rest = {(const char *)data, len}, recipient = {0};
    struct spf_knobs base = spf_knobs_by_rule();
    struct spf_users *users;
    struct buf why = {0};
    unsigned line = 0;

    if (!span_line(&rest, &recipient))
        return 0;
    users = spf_users_read(rest, &base, &why, &line);
    if (users) {
        const struct spf_knobs *k = spf_users_find(users, recipient);

        must(!k || (k->header_type == base.header_type && k->users.len == 0));
    } else {
        must(line > 0 && why.len > 0);
    }
    spf_users_drop(users);
    buf_fini(&why);
    return 0;
}
