/* Fuzz target: the lines of a policy request. */
#include "base/mem.h"
#include "gate/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gate_request r;
    enum gate_read read = gate_request_read((struct span){(const char *)data, size}, &r);

    must(r.state < GATE_STATES);
    for (size_t i = 0; i < GATE_ATTRIBUTES; i++)
        must(r.values[i].len <= GATE_VALUE_MAX);
    must(read != GATE_READ || r.values[GATE_REQUEST].len);
    return 0;
}
