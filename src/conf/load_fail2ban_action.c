/* Actions of fail2ban's that are no firewall actions, as actions of ours. */
#include <ctype.h>

#include "base/mem.h"
#include "conf/fail2ban_time.h"
#include "conf/load_fail2ban.h"

enum { ACTION_TIMEOUT_S = 60 };

#define SMTP_COMMAND "/usr/sbin/sendmail -t -oi"

static int64_t
timeout_of(const struct fail2ban_action *a)
{
    const char *text = fail2ban_text(&a->options, "timeout", "");
    struct fail2ban_seconds s = {.seconds = ACTION_TIMEOUT_S};
    struct buf why = {0};

    if (text[0] && (!fail2ban_time(span_of(text), &s, &why) || s.seconds < 1 ||
                    s.seconds > CONFIG_TIMEOUT_MAX_S))
        s.seconds = ACTION_TIMEOUT_S;
    buf_fini(&why);
    return (int64_t)s.seconds;
}

static bool
flag(const struct fail2ban_action *a, const char *name, bool usual)
{
    const struct fail2ban_option *o = fail2ban_option(&a->options, name);

    return o && o->type == FAIL2BAN_BOOL ? o->number != 0 : usual;
}

static void
read_commands(const struct fail2ban_action *a, struct config_action *to,
              fail2ban_note *note, void *ctx)
{
    static const enum fail2ban_family families[ACTION_FAMILIES] = {FAIL2BAN_INET4,
                                                                   FAIL2BAN_INET6};

    to->timeout_s = timeout_of(a);
    to->has_families = fail2ban_has_families(a);
    to->is_for_new = flag(a, "norestored", false);
    to->is_started_on_demand = flag(a, "actionstart_on_demand", to->has_families);
    to->is_repaired_on_unban = flag(a, "actionrepair_on_unban", false);
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < ACTION_FAMILIES; k++) {
            struct buf text = {0};

            if (!fail2ban_command(a, config_action_event_name((enum action_event)i),
                                  families[k], &text))
                note(ctx, "action `%s`: `%s` cannot be made", a->name,
                     config_action_event_name((enum action_event)i));
            to->commands[i][k] = buf_detach(&text);
        }
}

/* --- smtp.py --- */

bool
fail2ban_is_smtp(const struct fail2ban_action *a)
{
    return a->path && strcmp(a->file, "smtp.py") == 0;
}

/* Addresses for the head of a mail: nothing that would begin another field. */
static bool
is_mail(const char *text)
{
    if (!text[0] || strlen(text) >= CONFIG_MAIL_MAX)
        return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("@._+-=, ", *c))
            return false;
    return true;
}

static bool
set_lines(const char *text, enum action_lines *out)
{
    static const char *const names[] = {"", "matches", "ipjailmatches", "ipmatches"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum action_lines)i;
            return true;
        }
    return false;
}

static void
note_smtp(const struct fail2ban_action *a, fail2ban_note *note, void *ctx)
{
    const char *host = fail2ban_text(&a->options, "host", "localhost");

    if (!span_starts(span_of(host), SPAN("localhost")) &&
        !span_starts(span_of(host), SPAN("127.0.0.1")))
        note(ctx,
             "action `%s`: its mails go to the sendmail of this machine, not to `%s`",
             a->name, host);
    if (fail2ban_text(&a->options, "user", "")[0])
        note(ctx,
             "action `%s`: `user` and `password` are not used: its mails go to the "
             "sendmail of this machine",
             a->name);
}

/* Who the mails are from and to. False: they cannot be made, which is noted. */
static bool
check_addresses(const struct fail2ban_action *a, const char *from, const char *dest,
                fail2ban_note *note, void *ctx)
{
    if (!is_mail(from) || strchr(from, ',') || strchr(from, ' ')) {
        note(ctx,
             "action `%s`: `sender` is no address (fail2ban@example.org): its mails are "
             "not sent",
             a->name);
        return false;
    }
    if (!is_mail(dest)) {
        note(ctx,
             "action `%s`: `dest` is no address, or several with commas between them: "
             "its mails are not sent",
             a->name);
        return false;
    }
    return true;
}

static bool
read_smtp(const struct fail2ban_action *a, struct config_action *to, fail2ban_note *note,
          void *ctx)
{
    const char *from = fail2ban_text(&a->options, "sender", "fail2ban");
    const char *dest = fail2ban_text(&a->options, "dest", "root");
    const char *lines = fail2ban_text(&a->options, "matches", "");
    struct span name = span_of(fail2ban_text(&a->options, "sendername", "Fail2Ban"));

    if (!check_addresses(a, from, dest, note, ctx))
        return false;
    if (!set_lines(lines, &to->mail_lines)) /* as there */
        note(ctx,
             "action `%s`: `matches` is none of matches, ipmatches and ipjailmatches: "
             "its mails have no lines",
             a->name);
    note_smtp(a, note, ctx);
    name = span_head(name, CONFIG_MAIL_NAME_MAX);
    to->timeout_s = ACTION_TIMEOUT_S;
    to->is_for_new = true;
    to->mail_name = mem_copy_text(name.ptr, name.len);
    to->mail_from = mem_copy_text(from, strlen(from));
    to->mail_to = mem_copy_text(dest, strlen(dest));
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < ACTION_FAMILIES; k++) {
            bool has_mail = i == ACTION_START || i == ACTION_STOP || i == ACTION_BAN;
            struct span text = has_mail ? SPAN(SMTP_COMMAND) : SPAN("");

            to->commands[i][k] = mem_copy_text(text.ptr, text.len);
        }
    return true;
}

const char *
fail2ban_in_place_of(const struct fail2ban_action *a)
{
    if (strcmp(a->file, "badips.py") == 0)
        return "its service, badips.com, has ended; abuseipdb is an action that reports "
               "to another one";
    return "write an action whose `actionban` runs that program, or have `notify` tell "
           "of bans";
}

bool
fail2ban_read_config_action(const struct fail2ban_action *a, struct config_action *out,
                            fail2ban_note *note, void *ctx)
{
    if (a->path && !fail2ban_is_smtp(a)) {
        note(ctx,
             "action `%s` is left out: it is a program in Python (%s), and of those "
             "only smtp.py is known; %s",
             a->name, a->file, fail2ban_in_place_of(a));
        return false;
    }
    *out = (struct config_action){.name = mem_copy_text(a->name, strlen(a->name))};
    if (!a->path)
        read_commands(a, out, note, ctx);
    else if (!read_smtp(a, out, note, ctx)) {
        config_action_fini(out);
        return false;
    }
    return true;
}
