#include "check_world.h"

#include <unistd.h>

#define GOOD_LIST(zone) "2.0.0.127." zone " A 127.0.0.2\n2.0.0.127." zone " TXT test\n"
#define GOOD_NAMES(zone) "test." zone " A 127.0.0.2\n"

static const char zone[] = GOOD_LIST("zen.example") GOOD_LIST("key.dq.example") GOOD_LIST(
    "wl.example") GOOD_LIST("silent.example") GOOD_NAMES("dbl.example")
    GOOD_NAMES(
        "dwl.example") "7.100.51.198.zen.example A 127.0.0.4\n"
                       "7.100.51.198.zen.example A 127.0.0.2\n"
                       "7.100.51.198.zen.example TXT listed, see https://example.org/\n"
                       "7.100.51.198.key.dq.example A 127.0.0.3\n"
                       "8.100.51.198.zen.example A 127.255.255.254\n"
                       "9.100.51.198.zen.example A 192.0.2.1\n"
                       "10.100.51.198.zen.example A 127.0.0.1\n"
                       "11.100.51.198.zen.example FAIL\n"
                       "11.100.51.198.wl.example FAIL\n"
                       "12.100.51.198.wl.example A 127.0.10.1\n"
                       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
                       "zen.example A "
                       "127.0.0.9\n"
                       "bad.example.dbl.example A 127.0.1.2\n"
                       "good.example.dwl.example A 127.0.0.2\n"
                       "example.org MX mx.example.org\n"
                       "mx.example.org ADDR 198.51.100.7\n"
                       "null.example MX .\n"
                       "inside.example MX mx.inside.example\n"
                       "mx.inside.example ADDR 10.0.0.1\n"
                       "mx.inside.example ADDR 127.0.0.1\n"
                       "half.example MX mx.inside.example\n"
                       "half.example MX mx.example.org\n"
                       "loop.example ADDR 127.0.0.1\n"
                       "broken.example FAIL\n"
                       "onlya.example ADDR 192.0.2.1\n"
                       "9.100.51.198.in-addr.arpa FAIL\n"
                       "13.100.51.198.in-addr.arpa PTR late.example\n"
                       "late.example ADDR 198.51.100.13\n"
                       "other.example ADDR 203.0.113.1\n"
                       "pass.example TXT v=spf1 include:inc.example -all\n"
                       "inc.example TXT v=spf1 mx -all\n"
                       "inc.example MX mx.inc.example\n"
                       "mx.inc.example A 198.51.100.7\n"
                       "fail.example TXT v=spf1 -all\n"
                       "soft.example TXT v=spf1 ~all\n"
                       "temp.example FAIL\n"
                       "listed.example NS ns.bad-host.example\n"
                       "ns.bad-host.example ADDR 203.0.113.53\n"
                       "www.listed.example MX mx.listed.example\n"
                       "www.listed.example MX mx2.listed.example\n"
                       "mx.listed.example ADDR 203.0.113.25\n"
                       "mx2.listed.example ADDR 2001:db8::25\n"
                       "alias.listed.example ADDR 203.0.113.80\n"
                       "lost.example MX gone.example\n"
                       "gone.example FAIL\n";

struct row {
    const char *options, *request, *answer, *trace;
};

#define CLIENT(n) "client_address=198.51.100." #n
#define BLOCKED "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using "

