/* spf_macro: the macros of SPF (RFC 7208, 7): whether a text with them is well formed,
 * and what it says of one mail. Text and facts are foreign.
 *
 *     if (spf_macro_is_domain(term.domain))
 *         if (spf_macro_expand(term.domain, &facts, &out)) ...
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"

/* Where a macro-string stands: c, r and t are for explanations alone, which may have
 * blanks. */
enum spf_place { SPF_IN_RECORD, SPF_IN_EXPLANATION };

/* What macros stand for. */
struct spf_facts {
    struct addr client;   /* %{i}, %{c}, %{v} */
    struct span local;    /* %{l}; with a NULL pointer: not usable, nothing has it */
    struct span sender;   /* %{o}: the domain of the sender */
    struct span domain;   /* %{d} */
    struct span helo;     /* %{h} */
    struct span ptr_name; /* %{p}: a validated name, or "unknown" */
    struct span receiver; /* %{r} */
    int64_t now_s;        /* %{t}: since 1970 */
};

/* Whether it is a domain-spec: a macro-string that ends with a macro, or with a dot and a
 * label that may be a top one. */
NODISCARD bool spf_macro_is_domain(struct span text);

/* Whether it is a macro-string; the empty one is. */
NODISCARD bool spf_macro_is_string(struct span text, enum spf_place place);

/* Whether it has the macro of this small letter. */
NODISCARD bool spf_macro_has(struct span text, char letter);

/* Appends what a well-formed macro-string says. False when it has the local part and that
 * is not usable, or when it did not fit into the limit of `out`. O(bytes appended). */
NODISCARD bool spf_macro_expand(struct span text, const struct spf_facts *facts,
                                struct buf *out);
