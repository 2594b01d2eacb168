/* transfer: everything that is banned and allowed, out of one guard and into another. */
#include "ctl/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/host.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/greylist.h"
#include "ctl/import.h"
#include "ctl/json_flat.h"
#include "ctl/show.h"
#include "ctl/when.h"

enum { IMPORT_BYTES_MAX = 1 << 28, READ_BYTES = 1 << 16, PACKET_BYTES = 16384 };

/* --- export --- */

static void
begin_line(const char *kind, struct buf *out)
{
    json_open(out, '{');
    json_key(out, "schema");
    json_u64(out, JSON_SCHEMA);
    json_key(out, "kind");
    json_text(out, kind);
}

static void
add_bans(struct span frames, struct buf *out)
{
    struct wire_tell_ban ban;
    struct span fields;

    while (answer_next(&frames, WIRE_TELL_BAN, &fields)) {
        if (!wire_get_tell_ban(fields, &ban))
            continue;
        begin_line("ban", out);
        show_ban_members(&ban, out);
        json_close(out, '}');
        buf_add_byte(out, '\n');
    }
}

static void
add_allowed(struct span frames, struct buf *out)
{
    struct wire_tell_allow m;
    struct span fields, last = {0};

    while (answer_next(&frames, WIRE_TELL_ALLOW, &fields)) {
        if (!wire_get_tell_allow(fields, &m) || m.origin > ALLOW_BY_NAME)
            continue;
        /* A name has a row for each of its addresses; whoever imports it looks it up. */
        if (m.name.len && span_eq(m.name, last))
            continue;
        last = m.name;
        begin_line("allow", out);
        if (m.name.len) {
            json_key(out, "name");
            json_span(out, m.name);
        } else {
            json_who(out, &m.who);
        }
        json_key(out, "until");
        json_time(out, m.until_us);
        json_key(out, "comment");
        json_span(out, m.comment);
        json_close(out, '}');
        buf_add_byte(out, '\n');
    }
}

enum ctl_exit
transfer_export(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    struct buf frame = {0};
    struct answer allowed = {0}, bans = {0};
    enum ctl_exit code;

    wire_put_ask_allowed(&frame, &(struct wire_ask_allowed){0});
    code = ask_for(env, args, &frame, &allowed, &o->error);
    if (code == CTL_DONE) {
        wire_put_ask_bans(&frame, &(struct wire_ask_bans){.to_us = INT64_MAX});
        code = ask_guard(env, args, &frame, &bans, &o->error);
    }
    if (code == CTL_DONE)
        code = client_outcome(&bans, &o->error);
    if (code == CTL_DONE) {
        add_allowed(buf_span(&allowed.frames), &o->out);
        add_bans(buf_span(&bans.frames), &o->out);
    }
    answer_fini(&allowed);
    answer_fini(&bans);
    return code;
}

/* --- import: lines into frames --- */

/* What a line says, whatever it is about. */
struct line {
    struct addr who;
    bool is_ban, is_allow, has_end;
    int64_t since_us, until_us;
    uint64_t failures;
    struct buf jail, comment, name; /* of a host, in place of `who` */
    struct buf id;                  /* of a ban, in place of `who`, too */
};

static bool
take_member(const struct json_flat_member *m, int64_t now_us, struct line *l)
{
    bool is_null = m->kind == JSON_FLAT_WORD && span_eq(m->value, SPAN("null"));

    if (span_eq(m->name, SPAN("kind"))) {
        l->is_ban = span_eq(m->value, SPAN("ban"));
        l->is_allow = span_eq(m->value, SPAN("allow"));
        return l->is_ban || l->is_allow;
    }
    if (span_eq(m->name, SPAN("schema")))
        return span_eq(m->value, SPAN("1"));
    if (span_eq(m->name, SPAN("address")) || span_eq(m->name, SPAN("prefix")))
        return is_null || addr_parse_prefix(m->value, &l->who);
    if (span_eq(m->name, SPAN("id"))) {
        buf_clear(&l->id);
        buf_add(&l->id, m->value);
        return m->value.len <= IDENT_MAX;
    }
    if (span_eq(m->name, SPAN("since")))
        return when_parse(m->value, now_us, &l->since_us);
    if (span_eq(m->name, SPAN("until"))) {
        l->has_end = true;
        l->until_us = -1;
        return is_null || when_parse(m->value, now_us, &l->until_us);
    }
    if (span_eq(m->name, SPAN("failures")))
        return span_u64(m->value, 0, UINT32_MAX, &l->failures);
    if (span_eq(m->name, SPAN("jail")))
        buf_add(&l->jail, m->value);
    if (span_eq(m->name, SPAN("name"))) {
        buf_clear(&l->name);
        buf_add(&l->name, m->value);
        return host_is_name(m->value) && m->value.len <= HOST_TEXT_MAX;
    }
    if (span_eq(m->name, SPAN("comment")))
        buf_add(&l->comment, m->value);
    return true; /* others are for people */
}