static const struct row rows[] = {
    {"recipient_restrictions = ", "", "DUNNO", ""},
    {"recipient_restrictions = permit, reject", "", "DUNNO", "permit: permit"},
    {"client_restrictions = permit\nrecipient_restrictions = reject", "",
     "554 5.7.1 Access denied", "permit: permit, reject: fired"},
    {"recipient_restrictions = defer", "", "450 4.3.2 Try again later", NULL},
    {"recipient_restrictions = defer_if_permit", "",
     "DEFER_IF_PERMIT 4.7.0 defer_if_permit requested", NULL},
    {"recipient_restrictions = defer_if_permit, reject", "", "554 5.7.1 Access denied",
     NULL},
    {"recipient_restrictions = defer_if_reject, permit", "",
     "DEFER_IF_REJECT 4.7.0 defer_if_reject requested", NULL},
    {"recipient_restrictions = defer_if_reject, reject", "", "450 4.7.1 Access denied",
     NULL},
    {"mynetworks = 192.0.2.0/24 [2001:db8::]/32\nrecipient_restrictions = "
     "permit_mynetworks, reject",
     "client_address=2001:db8::7", "DUNNO", NULL},
    {"mynetworks = 192.0.2.0/24\nrecipient_restrictions = permit_mynetworks, reject", "",
     "554 5.7.1 Access denied", "permit_mynetworks: dunno, reject: fired"},
    {"recipient_restrictions = permit_sasl_authenticated, reject",
     "sasl_method=plain sasl_username=u", "DUNNO", NULL},
    {"recipient_restrictions = permit_sasl_authenticated, reject", "",
     "554 5.7.1 Access denied", NULL},
    /* States. */
    {"client_restrictions = permit\nhelo_restrictions = reject", "protocol_state=CONNECT",
     "DUNNO", "permit: permit"},
    {"helo_restrictions = reject", "protocol_state=EHLO", "554 5.7.1 Access denied",
     NULL},
    {"sender_restrictions = reject", "protocol_state=HELO", "DUNNO", ""},
    {"sender_restrictions = reject", "protocol_state=MAIL", "554 5.7.1 Access denied",
     NULL},
    {"recipient_restrictions = reject", "protocol_state=MAIL", "DUNNO", ""},
    {"recipient_restrictions = reject", "protocol_state=DATA", "DUNNO", ""},
    {"data_restrictions = reject", "protocol_state=DATA", "554 5.7.1 Access denied",
     NULL},
    {"end_of_data_restrictions = reject", "protocol_state=END-OF-MESSAGE",
     "554 5.7.1 Access denied", NULL},
    {"client_restrictions = check_recipient_access inline:{b@example.net=REJECT}",
     "protocol_state=CONNECT recipient=", "DUNNO",
     "check_recipient_access inline:{b@example.net=REJECT}: skipped"},
    /* Forms. */
    {"recipient_restrictions = warn reject, defer", "", "450 4.3.2 Try again later",
     "reject: fired, defer: fired"},
    {"recipient_restrictions = warn_if_reject reject", "", "DUNNO", NULL},
    {"recipient_restrictions = tag reject", "",
     "PREPEND X-Komainu: reject; 5.7.1 Access denied", NULL},
    {"recipient_restrictions = defer reject", "", "450 4.7.1 Access denied", NULL},
    {"recipient_restrictions = reject defer", "", "554 5.3.2 Try again later", NULL},
    {"recipient_restrictions = discard reject", "", "DISCARD 5.7.1 Access denied", NULL},
    {"recipient_restrictions = reject defer_if_permit", "",
     "554 5.7.0 defer_if_permit requested", NULL},
    {"reject_code = 521\nrecipient_restrictions = reject", "", "521 5.7.1 Access denied",
     NULL},
    {"score-reject = 5\nrecipient_restrictions = score 3 reject\nclient_restrictions = "
     "score 2 reject",
     "", "554 5.7.1 Service unavailable; Client host [198.51.100.7] has a score of 5",
     NULL},
    {"score-reject = 9\nscore-defer = 5\nrecipient_restrictions = score 5 reject", "",
     "450 4.7.1 Service unavailable; Client host [198.51.100.7] has a score of 5", NULL},
    {"score-tag = 2\nscore-defer = 5\nrecipient_restrictions = score 5 reject, score -2 "
     "permit, score -1 permit_sasl_authenticated",
     "", "PREPEND X-Komainu-Score: 3 (5 reject, -2 permit)", NULL},
    /* Tables. */
    {"client_restrictions = check_client_access inline:{198.51.100=OK}, reject", "",
     "DUNNO", NULL},
    {"client_restrictions = check_client_access inline:{198.51.100=REJECT}",
     "client_name=", "554 5.7.1 Access denied", NULL},
    {"client_restrictions = check_client_access inline:{example.org=REJECT}", "",
     "554 5.7.1 Access denied", NULL},
    {"access_map_reject_code = 550\nclient_restrictions = check_client_access "
     "inline:{{example.org=REJECT 5.1.1 away}}",
     "", "550 5.1.1 away", NULL},
    {"client_restrictions = check_client_access inline:{{example.org=421 4.7.0 go}}", "",
     "421 4.7.0 go", NULL},
    {"client_restrictions = check_client_access inline:{{example.org=450 5.7.9 go}}", "",
     "450 4.7.9 go", NULL},
    {"client_restrictions = check_client_access inline:{{example.org=DEFER soon}}", "",
     "450 4.7.1 soon", NULL},
    {"client_restrictions = check_client_access inline:{{example.org=DISCARD why}}", "",
     "DISCARD why", NULL},
    {"client_restrictions = warn check_client_access inline:{{example.org=DISCARD why}}",
     "", "DUNNO", NULL},
    {"client_restrictions = check_client_access inline:{{example.org=HOLD why}}, reject",
     "", "554 5.7.1 Access denied",
     "check_client_access inline:{{example.org=HOLD why}}: noted, reject: fired"},
    {"client_restrictions = check_client_access inline:{{example.org=PREPEND X-A: b}}, "
     "check_helo_access inline:{{example.org=HOLD why}}",
     "", "HOLD why", NULL},
    {"client_restrictions = check_client_access inline:{{example.org=PREPEND X-A: b}}",
     "protocol_state=END-OF-MESSAGE", "DUNNO", NULL},
    {"client_restrictions = check_reverse_client_hostname_access "
     "inline:{dyn.example=REJECT}",
     "reverse_client_name=a.dyn.example client_name=unknown", "554 5.7.1 Access denied",
     NULL},
    {"sender_restrictions = check_sender_access inline:{<>=DEFER}",
     "sender=", "450 4.7.1 Try again later", NULL},
    {"recipient_restrictions = check_recipient_access "
     "regexp:{{/^(.)@/ REJECT no $1 here}}",
     "", "554 5.7.1 no b here", NULL},
    /* Lists of DNS. */
    {"client_restrictions = reject_rbl_client zen.example", "",
     BLOCKED "zen.example; listed, see https://example.org/", NULL},
    {"client_restrictions = reject_rbl_client zen.example=127.0.0.[5..11]", "", "DUNNO",
     NULL},
    {"client_restrictions = reject_rbl_client zen.example=127.0.0.[4;5]", "",
     BLOCKED "zen.example; listed, see https://example.org/", NULL},
    {"maps_rbl_reject_code = 550\nclient_restrictions = reject_rbl_client zen.example",
     "client_address=2001:db8::1",
     "550 5.7.1 Service unavailable; Client host [2001:db8::1] blocked using zen.example",
     NULL},
    {"client_restrictions = reject_rbl_client zen.example", CLIENT(8), "DUNNO",
     "reject_rbl_client zen.example: failed"},
    {"client_restrictions = reject_rbl_client zen.example", CLIENT(9), "DUNNO",
     "reject_rbl_client zen.example: failed"},
    {"client_restrictions = reject_rbl_client zen.example", CLIENT(10), "DUNNO",
     "reject_rbl_client zen.example: failed"},
    {"client_restrictions = reject_rbl_client zen.example", CLIENT(11), "DUNNO",
     "reject_rbl_client zen.example: failed"},
    {"client_restrictions = reject_rbl_client zen.example", CLIENT(99), "DUNNO",
     "reject_rbl_client zen.example: dunno"},
    {"dns_lists_shown = key.dq.example=dq\nclient_restrictions = reject_rbl_client "
     "key.dq.example=127.0.0.3",
     "", BLOCKED "dq", "reject_rbl_client dq: fired"},
    {"client_restrictions = permit_dnswl_client wl.example, reject", CLIENT(12), "DUNNO",
     NULL},
    {"client_restrictions = permit_dnswl_client wl.example=127.0.[0..9].[0..255], reject",
     CLIENT(12), "554 5.7.1 Access denied", NULL},
    {"client_restrictions = permit_dnswl_client wl.example, reject", CLIENT(11),
     "450 4.7.1 Access denied", NULL},
    {"client_restrictions = permit_rhswl_client dwl.example, reject",
     "client_name=good.example", "DUNNO", NULL},
    {"sender_restrictions = reject_rhsbl_sender dbl.example", "sender=x@Bad.Example",
     "554 5.7.1 Service unavailable; Sender address [x@Bad.Example] blocked using "
     "dbl.example",
     NULL},
    {"sender_restrictions = reject_rhsbl_helo dbl.example, reject_rhsbl_client "
     "dbl.example, reject_rhsbl_recipient dbl.example, reject_rhsbl_reverse_client "
     "dbl.example",
     "reverse_client_name=bad.example",
     "554 5.7.1 Service unavailable; Unverified Client host [bad.example] blocked using "
     "dbl.example",
     NULL},
    {"sender_restrictions = reject_rhsbl_sender dbl.example", "sender=", "DUNNO",
     "reject_rhsbl_sender dbl.example: skipped"},
    {"dns_lists = zen.example=127.0.0.4*2, key.dq.example*2, "
     "wl.example*-4\ndns_lists_threshold = 4\nclient_restrictions = dns_lists",
     "", BLOCKED "zen.example, key.dq.example", NULL},
    {"dns_lists = zen.example=127.0.0.4*2, key.dq.example*2\ndns_lists_threshold = "
     "5\nclient_restrictions = dns_lists",
     "", "DUNNO", "dns_lists: dunno"},
    /* Names of clients. */
    {"client_restrictions = reject_unknown_reverse_client_hostname",
     "client_name=unknown reverse_client_name=unknown",
     "450 4.7.25 Client host rejected: cannot find your reverse hostname, [198.51.100.7]",
     NULL},
    {"client_restrictions = reject_unknown_reverse_client_hostname",
     "client_name=unknown", "DUNNO", NULL},
    {"client_restrictions = reject_unknown_client_hostname", "client_name=unknown",
     "450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.7]", NULL},
    {"unknown_client_reject_code = 550\nclient_restrictions = "
     "reject_unknown_reverse_client_hostname",
     "client_name=unknown reverse_client_name=unknown",
     "550 5.7.25 Client host rejected: cannot find your reverse hostname, [198.51.100.7]",
     NULL},
    {"unknown_client_reject_code = 550\nclient_restrictions = "
     "reject_unknown_reverse_client_hostname",
     CLIENT(9) " client_name=unknown reverse_client_name=unknown",
     "450 4.7.25 Client host rejected: cannot find your reverse hostname, [198.51.100.9]",
     NULL},
    {"unknown_client_reject_code = 550\nclient_restrictions = "
     "reject_unknown_client_hostname",
     "client_name=unknown reverse_client_name=broken.example",
     "450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.7]", NULL},
    {"unknown_client_reject_code = 550\nclient_restrictions = "
     "reject_unknown_client_hostname",
     "client_name=unknown reverse_client_name=other.example",
     "550 5.7.25 Client host rejected: cannot find your hostname, [198.51.100.7]", NULL},
    {"unknown_client_reject_code = 550\nclient_restrictions = "
     "reject_unknown_client_hostname",
     "client_name=unknown reverse_client_name=mx.example.org", "DUNNO", NULL},
    {"client_restrictions = reject_unknown_forward_client_hostname",
     "client_name=unknown reverse_client_name=nowhere.example",
     "450 4.7.25 Client host rejected: cannot find your forward hostname, [198.51.100.7]",
     NULL},
    {"client_restrictions = reject_unknown_forward_client_hostname",
     "client_name=unknown reverse_client_name=other.example", "DUNNO", NULL},
    /* HELO. */
    {"helo_restrictions = reject_invalid_helo_hostname", "helo_name=a..b",
     "501 5.5.2 Invalid name (HELO a..b)", NULL},
    {"helo_restrictions = reject_invalid_helo_hostname", "helo_name=[192.0.2.1]", "DUNNO",
     NULL},
    {"helo_restrictions = reject_invalid_helo_hostname", "helo_name=192.0.2.1", "DUNNO",
     NULL},
    {"helo_restrictions = reject_non_fqdn_helo_hostname", "helo_name=localhost",
     "504 5.5.2 need fully-qualified hostname (HELO localhost)", NULL},
    {"helo_restrictions = reject_non_fqdn_helo_hostname", "helo_name=192.0.2.1",
     "504 5.5.2 need fully-qualified hostname (HELO 192.0.2.1)", NULL},
    {"helo_restrictions = reject_non_fqdn_helo_hostname", "helo_name=[IPv6:2001:db8::1]",
     "DUNNO", NULL},
    {"helo_restrictions = reject_unknown_helo_hostname", "helo_name=nowhere.example",
     "450 4.7.1 Host not found (HELO nowhere.example)", NULL},
    {"helo_restrictions = reject_unknown_helo_hostname", "helo_name=inside.example",
     "DUNNO", NULL},
    {"unknown_hostname_reject_code = 550\nhelo_restrictions = "
     "reject_unknown_helo_hostname",
     "helo_name=broken.example",
     "DEFER_IF_PERMIT 4.7.1 Host not found (HELO broken.example)", NULL},
    {"our_names = mail.example.net 192.0.2.25\nhelo_restrictions = "
     "reject_our_helo_hostname",
     "helo_name=MAIL.example.net.",
     "554 5.7.1 Client host rejected: HELO MAIL.example.net. is not you, but this host",
     NULL},
    {"our_names = mail.example.net 192.0.2.25\nhelo_restrictions = "
     "reject_our_helo_hostname",
     "helo_name=[192.0.2.25]",
     "554 5.7.1 Client host rejected: HELO [192.0.2.25] is not you, but this host", NULL},
    {"helo_restrictions = reject_our_helo_hostname",
     "helo_name=192.0.2.26 server_address=192.0.2.26",
     "554 5.7.1 Client host rejected: HELO 192.0.2.26 is not you, but this host", NULL},
    {"helo_restrictions = reject_our_helo_hostname", "", "DUNNO", NULL},
    {"helo_restrictions = reject_address_helo_hostname", "helo_name=198.51.100.7",
     "554 5.7.1 Client host rejected: HELO 198.51.100.7 is an address without brackets",
     NULL},
    {"helo_restrictions = reject_address_helo_hostname", "helo_name=[198.51.100.8]",
     "554 5.7.1 Client host rejected: HELO [198.51.100.8] is not your address", NULL},
    {"helo_restrictions = reject_address_helo_hostname", "helo_name=[198.51.100.7]",
     "DUNNO", NULL},
    {"helo_restrictions = reject_foreign_helo_hostname", "helo_name=late.example",
     "450 4.7.1 Client host rejected: HELO late.example is not the name of "
     "[198.51.100.7]",
     NULL},
    {"helo_restrictions = reject_foreign_helo_hostname",
     "helo_name=mx.example.org client_name=unknown reverse_client_name=x.example",
     "DUNNO", NULL},
    /* Domains. */
    {"sender_restrictions = reject_non_fqdn_sender", "sender=a@b",
     "504 5.5.2 need fully-qualified address (a@b)", NULL},
    {"sender_restrictions = reject_non_fqdn_sender", "sender=a",
     "504 5.5.2 need fully-qualified address (a)", NULL},
    {"sender_restrictions = reject_non_fqdn_sender", "sender=", "DUNNO", NULL},
    {"recipient_restrictions = reject_non_fqdn_recipient", "recipient=Postmaster",
     "DUNNO", NULL},
    {"sender_restrictions = reject_unknown_sender_domain", "", "DUNNO", NULL},
    {"sender_restrictions = reject_unknown_sender_domain", "sender=a@onlya.example",
     "DUNNO", NULL},
    {"unknown_address_reject_code = 550\nsender_restrictions = "
     "reject_unknown_sender_domain",
     "sender=a@nowhere.example", "550 5.1.8 Domain not found (nowhere.example)", NULL},
    {"unknown_address_reject_code = 550\nsender_restrictions = "
     "reject_unknown_sender_domain",
     "sender=a@broken.example", "DEFER_IF_PERMIT 4.1.8 Domain not found (broken.example)",
     NULL},
    {"sender_restrictions = reject_unknown_sender_domain", "sender=a@null.example",
     "550 5.7.27 Domain does not accept mail (null MX of null.example)", NULL},
    {"sender_restrictions = reject_unknown_sender_domain", "sender=a@inside.example",
     "450 4.7.27 Domain not found: no host of inside.example can be reached", NULL},
    {"sender_restrictions = reject_unknown_sender_domain", "sender=a@half.example",
     "DUNNO", NULL},
    {"sender_restrictions = reject_unknown_sender_domain", "sender=a@loop.example",
     "450 4.1.8 Domain not found (loop.example)", NULL},
    {"recipient_restrictions = reject_unknown_recipient_domain",
     "recipient=a@null.example",
     "556 5.1.10 Domain does not accept mail (null MX of null.example)", NULL},
    /* The servers of a name. */
    {"sender_restrictions = check_sender_ns_access inline:{bad-host.example=REJECT}",
     "sender=a@deep.sub.listed.example", "554 5.7.1 Access denied", NULL},
    {"sender_restrictions = check_sender_ns_access inline:{203.0.113.53=REJECT}",
     "sender=a@listed.example", "554 5.7.1 Access denied", NULL},
    {"sender_restrictions = check_sender_ns_access inline:{192.0.2.9=REJECT}",
     "sender=a@[192.0.2.9]", "DUNNO",
     "check_sender_ns_access inline:{192.0.2.9=REJECT}: dunno"},
    {"sender_restrictions = check_sender_mx_access inline:{203.0.113=REJECT}",
     "sender=a@www.listed.example", "554 5.7.1 Access denied", NULL},
    {"sender_restrictions = check_sender_mx_access inline:{2001:db8::25=REJECT}",
     "sender=a@www.listed.example", "554 5.7.1 Access denied", NULL},
    {"sender_restrictions = check_sender_mx_access "
     "inline:{mx.listed.example=DUNNO,2001:db8::25=REJECT}",
     "sender=a@www.listed.example", "DUNNO", NULL},
    {"sender_restrictions = check_sender_mx_access inline:{alias.listed.example=REJECT}",
     "sender=a@alias.listed.example", "554 5.7.1 Access denied", NULL},
    {"sender_restrictions = check_sender_mx_access inline:{192.0.2.9=REJECT}",
     "sender=a@[192.0.2.9]", "554 5.7.1 Access denied", NULL},
    {"sender_restrictions = check_sender_mx_access inline:{null.example=REJECT}",
     "sender=a@null.example", "DUNNO",
     "check_sender_mx_access inline:{null.example=REJECT}: dunno"},
    {"sender_restrictions = check_sender_mx_access inline:{192.0.2.9=REJECT}",
     "sender=a@broken.example", "DUNNO",
     "check_sender_mx_access inline:{192.0.2.9=REJECT}: failed"},
    {"sender_restrictions = check_sender_mx_access inline:{192.0.2.9=REJECT}",
     "sender=a@lost.example", "DUNNO",
     "check_sender_mx_access inline:{192.0.2.9=REJECT}: failed"},
    {"sender_restrictions = check_sender_mx_access inline:{192.0.2.9=REJECT}",
     "sender=", "DUNNO", "check_sender_mx_access inline:{192.0.2.9=REJECT}: skipped"},
    {"sender_restrictions = check_sender_a_access inline:{alias.listed.example=REJECT}",
     "sender=a@alias.listed.example", "DUNNO", NULL},
    {"sender_restrictions = check_sender_a_access cidr:{{203.0.113.0/24 REJECT}}",
     "sender=a@alias.listed.example", "554 5.7.1 Access denied", NULL},
    {"helo_restrictions = check_helo_a_access inline:{203.0.113.80=REJECT}",
     "helo_name=alias.listed.example", "554 5.7.1 Access denied", NULL},
    {"helo_restrictions = check_helo_mx_access inline:{192.0.2.9=REJECT}",
     "helo_name=192.0.2.9", "554 5.7.1 Access denied", NULL},
    {"client_restrictions = check_client_ns_access inline:{ns.bad-host.example=REJECT}",
     "client_name=host.listed.example", "554 5.7.1 Access denied", NULL},
    {"client_restrictions = check_client_a_access inline:{203.0.113.80=REJECT}",
     "client_name=unknown", "DUNNO",
     "check_client_a_access inline:{203.0.113.80=REJECT}: skipped"},
    {"client_restrictions = check_reverse_client_hostname_mx_access "
     "inline:{mx2.listed.example=REJECT}",
     "client_name=unknown reverse_client_name=www.listed.example",
     "554 5.7.1 Access denied", NULL},
    {"recipient_restrictions = check_recipient_mx_access inline:{{203.0.113.25=450 no}}",
     "recipient=b@www.listed.example", "450 4.7.1 no", NULL},
    /* Logins and certificates. */
    {"client_restrictions = check_sasl_access inline:{anna=REJECT}", "sasl_username=anna",
     "554 5.7.1 Access denied", NULL},
    {"client_restrictions = check_sasl_access inline:{anna=REJECT}", "", "DUNNO",
     "check_sasl_access inline:{anna=REJECT}: skipped"},
    {"client_restrictions = check_ccert_access inline:{AA:01=REJECT}",
     "ccert_fingerprint=aa:01 ccert_pubkey_fingerprint=BB:02", "554 5.7.1 Access denied",
     NULL},
    {"client_restrictions = check_ccert_access inline:{BB:02=OK}, reject",
     "ccert_fingerprint=AA:01 ccert_pubkey_fingerprint=BB:02", "DUNNO", NULL},
    {"client_restrictions = check_ccert_access inline:{BB:02=OK}, reject", "",
     "554 5.7.1 Access denied", NULL},
    {"client_restrictions = permit_tls_all_clientcerts, reject", "ccert_subject=anna",
     "DUNNO", NULL},
    {"client_restrictions = permit_tls_all_clientcerts, reject", "ccert_fingerprint=AA",
     "554 5.7.1 Access denied", NULL},
    /* Names of ranges. */
    {"unknown_client_reject_code = 550\nclient_restrictions = "
     "reject_generic_client_hostname",
     "client_name=198-51-100-7.example.org",
     "550 5.7.1 Client host rejected: 198-51-100-7.example.org is a name of a range of "
     "addresses, send by the server of your provider",
     NULL},
    {"score-reject = 2\nclient_restrictions = score 2 reject_generic_client_hostname",
     "client_name=unknown reverse_client_name=a7.dyn.example.org",
     "554 5.7.1 Service unavailable; Client host [198.51.100.7] has a score of 2", NULL},
    {"client_restrictions = reject_generic_client_hostname",
     "client_name=unknown reverse_client_name=unknown", "DUNNO",
     "reject_generic_client_hostname: skipped"},
    {"client_restrictions = reject_generic_client_hostname", "", "DUNNO", NULL},
    /* Classes. */
    {"restriction_classes = strict {reject_non_fqdn_helo_hostname, reject}\n"
     "recipient_restrictions = strict",
     "", "554 5.7.1 Access denied",
     "strict: class, reject_non_fqdn_helo_hostname: dunno, reject: fired"},
    {"restriction_classes = soft {permit}\nrecipient_restrictions = soft, reject", "",
     "DUNNO", "soft: class, permit: permit"},
    {"restriction_classes = a {reject_non_fqdn_sender} b {a, a}\n"
     "recipient_restrictions = b, defer",
     "", "450 4.3.2 Try again later",
     "b: class, a: class, reject_non_fqdn_sender: dunno, a: class, "
     "reject_non_fqdn_sender: dunno, defer: fired"},
    {"restriction_classes = strict {reject}\nrecipient_restrictions = warn strict, defer",
     "", "450 4.3.2 Try again later", NULL},
    {"restriction_classes = strict {reject, score 1 reject, permit_mynetworks}\n"
     "score-tag = 3\nrecipient_restrictions = score 3 strict",
     "", "PREPEND X-Komainu-Score: 4 (3 reject, 1 reject)", NULL},
    {"restriction_classes = strict {reject}\nrecipient_restrictions = "
     "check_sender_access inline:{example.org=strict}, permit",
     "", "554 5.7.1 Access denied",
     "check_sender_access inline:{example.org=strict}: class, reject: fired"},
    {"restriction_classes = soft {permit}\nrecipient_restrictions = "
     "check_sender_access inline:{example.org=soft}, reject",
     "", "DUNNO", NULL},
    {"restriction_classes = strict {reject}\nrecipient_restrictions = "
     "defer check_sender_access inline:{{example.org = permit_mynetworks, "
     "reject_unknown_sender_domain strict}}",
     "", "450 4.7.1 Access denied", NULL},
    {"recipient_restrictions = check_sender_access "
     "pcre:{{/example/ reject_unknown_sender_domain}}",
     "sender=a@no.example", "450 4.1.8 Domain not found (no.example)", NULL},
    {"restriction_classes = loop {check_sender_access inline:{example.org=loop}}\n"
     "recipient_restrictions = loop",
     "", "451 4.3.5 Server configuration error", NULL},
    {"restriction_classes = wide {check_sender_access inline:{{example.org = spf spf spf "
     "spf spf spf spf spf spf spf spf spf spf spf spf spf spf}}}\n"
     "recipient_restrictions = wide",
     "", "451 4.3.5 Server configuration error", NULL},
    /* SPF. */
    {"sender_restrictions = spf", "sender=a@pass.example",
     "PREPEND Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=198.51.100.7; "
     "helo=mx.example.org; envelope-from=\"a@pass.example\"; receiver=\"<UNKNOWN>\"; "
     "mechanism=\"include:inc.example\"",
     NULL},
    {"sender_restrictions = spf", "sender=a@fail.example",
     "550 5.7.23 Message rejected due to: SPF fail - not authorized. identity=mailfrom; "
     "client-ip=198.51.100.7; helo=mx.example.org; envelope-from=\"a@fail.example\"; "
     "receiver=\"<UNKNOWN>\"",
     NULL},
    {"sender_restrictions = tag spf", "sender=a@fail.example",
     "PREPEND X-Komainu: spf; 5.7.23 Message rejected due to: SPF fail - not authorized. "
     "identity=mailfrom; client-ip=198.51.100.7; helo=mx.example.org; "
     "envelope-from=\"a@fail.example\"; receiver=\"<UNKNOWN>\"",
     NULL},
    {"mail_from_reject = false\nsender_restrictions = spf", "sender=a@fail.example",
     "PREPEND Received-SPF: Fail (mailfrom) identity=mailfrom; client-ip=198.51.100.7; "
     "helo=mx.example.org; envelope-from=\"a@fail.example\"; receiver=\"<UNKNOWN>\"; "
     "mechanism=-all",
     NULL},
    {"mail_from_reject = softfail\nsender_restrictions = spf", "sender=a@soft.example",
     "550 5.7.23 Message rejected due to: SPF softfail - domain owner discourages use of "
     "this host. identity=mailfrom; client-ip=198.51.100.7; helo=mx.example.org; "
     "envelope-from=\"a@soft.example\"; receiver=\"<UNKNOWN>\"",
     NULL},
    {"temperror_defer = true\nsender_restrictions = spf", "sender=a@temp.example",
     "DEFER_IF_PERMIT 4.7.24 Message deferred due to: SPF Temporary Error. "
     "identity=mailfrom; client-ip=198.51.100.7; helo=mx.example.org; "
     "envelope-from=\"a@temp.example\"; receiver=\"<UNKNOWN>\"",
     NULL},
    {"whitelist = 198.51.100.0/24\nsender_restrictions = spf", "sender=a@fail.example",
     "PREPEND X-Comment: SPF skipped for whitelisted relay - client-ip=198.51.100.7; "
     "helo=mx.example.org; envelope-from=\"a@fail.example\"; receiver=\"<UNKNOWN>\"",
     NULL},
    {"helo_whitelist = mx.example.org\nsender_restrictions = spf",
     "sender=a@fail.example",
     "PREPEND X-Comment: SPF skipped for whitelisted HELO domain - "
     "client-ip=198.51.100.7; helo=mx.example.org; envelope-from=\"a@fail.example\"; "
     "receiver=\"<UNKNOWN>\"",
     NULL},
    {"domain_whitelist = nowhere.example,pass.example\nsender_restrictions = spf",
     "sender=a@fail.example",
     "PREPEND X-Comment: SPF skipped for whitelisted relay domain - "
     "client-ip=198.51.100.7; helo=mx.example.org; envelope-from=\"a@fail.example\"; "
     "receiver=\"<UNKNOWN>\"",
     NULL},
    {"domain_whitelist_ptr = late.example\nsender_restrictions = spf",
     CLIENT(13) " sender=a@fail.example",
     "PREPEND X-Comment: SPF skipped for PTR whitelisted relay domain - "
     "client-ip=198.51.100.13; helo=mx.example.org; envelope-from=\"a@fail.example\"; "
     "receiver=\"<UNKNOWN>\"",
     NULL},
    {"header_type = none\nsender_restrictions = spf", "sender=a@pass.example", "DUNNO",
     NULL},
    {"header_type = ar\nauthserv_id = mx.example.net\nsender_restrictions = spf",
     "sender= helo_name=pass.example",
     "PREPEND Authentication-Results: mx.example.net; spf=pass (client-ip=198.51.100.7) "
     "smtp.helo=pass.example",
     NULL},
    {"mail_from_pass_restriction = my_class\nsender_restrictions = spf",
     "sender=a@pass.example", "my_class", NULL},
    {"sender_restrictions = spf", "protocol_state=HELO", "DUNNO", NULL},
    {"data_restrictions = reject_multi_recipient_bounce",
     "protocol_state=DATA sender= recipient_count=2", "550 5.5.3 Multi-recipient bounce",
     NULL},
    {"data_restrictions = reject_multi_recipient_bounce",
     "protocol_state=DATA sender= recipient_count=1", "DUNNO", NULL},
};

