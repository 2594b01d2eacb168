/* records: how often each address was banned in each jail, while it is remembered.
 *
 * As in fail2ban an address is known for its bans until `remember` and three times the
 * length of the last one have passed since that began; one whose last ban was permanent
 * is known for ever. RECORDS_MAX addresses are known, those banned longest ago leave
 * (counted). What is forgotten leaves the memory bit by bit, with each record that is
 * added.
 */
#pragma once

#include "base/addr.h"
#include "base/table.h"

enum { RECORDS_MAX = 1 << 20 };

struct ban_key {
    uint16_t jail;
    struct addr who;
};

struct record {
    uint32_t bans;
    int64_t since_us, until_us; /* of the last one; until_us < 0: never */
};

struct records {
    struct table table; /* struct ban_key -> struct record */
    int64_t remember_us;
    uint32_t next_slot; /* to look at for what is forgotten */
    uint64_t dropped;   /* left because there was no room */
};

/* No records yet. */
void records_init(struct records *r, int64_t remember_s);

/* Frees all; a zeroed struct is legal. */
void records_fini(struct records *r);

/* Whether a ban is known no more at `now_us`. */
bool records_is_forgotten(const struct records *r, const struct record *one,
                          int64_t now_us);

/* The number of bans that `key` is known for at `now_us`. */
uint32_t records_bans(const struct records *r, const struct ban_key *key, int64_t now_us);

/* The last of them; NULL when there is none, or it is forgotten. Until the next call that
 * changes `r`. */
const struct record *records_last(const struct records *r, const struct ban_key *key,
                                  int64_t now_us);

/* Adds a ban, the `nth` of its jail's as is known (records_bans() + 1 for a new one).
 * Amortised O(1). */
void records_add(struct records *r, const struct ban_key *key, const struct record *last);

/* Moves every time by `delta_us`. O(records). */
void records_shift(struct records *r, int64_t delta_us);
