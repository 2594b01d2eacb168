/* prefix: expressions that end in <F-CONTENT>.+</F-CONTENT>$, as most prefregexes do.
 *
 * What stands in front of that, the head, decides where the content begins; it ends with
 * the line. So the head alone is searched, and nobody goes through the content byte by
 * byte.
 */
#pragma once

#include "base/span.h"

/* The head of an expression in PCRE2's language (pattern.h), a part of it. False when it
 * does not end so, or when something in it might have a say in what its end means: it is
 * searched as a whole then. */
NODISCARD bool prefix_head(struct span text, struct span *head);

/* Where content that begins at `from` ends, as (.+)$ takes it. False where that does not
 * match, or might only match with less: the content is empty or has several lines. */
NODISCARD bool prefix_end(struct span subject, size_t from, size_t *end);
