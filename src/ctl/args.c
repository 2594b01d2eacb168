#include "ctl/args.h"

#include "base/mem.h"
#include "conf/value.h"
#include "ctl/when.h"

#define LONGEST_S (INT64_C(100) * 365 * 86400)
#define LATE_US (INT64_C(253402300799) * SECOND_US) /* the last moment of 9999 */

void
args_fini(struct ctl_args *args)
{
    mem_free(args->words);
    *args = (struct ctl_args){0};
}

bool
args_parse_time(struct span text, int64_t *s)
{
    int64_t n;

    if (span_eq(text, SPAN("permanent"))) {
        *s = CONFIG_FOREVER_S;
        return true;
    }
    if (!value_time(text, &n) || n == 0 || n < CONFIG_FOREVER_S || n > LONGEST_S)
        return false;
    *s = n;
    return true;
}

bool
args_range(const struct ctl_args *args, int64_t now_us, int64_t *from_us, int64_t *to_us,
           struct buf *error)
{
    int64_t from = 0, to = INT64_MAX;

    if ((args->given[OPT_SINCE] &&
         !when_parse(span_of(args->value[OPT_SINCE]), now_us, &from)) ||
        (args->given[OPT_UNTIL] &&
         !when_parse(span_of(args->value[OPT_UNTIL]), now_us, &to))) {
        buf_add_text(error, "--since, --until: that time is before 1970");
        return false;
    }
    if (from >= to) {
        buf_add_text(error, "--until: nothing is before that and not before --since");
        return false;
    }
    *from_us = from;
    *to_us = to;
    return true;
}

