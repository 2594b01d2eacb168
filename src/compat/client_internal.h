/* What the files of the client share. */
#pragma once

#include "compat/client.h"
#include "compat/session.h"
#include "compat/shape.h"

enum { CLIENT_DONE = 0, CLIENT_FAILED = 255, CLIENT_WORDS_MAX = 4096 };

struct compat_options {
    const char *program; /* how we were called, without its folder */
    const char *config;  /* -c */
    const char *socket;  /* -s; NULL: what the configuration says */
    const char *pidfile; /* -p; likewise */
    /* The first option that a start would have to heed and cannot, or NULL. */
    const char *unheeded;
    int timeout_s;      /* of a start */
    int verbose;        /* 1, more with -v, less with -q */
    bool is_server;     /* fail2ban-server */
    bool is_background; /* -b, or nothing; not -f */
    bool is_interactive, is_dump, is_pretty, is_test;
    bool is_version, is_short_version, is_help;
    bool is_directory_given; /* -c */
    const char *str2sec;
    char **words; /* the command */
    int word_count;
};

struct compat_run {
    const struct compat_env *env;
    struct compat_options options;
    char socket[128];
    char pidfile[1024]; /* "": none */
    struct buf out;     /* standard output, not written yet */
};

/* Reads the command line. False: it is no good; `why` has the reason, or nothing where
 * usage is to be shown. */
NODISCARD bool client_options(int argc, char **argv, struct compat_options *out,
                              struct buf *why);

/* Appends the usage, with the commands. */
void client_usage(const struct compat_options *o, struct buf *out);

/* Writes what `out` holds. */
void client_print(struct compat_run *r);

/* A line of the client's own log on standard error: level "ERROR", "WARNING", "INFO". */
void client_log(struct compat_run *r, const char *level, const char *format, ...)
    PRINTF(3, 4);

/* Does one command, whose words may be changed; false when it failed, which was told. */
NODISCARD bool client_command(struct compat_run *r, const char **words, size_t count);

/* Sends words, and prints what came of it as if `shown` had been said; false when it
 * failed, which was told. */
NODISCARD bool client_say(struct compat_run *r, const char *const *words, size_t count,
                          const struct shape_request *shown);

/* Sends words without telling anybody; the value of the answer, in the arena. False:
 * nobody answers, or with an exception. */
NODISCARD bool client_ask_quietly(struct compat_run *r, const char *const *words,
                                  size_t count, struct pickle_arena *arena,
                                  const struct pickle_value **value);

/* The words as a message, in the arena; NULL: they are too long for it. */
const struct pickle_value *client_message(struct pickle_arena *a,
                                          const char *const *words, size_t count);

/* Sends one message, and prints what came of it as if `shown` had been said; false when
 * it failed, which was told. */
NODISCARD bool client_exchange(struct compat_run *r, const struct pickle_value *message,
                               const struct shape_request *shown,
                               struct pickle_arena *arena);

/* Whether a server answers. */
bool client_is_alive(struct compat_run *r);

/* --- client_interact.c --- */

/* Reads commands until "exit" or "quit". False: the input ended before, as for
 * fail2ban's, which was told. */
NODISCARD bool client_interact(struct compat_run *r);

/* --- client_order.c --- */

/* Whether the command has root run a command or open a file. */
bool client_is_of_root(const char *const *words, size_t count);

/* Carries out such a command, of a server of ours; false when it failed, which was told.
 */
NODISCARD bool client_order(struct compat_run *r, const char *const *words, size_t count);

/* --- client_reload.c --- */

/* Whether the server is one of ours: a fail2ban's own would take the empty stream of a
 * reload for a configuration without jails. */
bool client_is_komainu(struct compat_run *r);

/* reload [--restart] [--unban] [--if-exists] [JAIL|--all]; false when it failed, which
 * was told. */
NODISCARD bool client_reload(struct compat_run *r, const char **words, size_t count);

/* --- client_start.c --- */

/* Starts komainud, unless a server answers: in the background, and waits until it
 * answers; else becomes it, and returns only when that fails. False: it does not run,
 * which was told. */
NODISCARD bool client_start(struct compat_run *r, bool is_background);

/* Ends the server, waits until it is gone, and starts it. */
NODISCARD bool client_restart(struct compat_run *r);
