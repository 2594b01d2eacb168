/* Who is told of what: the options notify, notify-*, mail-* and silent-after. */
#include "conf/load_internal.h"

#include "base/mem.h"

struct kind_word {
    const char *word;
    uint32_t kind;
};

static const struct kind_word told[] = {{"trouble", NOTIFY_TROUBLE},
                                        {"ban", NOTIFY_BAN},
                                        {"digest", NOTIFY_DIGEST},
                                        {"alert", NOTIFY_ALERT}};

enum { WAY_MAIL = 1, WAY_COMMAND = 2 };

static const struct kind_word ways[] = {{"mail", WAY_MAIL}, {"command", WAY_COMMAND}};

static void
refuse_word(struct loading *l, const struct section_value *v, const char *option,
            struct span word, struct span right)
{
    conf_error(&l->errors, v->file, v->line,
               "`%s` has `%.*s`; write one or more of: %.*s", option,
               SPAN_FMT(span_head(word, CONFIG_NAME_MAX)), SPAN_FMT(right));
}

/* Reads a list of words to the bits that they stand for. */
static uint32_t
read_words(struct loading *l, const struct section *s, const char *option,
           const struct kind_word *words, size_t count)
{
    struct section_value v;
    struct span rest, word;
    struct buf right = {0};
    uint32_t bits = 0;

    if (!section_get(s, option, &v))
        return 0;
    for (size_t i = 0; i < count; i++)
        buf_printf(&right, "%s%s", i ? " " : "", words[i].word);
    rest = v.value.word >= 0 ? (struct span){0} : v.value.text;
    while (span_word(&rest, &word)) {
        size_t i = 0;

        while (i < count && !span_eq(word, span_of(words[i].word)))
            i++;
        if (i < count)
            bits |= words[i].kind;
        else
            refuse_word(l, &v, option, word, buf_span(&right));
    }
    buf_fini(&right);
    section_value_fini(&v);
    return bits;
}

char *
load_addresses(struct loading *l, const struct section *s, const char *option,
               bool is_list)
{
    struct buf out = buf_bounded(CONFIG_MAIL_MAX - 1);
    struct section_value v;
    struct span rest, word;
    size_t count = 0;
    bool is_good;

    if (!section_get(s, option, &v))
        return NULL;
    is_good = true;
    rest = v.value.text;
    while (span_word(&rest, &word) && is_good) {
        is_good = value_mail_address(word);
        buf_printf(&out, "%s%.*s", count++ ? ", " : "", SPAN_FMT(word));
    }
    if (!is_good || count == 0 || (count > 1 && !is_list) || out.is_cut)
        conf_error(&l->errors, v.file, v.line,
                   "`%s` is no mail address%s; write NAME or NAME@HOST", option,
                   is_list ? " or list of them" : "");
    section_value_fini(&v);
    return buf_detach(&out);
}

static void
add_command(struct loading *l, const struct section_value *v, enum command_kind kind,
            struct span text)
{
    struct config_notify *n = &l->out.notify;

    if (text.len > CONFIG_COMMAND_MAX || span_find_byte(text, '\0') >= 0) {
        conf_error(&l->errors, v->file, v->line, "a command is longer than %d bytes",
                   CONFIG_COMMAND_MAX);
        return;
    }
    if (n->ways == CONFIG_WAYS_MAX) {
        conf_error(&l->errors, v->file, v->line,
                   "there are more than %d commands to tell; join some of them",
                   CONFIG_WAYS_MAX);
        return;
    }
    n->commands[n->ways++] =
        (struct config_command){.kind = kind, .text = mem_copy_text(text.ptr, text.len)};
    n->command_count = n->ways;
}

static void
load_mail(struct loading *l, const struct section *s)
{
    struct section_value v;

    l->out.notify.mail_to = load_addresses(l, s, "mail-to", true);
    l->out.notify.mail_from = load_addresses(l, s, "mail-from", false);
    if (!section_get(s, "mail-command", &v))
        return;
    if (v.value.text.len)
        add_command(l, &v, COMMAND_MAIL, v.value.text);
    else
        conf_error(&l->errors, v.file, v.line,
                   "`mail-command` is empty; write what takes a mail on stdin");
    section_value_fini(&v);
}

static void
load_commands(struct loading *l, const struct section *s, bool is_wanted)
{
    struct section_value v;
    struct span rest, line;
    size_t count = 0;

    if (!section_get(s, "notify-command", &v))
        return;
    rest = v.value.text;
    while (span_line(&rest, &line)) {
        line = span_trim(line);
        if (line.len == 0)
            continue;
        count++;
        if (is_wanted)
            add_command(l, &v, COMMAND_PLAIN, line);
    }
    if (is_wanted && count == 0)
        conf_error(&l->errors, v.file, v.line,
                   "`notify` has `command` and `notify-command` is empty; write what is "
                   "to be run");
    if (!is_wanted && count)
        conf_error(&l->errors, v.file, v.line,
                   "`notify-command` is set and `notify` has no `command`; write `notify "
                   "= command`, or remove the line");
    section_value_fini(&v);
}

static int64_t
seconds(const struct section *s, const char *option)
{
    struct section_value v;
    int64_t n;

    if (!section_get(s, option, &v))
        return 0;
    n = v.value.word >= 0 ? 0 : v.value.number; /* `no` */
    section_value_fini(&v);
    return n;
}

void
load_notify(struct loading *l, const struct section *s)
{
    struct config_notify *n = &l->out.notify;
    uint32_t to = read_words(l, s, "notify", ways, ARRAY_LEN(ways));

    n->kinds = read_words(l, s, "notify-on", told, ARRAY_LEN(told));
    n->rate = (uint32_t)seconds(s, "notify-rate");
    n->digest_s = seconds(s, "notify-digest");
    n->timeout_s = seconds(s, "notify-timeout");
    n->ask_timeout_s = seconds(s, "ignorecommand-timeout");
    n->silent_after_s = seconds(s, "silent-after");
    if (to & WAY_MAIL)
        load_mail(l, s);
    load_commands(l, s, (to & WAY_COMMAND) != 0);
}
