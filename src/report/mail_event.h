/* mail_event: what a line of a mail server says that somebody did, as the guard's filters
 * would find it there, but without expressions: mail_line has read the line already.
 *
 *     struct mail_event found[MAIL_EVENTS_MAX];
 *     for (size_t i = 0, n = mail_events(&m, found); i < n; i++)
 *         judge(&found[i]);
 *
 * It is what the filters that are built in find in their normal modes
 * (src/ctl/report_attacks_test.c holds the two side by side), but for events that nobody
 * counts: beginnings of connections, and what is told of an address that is careless and
 * no more. Spans are of the line.
 */
#pragma once

#include "event/event.h"
#include "report/mail_line.h"

/* The filters, by whose jails failures are counted. */
enum mail_filter {
    MAIL_FILTER_SASL,    /* postfix-sasl */
    MAIL_FILTER_DOVECOT, /* dovecot */
    MAIL_FILTER_POSTFIX, /* postfix */
    MAIL_FILTER_FLOOD,   /* postfix-flood */
    MAIL_FILTER_SCREEN,  /* postscreen */
    MAIL_FILTERS
};

enum { MAIL_EVENTS_MAX = 2 };

struct mail_event {
    enum event_kind kind;
    enum mail_filter filter;
    bool is_failure;
    struct span account, recipient, detail; /* empty: none */
};

/* Writes what the line tells; returns how many there are. O(length). */
size_t mail_events(const struct mail_line *m, struct mail_event found[MAIL_EVENTS_MAX]);

/* Whether lines of this kind may tell anything. */
bool mail_event_has(enum mail_kind kind);

/* The DNS list that a refusal is for, "list.example"; empty: for none. */
struct span mail_event_list(const struct mail_line *m);

/* "postfix-sasl" and the like. */
const char *mail_filter_name(enum mail_filter filter);
