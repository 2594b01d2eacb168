#include "guard_options.h"

#include <getopt.h>

#include "conf/load.h"

/* Behind the last byte a letter can be. */
enum {
    OPTION_ROLE_DIR = 256,
    OPTION_CHECK,
    OPTION_LOAD,
    OPTION_PID_FILE,
    OPTION_FAIL2BAN,
    OPTION_FAIL2BAN_SOCKET,
    OPTION_VERBOSE,
    OPTION_VERSION,
    OPTION_MAN
};

static const struct daemon_option {
    int key; /* its letter, or what getopt says of it */
    const char *name;
    const char *value; /* what it is called, or NULL */
    /* Sentences, one a line; NULL: for ourselves, not shown. */
    const char *help[GUARD_LANGUAGES];
} options[] = {
    {'s',
     "state",
     "DIR",
     {"Keep state, and the control socket, in DIR instead of /var/lib/komainu and\n"
      "/run/komainu.\nCommands of komainu(1) need the same option then.",
      "状態と制御ソケットを、/var/lib/komainu と /run/komainu の代わりに DIR に\n"
      "置きます。\nkomainu(1) のコマンドにも同じオプションが要ります。"}},
    {'c',
     "config",
     "DIR",
     {"Read the configuration in DIR, which must exist, instead of\n" CONFIG_DIRECTORY
      ", which need not.",
      "設定を、なくてもよい " CONFIG_DIRECTORY " の代わりに、\n"
      "存在する DIR から読みます。"}},
    {'t',
     "test",
     NULL,
     {"Say whether the configuration is good, expressions included, and end.\n"
      "Errors are listed with file and line; the exit status is then 2.\n"
      "Needs neither root nor a running guard.",
      "正規表現も含めて設定が正しいかどうかを述べ、終わります。\n"
      "誤りはファイルと行を添えて挙げ、終了ステータスは 2 です。\n"
      "root も、動いている番人も要りません。"}},
    {OPTION_CHECK,
     "check",
     NULL,
     {"As --test, and print what is in force.",
      "--test に加えて、有効になる設定を表示します。"}},
    {'f',
     "foreground",
     NULL,
     {"Stay in the foreground and log to the standard error: always so.",
      "フォアグラウンドで動き、標準エラー出力に記録します。いつもそうです。"}},
    {OPTION_LOAD,
     "load-bans",
     NULL,
     {"Put the bans of the database into the kernel and end: for the start of the\n"
      "machine, before the network is up.\n"
      "The guard that is started later takes them over.\n"
      "The exit status is 0 when every ban is in force.",
      "データベースの遮断をカーネルに入れて終わります。マシンの起動時、\n"
      "ネットワークが上がる前のためです。\n"
      "後で始まる番人がそれを引き継ぎます。\n"
      "すべての遮断が有効になれば、終了ステータスは 0 です。"}},
    {OPTION_FAIL2BAN,
     "fail2ban",
     "DIR",
     {"As fail2ban = DIR in komainu.conf, whatever that says.",
      "komainu.conf の記述にかかわらず、fail2ban = DIR と書いたのと同じです。"}},
    {OPTION_FAIL2BAN_SOCKET,
     "fail2ban-socket",
     "FILE",
     {"As fail2ban-socket = FILE in komainu.conf, whatever that says.",
      "komainu.conf の記述にかかわらず、fail2ban-socket = FILE と書いたのと同じです。"}},
    {OPTION_PID_FILE,
     "pid-file",
     "FILE",
     {"Write the number of the process into FILE, which is removed at the end.",
      "プロセス番号を FILE に書きます。FILE は終わるときに消します。"}},
    {OPTION_VERBOSE, "verbose", NULL, {"Say more.", "より詳しく述べます。"}},
    {'h', "help", NULL, {"Print this text.", "説明を表示します。"}},
    {OPTION_VERSION, "version", NULL, {"Print the version.", "版を表示します。"}},
    {OPTION_ROLE_DIR, "role-dir", "DIR", {NULL, NULL}},
    {OPTION_MAN, "dump-man", "LANGUAGE", {NULL, NULL}},
};

enum { LETTERS_MAX = 2 * ARRAY_LEN(options) + 2 };

/* The table as getopt_long() wants it. */
static void
fill_getopt(struct option known[ARRAY_LEN(options) + 1], char letters[LETTERS_MAX])
{
    size_t n = 0;

    letters[n++] = ':'; /* a value that is missing is told apart, and nothing printed */
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct daemon_option *o = &options[i];

        known[i] = (struct option){o->name, o->value ? required_argument : no_argument,
                                   NULL, o->key};
        if (o->key > 0xFF)
            continue;
        letters[n++] = (char)o->key;
        if (o->value)
            letters[n++] = ':';
    }
    known[ARRAY_LEN(options)] = (struct option){0};
    letters[n] = '\0';
}

