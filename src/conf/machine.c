#include "conf/machine.h"

const char *
machine_service_name(enum machine_service_id id)
{
    static const char *const names[MACHINE_SERVICES] = {"postfix", "sshd", "dovecot"};

    return (size_t)id < MACHINE_SERVICES ? names[id] : "?";
}
