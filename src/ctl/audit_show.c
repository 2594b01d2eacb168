/* audit_show: one entry, as a line of text or as JSON. */
#include "base/json.h"
#include "ctl/audit_parts.h"

enum { FLUSH_BYTES = 1 << 16 };

static enum paint
paint_of(enum audit_category c)
{
    return c == AUDIT_BAN || c == AUDIT_TROUBLE ? PAINT_RED
           : c == AUDIT_UNBAN                   ? PAINT_GREEN
           : c == AUDIT_LOGIN                   ? PAINT_YELLOW
                                                : PAINT_BOLD;
}

static void
add_text(const struct audit *a, const struct audit_entry *e, struct buf *out)
{
    struct buf name = {0};

    buf_printf(&name, "%-7s", audit_name(e->category));
    text_time(out, e->time_us);
    buf_add_text(out, "  ");
    text_paint(out, &a->env->screen, paint_of(e->category), name.ptr);
    buf_add_text(out, "  ");
    text_foreign(out, e->address.len ? e->address : SPAN("-"));
    if (e->account.len) {
        buf_add_text(out, "  ");
        text_foreign(out, e->account);
    }
    buf_add_text(out, "  ");
    text_foreign(out, e->what);
    if (e->recipient.len) {
        buf_add_text(out, "  to ");
        text_foreign(out, e->recipient);
    }
    if (e->text.len) {
        buf_add_text(out, "  ");
        text_foreign(out, e->text);
    }
    buf_add_byte(out, '\n');
    buf_fini(&name);
}

static void
add_json(const struct audit_entry *e, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, e->time_us);
    json_key(out, "category");
    json_text(out, audit_name(e->category));
    json_key(out, "address");
    json_span(out, e->address);
    json_key(out, "account");
    json_span(out, e->account);
    json_key(out, "recipient");
    json_span(out, e->recipient);
    json_key(out, "queue_id");
    json_span(out, e->queue_id);
    json_key(out, "what");
    json_span(out, e->what);
    json_key(out, "text");
    json_span(out, e->text);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

void
audit_flush(struct audit *a)
{
    int rc = a->write_error ? 0 : ctl_flush(a->env->out, &a->o->out);

    if (rc != 0)
        a->write_error = rc;
    buf_clear(&a->o->out);
}

void
audit_show(void *ctx, const struct audit_entry *e)
{
    struct audit *a = ctx;

    a->shown++;
    if (a->is_json)
        add_json(e, &a->o->out);
    else
        add_text(a, e, &a->o->out);
    if (a->o->out.len > FLUSH_BYTES)
        audit_flush(a);
}
