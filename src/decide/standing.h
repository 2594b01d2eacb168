/* standing: what decide knows of an address, as one word: event/standing.h.
 *
 * The first that fits:
 *
 *   known    it is on the allow list
 *   banned   a ban around it that closes port 25 is in force, without a hole for it
 *   suspect  another ban around it is: of other ports, of a jail that only observes
 *   known    somebody has logged in from just there, or its place is good (trust.h)
 *   suspect  a jail or a rule that bans has counted half of what it takes of it, two
 *            things at least; a campaign of a network around it goes on; a ban of it
 *            ended less than STANDING_LATELY_S ago, and not by hand
 *   neutral  else
 */
#pragma once

#include "decide/decide.h"
#include "event/standing.h"

enum { STANDING_LATELY_S = 86400 };

struct standing_now {
    enum standing standing;
    int64_t until_us; /* wall: it is something else then; negative: nobody knows when */
};

/* How `who`, a single address, stands. Of time alone only the end of bans is told in
 * `until_us`: whoever wants to know of the rest asks now and then. O(jails), and O(bits
 * times jails with bans). */
struct standing_now standing_of(struct decide *d, const struct addr *who, int64_t now_us);
