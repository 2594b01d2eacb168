/* config_print: the configuration in force, for people and for programs. */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

/* Appends the configuration as text that looks like the files: [komainu], then a section
 * for each jail. */
void config_print(const struct config *c, struct buf *out);

/* Appends one jail's section, without the line with its name. */
void config_print_jail(const struct config *c, const struct config_jail *j,
                       struct buf *out);

/* Appends all of the configuration, and the expressions of the filters, as one JSON
 * object. */
void config_print_json(const struct config *c, struct buf *out);

/* Part of config_print(): who is told of what. */
void config_notify_print(const struct config_notify *n, struct buf *out);

/* Part of config_print_json(): the same as one object, without the commands. */
void config_notify_json(const struct config_notify *n, struct buf *out);

/* "allow", "mynetworks", "relayhost", "resolver": for messages. */
const char *config_protect_name(enum protect_why why);
