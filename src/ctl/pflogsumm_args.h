/* pflogsumm_args: pflogsumm's command line, by the names of 1.1.5 and of what came later,
 * read as Perl's Getopt::Long reads it: - or -- in front, any case, abbreviated, options
 * among the files.
 */
#pragma once

#include "base/buf.h"

enum pflogsumm_option {
    PF_BOUNCE_DETAIL,
    PF_DATE,
    PF_DEFERRAL_DETAIL,
    PF_DETAIL,
    PF_MESSAGES,
    PF_HELP,
    PF_HOSTS,
    PF_IGNORE_CASE,
    PF_ISO_DATE_TIME,
    PF_MAILQ,
    PF_NO_BOUNCE_DETAIL,
    PF_NO_DEFERRAL_DETAIL,
    PF_NO_NO_MSG_SIZE,
    PF_NO_REJECT_DETAIL,
    PF_NO_SMTPD_WARNINGS,
    PF_PROBLEMS_FIRST,
    PF_QUIET,
    PF_REJ_ADD_FROM,
    PF_REJECT_DETAIL,
    PF_SMTP_DETAIL,
    PF_SMTPD_STATS,
    PF_SMTPD_WARNING_DETAIL,
    PF_SYSLOG_NAME,
    PF_USERS,
    PF_UUCP_MUNG,
    PF_VERBOSE_MSG_DETAIL,
    PF_VERP_MUNG,
    PF_VERSION,
    PF_ZERO_FILL,
    PF_REJ_ADD_TO, /* from here on: not in 1.1.5 */
    PF_USE_ORIG_TO,
    PF_COLWIDTH,
    PF_UNPROCESSED,
    PF_ROTATED,
    PF_OPTIONS
};

struct pflogsumm_args {
    bool given[PF_OPTIONS];
    int number[PF_OPTIONS];
    const char *text[PF_OPTIONS]; /* borrowed from argv */
    const char **files;           /* the same */
    size_t file_count;
};

/* Reads argv[1...]. False, and what is wrong in `error`, a line each. The caller ends
 * with pflogsumm_args_fini() in any case. */
NODISCARD bool pflogsumm_args_read(int argc, char **argv, struct pflogsumm_args *out,
                                   struct buf *error);

/* Frees it; a zeroed struct is legal. */
void pflogsumm_args_fini(struct pflogsumm_args *a);

/* What --help prints. */
extern const char pflogsumm_usage[];
