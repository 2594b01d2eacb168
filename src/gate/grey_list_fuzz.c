/* Fuzz target: a white list, of clients and of recipients, and a look at each. */
#include "base/mem.h"
#include "gate/grey_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_one(enum grey_list_kind kind, struct span text, struct span asked)
{
    struct grey_list *l = grey_list_new(kind);
    struct buf notes = {0};
    struct conf_errors e = {.text = &notes};
    struct addr a = addr_from_bytes(4, "\xC0\x00\x02\x07");
    bool is_listed;

    grey_list_add(l, text, "list", &e);
    grey_list_seal(l);
    if (kind == GREY_LIST_CLIENTS)
        is_listed = grey_list_has_client(l, &a, asked);
    else
        is_listed = grey_list_has_recipient(l, asked);
    must(is_listed == (kind == GREY_LIST_CLIENTS ? grey_list_has_client(l, &a, asked)
                                                 : grey_list_has_recipient(l, asked)));
    grey_list_free(l);
    buf_fini(&notes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size}, asked = text;

    if (!span_line(&asked, &asked) || size > 4096)
        return 0;
    try_one(GREY_LIST_CLIENTS, text, asked);
    try_one(GREY_LIST_RECIPIENTS, text, asked);
    return 0;
}
