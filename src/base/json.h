/* json: values appended to a buf, with the commas set by themselves.
 *
 *     json_open(&b, '{');
 *     json_key(&b, "address"), json_addr(&b, &who);
 *     json_close(&b, '}');
 */
#pragma once

#include "base/addr.h"
#include "base/clock.h"

enum { JSON_SCHEMA = 1 }; /* of everything the commands print; grows when a key changes */

/* Begins an object '{' or an array '['. */
void json_open(struct buf *b, char bracket);

/* Ends what was begun last, with '}' or ']'; the caller names the one that fits. */
void json_close(struct buf *b, char bracket);

/* The name of the next value; our own text. */
void json_key(struct buf *b, const char *name);

/* A string that may hold any bytes: foreign text, escaped. */
void json_span(struct buf *b, struct span s);

/* A string of our own; escaped all the same. */
void json_text(struct buf *b, const char *text);

/* A number without a sign. */
void json_u64(struct buf *b, uint64_t n);

/* A number that may be negative. */
void json_i64(struct buf *b, int64_t n);

/* A number of our own, as it is to be written. */
void json_number(struct buf *b, const char *text);

/* true or false. */
void json_bool(struct buf *b, bool value);

/* null: what is not known, or does not apply. */
void json_null(struct buf *b);

/* A time as RFC 3339 with the local offset; null outside the years 1970 to 9999 (so for
 * a permanent ban's end, which is negative). */
void json_time(struct buf *b, int64_t wall_us);

/* Seconds; null when negative (permanent). */
void json_seconds(struct buf *b, int64_t s);

/* An address under the key "address", or a prefix under "prefix". */
void json_who(struct buf *b, const struct addr *who);

/* The same, and "id" for who is known by a text that is no address. */
void json_somebody(struct buf *b, const struct addr *who, struct span id);

/* Begins the object every answer is: {"schema":1,"generated":"..." */
void json_begin(struct buf *b, int64_t now_us);

/* Ends it with a line feed. */
void json_end(struct buf *b);
