/* tally_pack: a tally as bytes (report/pack.h). */
#pragma once

#include "report/pack.h"
#include "report/tally.h"

/* Writes a tally that is not whole, or reads one into an empty one with the same options,
 * which have neither messages nor sessions; it goes on counting as if it had not been
 * away. What could not be read is p->is_bad; the tally is good for tally_free() only
 * then. */
void tally_pack(struct pack *p, struct tally *t);
