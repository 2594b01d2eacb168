/* report_schedule: the mail of `report-mail-to`: whether one is due, and that it was
 * sent.
 *
 * STATE/report-sent has the day for which the last one was. It is made ready before the
 * mail is sent and renamed behind it: a disk that is full sends none, and none is sent
 * twice but when the machine dies between the two.
 */
#pragma once

#include "ctl/command.h"

/* `komainu report --scheduled`: sends the report that is due, if one is. */
NODISCARD enum ctl_exit report_scheduled(const struct ctl_env *env,
                                         const struct ctl_args *args,
                                         struct ctl_output *o);
