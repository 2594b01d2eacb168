/* regex: the program fail2ban-regex, by our hand: what a filter, or an expression, makes
 * of the lines of a log. Same options, text and exit status as fail2ban 1.0.2; it shows
 * what our matcher finds.
 */
#pragma once

#include "ctl/command.h"

/* Whether a program of this name ("/usr/bin/fail2ban-regex") is this one. */
bool regex_is_name(const char *name);

/* Runs one command line, argv[0] of which is such a name. The exit status: 0, 2 for a
 * wrong option, else 255. */
NODISCARD int regex_main(int argc, char **argv, const struct ctl_env *env);
