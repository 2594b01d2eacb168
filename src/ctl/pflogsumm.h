/* pflogsumm: the program of that name, by our hand: `pflogsumm` as a link to komainu, and
 * `komainu report --pflogsumm`. Same options, layout and exit status; what it counts
 * differently is in doc/PFLOGSUMM.md.
 */
#pragma once

#include "ctl/command.h"

/* Whether a program of this name ("/usr/sbin/pflogsumm") is this one. */
bool pflogsumm_is_name(const char *name);

/* Runs one command line; argv[0] is not looked at. The exit status: 0, 2 for a command
 * line that is wrong, 5 when a log is damaged or the report cannot be written. A log that
 * cannot be opened is told, and passed over. */
NODISCARD int pflogsumm_main(int argc, char **argv, const struct ctl_env *env);
