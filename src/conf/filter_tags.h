/* filter_tags: tags of a filter's expressions that are refused by name. */
#pragma once

#include "conf/errors.h"
#include "conf/ini.h"

/* Whether an expression, expanded and not empty, that stands at `line` of option `o` has
 * only tags that are built and known; else an error is told. */
NODISCARD bool filter_takes_tags(struct conf_errors *e, const struct ini_option *o,
                                 unsigned line, struct span pattern);
