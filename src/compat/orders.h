/* orders: what fail2ban's clients may say, and what they are told.
 *
 * A command is a list of texts: ["status", "sshd"]. It is answered as fail2ban's server
 * does, by asking judge; the answer is (0, value) or (1, exception), with the classes
 * that its client knows. What changes settings goes to komainud first:
 *
 *     struct orders o = {.guard = &guard, .arena = &arena, .command = message};
 *     outcome = orders_run(&o);
 *     while (outcome == ORDERS_CHANGE) {
 *         ... o.change is told to komainud, which says what came of it ...
 *         outcome = orders_finish(&o, done, text);
 *     }
 *     protocol_put(&out, o.answer ? o.answer : orders_refuse(...));
 */
#pragma once

#include "compat/pickle.h"
#include "conf/config.h"
#include "ctl/client.h"

#define ORDERS_VERSION "1.1.0" /* of fail2ban, whose commands these are */

/* What is asked of the whole guard, and judge does not know. Texts are the owner's. */
struct orders_facts {
    enum config_loglevel loglevel;
    int64_t purge_s;
    unsigned evidence;     /* dbmaxmatches */
    struct span logtarget; /* empty: standard error */
    struct span database;
    struct span orders; /* the socket where komainud takes orders of root itself */
};

/* What commands are carried out with. */
struct orders_guard {
    void *ctx;
    /* Asks judge: `frames` are ASK_* frames, of an import more than fill a packet. All of
     * the answer is in the zeroed `a`, whatever its outcome; other than CTL_DONE: none
     * came, and `error` says why. */
    enum ctl_exit (*ask)(void *ctx, struct span frames, struct answer *a,
                         struct buf *error);
    /* Puts a foreign text into the log; NULL: nowhere. */
    void (*tell)(void *ctx, struct span text);
    struct orders_facts facts;
    int64_t now_us;
};

enum orders_outcome {
    ORDERS_ANSWER, /* `answer` is there */
    ORDERS_CHANGE, /* `change` is to be made first */
    ORDERS_WAIT,   /* `answer` is there, and to be given after `wait_us` */
};

struct orders {
    const struct orders_guard *guard;
    struct pickle_arena *arena; /* of command and answer */
    const struct pickle_value *command;
    const struct pickle_value *stream; /* of it, commands to be done in turn; or NULL */
    uint32_t done;                     /* of them, so many are */
    const struct pickle_value *answer; /* NULL in the end: too large for the arena */
    struct {
        enum compat_order what;
        struct span jail, option, value; /* in the arena */
    } change;
    int64_t wait_us;
};

/* Carries a command out. */
enum orders_outcome orders_run(struct orders *o);

/* The change was made, or not: `outcome` and `text` of a COMPAT_DONE. ORDERS_ANSWER; or
 * ORDERS_CHANGE, when there is more to be told. */
enum orders_outcome orders_finish(struct orders *o, enum answer_outcome outcome,
                                  struct span text);

/* The answer to what is no command, and one that is too large: a text, as fail2ban's
 * server gives. */
const struct pickle_value *orders_refuse(struct pickle_arena *a, const char *why);
