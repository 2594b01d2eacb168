/* event_wire: an event as the frame that carries it, and back. */
#pragma once

#include "event/event.h"
#include "wire/wire.h"

/* The frame of an event; texts stay borrowed. */
struct wire_event event_to_wire(const struct event *e);

/* The event of a frame; texts stay borrowed. False when its kind does not exist or its
 * peer is no single address: the caller checks the numbers that it knows the bounds of.
 */
NODISCARD bool event_from_wire(const struct wire_event *m, struct event *e);
