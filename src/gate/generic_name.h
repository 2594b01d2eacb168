/* generic_name: names of clients that nobody chose for a server of mail: those that a
 * provider gives to each address of a range. All text is foreign.
 */
#pragma once

#include "base/addr.h"

/* Whether the name is such a one. In front of the domain of its owner it has a digit, and
 * the address (three octets one after the other or backwards, twelve digits, eight hex
 * digits; of IPv6 four groups, or sixteen hex digits in a row), or a word such as dyn,
 * dsl, ppp or pool; and no word such as mail or mx. `client` may be of no family: words
 * alone count. O(length). */
bool generic_name_is(struct span name, const struct addr *client);
