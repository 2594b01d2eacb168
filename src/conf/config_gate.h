/* config_gate: what the gate is told: section [gate] of komainu.conf, its profiles
 * [gate NAME], and the sections of its parts.
 *
 * It is assembled from lines, a section, an option and a text each, by one function:
 * komainud checks its files so, the role what komainud sends it, `gate run` its own.
 * Every option has its value in a configuration that config_gate_init() made.
 *
 * A part adds its struct to struct config_gate (or of a profile), and a row to `parts` in
 * config_gate.c: its section, its table of options and the function that takes a value.
 */
#pragma once

#include "base/addr.h"
#include "conf/config_greylist.h"
#include "conf/config_restrictions.h"
#include "conf/config_share.h"
#include "conf/config_spf.h"
#include "conf/options.h"

enum {
    GATE_LISTEN_MAX = 16,
    GATE_PROFILES_MAX = 32,
    GATE_FAIL_TEXT_MAX = 400,
    GATE_LINE_MAX = 16 << 10, /* bytes of one value */
};

struct config_gate_listen {
    char path[108]; /* "": `address` and `port` */
    unsigned mode;
    struct addr address;
    uint16_t port;
};

/* What is asked of a request; whose `policy_context` is `name`. */
struct config_gate_profile {
    char *name; /* "" is [gate] itself: for all that name no other */
    struct config_restrictions restrictions;
};

/* What becomes of clients that are banned; in the order of the option's words. */
enum gate_banned { GATE_BANNED_REJECT, GATE_BANNED_DEFER, GATE_BANNED_IGNORE };

struct config_gate {
    struct config_gate_listen listen[GATE_LISTEN_MAX];
    size_t listen_count; /* 0: komainud has no gate */
    int64_t deadline_s, check_deadline_s, idle_s;
    uint32_t connections;
    bool is_fail_closed, logs_decisions;
    enum gate_banned banned;
    char *fail_text;
    char *asn_database; /* "": there is none */
    struct config_greylist greylist;
    struct config_spf spf;
    struct config_share share;
    struct config_gate_profile *profiles; /* at least one */
    size_t profile_count;
};

/* One line: `option = value` of a section. */
struct config_gate_line {
    struct span section, option, value;
};

/* Takes a value of one of the part's options, which option_read() has read; `profile` is
 * the first one but in [gate NAME]. A value that comes again replaces the one before.
 * False with what is wrong and what would be right in `why`. */
typedef bool config_gate_take(struct config_gate *c, struct config_gate_profile *profile,
                              const struct option *o, const struct option_value *v,
                              struct buf *why);

struct config_gate_part {
    const char *section;
    const struct option *table;
    const size_t *count;
    config_gate_take *take;
    bool is_of_profile;    /* stands in [gate NAME] as well */
    bool has_own_defaults; /* what its init function sets, not the table */
};

/* All of them; ends with a NULL section. */
extern const struct config_gate_part config_gate_parts[];

/* Sets everything to its default. */
void config_gate_init(struct config_gate *c);

/* Frees what it owns and zeroes it. */
void config_gate_fini(struct config_gate *c);

/* Takes one line; the first one of a [gate NAME] makes the profile. False with what is
 * wrong and what would be right in `why`, without the place. */
NODISCARD bool config_gate_set(struct config_gate *c, const struct config_gate_line *line,
                               struct buf *why);

/* Whether what is set fits together. False with why not. */
NODISCARD bool config_gate_check(const struct config_gate *c, struct buf *why);

/* Whether any profile has a list of restrictions. */
bool config_gate_has_lists(const struct config_gate *c);

/* Whether the gate has such a section. */
bool config_gate_has_section(struct span section);

/* The part that has the option in this section, and its row there; NULL: none has. */
const struct config_gate_part *config_gate_find(struct span section, struct span option,
                                                const struct option **row);

/* The profile that `policy_context` chooses. O(profiles). */
const struct config_gate_profile *config_gate_profile(const struct config_gate *c,
                                                      struct span context);

/* Reads unix:PATH[,MODE], inet:HOST:PORT or inet:PORT: HOST is an address, a v6 one in
 * brackets, or localhost, which is 127.0.0.1, as nothing is. False with what would be
 * right in `why`. */
NODISCARD bool config_gate_listen_read(struct span text, struct config_gate_listen *out,
                                       struct buf *why);

/* Appends its one spelling. */
void config_gate_listen_print(const struct config_gate_listen *l, struct buf *out);
