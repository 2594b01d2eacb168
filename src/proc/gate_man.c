/* gate_man: the manual: a frame that is written by hand, with the options of its tables.
 */
#include <errno.h>

#include "gate.h"

#define MARK ".\\\" OPTIONS " /* and a section: its options stand here */

enum { MANUAL_MAX = 64 << 10 };

static void
add_options(struct buf *out, struct span section)
{
    buf_add_text(out, ".Bl -tag -width Ds\n");
    for (const struct config_gate_part *p = config_gate_parts; p->section; p++)
        if (span_eq(section, span_of(p->section)))
            options_add_man(p->table, *p->count, out);
    buf_add_text(out, ".El\n");
}

int
gate_man(void)
{
    static char text[MANUAL_MAX];
    struct span frame = {text, fread(text, 1, sizeof(text), stdin)}, line;
    struct buf out = {0};
    bool is_written;

    while (span_line(&frame, &line)) {
        if (span_take(&line, SPAN(MARK))) {
            add_options(&out, line);
        } else {
            buf_add(&out, line);
            buf_add_byte(&out, '\n');
        }
    }
    is_written = fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_fini(&out);
    if (!is_written)
        (void)fprintf(stderr, "komainu-gate: cannot write: %s\n", strerror(errno));
    return is_written ? 0 : 1;
}
