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
    struct ticket t = {.matches = span_head(all, half), .groups = span_from(all, half)};
    struct ticket_words w = {.ticket = &t};
    struct ticket_command c = {0};

    ticket_command(&w, "[<matches>|<F-USER>]", &c);
    for (size_t i = 0; i < c.text.len; i++)
        must(!strchr("\\#&;`*?~<>^(){}'\"\r", c.text.ptr[i]));
    must(c.count <= 2);
    if (c.count == 0) /* all is plain */
        must(c.text.len == size + strlen("[|]"));
    else
        must(c.text.len < size + 2 * sizeof(fixed));
    ticket_command_fini(&c);
    return 0;
}
