/* when: a time as somebody writes it who asks for a part of a list. */
#pragma once

#include "base/clock.h"

/* Reads a time, in the local zone where it names none:
 *
 *     2026-12-31               its beginning
 *     2026-12-31 10:00         also with T, with seconds, and with a zone behind those
 *     10:00, 10:00:30          today
 *     now, today, yesterday    the latter two: their beginning
 *     -3h, 3h ago              before now, as durations of the configuration are written
 *
 * False, and nothing written, for anything else, and for what is before 1970 or after
 * 9999. */
NODISCARD bool when_parse(struct span text, int64_t now_us, int64_t *wall_us);
