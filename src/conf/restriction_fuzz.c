#include "conf/restriction_class.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Any bytes are classes or told of; each is found by its name, and stands in a list. */
static void
read_classes(struct span text)
{
    struct restriction_classes classes;
    struct restriction_list list;
    struct buf why = {0};
    unsigned line;

    if (restriction_classes_read(text, &classes, &why, &line)) {
        for (size_t i = 0; i < classes.count; i++) {
            struct span name = span_of(classes.items[i].name);

            if (restriction_class_find(&classes, name) != &classes.items[i] ||
                !restriction_list_read(name, &classes, &list, &why, &line) ||
                list.count != 1 || list.items[0].kind != RESTRICTION_CLASS)
                abort();
            restriction_list_fini(&list);
        }
        restriction_classes_fini(&classes);
    } else if (why.len == 0) {
        abort();
    }
    buf_fini(&why);
}

/* Any bytes are a list or told of; a name of one is read as the same restriction again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct restriction_list list, again;
    struct dns_spec spec;
    struct buf why = {0};
    unsigned line;

    if (restriction_list_read((struct span){(const char *)data, len}, NULL, &list, &why,
                              &line)) {
        for (size_t i = 0; i < list.count; i++) {
            if (!restriction_list_read(span_of(list.items[i].name), NULL, &again, &why,
                                       &line) ||
                again.count != 1 || again.items[0].kind != list.items[i].kind)
                abort();
            restriction_list_fini(&again);
        }
        restriction_list_fini(&list);
    } else if (why.len == 0) {
        abort();
    }
    read_classes((struct span){(const char *)data, len});
    if (dns_spec_read((struct span){(const char *)data, len}, true, &spec, &why) &&
        !host_is_name(span_of(spec.zone.text)))
        abort();
    buf_fini(&why);
    return 0;
}
