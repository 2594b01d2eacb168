/* options: every option there is, in one table: its name, type, bounds, default and what
 * it is for. The table drives reading, checking, printing and the manual.
 *
 * Options of fail2ban that do not exist here stand in the table too, so that they are
 * refused by name; where a value of theirs means what we do anyway, that value is taken.
 */
#pragma once

#include "conf/value.h"

enum option_type {
    OPTION_BOOL,
    OPTION_INTEGER,
    OPTION_TIME,
    OPTION_WORD, /* one of `words` only */
    OPTION_NAME, /* letters, digits, - and _ */
    OPTION_TEXT, /* anything */
    OPTION_PATH, /* absolute */
    OPTION_LOGS, /* logpath.h, one a line */
    OPTION_PORTS,
    OPTION_ADDRESSES, /* addresses and prefixes */
    OPTION_REFUSED, /* of others, and not built: only `words` are taken; `help` is what to
                     * do instead, or NULL */
};

struct option {
    const char *name;
    enum option_type type;
    const char *fallback; /* the default */
    const char *words;    /* words taken beside what the type takes, or NULL */
    int64_t min, max;     /* of OPTION_INTEGER and OPTION_TIME */
    bool may_be_forever;  /* OPTION_TIME: -1 is taken */
    bool may_be_file;     /* OPTION_ADDRESSES: file:PATH is taken, and names of hosts */
    const char *unit;
    const char *help;
};

/* [komainu] of komainu.conf, and the sections of jail.conf. */
extern const struct option options_komainu[];
extern const size_t options_komainu_count;
extern const struct option options_jail[];
extern const size_t options_jail_count;

/* What a value says. Only the member of the option's type is set. */
struct option_value {
    int word;       /* the index in `words` of a word taken; else -1 */
    int64_t number; /* OPTION_BOOL, OPTION_INTEGER, OPTION_TIME */
    struct config_scope ports;
    struct addr *addresses; /* owned: option_value_fini() */
    size_t address_count;
    struct span text; /* trimmed; borrowed from what was read */
};

/* Reads the text of a value. False with what is wrong and what would be right in `why`,
 * without the place: "`maxretry` is 0; write a whole number from 1 to 1000". */
NODISCARD bool option_read(const struct option *o, struct span text,
                           struct option_value *out, struct buf *why);

/* Frees what the value owns; a zeroed value is legal. */
void option_value_fini(struct option_value *v);

/* The option called so; NULL when there is none. Names that begin with a family of
 * fail2ban's ("bantime.", "action_") find the entry of the family. */
const struct option *option_find(const struct option *table, size_t count,
                                 struct span name);

/* The name that is nearest to a mistyped one, or NULL when none is near. */
const char *option_nearest(const struct option *table, size_t count, struct span name);

/* Appends the table as text: names, defaults, bounds, help. */
void options_print(const struct option *table, size_t count, struct buf *out);

/* The same as the items of an mdoc list. */
void options_add_man(const struct option *table, size_t count, struct buf *out);
