/* audit_parts: the parts of `komainu audit`. */
#pragma once

#include "ctl/audit_log.h"
#include "ctl/command.h"

enum { AUDIT_LOGS_MAX = 256 };

struct audit {
    const struct ctl_env *env;
    const struct ctl_args *args;
    struct ctl_output *o;
    struct audit_filter filter;
    struct audit_log *logs;
    size_t log_count;
    bool is_json;
    uint64_t shown;
    int64_t past_us; /* of the guard's memory all up to then was shown */
    int write_error;
    enum ctl_exit code;
};

/* audit_show.c: prints an entry; `ctx` is a struct audit. */
void audit_show(void *ctx, const struct audit_entry *e);

/* Writes out what is there. */
void audit_flush(struct audit *a);

/* audit_names.c: the logs that are asked for, of which there is room for AUDIT_LOGS_MAX;
 * to be freed one by one, whatever the result. False with the reason in the error. */
NODISCARD bool audit_find_names(struct audit *a, char **names, size_t *count);

/* audit_past.c: the bans that the guard remembers, up to the end of the past. A zeroed
 * one has none. */
struct audit_past;

/* Asks the guard. NULL when none answers: the logs are there all the same. */
struct audit_past *audit_past_ask(struct audit *a);

/* Shows those before `time_us`; what stands in a log with that time was its cause. */
void audit_past_show(struct audit *a, struct audit_past *p, int64_t time_us);

/* When the last of it was; 0: there is nothing. */
int64_t audit_past_end(const struct audit_past *p);

/* NULL is legal. */
void audit_past_free(struct audit_past *p);

/* audit_follow.c: what happens, until nobody reads it any more. */
void audit_follow(struct audit *a);
