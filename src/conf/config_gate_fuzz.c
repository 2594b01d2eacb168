#include "conf/config_gate_print.h"
#include "conf/load_gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Whatever was printed must be lines that a terminal bears. */
static void
check_text(const struct buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->ptr[i]; /* of letters that are not ASCII */

        if ((c < ' ' && c != '\n') || c == 0x7f)
            abort();
    }
}

/* Any bytes are sections of the gate or told of; what is taken is taken again as lines,
 * and fits together. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct config_gate_lines lines = {0};
    struct conf_errors e = {0};
    struct buf errors = {0}, why = {0}, text = {0};
    struct config_gate c;
    struct ini ini = {0};

    e.text = &errors;
    ini_parse(&ini, (struct span){(const char *)data, len}, "fuzz", &e);
    load_gate(&ini, &lines, &e);
    config_gate_init(&c);
    if (e.count == 0 && (!load_gate_lines(&lines, &c, &why) || c.profile_count == 0))
        abort();
    if (e.count && errors.len == 0)
        abort();
    config_gate_print(&lines, &text);
    check_text(&text);
    config_gate_fini(&c);
    config_gate_lines_fini(&lines);
    ini_fini(&ini);
    buf_fini(&errors);
    buf_fini(&why);
    buf_fini(&text);
    return 0;
}
