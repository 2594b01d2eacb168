/* metrics: what the guard counts, in Prometheus' text format (version 0.0.4).
 *
 * One table has every name with its type and help; it makes what the command `metrics`
 * and the socket of `metrics-socket` say, and the section of the man page.
 */
#pragma once

#include "base/buf.h"

enum metrics_language { METRICS_ENGLISH, METRICS_JAPANESE, METRICS_LANGUAGES };

/* Appends foreign text without control bytes, as whoever reads it bears it. */
typedef void metrics_escape_fn(struct buf *b, struct span text);

/* Appends all metrics of a status' TELL_* frames. Label values are foreign text, which
 * goes through `escape`, and has quotes and backslashes escaped behind it. */
void metrics_add(struct span frames, metrics_escape_fn *escape, struct buf *out);

/* Appends the list of the metrics as the items of an mdoc list. */
void metrics_add_man(struct buf *out, enum metrics_language language);
