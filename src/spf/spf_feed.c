#include "spf/spf_feed.h"

#include "base/mem.h"

enum { RECORD_BITS = 8, QUERY_BITS = 32, NUMBER_MAX = 1 << 24 };

void
spf_feed_ask(struct spf_check *c, struct resolver *r, uint32_t number, int64_t now_us)
{
    const struct spf_query *next;

    must(number < NUMBER_MAX);
    while ((next = spf_check_query(c))) {
        struct spf_query q = *next; /* that is gone when the answer comes at once */
        struct resolve_question question = {.record = q.record,
                                            .name = span_of(q.name.text)};

        question.id =
            ((uint64_t)number << QUERY_BITS | q.id) << RECORD_BITS | (uint8_t)q.record;
        resolver_ask(r, &question, now_us);
    }
}

uint32_t
spf_feed_number(uint64_t id)
{
    return (uint32_t)(id >> (QUERY_BITS + RECORD_BITS));
}

void
spf_feed_answer(struct spf_check *c, uint64_t id, const struct resolve_answer *answer)
{
    enum host_record record = (enum host_record)(id & UINT8_MAX);
    uint32_t query = (uint32_t)(id >> RECORD_BITS);
    struct span rest = answer->records;
    struct resolve_record one;

    while (resolve_next_record(&rest, &one))
        if (record == HOST_TXT) {
            spf_check_text(c, query, one.data);
        } else if (record == HOST_MX || record == HOST_PTR) {
            spf_check_host(c, query, one.data);
        } else {
            struct addr a = resolve_record_address(&one);

            spf_check_address(c, query, &a);
        }
    spf_check_answered(c, query,
                       answer->outcome == RESOLVE_FOUND  ? SPF_ANSWER_FOUND
                       : answer->outcome == RESOLVE_NONE ? SPF_ANSWER_NONE
                                                         : SPF_ANSWER_FAILED);
}
