/* override_encoding: what the logs of a jail are encoded in. Expressions are kept with
 * the bytes that the logs have, so that is said before one that is not ASCII. */
#include "conf/encoding.h"
#include "conf/override_internal.h"

/* Whether an expression may be one of an encoding. */
static bool
is_encoded(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p >= 0x80)
            return true;
    return strstr(text, "\\x") != NULL;
}

static bool
has_foreign_expression(const struct config_overrides *o, struct span jail)
{
    static const char *const names[] = {"failregex", "ignoreregex", "prefregex",
                                        "datepattern"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = overrides_find(o, jail, span_of(names[i]));

        if (value && is_encoded(value))
            return true;
    }
    return false;
}

enum override_put
overrides_set_encoding(struct config_overrides *o, const struct config *c,
                       struct span jail, struct span encoding)
{
    const struct config_jail *j = override_jail_of(c, jail);
    enum encoding_kind kind = encoding_kind(encoding);

    if (!j || kind == ENCODING_UNKNOWN || kind == ENCODING_WIDE ||
        (kind != ENCODING_UTF8 && !j->is_rate) || has_foreign_expression(o, jail))
        return OVERRIDE_REFUSED;
    return override_put_good(o, jail, SPAN(OVERRIDES_ENCODING), encoding);
}

bool
overrides_encode(const struct config *c, struct span jail, struct span expression,
                 struct buf *out)
{
    const struct config_jail *j = override_jail_of(c, jail);

    if (j && j->encoding && encoding_kind(span_of(j->encoding)) == ENCODING_OTHER)
        return encoding_convert(span_of(j->encoding), expression, out);
    buf_add(out, expression);
    return true;
}
