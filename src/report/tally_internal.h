/* tally_internal: what the parts of tally share. */
#pragma once

#include "report/tally.h"

/* A line on its way: what it says, when, how often. */
struct tally_step {
    int64_t wall_us;
    const struct line *line;
    const struct mail_line *mail;
    uint32_t times;
    unsigned hour;
    struct tally_day *day;
};

/* Counts `times` more of `flow` in the hour and on the day of `wall_us`. */
void tally_add_flow(struct tally *t, const struct tally_step *s, enum tally_flow flow,
                    int64_t wall_us);

/* Counts what t->key holds in a list. */
void tally_add_to_list(struct tally *t, enum tally_list list, uint32_t times);

/* Begins t->key with a part, in lower case or as it is, and the NUL behind it. */
void tally_begin_key(struct tally *t, struct span part);

/* How long a text of usually `length` bytes may be; 0: any length. */
size_t tally_limit(const struct tally *t, size_t length);

typedef void tally_fn(struct tally *t, const struct tally_step *s);

/* Messages: come, queued, delivered, gone. */
tally_fn tally_arrival;
tally_fn tally_queued;
tally_fn tally_delivery;
tally_fn tally_expired;
tally_fn tally_removed;

/* What was refused, held or discarded. */
tally_fn tally_refusal;

/* Of one message, for the list of messages: remembers its sender or a recipient. */
void tally_remember(struct tally *t, struct queue_message *q, struct span id,
                    struct span text);

/* Connections. */
tally_fn tally_connect;
tally_fn tally_disconnect;

/* A number for the instance of Postfix that the line is of. */
uint32_t tally_instance(const struct mail_line *m);
