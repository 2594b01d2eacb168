/* tally: what happened to mail, counted line by line: totals, hours and days, senders and
 * recipients with their domains, why something did not arrive or was not taken, and what
 * daemons complained about. It is what pflogsumm's layout shows (report/pflogsumm.h). A
 * report (report/digest.h) has better of much of that: unless the tally is to be whole,
 * nothing is counted by domains, by reasons and of connections, warnings are listed
 * without the client that they are about, and not when they only say that a login failed.
 *
 *     struct tally *t = tally_new(&options);
 *     tally_line(t, wall_us, &line, &mail, 1);
 *     tally_free(t);
 *
 * A message counts as received when the queue manager has it, in the hour in which its
 * client brought it: what was refused while it came in was rejected, and not received.
 *
 * Invariants: memory has a bound, tally_options.budget_bytes and two tables of fixed
 * size; what finds no room is counted (tally_dropped()). Days and hours are those of the
 * local zone. Lines may come out of order.
 */
#pragma once

#include "report/address.h"
#include "report/mail_line.h"
#include "report/queue_memory.h"
#include "report/texts.h"

enum {
    TALLY_BUDGET_BYTES = 40 << 20,
    TALLY_TEXTS_MAX = 1 << 20,   /* of each table */
    TALLY_QUEUE_MAX = 1 << 16,   /* messages in the queue at once */
    TALLY_SESSION_MAX = 1 << 14, /* connections at once */
    TALLY_DAYS_MAX = 4096,
    TALLY_WIDTH = 80,
};

struct tally_options {
    struct address_options address;
    const char *instance; /* only Postfix of this name, and "postfix"; NULL: all */
    unsigned width;       /* columns that reasons are cut for; 0: not cut */
    bool is_verbose;      /* reasons as the log has them */
    bool adds_sender, adds_recipient; /* to whom a refusal is counted by */
    bool uses_orig_to;
    bool is_whole;     /* all that pflogsumm's layout shows, else what a report does */
    bool has_messages; /* remember each message and its recipients */
    bool has_sessions; /* count connections */
    size_t budget_bytes;
};

/* What an hour or a day counts. */
enum tally_flow {
    FLOW_RECEIVED,
    FLOW_DELIVERED,
    FLOW_DEFERRED,
    FLOW_BOUNCED,
    FLOW_REJECTED, /* also warned about, held, discarded */
    FLOWS
};

/* Connections to smtpd, in seconds. */
struct tally_sessions {
    uint64_t count, total_s, longest_s;
};

struct tally_day {
    int64_t day; /* local days since 1970-01-01 */
    uint64_t flow[FLOWS];
    uint32_t flows_seen; /* bits: of these something was counted */
    uint32_t hours_seen; /* bits: in these a line was written */
    struct tally_sessions sessions;
};

/* Values of senders, their domains, and recipients. */
struct tally_volume {
    uint64_t messages, bytes;
};

/* Of recipients' domains. */
struct tally_destination {
    struct tally_volume volume; /* the first of it: tables are ordered by that */
    uint64_t deferrals;
    double delay_s, longest_s; /* of all deliveries; of the slowest */
};

/* The lists of reasons: text is GROUP NUL REASON NUL WHAT, GROUP NUL WHAT, or WHAT. */
enum tally_list {
    LIST_DEFERRED, /* daemon, reason */
    LIST_BOUNCED,  /* relay, reason */
    LIST_REJECTED, /* stage, reason, whom it is counted by */
    LIST_WARNED,   /* the same of what would have been rejected */
    LIST_HELD,
    LIST_DISCARDED,
    LIST_UNREACHED, /* reason, host */
    LIST_WARNINGS,  /* daemon, text */
    LIST_FATAL,
    LIST_PANIC,
    LIST_MASTER, /* text */
    LISTS
};

enum tally_total {
    TOTAL_RECEIVED,
    TOTAL_DELIVERED,
    TOTAL_FORWARDED,
    TOTAL_DEFERRED, /* messages */
    TOTAL_DEFERRALS,
    TOTAL_BOUNCED,
    TOTAL_REJECTED,
    TOTAL_WARNED,
    TOTAL_HELD,
    TOTAL_DISCARDED,
    TOTAL_BYTES_RECEIVED,
    TOTAL_BYTES_DELIVERED,
    TOTAL_RECIPIENT_DOMAINS, /* to which something was delivered */
    TOTALS
};

/* Of one message: its lines in tally.parts, from `first` on. */
struct tally_message {
    char id[QUEUE_ID_MAX];
    uint8_t id_len;
    uint32_t first, last; /* numbered from 1, 0: none */
};

/* The sender, or a recipient; the text lies in tally.part_texts. */
struct tally_part {
    uint32_t next; /* numbered from 1, 0: none */
    uint32_t at, len;
};

/* The quarter of an hour of the line before: zones change at its ends only. */
struct tally_quarter {
    int64_t from_us, until_us;
    int64_t day;
    unsigned hour;
    uint32_t number; /* in tally.days */
};

struct tally {
    struct tally_options options;
    struct texts_budget budget;
    uint64_t total[TOTALS];
    uint64_t hour[24][FLOWS];
    struct tally_sessions hour_sessions[24], sessions;
    struct tally_day *days; /* by day */
    size_t day_count;
    struct tally_quarter quarter;
    struct texts senders, sender_domains, recipients; /* -> struct tally_volume */
    struct texts recipient_domains;                   /* -> struct tally_destination */
    struct texts unsized;         /* queue id -> uint32_t, number of the recipient */
    struct texts lists[LISTS];    /* -> uint64_t */
    struct texts session_domains; /* -> struct tally_sessions */
    struct queue_memory queue;
    struct table connects; /* pid -> when */
    struct tally_message *messages;
    struct tally_part *parts;
    struct buf part_texts;
    uint32_t message_count, message_room, part_count, part_room;
    uint64_t lines;                /* of Postfix, counted */
    struct buf key, text, address; /* made anew for each line; kept for their memory */
};

/* An empty tally; the options are copied, `instance` is borrowed. budget_bytes of 0 is
 * TALLY_BUDGET_BYTES. The caller frees it with tally_free(). */
NODISCARD struct tally *tally_new(const struct tally_options *options);

/* Frees it; NULL is legal. */
void tally_free(struct tally *t);

/* Counts a line `times` times; what is not Postfix' is passed over. */
void tally_line(struct tally *t, int64_t wall_us, const struct line *l,
                const struct mail_line *m, uint32_t times);

/* Notes what tally_line() will most likely look for because of a line (texts_expect()),
 * for texts_fetch(). Nothing depends on it. O(length). */
void tally_expect(const struct tally *t, const struct mail_line *m,
                  struct texts_ahead *a);

/* What a sender or recipient (struct tally_volume), and an entry of a list (uint64_t),
 * are worth, where the most frequent ones are shown. */
double tally_volume_worth(const void *value);
double tally_list_worth(const void *value);

/* How many texts, messages and connections found no room. */
uint64_t tally_dropped(const struct tally *t);

/* Of how many of the days that were seen `hour` is a part: the first one begins with its
 * first line, the last one ends with its last. At least 1. */
unsigned tally_days_of_hour(const struct tally *t, unsigned hour);

/* The sender or recipient `number` of a message's list. */
struct span tally_part_text(const struct tally *t, uint32_t number);
