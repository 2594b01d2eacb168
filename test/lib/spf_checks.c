/* Makes checks of SPF with the answers at hand: for bench/run. The argument is how many
 * of each kind; printed is "CHECKS-A-SECOND KIND" for each. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "spf/spf_check.h"

static const struct {
    const char *name;
    enum host_record record;
    const char *data;
} zone[] = {
    {"short.example.org", HOST_TXT, "v=spf1 ip4:192.0.2.0/24 -all"},
    {"example.org", HOST_TXT,
     "v=spf1 include:_a.example.org include:_b.example.org a mx -all"},
    {"_a.example.org", HOST_TXT,
     "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/25 ip6:2001:db8::/32 ip4:198.18.0.0/15 "
     "ip4:192.0.2.128/25 ip6:2001:db8:1::/48 ip4:100.64.0.0/10 ?all"},
    {"_b.example.org", HOST_TXT,
     "v=spf1 include:_c.example.org ip4:203.0.113.128/26 ~all"},
    {"_c.example.org", HOST_TXT, "v=spf1 ip4:198.51.100.7 ip4:198.51.100.9 ~all"},
    {"example.org", HOST_A, "192.0.2.80"},
    {"example.org", HOST_MX, "mx1.example.org"},
    {"example.org", HOST_MX, "mx2.example.org"},
    {"mx1.example.org", HOST_A, "192.0.2.25"},
    {"mx2.example.org", HOST_A, "192.0.2.1"},
    {"macro.example.org", HOST_TXT, "v=spf1 exists:%{ir}.%{l1r-}.list.%{d2} -all"},
    {"1.2.0.192.user.list.example.org", HOST_A, "127.0.0.2"},
};

static void
answer(struct spf_check *c, const struct spf_query *q)
{
    enum spf_answer is = SPF_ANSWER_NONE;
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(zone); i++) {
        struct span data = span_of(zone[i].data);

        if (zone[i].record != q->record || strcmp(zone[i].name, q->name.text) != 0)
            continue;
        is = SPF_ANSWER_FOUND;
        if (q->record == HOST_TXT)
            spf_check_text(c, q->id, data);
        else if (q->record == HOST_MX)
            spf_check_host(c, q->id, data);
        else if (addr_parse(data, &a))
            spf_check_address(c, q->id, &a);
    }
    spf_check_answered(c, q->id, is);
}

static void
check(struct spf_check *c, const char *sender)
{
    struct spf_ask ask = {.client = {4, 32, {192, 0, 2, 1}},
                          .sender = span_of(sender),
                          .helo = SPAN("mx2.example.org"),
                          .identity = SPF_MAIL_FROM};
    const struct spf_query *next;

    spf_check_begin(c, &ask);
    while ((next = spf_check_query(c))) {
        struct spf_query q = *next;

        answer(c, &q);
    }
    must(spf_check_is_over(c) && c->result == SPF_RESULT_PASS);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *what, *sender;
    } kinds[] = {{"a prefix", "user@short.example.org"},
                 {"3 includes, a, mx", "user@example.org"},
                 {"exists with macros", "user-x@macro.example.org"}};
    static struct spf_check c;
    uint64_t count;

    if (argc != 2 || !span_u64(span_of(argv[1]), 1, 100000000, &count))
        return 2;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        int64_t start_ns = clock_boot_ns(), took_ns;

        for (uint64_t n = 0; n < count; n++)
            check(&c, kinds[i].sender);
        took_ns = clock_boot_ns() - start_ns;
        (void)printf("%.0f %s\n",
                     (double)count * 1e9 / (double)(took_ns > 0 ? took_ns : 1),
                     kinds[i].what);
    }
    spf_check_fini(&c);
    return 0;
}
