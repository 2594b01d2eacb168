#include "resolve/answer.h"

#include <netinet/in.h>

#include "resolve/records.h"

static bool
add_address(struct resolve_answer *answer, const struct sockaddr *sa)
{
    struct addr a = {0};

    if (sa->sa_family == AF_INET)
        a = addr_from_bytes(4, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
    else if (sa->sa_family == AF_INET6)
        a = addr_from_bytes(6,
                            &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
    if (a.family == 0 || answer->count == RESOLVE_ADDRESSES_MAX)
        return false;
    for (size_t i = 0; i < answer->count; i++)
        if (addr_eq(&answer->addresses[i], &a))
            return true;
    answer->addresses[answer->count++] = a;
    return true;
}

struct resolve_answer
answer_of_addresses(int status, const struct ares_addrinfo *info)
{
    struct resolve_answer answer = {.outcome = RESOLVE_FAILED};
    int64_t ttl_s = RESOLVE_TTL_MAX_S;

    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
        answer.outcome = RESOLVE_NONE;
        answer.ttl_s = RESOLVE_TTL_NONE_S;
    }
    if (status != ARES_SUCCESS || !info)
        return answer;
    for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next)
        if (add_address(&answer, n->ai_addr) && n->ai_ttl < ttl_s)
            ttl_s = n->ai_ttl;
    for (const struct ares_addrinfo_cname *n = info->cnames; n; n = n->next)
        if (n->ttl < ttl_s)
            ttl_s = n->ttl;
    answer.outcome = answer.count ? RESOLVE_FOUND : RESOLVE_NONE;
    answer.ttl_s = (uint32_t)(ttl_s < RESOLVE_TTL_MIN_S ? RESOLVE_TTL_MIN_S : ttl_s);
    if (answer.count == 0)
        answer.ttl_s = RESOLVE_TTL_NONE_S;
    return answer;
}

struct resolve_answer
answer_of_records(int status, struct span packet, enum host_record record,
                  struct buf *records)
{
    struct resolve_answer answer = {.outcome = RESOLVE_FAILED};
    uint32_t ttl_s = 0;

    if (status == ARES_SUCCESS && !records_read(packet, record, records, &ttl_s))
        return answer;
    if (status != ARES_SUCCESS && status != ARES_ENOTFOUND && status != ARES_ENODATA)
        return answer;
    answer.records = buf_span(records);
    answer.outcome = records->len ? RESOLVE_FOUND : RESOLVE_NONE;
    answer.ttl_s = answer.outcome == RESOLVE_NONE ? RESOLVE_TTL_NONE_S
                   : ttl_s < RESOLVE_TTL_MIN_S    ? RESOLVE_TTL_MIN_S
                   : ttl_s > RESOLVE_TTL_MAX_S    ? RESOLVE_TTL_MAX_S
                                                  : ttl_s;
    return answer;
}
