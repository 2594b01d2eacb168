/* The texts of keys that are no addresses, and what was captured in lines. */
#include "unit.h"

#include "base/ident.h"
#include "store/store_ids.h"
#include "store/store_past.h"
#include "store_world.h"
