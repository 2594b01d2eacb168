/* expand: %(name)s in values, evaluated for the section that asks.
 *
 *     %(name)s              the option of this section, else of DEFAULT
 *     %(__name__)s          the name of this section
 *     %(section/option)s    the option of another section
 *     %(known/option)s      what the option was in the files read before; in a jail, what
 *                           its filter says
 *     %%                    a percent sign
 *
 * Values are expanded in turn, EXPAND_DEPTH_MAX deep; what refers to itself is an error.
 */
#pragma once

#include "conf/ini.h"

enum {
    EXPAND_DEPTH_MAX = 10,
    EXPAND_REFERENCES_MAX = 2000, /* followed for one value */
};

/* Finds the text that stands for a name, which is as it was written; false: nothing does.
 */
typedef bool expand_find(void *ctx, struct span name, struct span *value);

struct expand {
    expand_find *find; /* NULL: as above; else it says what names mean, and the next three
                        * are not looked at */
    void *ctx;         /* its argument */
    const struct ini *ini;
    struct span section;
    const struct ini *known; /* a jail's filter, whose [Definition] is `known`; or NULL */
    struct conf_errors *errors;
};

/* Appends `text`, which is (part of) the value of `o` at line `line` of its file. False
 * after telling an error, and when `out` is full (out->is_cut). */
NODISCARD bool expand_text(const struct expand *x, const struct ini_option *o,
                           unsigned line, struct span text, struct buf *out);

/* Appends the whole value of `o`. */
NODISCARD bool expand_option(const struct expand *x, const struct ini_option *o,
                             struct buf *out);

/* Whether any value of `ini` names `option` in %(...)s. Linear in the text. */
bool expand_is_used(const struct ini *ini, struct span option);
