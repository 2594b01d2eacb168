/* filter_tags: tags of a filter's expressions that are refused by name, and modes. */
#pragma once

#include "conf/errors.h"
#include "conf/ini.h"

/* Whether an expression, expanded and not empty, that stands at `line` of option `o` has
 * only tags that are known; else an error is told. */
NODISCARD bool filter_takes_tags(struct conf_errors *e, const struct ini_option *o,
                                 unsigned line, struct span pattern);

/* Whether an expression is a tag alone, maybe with others in it, as filters name their
 * modes: <list-<mode>>. */
bool filter_is_lone_tag(struct span pattern);

/* Whether an expression is a tag alone that asks for `mode`, as <list-<mode>> does, and
 * that nothing stands for, though the filter has other modes: those are appended to
 * `*modes`, "a, b or c". */
NODISCARD bool filter_lacks_mode(const struct ini *ini, struct span pattern,
                                 struct span mode, struct buf *modes);