static void
run_rows(bool is_slow)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct world w;

        world_begin(&w, row->options, zone);
        w.is_slow = is_slow;
        world_expect(&w, row->request, row->answer);
        if (row->trace && !span_eq(buf_span(&w.trace), span_of(row->trace)))
            fail_msg("%s: %s, not %s", row->options, w.trace.ptr ? w.trace.ptr : "",
                     row->trace);
        assert_int_equal(check_counts(w.check).runs, 0);
        world_end(&w);
    }
}

static void
test_rows(void **state UNUSED)
{
    run_rows(false);
}

/* The same when answers come late, and in another order. */
static void
test_rows_slow(void **state UNUSED)
{
    run_rows(true);
}

/* All that may be needed is asked for before the first answer is there. */
static void
test_asks_ahead(void **state UNUSED)
{
    struct buf text = {0};
    struct gate_request request;
    struct world w;

    world_begin(&w,
                "client_restrictions = permit_dnswl_client wl.example, reject_rbl_client "
                "zen.example\nhelo_restrictions = permit_mynetworks, "
                "reject_unknown_helo_hostname\nsender_restrictions = "
                "reject_unknown_sender_domain, reject\nrecipient_restrictions = permit, "
                "reject_unknown_recipient_domain",
                zone);
    w.is_slow = true;
    request = world_request("helo_name=other.example", &text);
    world_check(&w, &request);
    /* wl A, zen A, helo ADDR and MX, sender MX and ADDR; nothing behind `permit`. */
    assert_int_equal(w.asked, 6);
    assert_int_equal(w.decided, 0);
    world_answer(&w);
    world_answer(&w);
    assert_int_equal(w.decided, 1);
    assert_string_equal(w.by.ptr, "reject_rbl_client zen.example");
    buf_fini(&text);
    world_end(&w);
}