/* An address, the name of a host to allow, or the id of a ban: one of them. */
static bool
is_somebody(const struct line *l)
{
    if (l->who.family)
        return !l->name.len && !l->id.len;
    return l->is_ban ? l->id.len && !l->name.len : l->name.len && !l->id.len;
}

static bool
read_json(struct span text, int64_t now_us, struct line *l)
{
    struct json_flat_member m;
    struct buf value = {0};
    enum json_flat_got got = JSON_FLAT_BAD;
    struct span rest;

    if (json_flat_begin(text, &rest)) {
        while ((got = json_flat_next(&rest, &m, &value)) == JSON_FLAT_MEMBER) {
            if (!take_member(&m, now_us, l)) {
                got = JSON_FLAT_BAD;
                break;
            }
        }
    }
    buf_fini(&value);
    return got == JSON_FLAT_END && l->has_end && is_somebody(l);
}

/* An address of a plain list. */
static bool
read_plain(struct span text, int64_t for_s, int64_t now_us, struct line *l)
{
    l->is_ban = true;
    l->since_us = now_us;
    l->until_us = for_s < 0 ? -1 : now_us + for_s * SECOND_US;
    return for_s && addr_parse_prefix(text, &l->who);
}

static void
put_line(const struct line *l, struct buf *frames)
{
    if (l->is_ban)
        wire_put_ask_put_ban(frames,
                             &(struct wire_ask_put_ban){.who = l->who,
                                                        .jail = buf_span(&l->jail),
                                                        .since_us = l->since_us,
                                                        .until_us = l->until_us,
                                                        .failures = (uint32_t)l->failures,
                                                        .id = buf_span(&l->id)});
    else
        wire_put_ask_put_allow(
            frames, &(struct wire_ask_put_allow){.who = l->who,
                                                 .until_us = l->until_us,
                                                 .name = buf_span(&l->name),
                                                 .comment = buf_span(&l->comment)});
}

/* One line that is not empty. */
static bool
read_line(struct span text, int64_t for_s, int64_t now_us, struct buf *frames)
{
    struct line l = {.since_us = now_us};
    bool is_good;

    if (text.ptr[0] == '{')
        is_good = read_json(text, now_us, &l) && (l.is_ban || l.is_allow);
    else
        is_good = read_plain(text, for_s, now_us, &l);
    if (is_good)
        put_line(&l, frames);
    buf_fini(&l.jail);
    buf_fini(&l.comment);
    buf_fini(&l.name);
    buf_fini(&l.id);
    return is_good;
}

static const char *
what_is_wrong(struct span text, int64_t for_s)
{
    if (text.ptr[0] == '{')
        return "not what export writes";
    return for_s ? "not an address" : "a plain list of addresses needs --for";
}

bool
transfer_read(struct span text, int64_t for_s, int64_t now_us, struct buf *frames,
              struct buf *error)
{
    struct span line;

    for (uint32_t number = 1; span_line(&text, &line); number++) {
        line = span_trim(line);
        if (!line.len || line.ptr[0] == '#' || read_line(line, for_s, now_us, frames))
            continue;
        buf_printf(error, "line %u: %s", number, what_is_wrong(line, for_s));
        return false;
    }
    return true;
}

/* --- import: the command --- */

static enum ctl_exit
read_file(const struct ctl_env *env, const char *path, struct buf *text,
          struct buf *error)
{
    bool is_input = span_eq(span_of(path), SPAN("-"));
    int fd = is_input ? env->in : open(path, O_RDONLY | O_CLOEXEC);
    char piece[READ_BYTES];
    ssize_t n = -1;

    while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0)
            buf_add(text, (struct span){piece, (size_t)n});
    }
    if (n == 0 && !text->is_cut) {
        if (!is_input)
            (void)close(fd); /* only read */
        return CTL_DONE;
    }
    text_foreign(error, span_of(path));
    buf_printf(error, ": %s", text->is_cut ? "too long" : strerror(errno));
    if (fd >= 0 && !is_input)
        (void)close(fd); /* only read */
    return CTL_USAGE;
}

