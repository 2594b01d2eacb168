/* as_db: to which autonomous system (AS) an address belongs, by a file such as
 * GeoLite2-ASN.mmdb (where/address_db.h), while the gate runs.
 *
 * The file is read again when it is another one. It is copied into a folder of the
 * reader's own and read there: a mapped file that somebody cuts ends the process.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"

struct as_db;

enum as_db_outcome {
    AS_DB_SAME,   /* nothing has changed */
    AS_DB_LOADED, /* read anew */
    AS_DB_BAD,    /* as it was; `why` says what is wrong */
};

/* The file at `path`; empty until as_db_refresh(). It is copied into `folder`, which must
 * outlive it; NULL: it is read where it is, by who only tries it. */
void as_db_new(struct as_db **out, const char *path, const char *folder);

/* NULL is legal. */
void as_db_free(struct as_db *db);

/* Reads the file if it is another one than last time. Appends its path and what is wrong
 * to `why`; a bad file is told of once. One stat() where nothing has changed, else O(the
 * file). */
NODISCARD enum as_db_outcome as_db_refresh(struct as_db *db, struct buf *why);

/* The AS of an address. False: it has none, or none is known. NULL is legal, and knows
 * none. O(bits of the address). */
NODISCARD bool as_db_find(const struct as_db *db, const struct addr *who, uint32_t *out);

/* The path it was given; borrowed. */
const char *as_db_path(const struct as_db *db);

/* Whether it was ever read. */
bool as_db_is_read(const struct as_db *db);

/* What is wrong with its file now; "" when nothing is. */
const char *as_db_trouble(const struct as_db *db);
