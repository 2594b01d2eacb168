/* The log in the shape of fail2ban.log, for programs that read that: monitors, jails that
 * count bans (recidive), scripts. Judge writes it through a descriptor that komainud
 * opens. */
#include "judge_log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/fail2ban_time.h"
#include "judge_ids.h"
#include "judge_parts.h"

enum {
    ROOM = 1 << 20, /* bytes of lines of one turn; what is more is counted */
    ALREADY_QUIET_US = 3000000,
    ALREADY_SOON_US = 60000000,
};

void
judge_take_log(struct judge *j, int fd, const struct wire_log_fd *said)
{
    if (j->f2b.fd >= 0) {
        judge_flush_log(j);
        (void)close(j->f2b.fd); /* written as far as it could be */
    }
    j->f2b.fd = fd;
    j->f2b.facility = said->facility;
    if (!said->is_first)
        return;
    for (const void *b = table_oldest(&j->decide.bans); b;
         b = table_next(&j->decide.bans, b)) {
        const struct ban_key *key = table_key(&j->decide.bans, b);

        if (((const struct ban *)b)->mode == JAIL_ENFORCE)
            judge_say(j, LOGLEVEL_NOTICE, "actions", key, "Restore Ban %s");
        if (j->f2b.lines.len > ROOM / 2)
            judge_flush_log(j);
    }
}

static bool
is_syslog(const struct judge_f2b *l)
{
    return l->facility != CONFIG_NO_FACILITY;
}

static int
write_lines(const struct judge_f2b *l)
{
    struct span rest = buf_span(&l->lines);

    while (rest.len) {
        ssize_t n = write(l->fd, rest.ptr, rest.len);

        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        rest = span_from(rest, (size_t)n);
    }
    return 0;
}

/* A datagram for each line. A syslog that is slow does not hold up bans. */
static int
send_lines(const struct judge_f2b *l)
{
    struct span rest = buf_span(&l->lines), line;
    int e = 0;

    while (span_line(&rest, &line))
        if (send(l->fd, line.ptr, line.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            e = errno;
    return e;
}

void
judge_flush_log(struct judge *j)
{
    struct judge_f2b *l = &j->f2b;
    int e = is_syslog(l) ? send_lines(l) : write_lines(l);

    /* A full disk must not stop the guard: it is said when it begins. */
    if (e && !l->has_failed)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "logtarget-failed",
                 "what=\"lines are lost until it works again\" reason=\"%s\"",
                 strerror(e));
    if (l->lines.is_cut)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "logtarget-cut",
                 "what=\"more lines in a turn than there is room for\"");
    if (l->lines.len)
        l->has_failed = e != 0;
    buf_clear(&l->lines);
}

/* "2026-11-22 10:00:00", local time. */
static void
add_time(struct buf *b, int64_t time_us)
{
    struct civil c = clock_to_civil(time_us, clock_local_offset_s(time_us));

    buf_printf(b, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
               c.minute, c.second);
}

/* "<29>fail2ban.actions[812]: NOTICE [sshd] "; the time is syslog's to add. */
static void
add_syslog_head(struct judge *j, enum config_loglevel level, const char *part,
                uint16_t jail)
{
    static const uint8_t severities[] = {
        [LOGLEVEL_CRITICAL] = 2, [LOGLEVEL_ERROR] = 3, [LOGLEVEL_WARNING] = 4,
        [LOGLEVEL_NOTICE] = 5,   [LOGLEVEL_INFO] = 6,  [LOGLEVEL_DEBUG] = 7};

    buf_printf(&j->f2b.lines, "<%d>fail2ban.%s[%d]: %s [%s] ",
               j->f2b.facility * 8 + severities[level], part, (int)j->f2b.pid,
               config_loglevel_name(level), decide_jail_name(&j->decide, jail));
}

