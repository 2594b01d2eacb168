#include "ctl/help.h"

#include "metrics/metrics.h"

/* A sentence or more of ours in each language. */
struct said {
    const char *in[CTL_LANGUAGES];
};

enum { USAGE_COLUMNS = 26 };

static const struct {
    enum ctl_exit code;
    struct said text;
} exits[] = {
    {CTL_DONE, {{"Done.", "完了しました。"}}},
    {CTL_NO_MATCH,
     {{"Nothing matched, or nothing changed.",
       "該当するものがなかったか、何も変わりませんでした。"}}},
    {CTL_USAGE,
     {{"Wrong use, a bad address, or an error in the configuration.",
       "使い方、アドレス、または設定に誤りがあります。"}}},
    {CTL_NOT_RUNNING, {{"The guard is not running.", "番人が動いていません。"}}},
    {CTL_REFUSED,
     {{"Refused: no permission, or a protected address.",
       "拒否されました。権限がないか、保護されたアドレスです。"}}},
    {CTL_INTERNAL,
     {{"The guard or this program failed.",
       "番人かこのプログラムが処理に失敗しました。"}}},
};

/* The sentences around the tables. */
static const struct said s_about = {
    {"look at and command the mail-server guard", "メールサーバーの番人を見る、動かす"}};
static const struct said s_usage = {
    {"Usage: komainu COMMAND [OPTION...]", "使い方: komainu COMMAND [OPTION...]"}};
static const struct said s_options = {{"Options:", "オプション:"}};
static const struct said s_more = {
    {"'komainu help COMMAND' explains a command and its options.\n"
     "'komainu --version' prints the version.\n",
     "'komainu help COMMAND' で、コマンドとそのオプションを説明します。\n"
     "'komainu --version' で、版を表示します。\n"}};
static const struct said s_exits = {{"Exit codes:", "終了コード:"}};
static const struct said s_man_intro = {
    {"shows what the guard\n.Xr komainud 8\nsees and does, and tells it what to do.\n"
     "The commands are:\n",
     "は、番人\n.Xr komainud "
     "8\nが見ていることとしていることを表示し、番人に指示します。\n"
     "コマンドは次のとおりです。\n"}};
static const struct said s_man_output = {
    {"Tables fit the terminal.\n"
     "Text that comes from logs is shown with control characters written\n"
     "as \\exXX and invisible ones as \\eu{XXXX}.\n"
     "Errors go to the standard error as one line,\n"
     ".Dq komainu: command: message .\n",
     "表は端末の幅に合わせます。\n"
     "ログから来た文字列は、制御文字を \\exXX、見えない文字を \\eu{XXXX} として\n"
     "表示します。\n"
     "エラーは標準エラー出力に一行で出します。形は\n"
     ".Dq komainu: command: message\nです。\n"}};
static const struct said s_man_no_color = {
    {"When set and not empty, nothing is coloured.", "空でなければ、色を付けません。"}};
static const struct said s_man_columns = {
    {"The width of the terminal.", "端末の幅です。"}};
static const struct said s_man_lang = {
    {"The language of the help, by LC_ALL and LC_MESSAGES as well: Japanese for ja,\n"
     "else English.",
     "ヘルプの言語です。LC_ALL と LC_MESSAGES も見ます。\n"
     "ja なら日本語、それ以外は英語です。"}};
static const struct said s_man_zone = {{"The time zone.", "時間帯です。"}};
static const struct said s_man_socket = {{"The control socket.", "制御ソケットです。"}};
static const struct said s_man_unban = {
    {"Let a customer in again who calls, after looking why:",
     "電話してきた顧客について、理由を見てから通します:"}};
static const struct said s_man_replay = {
    {"See whom the last log would have had banned:",
     "一つ前のログなら誰が遮断されていたかを見ます:"}};

/* Headings; NAME and SYNOPSIS stay, because mdoc lays those out by their names. */
static const struct said s_man_description = {{"DESCRIPTION", "説明"}};
static const struct said s_man_environment = {{"ENVIRONMENT", "環境変数"}};
static const struct said s_man_files = {{"FILES", "ファイル"}};
static const struct said s_man_exit_status = {{"EXIT STATUS", "終了ステータス"}};
static const struct said s_man_examples = {{"EXAMPLES", "例"}};
static const struct said s_man_metrics = {{"METRICS", "メトリクス"}};
static const struct said s_man_rules = {{"What all have in common", "共通の決まり"}};
static const struct said s_man_see_also = {{"SEE ALSO", "関連項目"}};