/* What is not answered in time is as if no server had. */
static void
test_deadline(void **state UNUSED)
{
    struct buf text = {0};
    struct gate_request request;
    struct world w;

    world_begin(&w,
                "client_restrictions = reject_rbl_client zen.example\n"
                "sender_restrictions = reject_unknown_sender_domain",
                zone);
    w.is_slow = true;
    request = world_request("sender=a@nowhere.example", &text);
    world_check(&w, &request);
    world_pass(&w, 4999999);
    assert_int_equal(w.decided, 0);
    world_pass(&w, 1);
    assert_int_equal(w.decided, 1);
    assert_true(w.is_late);
    assert_string_equal(w.line.ptr,
                        "DEFER_IF_PERMIT 4.1.8 Domain not found (nowhere.example)");
    world_answer(&w); /* too late: nobody hears of it */
    assert_int_equal(w.decided, 1);
    request = world_request("stress=yes sender=a@nowhere.example", &text);
    world_check(&w, &request);
    world_pass(&w, 999999);
    assert_int_equal(w.decided, 1);
    world_pass(&w, 1); /* a server under stress does not wait as long */
    assert_int_equal(w.decided, 2);
    assert_true(w.is_late);
    buf_fini(&text);
    world_end(&w);
}

static void
test_cancel(void **state UNUSED)
{
    struct buf text = {0};
    struct gate_request request;
    struct world w;

    world_begin(&w, "client_restrictions = sleep 5, reject_rbl_client zen.example", zone);
    w.is_slow = true;
    request = world_request("", &text);
    world_check(&w, &request);
    assert_int_equal(check_counts(w.check).held, 1);
    check_cancel(w.check, &w);
    check_cancel(w.check, &w);
    assert_int_equal(w.decided, 1);
    assert_int_equal(check_counts(w.check).held, 0);
    buf_fini(&text);
    world_end(&w);
}

