#include "conf/spf_knobs.h"

#include "base/addr.h"
#include "base/host.h"

enum {
    LIST_MAX = 8192,
    SECONDS_MAX = 90,
    VOIDS_MAX = 100,
    PATH_LEN_MAX = 1000,
    MESSAGE_MAX = 400
};

enum kind {
    IS_REJECT,      /* one of enum spf_reject */
    IS_HELO_REJECT, /* the same, and Null */
    IS_BOOL,        /* True or False */
    IS_YES,         /* Yes or No */
    IS_WORD,        /* a restriction; None: none */
    IS_PREFIXES,
    IS_NAMES,
    IS_HEADER,
    IS_ID,
    IS_SECONDS,
    IS_VOIDS,
    IS_TEST,
    IS_USERS, /* text,PATH */
    IS_MESSAGE,
    IS_LEVEL, /* debugLevel: komainu's log has its own */
    IS_UNBUILT,
};

static const struct {
    const char *name;
    enum kind kind;
    size_t at;
} knobs[] = {
    {"HELO_reject", IS_HELO_REJECT, offsetof(struct spf_knobs, helo_reject)},
    {"Mail_From_reject", IS_REJECT, offsetof(struct spf_knobs, mail_from_reject)},
    {"HELO_pass_restriction", IS_WORD, offsetof(struct spf_knobs, helo_pass_restriction)},
    {"Mail_From_pass_restriction", IS_WORD,
     offsetof(struct spf_knobs, mail_from_pass_restriction)},
    {"No_Mail", IS_BOOL, offsetof(struct spf_knobs, is_no_mail_only)},
    {"Reject_Not_Pass_Domains", IS_NAMES,
     offsetof(struct spf_knobs, reject_not_pass_domains)},
    {"PermError_reject", IS_BOOL, offsetof(struct spf_knobs, is_permerror_reject)},
    {"TempError_Defer", IS_BOOL, offsetof(struct spf_knobs, is_temperror_defer)},
    {"skip_addresses", IS_PREFIXES, offsetof(struct spf_knobs, skip_addresses)},
    {"Whitelist", IS_PREFIXES, offsetof(struct spf_knobs, whitelist)},
    {"HELO_Whitelist", IS_NAMES, offsetof(struct spf_knobs, helo_whitelist)},
    {"Domain_Whitelist", IS_NAMES, offsetof(struct spf_knobs, domain_whitelist)},
    {"Domain_Whitelist_PTR", IS_NAMES, offsetof(struct spf_knobs, domain_whitelist_ptr)},
    {"SPF_Enhanced_Status_Codes", IS_YES, offsetof(struct spf_knobs, is_enhanced)},
    {"Header_Type", IS_HEADER, offsetof(struct spf_knobs, header_type)},
    {"Authserv_Id", IS_ID, offsetof(struct spf_knobs, authserv_id)},
    {"Hide_Receiver", IS_YES, offsetof(struct spf_knobs, is_receiver_hidden)},
    {"Lookup_Time", IS_SECONDS, offsetof(struct spf_knobs, lookup_time_s)},
    {"Whitelist_Lookup_Time", IS_SECONDS,
     offsetof(struct spf_knobs, whitelist_lookup_time_s)},
    {"Void_Limit", IS_VOIDS, offsetof(struct spf_knobs, void_limit)},
    {"TestOnly", IS_TEST, offsetof(struct spf_knobs, is_test_only)},
    {"defaultSeedOnly", IS_TEST, offsetof(struct spf_knobs, is_test_only)},
    {"debugLevel", IS_LEVEL, 0},
    {"Prospective", IS_UNBUILT, 0},
    {"Mock", IS_UNBUILT, 0},
    {"Per_User", IS_USERS, offsetof(struct spf_knobs, users)},
    {"Reason_Message", IS_MESSAGE, offsetof(struct spf_knobs, reason_message)},
    {"QueueID", IS_UNBUILT, 0},
};

struct spf_knobs
spf_knobs_by_rule(void)
{
    return (struct spf_knobs){
        .skip_addresses = SPAN("127.0.0.0/8,::1"), /* mapped ones are IPv4 here */
        .is_enhanced = true,
        .lookup_time_s = 20,
        .whitelist_lookup_time_s = 10,
        .void_limit = 2,
    };
}

bool
spf_knobs_next_piece(struct span *rest, struct span *before, struct span *word)
{
    static const char *const words[] = {"{rejectdefer}", "{spf}", "{url}"};
    size_t n = 0;

    if (!rest->len)
        return false;
    *word = (struct span){0};
    for (; n < rest->len && !word->len; n++)
        for (size_t i = 0; i < ARRAY_LEN(words) && !word->len; i++)
            if (span_starts(span_from(*rest, n), span_of(words[i])))
                *word = span_of(words[i]);
    n -= word->len > 0;
    *before = span_head(*rest, n);
    *rest = span_from(*rest, n + word->len);
    return true;
}

static bool
set_reject(void *at, struct span value, bool is_helo)
{
    static const char *const names[] = {
        [SPF_REJECT_FAIL] = "Fail",         [SPF_REJECT_NOT_PASS] = "SPF_Not_Pass",
        [SPF_REJECT_SOFTFAIL] = "Softfail", [SPF_REJECT_NULL] = "Null",
        [SPF_REJECT_FALSE] = "False",       [SPF_REJECT_NO_CHECK] = "No_Check"};

    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq_nocase(value, span_of(names[i])) &&
            (is_helo || i != SPF_REJECT_NULL)) {
            *(enum spf_reject *)at = (enum spf_reject)i;
            return true;
        }
    return false;
}

