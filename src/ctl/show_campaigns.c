#include "base/grid.h"
#include "base/json.h"
#include "conf/config.h"
#include "ctl/show.h"
#include "ctl/show_list.h"
#include "decide/campaigns.h"

static const char *
per_name(uint8_t per)
{
    return per < RULE_KEYS ? config_rule_key_name((enum rule_key)per) : "unknown";
}

/* "7", "about 150", "more than 1,000"; an unknown `how` promises nothing. */
static void
add_size(struct buf *out, uint32_t count, uint8_t how)
{
    if (how != CAMPAIGN_IS)
        buf_add_text(out, how == CAMPAIGN_ABOUT ? "about " : "more than ");
    text_number(out, count);
}

static void
add_sized(struct buf *out, uint32_t count, uint8_t how, const char *nouns[2])
{
    add_size(out, count, how);
    buf_printf(out, " %s", nouns[count != 1 || how != CAMPAIGN_IS]);
}

static void
add_of(const struct wire_tell_campaign *m, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (m->per == RULE_PREFIX && m->prefix.family) {
        buf_add_text(out, addr_text(&m->prefix, text));
    } else if (m->per == RULE_ACCOUNT) {
        buf_add_text(out, "account ");
        text_foreign(out, m->account);
    } else {
        buf_add_text(out, m->per == RULE_HOST ? "this host" : "-");
    }
}

static uint32_t
hour_at(const struct wire_tell_campaign *m, size_t at)
{
    uint32_t n = 0;

    if (m->hours.len != (size_t)4 * CAMPAIGN_HOURS)
        return 0;
    for (size_t k = 4; k-- > 0;)
        n = n << 8 | (uint8_t)m->hours.ptr[4 * at + k];
    return n;
}

/* A column an hour, of the hour of the last attempt on the right; ASCII, for every
 * terminal. */
static void
add_chart(const struct wire_tell_campaign *m, struct buf *out)
{
    static const char steps[] = ".:-=+*#@";
    uint32_t most = 0;

    for (size_t i = 0; i < CAMPAIGN_HOURS; i++)
        most = hour_at(m, i) > most ? hour_at(m, i) : most;
    buf_add_byte(out, '[');
    for (size_t i = 0; i < CAMPAIGN_HOURS; i++) {
        uint64_t n = hour_at(m, i);

        buf_add_byte(out, n ? steps[(n * (sizeof(steps) - 1) - 1) / most] : ' ');
    }
    buf_printf(out, "] up to %u an hour\n", most);
}

/* "  addresses: 192.0.2.1 (12), ..." of the frames behind the campaign. */
static void
add_top(struct span behind, bool is_address, struct buf *out)
{
    struct wire_tell_campaign_top top;
    const char *before = is_address ? "  among them: " : "  tried: ";
    char text[ADDR_TEXT_MAX];
    struct wire_frame f;

    while (wire_next(&behind, WIRE_TELL, &f) == WIRE_FRAME &&
           f.type == WIRE_TELL_CAMPAIGN_TOP) {
        if (!wire_get_tell_campaign_top(f.fields, &top) ||
            (top.who.family != 0) != is_address)
            continue;
        buf_add_text(out, before);
        before = ", ";
        if (is_address)
            buf_add_text(out, addr_text(&top.who, text));
        else
            text_foreign(out, top.account);
    }
    if (before[0] == ',')
        buf_add_byte(out, '\n');
}

static void
add_verdicts(const struct wire_tell_campaign *m, struct buf *out)
{
    if (m->bans) {
        buf_add_text(out, "; ");
        text_count(out, m->bans, "ban");
    }
    if (m->alerts) {
        buf_add_text(out, "; ");
        text_count(out, m->alerts, "alert");
    }
    if (!m->bans && !m->alerts)
        buf_add_text(out, "; no verdict yet");
    if (m->mode == JAIL_OBSERVE && m->verdict == RULE_BAN)
        buf_add_text(out, " (observed only)");
}

static void
add_block(const struct wire_tell_campaign *m, struct span behind, const struct screen *s,
          struct buf *out)
{
    static const char *addresses[] = {"address", "addresses"};
    static const char *networks[] = {"network", "networks"};
    static const char *accounts[] = {"account", "accounts"};

    text_foreign(out, m->jail);
    buf_add_text(out, ", ");
    add_of(m, out);
    text_paint(out, s, m->is_over ? PAINT_BOLD : PAINT_RED,
               m->is_over ? ": over" : ": goes on");
    buf_add_text(out, ", since ");
    text_time(out, m->first_us);
    buf_add_text(out, ", the last at ");
    text_time(out, m->last_us);
    buf_add_text(out, "\n  ");
    text_count(out, m->attempts, "attempt");
    buf_add_text(out, " from ");
    add_sized(out, m->addresses, m->addresses_how, addresses);
    buf_add_text(out, " of ");
    add_sized(out, m->networks, m->networks_how, networks);
    if (m->accounts) {
        buf_add_text(out, ", at ");
        add_sized(out, m->accounts, m->accounts_how, accounts);
    }
    add_verdicts(m, out);
    buf_add_text(out, "\n  ");
    add_chart(m, out);
    add_top(behind, true, out);
    add_top(behind, false, out);
}

size_t
show_campaign_blocks(struct span frames, const struct screen *s, struct buf *out)
{
    struct wire_tell_campaign m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_CAMPAIGN, &fields)) {
        if (!wire_get_tell_campaign(fields, &m))
            continue;
        add_block(&m, frames, s, out);
        count++;
    }
    return count;
}

