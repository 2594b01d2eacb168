#include "gate/dns_list.h"

#include "base/mem.h"

struct host_key
dns_list_address_name(const struct addr *a, const struct host_key *zone)
{
    static const char digits[] = "0123456789abcdef";
    char text[HOST_TEXT_MAX + 1];
    size_t n = 0;

    if (a->family == 4) {
        n = (size_t)snprintf(text, sizeof(text), "%u.%u.%u.%u.", a->bytes[3], a->bytes[2],
                             a->bytes[1], a->bytes[0]);
    } else {
        for (size_t i = sizeof(a->bytes); i-- > 0;) {
            text[n++] = digits[a->bytes[i] & 15];
            text[n++] = '.';
            text[n++] = digits[a->bytes[i] >> 4];
            text[n++] = '.';
        }
    }
    n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", zone->text);
    must(n < sizeof(text)); /* DNS_ZONE_MAX leaves room */
    return host_key_of((struct span){text, n});
}

bool
dns_list_domain_name(struct span domain, const struct host_key *zone,
                     struct host_key *out)
{
    char text[HOST_TEXT_MAX + 1];
    int n;

    if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
        domain.len--;
    if (!host_is_name(domain))
        return false;
    n = snprintf(text, sizeof(text), "%.*s.%s", SPAN_FMT(domain), zone->text);
    if (n < 0 || n >= (int)sizeof(text))
        return false;
    *out = host_key_of((struct span){text, (size_t)n});
    return true;
}

enum dns_listing
dns_list_look(const struct dns_filter *f, const struct addr *addresses, size_t count)
{
    enum dns_listing all = count ? DNS_ERROR : DNS_FILTERED;

    for (size_t i = 0; i < count; i++) {
        enum dns_listing one = dns_filter_look(f, &addresses[i]);

        if (one == DNS_LISTED)
            return one;
        if (one == DNS_FILTERED)
            all = one;
    }
    return all;
}

bool
dns_list_is_used(const struct dns_list *l)
{
    return l->state == DNS_LIST_GOOD;
}

bool
dns_list_test(struct dns_list *l, int64_t now_s, struct host_key *must,
              struct host_key *must_not)
{
    static const struct addr listed = {4, 32, {127, 0, 0, 2}};
    static const struct addr not_listed = {4, 32, {127, 0, 0, 1}};

    if (l->is_testing || now_s < l->due_s)
        return false;
    l->is_testing = true;
    l->has_half = false;
    if (!l->is_of_names) {
        *must = dns_list_address_name(&listed, &l->zone);
        *must_not = dns_list_address_name(&not_listed, &l->zone);
        return true;
    }
    if (!dns_list_domain_name(SPAN("test"), &l->zone, must) ||
        !dns_list_domain_name(SPAN("invalid"), &l->zone, must_not))
        bug("a zone that is too long");
    return true;
}

/* Over without a result: what it was it stays. */
static void
put_off(struct dns_list *l, int64_t now_s)
{
    l->is_testing = false;
    l->due_s = now_s + DNS_LIST_SILENT_S;
}

static bool
settle(struct dns_list *l, enum dns_list_state state, int64_t now_s)
{
    bool is_new = l->state != state;

    l->is_testing = false;
    l->state = state;
    l->due_s = now_s + (state == DNS_LIST_GOOD ? DNS_LIST_AGAIN_S : DNS_LIST_FAILED_S);
    return is_new;
}

bool
dns_list_tested(struct dns_list *l, const struct dns_list_answer *answer, int64_t now_s)
{
    static const struct dns_filter any = {.is_any = true};
    enum dns_listing listing = dns_list_look(&any, answer->addresses, answer->count);

    if (!l->is_testing)
        return false; /* the other one has ended it */
    if (answer->is_failure) {
        put_off(l, now_s);
        return false;
    }
    if (!answer->is_must && answer->count && listing != DNS_ERROR)
        return settle(l, DNS_LIST_GREEDY, now_s);
    if (answer->count && listing == DNS_ERROR)
        return settle(l, DNS_LIST_REFUSES, now_s);
    if (answer->is_must && answer->count == 0)
        return settle(l, DNS_LIST_EMPTY, now_s);
    if (l->has_half)
        return settle(l, DNS_LIST_GOOD, now_s);
    l->has_half = true;
    return false;
}

const char *
dns_list_state_text(enum dns_list_state state)
{
    static const char *const texts[DNS_LIST_STATES] = {
        "not tried yet", "good", "does not list what it must", "lists what it must not",
        "answers with an error"};

    return texts[state];
}