static void
take_option(struct guard_options *out, int key)
{
    switch (key) {
    case 's':
        out->state = optarg;
        break;
    case 'c':
        out->config = optarg;
        break;
    case 't':
        out->task = GUARD_TASK_TEST;
        break;
    case 'h':
        out->task = GUARD_TASK_HELP;
        break;
    case OPTION_CHECK:
        out->task = GUARD_TASK_CHECK;
        break;
    case OPTION_LOAD:
        out->task = GUARD_TASK_LOAD;
        break;
    case OPTION_FAIL2BAN:
        out->fail2ban = optarg;
        break;
    case OPTION_FAIL2BAN_SOCKET:
        out->fail2ban_socket = optarg;
        break;
    case OPTION_PID_FILE:
        out->pid_file = optarg;
        break;
    case OPTION_VERBOSE:
        out->is_verbose = true;
        break;
    case OPTION_VERSION:
        out->task = GUARD_TASK_VERSION;
        break;
    case OPTION_ROLE_DIR:
        out->role_dir = optarg;
        break;
    case OPTION_MAN:
        out->task = GUARD_TASK_MAN;
        out->language =
            span_eq(span_of(optarg), SPAN("ja")) ? GUARD_JAPANESE : GUARD_ENGLISH;
        break;
    default:
        break; /* -f: as it is */
    }
}

bool
guard_read_options(int argc, char **argv, struct guard_options *out, struct buf *why)
{
    struct option known[ARRAY_LEN(options) + 1];
    char letters[LETTERS_MAX];
    char letter[3] = "-";
    const char *wrong = NULL;
    int key;

    fill_getopt(known, letters);
    optind = 1;
    while ((key = getopt_long(argc, argv, letters, known, NULL)) >= 0) {
        if (key == '?' || key == ':') {
            letter[1] = (char)optopt;
            wrong =
                key == '?' && optopt > 0 && optopt <= 0xFF ? letter : argv[optind - 1];
            buf_add_text(why, key == ':' ? "a value is missing behind "
                                         : "there is no such option: ");
            break;
        }
        take_option(out, key);
    }
    if (!wrong && optind < argc) {
        wrong = argv[optind];
        buf_add_text(why, "unexpected argument: ");
    }
    if (wrong)
        buf_escaped(why, span_of(wrong));
    return !wrong;
}

/* Each line of a text behind `indent` blanks. */
static void
add_indented(struct buf *out, const char *text, int indent)
{
    struct span rest = span_of(text), line;

    while (span_line(&rest, &line)) {
        buf_printf(out, "%*s", indent, "");
        buf_add(out, line);
        buf_add_byte(out, '\n');
    }
}

void
guard_add_help(struct buf *out)
{
    buf_add_text(out, "komainud: guard a mail server: watch its logs and ban attackers "
                      "in the kernel.\n\nUsage: komainud [OPTION...]\n\nOptions:\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct daemon_option *o = &options[i];

        if (!o->help[GUARD_ENGLISH])
            continue;
        if (o->key <= 0xFF)
            buf_printf(out, "  -%c, --%s", o->key, o->name);
        else
            buf_printf(out, "      --%s", o->name);
        buf_printf(out, "%s%s\n", o->value ? " " : "", o->value ? o->value : "");
        add_indented(out, o->help[GUARD_ENGLISH], 10);
    }
    buf_add_text(out, "\nRuns in the foreground as root, also as a systemd service of "
                      "Type=notify.\nSIGHUP reads the configuration anew; SIGTERM or "
                      "Ctrl-C ends it, and bans\nstay in the kernel.\n");
}

/* --- the manual --- */

static void
add_man_head(struct buf *out, const char *macro, const struct daemon_option *o)
{
    buf_add_text(out, macro);
    if (o->key <= 0xFF)
        buf_printf(out, " Fl %c , ", o->key);
    buf_printf(out, " Fl Fl %s", o->name);
    if (o->value)
        buf_printf(out, " Ar %s", o->value);
    buf_add_byte(out, '\n');
}

static void
add_man_synopsis(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct daemon_option *o = &options[i];

        if (!o->help[GUARD_ENGLISH])
            continue;
        buf_printf(out, ".Op Fl Fl %s", o->name);
        if (o->value)
            buf_printf(out, " Ar %s", o->value);
        buf_add_byte(out, '\n');
    }
}

static void
add_man_options(struct buf *out, enum guard_language l)
{
    buf_add_text(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        struct span rest = {0}, line;

        if (!options[i].help[l])
            continue;
        rest = span_of(options[i].help[l]);
        add_man_head(out, ".It", &options[i]);
        while (span_line(&rest, &line)) {
            if (span_starts(line, SPAN("/")))
                buf_add_text(out, "\\&");
            buf_add(out, line);
            buf_add_byte(out, '\n');
        }
    }
    buf_add_text(out, ".El\n");
}

void
guard_add_man(struct buf *out, struct span frame, enum guard_language l)
{
    struct span line;

    while (span_line(&frame, &line)) {
        if (span_eq(line, SPAN(".\\\" SYNOPSIS"))) {
            add_man_synopsis(out);
        } else if (span_eq(line, SPAN(".\\\" OPTIONS"))) {
            add_man_options(out, l);
        } else {
            buf_add(out, line);
            buf_add_byte(out, '\n');
        }
    }
}
