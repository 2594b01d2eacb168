#include "conf/config_restrictions.h"

#include <unistd.h>

#include "base/mem.h"
#include "conf/main_cf.h"

#define LIST(option, is, what)                                                           \
    {                                                                                    \
        .name = (option), .type = OPTION_TEXT, .fallback = (is), .help = (what)          \
    }
#define CODE(option, is, what)                                                           \
    {                                                                                    \
        .name = (option), .type = OPTION_INTEGER, .fallback = (is), .min = 400,          \
        .max = 599, .help = (what)                                                       \
    }
#define SCORE(option, what)                                                              \
    {                                                                                    \
        .name = (option), .type = OPTION_INTEGER, .fallback = "0", .min = 0,             \
        .max = 100000, .help = (what)                                                    \
    }

/* First the lists and then the codes, in the order of their enums. */
const struct option options_restrictions[] = {
    LIST(
        "client_restrictions", "",
        "Restrictions in Postfix' names and order, with commas or ends of lines between, "
        "that are asked first: of the client. Before one there may stand warn, tag, "
        "defer, reject, discard or score N: what becomes of it where it would reject. "
        "What a list permits is answered DUNNO: Postfix' own restrictions go on."),
    LIST("helo_restrictions", "",
         "The same, asked next: of what the client says at HELO."),
    LIST("sender_restrictions", "", "The same, asked next: of the sender."),
    LIST("recipient_restrictions", "greylist", "The same, asked of each recipient."),
    LIST("data_restrictions", "",
         "The same, asked at DATA, where Postfix has the gate in "
         "smtpd_data_restrictions."),
    LIST("end_of_data_restrictions", "",
         "The same, asked when the message is there, where Postfix has the gate in "
         "smtpd_end_of_data_restrictions."),
    CODE("reject_code", "554", "The reply code of `reject`, as in Postfix."),
    CODE("defer_code", "450", "The reply code of `defer` and of rates."),
    CODE("access_map_reject_code", "554",
         "The reply code of REJECT in a table, of the form reject and of a score."),
    CODE("access_map_defer_code", "450",
         "The reply code of DEFER in a table, of the form defer and of a score."),
    CODE("maps_rbl_reject_code", "554",
         "The reply code for who stands in a list of DNS."),
    CODE("unknown_client_reject_code", "450",
         "The reply code for clients without a name. With one of 5.. DNS is asked again, "
         "and where no server answers it is 450."),
    CODE("unknown_hostname_reject_code", "450",
         "The reply code for what is said at HELO and DNS does not know."),
    CODE("unknown_address_reject_code", "450",
         "The reply code for domains that DNS does not know."),
    CODE("invalid_hostname_reject_code", "501",
         "The reply code for what is said at HELO and is no name."),
    CODE("non_fqdn_reject_code", "504",
         "The reply code for names and addresses without a domain."),
    CODE("multi_recipient_bounce_reject_code", "550",
         "The reply code for a bounce to several recipients."),
    {.name = "restriction_classes",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Lists of restrictions that have a name, NAME {RESTRICTION, ...} each: "
             "strict {reject_unknown_client_hostname, spf}. The name may stand in other "
             "lists and classes, and in access tables in place of an action, as with "
             "smtpd_restriction_classes of Postfix."},
    {.name = "mynetworks",
     .type = OPTION_TEXT,
     .fallback = "postfix",
     .help =
         "The networks of permit_mynetworks. `postfix`: those that stand in mynetworks "
         "of /etc/postfix/main.cf, or those of the loopback."},
    {.name = "our_names",
     .type = OPTION_TEXT,
     .fallback = "",
     .help =
         "Names and addresses of this host, which reject_our_helo_hostname takes from "
         "nobody. The name of the host, and the address that was connected to, are "
         "among them anyway."},
    {.name = "dns_lists",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "The lists of the restriction dns_lists, ZONE, ZONE=FILTER or "
             "ZONE=FILTER*WEIGHT each, as in postscreen_dnsbl_sites of Postfix: "
             "zen.example.org=127.0.0.[2..11]*3."},
    {.name = "dns_lists_threshold",
     .type = OPTION_INTEGER,
     .fallback = "1",
     .min = 1,
     .max = 100000,
     .help = "dns_lists rejects where the weights of the lists that list a client are at "
             "least so much together."},
    {.name = "dns_lists_shown",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "ZONE=TEXT: what is said to clients and in logs in place of a zone that has "
             "a key in its name."},
    SCORE("score-tag", "From this score on a header tells of it. 0: never."),
    SCORE("score-defer", "From this score on mail is put off. 0: never."),
    SCORE("score-reject", "From this score on mail is refused. 0: never."),
    {.name = "held-max",
     .type = OPTION_INTEGER,
     .fallback = "100",
     .min = 0,
     .max = 10000,
     .unit = "replies",
     .help =
         "How many replies `sleep` and `tarpit` hold at a time; one more is not held. "
         "While Postfix is under stress none is."},
};
const size_t options_restrictions_count = ARRAY_LEN(options_restrictions);

