/* command: the commands of `komainu`, one table entry each.
 *
 * The table (commands_*.c, a group of commands each) drives everything: parsing, usage
 * errors, `--help`, `help`, the man pages in English and Japanese, and the completions of
 * bash and zsh. No command reads the clock, the environment or a global: struct ctl_env
 * has all of it.
 */
#pragma once

#include "base/text.h"
#include "ctl/client.h"

enum ctl_option_id {
    OPT_JSON,
    OPT_JSONL,
    OPT_SOCKET,
    OPT_STATE,
    OPT_CONFIG,
    OPT_FOR,
    OPT_COMMENT,
    OPT_JAIL,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_ACCOUNT,
    OPT_DRY_RUN,
    OPT_OFF,
    OPT_TABLE,
    OPT_ROTATED,
    OPT_MATCHED,
    OPT_IGNORED,
    OPT_MISSED,
    OPT_ALL,
    OPT_DATEPATTERN,
    OPT_MAXLINES,
    OPT_USEDNS,
    OPT_JOURNAL,
    OPT_OUTPUT,
    OPT_WITH_ADDRESSES,
    OPT_CLEAR,
    OPT_RELEASE,
    OPT_HOLD,
    OPT_FORGET,
    OPT_COMPARE,
    OPT_OBSERVED,
    OPT_DIRECTORY,
    OPT_FAIL2BAN,
    OPT_APPLY,
    OPT_UNDO,
    OPT_WITHOUT_BANS,
    OPT_LISTEN,
    OPT_SERVE,
    OPT_QUIET,
    OPT_PFLOGSUMM,
    OPT_DAY,
    OPT_HTML,
    OPT_PROMETHEUS,
    OPT_MAIL_TO,
    OPT_LANGUAGE,
    OPT_CHECK,
    OPT_UNPROCESSED,
    OPT_FROM_STORE,
    OPT_SCHEDULED,
    OPT_SYSLOG_NAME,
    OPT_CATEGORY,
    OPT_ADDRESS,
    OPT_NOISE,
    OPT_FOLLOW,
    OPT_NO_ATTACKS,
    OPT_WIDE,
    OPT_COUNTRY_DATABASE,
    OPT_ASN_DATABASE,
    OPT_HELP,
    CTL_OPTIONS
};

#define OPT_BIT(id) (UINT64_C(1) << (id))

/* The languages of the help; everything else is English. */
enum ctl_language { CTL_ENGLISH, CTL_JAPANESE, CTL_LANGUAGES };

enum ctl_option_type {
    TAKES_FLAG,    /* takes no value */
    TAKES_PATH,    /* a path of a folder or socket, not empty */
    TAKES_TIME,    /* a duration, args_parse_time() */
    TAKES_WHEN,    /* a point in time, when_parse() */
    TAKES_COMMENT, /* text of at most CTL_COMMENT_MAX bytes without control bytes */
    TAKES_TEXT,    /* any text, not empty; whoever uses it says what is wrong */
    TAKES_JAIL,    /* the name of a jail, 1 to CTL_NAME_MAX bytes */
    TAKES_NAME,    /* an nftables identifier, 1 to CTL_NAME_MAX letters, digits, _ . - */
};

enum {
    CTL_COMMENT_MAX = 256,
    CTL_NAME_MAX = 63,
    CTL_ACCOUNT_MAX = 256,
    CTL_OUTPUT_MAX = 1 << 30,
    CTL_COLUMNS_DEFAULT = 80
};

struct ctl_option {
    const char *name;  /* with its dashes */
    const char *value; /* what the value is called, NULL for a flag */
    enum ctl_option_type type;
    const char *help[CTL_LANGUAGES]; /* sentences, one a line */
};

/* What a command line says; borrows from argv. */
struct ctl_args {
    const struct ctl_command *command;
    const char **words; /* the arguments that are no options */
    size_t word_count;
    bool given[CTL_OPTIONS];
    const char *value[CTL_OPTIONS];
    int64_t for_s;   /* of --for; negative: permanent; 0: not given */
    struct addr who; /* the first word of commands that take an address; else none */
};

/* Where a command runs. */
struct ctl_env {
    int in, out, err;         /* descriptors */
    struct screen screen;     /* of `out`; now_us is the time of the request */
    bool is_err_tty;          /* progress may be shown on `err` */
    int timeout_ms;           /* most to wait for the guard */
    int64_t (*boot_us)(void); /* time since boot, to measure with */
    int64_t (*boot_ns)(void); /* the same for what is short; may be NULL */
    enum ctl_language language;
    unsigned cores;      /* that may be used; 0: one */
    const char *libexec; /* where our other programs are installed; may be NULL */
};

/* What a command prints: ctl_main() writes `out` when the command ends, and `error`, if
 * not empty, as "komainu: COMMAND: ...". Long answers flush `out` in between. */
struct ctl_output {
    struct buf out, error;
};

typedef enum ctl_exit ctl_fn(const struct ctl_env *env, const struct ctl_args *args,
                             struct ctl_output *o);

/* What the first word is checked to be. */
/* WORD_SOMEBODY: WORD_PREFIX, or with --jail a text that is neither. */
enum ctl_word_type { WORD_ANY, WORD_HOST, WORD_PREFIX, WORD_SOMEBODY };

/* What a shell completes the words with. */
enum ctl_completes {
    COMPLETES_NOTHING,
    COMPLETES_FILES,
    COMPLETES_COMMANDS,
    COMPLETES_BANNED,  /* addresses that are banned, asked from the guard */
    COMPLETES_JAILS,   /* the same for names of jails */
    COMPLETES_ALLOWED, /* the same for the list of those never banned, and its verbs */
};

struct ctl_command {
    const char *name;
    const char *usage; /* the arguments that are no options, "" for none */
    enum ctl_word_type word;
    enum ctl_completes completes;
    unsigned min_words, max_words;      /* 0: none; UINT32_MAX: any number */
    uint64_t options;                   /* OPT_BIT()s, without OPT_HELP */
    const char *summary[CTL_LANGUAGES]; /* one line, no full stop */
    const char *help[CTL_LANGUAGES];    /* sentences, one a line */
    ctl_fn *fn;
};

/* Commands that belong together, under a heading of the help. */
struct ctl_group {
    const char *title[CTL_LANGUAGES];
    const struct ctl_command *commands; /* up to one without a name */
};

/* The groups that are shown, in the order of the help, up to one without commands. */
const struct ctl_group *ctl_groups(void);

/* The `i`th command of these groups, NULL behind the last. */
const struct ctl_command *ctl_command_at(size_t i);

/* The command called `name`, or NULL. Also finds what is not shown: what the shells'
 * completions run. */
const struct ctl_command *ctl_command_find(const char *name);

/* The option's table entry. */
const struct ctl_option *ctl_option(enum ctl_option_id id);

/* Writes all of `b` to `fd` and empties it. 0, or a negative errno. */
NODISCARD int ctl_flush(int fd, struct buf *b);

/* Runs one command line and returns the exit code. */
int ctl_main(int argc, char **argv, const struct ctl_env *env);

/* The language that a locale's name ("ja_JP.UTF-8") asks for; NULL: English. */
enum ctl_language ctl_language_of(const char *locale);

/* The environment of a process, in English and without boot_ns: descriptors 0, 1, 2 and
 * what they are; `no_color` and `columns` are the values of NO_COLOR and COLUMNS, or
 * NULL. */
struct ctl_env ctl_env_standard(const char *no_color, const char *columns, int64_t now_us,
                                int64_t (*boot_us)(void));
