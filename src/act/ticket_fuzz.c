/* What a log says, in the tags of a command: none of its bytes may reach the shell text
 * unless they are plain there. */
#include <stdint.h>

#include "act/ticket.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char fixed[] = "f2bV_matches=$0 f2bV_F_user=$1 \n[$f2bV_matches|]";
    struct span all = {(const char *)data, size};
    size_t half = size / 2;
    bool is_one_group = span_find_byte(span_from(all, half), '\0') < 0;
    struct buf groups = {0};
    struct ticket t = {.matches = span_head(all, half)};
    struct ticket_words w = {.ticket = &t};
    struct ticket_command c = {0};

    buf_add(&groups, SPAN("user\0"));
    buf_add(&groups, span_from(all, half));
    buf_add_byte(&groups, '\0');
    t.groups = buf_span(&groups);
    ticket_command(&w, "[<matches>|<F-USER>]", &c);
    for (size_t i = 0; i < c.text.len; i++)
        must(!strchr("\\#&;`*?~<>^(){}'\"\r", c.text.ptr[i]));
    must(c.count <= 2);
    if (c.count == 0 && is_one_group) /* all is plain */
        must(c.text.len == size + strlen("[|]"));
    else
        must(c.text.len < size + 2 * sizeof(fixed));
    ticket_command_fini(&c);
    buf_fini(&groups);
    return 0;
}
