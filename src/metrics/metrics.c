#include "metrics/metrics.h"

#include "base/clock.h"
#include "conf/config.h"
#include "event/event.h"
#include "wire/meaning.h"
#include "wire/wire.h"

/* What a metric is of: one value, or one for each jail, kind of event, log. */
enum scope { OF_GUARD, OF_JAIL, OF_KIND, OF_SOURCE };

/* How its field is to be read. */
enum form {
    FORM_U64,
    FORM_U32,
    FORM_U8,
    FORM_TIME_US,
    FORM_SECONDS,
    FORM_ENFORCES,
    FORM_FAILED
};

struct metric {
    const char *name;
    const char *type;
    enum scope scope;
    enum form form;
    size_t offset; /* of the field in the frame's struct */
    const char *help[METRICS_LANGUAGES];
};

#define COUNTER "counter"
#define GAUGE "gauge"
#define GUARD(field) offsetof(struct wire_tell_status, field)
#define JAIL(field) offsetof(struct wire_tell_jail, field)
#define KIND(field) offsetof(struct wire_tell_kind, field)
#define SOURCE(field) offsetof(struct wire_tell_source, field)

static const struct metric metrics[] = {
    {"komainu_start_time_seconds",
     GAUGE,
     OF_GUARD,
     FORM_TIME_US,
     GUARD(started_us),
     {"When the guard's judge started, in seconds since 1970.",
      "番人の judge が起動した時刻(1970 年からの秒)。"}},
    {"komainu_sensor_up",
     GAUGE,
     OF_GUARD,
     FORM_U8,
     GUARD(is_sensor_up),
     {"1 when logs are read.", "ログを読んでいれば 1。"}},
    {"komainu_enforcer_up",
     GAUGE,
     OF_GUARD,
     FORM_U8,
     GUARD(is_enforcer_up),
     {"1 when bans reach the kernel.", "遮断がカーネルに届いていれば 1。"}},
    {"komainu_panic",
     GAUGE,
     OF_GUARD,
     FORM_U8,
     GUARD(is_open),
     {"1 when a panic has opened everything.", "panic ですべて開放していれば 1。"}},
    {"komainu_lines_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(lines),
     {"Lines read.", "読んだ行の数。"}},
    {"komainu_bytes_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(bytes),
     {"Bytes read.", "読んだバイト数。"}},
    {"komainu_hits_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(hits),
     {"What filters found in lines.", "フィルタが行の中に見つけたものの数。"}},
    {"komainu_events_taken_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(events),
     {"Events that reached judge.", "judge に届いた出来事の数。"}},
    {"komainu_ignored_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(ignored),
     {"Failures of addresses that are ignored or allowed.",
      "無視または許可されたアドレスの失敗の数。"}},
    {"komainu_banned",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(bans_now),
     {"Bans now.", "いまの遮断の数。"}},
    {"komainu_bans_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(bans_total),
     {"Bans ever.", "これまでの遮断の数。"}},
    {"komainu_holes",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(holes),
     {"Addresses let out of bans of networks now.",
      "ネットワークの遮断から、いま除かれているアドレスの数。"}},
    {"komainu_holes_full_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(holes_full),
     {"Addresses that could not be let out of a ban: no more can be.",
      "上限のため、遮断から除けなかったアドレスの数。"}},
    {"komainu_campaigns",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(campaigns),
     {"Attacks of several addresses that go on now.",
      "いま続いている、複数のアドレスによる攻撃の数。"}},
    {"komainu_campaigns_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(campaigns_total),
     {"Attacks of several addresses that began since judge started.",
      "judge の起動後に始まった、複数のアドレスによる攻撃の数。"}},
    {"komainu_campaigns_dropped_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(campaigns_dropped),
     {"Attacks that had to be forgotten: more are not kept.",
      "上限のため、記録から外した攻撃の数。"}},
    {"komainu_bans_waiting",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(bans_waiting),
     {"Changes that the kernel has not confirmed.",
      "カーネルがまだ確認していない変更の数。"}},
    {"komainu_bans_refused_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(refused),
     {"Bans that the enforcer refused.", "enforcer が拒否した遮断の数。"}},
    {"komainu_rebuilds_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(rebuilds),
     {"How often the nftables table had to be made anew.",
      "nftables のテーブルを作り直した回数。"}},
    {"komainu_connections_cut_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(sockets_cut),
     {"Open connections of banned addresses that were cut.",
      "遮断したアドレスの、切断した接続の数。"}},
    {"komainu_connections_sampled_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(slots_sampled),
     {"Open connections looked at for those held open, each time anew.",
      "開いたまま保持されていないか調べた接続の延べ数。"}},
    {"komainu_held_dropped_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(slots_dropped),
     {"Connections and addresses left out of samples: there were too many.",
      "多すぎて調べられなかった接続とアドレスの数。"}},
    {"komainu_accounts_held",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(held),
     {"Accounts whose mail is held.", "メールを保留しているアカウントの数。"}},
    {"komainu_accounts_limited",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(limited),
     {"Accounts whose mail is limited.", "メールの数を制限しているアカウントの数。"}},
    {"komainu_curbs_full_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(curbs_full),
     {"Holds and limits that were not made: there were too many.",
      "多すぎて行えなかった保留と制限の数。"}},
    {"komainu_limit_hits_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(limit_hits),
     {"Searches given up because they took too long.",
      "長くかかるため打ち切った検索の数。"}},
    {"komainu_long_lines_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(long_lines),
     {"Lines that were cut.", "切り詰めた行の数。"}},
    {"komainu_unsearched_lines_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(too_long),
     {"Lines too long to be searched.", "長すぎて検索しなかった行の数。"}},
    {"komainu_unresolved_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(unresolved),
     {"Failures whose line names a host and no address.",
      "行にアドレスがなくホスト名だけの失敗の数。"}},
    {"komainu_dropped_counters_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(dropped_keys),
     {"Counters that had to leave for others.", "場所がなく捨てた計数の数。"}},
    {"komainu_dropped_files_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(dropped_files),
     {"Rotated files that were not read to their ends.",
      "最後まで読めなかったローテート済みファイルの数。"}},
    {"komainu_left_out_files",
     GAUGE,
     OF_GUARD,
     FORM_U64,
     GUARD(left_out),
     {"Files that fit logpath and are not read.",
      "logpath に合うが読んでいないファイルの数。"}},
    {"komainu_refused_senders_total",
     COUNTER,
     OF_GUARD,
     FORM_U64,
     GUARD(refused_senders),
     {"Syslog of hosts that are not in senders.",
      "senders にないホストからの syslog の数。"}},
    {"komainu_jail_enforces",
     GAUGE,
     OF_JAIL,
     FORM_ENFORCES,
     JAIL(mode),
     {"1 when the jail bans, 0 when it only observes.",
      "jail が遮断すれば 1、観察だけなら 0。"}},
    {"komainu_jail_failures_total",
     COUNTER,
     OF_JAIL,
     FORM_U64,
     JAIL(failures),
     {"Failures the jail has counted ever.", "jail がこれまでに数えた失敗の数。"}},
    {"komainu_jail_bans_total",
     COUNTER,
     OF_JAIL,
     FORM_U64,
     JAIL(bans_total),
     {"Bans of the jail ever.", "jail のこれまでの遮断の数。"}},
    {"komainu_jail_alerts_total",
     COUNTER,
     OF_JAIL,
     FORM_U64,
     JAIL(alerts),
     {"Alerts of the jail since the judge started.",
      "judge が起動してからの jail の警報の数。"}},
    {"komainu_jail_banned",
     GAUGE,
     OF_JAIL,
     FORM_U64,
     JAIL(banned),
     {"Bans of the jail now.", "jail のいまの遮断の数。"}},
    {"komainu_jail_failing",
     GAUGE,
     OF_JAIL,
     FORM_U64,
     JAIL(failing),
     {"Addresses that the jail counts and has not banned.",
      "jail が数えていて、まだ遮断していないアドレスの数。"}},
    {"komainu_jail_maxretry",
     GAUGE,
     OF_JAIL,
     FORM_U32,
     JAIL(maxretry),
     {"The jail's maxretry.", "jail の maxretry。"}},
    {"komainu_jail_findtime_seconds",
     GAUGE,
     OF_JAIL,
     FORM_SECONDS,
     JAIL(findtime_s),
     {"The jail's findtime.", "jail の findtime。"}},
    {"komainu_jail_bantime_seconds",
     GAUGE,
     OF_JAIL,
     FORM_SECONDS,
     JAIL(bantime_s),
     {"The jail's bantime; +Inf when permanent.", "jail の bantime。無期限なら +Inf。"}},
    {"komainu_failures_total",
     COUNTER,
     OF_KIND,
     FORM_U64,
     KIND(failures),
     {"Failures since the judge started, by kind.",
      "judge が起動してからの失敗の数(種類ごと)。"}},
    {"komainu_told_total",
     COUNTER,
     OF_KIND,
     FORM_U64,
     KIND(told),
     {"Other events since the judge started, by kind.",
      "judge が起動してからのほかの出来事の数(種類ごと)。"}},
    {"komainu_source_failed",
     GAUGE,
     OF_SOURCE,
     FORM_FAILED,
     SOURCE(state),
     {"1 when the log cannot be read.", "ログが読めなければ 1。"}},
    {"komainu_source_offset_bytes",
     GAUGE,
     OF_SOURCE,
     FORM_U64,
     SOURCE(offset),
     {"How far the log is read.", "ログをどこまで読んだか。"}},
};

