/* What the parts of detect share. */
#pragma once

#include "doctor/detect.h"

/* Reads ROOT/PATH into `text`, up to DETECT_FILE_MAX bytes. False when that cannot be
 * done. */
NODISCARD bool detect_read(const char *root, const char *path, struct buf *text);

/* Whether ROOT/PATH exists. */
NODISCARD bool detect_exists(const char *root, const char *path);

/* Adds a note; beyond MACHINE_NOTES_MAX it is dropped. */
void detect_note(struct machine *m, const char *format, ...) PRINTF(2, 3);

/* Adds a port, once. */
void detect_port(struct config_scope *p, uint16_t port);

/* Adds a log of the service: where it is, or would appear. */
void detect_log(struct machine_service *s, const char *root, struct span path);

/* Adds what main.cf says: log file, mynetworks, relayhost. */
void detect_main_cf(struct machine *m, struct span main_cf, const char *root);

/* Adds what master.cf says: the ports of its services. */
void detect_master_cf(struct machine *m, struct span master_cf);

/* The value of a parameter of main.cf, its $names replaced, appended to `out`; false when
 * it is not set. */
NODISCARD bool detect_parameter(struct span main_cf, struct span name, struct buf *out);

/* Looks for the services that need no more than a table: all but Postfix and sshd. */
void detect_services(struct machine *m, const char *root);
