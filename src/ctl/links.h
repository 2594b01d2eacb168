/* links: `komainu compat`: the names of fail2ban's programs, or pflogsumm's, as links to
 * komainu.
 *
 * They lie in a folder that comes before the package's in PATH, so that the package's
 * files stay as they are. What is there and is no link to a komainu is never touched.
 */
#pragma once

#include "ctl/command.h"

#define LINKS_DIRECTORY "/usr/local/bin"

/* The command. */
ctl_fn links_run;

/* Appends who calls a program of fail2ban's by its full path, so that a link elsewhere
 * does not catch it: "FILE:LINE" and the line, each a line. `root` is put in front of
 * what is read: cron's files, logrotate's, systemd's. Returns how many. */
size_t links_find_callers(const char *root, struct buf *out);
