/* message: one thing that is told, as a command gets it: variables and a JSON object.
 *
 * The texts may hold foreign bytes. message_variables() and message_json() make data of
 * them: nothing in them can be taken for a line, a quote or a command.
 */
#pragma once

#include "act/run.h"
#include "base/addr.h"

struct message {
    const char *kind;    /* "trouble", "ended", "ban", "digest", "alert" */
    const char *time;    /* RFC 3339 */
    struct span host;    /* this machine */
    struct span subject; /* one line */
    struct span text;    /* the whole: lines of printable text */
    struct span jail;    /* empty: none */
    struct addr who;     /* family 0: none */
    struct span reason;  /* empty: none */
    struct span account; /* empty: none */
};

enum { MESSAGE_ADDRESS_MAX = ADDR_TEXT_MAX };

/* Appends `s` without control bytes (C0, DEL) and with `?` for what is no printable
 * character of UTF-8 either; at most s.len bytes. */
void message_clean(struct buf *b, struct span s);

/* Fills the variables KOMAINU_... of an order; `address` holds the text of m->who and
 * must live as long. */
void message_variables(const struct message *m, char address[MESSAGE_ADDRESS_MAX],
                       struct run_order *order);

/* Appends one JSON object and a newline. */
void message_json(const struct message *m, struct buf *out);
