/* literal: text that every match of an expression holds.
 *
 * Most lines are decided by looking for it; PCRE2 sees only those that have it. So it
 * must be right, and need not be the best: what is not understood gives no literal.
 */
#pragma once

#include "base/buf.h"

/* Appends to `*out` the longest run of bytes that a text must contain for `pattern` (as
 * PCRE2 compiles it, without options that change its syntax or fold case) to match;
 * nothing when none is certain. */
void literal_required(struct span pattern, struct buf *out);
