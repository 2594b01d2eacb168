/* grey_list: white lists in the language of postgrey's files, which are read as they are.
 *
 * Of clients, one a line: `/regex/` on the name, an address, ADDRESS/LENGTH, `192.0.2`
 * (/24), `192.0` (/16; postgrey 1.37 takes it for a /24, against its manual), or the name
 * of a domain, which is for what lies below it, too. Of recipients: `/regex/`,
 * `user@domain` and `user@`, both with any +extension, or a domain as above. A # begins a
 * comment anywhere; case does not matter.
 *
 * A look-up of a name or recipient that was asked for lately costs a hash of it; of
 * another one O(log n) for each label, and a search of each expression.
 *
 *     struct grey_list *l = grey_list_new(GREY_LIST_CLIENTS);
 *     err = grey_list_read(l, "/etc/postgrey/whitelist_clients", &errors);
 *     grey_list_seal(l);
 */
#pragma once

#include "base/addr.h"
#include "conf/errors.h"

enum grey_list_kind { GREY_LIST_CLIENTS, GREY_LIST_RECIPIENTS };

enum {
    GREY_LIST_FILE_MAX = 8 << 20,   /* bytes of one file */
    GREY_LIST_ENTRIES_MAX = 200000, /* of one kind, of a list */
    GREY_LIST_REGEXES_MAX = 1000,
    GREY_LIST_EXTENSIONS_MAX = 32, /* + signs of a recipient that are tried */
};

struct grey_list;

/* An empty list. */
struct grey_list *grey_list_new(enum grey_list_kind kind);

/* NULL is legal. */
void grey_list_free(struct grey_list *l);

/* Adds the lines of a text. What cannot be read is told in `e`, as FILE:LINE, and left
 * out; so is what exceeds a bound. */
void grey_list_add(struct grey_list *l, struct span text, const char *file,
                   struct conf_errors *e);

/* Adds a file. A name that ends in .local may not be there. 0, or a negative errno, which
 * is told in `e` as well. */
NODISCARD int grey_list_read(struct grey_list *l, const char *path,
                             struct conf_errors *e);

/* Puts the list into order: once, after all was added and before it is looked at. */
void grey_list_seal(struct grey_list *l);

/* Whether nothing is in it. */
bool grey_list_is_empty(const struct grey_list *l);

/* Whether a client is listed by address or by name; the list is of clients. */
bool grey_list_has_client(const struct grey_list *l, const struct addr *client,
                          struct span name);

/* Whether a recipient is listed; the list is of recipients. */
bool grey_list_has_recipient(const struct grey_list *l, struct span recipient);
