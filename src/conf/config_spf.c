#include "conf/config_spf.h"

#include "base/mem.h"
#include "conf/spf_knobs.h"

enum { SHOWN_MAX = 60 };

#define WORDS(option, rule, taken, what)                                                 \
    {                                                                                    \
        .name = (option), .type = OPTION_WORD, .fallback = (rule), .words = (taken),     \
        .help = (what)                                                                   \
    }
#define TEXT(option, what)                                                               \
    {                                                                                    \
        .name = (option), .type = OPTION_TEXT, .fallback = "", .help = (what)            \
    }

#define REFUSED(option, instead)                                                         \
    {                                                                                    \
        .name = (option), .type = OPTION_REFUSED, .help = (instead)                      \
    }

const struct option options_spf[] = {
    WORDS(
        "helo_reject", "fail", "spf_not_pass softfail fail null false no_check",
        "From which result of the name of HELO on a mail is refused. null: on fail, for "
        "the null sender alone; false: never, a header tells; no_check: not checked."),
    WORDS("mail_from_reject", "fail", "spf_not_pass softfail fail false no_check",
          "The same, of the sender."),
    TEXT("helo_pass_restriction",
         "A restriction, or a class, that Postfix asks when HELO passes."),
    TEXT("mail_from_pass_restriction", "The same, when the sender passes."),
    WORDS("no_mail", "false", "true false",
          "Refuse for records alone that say that the name sends no mail."),
    TEXT(
        "reject_not_pass_domains",
        "Names of which mail is refused that does not pass, whatever their records say."),
    WORDS("permerror_reject", "false", "true false",
          "Refuse mail of names with a wrong record."),
    WORDS("temperror_defer", "false", "true false",
          "Put mail off while DNS gives no answer."),
    TEXT("skip_addresses", "Networks that are not checked, with commas between; none "
                           "said: 127.0.0.0/8,::1."),
    TEXT("whitelist", "Networks of relays that are not checked."),
    TEXT("helo_whitelist", "Names of HELO that are not checked where they have the "
                           "client's address."),
    TEXT("domain_whitelist", "Names whose own senders are not checked."),
    TEXT("domain_whitelist_ptr", "Names; who has a name below one of them is not "
                                 "checked."),
    WORDS("spf_enhanced_status_codes", "yes", "yes no",
          "Say 5.7.23 and the like (RFC 7372)."),
    WORDS("header_type", "spf", "spf ar none",
          "Received-SPF, Authentication-Results, or no header."),
    TEXT("authserv_id", "The name in Authentication-Results; none said: this host's."),
    WORDS("hide_receiver", "no", "yes no", "Leave the name of this host out of headers."),
    {.name = "void_limit",
     .type = OPTION_INTEGER,
     .fallback = "2",
     .min = 1,
     .max = 100,
     .help = "How many look-ups of one check may find nothing (RFC 7208, 4.6.4)."},
    TEXT("per_user",
         "text,/PATH: a file of recipients with knobs of their own, one a line: "
         "user@example.net,Mail_From_reject=Softfail|HELO_reject=No_Check. Read anew "
         "when it changes."),
    REFUSED("lookup_time", "and set check-deadline in [gate]"),
    REFUSED("whitelist_lookup_time", "and set check-deadline in [gate]"),
    REFUSED("testonly", "and write `warn spf` in a list of [gate]"),
    REFUSED("defaultseedonly", "and write `warn spf` in a list of [gate]"),
    REFUSED("debuglevel", "and set `log` in [gate]"),
    REFUSED("prospective", NULL),
    REFUSED("mock", NULL),
    TEXT("reason_message",
         "What who is refused is told, with {rejectdefer}, {spf} and {url} in it. None "
         "said: what was found, and of whom."),
    REFUSED("queueid", "and see queue_id in the lines of the gate's log"),
};
const size_t options_spf_count = ARRAY_LEN(options_spf);
_Static_assert(ARRAY_LEN(options_spf) == CONFIG_SPF_OPTIONS, "one text for each");

void
config_spf_fini(struct config_spf *c)
{
    for (size_t i = 0; i < CONFIG_SPF_OPTIONS; i++)
        mem_free(c->texts[i]);
    *c = (struct config_spf){0};
}

struct span
config_spf_users(const struct config_spf *c)
{
    struct spf_knobs k = spf_knobs_by_rule();

    for (size_t i = 0; i < CONFIG_SPF_OPTIONS; i++)
        if (c->texts[i] && strcmp(options_spf[i].name, "per_user") == 0)
            must(spf_knobs_set(&k, SPAN("Per_User"), span_of(c->texts[i])) ==
                 SPF_KNOB_SET); /* it was taken */
    return k.users;
}

static bool
check(const struct option *o, struct span text, struct buf *why)
{
    struct spf_knobs k = spf_knobs_by_rule();

    if (spf_knobs_set(&k, span_of(o->name), text) == SPF_KNOB_SET)
        return true;
    buf_printf(why, "`%s` is `", o->name);
    buf_escaped(why, span_head(text, SHOWN_MAX));
    buf_printf(why, "`; write %s", spf_knob_right(span_of(o->name)));
    return false;
}

bool
config_spf_take(struct config_spf *c, const struct option *o,
                const struct option_value *v, struct buf *why)
{
    ptrdiff_t at = o - options_spf;

    must(at >= 0 && at < CONFIG_SPF_OPTIONS);
    if (v->text.len && !check(o, v->text, why))
        return false;
    mem_free(c->texts[at]);
    c->texts[at] = v->text.len ? mem_copy_text(v->text.ptr, v->text.len) : NULL;
    return true;
}
