/* visits_pack: visits as bytes (report/pack.h). */
#pragma once

#include "report/pack.h"
#include "report/visits.h"

/* Writes visits, or reads them into empty ones, which go on counting as if they had not
 * been away. What could not be read is p->is_bad; they are good for visits_fini() only
 * then. */
void visits_pack(struct pack *p, struct visits *v);
