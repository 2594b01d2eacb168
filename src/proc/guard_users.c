#include "guard.h"

#include "base/mem.h"

/* Fixed, and of no user: ids that no distribution hands out. */
enum { UID_FIRST = 70200 };

uid_t
guard_uid(enum wire_role role)
{
    static const uid_t ids[] = {[ROLE_SENSOR] = UID_FIRST + 1,
                                [ROLE_JUDGE] = UID_FIRST + 2,
                                [ROLE_ENFORCER] = UID_FIRST + 3,
                                [ROLE_JOURNAL] = UID_FIRST + 4};

    must((size_t)role < ARRAY_LEN(ids) && ids[role]);
    return ids[role];
}