const struct ctl_option *
help_next_option(const struct ctl_command *command, size_t *at)
{
    while (*at < CTL_OPTIONS) {
        size_t i = (*at)++;

        if (i == OPT_HELP || (command->options & OPT_BIT(i)))
            return ctl_option((enum ctl_option_id)i);
    }
    return NULL;
}

/* Each line of `text` behind `indent` blanks. */
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

static void
add_command(struct buf *out, const struct ctl_command *c, enum ctl_language l)
{
    const struct ctl_option *option;
    size_t at = 0;

    buf_printf(out, "komainu %s%s%s: %s%s\n\n", c->name, c->usage[0] ? " " : "", c->usage,
               c->summary[l], l == CTL_JAPANESE ? "" : ".");
    add_indented(out, c->help[l], 0);
    buf_printf(out, "\n%s\n", s_options.in[l]);
    while ((option = help_next_option(c, &at))) {
        buf_printf(out, "  %s%s%s\n", option->name, option->value ? " " : "",
                   option->value ? option->value : "");
        add_indented(out, option->help[l], 6);
    }
}

/* A line of the list; a usage that is too wide for its column has a line of its own. */
static void
add_summary(struct buf *out, const struct ctl_command *c, enum ctl_language l)
{
    size_t used = strlen(c->name) + 1 + strlen(c->usage);

    buf_printf(out, "  %s %s", c->name, c->usage);
    if (used >= USAGE_COLUMNS) {
        buf_add_text(out, "\n  ");
        used = 0;
    }
    buf_printf(out, "%*s%s\n", (int)(USAGE_COLUMNS - used), "", c->summary[l]);
}

void
help_add(struct buf *out, const struct ctl_command *command, enum ctl_language l)
{
    if (command) {
        add_command(out, command, l);
        return;
    }
    buf_printf(out, "komainu: %s%s\n\n%s\n\n", s_about.in[l],
               l == CTL_JAPANESE ? "" : ".", s_usage.in[l]);
    for (const struct ctl_group *g = ctl_groups(); g->commands; g++) {
        buf_printf(out, "%s:\n", g->title[l]);
        for (const struct ctl_command *c = g->commands; c->name; c++)
            add_summary(out, c, l);
        buf_add_byte(out, '\n');
    }
    buf_printf(out, "%s\n%s\n", s_more.in[l], s_exits.in[l]);
    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        buf_printf(out, "  %d  %s\n", (int)exits[i].code, exits[i].text.in[l]);
}

enum ctl_exit
help_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    const struct ctl_command *about = NULL;

    if (args->word_count) {
        about = ctl_command_find(args->words[0]);
        if (!about) {
            text_foreign(&o->error, span_of(args->words[0]));
            buf_add_text(&o->error, ": no such command");
            return CTL_USAGE;
        }
    }
    help_add(&o->out, about, env->language);
    return CTL_DONE;
}

/* Text of ours as lines of a man page: what roff would take for its own is quoted. */
static void
add_roff(struct buf *out, const char *text)
{
    struct span rest = span_of(text), line;

    while (span_line(&rest, &line)) {
        if (span_starts(line, SPAN(".")) || span_starts(line, SPAN("'")))
            buf_add_text(out, "\\&");
        for (size_t i = 0; i < line.len; i++) {
            if (line.ptr[i] == '\\')
                buf_add_text(out, "\\e");
            else if (line.ptr[i] == '-')
                buf_add_text(out, "\\-"); /* so that options can be copied */
            else
                buf_add_byte(out, line.ptr[i]);
        }
        buf_add_byte(out, '\n');
    }
}

/* ".Op Fl Fl json", or as the head of a list item. */
static void
add_man_option(struct buf *out, const char *macro, const struct ctl_option *o)
{
    buf_printf(out, "%s Fl Fl %s", macro, o->name + 2);
    if (o->value)
        buf_printf(out, " Ar %s", o->value);
    buf_add_byte(out, '\n');
}

