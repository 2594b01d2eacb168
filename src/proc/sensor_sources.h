/* sensor_sources: how the sensor's sources begin, and how those are read that are no
 * files. */
#pragma once

#include "sensor.h"

/* --- sensor_begin.c: descriptors and watches --- */

/* A descriptor of a source, which is now ours. */
void sensor_offer(struct sensor *s, uint16_t index, int fd, bool is_sibling);

/* All descriptors of a source were offered: it can begin, or go on with what is new. */
void sensor_offered_all(struct sensor *s, const struct wire_source_end *end);

/* Starts every source that has its descriptors and whose place is known. */
void sensor_begin_sources(struct sensor *s);

/* Reads inotify events and marks the sources they are about. */
void sensor_read_notify(struct sensor *s);

/* --- sensor_sockets.c: datagrams, of this machine and of others --- */

/* Begins to listen: 0, or a negative errno. */
NODISCARD int sensor_begin_socket(struct sensor *s, struct sensor_source *source);

/* Reads some datagrams. Whether there may be more at once. */
bool sensor_read_socket(struct sensor *s, struct sensor_source *source);

/* --- sensor_streams.c: connections of other hosts --- */

/* Takes a listening socket. */
void sensor_offer_listener(struct sensor *s, struct sensor_source *source, int fd);

/* Begins to accept: 0, or a negative errno. */
NODISCARD int sensor_begin_listener(struct sensor *s, struct sensor_source *source);

/* Reads some of every connection. Whether there may be more at once. */
bool sensor_read_streams(struct sensor *s, struct sensor_source *source);

/* Listens again after it had to stop for lack of descriptors or memory. */
void sensor_listen_again(struct sensor *s, struct sensor_source *source);
