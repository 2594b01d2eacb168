/* ticket: a ban as commands of fail2ban's actions see it, and the shell text of one.
 *
 * In the text of an action what only a ban knows is a <tag>. Its value is put in place of
 * it where no byte of it means anything to a shell; else it becomes an argument of the
 * shell, and the text names that: so what stands in a log is never read as shell text,
 * and nothing in a value is a tag. fail2ban makes the same text and the same arguments.
 *
 *     struct ticket_command c = {0};
 *     ticket_command(&words, "ban <ip> <matches>", &c);
 *     // c.text is "f2bV_matches=$0 \nban 192.0.2.1 $f2bV_matches"
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"

enum { TICKET_VALUES_MAX = 16 };

/* All spans are borrowed and foreign: lines with LF between them. */
struct ticket {
    struct addr who;    /* family 0: a command that is for no ban; the key of an id */
    struct span id;     /* who it is, when that is no address */
    struct span name;   /* of the address; empty: none is known */
    struct span groups; /* what was captured, NAME NUL VALUE NUL for each */
    int64_t time_us, bantime_s;
    uint32_t failures, bancount;
    bool is_restored;
    struct span matches, jail_matches, all_matches;
    uint32_t jail_failures, all_failures;
    uint64_t banned, banned_total, found, found_total; /* of the jail */
};

/* What the tags of a text stand for. */
struct ticket_words {
    const struct ticket *ticket; /* NULL: its tags stay as they are */
    struct span family;          /* "inet4"; without a ticket, empty: <family> stays */
    int64_t timeout_s;
    struct span host; /* this machine's name with its domain */
};

struct ticket_command {
    struct buf text;
    struct buf values[TICKET_VALUES_MAX]; /* $0, $1 ... of the shell */
    size_t count;
    bool is_too_much; /* it has more values: not to be run */
};

/* Makes the zeroed `*out`, which is given to ticket_command_fini(). */
void ticket_command(const struct ticket_words *w, const char *text,
                    struct ticket_command *out);

/* Frees what it owns and zeroes it. */
void ticket_command_fini(struct ticket_command *c);

/* Appends who is banned, escaped, for a log. */
void ticket_add_id(const struct ticket *t, struct buf *out);