static void
add_man_command(struct buf *out, const struct ctl_command *c, enum ctl_language l)
{
    const struct ctl_option *option;
    size_t at = 0;

    buf_printf(out, ".It Ic %s", c->name);
    if (c->usage[0])
        buf_printf(out, " Ar %s", c->usage);
    buf_add_byte(out, '\n');
    add_roff(out, c->summary[l]);
    buf_add_text(out, ".Pp\n");
    add_roff(out, c->help[l]);
    buf_printf(out, ".Pp\n%s\n.Bl -tag -width Ds -compact\n", s_options.in[l]);
    while ((option = help_next_option(c, &at))) {
        add_man_option(out, ".It", option);
        add_roff(out, option->help[l]);
    }
    buf_add_text(out, ".El\n");
}

static void
add_man_synopsis(struct buf *out)
{
    const struct ctl_option *option;
    const struct ctl_command *c;
    size_t at;

    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        buf_printf(out, ".Nm\n.Ic %s\n", c->name);
        for (at = 0; (option = help_next_option(c, &at));)
            add_man_option(out, ".Op", option);
        if (c->usage[0])
            buf_printf(out, ".Ar %s\n", c->usage);
    }
    buf_add_text(out, ".Nm\n.Fl Fl version\n");
}

static void
add_man_tail(struct buf *out, enum ctl_language l)
{
    buf_printf(out, ".Sh %s\n.Bl -tag -width Ds\n", s_man_metrics.in[l]);
    metrics_add_man(out, l == CTL_JAPANESE ? METRICS_JAPANESE : METRICS_ENGLISH);
    buf_add_text(out, ".El\n");
    buf_printf(out, ".Sh %s\n.Bl -tag -width Ds\n", s_man_environment.in[l]);
    buf_printf(out, ".It Ev NO_COLOR\n%s\n", s_man_no_color.in[l]);
    buf_printf(out, ".It Ev COLUMNS\n%s\n", s_man_columns.in[l]);
    buf_printf(out, ".It Ev LANG\n%s\n", s_man_lang.in[l]);
    buf_printf(out, ".It Ev TZ\n%s\n.El\n", s_man_zone.in[l]);
    buf_printf(out, ".Sh %s\n.Bl -tag -width Ds\n", s_man_files.in[l]);
    buf_printf(out, ".It Pa /run/komainu/control.sock\n%s\n.El\n", s_man_socket.in[l]);
    buf_printf(out, ".Sh %s\n.Bl -tag -width Ds -compact\n", s_man_exit_status.in[l]);
    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        buf_printf(out, ".It %d\n%s\n", (int)exits[i].code, exits[i].text.in[l]);
    buf_printf(out, ".El\n.Sh %s\n%s\n.Bd -literal -offset indent\n",
               s_man_examples.in[l], s_man_unban.in[l]);
    buf_printf(out,
               "komainu why 192.0.2.7\nkomainu unban 192.0.2.7\n.Ed\n.Pp\n%s\n"
               ".Dl komainu replay /var/log/mail.log.1\n",
               s_man_replay.in[l]);
    buf_printf(out, ".Sh %s\n.Xr komainud 8\n", s_man_see_also.in[l]);
}

void
help_add_man(struct buf *out, enum ctl_language l)
{
    buf_add_text(out, ".\\\" Made from the command table by komainu --dump-man.\n"
                      ".Dd November 22, 2026\n.Dt KOMAINU 1\n.Os\n"
                      ".Sh NAME\n.Nm komainu\n.Nd ");
    add_roff(out, s_about.in[l]);
    buf_add_text(out, ".Sh SYNOPSIS\n");
    add_man_synopsis(out);
    buf_printf(out, ".Sh %s\n.Nm\n%s", s_man_description.in[l], s_man_intro.in[l]);
    for (const struct ctl_group *g = ctl_groups(); g->commands; g++) {
        buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", g->title[l]);
        for (const struct ctl_command *c = g->commands; c->name; c++)
            add_man_command(out, c, l);
        buf_add_text(out, ".El\n");
    }
    buf_printf(out, ".Ss %s\n%s", s_man_rules.in[l], s_man_output.in[l]);
    add_man_tail(out, l);
}
