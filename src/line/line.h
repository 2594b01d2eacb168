/* line: the bytes of one log line, taken apart at their header.
 *
 *     Nov  2 01:53:25 host tag[pid]: message          RFC 3164, and Postfix's
 * maillog_file Nov  2 01:53:25 tag[pid]: message               the same as /dev/log
 * carries it 2026-11-02T01:53:25.123456+01:00 host tag[pid]: message          RFC 3339
 *     <22>1 2026-11-02T01:53:25Z host tag pid msgid [data] message     RFC 5424
 *     Nov 02 01:53:25 imap-login: Info: message       Dovecot's own log
 *     2026-11-02 01:53:25,123 tag      [pid]: message fail2ban.log
 *     2026-11-02 01:53:25 [pid] message               Exim
 *     @400000006906b2d5075bcd15 message               multilog
 *     1793584405.123 message, [1793584405] message, type=X msg=audit(1793584405.123:4):
 * ... 192.0.2.1 - - [02/Nov/2026:01:53:25 +0100] ...  Apache
 *
 * Dates of the first two shapes may have a year, a weekday, a fraction; those like the
 * third a blank for the T, / or . for the -, no zone or " +0100". A <PRI> is dropped. Any
 * other line is all message, and for line/dates.h to look at.
 *
 * A header is guessed only where the date says which daemons write it. Behind a date with
 * a blank inside, "word word:" may be Exim's message: there only what carries a pid or is
 * Dovecot's is a header. Behind TAI64N, epoch and Apache dates all is message. The
 * "[12.345]" of a kernel's message, and the brackets of "[sshd]:", are header.
 *
 * Dovecot's own log has a `level` behind its tag ("Info", "Error"); the message begins
 * behind it, as syslog has it behind "dovecot: imap-login: ". A tag that names a user or
 * session ("imap(alice)<12><x>: Info: text") gives tag "imap", and the message is all of
 * it, because filters want the user: there the level stands inside.
 *
 * Invariants: all spans are parts of the bytes that were split, and live as long.
 * `message` ends where `body` ends.
 */
#pragma once

#include "base/span.h"
#include "line/zone.h"

enum line_form {
    LINE_PLAIN,
    LINE_RFC3164, /* the year is not given */
    LINE_RFC3339,
    LINE_RFC5424,
    LINE_MONTH, /* as RFC 3164, with a year */
    LINE_ISO,   /* as RFC 3339, but with a blank, or without a zone */
    LINE_TAI64N,
    LINE_EPOCH,
    LINE_APACHE,
    LINE_JOURNAL, /* an entry of the journal, not split from text: its time is not in it
                   */
};

struct line {
    enum line_form form;
    struct span date;    /* empty when the line has no known date; "-" in RFC 5424 */
    struct span host;    /* empty in the local form */
    struct span tag;     /* program, with its slashes, without the pid */
    struct span pid;     /* digits, or empty */
    struct span level;   /* of Dovecot's own log: "Info"; empty elsewhere */
    struct span message; /* what the program said, without blanks in front */
    struct span body;    /* the line without its date, as fail2ban matches it; when the
                            date stands inside the line (line_date_inside()), with it */
};

/* Splits one line, given without its LF; CR, LF and NUL bytes at its end are dropped. Any
 * bytes are legal. Dates are checked for shape. Allocates nothing; looks at the header,
 * and for Apache's date at the first 512 bytes. */
void line_split(struct span raw, struct line *out);

/* Splits the text of an entry of the journal, `HOST TAG[PID]: MESSAGE`: no part of it is
 * a date. Without such a header all is message. */
void line_of_journal(struct span text, struct line *out);

/* All that was split, from the date on. */
struct span line_whole(const struct line *l);

/* The part of `body` that is the date, which fail2ban cuts out: in brackets, and in the
 * lines of auditd and web servers. Empty when the date stands in front of the body. */
struct span line_date_inside(const struct line *l);

/* When the line says it was written (wall time, microseconds). A date without zone is in
 * the local one; a time that a change of the clocks skipped or doubled has the offset of
 * before. A date without year is in the latest year in which it exists and is not more
 * than 24 hours ahead of `now_us`; other dates may lie ahead as far as they like. False,
 * and nothing written, for a line without a date and for dates that do not exist. */
NODISCARD bool line_time(const struct line *l, int64_t now_us, int64_t *wall_us);

/* The minute that was read last: most lines are of the same one. A zeroed one knows
 * none. */
struct line_minute {
    char text[16]; /* "Nov  2 01:53", "2026-11-02T01:53" */
    char zone[6];  /* what stands behind the seconds: "+01:00", "Z" or nothing */
    uint8_t len, zone_len;
    bool is_known;
    int64_t wall_us;
};

/* The same as line_time(), quicker for a date of the minute in `m`, which is kept there.
 */
NODISCARD bool line_time_near(struct line_minute *m, const struct line *l, int64_t now_us,
                              int64_t *wall_us);

/* The same, with dates that name no zone in `zone`. */
NODISCARD bool line_time_in(const struct line *l, struct dates_zone zone, int64_t now_us,
                            int64_t *wall_us);
