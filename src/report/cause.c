#include "report/cause.h"

#include "base/ascii.h"

enum { LOOKED_AT_MAX = 512 }; /* bytes: replies say why in their first line */

/* Words of a text, in small letters, and what they mean; the first that is found
 * counts. */
struct sign {
    struct span text;
    enum word cause;
};

static const struct sign refusals[] = {
    {SPAN_INIT("greylist"), WORD_BY_GREYLIST},
    {SPAN_INIT("graylist"), WORD_BY_GREYLIST},
    {SPAN_INIT("blocked using"), WORD_BY_DNSBL},
    {SPAN_INIT("relay access denied"), WORD_BY_RELAY},
    {SPAN_INIT("relaying denied"), WORD_BY_RELAY},
    {SPAN_INIT("dmarc"), WORD_BY_DMARC},
    {SPAN_INIT("dkim"), WORD_BY_DKIM},
    {SPAN_INIT("spf"), WORD_BY_SPF},
    {SPAN_INIT("sender address rejected: domain not found"), WORD_BY_SENDER_DOMAIN},
    {SPAN_INIT("sender address rejected"), WORD_BY_SENDER},
    {SPAN_INIT("user unknown"), WORD_BY_RECIPIENT},
    {SPAN_INIT("undeliverable address"), WORD_BY_RECIPIENT},
    {SPAN_INIT("unverified address"), WORD_BY_RECIPIENT},
    {SPAN_INIT("helo command rejected"), WORD_BY_HELO},
    {SPAN_INIT("cannot find your"), WORD_BY_CLIENT_NAME},
    {SPAN_INIT("client host rejected"), WORD_BY_CLIENT},
    {SPAN_INIT("message size exceeds"), WORD_BY_SIZE},
    {SPAN_INIT("message too large"), WORD_BY_SIZE},
    {SPAN_INIT("too many"), WORD_BY_RATE},
    {SPAN_INIT("rate limit"), WORD_BY_RATE},
    {SPAN_INIT("configuration error"), WORD_BY_TROUBLE},
    {SPAN_INIT("configuration problem"), WORD_BY_TROUBLE},
    {SPAN_INIT("temporary lookup failure"), WORD_BY_TROUBLE},
    {SPAN_INIT("insufficient system storage"), WORD_BY_TROUBLE},
    {SPAN_INIT("queue file write error"), WORD_BY_TROUBLE},
    {SPAN_INIT("recipient address rejected: access denied"), WORD_BY_MAP},
    {SPAN_INIT("recipient address rejected"), WORD_BY_POLICY},
    {SPAN_INIT("access denied"), WORD_BY_MAP},
};

static const struct sign deferrals[] = {
    {SPAN_INIT("greylist"), WORD_DEFER_GREYLISTED},
    {SPAN_INIT("graylist"), WORD_DEFER_GREYLISTED},
    {SPAN_INIT("timed out"), WORD_DEFER_TIMEOUT},
    {SPAN_INIT("connection refused"), WORD_DEFER_NO_CONNECTION},
    {SPAN_INIT("no route to host"), WORD_DEFER_NO_CONNECTION},
    {SPAN_INIT("network is unreachable"), WORD_DEFER_NO_CONNECTION},
    {SPAN_INIT("lost connection"), WORD_DEFER_LOST},
    {SPAN_INIT("host or domain name not found"), WORD_DEFER_NAME},
    {SPAN_INIT("name service error"), WORD_DEFER_NAME},
    {SPAN_INIT("mailbox full"), WORD_DEFER_FULL},
    {SPAN_INIT("over quota"), WORD_DEFER_FULL},
    {SPAN_INIT("quota exceeded"), WORD_DEFER_FULL},
    {SPAN_INIT("rate limit"), WORD_DEFER_RATE},
    {SPAN_INIT("too many"), WORD_DEFER_RATE},
    {SPAN_INIT("too much mail"), WORD_DEFER_RATE},
    {SPAN_INIT("tls"), WORD_DEFER_TLS},
    {SPAN_INIT("certificate"), WORD_DEFER_TLS},
};

