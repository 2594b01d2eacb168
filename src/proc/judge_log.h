/* judge_log: the lines in fail2ban's shape, for `logtarget`. */
#pragma once

#include "judge.h"

/* Takes the file, or the connection to syslog, that lines in fail2ban's shape go to; when
 * the guard starts, bans that are there are told as restored. */
void judge_take_log(struct judge *j, int fd, const struct wire_log_fd *said);

/* Writes a line about an address, "%s" in `format`; `part` is "actions" or "filter". */
void judge_say(struct judge *j, enum config_loglevel level, const char *part,
               const struct ban_key *key, const char *format);

/* "Found": a failure of that time. */
void judge_say_found(struct judge *j, const struct ban_key *key, int64_t time_us);

/* "Increase Ban": a ban of its jail that is not as long as bantime says. */
void judge_say_longer(struct judge *j, const struct ban_key *key, const struct ban *ban);

/* "Reban": the runner does again what of a ban was lost; of one action, its name. */
void judge_say_again(struct judge *j, const struct ban_key *key, struct span action);

/* "already banned", at fail2ban's level for a ban of its age. */
void judge_say_already(struct judge *j, const struct ban_key *key);

/* Writes out what was said in this turn. */
void judge_flush_log(struct judge *j);
