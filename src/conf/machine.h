/* machine: what was found on this machine, as doctor/detect.h fills it and load reads it.
 *
 * A plain record without pointers; texts are cut to their room. A zeroed machine is one
 * where nothing was found.
 */
#pragma once

#include "conf/config.h"

enum {
    MACHINE_LOGS_MAX = 6,
    MACHINE_PATH_MAX = 256,
    MACHINE_TEXT_MAX = 256,
    MACHINE_NOTES_MAX = 16,
    MACHINE_ADDRESSES_MAX = 128,
};

/* The services that are looked for, X(NAME, "name"). A jail names one in `service`. */
#define MACHINE_LIST(X)                                                                  \
    X(POSTFIX, "postfix")                                                                \
    X(SSHD, "sshd")                                                                      \
    X(DOVECOT, "dovecot")                                                                \
    X(EXIM, "exim")                                                                      \
    X(OPENSMTPD, "opensmtpd")                                                            \
    X(SENDMAIL, "sendmail")                                                              \
    X(COURIER, "courier")                                                                \
    X(PLESK_COURIER, "plesk-courier")                                                    \
    X(CYRUS, "cyrus")                                                                    \
    X(QMAIL, "qmail")                                                                    \
    X(PLESK_QMAIL, "plesk-qmail")                                                        \
    X(ROUNDCUBE, "roundcube")                                                            \
    X(SOGO, "sogo")

#define MACHINE_ENUM(NAME, name) MACHINE_##NAME,
#define MACHINE_WORD(NAME, name) " " name

enum machine_service_id { MACHINE_LIST(MACHINE_ENUM) MACHINE_SERVICES };

/* Their names in this order, each with a blank in front. */
#define MACHINE_WORDS MACHINE_LIST(MACHINE_WORD)

struct machine_log {
    char path[MACHINE_PATH_MAX];
    bool is_present; /* else it is where a log would appear */
};

struct machine_service {
    bool is_present;
    char reason[MACHINE_TEXT_MAX]; /* why we think so */
    struct machine_log logs[MACHINE_LOGS_MAX];
    size_t log_count;
    struct config_scope ports;       /* where it listens here */
    struct config_scope usual_ports; /* and elsewhere, as in a container */
};

struct machine_addresses {
    struct addr prefixes[MACHINE_ADDRESSES_MAX];
    size_t count;
};

struct machine {
    struct machine_service services[MACHINE_SERVICES];
    bool has_journald;
    bool has_journal;                      /* journald runs and keeps what it hears */
    char journal_reason[MACHINE_TEXT_MAX]; /* where, or why not */
    bool can_bind_syslog;                  /* journald's forward socket is free */
    char syslog_reason[MACHINE_TEXT_MAX];  /* why it can or cannot be bound */
    struct machine_addresses resolvers;
    struct machine_addresses mynetworks;
    struct machine_addresses relayhosts;
    char notes[MACHINE_NOTES_MAX][MACHINE_TEXT_MAX]; /* what is not guarded, and why */
    size_t note_count;
};

/* Where journald forwards to when somebody listens. */
#define MACHINE_SYSLOG_SOCKET "/run/systemd/journal/syslog"

/* As in MACHINE_LIST. */
const char *machine_service_name(enum machine_service_id id);