static bool
set_header(void *at, struct span value)
{
    static const char *const names[] = {
        [SPF_HEADER_SPF] = "SPF", [SPF_HEADER_AR] = "AR", [SPF_HEADER_NONE] = "None"};

    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq_nocase(value, span_of(names[i]))) {
            *(enum spf_header_type *)at = (enum spf_header_type)i;
            return true;
        }
    return false;
}

static bool
set_bool(void *at, struct span value, struct span yes, struct span no)
{
    if (!span_eq_nocase(value, yes) && !span_eq_nocase(value, no))
        return false;
    *(bool *)at = span_eq_nocase(value, yes);
    return true;
}

/* A restriction is a word for Postfix: nothing that could end its line. */
static bool
set_word(void *at, struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~')
            return false;
    if (span_eq_nocase(value, SPAN("None")))
        value.len = 0;
    *(struct span *)at = value;
    return value.len <= HOST_TEXT_MAX;
}

static bool
set_list(void *at, struct span value, bool is_names)
{
    struct span rest = value, word;
    struct addr prefix;

    if (span_eq_nocase(value, SPAN("None")))
        rest = value = (struct span){0};
    while (span_word(&rest, &word))
        if (is_names ? !host_is_dns_name(word) : !addr_parse_prefix(word, &prefix))
            return false;
    *(struct span *)at = value;
    return value.len <= LIST_MAX;
}

static bool
set_number(void *at, struct span value, uint64_t least, uint64_t most)
{
    uint64_t n;

    if (!span_u64(value, least, most, &n))
        return false;
    *(unsigned *)at = (unsigned)n;
    return true;
}

static bool
set_users(void *at, struct span value)
{
    if (span_eq_nocase(value, SPAN("None")))
        value.len = 0;
    else if (!span_take(&value, SPAN("text,")) || !span_starts(value, SPAN("/")) ||
             value.len > PATH_LEN_MAX || span_find_byte(value, '\0') >= 0)
        return false;
    *(struct span *)at = value;
    return true;
}

/* Braces only about the words that are put in. */
static bool
set_message(void *at, struct span value)
{
    struct span rest = value, before, word;

    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~')
            return false;
    while (spf_knobs_next_piece(&rest, &before, &word))
        if (span_find_byte(before, '{') >= 0 || span_find_byte(before, '}') >= 0)
            return false;
    *(struct span *)at = value;
    return value.len > 0 && value.len <= MESSAGE_MAX;
}

static bool
set_value(enum kind kind, void *at, struct span value)
{
    uint64_t n;

    switch (kind) {
    case IS_REJECT:
    case IS_HELO_REJECT:
        return set_reject(at, value, kind == IS_HELO_REJECT);
    case IS_BOOL:
        return set_bool(at, value, SPAN("True"), SPAN("False"));
    case IS_YES:
        return set_bool(at, value, SPAN("Yes"), SPAN("No"));
    case IS_TEST:
        return set_bool(at, value, SPAN("0"), SPAN("1"));
    case IS_WORD:
    case IS_ID:
        return set_word(at, value);
    case IS_PREFIXES:
    case IS_NAMES:
        return set_list(at, value, kind == IS_NAMES);
    case IS_HEADER:
        return set_header(at, value);
    case IS_SECONDS:
        return set_number(at, value, 1, SECONDS_MAX);
    case IS_VOIDS:
        return set_number(at, value, 1, VOIDS_MAX);
    case IS_USERS:
        return set_users(at, value);
    case IS_MESSAGE:
        return set_message(at, value);
    case IS_LEVEL:
        return span_eq(value, SPAN("-1")) || span_u64(value, 0, UINT8_MAX, &n);
    case IS_UNBUILT:
        break;
    }
    return false;
}

enum spf_knob
spf_knobs_set(struct spf_knobs *k, struct span name, struct span value)
{
    struct spf_knobs next = *k;

    for (size_t i = 0; i < ARRAY_LEN(knobs); i++) {
        if (!span_eq_nocase(name, span_of(knobs[i].name)))
            continue;
        if (knobs[i].kind == IS_UNBUILT)
            return SPF_KNOB_UNBUILT;
        if (!set_value(knobs[i].kind, (char *)&next + knobs[i].at, value))
            return SPF_KNOB_BAD;
        *k = next;
        return SPF_KNOB_SET;
    }
    return SPF_KNOB_UNKNOWN;
}

const char *
spf_knob_right(struct span name)
{
    static const char *const right[] = {
        [IS_REJECT] = "Fail, Softfail, SPF_Not_Pass, False or No_Check",
        [IS_HELO_REJECT] = "Fail, Softfail, SPF_Not_Pass, Null, False or No_Check",
        [IS_BOOL] = "True or False",
        [IS_YES] = "Yes or No",
        [IS_WORD] = "one restriction in printable ASCII, or None",
        [IS_PREFIXES] = "addresses and networks with commas between, or None",
        [IS_NAMES] = "names of domains with commas between, or None",
        [IS_HEADER] = "SPF, AR or None",
        [IS_ID] = "one name in printable ASCII",
        [IS_SECONDS] = "seconds from 1 to 90",
        [IS_USERS] = "text,/PATH of a file, or None",
        [IS_VOIDS] = "a number from 1 to 100",
        [IS_TEST] = "0 or 1",
        [IS_MESSAGE] = ("a line of printable ASCII, 400 bytes at most, with no brace but "
                        "{rejectdefer}, {spf} and {url}"),
        [IS_LEVEL] = "a number from -1 to 255",
        [IS_UNBUILT] = "nothing: it is not built",
    };

    for (size_t i = 0; i < ARRAY_LEN(knobs); i++)
        if (span_eq_nocase(name, span_of(knobs[i].name)))
            return right[knobs[i].kind];
    return "nothing: there is no such knob";
}