static const enum wire_type frames_of[] = {[OF_GUARD] = WIRE_TELL_STATUS,
                                           [OF_JAIL] = WIRE_TELL_JAIL,
                                           [OF_KIND] = WIRE_TELL_KIND,
                                           [OF_SOURCE] = WIRE_TELL_SOURCE};

union row {
    struct wire_tell_status guard;
    struct wire_tell_jail jail;
    struct wire_tell_kind kind;
    struct wire_tell_source source;
};

static bool
get_row(enum scope scope, struct span fields, union row *row)
{
    switch (scope) {
    case OF_GUARD:
        return wire_get_tell_status(fields, &row->guard);
    case OF_JAIL:
        return wire_get_tell_jail(fields, &row->jail);
    case OF_KIND:
        return wire_get_tell_kind(fields, &row->kind);
    case OF_SOURCE:
        return wire_get_tell_source(fields, &row->source);
    }
    return false;
}

/* name="value", with what the format gives a meaning to escaped. */
static void
add_label(struct buf *out, const char *name, struct span value, metrics_escape_fn *escape)
{
    struct buf text = {0};

    escape(&text, value);
    buf_printf(out, "%s=\"", name);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, text.ptr[i]);
    }
    buf_add_byte(out, '"');
    buf_fini(&text);
}

