/* What of the configuration tells who is told of what: on the wire, printed, freed. */
#include "conf/config_wire.h"

#include "base/mem.h"
#include "conf/config_print.h"
#include "conf/value.h"

static const struct {
    enum notify_kind kind;
    const char *name;
} kinds[] = {{NOTIFY_TROUBLE, "trouble"},
             {NOTIFY_BAN, "ban"},
             {NOTIFY_DIGEST, "digest"},
             {NOTIFY_ALERT, "alert"}};

void
config_notify_fini(struct config_notify *n)
{
    for (size_t i = 0; i < n->command_count; i++)
        mem_free(n->commands[i].text);
    mem_free(n->mail_from);
    mem_free(n->mail_to);
    *n = (struct config_notify){0};
}

static void
print_time(struct buf *out, const char *name, int64_t seconds)
{
    buf_printf(out, "%s = ", name);
    value_time_text(out, seconds);
    buf_add_byte(out, '\n');
}

void
config_notify_print(const struct config_notify *n, struct buf *out)
{
    buf_add_text(out, "silent-after = ");
    if (n->silent_after_s)
        value_time_text(out, n->silent_after_s);
    else
        buf_add_text(out, "no");
    buf_add_byte(out, '\n');
    if (n->ways == 0) {
        buf_add_text(out, "notify = no\n");
        return;
    }
    buf_add_text(out, "notify-on =");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (n->kinds & kinds[i].kind)
            buf_printf(out, " %s", kinds[i].name);
    buf_printf(out, "\nnotify-rate = %u\n", n->rate);
    print_time(out, "notify-digest", n->digest_s);
    print_time(out, "notify-timeout", n->timeout_s);
    for (size_t i = 0; i < n->ways && i < n->command_count; i++) {
        bool is_mail = n->commands[i].kind == COMMAND_MAIL;

        if (is_mail) {
            buf_printf(out, "mail-to = %s\nmail-from = %s\n", n->mail_to, n->mail_from);
        }
        buf_add_text(out, is_mail ? "mail-command = " : "notify-command = ");
        buf_escaped(out, span_of(n->commands[i].text));
        buf_add_byte(out, '\n');
    }
}

void
config_notify_json(const struct config_notify *n, struct buf *out)
{
    bool is_first = true;

    buf_printf(out, "{\"ways\":%zu,\"on\":[", n->ways);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (n->kinds & kinds[i].kind) {
            buf_printf(out, "%s\"%s\"", is_first ? "" : ",", kinds[i].name);
            is_first = false;
        }
    buf_printf(out, "],\"rate\":%u,\"digest_s\":%lld,\"silent_after_s\":%lld}", n->rate,
               (long long)n->digest_s, (long long)n->silent_after_s);
}

/* --- from komainud to the runner --- */

int
config_send_commands(const struct config *c, config_sender *send, void *ctx)
{
    const struct config_notify *n = &c->notify;
    struct buf packet = {0};
    int e = 0;

    for (size_t i = 0; i < n->command_count && e == 0; i++) {
        buf_clear(&packet);
        wire_put_conf_command(&packet, &(struct wire_conf_command){
                                           .command = (uint8_t)i,
                                           .kind = (uint8_t)n->commands[i].kind,
                                           .timeout_s = n->commands[i].kind == COMMAND_ASK
                                                            ? n->ask_timeout_s
                                                            : n->timeout_s,
                                           .text = span_of(n->commands[i].text)});
        e = send(ctx, buf_span(&packet));
    }
    if (e == 0 && n->mail_to) {
        buf_clear(&packet);
        wire_put_conf_mail(&packet,
                           &(struct wire_conf_mail){.from = span_of(n->mail_from),
                                                    .to = span_of(n->mail_to)});
        e = send(ctx, buf_span(&packet));
    }
    buf_fini(&packet);
    return e ? e : config_send_actions(c, send, ctx);
}

/* A text that is to be a C string. */
static bool
is_text(struct span s)
{
    return s.len && span_find_byte(s, '\0') < 0;
}

bool
config_take_command(struct config *c, struct span fields)
{
    struct config_notify *n = &c->notify;
    struct wire_conf_command m;

    if (!wire_get_conf_command(fields, &m) || n->rate || m.command != n->command_count ||
        n->command_count == CONFIG_COMMANDS_MAX || m.kind > COMMAND_ASK ||
        m.timeout_s < 1 || m.timeout_s > CONFIG_TIMEOUT_MAX_S || !is_text(m.text))
        return false;
    if (m.kind == COMMAND_ASK)
        n->ask_timeout_s = m.timeout_s;
    else
        n->timeout_s = m.timeout_s;
    n->commands[n->command_count++] = (struct config_command){
        .kind = (enum command_kind)m.kind, .text = mem_copy_text(m.text.ptr, m.text.len)};
    return true;
}

bool
config_take_mail(struct config *c, struct span fields)
{
    struct config_notify *n = &c->notify;
    struct wire_conf_mail m;

    if (!wire_get_conf_mail(fields, &m) || n->rate || n->mail_to || !is_text(m.from) ||
        !is_text(m.to))
        return false;
    n->mail_from = mem_copy_text(m.from.ptr, m.from.len);
    n->mail_to = mem_copy_text(m.to.ptr, m.to.len);
    return true;
}

bool
config_take_notify(struct config *c, struct span fields)
{
    struct config_notify *n = &c->notify;
    struct wire_conf_notify m;

    if (!wire_get_conf_notify(fields, &m) || n->rate || m.ways > CONFIG_WAYS_MAX ||
        (n->command_count && n->command_count < m.ways) || m.kinds > NOTIFY_ALL ||
        m.rate < 1 || m.rate > CONFIG_RATE_MAX || m.digest_s < 1 ||
        m.digest_s > CONFIG_TIME_MAX_S || m.silent_after_s < 0 ||
        m.silent_after_s > CONFIG_TIME_MAX_S)
        return false;
    for (size_t i = 0; i < n->command_count; i++)
        if ((n->commands[i].kind == COMMAND_MAIL && !n->mail_to) ||
            (n->commands[i].kind == COMMAND_ASK) != (i >= m.ways))
            return false;
    n->ways = m.ways;
    n->kinds = m.kinds;
    n->rate = m.rate;
    n->digest_s = m.digest_s;
    n->silent_after_s = m.silent_after_s;
    return true;
}
