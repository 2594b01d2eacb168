/* komainu-journal: reads the systemd journal for the sensor and the reporter. See
 * journal.h. */
#include "journal.h"

#include "base/mem.h"

static void
on_frame(struct role *r, const struct wire_frame *f, int passed)
{
    struct reader *reader = r->ctx;
    struct wire_neighbour m;

    if (f->type == WIRE_NEIGHBOUR && wire_get_neighbour(f->fields, &m) && passed >= 0 &&
        m.role == ROLE_REPORTER) {
        reader_take_neighbour(&reader->links[READER_REPORTER], passed);
        return;
    }
    role_need_neighbour(r, ROLE_SENSOR, f, passed);
    reader_take_neighbour(&reader->links[READER_SENSOR], passed);
}

int
main(int argc, char **argv)
{
    static struct reader r;
    uint64_t since_us;

    if (argc == 5 && strcmp(argv[1], "--print") == 0 &&
        span_u64(span_of(argv[4]), 0, INT64_MAX, &since_us))
        return journal_print(argv[2], argv[3], (int64_t)since_us);
    role_begin(&r.role, ROLE_JOURNAL, false, argc, argv);
    r.role.on_frame = on_frame;
    r.role.ctx = &r;
    r.text = buf_bounded(JOURNAL_TEXT_MAX);
    reader_prepare_links(&r);
    reader_prepare(&r);
    role_enter(&r.role, SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_JOURNAL);
    return role_run(&r.role);
}
