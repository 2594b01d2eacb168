/* gate: the state of komainu-gate, which answers an MTA while SMTP is talking.
 *
 * One program with two lives: a role of komainud, or alone (`komainu gate run`), executed
 * by whoever wants it. What both do is in gate_work.c; it sees a loop, a log and a
 * configuration, wherever they come from.
 */
#pragma once

#include "base/log.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "conf/config_gate.h"
#include "gate/server.h"
#include "wire/meaning.h"

/* Folders whose files are read while the gate runs. */
struct gate_folders {
    char paths[SANDBOX_FOLDERS_MAX][512];
    uint64_t devices[SANDBOX_FOLDERS_MAX], inodes[SANDBOX_FOLDERS_MAX]; /* 0: not there */
    size_t count;
    bool is_new_told; /* that one is another one now */
};

struct gate_control;
struct gate_accounts;
struct gate_memory;
struct gate_share;
struct decider;

struct gate {
    struct loop *loop;
    struct logger *log;
    struct config_gate config;
    const char *folder; /* where it keeps what it knows */
    struct gate_server *server;
    char *places[GATE_LISTENERS_MAX]; /* of the server's listeners, for the log */
    unsigned place_count;
    struct decider *decider; /* gate_decide.h */
    struct gate_folders folders;
    struct gate_control *control;   /* NULL: nobody may ask */
    struct gate_memory *memory;     /* gate_memory.h; NULL: alone, there is no judge */
    struct gate_accounts *accounts; /* gate_accounts.h; NULL: the same */
    bool may_begin_anew;            /* who ends is started again */
    struct gate_share *share;       /* gate_share.h; NULL: nothing is shared */
    int64_t started_us;             /* since boot */
    size_t connections_max;         /* that there may be */
};

/* Gives each number there is, and what tells it from others of the name (or NULL). */
typedef void gate_number_fn(void *ctx, const char *name, const char *label,
                            uint64_t value);

/* --- gate_decide.c --- */

/* Opens what decisions need; before files are shut off. 0, or a negative errno, which was
 * logged. */
NODISCARD int gate_decide_open(struct gate *g);
void gate_decide_close(struct gate *g);

/* A gate_decide_fn and a gate_before_fn; ctx is the gate. */
void gate_decide(void *ctx, struct gate_turn *t);
void gate_before_answers(void *ctx);

/* Reads lists anew. */
void gate_decide_reload(struct gate *g);

/* Arms its timer; at the end of each round. */
void gate_decide_turn(struct gate *g, int64_t now_us);

/* --- gate_folders.c --- */

/* Adds the folders of what is read anew. */
void gate_find_folders(const struct config_gate *c, struct gate_folders *out);

/* Where one is there that was not, or is another one: its files are shut to us. The gate
 * ends, where it is started again, else it says so, once. O(folders) system calls. */
void gate_watch_folders(struct gate *g);

/* --- gate_work.c --- */

/* The sets of enum sandbox_calls that it needs. */
unsigned gate_calls(void);

/* What files stay open to it. The paths live as long as the gate. */
void gate_fill_folders(struct gate *g, struct sandbox_folders *out);

/* Opens what the configuration, which is set, needs; before files are shut off. 0, or a
 * negative errno, which was logged. */
NODISCARD int gate_open(struct gate *g);

/* Serves the listening socket `fd`, from now on its own; `place` is what it is called. 0,
 * or a negative errno, which was logged. */
NODISCARD int gate_serve(struct gate *g, int fd, struct span place);

/* Answers whose turn it is, writes what is to be kept, and frees all; zeroed is legal. */
void gate_close(struct gate *g);

/* --- gate_numbers.c --- */

/* All that is counted; those of one name stand together. */
void gate_each_number(const struct gate *g, gate_number_fn *fn, void *ctx);

/* Gives how each table that cannot be used and each list of DNS is: foreign bytes. */
typedef void gate_note_fn(void *ctx, enum gate_note kind, struct span name,
                          struct span text);

/* Gives them in the order of the configuration, and last how sharing is. */
void gate_each_note(const struct gate *g, gate_note_fn *fn, void *ctx);

/* --- gate_control.c --- */

/* Answers commands over the listening socket `fd`, from now on its own; only who the
 * process itself is, and root, may ask. 0, or a negative errno. */
NODISCARD int gate_control_begin(struct gate *g, int fd);

/* Closes it; there may be none. */
void gate_control_end(struct gate *g);

/* --- gate_postgrey.c --- */

/* The gate as postgrey: argv[1...] are its options. The exit status. */
NODISCARD int gate_postgrey(int argc, char **argv);

/* --- gate_man.c --- */

/* Prints the manual whose frame is standard input. The exit status. */
NODISCARD int gate_man(void);

/* --- gate_alone.c --- */

/* `gate run`: argv[1...] are its options. The exit status. */
NODISCARD int gate_alone(int argc, char **argv);
