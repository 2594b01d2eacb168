/* access_map: one table of access(5), read as it stands: the text that postmap(1) makes
 * an index of, cidr_table(5), regexp_table(5), pcre_table(5), and tables within braces.
 *
 * A file that has changed is read again; what is wrong with it is told with file and
 * line, and the table stays what it was. Values are actions of access(5), and are checked
 * when they are read. Names of restrictions and classes are refused but for those that
 * access_map_know() tells of: others mean something to Postfix alone, and may permit.
 *
 *     access_map_new(&map, "cidr:/etc/postfix/client_access");
 *     if (access_map_refresh(map, why) == ACCESS_MAP_BAD) ...
 *     if (access_map_look(map, SPAN("192.0.2.1"), &answer)) ...
 */
#pragma once

#include "base/buf.h"
#include "gate/access_file.h"
#include "gate/access_text.h"

enum {
    ACCESS_LINE_MAX = 8192,   /* bytes of one line with those that continue it */
    ACCESS_RULES_MAX = 65536, /* of a table of patterns */
    ACCESS_KEY_MAX = 1024,
    ACCESS_DEPTH_MAX = 32, /* of `if` within `if` */
};

enum access_map_outcome {
    ACCESS_MAP_SAME,   /* nothing has changed */
    ACCESS_MAP_LOADED, /* read anew */
    ACCESS_MAP_BAD,    /* as it was; `why` says what is wrong */
};

struct access_map;

/* A table TYPE:FILE or TYPE:{...} that has been checked by restriction_list_read(); empty
 * until access_map_refresh(). */
void access_map_new(struct access_map **out, const char *table);

/* Says what its values may be beside actions, before it is read; `names` is copied. */
void access_map_know(struct access_map *map, const struct access_names *names);

/* Whether it refuses OK. */
bool access_map_refuses_ok(const struct access_map *map);

/* NULL is legal. */
void access_map_free(struct access_map *map);

/* Reads the file if it is another one than last time. Appends FILE:LINE: and what is
 * wrong to `why`. A bad file is told of once. One stat() where nothing has changed. */
NODISCARD enum access_map_outcome access_map_refresh(struct access_map *map,
                                                     struct buf *why);

/* Reads a table's text in place of its file: what refresh does with it. */
NODISCARD bool access_map_read(struct access_map *map, struct span text, struct buf *why);

/* What one key stands for; GATE_RESTRICTION has names that are known, with blanks or
 * commas between. False: it is not there. The text is borrowed until the next
 * call. O(1) of indexed text, else O(rules). */
NODISCARD bool access_map_look(struct access_map *map, struct span key,
                               struct gate_answer *out);

/* Whether it is of patterns, which are given whole keys and no parts of them. */
bool access_map_has_patterns(const struct access_map *map);

/* How many keys or rules it has. */
size_t access_map_count(const struct access_map *map);

/* Whether it was ever read: what was never is asked about by nobody. */
bool access_map_is_read(const struct access_map *map);

/* What is wrong with its file now, as `why` had it; "" when nothing is. */
const char *access_map_trouble(const struct access_map *map);

/* TYPE:FILE, as it was given. */
const char *access_map_name(const struct access_map *map);