const char *
gate_list_name(enum gate_list list)
{
    return options_restrictions[list].name;
}

/* --- lists --- */

static bool
add_line(struct buf *why, unsigned line)
{
    if (line)
        buf_printf(why, " (line %u of the list)", line + 1);
    return false;
}

static bool
take_list(struct config_restrictions *c, size_t which, struct span text, struct buf *why)
{
    struct restriction_list read;
    unsigned line;

    if (!restriction_list_read(text, &c->classes, &read, why, &line))
        return add_line(why, line);
    restriction_list_fini(&c->lists[which]);
    c->lists[which] = read;
    return true;
}

static bool
take_classes(struct config_restrictions *c, struct span text, struct buf *why)
{
    struct restriction_classes read;
    unsigned line;

    if (!restriction_classes_read(text, &read, why, &line))
        return add_line(why, line);
    restriction_classes_fini(&c->classes);
    c->classes = read;
    return true;
}

static bool
refuse(struct buf *why, struct span word, const char *what)
{
    buf_add_byte(why, '`');
    buf_escaped(why, span_head(word, 100));
    buf_printf(why, "` %s", what);
    return false;
}

static bool
take_dns_lists(struct config_restrictions *c, struct span text, struct buf *why)
{
    struct dns_spec specs[DNS_LISTS_MAX] = {0};
    struct span word;
    size_t n = 0;

    while (span_word(&text, &word)) {
        if (n == DNS_LISTS_MAX)
            return refuse(why, word, "is one list too many; there may be 32");
        if (!dns_spec_read(word, true, &specs[n++], why))
            return false;
    }
    memcpy(c->dns_lists, specs, n * sizeof(*specs));
    c->dns_list_count = n;
    return true;
}

static void
end_shown(struct dns_shown *shown, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mem_free(shown[i].text);
}

static bool
take_shown(struct config_restrictions *c, struct span text, struct buf *why)
{
    struct dns_shown shown[DNS_SHOWN_MAX] = {0};
    struct span word, zone, name;
    size_t n = 0;

    while (span_word(&text, &word)) {
        if (n == DNS_SHOWN_MAX || !span_cut(word, SPAN("="), &zone, &name) ||
            !host_is_name(zone) || name.len == 0) {
            end_shown(shown, n);
            return refuse(why, word, "is no ZONE=TEXT, or one more than 32");
        }
        shown[n].zone = host_key_of(zone);
        shown[n++].text = mem_copy_text(name.ptr, name.len);
    }
    end_shown(c->dns_shown, c->dns_shown_count);
    memcpy(c->dns_shown, shown, n * sizeof(*shown));
    c->dns_shown_count = n;
    return true;
}

/* --- networks and names --- */

static bool
take_networks(struct config_restrictions *c, struct span text, struct buf *why)
{
    struct addr networks[MYNETWORKS_MAX] = {0};
    struct buf main_cf = {0};
    struct span word;
    size_t n = 0;

    if (span_eq(span_trim(text), SPAN("postfix"))) {
        main_cf_mynetworks(MAIN_CF, &main_cf);
        text = buf_span(&main_cf);
    }
    while (span_word(&text, &word)) {
        if (n == MYNETWORKS_MAX || !main_cf_network(word, &networks[n])) {
            refuse(why, word,
                   "is no network, or one more than 256; write 192.0.2.0/24, "
                   "[2001:db8::]/32 or `postfix`");
            buf_fini(&main_cf);
            return false;
        }
        n++;
    }
    memcpy(c->mynetworks, networks, n * sizeof(*networks));
    c->mynetwork_count = n;
    buf_fini(&main_cf);
    return true;
}

