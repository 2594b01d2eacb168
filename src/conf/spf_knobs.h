/* spf_knobs: what is done about SPF, by policyd-spf's own names (policyd-spf.conf(5)).
 *
 * Texts are borrowed from whoever sets them. Not built, and refused by name: Prospective,
 * Mock, QueueID. debugLevel is taken and means nothing: the log
 * is komainu's. Void_Limit is 1 at least.
 *
 *     struct spf_knobs k = spf_knobs_by_rule();
 *     if (spf_knobs_set(&k, SPAN("HELO_reject"), SPAN("Null")) != SPF_KNOB_SET) ...
 */
#pragma once

#include "base/span.h"

/* When an identity leads to a reject; all but the last two say "and what is worse". */
enum spf_reject {
    SPF_REJECT_FAIL,
    SPF_REJECT_NOT_PASS, /* fail, softfail, neutral */
    SPF_REJECT_SOFTFAIL,
    SPF_REJECT_NULL,  /* of HELO: a fail, for the null sender */
    SPF_REJECT_FALSE, /* header only */
    SPF_REJECT_NO_CHECK,
};

enum spf_header_type { SPF_HEADER_SPF, SPF_HEADER_AR, SPF_HEADER_NONE };

struct spf_knobs {
    enum spf_reject helo_reject, mail_from_reject;
    struct span helo_pass_restriction, mail_from_pass_restriction; /* empty: none */
    bool is_no_mail_only;                                          /* No_Mail */
    struct span reject_not_pass_domains; /* lists, with commas */
    bool is_permerror_reject, is_temperror_defer;
    struct span skip_addresses, whitelist;
    struct span helo_whitelist, domain_whitelist, domain_whitelist_ptr;
    bool is_enhanced; /* SPF_Enhanced_Status_Codes */
    enum spf_header_type header_type;
    struct span authserv_id; /* empty: the name of this host, which the caller puts in */
    bool is_receiver_hidden;
    unsigned lookup_time_s, whitelist_lookup_time_s, void_limit;
    struct span reason_message; /* empty: our own */
    struct span users;          /* Per_User: the path of a file; empty: none */
    bool is_test_only;          /* "TestOnly = 0", as it is there */
};

enum spf_knob {
    SPF_KNOB_SET,
    SPF_KNOB_UNKNOWN,
    SPF_KNOB_BAD,     /* the value is none of its kind */
    SPF_KNOB_UNBUILT, /* policyd-spf has it, and we do not */
};

/* What policyd-spf does without a configuration. */
struct spf_knobs spf_knobs_by_rule(void);

/* Sets one by its name, whose case does not matter. Written only when it is set. */
NODISCARD enum spf_knob spf_knobs_set(struct spf_knobs *k, struct span name,
                                      struct span value);

/* Cuts the next piece off a Reason_Message: text, and behind it {rejectdefer}, {spf} or
 * {url}, or nothing at its end. False: that was all. */
NODISCARD bool spf_knobs_next_piece(struct span *rest, struct span *before,
                                    struct span *word);

/* What would be right for a knob: "True or False". */
const char *spf_knob_right(struct span name);
