/* audit: of the lines of a mail server those that matter to who looks after it, each in a
 * category, with who it was and why.
 *
 * All texts are parts of the line, and as foreign as it.
 */
#pragma once

#include "report/mail_line.h"

enum audit_category {
#define X(name, text, is_noise) AUDIT_##name,
#include "report/audit.def"
#undef X
    AUDIT_CATEGORIES
};

#define AUDIT_BIT(category) (1U << (category))

/* All but the noise. */
unsigned audit_usual(void);

struct audit_entry {
    enum audit_category category;
    int64_t time_us; /* wall time; of the caller */
    struct span address, account, recipient, queue_id;
    struct span what; /* a word or two: "RCPT", "SASL LOGIN", the jail, the list */
    struct span text; /* the reason in words */
};

/* What a line is in the audit view; its time is not set. False: it is of no matter
 * there. */
NODISCARD bool audit_take(const struct mail_line *m, struct audit_entry *out);

/* "reject" */
const char *audit_name(enum audit_category category);

/* Reads "reject,list": a set of AUDIT_BIT()s. False with the word that is none in
 * `*wrong`. */
NODISCARD bool audit_read_set(struct span text, unsigned *set, struct span *wrong);
