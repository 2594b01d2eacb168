/* metrics: what the guard counts, in Prometheus' text format (version 0.0.4).
 *
 * One table has every name with its type and help; it makes the output and the section of
 * the man page.
 */
#pragma once

#include "ctl/answer.h"
#include "ctl/command.h"

/* Appends all metrics of a status' frames. Label values are foreign text. */
void metrics_add(struct span frames, struct buf *out);

/* Appends the list of the metrics as the items of an mdoc list. */
void metrics_add_man(struct buf *out, enum ctl_language language);

/* The command `metrics`. */
ctl_fn metrics_run;