static bool
is_name(struct span s)
{
    char c;

    for (size_t i = 0; i < s.len; i++) {
        c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            (i == 0 || (!(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.')))
            return false;
    }
    return s.len && s.len <= CTL_NAME_MAX;
}

static bool
is_comment(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7F)
            return false;
    }
    return s.len <= CTL_COMMENT_MAX;
}

static bool
take_value(enum ctl_option_type type, struct span value, struct ctl_args *args)
{
    int64_t when_us;

    switch (type) {
    case TAKES_FLAG:
        return true;
    case TAKES_PATH:
    case TAKES_TEXT:
        return value.len > 0;
    case TAKES_TIME:
        return args_parse_time(value, &args->for_s);
    case TAKES_WHEN: /* its form: what it comes to is known when the command runs */
        return when_parse(value, LATE_US, &when_us);
    case TAKES_COMMENT:
        return is_comment(value);
    case TAKES_JAIL:
        return value.len && value.len <= CTL_NAME_MAX;
    case TAKES_NAME:
        return is_name(value);
    }
    bug("an option of no type");
}

/* What is wrong with the value, or NULL. */
static const char *
check_value(enum ctl_option_type type, struct span value, struct ctl_args *args)
{
    static const char *const wrongs[] = {
        [TAKES_PATH] = "a path is missing",
        [TAKES_TEXT] = "its value is empty",
        [TAKES_TIME] = "not a time: write 10m, 2h30m, 1d, 3w (at most 100 years) or "
                       "permanent",
        [TAKES_WHEN] = "not a time: write 2026-12-31, '2026-12-31 10:00', 10:00, today, "
                       "yesterday or -3h",
        [TAKES_COMMENT] = "a comment has at most 256 bytes and no control bytes",
        [TAKES_JAIL] = "the name of a jail has 1 to 63 bytes",
        [TAKES_NAME] = "not a name: a letter, then up to 62 letters, digits, _ - .",
    };

    return take_value(type, value, args) ? NULL : wrongs[type];
}

/* "NOUN: 'word': message"; the noun is the command when it is known by now. */
static enum args_result
wrong(const struct ctl_args *args, const char *word, const char *message,
      struct buf *error)
{
    buf_printf(error, "%s: ", args->command ? args->command->name : "usage");
    if (word) {
        text_foreign(error, span_of(word));
        buf_add_text(error, ": ");
    }
    buf_add_text(error, message);
    return ARGS_WRONG;
}

/* The option that `arg` ("--name" or "--name=value") names, or CTL_OPTIONS. */
static enum ctl_option_id
find_option(const char *arg, const char **value)
{
    const char *equals = strchr(arg, '=');
    struct span name = equals ? span_between(arg, equals) : span_of(arg);

    *value = equals ? equals + 1 : NULL;
    if (span_eq(name, SPAN("-h")))
        return OPT_HELP;
    for (size_t i = 0; i < CTL_OPTIONS; i++) {
        if (span_eq(name, span_of(ctl_option((enum ctl_option_id)i)->name)))
            return (enum ctl_option_id)i;
    }
    return CTL_OPTIONS;
}

/* Takes the option at argv[*at] and its value. */
static enum args_result
take_option(int argc, char **argv, int *at, struct ctl_args *args, struct buf *error)
{
    const char *arg = argv[*at], *value, *problem;
    enum ctl_option_id id = find_option(arg, &value);
    const struct ctl_option *option;

    if (id == CTL_OPTIONS)
        return wrong(args, arg, "no such option; see 'komainu help'", error);
    option = ctl_option(id);
    if (args->given[id])
        return wrong(args, option->name, "given twice", error);
    if (option->type == TAKES_FLAG && value)
        return wrong(args, option->name, "takes no value", error);
    if (option->type != TAKES_FLAG && !value) {
        if (*at + 1 >= argc)
            return wrong(args, option->name, "its value is missing", error);
        value = argv[++*at];
    }
    problem = check_value(option->type, span_of(value), args);
    if (problem)
        return wrong(args, option->name, problem, error);
    args->given[id] = true;
    args->value[id] = value;
    return ARGS_RUN;
}

static enum args_result
take_word(const char *word, struct ctl_args *args, struct buf *error)
{
    if (args->command) {
        args->words[args->word_count++] = word;
        return ARGS_RUN;
    }
    args->command = ctl_command_find(word);
    if (!args->command)
        return wrong(args, word, "no such command; see 'komainu help'", error);
    return ARGS_RUN;
}

static enum args_result
check_address(struct ctl_args *args, struct buf *error)
{
    struct span word = span_of(args->words[0]);
    struct addr who;

    if (args->command->word == WORD_SOMEBODY && args->given[OPT_JAIL] && word.len &&
        !addr_parse_prefix(word, &who))
        return ARGS_RUN;
    if (!addr_parse_prefix(word, &who))
        return wrong(args, args->words[0], "not an address", error);
    if (args->command->word == WORD_HOST && !addr_is_host(&who))
        return wrong(args, args->words[0], "a single address is wanted here", error);
    args->who = who;
    return ARGS_RUN;
}

/* Whether the command takes what was given. */
static enum args_result
check_all(struct ctl_args *args, struct buf *error)
{
    const struct ctl_command *c = args->command;

    for (size_t i = 0; i < CTL_OPTIONS; i++) {
        if (args->given[i] && i != OPT_HELP && !(c->options & OPT_BIT(i)))
            return wrong(args, ctl_option((enum ctl_option_id)i)->name,
                         "this command has no such option", error);
    }
    if (args->given[OPT_SOCKET] && args->given[OPT_STATE])
        return wrong(args, "--socket", "give --socket or --state, not both", error);
    if (args->given[OPT_JSON] && args->given[OPT_JSONL])
        return wrong(args, "--json", "give --json or --jsonl, not both", error);
    if (args->word_count < c->min_words)
        return wrong(args, c->usage, "missing", error);
    if (args->word_count > c->max_words)
        return wrong(args, args->words[c->max_words], "too many arguments", error);
    if (args->word_count && c->word != WORD_ANY)
        return check_address(args, error);
    return ARGS_RUN;
}

/* What the build, and people who ask for the version, give alone; ARGS_RUN: none of it.
 */
static enum args_result
find_verb(int argc, char **argv)
{
    static const struct {
        const char *verb, *value;
        enum args_result result;
    } verbs[] = {
        {"--version", "", ARGS_VERSION},
        {"--dump-man", "", ARGS_MAN},
        {"--dump-man", "ja", ARGS_MAN_JA},
        {"--print-completion", "bash", ARGS_BASH},
        {"--print-completion", "zsh", ARGS_ZSH},
    };

    if (argc < 2 || argc > 3)
        return ARGS_RUN;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (span_eq(span_of(argv[1]), span_of(verbs[i].verb)) &&
            span_eq(span_of(argc == 3 ? argv[2] : ""), span_of(verbs[i].value)))
            return verbs[i].result;
    }
    return ARGS_RUN;
}

enum args_result
args_parse(int argc, char **argv, struct ctl_args *args, struct buf *error)
{
    bool is_options_over = false;
    enum args_result result = ARGS_RUN;

    *args = (struct ctl_args){.words = mem_zalloc((size_t)argc + 1, sizeof(char *))};
    result = find_verb(argc, argv);
    if (result != ARGS_RUN)
        return result;
    for (int i = 1; i < argc && result == ARGS_RUN; i++) {
        /* "-" alone is a word: standard input. */
        if (is_options_over || argv[i][0] != '-' || !argv[i][1])
            result = take_word(argv[i], args, error);
        else if (span_eq(span_of(argv[i]), SPAN("--")))
            is_options_over = true;
        else
            result = take_option(argc, argv, &i, args, error);
    }
    if (result != ARGS_RUN)
        return result;
    if (args->given[OPT_HELP])
        return ARGS_HELP;
    if (!args->command)
        return wrong(args, NULL, "a command is missing; see 'komainu help'", error);
    return check_all(args, error);
}
