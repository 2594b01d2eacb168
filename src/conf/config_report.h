/* config_report: what the daemon does for reports, part of the configuration. */
#pragma once

#include "base/buf.h"
#include "conf/schedule.h"

struct config;

enum { CONFIG_REPORT_LOGS_MAX = 64, CONFIG_REPORT_DAYS_MAX = 4000 };

/* What of the journal is counted: what syslog would write into mail.log. */
#define CONFIG_REPORT_MATCH "SYSLOG_FACILITY=2"

/* The files that say where an address is. */
struct config_databases {
    char *countries, *systems; /* NULL: one of the usual places; "": none */
};

struct config_report {
    uint32_t days;                            /* kept; 0: nothing is counted */
    uint16_t sources[CONFIG_REPORT_LOGS_MAX]; /* files */
    size_t source_count;
    char *journal;  /* in place of files: where it lies (source/journal_place.h) */
    bool is_mailed; /* at set times */
    struct schedule schedule;
    bool is_japanese;                  /* the mail */
    char *mail_to;                     /* its recipients. Not for roles */
    char *command;                     /* what sends it. For the runner alone */
    struct config_databases databases; /* not for roles */
};

/* Frees what it owns. */
void config_report_fini(struct config_report *r);

/* Frees the names; zeroed ones are legal. */
void config_databases_fini(struct config_databases *d);

/* Whether the daemon counts what reports are made of. */
bool config_has_store(const struct config *c);

/* Whether the journal is counted, as logs are written. */
bool config_counts_journal(const struct config *c);

/* Whether a source is counted. */
bool config_report_has(const struct config_report *r, uint16_t source);

/* What stands in [komainu] of it. */
void config_report_print(const struct config *c, struct buf *out);