static const struct sign bounces[] = {
    {SPAN_INIT("blocked using"), WORD_BOUNCE_LISTED},
    {SPAN_INIT("blacklist"), WORD_BOUNCE_LISTED},
    {SPAN_INIT("blocklist"), WORD_BOUNCE_LISTED},
    {SPAN_INIT("poor reputation"), WORD_BOUNCE_LISTED},
    {SPAN_INIT("mailbox full"), WORD_BOUNCE_FULL},
    {SPAN_INIT("over quota"), WORD_BOUNCE_FULL},
    {SPAN_INIT("quota exceeded"), WORD_BOUNCE_FULL},
    {SPAN_INIT("dmarc"), WORD_BOUNCE_AUTHENTICITY},
    {SPAN_INIT("dkim"), WORD_BOUNCE_AUTHENTICITY},
    {SPAN_INIT("spf"), WORD_BOUNCE_AUTHENTICITY},
    {SPAN_INIT("spam"), WORD_BOUNCE_CONTENT},
    {SPAN_INIT("host or domain name not found"), WORD_BOUNCE_DOMAIN},
    {SPAN_INIT("domain not found"), WORD_BOUNCE_DOMAIN},
    {SPAN_INIT("does not accept mail"), WORD_BOUNCE_DOMAIN},
    {SPAN_INIT("user unknown"), WORD_BOUNCE_RECIPIENT},
    {SPAN_INIT("unknown user"), WORD_BOUNCE_RECIPIENT},
    {SPAN_INIT("no such user"), WORD_BOUNCE_RECIPIENT},
    {SPAN_INIT("does not exist"), WORD_BOUNCE_RECIPIENT},
    {SPAN_INIT("loops back"), WORD_BOUNCE_LOOP},
    {SPAN_INIT("too many hops"), WORD_BOUNCE_LOOP},
    {SPAN_INIT("size exceeds"), WORD_BOUNCE_SIZE},
    {SPAN_INIT("too large"), WORD_BOUNCE_SIZE},
};

/* The first that is found in the beginning of the text; `signs` are in small letters. */
static enum word
look_up(const struct sign *signs, size_t count, struct span text, enum word other)
{
    char lower[LOOKED_AT_MAX];
    struct span looked_at = {lower, text.len < sizeof(lower) ? text.len : sizeof(lower)};

    for (size_t i = 0; i < looked_at.len; i++)
        lower[i] = ascii_lower(text.ptr[i]);
    for (size_t i = 0; i < count; i++)
        if (span_find(looked_at, signs[i].text) >= 0)
            return signs[i].cause;
    return other;
}

enum word
cause_of_refusal(const struct mail_line *m)
{
    enum word cause = look_up(refusals, ARRAY_LEN(refusals), m->text, WORD_BY_OTHER);

    if (cause != WORD_BY_OTHER)
        return cause;
    if (m->is_milter)
        return WORD_BY_MILTER;
    if (span_eq(m->daemon, SPAN("cleanup")))
        return WORD_BY_CONTENT; /* header and body checks */
    if (span_eq(m->daemon, SPAN("postscreen")))
        return WORD_BY_SCREEN;
    return WORD_BY_OTHER;
}

enum word
cause_of_deferral(const struct mail_line *m)
{
    bool is_local =
        span_eq(m->relay, SPAN("none")) && m->dsn.len > 2 && m->dsn.ptr[2] == '3';
    enum word other = is_local ? WORD_DEFER_LOCAL : WORD_DEFER_REMOTE;

    return look_up(deferrals, ARRAY_LEN(deferrals), m->text, other);
}

enum word
cause_of_bounce(const struct mail_line *m)
{
    enum word cause = look_up(bounces, ARRAY_LEN(bounces), m->text, WORD_BOUNCE_REMOTE);

    if (cause == WORD_BOUNCE_REMOTE && span_starts(m->dsn, SPAN("5.1.1")))
        return WORD_BOUNCE_RECIPIENT;
    return cause;
}

enum word
cause_kind(enum word cause)
{
    static const struct {
        enum word cause, kind;
    } kinds[] = {
        {WORD_BY_PASSWORD, WORD_KIND_GUESSING}, {WORD_BY_RECIPIENT, WORD_KIND_HARVEST},
        {WORD_BY_RELAY, WORD_KIND_RELAY},       {WORD_BY_SCREEN, WORD_KIND_PREGREET},
        {WORD_BY_DNSBL, WORD_KIND_LISTED},      {WORD_BY_SPF, WORD_KIND_FORGED},
        {WORD_BY_DKIM, WORD_KIND_FORGED},       {WORD_BY_DMARC, WORD_KIND_FORGED},
        {WORD_BY_RATE, WORD_KIND_FLOOD},        {WORD_BY_PROTOCOL, WORD_KIND_PROTOCOL},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].cause == cause)
            return kinds[i].kind;
    return WORD_NONE;
}