static bool
take_names(struct config_restrictions *c, struct span text, struct buf *why)
{
    struct host_key names[OUR_NAMES_MAX];
    struct addr addresses[OUR_NAMES_MAX] = {0}, a;
    char host[HOST_TEXT_MAX + 1] = "";
    size_t name_count = 0, address_count = 0;
    struct span word;

    if (gethostname(host, sizeof(host) - 1) == 0 && host_is_name(span_of(host)))
        names[name_count++] = host_key_of(span_of(host));
    while (span_word(&text, &word)) {
        if (addr_parse(word, &a) && address_count < OUR_NAMES_MAX)
            addresses[address_count++] = a;
        else if (host_is_name(word) && name_count < OUR_NAMES_MAX)
            names[name_count++] = host_key_of(word);
        else
            return refuse(why, word, "is no name and no address, or one more than 32");
    }
    memcpy(c->our_names, names, name_count * sizeof(*names));
    memcpy(c->our_addresses, addresses, address_count * sizeof(*addresses));
    c->our_name_count = name_count;
    c->our_address_count = address_count;
    return true;
}

/* --- all --- */

static bool
take_number(struct config_restrictions *c, const char *name, int64_t number)
{
    const struct {
        const char *name;
        int64_t *at;
    } numbers[] = {{"dns_lists_threshold", &c->dns_threshold},
                   {"score-tag", &c->score_tag},
                   {"score-defer", &c->score_defer},
                   {"score-reject", &c->score_reject},
                   {"held-max", &c->held_max}};

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (strcmp(numbers[i].name, name) == 0) {
            *numbers[i].at = number;
            return true;
        }
    return false;
}

bool
config_restrictions_take(struct config_restrictions *c, const struct option *o,
                         const struct option_value *v, struct buf *why)
{
    ptrdiff_t at = o - options_restrictions;

    must(at >= 0 && (size_t)at < options_restrictions_count);
    if (at < GATE_LISTS)
        return take_list(c, (size_t)at, v->text, why);
    if (at < GATE_LISTS + GATE_CODES) {
        c->codes[at - GATE_LISTS] = (uint16_t)v->number;
        return true;
    }
    if (strcmp(o->name, "restriction_classes") == 0)
        return take_classes(c, v->text, why);
    if (strcmp(o->name, "mynetworks") == 0)
        return take_networks(c, v->text, why);
    if (strcmp(o->name, "our_names") == 0)
        return take_names(c, v->text, why);
    if (strcmp(o->name, "dns_lists") == 0)
        return take_dns_lists(c, v->text, why);
    if (strcmp(o->name, "dns_lists_shown") == 0)
        return take_shown(c, v->text, why);
    must(take_number(c, o->name, v->number));
    return true;
}

void
config_restrictions_init(struct config_restrictions *c)
{
    struct buf why = {0};

    *c = (struct config_restrictions){0};
    for (size_t i = 0; i < options_restrictions_count; i++) {
        const struct option *o = &options_restrictions[i];
        struct option_value v = {0};

        if (!option_read(o, span_of(o->fallback), &v, &why) ||
            !config_restrictions_take(c, o, &v, &why))
            bug("a default that cannot be read");
        option_value_fini(&v);
    }
    buf_fini(&why);
}

void
config_restrictions_fini(struct config_restrictions *c)
{
    for (size_t i = 0; i < GATE_LISTS; i++)
        restriction_list_fini(&c->lists[i]);
    restriction_classes_fini(&c->classes);
    end_shown(c->dns_shown, c->dns_shown_count);
    *c = (struct config_restrictions){0};
}

/* How many rates a list has, and of these how many count by AS. */
struct rate_counts {
    size_t all, by_asn;
};

static void
count_rates(const struct restriction_list *list, struct rate_counts *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct rate_spec *rate = &list->items[i].rate;
        bool is_by_asn = false;

        if (list->items[i].kind != RESTRICTION_RATE)
            continue;
        for (size_t k = 0; k < rate->key_count; k++)
            is_by_asn |= rate->keys[k].part == RATE_ASN;
        out->all++;
        out->by_asn += is_by_asn;
    }
}

static struct rate_counts
count_all_rates(const struct config_restrictions *c)
{
    struct rate_counts counts = {0};

    for (size_t i = 0; i < GATE_LISTS; i++)
        count_rates(&c->lists[i], &counts);
    for (size_t i = 0; i < c->classes.count; i++)
        count_rates(&c->classes.items[i].list, &counts);
    return counts;
}

size_t
config_restrictions_rates(const struct config_restrictions *c)
{
    return count_all_rates(c).all;
}

bool
config_restrictions_has_asn(const struct config_restrictions *c)
{
    return count_all_rates(c).by_asn > 0;
}
