/* allow: who is never banned, by order of a person: a list, and the file it lives in.
 *
 * FOLDER/allow is text for people, one entry a line:
 *
 *     # komainu: never banned. ADDRESS[/LENGTH] or NAME[=ADDRESS,...] UNTIL COMMENT
 *     192.0.2.0/24 never our office
 *     2001:db8::7 2026-12-31T10:00:00+00:00 a customer, until the new year
 *     office.example.net=198.51.100.7,2001:db8::9 never at home
 *
 * A name of a host stands for the addresses that were found for it last: they are behind
 * the `=`, so that a start without name servers knows them. They count as entries of
 * their own.
 *
 * Lines that are no entries are kept where they are, in front: comments, and broken ones,
 * which are counted. The file is replaced as a whole, by rename.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/host.h"
#include "base/table.h"

enum {
    ALLOW_MAX = 2000,
    ALLOW_NAMES_MAX = 64,
    ALLOW_ADDRESSES_MAX = 16, /* of one name */
    ALLOW_NAMED_MAX = ALLOW_NAMES_MAX * ALLOW_ADDRESSES_MAX,
    ALLOW_COMMENT_MAX = 256,
    ALLOW_FILE_MAX = 4 << 20,
};

struct allow_entry {
    int64_t until_us; /* negative: never ends */
    uint16_t comment_len;
    char comment[ALLOW_COMMENT_MAX];
};

/* A name; what is behind `count` is not in the file, and the owner's of the list. */
struct allow_name {
    struct allow_entry entry;
    struct addr addresses[ALLOW_ADDRESSES_MAX]; /* sorted */
    size_t count;
    int64_t lost_us; /* wall: since when there is no answer; 0: there is one */
    int64_t due_us;  /* since boot: when to ask again */
    bool is_asked;   /* there is a question */
};

struct allow {
    struct table entries;      /* struct addr -> struct allow_entry */
    struct table names;        /* struct host_key -> struct allow_name */
    struct table named;        /* struct addr -> uint16_t: how many names have it */
    uint16_t lengths[2][129];  /* how many entries of IPv4, IPv6 have a length */
    struct buf kept;           /* the lines that are no entries */
    uint32_t broken, first_at; /* of them those that should be; the first one's number */
};

/* An empty list. */
void allow_init(struct allow *a);

/* Frees all; a zeroed list is legal. */
void allow_fini(struct allow *a);

/* Reads the text of a file into an empty list. Foreign bytes. */
void allow_parse(struct allow *a, struct span text);

/* Appends the text of the file. */
void allow_print(const struct allow *a, struct buf *out);

/* Reads FOLDER/allow into an empty list; 0 also when it is not there. Else a negative
 * errno, and the list must not be saved: -EFBIG beyond ALLOW_FILE_MAX. */
NODISCARD int allow_load(struct allow *a, const char *folder);

/* Replaces FOLDER/allow. 0, or a negative errno: the old file is there as it was. */
NODISCARD int allow_save(const struct allow *a, const char *folder);

enum allow_put { ALLOW_NEW, ALLOW_CHANGED, ALLOW_SAME, ALLOW_FULL };

/* Sets an entry; the comment is cut to its bound. */
NODISCARD enum allow_put allow_put(struct allow *a, const struct addr *who,
                                   int64_t until_us, struct span comment);

/* Removes just this entry; false when there is none. */
bool allow_remove(struct allow *a, const struct addr *who);

/* The same of a name; one that is new stands for nobody yet. */
NODISCARD enum allow_put allow_put_name(struct allow *a, const struct host_key *name,
                                        int64_t until_us, struct span comment);

/* Removes a name, and so its addresses; false when there is none. */
bool allow_remove_name(struct allow *a, const struct host_key *name);

/* What a name of the list stands for from now on; more than ALLOW_ADDRESSES_MAX, and the
 * same again, is left out. True when that is not what it stood for. */
bool allow_set_addresses(struct allow *a, struct allow_name *name,
                         const struct addr *addresses, size_t count);

/* Whether just this is an entry or an address of a name. */
bool allow_tells(const struct allow *a, const struct addr *who);

/* Whether all of `who` lies in an entry, or a name stands for it. O(lengths in use). */
bool allow_has(const struct allow *a, const struct addr *who);

/* When the next entry or name ends; false when none does. O(entries). */
NODISCARD bool allow_next_end(const struct allow *a, int64_t *due_us);

/* An entry that is over at `now_us`, to be removed; false when there is none. */
NODISCARD bool allow_find_over(const struct allow *a, int64_t now_us, struct addr *who);

/* The same for names. */
NODISCARD bool allow_find_name_over(const struct allow *a, int64_t now_us,
                                    struct host_key *name);

/* Whether a comment can stand in the file: no control bytes. */
bool allow_is_comment(struct span comment);
