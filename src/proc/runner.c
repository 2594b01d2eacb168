/* komainu-runner: runs what the administrator wrote, when judge says so.
 *
 * The one role that keeps root, and so the one that does least: judge names a command of
 * the configuration by its number and gives it texts, which arrive as data (act/run.h).
 * It parses nothing else, has no socket of its own and opens no file but those in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "act/mail.h"
#include "act/message.h"
#include "act/ticket.h"
#include "base/clock.h"
#include "base/ident.h"
#include "runner_actions.h"
#include "runner_schedule.h"
#include "wire/meaning.h"

enum {
    END_WAIT_MS = 3000, /* at the end of the guard, for a mail that is being written */
    SAID_MAX = 300,     /* bytes of a command's output that the log shows */
    HOST_ROOM = 256,
};

struct runner {
    struct role role;
    struct to_judge judge;
    struct runs runs, asks; /* nobody who is told holds up who is asked */
    struct runner_actions actions;
    struct runner_schedule schedule;
    char host[HOST_ROOM];
};

static const char *const told_names[TOLD_KINDS] = {"trouble", "over", "ban",
                                                   "digest",  "ask",  "alert"};

static void
answer(struct runner *r, uint64_t id, enum ran outcome)
{
    struct buf packet = {0};

    wire_put_ran(&packet, &(struct wire_ran){.id = id, .outcome = (uint8_t)outcome});
    to_judge_send(&r->judge,
                  buf_span(&packet)); /* room for all that can be asked at once */
    buf_fini(&packet);
}

static void
say_failure(struct runner *r, const struct run_end *end)
{
    struct buf said = {0};

    buf_escaped(&said, span_head(end->output, SAID_MAX));
    log_line(&r->role.log, LOG_LEVEL_ERROR, "command-failed",
             "outcome=%s status=%d said=\"%s\"", run_outcome_name(end->outcome),
             end->status, said.ptr ? said.ptr : "");
    buf_fini(&said);
}

static void
on_end(void *ctx, const struct run_end *end)
{
    if (end->outcome != RUN_DONE)
        say_failure(ctx, end);
    answer(ctx, end->id, end->outcome == RUN_DONE ? RAN_DONE : RAN_FAILED);
}

/* 1 says no, as with fail2ban; anything else is no answer. */
static void
on_answer(void *ctx, const struct run_end *end)
{
    bool is_no = end->outcome == RUN_FAILED && end->status == 1;

    if (end->outcome != RUN_DONE && !is_no)
        say_failure(ctx, end);
    answer(ctx, end->id,
           end->outcome == RUN_DONE ? RAN_DONE
           : is_no                  ? RAN_NO
                                    : RAN_FAILED);
}

/* What the command reads: a mail or a JSON object. */
static void
make_input(const struct runner *r, const struct config_command *c,
           const struct wire_run *m, const struct message *message, struct buf *out)
{
    struct buf subject = {0};

    if (c->kind == COMMAND_PLAIN) {
        message_json(message, out);
        return;
    }
    buf_printf(&subject, "[komainu] %s: ", r->host);
    buf_add(&subject, m->subject);
    mail_build(&(struct mail){.from = r->role.config.notify.mail_from,
                              .to = r->role.config.notify.mail_to,
                              .time_us = m->time_us,
                              .host = span_of(r->host),
                              .id = m->id,
                              .subject = buf_span(&subject),
                              .body = m->text},
               out);
    buf_fini(&subject);
}

static void
run(struct runner *r, const struct wire_run *m)
{
    const struct config_notify *n = &r->role.config.notify;
    const struct config_command *c = &n->commands[m->command];
    char time[CLOCK_TEXT_MAX], address[MESSAGE_ADDRESS_MAX];
    struct message message = {.kind = told_names[m->kind],
                              .time = clock_text(m->time_us, time),
                              .host = span_of(r->host),
                              .subject = m->subject,
                              .text = m->text,
                              .jail = m->jail,
                              .who = m->who,
                              .reason = m->reason,
                              .account = m->account};
    struct run_order order = {
        .id = m->id, .shell = c->text, .timeout_us = n->timeout_s * SECOND_US};
    struct buf input = {0};

    message_variables(&message, address, &order);
    make_input(r, c, m, &message, &input);
    order.input = buf_span(&input);
    if (!runs_add(&r->runs, &order)) {
        log_line(&r->role.log, LOG_LEVEL_ERROR, "command-dropped",
                 "what=\"too many wait already\"");
        answer(r, m->id, RAN_DROPPED);
    }
    buf_fini(&input);
}

