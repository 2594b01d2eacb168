#include "spf/spf_header.h"

#include "base/ascii.h"
#include "base/host.h"

enum { SENDER_TEXT_MAX = 254 }; /* RFC 5321, 4.5.3.1.3 */

static const char *const names[SPF_RESULTS] = {
    [SPF_RESULT_NONE] = "None",           [SPF_RESULT_NEUTRAL] = "Neutral",
    [SPF_RESULT_PASS] = "Pass",           [SPF_RESULT_FAIL] = "Fail",
    [SPF_RESULT_SOFTFAIL] = "Softfail",   [SPF_RESULT_TEMPERROR] = "Temperror",
    [SPF_RESULT_PERMERROR] = "Permerror",
};

/* RFC 5322, 3.2.3 */
static bool
is_dot_atom(struct span s)
{
    bool is_dot = true; /* none may be first */

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '.' ? is_dot
                     : !ascii_is_letter(c) && !ascii_is_digit(c) &&
                           (c == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", c)))
            return false;
        is_dot = c == '.';
    }
    return !is_dot;
}

void
spf_add_quoted(struct buf *out, struct span text, size_t max)
{
    if (text.len <= max && is_dot_atom(text)) {
        buf_add(out, text);
        return;
    }
    buf_add_byte(out, '"');
    for (size_t i = 0, used = 2; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_special = c == '"' || c == '\\';

        used += is_special ? 2 : 1;
        if (used > max)
            break;
        if (is_special)
            buf_add_byte(out, '\\');
        buf_add_byte(out, c >= ' ' && c <= '~' ? c : '?');
    }
    buf_add_byte(out, '"');
}

static void
add_pair(struct buf *out, const char *name, struct span value, size_t max)
{
    buf_printf(out, "; %s=", name);
    spf_add_quoted(out, value.len ? value : SPAN("unknown"), max);
}

void
spf_add_mail(struct buf *out, const struct spf_mail *mail)
{
    char text[ADDR_TEXT_MAX];
    struct span client = span_of(addr_text(&mail->client, text));

    /* The colons of IPv6 are no atom; RFC 7208 has a quoted string for them. */
    buf_add_text(out, "client-ip=");
    spf_add_quoted(out, client, ADDR_TEXT_MAX);
    add_pair(out, "helo", mail->helo, HOST_TEXT_MAX);
    add_pair(out, "envelope-from", mail->sender.len ? mail->sender : SPAN("<>"),
             SENDER_TEXT_MAX);
    add_pair(out, "receiver", mail->receiver, HOST_TEXT_MAX);
}

void
spf_add_received(struct buf *out, const struct spf_mail *mail, enum spf_identity identity,
                 enum spf_result result, struct span mechanism)
{
    struct buf line = buf_bounded(SPF_HEADER_MAX), more = {0};

    buf_printf(&line, "Received-SPF: %s (%s) identity=%s; ", names[result],
               spf_identity_text(identity), spf_identity_text(identity));
    spf_add_mail(&line, mail);
    if (mechanism.len)
        add_pair(&more, "mechanism", mechanism, HOST_TEXT_MAX);
    if (line.len + more.len <= SPF_HEADER_MAX)
        buf_add(&line, buf_span(&more));
    buf_add(out, buf_span(&line));
    buf_fini(&line);
    buf_fini(&more);
}

void
spf_add_authentication(struct buf *out, const struct spf_mail *mail,
                       enum spf_identity identity, enum spf_result result,
                       struct span authserv_id)
{
    ptrdiff_t at = span_find_last(mail->sender, '@');
    struct span domain = span_from(mail->sender, (size_t)(at + 1));
    char text[ADDR_TEXT_MAX];

    buf_add_text(out, "Authentication-Results: ");
    spf_add_quoted(out, authserv_id, HOST_TEXT_MAX);
    buf_printf(out, "; spf=%s (client-ip=%s) smtp.%s=", spf_result_text(result),
               addr_text(&mail->client, text), spf_identity_text(identity));
    spf_add_quoted(out, identity == SPF_HELO ? mail->helo : domain, HOST_TEXT_MAX);
}
