/* judged_pack: what the rules have said, as bytes (report/pack.h). */
#pragma once

#include "report/judged.h"
#include "report/pack.h"

/* Writes it, or reads it into one that is zeroed; judged_free() frees it in any case. */
void judged_pack(struct pack *p, struct judged *j);
