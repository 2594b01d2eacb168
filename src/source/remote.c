#include "source/remote.h"

#include <netinet/in.h>

struct addr
remote_addr(const struct sockaddr_storage *from)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;

    if (from->ss_family == AF_INET) {
        memcpy(&in4, from, sizeof(in4));
        return addr_from_bytes(4, &in4.sin_addr);
    }
    if (from->ss_family == AF_INET6) {
        memcpy(&in6, from, sizeof(in6));
        return addr_from_bytes(6, &in6.sin6_addr);
    }
    return (struct addr){0};
}

bool
remote_is_listed(const struct addr *list, size_t count, const struct addr *who)
{
    for (size_t i = 0; i < count; i++)
        if (who->family && addr_contains(&list[i], who))
            return true;
    return false;
}
