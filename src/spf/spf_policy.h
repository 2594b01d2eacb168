/* spf_policy: from the results of SPF to what is done with a mail, by the knobs; pure.
 *
 * Before the checks: spf_policy_bypass() says who is not checked at all, and
 * spf_policy_has_helo(), _next_domain() and _has_ptr() which look-ups could say so too
 * (whether the name of HELO has the client's address; whether a domain's SPF has the
 * client; a validated name of it). Then the checks that spf_policy_wants() names, HELO
 * first: when spf_policy_decide() with it alone refuses the mail, the other is not
 * needed.
 */
#pragma once

#include "conf/spf_knobs.h"
#include "spf/spf_header.h"

/* Why a mail is not checked. */
enum spf_bypass {
    SPF_BYPASS_NONE,
    SPF_BYPASS_LOCAL,   /* skip_addresses */
    SPF_BYPASS_ADDRESS, /* Whitelist */
    SPF_BYPASS_HELO,    /* HELO_Whitelist */
    SPF_BYPASS_DOMAIN,  /* Domain_Whitelist */
    SPF_BYPASS_PTR,     /* Domain_Whitelist_PTR */
    SPF_BYPASSES,
};

/* What is known of one identity. */
struct spf_outcome {
    bool is_checked;
    enum spf_result result;
    bool is_no_mail;         /* the record is "v=spf1 -all" */
    struct span mechanism;   /* may be empty */
    struct span explanation; /* printable ASCII; may be empty */
};

enum spf_action {
    SPF_DO_NOTHING,
    SPF_DO_PREPEND,     /* text is a header */
    SPF_DO_REJECT,      /* text is "550 5.7.23 ..." */
    SPF_DO_DEFER,       /* text is "DEFER_IF_PERMIT 4.7.24 ..." */
    SPF_DO_RESTRICTION, /* text is its name */
};

/* By the addresses alone. */
enum spf_bypass spf_policy_bypass(const struct spf_knobs *k, const struct addr *client);

/* Whether the name of HELO is in HELO_Whitelist: a bypass, if it has the client's
 * address.
 */
NODISCARD bool spf_policy_has_helo(const struct spf_knobs *k, struct span helo);

/* Takes the next name off a copy of k->domain_whitelist: a bypass, if a check of MAIL
 * FROM with it passes. */
NODISCARD bool spf_policy_next_domain(struct span *rest, struct span *domain);

/* Whether a validated name of the client is one of Domain_Whitelist_PTR or below it. */
NODISCARD bool spf_policy_has_ptr(const struct spf_knobs *k, struct span name);

/* Whether that identity is to be checked. The null sender has HELO alone. */
NODISCARD bool spf_policy_wants(const struct spf_knobs *k, enum spf_identity identity,
                                struct span sender);

/* What is to be done, its text in `text`, empty before: one line of printable ASCII.
 * Either outcome may be unchecked. Of a mail with several recipients the caller prepends
 * a header once. */
enum spf_action spf_policy_decide(const struct spf_knobs *k, const struct spf_mail *mail,
                                  const struct spf_outcome *helo,
                                  const struct spf_outcome *mail_from, struct buf *text);

/* The same for a mail that is not checked. */
enum spf_action spf_policy_pass_by(const struct spf_knobs *k, const struct spf_mail *mail,
                                   enum spf_bypass why, struct buf *text);
