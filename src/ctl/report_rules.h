/* report_rules: by whose rules a report of a log is judged. */
#pragma once

#include "ctl/args.h"
#include "report/attack_rules.h"

struct report_rules {
    struct config config;
    struct attack_rules rules; /* of it */
};

/* Reads the configuration: of --config, else of this machine, if the guard is configured
 * here and it judges mail; else what is built in. What is wrong with this machine's is in
 * `error`, and what is built in is read; NULL: --config named it. The caller frees it
 * with report_rules_free(). */
NODISCARD struct report_rules *report_rules_load(const struct ctl_args *args,
                                                 struct buf *error);

/* Frees it; NULL is legal. */
void report_rules_free(struct report_rules *r);