size_t
show_campaigns(struct span frames, const struct screen *s, struct buf *out)
{
    size_t count = show_campaign_blocks(frames, s, out);

    if (count)
        text_count(out, count, "campaign");
    else
        buf_add_text(out, "no campaigns");
    buf_add_byte(out, '\n');
    return count;
}

/* --- as a table --- */

static void
add_row(const struct wire_tell_campaign *m, struct grid *g)
{
    text_time(grid_cell(g), m->first_us);
    text_foreign(grid_cell(g), m->jail);
    add_of(m, grid_cell(g));
    clock_add_duration(grid_cell(g), text_span_us(m->first_us, m->last_us));
    text_number(grid_cell(g), m->attempts);
    add_size(grid_cell(g), m->addresses, m->addresses_how);
    add_size(grid_cell(g), m->accounts, m->accounts_how);
    text_number(grid_cell(g), (uint64_t)m->bans + m->alerts);
}

size_t
show_campaigns_table(struct span frames, const struct screen *s, struct buf *out)
{
    static const struct grid_column columns[] = {
        {"CAMPAIGN", 19, 19, false}, {"RULE", 6, 40, false},
        {"OF", 12, 80, false},       {"LASTED", 6, 12, false},
        {"TRIES", 5, 13, true},      {"ADDRESSES", 9, 20, true},
        {"ACCOUNTS", 8, 20, true},   {"VERDICTS", 8, 13, true},
    };
    struct grid g = {.columns = columns, .count = ARRAY_LEN(columns)};
    struct wire_tell_campaign m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_CAMPAIGN, &fields)) {
        if (!wire_get_tell_campaign(fields, &m))
            continue;
        add_row(&m, &g);
        count++;
    }
    if (count)
        grid_print(&g, s, out);
    grid_fini(&g);
    return count;
}

/* --- JSON --- */

static void
add_size_json(const char *name, uint32_t count, uint8_t how, struct buf *out)
{
    json_key(out, name);
    json_open(out, '{');
    json_key(out, "count");
    json_u64(out, count);
    json_key(out, "is");
    json_text(out, how == CAMPAIGN_IS      ? "exact"
                   : how == CAMPAIGN_ABOUT ? "estimate"
                                           : "more_than");
    json_close(out, '}');
}

static void
add_top_json(struct span behind, bool is_address, struct buf *out)
{
    struct wire_tell_campaign_top top;
    struct wire_frame f;

    json_key(out, is_address ? "top_addresses" : "top_accounts");
    json_open(out, '[');
    while (wire_next(&behind, WIRE_TELL, &f) == WIRE_FRAME &&
           f.type == WIRE_TELL_CAMPAIGN_TOP) {
        if (!wire_get_tell_campaign_top(f.fields, &top) ||
            (top.who.family != 0) != is_address)
            continue;
        json_open(out, '{');
        if (is_address) {
            json_who(out, &top.who);
        } else {
            json_key(out, "account");
            json_span(out, top.account);
        }
        json_key(out, "at_least");
        json_u64(out, top.at_least);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void
add_head_json(const struct wire_tell_campaign *m, struct buf *out)
{
    json_key(out, "kind");
    json_span(out, m->jail);
    json_key(out, "per");
    json_text(out, per_name(m->per));
    if (m->per == RULE_PREFIX)
        json_who(out, &m->prefix);
    json_key(out, "account");
    if (m->per == RULE_ACCOUNT)
        json_span(out, m->account);
    else
        json_null(out);
    json_key(out, "since");
    json_time(out, m->first_us);
    json_key(out, "last");
    json_time(out, m->last_us);
    json_key(out, "running");
    json_bool(out, !m->is_over);
    json_key(out, "enforced");
    json_bool(out, m->mode == JAIL_ENFORCE);
    json_key(out, "verdict");
    json_text(out, m->verdict < RULE_VERDICTS
                       ? config_rule_verdict_name((enum rule_verdict)m->verdict)
                       : "unknown");
}

void
show_campaign_object(const struct wire_tell_campaign *m, struct span behind,
                     struct buf *out)
{
    json_open(out, '{');
    add_head_json(m, out);
    json_key(out, "attempts");
    json_u64(out, m->attempts);
    add_size_json("addresses", m->addresses, m->addresses_how, out);
    add_size_json("networks", m->networks, m->networks_how, out);
    add_size_json("accounts", m->accounts, m->accounts_how, out);
    json_key(out, "bans");
    json_u64(out, m->bans);
    json_key(out, "alerts");
    json_u64(out, m->alerts);
    json_key(out, "hours");
    json_open(out, '[');
    for (size_t i = 0; i < CAMPAIGN_HOURS; i++)
        json_u64(out, hour_at(m, i));
    json_close(out, ']');
    add_top_json(behind, true, out);
    add_top_json(behind, false, out);
    json_close(out, '}');
}

static size_t
add_objects(struct span frames, bool is_lines, struct buf *out)
{
    struct wire_tell_campaign m;
    struct span fields;
    size_t count = 0;

    while (answer_next(&frames, WIRE_TELL_CAMPAIGN, &fields)) {
        if (!wire_get_tell_campaign(fields, &m))
            continue;
        show_campaign_object(&m, frames, out);
        if (is_lines)
            buf_add_byte(out, '\n');
        count++;
    }
    return count;
}

static const struct show_list list = {"campaigns", add_objects};

size_t
show_campaigns_array(struct span frames, struct buf *out)
{
    return show_list_array(&list, frames, out);
}

size_t
show_campaigns_json(struct span frames, const struct screen *s, bool is_lines,
                    struct buf *out)
{
    return show_list_json(&list, frames, s, is_lines, out);
}
