/* log: what the processes say on stderr: one line each, key=value, the event's name
 * first.
 *
 * Library layers do not log; they return what happened and the processes say it. A line
 * of the same event name is said at most LOG_BURST times a minute; what was held back is
 * counted and said with the next one, so that an attacker cannot fill a disk through us.
 * (That holds for the first LOG_NAMES names of a process; it has fewer.)
 */
#pragma once

#include "base/buf.h"

enum { LOG_BURST = 300, LOG_NAMES = 32 };

/* By what the reader must do: repair, look, know, nothing. The numbers are those of
 * syslog. */
enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

struct logger {
    const char *program;      /* printed in front, when set */
    enum log_level level;     /* lines above it are not said; 0 means INFO */
    bool has_priority_prefix; /* "<N>" in front, for the journal */
    struct {
        const char *event;
        int64_t minute;
        uint32_t said, held;
    } names[LOG_NAMES];
};

/* Whether stderr is the journal: what JOURNAL_STREAM says (`stream`, may be NULL) is the
 * device and inode of it; the environment alone is inherited by whoever redirects. */
bool log_is_journal(const char *stream);

/* Says one line. `event` is a string literal in kebab-case; `format` makes "key=value
 * ..." out of values that are our own or already escaped (buf_escaped()). */
void log_line(struct logger *l, enum log_level level, const char *event,
              const char *format, ...) PRINTF(4, 5);
