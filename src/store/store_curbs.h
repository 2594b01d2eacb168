/* store_curbs: accounts whose mail is held or limited.
 */
#pragma once

#include "store/store.h"

struct store_curb {
    struct span jail, account; /* the account is foreign bytes */
    uint16_t kind;             /* enum curb_kind */
    struct addr who;           /* family 0: not known */
    int64_t since_us, until_us;
    uint32_t messages, recipients;
};

/* Forgets all of them. Inside a transaction. */
void store_clear_curbs(struct store *s);

/* Writes one, in place of what was there of the account and the kind. Inside a
 * transaction. */
void store_put_curb(struct store *s, const struct store_curb *c);

/* Calls `fn` for each; texts are borrowed for the call. 0, or -EIO. */
NODISCARD int store_each_curb(struct store *s,
                              void (*fn)(void *ctx, const struct store_curb *c),
                              void *ctx);
