#include "compat/dump_command.h"

#include "compat/dump.h"

enum { DUMP_MAX = 256 << 20 }; /* bytes: every jail of Debian's has a tenth of one MiB */

bool
dump_command(const struct dump_wanted *w, struct buf *out, struct buf *err)
{
    struct fail2ban_request request = {.directory = w->directory};
    struct conf_errors e = {.text = err};
    struct fail2ban f;
    bool is_good = true;

    out->limit = DUMP_MAX;
    fail2ban_read(&request, &f, &e);
    if (!w->is_quiet)
        dump_defaults(&f, err);
    if (w->is_dump)
        is_good = dump_stream(&f, w->is_pretty ? DUMP_PRETTY : DUMP_PLAIN, out);
    if (w->is_test)
        is_good = dump_test(&f, out, err);
    if (w->is_test && is_good && !w->is_silent)
        buf_add_text(out, "OK: configuration test is successful\n");
    fail2ban_fini(&f);
    return is_good;
}
