/* main.cf and master.cf of Postfix, of the same text. */
#include "base/mem.h"
#include "doctor/detect_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct buf out = {0};
    struct machine m = {0};

    detect_main_cf(&m, text, "/nonexistent");
    detect_master_cf(&m, text);
    must(m.mynetworks.count <= MACHINE_ADDRESSES_MAX);
    must(m.services[MACHINE_POSTFIX].ports.count <= CONFIG_PORTS_MAX);
    detect_print(&m, NULL, &out);
    detect_print_json(&m, NULL, &out);
    buf_fini(&out);
    return 0;
}
