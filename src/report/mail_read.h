/* mail_read: the pieces that lines of mail servers are made of. Part of mail_line. */
#pragma once

#include "base/look.h"
#include "report/mail_line.h"

/* Takes NAME[ADDRESS], with :PORT behind it or not, off the front of `*rest`, into name
 * and address of `m`. False, and nothing changed, when it is none. */
bool read_client(struct span *rest, struct mail_line *m);

/* Reads KEY=VALUE ... into the fields of `m` that bear these names, up to the end or to a
 * ">:"; returns what stands behind that. A VALUE in <> ends at the ">" that a separator
 * follows, another at the blank, or with `is_listed` at ", ". Words that are no pair are
 * passed over, keys unknown here too. status= ends the reading: what stands in
 * parentheses behind it is `text`. */
struct span read_pairs(struct span rest, bool is_listed, struct mail_line *m);

/* Reads "550 5.7.1 <subject>: text", each part of it optional but the text. */
void read_reply(struct span text, struct mail_line *m);

/* Microseconds of "12", "0.04"; -1 for anything else. */
int64_t read_seconds(struct span text);

/* The bytes of `*rest` in front of the first `c` go to `*word`, `c` is dropped. False,
 * and nothing changed, without one. */
static inline bool
read_until(struct span *rest, char c, struct span *word)
{
    const char *end, *at;

    if (rest->len == 0)
        return false;
    end = rest->ptr + rest->len;
    at = look_for(rest->ptr, end, c);
    if (at == end)
        return false;
    *word = span_between(rest->ptr, at);
    *rest = span_between(at + 1, end);
    return true;
}

/* The rest of a line, as `text` of `m`, of this kind. */
void read_as(struct mail_line *m, enum mail_kind kind, struct span text);

/* Reads "reject: RCPT from NAME[ADDRESS]: ..." and the other actions; "warning: ..." and
 * its like. False for other words. */
bool read_action(struct span text, struct mail_line *m);
bool read_warning(struct span text, struct mail_line *m);

/* The lines of each kind of program: what stands behind its name. They set `kind`, which
 * is MAIL_UNKNOWN before. */
void read_postfix(struct span message, struct mail_line *m);
void read_screen(struct span message, struct mail_line *m);
void read_dovecot(struct span message, struct mail_line *m);
void read_postgrey(struct span message, struct mail_line *m);
void read_spf(struct span message, struct mail_line *m);
void read_dkim(struct span message, struct mail_line *m);
void read_dmarc(struct span message, struct mail_line *m);
void read_guard(struct span message, struct mail_line *m);

/* Takes "4F2D1A: " off the front, as queue_id of `m`: a short queue id is in capital
 * hexadecimal digits, a long one in digits and letters without vowels. NOQUEUE is none.
 * False, and nothing changed, for other words. */
bool read_queue_id(struct span *rest, struct mail_line *m);
