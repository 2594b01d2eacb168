/* checks_pack: checks as bytes (report/pack.h). */
#pragma once

#include "report/checks.h"
#include "report/pack.h"

/* Writes checks, or reads them into empty ones, which go on counting as if they had not
 * been away. What could not be read is p->is_bad; they are good for checks_fini() only
 * then. */
void checks_pack(struct pack *p, struct checks *c);