/* "2026-11-22 10:00:00,123 fail2ban.actions        [812]: NOTICE  [sshd] " */
static void
add_head(struct judge *j, enum config_loglevel level, const char *part, uint16_t jail)
{
    char name[32];

    if (is_syslog(&j->f2b)) {
        add_syslog_head(j, level, part, jail);
        return;
    }
    (void)snprintf(name, sizeof(name), "fail2ban.%s", part);
    add_time(&j->f2b.lines, j->now_us);
    buf_printf(&j->f2b.lines, ",%03d %-24s[%d]: %-7s [%s] ",
               (int)(j->now_us / 1000 % 1000), name, (int)j->f2b.pid,
               config_loglevel_name(level), decide_jail_name(&j->decide, jail));
}

static bool
is_wanted(const struct judge *j, enum config_loglevel level)
{
    return j->f2b.fd >= 0 && level <= j->role.config.loglevel &&
           j->f2b.lines.len < ROOM - 512 - JUDGE_WHO_MAX;
}

void
judge_say(struct judge *j, enum config_loglevel level, const char *part,
          const struct ban_key *key, const char *format)
{
    char who[JUDGE_WHO_MAX];
    struct span before, behind;

    if (!is_wanted(j, level) || !span_cut(span_of(format), SPAN("%s"), &before, &behind))
        return;
    add_head(j, level, part, key->jail);
    buf_add(&j->f2b.lines, before);
    buf_add_text(&j->f2b.lines, judge_who(j, &key->who, who));
    buf_add(&j->f2b.lines, behind);
    buf_add_byte(&j->f2b.lines, '\n');
}

void
judge_say_found(struct judge *j, const struct ban_key *key, int64_t time_us)
{
    char who[JUDGE_WHO_MAX];

    if (!is_wanted(j, LOGLEVEL_INFO))
        return;
    add_head(j, LOGLEVEL_INFO, "filter", key->jail);
    buf_printf(&j->f2b.lines, "Found %s - ", judge_who(j, &key->who, who));
    add_time(&j->f2b.lines, time_us);
    buf_add_byte(&j->f2b.lines, '\n');
}

void
judge_say_longer(struct judge *j, const struct ban_key *key, const struct ban *ban)
{
    const struct config_jail *jail;
    struct buf *lines = &j->f2b.lines;
    char who[ADDR_TEXT_MAX];
    int64_t length_s;

    if (key->jail == JAIL_MANUAL || ban->mode != JAIL_ENFORCE || ban->nth < 2 ||
        !is_wanted(j, LOGLEVEL_NOTICE))
        return;
    jail = &j->role.config.jails[key->jail];
    length_s = (ban->until_us - ban->since_us) / SECOND_US;
    if (jail->bantime_s < 0 || (ban->until_us >= 0 && length_s == jail->bantime_s))
        return;
    add_head(j, LOGLEVEL_NOTICE, "observer", key->jail);
    buf_printf(lines, "Increase Ban %s (%u # ", addr_text(&key->who, who), ban->nth);
    if (ban->until_us < 0) {
        buf_add_text(lines, "permanent -> infinite)\n");
        return;
    }
    fail2ban_time_text(length_s, lines);
    buf_add_text(lines, " -> ");
    add_time(lines, ban->until_us);
    buf_add_text(lines, ")\n");
}

void
judge_say_again(struct judge *j, const struct ban_key *key, struct span action)
{
    char who[ADDR_TEXT_MAX];

    if (!is_wanted(j, LOGLEVEL_NOTICE))
        return;
    add_head(j, LOGLEVEL_NOTICE, "actions", key->jail);
    buf_printf(&j->f2b.lines, "Reban %s", addr_text(&key->who, who));
    if (action.len) {
        buf_add_text(&j->f2b.lines, ", action '");
        buf_escaped(&j->f2b.lines, action);
        buf_add_byte(&j->f2b.lines, '\'');
    }
    buf_add_byte(&j->f2b.lines, '\n');
}

void
judge_say_already(struct judge *j, const struct ban_key *key)
{
    const struct ban *ban = decide_find_ban(&j->decide, key);
    int64_t age_us = ban ? j->now_us - ban->since_us : 0;
    enum config_loglevel level = LOGLEVEL_WARNING;

    if (age_us < ALREADY_QUIET_US)
        level = LOGLEVEL_DEBUG;
    else if (age_us < ALREADY_SOON_US)
        level = LOGLEVEL_NOTICE;
    judge_say(j, level, "actions", key, "%s already banned");
}