/* A list that lists everybody, nobody, or answers with errors is left out; when it is
 * well again it is used. */
static void
test_self_test(void **state UNUSED)
{
    static const char greedy[] = "2.0.0.127.zen.example A 127.0.0.2\n"
                                 "1.0.0.127.zen.example A 127.0.0.2\n"
                                 "7.100.51.198.zen.example A 127.0.0.2\n";
    static const char refuses[] = "2.0.0.127.zen.example A 127.255.255.254\n"
                                  "1.0.0.127.zen.example A 127.255.255.254\n";
    static const char silent[] = "2.0.0.127.zen.example FAIL\n";
    static const char *const zones[] = {greedy, refuses, silent, ""};
    static const char *const news[] = {
        "unused zen.example: lists what it must not\n",
        "unused zen.example: answers with an error\n", NULL,
        "unused zen.example: does not list what it must\n"};

    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        struct world w;

        world_begin(&w, "client_restrictions = reject_rbl_client zen.example", "");
        world_end(&w);
        world_begin(&w, "recipient_restrictions = permit", "");
        world_end(&w);
        world_begin(&w, "client_restrictions = reject_rbl_client zen.example", zones[i]);
        world_expect(&w, "", "DUNNO");
        assert_string_equal(w.trace.ptr, "reject_rbl_client zen.example: failed");
        w.zone = zone;
        world_pass(&w, 3600000000);
        assert_string_equal(w.news.ptr, "used zen.example: good\n");
        world_expect(&w, "", BLOCKED "zen.example; listed, see https://example.org/");
        buf_clear(&w.news);
        if (news[i]) {
            w.zone = zones[i];
            world_pass(&w, 3600000000);
            assert_string_equal(w.news.ptr, news[i]);
            world_expect(&w, "", "DUNNO");
        }
        world_end(&w);
    }
}

