/* Fuzz target: what is said of a mail whose every word is foreign. The lines of the input
 * are sender, HELO, receiver, mechanism, and a knob with its value; the first byte says
 * how the checks ended. */
#include "base/mem.h"
#include "spf/spf_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span
next_line(struct span *rest)
{
    struct span line = {0};

    return span_line(rest, &line) ? line : (struct span){0};
}

static void
check_text(const struct buf *text, enum spf_action action)
{
    must((action == SPF_DO_NOTHING) == (text->len == 0));
    must(text->len <= SPF_HEADER_MAX);
    for (size_t i = 0; i < text->len; i++)
        must(text->ptr[i] >= ' ' && text->ptr[i] <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, name, value;
    struct spf_mail mail = {.client = {4, 32, {192, 0, 2, 1}}};
    struct spf_knobs k = spf_knobs_by_rule();
    struct spf_outcome helo = {.is_checked = true}, mail_from = {.is_checked = true};
    struct buf text = {0};

    if (size == 0)
        return 0;
    helo.result = (enum spf_result)(data[0] % SPF_RESULTS);
    mail_from.result = (enum spf_result)(data[0] / SPF_RESULTS % SPF_RESULTS);
    helo.is_checked = data[0] < 128;
    rest = span_from(rest, 1);
    mail.sender = next_line(&rest);
    mail.helo = next_line(&rest);
    mail.receiver = next_line(&rest);
    k.authserv_id = mail.receiver;
    helo.explanation = mail_from.explanation = SPAN("because");
    while (span_cut(next_line(&rest), SPAN("="), &name, &value))
        (void)!spf_knobs_set(&k, name, value);
    check_text(&text, SPF_DO_NOTHING);
    check_text(&text, spf_policy_decide(&k, &mail, &helo, &mail_from, &text));
    buf_clear(&text);
    check_text(&text, spf_policy_pass_by(&k, &mail, SPF_BYPASS_LOCAL, &text));
    buf_fini(&text);
    return 0;
}
