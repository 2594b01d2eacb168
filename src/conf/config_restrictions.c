#include "conf/config_restrictions.h"

#include <unistd.h>

#include "base/mem.h"
#include "conf/main_cf.h"

#define LIST(name, when)                                                                 \
    {                                                                                    \
        name, OPTION_TEXT, "", NULL, 0, 0, false, false, "list", when                    \
    }
#define CODE(name, fallback, what)                                                       \
    {                                                                                    \
        name, OPTION_INTEGER, fallback, NULL, 400, 599, false, false, "code", what       \
    }
#define SCORE(name, what)                                                                \
    {                                                                                    \
        name, OPTION_INTEGER, "0", NULL, 0, 100000, false, false, "score", what          \
    }

/* First the lists and then the codes, in the order of their enums. */
const struct option options_restrictions[] = {
    LIST("client_restrictions", "what is asked first, of the client"),
    LIST("helo_restrictions", "what is asked next, of its HELO"),
    LIST("sender_restrictions", "what is asked next, of the sender"),
    LIST("recipient_restrictions", "what is asked of each recipient"),
    LIST("data_restrictions", "what is asked at DATA"),
    LIST("end_of_data_restrictions", "what is asked when the message is there"),
    CODE("reject_code", "554", "of `reject`"),
    CODE("defer_code", "450", "of `defer`"),
    CODE("access_map_reject_code", "554", "of REJECT in a table, and of a score"),
    CODE("access_map_defer_code", "450", "of DEFER in a table, and of a score"),
    CODE("maps_rbl_reject_code", "554", "for who is listed"),
    CODE("unknown_client_reject_code", "450", "for clients without a name"),
    CODE("unknown_hostname_reject_code", "450", "for a HELO that DNS does not know"),
    CODE("unknown_address_reject_code", "450", "for domains that DNS does not know"),
    CODE("invalid_hostname_reject_code", "501", "for a HELO that is no name"),
    CODE("non_fqdn_reject_code", "504", "for names and addresses without a domain"),
    CODE("multi_recipient_bounce_reject_code", "550",
         "for a bounce to several recipients"),
    {"mynetworks", OPTION_TEXT, "postfix", NULL, 0, 0, false, false, "networks",
     "for permit_mynetworks; `postfix`: those of its main.cf"},
    {"our_names", OPTION_TEXT, "", NULL, 0, 0, false, false, "names",
     "names and addresses of this machine that no other may say at HELO; the name of the "
     "host is always one"},
    {"dns_lists", OPTION_TEXT, "", NULL, 0, 0, false, false, "lists",
     "ZONE=FILTER*WEIGHT, as in postscreen_dnsbl_sites"},
    {"dns_lists_threshold", OPTION_INTEGER, "1", NULL, 1, 100000, false, false, "weight",
     "from which sum on `dns_lists` rejects"},
    {"dns_lists_shown", OPTION_TEXT, "", NULL, 0, 0, false, false, "pairs",
     "ZONE=TEXT: what is said in place of a zone that has a key in its name"},
    SCORE("score-tag", "from which score on a header tells of it; 0: never"),
    SCORE("score-defer", "from which score on mail is put off; 0: never"),
    SCORE("score-reject", "from which score on mail is refused; 0: never"),
    {"held-max", OPTION_INTEGER, "100", NULL, 0, 10000, false, false, "replies",
     "how many replies `sleep` and `tarpit` hold at a time"},
};
const size_t options_restrictions_count = ARRAY_LEN(options_restrictions);

const char *
gate_list_name(enum gate_list list)
{
    return options_restrictions[list].name;
}

/* --- lists --- */

static bool
take_list(struct restriction_list *list, struct span text, struct buf *why)
{
    struct restriction_list read;
    unsigned line;

    if (!restriction_list_read(text, &read, why, &line)) {
        if (line)
            buf_printf(why, " (line %u of the list)", line + 1);
        return false;
    }
    restriction_list_fini(list);
    *list = read;
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
    struct dns_spec specs[DNS_LISTS_MAX];
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
    struct dns_shown shown[DNS_SHOWN_MAX];
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
    struct addr networks[MYNETWORKS_MAX];
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
    struct addr addresses[OUR_NAMES_MAX], a;
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
        return take_list(&c->lists[at], v->text, why);
    if (at < GATE_LISTS + GATE_CODES) {
        c->codes[at - GATE_LISTS] = (uint16_t)v->number;
        return true;
    }
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
    end_shown(c->dns_shown, c->dns_shown_count);
    *c = (struct config_restrictions){0};
}