static void
test_list_errors_are_told_once(void **state UNUSED)
{
    struct world w;

    world_begin(&w,
                "dns_lists_shown = zen.example=zen\nclient_restrictions = "
                "reject_rbl_client zen.example",
                zone);
    world_expect(&w, CLIENT(8), "DUNNO");
    world_expect(&w, CLIENT(8), "DUNNO");
    assert_string_equal(w.news.ptr, "error zen: answers with what is no listing\n");
    assert_int_equal(check_counts(w.check).list_errors, 2);
    world_end(&w);
}

/* Headers go out one a reply, each once a message. */
static void
test_one_header_a_reply(void **state UNUSED)
{
    struct world w;

    world_begin(&w,
                "client_restrictions = tag reject_rbl_client zen.example\n"
                "recipient_restrictions = check_sender_access "
                "inline:{{a@example.org=PREPEND X-A: b}}, check_recipient_access "
                "inline:{{b@example.net=HOLD look}}\ndata_restrictions = permit",
                zone);
    world_expect(&w, "", "HOLD look");
    world_expect(&w, "recipient=c@example.net",
                 "PREPEND X-Komainu: reject_rbl_client zen.example; 5.7.1 Service "
                 "unavailable; Client host [198.51.100.7] blocked using zen.example; "
                 "listed, see https://example.org/");
    world_expect(&w, "protocol_state=DATA", "PREPEND X-A: b");
    world_expect(&w, "protocol_state=DATA", "DUNNO");
    world_expect(&w, "recipient=d@example.net", "DUNNO");
    world_expect(&w, "instance=other recipient=d@example.net",
                 "PREPEND X-Komainu: reject_rbl_client zen.example; 5.7.1 Service "
                 "unavailable; Client host [198.51.100.7] blocked using zen.example; "
                 "listed, see https://example.org/");
    world_end(&w);
}

/* The score of a message goes on at DATA. */
static void
test_score_of_a_message(void **state UNUSED)
{
    struct world w;

    world_begin(&w,
                "score-reject = 5\nrecipient_restrictions = score 3 reject\n"
                "data_restrictions = score 2 reject",
                zone);
    world_expect(&w, "", "DUNNO");
    world_expect(&w, "recipient=c@example.net", "DUNNO");
    assert_int_equal(w.score, 3);
    world_expect(&w, "protocol_state=DATA instance=other", "DUNNO");
    world_expect(&w, "protocol_state=DATA",
                 "554 5.7.1 Service unavailable; Client host [198.51.100.7] has a score "
                 "of 5");
    assert_string_equal(w.by.ptr, "score");
    world_end(&w);
}

static void
test_rates(void **state UNUSED)
{
    static const char late[] = "450 4.7.1 Error: too many messages in this time";
    struct world w;

    world_begin(&w, "recipient_restrictions = rate client/24+sender 2 messages/1h", "");
    world_expect(&w, "instance=a", "DUNNO");
    world_expect(&w, "instance=a recipient=c@example.net", "DUNNO");
    world_expect(&w, "instance=b client_address=198.51.100.200", "DUNNO");
    world_expect(&w, "instance=b client_address=198.51.100.200", "DUNNO");
    world_expect(&w, "instance=c", late);
    world_expect(&w, "instance=c recipient=c@example.net", late);
    world_expect(&w, "instance=d sender=other@example.org", "DUNNO");
    world_expect(&w, "instance=e client_address=192.0.2.1", "DUNNO");
    world_pass(&w, INT64_C(3601) * 1000000);
    world_expect(&w, "instance=f", "DUNNO");
    world_end(&w);
    world_begin(&w, "recipient_restrictions = rate client 2 recipients/1h", "");
    world_expect(&w, "", "DUNNO");
    world_expect(&w, "", "DUNNO");
    world_expect(&w, "", "450 4.7.1 Error: too many recipients in this time");
    world_end(&w);
    world_begin(&w, "end_of_data_restrictions = rate sasl_username 1M bytes/1h", "");
    world_expect(&w, "protocol_state=END-OF-MESSAGE size=900000 instance=a", "DUNNO");
    world_expect(&w,
                 "protocol_state=END-OF-MESSAGE size=900000 sasl_username=u "
                 "instance=a",
                 "DUNNO");
    world_expect(&w,
                 "protocol_state=END-OF-MESSAGE size=900000 sasl_username=u "
                 "instance=b",
                 "450 4.7.1 Error: too many bytes in this time");
    world_end(&w);
    world_begin(&w,
                "client_restrictions = rate client 2 failures/1h\nrecipient_restrictions "
                "= check_recipient_access inline:{no@example.net=REJECT}",
                "");
    world_expect(&w, "recipient=no@example.net", "554 5.7.1 Access denied");
    world_expect(&w, "", "DUNNO");
    world_expect(&w, "recipient=no@example.net", "554 5.7.1 Access denied");
    world_expect(&w, "", "450 4.7.1 Error: too many failures in this time");
    world_end(&w);
}

/* More than are counted one by one. */
static void
test_high_rates(void **state UNUSED)
{
    struct world w;
    char request[64];

    world_begin(&w, "recipient_restrictions = rate client 1000 messages/1h", "");
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(request, sizeof(request), "instance=%d", i);
        world_expect(&w, request, "DUNNO");
    }
    world_expect(&w, "instance=last", "450 4.7.1 Error: too many messages in this time");
    world_end(&w);
}

/* The greylist hears that SPF has passed, and for whom. */
static void
test_greylist_after_spf(void **state UNUSED)
{
    struct world w;

    world_begin(&w,
                "header_type = none\nsender_restrictions = spf\n"
                "recipient_restrictions = greylist",
                zone);
    world_expect(&w, "sender=a@pass.example", "DUNNO");
    assert_int_equal(w.looks, CHECK_SPF_PASS);
    assert_string_equal(w.spf_domain.ptr, "pass.example");
    world_expect(&w, "sender=a@example.net", "DUNNO");
    assert_int_equal(w.looks, 0);
    assert_int_equal(w.spf_domain.len, 0);
    world_expect(&w, "sender= helo_name=pass.example", "DUNNO");
    assert_int_equal(w.looks, CHECK_SPF_PASS);
    world_end(&w);
}

/* And that the client's name is one of a range of addresses. */
static void
test_greylist_of_generic(void **state UNUSED)
{
    struct world w;

    world_begin(&w, "recipient_restrictions = greylist", "");
    world_expect(&w, "client_name=198-51-100-7.example.org", "DUNNO");
    assert_int_equal(w.looks, CHECK_GENERIC);
    world_expect(&w, "client_name=mail.example.org", "DUNNO");
    assert_int_equal(w.looks, 0);
    world_end(&w);
}

/* A request that ends within a check leaves nothing for the next one. */
static void
test_spf_deadline(void **state UNUSED)
{
    struct buf text = {0};
    struct gate_request request;
    struct world w;

    world_begin(&w, "temperror_defer = true\nsender_restrictions = spf", zone);
    w.is_slow = true;
    request = world_request("sender=a@fail.example", &text);
    world_check(&w, &request);
    world_pass(&w, 5000000);
    assert_int_equal(w.decided, 1);
    assert_true(w.is_late);
    assert_true(span_starts(buf_span(&w.line), SPAN("DEFER_IF_PERMIT 4.7.24 ")));
    world_answer(&w);
    world_expect(&w, "sender=a@example.net",
                 "PREPEND Received-SPF: None (mailfrom) identity=mailfrom; "
                 "client-ip=198.51.100.7; helo=mx.example.org; "
                 "envelope-from=\"a@example.net\"; receiver=\"<UNKNOWN>\"");
    buf_fini(&text);
    world_end(&w);
}

