#include "conf/machine.h"

const char *
machine_service_name(enum machine_service_id id)
{
#define NAME(NAME, name) name,
    static const char *const names[MACHINE_SERVICES] = {MACHINE_LIST(NAME)};
#undef NAME

    return (size_t)id < MACHINE_SERVICES ? names[id] : "?";
}
