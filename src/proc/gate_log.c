/* gate_log: what the log is told of requests. */
#include "gate_decide.h"

void
gate_log_value(struct buf *line, const char *name, struct span value)
{
    buf_printf(line, " %s=\"", name);
    buf_escaped(line, span_head(value, GATE_LOGGED_MAX));
    buf_add_byte(line, '"');
}

/* DEFER_IF_PERMIT, or the code of a reply. */
static void
add_action(struct buf *line, const struct gate_answer *a)
{
    if (a->action == GATE_CODE)
        buf_printf(line, " action=%u", a->code);
    else
        buf_printf(line, " action=%s", gate_action_name(a->action));
}

/* What was answered, or would have been, by whom, and who asked for it. */
static void
add_request(struct buf *line, const struct gate_request *r, const char *by,
            const struct gate_answer *a)
{
    buf_printf(line, "at=%s", gate_state_name(r->state));
    add_action(line, a);
    gate_log_value(line, "by", span_of(by));
    gate_log_value(line, "answer", a->text);
    gate_log_value(line, "client", r->values[GATE_CLIENT_ADDRESS]);
    gate_log_value(line, "name", r->values[GATE_CLIENT_NAME]);
    gate_log_value(line, "helo", r->values[GATE_HELO_NAME]);
    gate_log_value(line, "sender", r->values[GATE_SENDER]);
    gate_log_value(line, "recipient", r->values[GATE_RECIPIENT]);
}

/* Of the greylist postgrey's lines tell, where they are on. */
static bool
is_told(const struct gate *g, const struct check_decision *d)
{
    return g->config.logs_decisions || d->is_held ||
           (d->is_rejected && !(d->by && d->by->kind == RESTRICTION_GREYLIST));
}

void
gate_log_decision(struct gate *g, const struct gate_request *r,
                  const struct check_decision *d)
{
    struct buf line = {0};

    if (!is_told(g, d))
        return;
    add_request(&line, r, d->name ? d->name : "", &d->answer);
    if (r->values[GATE_SASL_USERNAME].len)
        gate_log_value(&line, "account", r->values[GATE_SASL_USERNAME]);
    if (g->config.logs_decisions) {
        gate_log_value(&line, "queue_id", r->values[GATE_QUEUE_ID]);
        gate_log_value(&line, "instance", r->values[GATE_INSTANCE]);
    }
    log_line(g->log, LOG_LEVEL_INFO,
             d->is_rejected ? "gate-refused"
             : d->is_held   ? "gate-held"
                            : "gate-passed",
             "%s", line.ptr);
    buf_fini(&line);
}

void
gate_log_warning(struct gate *g, const struct gate_request *r,
                 const struct check_trace *t)
{
    struct buf line = {0};

    add_request(&line, r, t->name, &t->answer);
    log_line(g->log, LOG_LEVEL_INFO, "gate-would-refuse", "%s", line.ptr);
    buf_fini(&line);
}
