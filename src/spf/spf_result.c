#include "spf/spf_result.h"

const char *
spf_result_text(enum spf_result result)
{
    static const char *const texts[SPF_RESULTS] = {
        [SPF_RESULT_NONE] = "none",           [SPF_RESULT_NEUTRAL] = "neutral",
        [SPF_RESULT_PASS] = "pass",           [SPF_RESULT_FAIL] = "fail",
        [SPF_RESULT_SOFTFAIL] = "softfail",   [SPF_RESULT_TEMPERROR] = "temperror",
        [SPF_RESULT_PERMERROR] = "permerror",
    };

    return result < SPF_RESULTS ? texts[result] : "";
}

const char *
spf_identity_text(enum spf_identity identity)
{
    return identity == SPF_HELO ? "helo" : "mailfrom";
}

const char *
spf_reason_text(enum spf_reason reason)
{
    static const char *const texts[SPF_REASONS] = {
        [SPF_MATCHED] = "matched",         [SPF_NOT_MATCHED] = "not-matched",
        [SPF_BAD_NAME] = "bad-name",       [SPF_NOT_PUBLISHED] = "not-published",
        [SPF_TWO_RECORDS] = "two-records", [SPF_MALFORMED] = "malformed",
        [SPF_LONG_RECORD] = "long-record", [SPF_LOST_INCLUDE] = "lost-include",
        [SPF_MANY_TERMS] = "many-terms",   [SPF_MANY_VOIDS] = "many-voids",
        [SPF_MANY_HOSTS] = "many-hosts",   [SPF_NO_ANSWER] = "no-answer",
        [SPF_OUT_OF_TIME] = "out-of-time",
    };

    return reason < SPF_REASONS ? texts[reason] : "";
}
