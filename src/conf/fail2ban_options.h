/* fail2ban_options: a Python dictionary of options: ordered, each name once.
 *
 * Setting a name that is there keeps its place in the order. Used while a configuration
 * of fail2ban's is read; a zeroed one is empty.
 */
#pragma once

#include "conf/fail2ban.h"

/* Where a value was written; zeroed: nowhere. */
struct fail2ban_place {
    const char *file;
    unsigned line;
};

/* The option called so, or NULL. Linear. */
struct fail2ban_option *fail2ban_options_find(const struct fail2ban_options *o,
                                              struct span name);

/* Sets a text; copies what it is given. */
void fail2ban_options_set(struct fail2ban_options *o, struct span name, struct span text,
                          struct fail2ban_place place);

/* The same for PREFIX with NAME behind it. */
void fail2ban_options_set_prefixed(struct fail2ban_options *o, const char *prefix,
                                   const struct fail2ban_option *from);

/* Sets a copy of `from`. */
void fail2ban_options_copy(struct fail2ban_options *o,
                           const struct fail2ban_option *from);

/* Sets copies of all of `from`. */
void fail2ban_options_merge(struct fail2ban_options *o,
                            const struct fail2ban_options *from);

/* Makes the option what Python's None is. */
void fail2ban_option_none(struct fail2ban_option *o);

/* Makes of a text a truth value: 1, on, true, yes are true, and nothing else is. */
void fail2ban_option_bool(struct fail2ban_option *o);

/* Makes of a text a whole number as int() does; False, and None, when it is none. */
bool fail2ban_option_number(struct fail2ban_option *o);

/* Frees what the options own and zeroes them. */
void fail2ban_options_fini(struct fail2ban_options *o);
