/* attack_rules: by which jails and rules attacks are judged in a report, and what each of
 * them finds.
 *
 *     attack_rules_init(&rules, &config, false);
 *     a = attacks_new(&rules, from_us);
 */
#pragma once

#include "conf/config.h"
#include "report/mail_event.h"
#include "report/words.h"

struct attack_rules {
    const struct config *config;       /* borrowed */
    bool is_built_in;                  /* not this machine's */
    enum word kinds[CONFIG_JAILS_MAX]; /* what each jail or rule finds, by number; of one
                                          whose filter finds several kinds, one of them */
    uint16_t filters[MAIL_FILTERS];    /* indices; CONFIG_FILTERS_MAX: no jail has it */
};

/* Rules of a configuration, which must stay. */
void attack_rules_init(struct attack_rules *r, const struct config *c, bool is_built_in);

/* Whether a configuration judges logins or mail: else it is of a machine without a mail
 * server, to which a log was brought. */
bool attack_rules_judge_mail(const struct config *c);

/* Reads the configuration that is built in, for the caller to give to config_fini().
 * False, with what is wrong in `error`, and nothing is written. */
NODISCARD bool attack_rules_load_built_in(struct config *out, struct buf *error);

/* A number that is the same as long as a configuration judges in the same way; what does
 * not matter to that (logs, actions, ports) may change. */
uint64_t attack_rules_print(const struct config *c);

/* What a kind of event is an attempt of, WORD_KIND_...; WORD_NONE: of nothing. */
enum word attack_rules_event(enum event_kind kind);
