/* spf_result: what an SPF check says (RFC 7208, 2.6), of which identity, and why. */
#pragma once

#include "base/attr.h"

enum spf_result {
    SPF_RESULT_NONE,
    SPF_RESULT_NEUTRAL,
    SPF_RESULT_PASS,
    SPF_RESULT_FAIL,
    SPF_RESULT_SOFTFAIL,
    SPF_RESULT_TEMPERROR,
    SPF_RESULT_PERMERROR,
    SPF_RESULTS,
};

enum spf_identity { SPF_HELO, SPF_MAIL_FROM };

/* Why the result is that. */
enum spf_reason {
    SPF_MATCHED,       /* c->mechanism did */
    SPF_NOT_MATCHED,   /* nothing did: neutral */
    SPF_BAD_NAME,      /* the name is none that could have a record */
    SPF_NOT_PUBLISHED, /* it has none */
    SPF_TWO_RECORDS,
    SPF_MALFORMED,
    SPF_LONG_RECORD,  /* more than SPF_RECORD_MAX */
    SPF_LOST_INCLUDE, /* what is included, or redirected to, has no record */
    SPF_MANY_TERMS,   /* more look-ups than may be */
    SPF_MANY_VOIDS,   /* more of them without anything to find */
    SPF_MANY_HOSTS,   /* an mx with more than SPF_CHECK_HOSTS_MAX */
    SPF_NO_ANSWER,    /* of the name servers */
    SPF_OUT_OF_TIME,
    SPF_REASONS,
};

/* "softfail"; "helo"; "many-terms". */
const char *spf_result_text(enum spf_result result);
const char *spf_identity_text(enum spf_identity identity);
const char *spf_reason_text(enum spf_reason reason);
