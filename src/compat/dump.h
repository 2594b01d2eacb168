/* dump: a configuration of fail2ban's as fail2ban-client shows it.
 *
 * `-d` prints the commands that make the server what the configuration says, one a line,
 * each as Python prints a list; `--dp` the same with long ones broken (pprint, 1000 wide,
 * indented by 2); `-t` says whether it is good.
 */
#pragma once

#include "conf/fail2ban.h"

enum dump_shape { DUMP_PLAIN, DUMP_PRETTY };

/* Appends what `-d` (or `--dp`) prints on standard output. True when fail2ban-client
 * would exit with 0, else with 255. */
bool dump_stream(const struct fail2ban *f, enum dump_shape shape, struct buf *out);

/* Appends what `-t` prints of what is wrong: on standard output to `out`, on standard
 * error to `err` (without the time and process in front). True: nothing, exit 0; else
 * 255. */
bool dump_test(const struct fail2ban *f, struct buf *out, struct buf *err);

/* Appends a line for each option of fail2ban.conf that nobody wrote and has a default, as
 * dump_test() does to `err`. */
void dump_defaults(const struct fail2ban *f, struct buf *err);

/* Appends what `--str2sec` prints. False: it is an error, which is what was appended. */
bool dump_str2sec(struct span text, struct buf *out);
