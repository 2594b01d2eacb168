/* deeds_pack: deeds as bytes (report/pack.h). */
#pragma once

#include "report/deeds.h"
#include "report/pack.h"

/* Writes deeds, or reads them into empty ones, which go on counting as if they had not
 * been away. What could not be read is p->is_bad; they are good for deeds_free() only
 * then. */
void deeds_pack(struct pack *p, struct deeds *f);
