/* address_db: whose an address is: its country and its operator, an autonomous system
 * (AS), by a file of MaxMind's format (MMDB), as GeoLite2-ASN.mmdb,
 * GeoLite2-Country.mmdb, dbip-country-lite.mmdb and the like are.
 *
 *     struct address_db *db;
 *     const char *wrong = address_db_open(&db, path, ADDRESS_DB_NUMBERS);
 *     uint32_t entry, as;
 *     if (address_db_find(db, &who, &entry) && address_db_number(db, entry, &as)) ...
 *     address_db_close(db);
 *
 * The number of an AS is what `autonomous_system_number` of an entry has, by itself or in
 * `traits`, or `asn`, a number or "AS64500"; its name `autonomous_system_organization` or
 * `as_name`. A country is `country.iso_code`, `country_code`, `country`, or, where an
 * address is in none, `registered_country.iso_code`.
 *
 * The file is foreign: what is out of its bounds is not found, and names are bytes as
 * they stand there. It is mapped, so that somebody who cuts it ends the process: who
 * lives long opens a copy.
 */
#pragma once

#include "base/addr.h"

enum { ADDRESS_DB_NAME_MAX = 128 }; /* bytes kept of a name */

/* What a file is opened for. */
enum address_db_use { ADDRESS_DB_NUMBERS, ADDRESS_DB_COUNTRIES };

struct address_db;

/* Opens a file that has what is wanted, which the caller closes. NULL, or what is wrong
 * with it, a text that lives until the next call. O(1000 entries), not of the file. */
NODISCARD const char *address_db_open(struct address_db **out, const char *path,
                                      enum address_db_use use);

/* NULL is legal. */
void address_db_close(struct address_db *db);

/* The entry of an address: addresses of one entry have all in common. False: it has none.
 * O(bits of the address). */
NODISCARD bool address_db_find(const struct address_db *db, const struct addr *who,
                               uint32_t *entry);

/* The number of the AS of an entry, never 0; false: it has none. O(the entry). */
NODISCARD bool address_db_number(const struct address_db *db, uint32_t entry,
                                 uint32_t *out);

/* The name of the AS, at most ADDRESS_DB_NAME_MAX bytes, or nothing; valid while the file
 * is open. O(the entry). */
struct span address_db_name(const struct address_db *db, uint32_t entry);

/* The country, two capital letters; false: none is known. O(the entry). */
NODISCARD bool address_db_country(const struct address_db *db, uint32_t entry,
                                  char out[2]);