/* The frames in packets, then the end. */
static enum ctl_exit
send_frames(struct client *c, struct span frames, struct buf *error)
{
    struct buf packet = {0};
    struct wire_frame f;
    enum ctl_exit code = CTL_DONE;
    const char *from;

    while (code == CTL_DONE && frames.len) {
        buf_clear(&packet);
        while (frames.len && packet.len < PACKET_BYTES) {
            from = frames.ptr;
            must(wire_next(&frames, WIRE_ASK, &f) == WIRE_FRAME); /* we made them */
            buf_add(&packet, span_between(from, f.fields.ptr + f.fields.len));
        }
        code = client_send(c, buf_span(&packet), error);
    }
    buf_clear(&packet);
    wire_put_ask_put_end(&packet, &(struct wire_ask_put_end){0});
    if (code == CTL_DONE)
        code = client_send(c, buf_span(&packet), error);
    buf_fini(&packet);
    return code;
}

static void
add_result(const struct ctl_env *env, const struct ctl_args *args, const struct answer *a,
           struct buf *out)
{
    if (args->given[OPT_JSON]) {
        json_begin(out, env->screen.now_us);
        json_key(out, "changed");
        json_u64(out, a->matched);
        json_key(out, "text");
        json_span(out, buf_span(&a->text));
        json_end(out);
        return;
    }
    text_foreign(out, buf_span(&a->text));
    buf_add_byte(out, '\n');
}

enum ctl_exit
transfer_send(struct client *c, struct span frames, struct answer *a, struct buf *error)
{
    enum ctl_exit code = client_ask(c, (struct span){0}, error);

    if (code == CTL_DONE)
        code = send_frames(c, frames, error);
    while (code == CTL_DONE && !a->is_ended)
        code = client_receive(c, a, error);
    return code;
}

static enum ctl_exit
import_frames(const struct ctl_env *env, const struct ctl_args *args, struct span frames,
              struct ctl_output *o)
{
    struct answer a = {0};
    struct client c;
    enum ctl_exit code = ask_connect(env, args, &c, &o->error);

    if (code != CTL_DONE)
        return code;
    code = transfer_send(&c, frames, &a, &o->error);
    client_fini(&c);
    if (code == CTL_DONE && a.outcome != ANSWER_NO_MATCH)
        code = client_outcome(&a, &o->error);
    if (code == CTL_DONE) {
        add_result(env, args, &a, &o->out);
        code = a.outcome == ANSWER_NO_MATCH ? CTL_NO_MATCH : CTL_DONE;
    }
    answer_fini(&a);
    return code;
}

static size_t
count_frames(struct span frames)
{
    struct wire_frame f;
    size_t count = 0;

    while (wire_next(&frames, WIRE_ASK, &f) == WIRE_FRAME)
        count++;
    return count;
}

enum ctl_exit
transfer_import(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    struct buf text = buf_bounded(IMPORT_BYTES_MAX), frames = {0};
    enum ctl_exit code = CTL_USAGE;

    if (span_eq(span_of(args->words[0]), SPAN("fail2ban")))
        return import_fail2ban(env, args, o);
    if (span_eq(span_of(args->words[0]), SPAN("ufw")))
        return import_ufw(env, args, o);
    if (span_eq(span_of(args->words[0]), SPAN("postgrey")))
        return import_postgrey(env, args, o);
    if (args->word_count > 1 || args->given[OPT_CONFIG]) {
        buf_add_text(&o->error,
                     args->word_count > 1
                         ? "one file, please"
                         : "--config: only with 'import fail2ban' and 'import postgrey'");
        return CTL_USAGE;
    }
    code = read_file(env, args->words[0], &text, &o->error);
    if (code == CTL_DONE && !transfer_read(buf_span(&text), args->for_s,
                                           env->screen.now_us, &frames, &o->error))
        code = CTL_USAGE; /* all or nothing: nothing was sent yet */
    buf_fini(&text);
    if (code == CTL_DONE && args->given[OPT_DRY_RUN]) {
        text_count(&o->out, count_frames(buf_span(&frames)), "line");
        buf_add_text(&o->out, " would be imported.\n");
    } else if (code == CTL_DONE) {
        code = import_frames(env, args, buf_span(&frames), o);
    }
    buf_fini(&frames);
    return code;
}
