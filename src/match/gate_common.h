/* gate_common: what ordinary lines of mail logs say, so that the gate looks for something
 * else where it has the choice. */
#pragma once

#include "base/span.h"

/* Words of lines that no filter waits for, with a newline between lines; lives for ever.
 */
struct span gate_common_lines(void);
