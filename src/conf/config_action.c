#include "conf/config_action.h"

#include "base/mem.h"
#include "conf/config_wire.h"

enum { PART_MAX = 16384 }; /* bytes of a part, as wire.def has it */

enum flag {
    HAS_FAMILIES = 1,
    ON_DEMAND = 2,
    REPAIRED_ON_UNBAN = 4,
    FOR_NEW = 8,
    LINES_SHIFT = 4,
    FLAGS = 63
};

enum { OF_INET4 = 1, OF_INET6 = 2, OF_BOTH = 3 };

const char *
config_action_event_name(enum action_event event)
{
    static const char *const names[ACTION_EVENTS] = {
        "actionstart",   "actionstop",  "actioncheck", "actionban",    "actionunban",
        "actionprolong", "actionreban", "actionflush", "actionreload", "actionrepair"};

    return event < ACTION_EVENTS ? names[event] : "";
}

void
config_action_fini(struct config_action *a)
{
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < ACTION_FAMILIES; k++)
            mem_free(a->commands[i][k]);
    mem_free(a->name);
    mem_free(a->mail_from);
    mem_free(a->mail_name);
    mem_free(a->mail_to);
    *a = (struct config_action){0};
}

bool
config_action_is_same(const struct config_action *a, enum action_event event)
{
    return strcmp(a->commands[event][ACTION_INET4], a->commands[event][ACTION_INET6]) ==
           0;
}

/* --- from komainud to the runner --- */

struct sending {
    config_sender *send;
    void *ctx;
    uint16_t action;
    int error;
};

static void
send_parts(struct sending *s, uint8_t event, uint8_t families, struct span text)
{
    struct buf packet = {0};

    while (text.len && !s->error) {
        buf_clear(&packet);
        wire_put_conf_action_part(
            &packet, &(struct wire_conf_action_part){.action = s->action,
                                                     .event = event,
                                                     .families = families,
                                                     .text = span_head(text, PART_MAX)});
        s->error = s->send(s->ctx, buf_span(&packet));
        text = span_from(text, text.len < PART_MAX ? text.len : PART_MAX);
    }
    buf_fini(&packet);
}

static unsigned
flags_of(const struct config_action *a)
{
    return (a->has_families ? HAS_FAMILIES : 0U) |
           (a->is_started_on_demand ? ON_DEMAND : 0U) |
           (a->is_repaired_on_unban ? REPAIRED_ON_UNBAN : 0U) |
           (a->is_for_new ? FOR_NEW : 0U) | (unsigned)a->mail_lines << LINES_SHIFT;
}

static void
send_action(struct sending *s, const struct config_action *a)
{
    struct buf packet = {0};

    wire_put_conf_action(
        &packet,
        &(struct wire_conf_action){.action = s->action,
                                   .jail = a->jail,
                                   .name = span_of(a->name),
                                   .timeout_s = a->timeout_s,
                                   .flags = (uint8_t)flags_of(a),
                                   .mail_name = span_of(a->mail_name ? a->mail_name : ""),
                                   .mail_from = span_of(a->mail_from ? a->mail_from : ""),
                                   .mail_to = span_of(a->mail_to ? a->mail_to : "")});
    s->error = s->send(s->ctx, buf_span(&packet));
    buf_fini(&packet);
    for (unsigned i = 0; i < ACTION_EVENTS; i++) {
        bool is_same = config_action_is_same(a, (enum action_event)i);

        send_parts(s, (uint8_t)i, is_same ? OF_BOTH : OF_INET4,
                   span_of(a->commands[i][ACTION_INET4]));
        if (!is_same)
            send_parts(s, (uint8_t)i, OF_INET6, span_of(a->commands[i][ACTION_INET6]));
    }
}

int
config_send_actions(const struct config *c, config_sender *send, void *ctx)
{
    struct sending s = {.send = send, .ctx = ctx};

    for (size_t i = 0; i < c->action_count && !s.error; i++) {
        s.action = (uint16_t)i;
        send_action(&s, &c->actions[i]);
    }
    return s.error;
}

/* A text that is to be a C string. */
static bool
is_text(struct span s)
{
    return span_find_byte(s, '\0') < 0;
}

static char *
copy_text(struct span s)
{
    return mem_copy_text(s.len ? s.ptr : "", s.len);
}

bool
config_take_action(struct config *c, struct span fields)
{
    struct wire_conf_action m;
    struct config_action *a;

    if (!wire_get_conf_action(fields, &m) || c->jail_count ||
        m.action != c->action_count || m.action >= CONFIG_ACTIONS_MAX ||
        m.jail >= CONFIG_JAILS_MAX || m.name.len == 0 || !is_text(m.name) ||
        m.timeout_s < 1 || m.timeout_s > CONFIG_TIMEOUT_MAX_S || m.flags > FLAGS ||
        !is_text(m.mail_name) || !is_text(m.mail_from) || !is_text(m.mail_to) ||
        (m.mail_to.len > 0) != (m.mail_from.len > 0))
        return false;
    c->actions = mem_realloc(c->actions, c->action_count + 1, sizeof(*c->actions));
    a = &c->actions[c->action_count++];
    *a =
        (struct config_action){.jail = m.jail,
                               .name = copy_text(m.name),
                               .timeout_s = m.timeout_s,
                               .has_families = m.flags & HAS_FAMILIES,
                               .is_started_on_demand = m.flags & ON_DEMAND,
                               .is_repaired_on_unban = m.flags & REPAIRED_ON_UNBAN,
                               .is_for_new = m.flags & FOR_NEW,
                               .mail_lines = (enum action_lines)(m.flags >> LINES_SHIFT),
                               .mail_name = m.mail_to.len ? copy_text(m.mail_name) : NULL,
                               .mail_from = m.mail_to.len ? copy_text(m.mail_from) : NULL,
                               .mail_to = m.mail_to.len ? copy_text(m.mail_to) : NULL};
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < ACTION_FAMILIES; k++)
            a->commands[i][k] = mem_copy_text("", 0);
    return true;
}

/* Appends to a command; false: it would be too long. */
static bool
append(char **command, struct span text)
{
    size_t len = strlen(*command);

    if (len + text.len > CONFIG_ACTION_TEXT_MAX)
        return false;
    *command = mem_realloc(*command, len + text.len + 1, 1);
    memcpy(*command + len, text.ptr, text.len);
    (*command)[len + text.len] = '\0';
    return true;
}

bool
config_take_action_part(struct config *c, struct span fields)
{
    struct wire_conf_action_part m;
    struct config_action *a;

    if (!wire_get_conf_action_part(fields, &m) || c->jail_count ||
        m.action + 1U != c->action_count || m.event >= ACTION_EVENTS || m.families < 1 ||
        m.families > OF_BOTH || m.text.len == 0 || !is_text(m.text))
        return false;
    a = &c->actions[m.action];
    return (!(m.families & OF_INET4) ||
            append(&a->commands[m.event][ACTION_INET4], m.text)) &&
           (!(m.families & OF_INET6) ||
            append(&a->commands[m.event][ACTION_INET6], m.text));
}
