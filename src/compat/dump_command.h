/* dump_command: `komainu fail2ban -c DIR -d`, and with --dp, -t, --str2sec TEXT: what
 * fail2ban-client does of these without a server.
 */
#pragma once

#include <stdio.h>

#include "base/attr.h"

/* Runs the command, whose name is argv[0]; returns the exit status: 0, or 255. */
int dump_command(int argc, char *const *argv, FILE *out, FILE *err);
