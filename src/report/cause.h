/* cause: why something was refused, deferred or bounced, as a word of the string table.
 *
 * Told by the words that Postfix, lists, milters and large mail servers write; a text
 * that nobody knows has the word for "other". Any bytes are legal. O(length). */
#pragma once

#include "report/mail_line.h"
#include "report/words.h"

/* WORD_BY_...: what refused it; of a line of MAIL_REJECT. */
enum word cause_of_refusal(const struct mail_line *m);

/* WORD_DEFER_...: of a delivery that was deferred. */
enum word cause_of_deferral(const struct mail_line *m);

/* WORD_BOUNCE_...: of one that bounced. */
enum word cause_of_bounce(const struct mail_line *m);

/* WORD_KIND_... of the attack that a refusal for this cause (WORD_BY_...) ends;
 * WORD_NONE: users cause it as well. */
enum word cause_kind(enum word cause);