static void
write_users(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* A recipient's own knobs; the file is read anew; a wrong one stays what it was, also for
 * a request that waits meanwhile. */
static void
test_spf_users(void **state UNUSED)
{
    static const char fails[] = "sender=a@fail.example recipient=Anna@example.net";
    char path[] = "/tmp/komainu-users-XXXXXX", options[128];
    int fd = mkstemp(path);
    struct gate_request request;
    struct buf text = {0};
    struct world w;

    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    write_users(path, "anna@example.net,Mail_From_reject=No_Check\n");
    (void)snprintf(options, sizeof(options),
                   "per_user = text,%s\nheader_type = none\nrecipient_restrictions = spf",
                   path);
    world_begin(&w, options, zone);
    world_expect(&w, fails, "DUNNO");
    world_expect(&w, "sender=a@fail.example",
                 "550 5.7.23 Message rejected due to: SPF fail - not authorized. "
                 "identity=mailfrom; client-ip=198.51.100.7; helo=mx.example.org; "
                 "envelope-from=\"a@fail.example\"; receiver=\"<UNKNOWN>\"");
    w.is_slow = true;
    request = world_request("sender=a@soft.example recipient=anna@example.net", &text);
    world_check(&w, &request);
    write_users(path,
                "anna@example.net,Mail_From_reject=Softfail|HELO_reject=No_Check\n");
    world_pass(&w, 1000000);
    assert_non_null(strstr(w.news.ptr, "read /tmp/komainu-users-"));
    world_answer(&w);
    assert_true(span_eq(buf_span(&w.line), SPAN("DUNNO"))); /* as it was when it began */
    world_expect(&w, "sender=a@soft.example recipient=anna@example.net",
                 "550 5.7.23 Message rejected due to: SPF softfail - domain owner "
                 "discourages use of this host. identity=mailfrom; "
                 "client-ip=198.51.100.7; helo=mx.example.org; "
                 "envelope-from=\"a@soft.example\"; receiver=\"<UNKNOWN>\"");
    write_users(path, "\nanna@example.net,Nothing=1\n");
    world_pass(&w, 1000000);
    assert_non_null(strstr(w.news.ptr, ":2: `Nothing` is no knob"));
    world_expect(&w, "sender=a@pass.example recipient=anna@example.net", "DUNNO");
    assert_int_equal(unlink(path), 0);
    buf_fini(&text);
    world_end(&w);
}

static void
test_greylist(void **state UNUSED)
{
    struct world w;

    world_begin(&w,
                "client_restrictions = warn reject_rbl_client zen.example\n"
                "recipient_restrictions = greylist, check_recipient_access "
                "inline:{no@example.net=REJECT}",
                zone);
    w.greylist = "DEFER_IF_PERMIT 4.2.0 Greylisted, wait";
    world_expect(&w, "", "DEFER_IF_PERMIT 4.2.0 Greylisted, wait");
    assert_int_equal(w.looks, CHECK_DOUBTFUL);
    assert_true(w.is_rejected);
    world_expect(&w, CLIENT(99), "DEFER_IF_PERMIT 4.2.0 Greylisted, wait");
    assert_int_equal(w.looks, 0);
    assert_string_equal(w.by.ptr, "greylist");
    world_expect(&w, "recipient=no@example.net", "554 5.7.1 Access denied");
    w.greylist = "PREPEND X-Greylist: delayed 60 seconds";
    world_expect(&w, "", "PREPEND X-Greylist: delayed 60 seconds");
    w.greylist = "DUNNO";
    world_expect(&w, "", "DUNNO");
    world_end(&w);
}

/* Replies are held for the suspicious only, so many at a time, and not under stress. */
static void
test_held(void **state UNUSED)
{
    struct buf text = {0}, other = {0};
    struct gate_request request, second;
    struct world w;

    world_begin(&w,
                "held-max = 1\nclient_restrictions = tarpit 3, warn reject_rbl_client "
                "zen.example",
                zone);
    world_expect(&w, CLIENT(99), "DUNNO");
    world_expect(&w, "stress=yes", "DUNNO");
    request = world_request("", &text);
    second = world_request("recipient=x@example.net", &other);
    world_check(&w, &request);
    assert_int_equal(w.decided, 2);
    world_check(&w, &second);
    assert_int_equal(w.decided, 3);
    assert_int_equal(check_counts(w.check).unheld, 1);
    world_pass(&w, 2999999);
    assert_int_equal(w.decided, 3);
    world_pass(&w, 1);
    assert_int_equal(w.decided, 4);
    world_end(&w);
    world_begin(&w, "client_restrictions = sleep 2, sleep 1, permit", zone);
    world_check(&w, &request);
    world_pass(&w, 2000000);
    assert_int_equal(w.decided, 0);
    world_pass(&w, 999999);
    assert_int_equal(w.decided, 0);
    assert_int_equal(check_next_due(w.check), w.now_us + 1);
    world_pass(&w, 1);
    assert_int_equal(w.decided, 1);
    assert_string_equal(w.trace.ptr, "sleep 2: held, sleep 1: held, permit: permit");
    world_expect(&w, "stress=yes", "DUNNO");
    world_end(&w);
    buf_fini(&text);
    buf_fini(&other);
}

/* No reply is held beyond what the asker waits. */
/* What the watch says of a client. */
static void
test_standing(void **state UNUSED)
{
    struct world w;

    world_begin(&w,
                "mynetworks = 192.0.2.0/24\nclient_restrictions = sleep 2, tarpit 3\n"
                "recipient_restrictions = permit_sasl_authenticated, greylist",
                zone);
    w.greylist = "DUNNO";
    w.standing = STANDING_BANNED;
    world_expect(
        &w, "",
        "554 5.7.1 Service unavailable; Client host [198.51.100.7] is banned here");
    assert_true(w.is_rejected);
    assert_string_equal(w.by.ptr, "banned");
    w.is_ban_put_off = true;
    world_expect(
        &w, "stress=yes",
        "450 4.7.1 Service unavailable; Client host [198.51.100.7] is banned here");
    world_expect(&w, "stress=yes sasl_method=PLAIN sasl_username=bob", "DUNNO");
    world_expect(&w, "stress=yes client_address=192.0.2.9", "DUNNO");
    w.standing = STANDING_SUSPECT;
    world_expect(&w, "stress=yes", "DUNNO");
    assert_int_equal(w.looks, CHECK_DOUBTFUL);
    w.standing = STANDING_KNOWN;
    world_expect(&w, "", "DUNNO"); /* and nobody sleeps */
    assert_int_equal(w.looks, CHECK_TRUSTED);
    world_end(&w);
}

/* Mail of an account that judge wants held: HOLD goes first, once a message and whenever
 * there is nothing else; what rejects or puts off goes before it. */
static void
test_account(void **state UNUSED)
{
    static const char held[] = "HOLD Mail of this account is held";
    static const char tagged[] = "PREPEND X-Komainu: reject; 5.7.1 Access denied";
    struct world w;

    world_begin(&w, "recipient_restrictions = tag reject\ndata_restrictions = permit",
                "");
    w.account = ACCOUNTS_HELD;
    world_expect(&w, "instance=1", held);
    assert_string_equal(w.by.ptr, "hold");
    assert_false(w.is_rejected);
    world_expect(&w, "instance=1", tagged);
    world_expect(&w, "instance=1", held);
    assert_string_equal(w.by.len ? w.by.ptr : "", "");
    world_expect(&w, "instance=1 protocol_state=DATA", held);
    world_expect(&w, "instance=2 protocol_state=DATA", held);
    world_expect(&w, "instance=", held);
    world_expect(&w, "instance=", held);
    w.account = ACCOUNTS_FREE; /* it was released meanwhile */
    world_expect(&w, "instance=2", tagged);
    world_expect(&w, "instance=2", "DUNNO");
    w.account = ACCOUNTS_OVER;
    world_expect(
        &w, "instance=3",
        "450 4.7.1 Too much mail of this account within an hour; try again later");
    assert_string_equal(w.by.ptr, "limit");
    assert_true(w.is_rejected);
    world_end(&w);
    world_begin(&w, "recipient_restrictions = greylist\ndata_restrictions = reject", "");
    w.account = ACCOUNTS_HELD;
    w.greylist = "DEFER_IF_PERMIT Greylisted";
    world_expect(&w, "instance=1", "DEFER_IF_PERMIT 4.7.1 Greylisted");
    world_expect(&w, "instance=1 protocol_state=DATA", "554 5.7.1 Access denied");
    w.greylist = "DUNNO";
    world_expect(&w, "instance=1", held);
    world_end(&w);
}

/* Who is suspect is held by `tarpit` alone; a neutral client by none but `sleep`. */
static void
test_standing_held(void **state UNUSED)
{
    struct buf text = {0};
    struct gate_request request = world_request("", &text);
    struct world w;

    world_begin(&w, "client_restrictions = tarpit 3", zone);
    world_check(&w, &request);
    assert_int_equal(w.decided, 1);
    w.standing = STANDING_SUSPECT;
    world_check(&w, &request);
    assert_int_equal(w.decided, 1);
    world_pass(&w, 3000000);
    assert_int_equal(w.decided, 2);
    w.standing = STANDING_KNOWN;
    world_check(&w, &request);
    assert_int_equal(w.decided, 3);
    buf_fini(&text);
    world_end(&w);
}

static void
test_held_within_deadline(void **state UNUSED)
{
    struct buf text = {0};
    struct gate_request request = world_request("", &text);
    struct world w;

    world_begin(&w, "client_restrictions = sleep 60", zone);
    world_check(&w, &request);
    world_pass(&w, 14500000);
    assert_int_equal(w.decided, 1);
    buf_fini(&text);
    world_end(&w);
}

static void
test_foreign_bytes(void **state UNUSED)
{
    struct world w;

    world_begin(&w, "helo_restrictions = reject_invalid_helo_hostname", zone);
    world_expect(&w, "helo_name=\x1b[31m\xff\r", "501 5.5.2 Invalid name (HELO ?[31m?)");
    world_end(&w);
}

static void
test_what_is_refused(void **state UNUSED)
{
    static const struct {
        const char *options, *why;
    } cases[] = {
        {"restriction_classes = a {reject}\nclient_restrictions = a\n"
         "restriction_classes = b {reject}",
         "there is no class `a` in restriction_classes\n"},
        {"client_restrictions = greylist", "there is no greylist here\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct check_world nobody = {.ctx = NULL};
        struct world w;
        struct check *c = NULL;
        struct buf why = {0};

        world_begin(&w, "", "");
        world_set(&w, cases[i].options);
        assert_false(check_new(&c, &w.config, &nobody, &why));
        assert_non_null(strstr(why.ptr, cases[i].why));
        buf_fini(&why);
        world_end(&w);
    }
}

static void
test_what_tables_may_not_say(void **state UNUSED)
{
    static const struct {
        const char *options, *news;
    } cases[] = {
        {"client_restrictions = check_client_access hash:/nowhere/x",
         "/nowhere/x: cannot be read: No such file or directory"},
        {"client_restrictions = check_client_access inline:{a=my_class}",
         "`my_class` is no action"},
        {"client_restrictions = check_client_access inline:{a=reject_rbl_client}",
         "`reject_rbl_client` is no action, no class"},
        {"client_restrictions = check_client_mx_access inline:{192.0.2.1=OK}",
         "`OK` would let pass whoever names such a server; write DUNNO"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;

        world_begin_failing(&w, cases[i].options, "", NULL);
        if (!w.news.ptr || !strstr(w.news.ptr, cases[i].news))
            fail_msg("%s: %s", cases[i].options, w.news.ptr ? w.news.ptr : "nothing");
        world_end(&w);
    }
}

static void
world_expect_fired(struct world *w)
{
    struct buf text = {0};
    struct gate_request request = world_request("", &text);

    world_check(w, &request);
    assert_true(span_ends(buf_span(&w->trace), SPAN(": fired")));
    buf_fini(&text);
}

/* A table that cannot be read at the start takes nothing with it: it is told of, puts off
 * where a failure is to, and is asked as soon as it can be read. */
static void
test_unread_tables(void **state UNUSED)
{
    static const struct {
        const char *form, *fail_text, *answer;
        bool is_rejected;
    } cases[] = {
        {"", NULL, "DUNNO", false},
        {"", "4.3.0 Not now", "DEFER_IF_PERMIT 4.3.0 Not now", true},
        {"reject ", "4.3.0 Not now", "DEFER_IF_PERMIT 4.3.0 Not now", true},
        {"discard ", "4.3.0 Not now", "DEFER_IF_PERMIT 4.3.0 Not now", true},
        {"reject ", NULL, "DUNNO", false},
        {"warn ", "4.3.0 Not now", "DUNNO", false},
        {"score 9 ", "4.3.0 Not now", "DUNNO", false},
    };
    char path[] = "/tmp/komainu-check-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf options = {0}, news = {0};
        struct check_table bad;
        size_t place = 0;
        struct world w;
        FILE *file;

        assert_int_equal(unlink(path), 0);
        buf_printf(&options,
                   "client_restrictions = %scheck_client_access texthash:%s\n"
                   "score-reject = 20",
                   cases[i].form, path);
        buf_printf(&news,
                   "bad texthash:%s: %s: cannot be read: No such file or directory\n",
                   path, path);
        world_begin_failing(&w, options.ptr, "", cases[i].fail_text);
        assert_string_equal(w.news.ptr, news.ptr); /* once */
        assert_true(check_bad_table(w.check, &place, &bad));
        assert_false(bad.is_read);
        assert_false(check_bad_table(w.check, &place, &bad));
        world_expect(&w, "", cases[i].answer);
        assert_int_equal(w.is_rejected, cases[i].is_rejected);
        assert_true(span_ends(buf_span(&w.trace), SPAN(": failed")));

        file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs("198.51.100.7 450 in a table\n", file) >= 0);
        assert_int_equal(fclose(file), 0);
        buf_clear(&w.news);
        world_pass(&w, 1000000);
        assert_true(span_starts(buf_span(&w.news), SPAN("read ")));
        place = 0;
        assert_false(check_bad_table(w.check, &place, &bad));
        world_expect_fired(&w);
        buf_fini(&options);
        buf_fini(&news);
        world_end(&w);
    }
    assert_int_equal(unlink(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows),
                                       TEST(test_rows_slow),
                                       TEST(test_asks_ahead),
                                       TEST(test_deadline),
                                       TEST(test_cancel),
                                       TEST(test_self_test),
                                       TEST(test_list_errors_are_told_once),
                                       TEST(test_one_header_a_reply),
                                       TEST(test_score_of_a_message),
                                       TEST(test_rates),
                                       TEST(test_high_rates),
                                       TEST(test_greylist_after_spf),
                                       TEST(test_greylist_of_generic),
                                       TEST(test_spf_deadline),
                                       TEST(test_spf_users),
                                       TEST(test_greylist),
                                       TEST(test_held),
                                       TEST(test_standing),
                                       TEST(test_account),
                                       TEST(test_standing_held),
                                       TEST(test_held_within_deadline),
                                       TEST(test_foreign_bytes),
                                       TEST(test_what_is_refused),
                                       TEST(test_what_tables_may_not_say),
                                       TEST(test_unread_tables)};

    return RUN(tests);
}
