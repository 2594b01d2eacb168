/* report_rules: by which jails and rules a report is judged, and what each of them finds.
 */
#pragma once

#include "conf/config.h"
#include "ctl/args.h"
#include "report/mail_event.h"
#include "report/words.h"

/* Reads the configuration: of --config, else of this machine, if the guard is configured
 * here and it judges mail; else what is built in. What is wrong with this machine's is in
 * `error`, and what is built in is read; false: --config named it, and there is nothing
 * to be given to config_fini(). */
NODISCARD bool report_rules_load(const struct ctl_args *args, struct config *out,
                                 bool *is_built_in, struct buf *error);

/* The index of a filter; CONFIG_FILTERS_MAX: no jail has it. */
uint16_t report_rules_filter(const struct config *c, enum mail_filter filter);

/* What a kind of event is an attempt of, WORD_KIND_...; WORD_NONE: of nothing. */
enum word report_rules_event(enum event_kind kind);

/* What a jail or rule finds; of a jail whose filter finds several kinds, one of them. */
enum word report_rules_kind(const struct config *c, const struct config_jail *j);
