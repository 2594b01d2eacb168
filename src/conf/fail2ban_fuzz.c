/* A directory of fail2ban's in memory: the input is its files, each behind a line that is
 * a NUL byte and its name. Read to the end, and every command made. */
#include "base/mem.h"
#include "conf/fail2ban_native.h"

enum { FILES_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use(const struct fail2ban_action *a)
{
    static const enum fail2ban_family families[] = {FAIL2BAN_ANY, FAIL2BAN_INET4,
                                                    FAIL2BAN_INET6};
    struct fail2ban_native n = {0};

    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        struct buf text = {0};

        if (fail2ban_command(a, "actionban", families[i], &text))
            must(text.len <= FAIL2BAN_TEXT_MAX);
        buf_fini(&text);
    }
    if (fail2ban_native(a, &n))
        must(n.is_all || n.ports.len);
    fail2ban_native_fini(&n);
}

static void
check(const struct fail2ban *f, const struct conf_errors *e)
{
    must(!f->failure || e->count);
    for (size_t i = 0; i < f->jail_count; i++) {
        const struct fail2ban_jail *j = &f->jails[i];

        must(!j->refused || e->count);
        for (size_t k = 0; k < j->action_count && !j->refused; k++)
            use(&j->actions[k]);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, file, name;
    struct conf_builtin files[FILES_MAX + 1] = {0};
    struct fail2ban_request r = {.directory = "/f", .files = files, .is_blind = true};
    struct buf told = {0};
    struct conf_errors e = {.text = &told};
    struct fail2ban f;
    size_t count = 0;

    if (!span_cut(rest, (struct span){"", 1}, &file, &rest))
        rest = (struct span){0};
    while (rest.len && count < FILES_MAX) {
        if (!span_cut(rest, (struct span){"", 1}, &file, &rest)) {
            file = rest;
            rest = (struct span){0};
        }
        if (span_line(&file, &name) && name.len)
            files[count++] = (struct conf_builtin){mem_copy_text(name.ptr, name.len),
                                                   file.ptr, file.len};
    }
    fail2ban_read(&r, &f, &e);
    check(&f, &e);
    fail2ban_fini(&f);
    for (size_t i = 0; i < count; i++)
        mem_free((void *)(uintptr_t)files[i].name);
    buf_fini(&told);
    return 0;
}
