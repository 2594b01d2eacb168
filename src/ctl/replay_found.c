/* What replay finds beside bans: alerts, the brake, campaigns. */
#include "base/json.h"
#include "ctl/replay_compare.h"
#include "ctl/show.h"
#include "decide/campaigns_tell.h"

enum { FLUSH_BYTES = 1 << 16 };

void
replay_flush(struct replay *r)
{
    if (r->o->out.len > FLUSH_BYTES && r->write_error == 0)
        r->write_error = ctl_flush(r->env->out, &r->o->out);
}

/* What follows: mail of the account is held or limited, or somebody is told and no more.
 */
static const char *
verdict_of(const struct replay *r, const struct verdict *v)
{
    const struct config_jail *j = &r->decide.config->jails[v->jail];

    return v->curb == CURB_MADE ? config_rule_verdict_name(j->rule.verdict) : "alert";
}

static void
add_alert_json(const struct replay *r, const struct verdict *v, struct span account,
               struct buf *out)
{
    struct buf reason = {0};

    decide_add_alert(&r->decide, &reason, v);
    json_open(out, '{');
    json_key(out, "alert");
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, v->time_us);
    json_key(out, "jail");
    json_text(out, decide_jail_name(&r->decide, v->jail));
    json_who(out, &v->who);
    json_key(out, "account");
    json_span(out, account);
    json_key(out, "count");
    json_u64(out, v->count);
    json_key(out, "is_told");
    json_bool(out, v->mode == JAIL_ENFORCE);
    json_key(out, "reason");
    json_span(out, buf_span(&reason));
    json_key(out, "verdict");
    json_text(out, verdict_of(r, v));
    json_close(out, '}');
    json_close(out, '}');
    buf_add_byte(out, '\n');
    buf_fini(&reason);
}

static void
add_alert_row(const struct replay *r, const struct verdict *v, struct span account,
              struct grid *g)
{
    char text[ADDR_TEXT_MAX];

    text_time(grid_cell(g), v->time_us);
    buf_add_text(grid_cell(g), addr_text(&v->who, text));
    buf_add_text(grid_cell(g), decide_jail_name(&r->decide, v->jail));
    buf_add_text(grid_cell(g), verdict_of(r, v));
    if (v->curb == CURB_MADE) {
        buf_add_byte(&g->text, ' ');
        text_duration_s(&g->text, r->decide.config->jails[v->jail].bantime_s);
    }
    text_foreign(grid_cell(g), account);
    if (v->mode == JAIL_OBSERVE)
        buf_add_text(&g->text, " (observed only)");
}

void
replay_add_alert(struct replay *r, const struct verdict *v, const struct event *e)
{
    r->alerts++;
    if (r->compare)
        compare_take_alert(r->compare, r, v, e->account);
    else if (r->is_json)
        add_alert_json(r, v, e->account, &r->o->out);
    else
        add_alert_row(r, v, e->account, &r->grid);
    replay_flush(r);
}

void
replay_add_brake(struct replay *r, const struct verdict *v)
{
    const struct brake *b = &r->decide.brake;
    struct buf *out = &r->o->out;

    r->pulled++;
    if (!r->is_json)
        return; /* the totals say it */
    json_open(out, '{');
    json_key(out, "brake");
    json_open(out, '{');
    json_key(out, "time");
    json_time(out, v->time_us);
    json_key(out, "jail");
    json_text(out, decide_jail_name(&r->decide, v->jail));
    json_who(out, &v->who);
    json_key(out, "places");
    json_u64(out, b->places);
    json_key(out, "clients");
    json_u64(out, b->clients);
    json_key(out, "of_clients");
    json_u64(out, b->of);
    json_close(out, '}');
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

/* --- campaigns --- */

/* The frames of all that are known, in the order they were heard of last. */
static void
campaign_frames(const struct replay *r, struct buf *frames)
{
    const struct table *all = &r->decide.campaigns.table;

    for (const struct campaign *c = table_oldest(all); c; c = table_next(all, c)) {
        const struct campaign_key *key = table_key(all, c);

        if (c->is_told)
            campaigns_tell_one(&r->decide, &key->of, c, frames);
    }
}

void
replay_add_campaigns(const struct replay *r)
{
    struct buf frames = {0}, *out = &r->o->out;
    struct wire_tell_campaign m;
    struct span rest, fields;

    campaign_frames(r, &frames);
    rest = buf_span(&frames);
    if (!r->is_json) {
        if (show_campaigns_table(rest, &r->env->screen, out))
            buf_add_byte(out, '\n');
    } else {
        while (answer_next(&rest, WIRE_TELL_CAMPAIGN, &fields)) {
            if (!wire_get_tell_campaign(fields, &m))
                continue;
            json_open(out, '{');
            json_key(out, "campaign");
            show_campaign_object(&m, rest, out);
            json_close(out, '}');
            buf_add_byte(out, '\n');
        }
    }
    buf_fini(&frames);
}