/* The command as that of an action is made: what a log says is no shell text. */
static void
ask(struct runner *r, const struct wire_run *m)
{
    const struct config_notify *n = &r->role.config.notify;
    char address[ADDR_TEXT_MAX];
    struct ticket ticket = {.who = m->who.family ? m->who
                                                 : (struct addr){.family = IDENT_FAMILY},
                            .id = m->ident,
                            .groups = m->groups,
                            .time_us = m->time_us};
    struct ticket_words words = {.ticket = &ticket, .host = span_of(r->host)};
    struct ticket_command c = {0};
    struct run_order order = {
        .id = m->id,
        .timeout_us = n->ask_timeout_s * SECOND_US,
        .variables = {{"KOMAINU_ADDRESS",
                       m->who.family ? span_of(addr_text(&m->who, address)) : m->ident},
                      {"KOMAINU_JAIL", m->jail},
                      {"KOMAINU_ACCOUNT", m->subject}},
        .variable_count = 3};

    ticket_command(&words, n->commands[m->command].text, &c);
    order.shell = c.text.ptr;
    for (size_t i = 0; i < c.count; i++)
        order.arguments[order.argument_count++] = buf_span(&c.values[i]);
    if (c.is_too_much || !runs_add(&r->asks, &order))
        answer(r, m->id, RAN_DROPPED); /* judge says it */
    ticket_command_fini(&c);
}

static void
take_frame(struct role *role, const struct wire_frame *f)
{
    struct runner *r = role->ctx;
    const struct config_notify *n = &r->role.config.notify;
    struct wire_run m;

    if (f->type == WIRE_ACT && runner_actions_take(&r->actions, f->fields))
        return;
    if (f->type != WIRE_RUN || !wire_get_run(f->fields, &m) || m.kind >= TOLD_KINDS ||
        m.command >= n->command_count ||
        (m.kind == TOLD_ASK) != (n->commands[m.command].kind == COMMAND_ASK) ||
        (m.kind == TOLD_ASK && m.who.family == 0 && m.ident.len == 0))
        role_fail(role, "bad frame from judge", wire_type_name(f->type));
    if (m.kind == TOLD_ASK)
        ask(r, &m);
    else
        run(r, &m);
}

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct runner *r = role->ctx;

    if (f->type != WIRE_RELOADED)
        to_judge_take(&r->judge, f, passed);
    else if (!runner_actions_reload(&r->actions, f->fields))
        role_fail(role, "bad frame from komainud", wire_type_name(f->type));
}

static void
on_orphan(struct role *role)
{
    struct runner *r = role->ctx;

    runs_fini(&r->asks, 0);
    runner_schedule_end(&r->schedule);
    runs_fini(&r->runs, END_WAIT_MS);
}

/* So that no descriptor of ours can have the number of one of a command's. */
static void
fill_standard_descriptors(struct role *role)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        role_fail(role, "cannot open /dev/null", strerror(errno));
    (void)close(fd); /* the first beyond those three */
}

int
main(int argc, char **argv)
{
    static struct runner r;
    int status;

    role_begin_as_root(&r.role, ROLE_RUNNER, argc, argv);
    r.role.on_frame = on_frame;
    r.role.on_orphan = on_orphan;
    r.role.ctx = &r;
    to_judge_init(&r.judge, &r.role, WIRE_JUDGE_TO_RUNNER, take_frame);
    fill_standard_descriptors(&r.role);
    if (gethostname(r.host, sizeof(r.host) - 1) != 0)
        (void)snprintf(r.host, sizeof(r.host), "localhost");
    runs_init(&r.runs, &r.role.loop, on_end, &r);
    runs_init(&r.asks, &r.role.loop, on_answer, &r);
    role_enter_as_root(&r.role);
    runner_actions_begin(&r.actions, &r.role, &r.judge, span_of(r.host));
    runner_schedule_begin(&r.schedule, &r.role);
    status = role_run(&r.role);
    runner_actions_end(&r.actions);
    return status;
}
