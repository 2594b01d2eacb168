/* value: the types of options: text in, checked value out. */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

enum {
    VALUE_PATHS_MAX = 32,
    VALUE_PATH_MAX = 4096,
};

#define VALUE_FILE "file:" /* what a word begins with that names a file of addresses */

/* Reads `1 on true yes` and `0 off false no`, in any case. */
NODISCARD bool value_bool(struct span text, bool *out);

/* Reads a duration in seconds: a number of seconds, or numbers with units that are added:
 * `10m`, `1d 2h`, `1h30m`. Units and their short forms: years, months (30.4375 days),
 * weeks, days, hours, minutes, seconds; `m` is a minute, `mo` a month. `-1` is
 * CONFIG_FOREVER_S. False for anything else. */
NODISCARD bool value_time(struct span text, int64_t *seconds);

/* Appends to a list that grows, and that the caller frees; false: it has
 * CONFIG_PREFIXES_MAX. */
NODISCARD bool value_add_address(struct addr **list, size_t *count, const struct addr *a);

/* Reads one port or service name (smtp, submission, imaps, ssh ...). */
NODISCARD bool value_port(struct span word, uint16_t *out);

/* Reads a list of ports, names and ranges FIRST:LAST, as TCP, sorted, into `*out`. False
 * with the word that is wrong in `*wrong`, which is empty when there are too many. */
NODISCARD bool value_ports(struct span text, struct config_scope *out,
                           struct span *wrong);

/* Sorts and joins the ranges of a list that overlap or touch. */
void value_ports_normalize(struct config_scope *ports);

/* Appends a port list as value_ports() reads it: "25,143:995"; "all" for an empty one. */
void value_ports_text(struct buf *out, const struct config_ports *ports, size_t count);

/* Appends a duration so that value_time() reads it back: "1h30m", "-1". */
void value_time_text(struct buf *out, int64_t seconds);
