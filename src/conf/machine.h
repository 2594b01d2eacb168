/* machine: what was found on this machine, as doctor/detect.h fills it and load reads it.
 *
 * A plain record without pointers; texts are cut to their room. A zeroed machine is one
 * where nothing was found.
 */
#pragma once

#include "conf/config.h"

enum {
    MACHINE_LOGS_MAX = 4,
    MACHINE_PATH_MAX = 256,
    MACHINE_TEXT_MAX = 256,
    MACHINE_NOTES_MAX = 16,
    MACHINE_ADDRESSES_MAX = 128,
};

enum machine_service_id {
    MACHINE_POSTFIX,
    MACHINE_SSHD,
    MACHINE_DOVECOT,
    MACHINE_SERVICES
};

struct machine_log {
    char path[MACHINE_PATH_MAX];
    bool is_present; /* else it is where a log would appear */
};

struct machine_service {
    bool is_present;
    char reason[MACHINE_TEXT_MAX]; /* why we think so */
    struct machine_log logs[MACHINE_LOGS_MAX];
    size_t log_count;
    struct config_scope ports;
};

struct machine_addresses {
    struct addr prefixes[MACHINE_ADDRESSES_MAX];
    size_t count;
};

struct machine {
    struct machine_service services[MACHINE_SERVICES];
    bool has_journald;
    bool can_bind_syslog;                 /* journald's forward socket is free */
    char syslog_reason[MACHINE_TEXT_MAX]; /* why it can or cannot be bound */
    struct machine_addresses resolvers;
    struct machine_addresses mynetworks;
    struct machine_addresses relayhosts;
    char notes[MACHINE_NOTES_MAX][MACHINE_TEXT_MAX]; /* what is not guarded, and why */
    size_t note_count;
};

/* Where journald forwards to when somebody listens. */
#define MACHINE_SYSLOG_SOCKET "/run/systemd/journal/syslog"

/* "postfix", "sshd", "dovecot". */
const char *machine_service_name(enum machine_service_id id);
