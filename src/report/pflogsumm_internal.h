/* pflogsumm_internal: what the parts of the layout share. */
#pragma once

#include "report/pflogsumm.h"

struct pflogsumm {
    const struct tally *tally;
    const struct pflogsumm_options *o;
    const struct pflogsumm_out *out;
    struct buf *text;
    struct span group;   /* of the list at hand: whose title stands above */
    uint32_t group_rows; /* how many rows the reason at hand has */
};

/* A line is complete: hands on what there is when it is much. */
void pflogsumm_line(struct pflogsumm *p);

/* Appends a title with its underline. */
void pflogsumm_title(struct pflogsumm *p, const char *title);

/* Appends the title of a list; false, and "none" unless that is not wanted, when it is
 * empty. */
bool pflogsumm_list_title(struct pflogsumm *p, const char *title, int top, bool is_empty,
                          bool is_quiet);

/* Appends foreign text. */
void pflogsumm_add(struct pflogsumm *p, struct span text);

/* Appends a number in six columns, in k or m when it is large, and that letter. */
void pflogsumm_number(struct pflogsumm *p, double value);

/* Appends seconds as "  1.5 s", "  2.0 m" or "  1.1 h". */
void pflogsumm_delay(struct pflogsumm *p, double seconds);

/* Appends hours, minutes and seconds, " 1:02:03". */
void pflogsumm_clock(struct pflogsumm *p, double seconds);

/* Appends an hour, or a day, as the rows of both have them. */
void pflogsumm_hour(struct pflogsumm *p, unsigned hour);
void pflogsumm_day(struct pflogsumm *p, int64_t day);

/* The tables of hosts, users and connections. */
void pflogsumm_domains(struct pflogsumm *p);
void pflogsumm_sessions(struct pflogsumm *p, bool is_average);
void pflogsumm_users(struct pflogsumm *p);
void pflogsumm_unsized(struct pflogsumm *p);

/* The lists of reasons, and that of messages. */
void pflogsumm_problems(struct pflogsumm *p);
void pflogsumm_messages(struct pflogsumm *p);
