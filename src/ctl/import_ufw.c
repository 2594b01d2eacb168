/* ufw's rules that keep somebody out of everything, as bans by hand.
 *
 * In user.rules and user6.rules ufw writes each rule of its user as a comment before the
 * lines of iptables:
 *
 *     ### tuple ### deny any any 0.0.0.0/0 any 203.0.113.5 in
 *
 * that is: what becomes of it, protocol, port and address of this side, port and address
 * of the other side, direction.
 */
#include "ctl/import.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"

enum { WORDS = 7, FILE_MAX = 16 << 20, READ_BYTES = 1 << 16 };

/* Whether the words are such a rule, and of whom. */
static bool
is_ban(const struct span *words, size_t count, struct addr *who)
{
    static const struct span any = SPAN_INIT("any");

    return count >= WORDS &&
           (span_eq(words[0], SPAN("deny")) || span_eq(words[0], SPAN("reject"))) &&
           span_eq(words[1], any) && span_eq(words[2], any) &&
           (span_eq(words[3], SPAN("0.0.0.0/0")) || span_eq(words[3], SPAN("::/0"))) &&
           span_eq(words[4], any) && span_eq(words[6], SPAN("in")) &&
           (count == WORDS || span_starts(words[WORDS], SPAN("comment="))) &&
           addr_parse_prefix(words[5], who) && who->bits > 0;
}

void
import_read_ufw(struct span text, int64_t now_us, struct import_group *g,
                uint32_t *others)
{
    struct span line, words[WORDS + 1];
    struct wire_ask_put_ban frame = {.since_us = now_us, .until_us = -1};

    while (span_line(&text, &line)) {
        size_t count = 0;

        if (!span_take(&line, SPAN("### tuple ### ")))
            continue;
        while (count < WORDS + 1 && span_word(&line, &words[count]))
            count++;
        if (!is_ban(words, count, &frame.who)) {
            (*others)++;
            continue;
        }
        wire_put_ask_put_ban(&g->bans, &frame);
        g->ban_count++;
    }
}

/* 0, or a negative errno. */
static int
read_file(const char *path, struct buf *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char piece[READ_BYTES];
    ssize_t n;
    int rc;

    if (fd < 0)
        return -errno;
    while ((n = read(fd, piece, sizeof(piece))) > 0 && !text->is_cut)
        buf_add(text, (struct span){piece, (size_t)n});
    rc = n < 0 ? -errno : text->is_cut ? -EFBIG : 0;
    (void)close(fd); /* only read */
    return rc;
}

/* Those that are named, or the two of the machine, one of which may be missing. */
static enum ctl_exit
read_files(const struct ctl_args *args, int64_t now_us, struct import_group *g,
           struct ctl_output *o, uint32_t *others)
{
    static const char *const usual[] = {"/etc/ufw/user.rules", "/etc/ufw/user6.rules"};
    bool is_named = args->word_count > 1;
    size_t count = is_named ? 1 : ARRAY_LEN(usual), read = 0;
    struct buf text = buf_bounded(FILE_MAX);

    for (size_t i = 0; i < count; i++) {
        const char *path = is_named ? args->words[1] : usual[i];
        int rc;

        buf_clear(&text);
        rc = read_file(path, &text);
        if (rc == 0) {
            import_read_ufw(buf_span(&text), now_us, g, others);
            read++;
        } else if (rc != -ENOENT || i + 1 == count) {
            if (rc == -ENOENT && read)
                continue;
            text_foreign(&o->error, span_of(path));
            buf_printf(&o->error, ": %s", strerror(-rc));
            buf_fini(&text);
            return CTL_USAGE;
        }
    }
    buf_fini(&text);
    return CTL_DONE;
}

static void
say(const struct ctl_env *env, const struct ctl_args *args, const struct import *i,
    uint32_t others, struct buf *out)
{
    const struct import_group *g = &i->groups[0];
    bool is_dry = args->given[OPT_DRY_RUN];

    if (args->given[OPT_JSON]) {
        json_begin(out, env->screen.now_us);
        json_key(out, "dry_run");
        json_bool(out, is_dry);
        json_key(out, "found");
        json_u64(out, g->ban_count);
        json_key(out, "bans");
        json_u64(out, g->done.bans);
        json_key(out, "unchanged");
        json_u64(out, g->done.same);
        json_key(out, "refused");
        json_u64(out, g->done.refused);
        json_key(out, "other_rules");
        json_u64(out, others);
        json_end(out);
        return;
    }
    text_count(out, is_dry ? g->ban_count : g->done.bans, "ban");
    buf_add_text(out, is_dry ? " would be taken in" : " taken in");
    if (!is_dry)
        buf_printf(out, ", %u unchanged, %u refused (protected, or no /24, /20 ...)",
                   g->done.same, g->done.refused);
    buf_add_text(out, ". ");
    text_count(out, others, "other rule");
    buf_add_text(out, others == 1 ? " stays ufw's.\n" : " stay ufw's.\n");
}

enum ctl_exit
import_ufw(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct config none = {0};
    struct import i = {.config = &none, .now_us = env->screen.now_us};
    struct import_group *g = import_group(&i, SPAN("manual"));
    uint32_t others = 0;
    enum ctl_exit code = CTL_USAGE;

    if (args->word_count > 2 || args->given[OPT_FOR])
        buf_add_text(&o->error, "usage: import ufw [FILE]");
    else
        code = read_files(args, i.now_us, g, o, &others);
    if (code == CTL_DONE)
        code = import_deliver(&i, env, args, &o->error);
    if (code == CTL_DONE) {
        say(env, args, &i, others, &o->out);
        if (!args->given[OPT_DRY_RUN] && import_taken(&i) == 0)
            code = CTL_NO_MATCH;
    }
    import_fini(&i);
    return code;
}