static void
add_labels(struct buf *out, enum scope scope, const union row *row,
           metrics_escape_fn *escape)
{
    if (scope == OF_GUARD)
        return;
    buf_add_byte(out, '{');
    if (scope == OF_JAIL) {
        add_label(out, "jail", row->jail.name, escape);
        buf_add_byte(out, ',');
        add_label(out, "filter", row->jail.filter, escape);
    } else if (scope == OF_KIND) {
        add_label(out, "kind", span_of(event_kind_name((enum event_kind)row->kind.kind)),
                  escape);
    } else {
        add_label(out, "path", row->source.path, escape);
    }
    buf_add_byte(out, '}');
}

static void
add_value(struct buf *out, enum form form, const void *field)
{
    uint64_t n = 0;
    uint32_t n32;
    int64_t s;

    switch (form) {
    case FORM_U64:
        memcpy(&n, field, sizeof(n));
        break;
    case FORM_U32:
        memcpy(&n32, field, sizeof(n32));
        n = n32;
        break;
    case FORM_U8:
        n = *(const uint8_t *)field;
        break;
    case FORM_ENFORCES:
        n = *(const uint8_t *)field == JAIL_ENFORCE;
        break;
    case FORM_FAILED:
        n = *(const uint8_t *)field == SOURCE_FAILED;
        break;
    case FORM_TIME_US:
        memcpy(&s, field, sizeof(s));
        buf_printf(out, " %.3f\n", (double)s / (double)SECOND_US);
        return;
    case FORM_SECONDS:
        memcpy(&s, field, sizeof(s));
        if (s < 0)
            buf_add_text(out, " +Inf\n");
        else
            buf_printf(out, " %lld\n", (long long)s);
        return;
    }
    buf_printf(out, " %llu\n", (unsigned long long)n);
}

static const char *const gate_help[METRICS_LANGUAGES] = {
    "What the gate counts, where one runs: the numbers of `komainu gate status --json`.",
    "門が動いていれば、門が数えているもの。`komainu gate status --json` の数。"};

/* Names of the gate are its own: letters and _, or they are left out. */
static bool
is_name(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') && s.ptr[i] != '_')
            return false;
    return s.len > 0;
}

/* What the gate tells, whose rows of one name stand together. */
static void
add_gate(struct span frames, metrics_escape_fn *escape, struct buf *out)
{
    struct wire_tell_gate m;
    struct span last = {0};
    struct wire_frame f;

    while (wire_next(&frames, WIRE_TELL, &f) == WIRE_FRAME) {
        if (f.type != WIRE_TELL_GATE || !wire_get_tell_gate(f.fields, &m) ||
            !is_name(m.name))
            continue;
        if (!span_eq(last, m.name))
            buf_printf(out, "# TYPE komainu_gate_%.*s %s\n", SPAN_FMT(m.name),
                       span_ends(m.name, SPAN("_total")) ? COUNTER : GAUGE);
        last = m.name;
        buf_printf(out, "komainu_gate_%.*s", SPAN_FMT(m.name));
        if (m.label.len) {
            buf_add_byte(out, '{');
            add_label(out, "what", m.label, escape);
            buf_add_byte(out, '}');
        }
        buf_printf(out, " %llu\n", (unsigned long long)m.value);
    }
}

void
metrics_add(struct span frames, metrics_escape_fn *escape, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
        const struct metric *m = &metrics[i];
        struct span rest = frames;
        struct wire_frame f;
        union row row;

        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help[METRICS_ENGLISH],
                   m->name, m->type);
        while (wire_next(&rest, WIRE_TELL, &f) == WIRE_FRAME) {
            if (f.type != frames_of[m->scope] || !get_row(m->scope, f.fields, &row))
                continue;
            buf_add_text(out, m->name);
            add_labels(out, m->scope, &row, escape);
            add_value(out, m->form, (const char *)&row + m->offset);
        }
    }
    add_gate(frames, escape, out);
}

void
metrics_add_man(struct buf *out, enum metrics_language language)
{
    static const char *const labels[] = {[OF_GUARD] = "",
                                         [OF_JAIL] = "{jail,filter}",
                                         [OF_KIND] = "{kind}",
                                         [OF_SOURCE] = "{path}"};

    for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
        buf_printf(out, ".It Li %s%s\n%s\n", metrics[i].name, labels[metrics[i].scope],
                   metrics[i].help[language]);
    buf_printf(out, ".It Li komainu_gate_*{what}\n%s\n", gate_help[language]);
}
