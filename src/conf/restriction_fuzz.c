#include "conf/restriction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Any bytes are a list or told of; a name of one is read as the same restriction again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct restriction_list list, again;
    struct dns_spec spec;
    struct buf why = {0};
    unsigned line;

    if (restriction_list_read((struct span){(const char *)data, len}, &list, &why,
                              &line)) {
        for (size_t i = 0; i < list.count; i++) {
            if (!restriction_list_read(span_of(list.items[i].name), &again, &why,
                                       &line) ||
                again.count != 1 || again.items[0].kind != list.items[i].kind)
                abort();
            restriction_list_fini(&again);
        }
        restriction_list_fini(&list);
    } else if (why.len == 0) {
        abort();
    }
    if (dns_spec_read((struct span){(const char *)data, len}, true, &spec, &why) &&
        !host_is_name(span_of(spec.zone.text)))
        abort();
    buf_fini(&why);
    return 0;
}
