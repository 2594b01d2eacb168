/* report_where: the files that tell a report in which country an address is and whose: of
 * the command line, else of the configuration, else of the places where they usually are.
 *
 *     struct report_where w;
 *     report_where_open(&w, args, &notes);
 *     digest.where = report_where_known(&w);
 *     report_where_close(&w);
 *
 * They are mapped while they are open: open them when the lines are counted, shortly.
 */
#pragma once

#include "ctl/args.h"
#include "report/digest.h"

struct report_where {
    struct address_db *countries, *systems; /* NULL: none */
    struct digest_where known;
};

/* Opens what there is. What is named and cannot be used, and what is found and cannot, is
 * told in `notes`, a line each. */
void report_where_open(struct report_where *w, const struct ctl_args *args,
                       struct buf *notes);

/* For the digest; NULL: no file is there. */
const struct digest_where *report_where_known(const struct report_where *w);

/* Closes them; a zeroed one is legal. */
void report_where_close(struct report_where *w);

/* Opens the first file of `names` in `folders` (both end with NULL) that there is and can
 * be used; NULL: none. What cannot be used is told in `notes`. */
struct address_db *report_where_find(const char *const *folders, const char *const *names,
                                     enum address_db_use use, struct buf *notes);
