/* What would be: a configuration, a filter, a log of the past. */
#include "ctl/commands.h"

#include "ctl/local.h"
#include "ctl/replay.h"
#include "ctl/test_filter.h"

const struct ctl_command commands_try[] = {
    {
        .name = "replay",
        .usage = "LOG...",
        .completes = COMPLETES_FILES,
        .min_words = 1,
        .max_words = UINT32_MAX,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_CONFIG) |
                   OPT_BIT(OPT_ROTATED) | OPT_BIT(OPT_COMPARE) | OPT_BIT(OPT_OBSERVED),
        .summary = {"Show whom past logs would have had banned",
                    "過去のログなら誰が遮断されていたかを見る"},
        .help =
            {"Reads logs from their beginning in their own time, the one that begins\n"
             "first before the others, whatever order they are given in, and prints\n"
             "every ban that would have been made.\n"
             "Logs may be compressed with gzip, xz, zstd or bzip2.\n"
             "A LOG of - is the standard input.\n"
             "Of a damaged log all is read up to the damage; the exit code is then 5.\n"
             "Without --config all detectors that are built in are on.\n"
             "Times without a zone are read in the zone of TZ.\n"
             "Needs no privileges and no running guard, and bans nobody.\n"
             "No name is looked up: there are no providers, and ignoreip has only its\n"
             "addresses.\n"
             "With --json or --jsonl, one JSON object a line for each ban, and a last "
             "one\n"
             "with totals: bans are those of jails that enforce, observed the others.\n"
             "With --observed each ban has observed: whether its jail only observes.\n"
             "With --compare A B LOG..., both configurations judge every line, and what\n"
             "differs is printed: whom only A or only B bans, whom both and which is "
             "first;\n"
             "which bans hit known-good addresses, from which somebody logs in anywhere "
             "in\n"
             "the logs (so also who guessed a password); and what became of attempts, "
             "that\n"
             "is of failed logins and SMTP abuse as either configuration knows them: "
             "before\n"
             "the first ban of their address, stopped by a ban, after one that was over, "
             "or\n"
             "never banned.\n"
             "A ban of a network counts for all of it but its holes.\n"
             "Bans that are observed only count for nothing without --observed.\n"
             "Alerts and campaigns of either are listed, with those of the other beside "
             "them,\n"
             "and how often the brake of each was pulled and how many bans it held "
             "back.\n"
             "--compare --json prints one object: a, b (config and the sums of each),\n"
             "banned (who: address or prefix; only: a, b or null; first: a, b or both; "
             "of\n"
             "each side its first ban or null), known_good (side, address, logins,\n"
             "first_login, last_login, refused: logins during bans; the ban), alerts\n"
             "(jail, who, account; only; a, b: when), campaigns (jail, prefix or "
             "account;\n"
             "only; a, b: since, attempts, bans, alerts), jails, and what was read.\n"
             "With --jsonl the entries are lines {\"banned\":...}, "
             "{\"known_good\":...},\n"
             "{\"alert\":...}, {\"campaign\":...} and {\"jail\":...}, and the rest is a "
             "last\n"
             "{\"compared\":...}.\n",
             "ログを先頭からログ自身の時刻で読み、行われたはずの遮断をすべて出します。\n"
             "指定の順によらず、早く始まるログから読みます。\n"
             "gzip、xz、zstd、bzip2 で圧縮されたログも読めます。\n"
             "LOG が - なら標準入力です。\n"
             "壊れたログは壊れた所まで読み、終了コードは 5 です。\n"
             "--config がなければ、組み込みの検出をすべて使います。\n"
             "時間帯のない時刻は TZ の時間帯で読みます。\n"
             "権限も動いている番人も要らず、誰も遮断しません。\n"
             "名前は調べません。providers はないものとし、ignoreip はアドレスだけを\n"
             "使います。\n"
             "--json と --jsonl では遮断ごとに一行、最後の一行に合計を出します。bans は\n"
             "遮断する jail、observed は観察だけの jail の数です。--observed "
             "では遮断ごとの\n"
             "observed が、その jail が観察だけかどうかを示します。\n"
             "--compare A B LOG... では両方の設定が各行を判定し、違いを出します。\n"
             "A だけ、B だけが遮断する相手、両方が遮断する相手とどちらが先か。\n"
             "正しい利用者(ログのどこかでログインに成功したアドレス。パスワードを\n"
             "当てた攻撃者も含みます)に当たる遮断。そして試行の行方です。試行とは、\n"
             "どちらかの設定が知るログイン失敗と SMTP の悪用で、そのアドレスの最初の\n"
             "遮断の前、遮断で止められたもの、遮断が終わった後、遮断されなかったものに\n"
             "分けます。ネットワークの遮断は、穴を除いてその全体に及びます。\n"
             "観察だけの遮断は、--observed がなければ数えません。\n"
             "それぞれの警報と、複数のアドレスによる攻撃(campaigns)を並べて示し、\n"
             "ブレーキが何回働き、遮断をいくつ見送ったかも示します。\n"
             "--compare --json は一つのオブジェクトです。a、b(config と各側の合計)、\n"
             "banned(address または prefix、only は a、b、null、first は a、b、both、\n"
             "各側の最初の遮断または null)、known_good(side、address、logins、\n"
             "first_login、last_login、refused は遮断中のログイン、その遮断)、\n"
             "alerts(jail、相手、account、only、a と b はその時刻)、campaigns(jail、\n"
             "prefix または account、only、a と b は since、attempts、bans、alerts)、\n"
             "jails、読んだ量を持ちます。--jsonl では各項目が {\"banned\":...}、\n"
             "{\"known_good\":...}、{\"alert\":...}、{\"campaign\":...}、{\"jail\":...} "
             "の\n"
             "行に、残りが最後の {\"compared\":...} になります。\n"},
        .fn = replay_run,
    },
    {
        .name = "test-filter",
        .usage = "FILTER LOG...",
        .completes = COMPLETES_FILES,
        .min_words = 2,
        .max_words = UINT32_MAX,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_CONFIG) |
                   OPT_BIT(OPT_MATCHED) | OPT_BIT(OPT_IGNORED) | OPT_BIT(OPT_MISSED) |
                   OPT_BIT(OPT_ALL) | OPT_BIT(OPT_DATEPATTERN) | OPT_BIT(OPT_MAXLINES) |
                   OPT_BIT(OPT_USEDNS) | OPT_BIT(OPT_JOURNAL),
        .summary = {"Show what a filter makes of log lines",
                    "フィルタがログの各行をどう読むかを見る"},
        .help =
            {"FILTER is the name of one that is built in or in filter.d of --config "
             "DIR,\n"
             "a file NAME.conf, or an expression itself, one each line.\n"
             "A name or file takes arguments: 'sshd[mode=aggressive]'.\n"
             "A LOG may be compressed; - is the standard input.\n"
             "What is no file is itself a line.\n"
             "Prints for each expression how often it matched, how often it was "
             "searched\n"
             "and the time it took; how many lines were matched (failures), told (other\n"
             "events), ignored (an ignoreregex matched, or the line is held back for a\n"
             "later one of its session) and missed; which dates were read; what was "
             "read\n"
             "out of the last lines; and what makes an expression slow or dangerous.\n"
             "A date without a year is read as the latest that is no more than a day\n"
             "later than the last change of its LOG; a line without one has that of the\n"
             "line before.\n"
             "With --jsonl, one object for each line and a last one with the summary;\n"
             "expressions are counted from 1 as in the table. `fields` are the texts of "
             "all\n"
             "named groups, `attempts` the lines of a failure.\n"
             "Exits with 1 when nothing matched.\n",
             "FILTER は、組み込みか --config DIR の filter.d にあるフィルタの名前、\n"
             "ファイル NAME.conf、または正規表現そのもの(一行に一つ)です。\n"
             "名前とファイルには引数を付けられます。例: 'sshd[mode=aggressive]'\n"
             "LOG は圧縮されていてもよく、- は標準入力です。\n"
             "ファイルでないものは、それ自体を一行として読みます。\n"
             "正規表現ごとに一致と検索の回数と時間、行ごとの扱い(一致した失敗、\n"
             "伝えられたほかの出来事、ignoreregex に一致したか同じセッションの後の行を\n"
             "待って無視された行、どれにも一致しなかった行)の数、読んだ日付、\n"
             "最後の行から読み取ったもの、正規表現が遅い理由や危険な理由を出します。\n"
             "年のない日付は、LOG の最終更新から一日後までで最も新しい日付として\n"
             "読みます。日付のない行は前の行の日付です。\n"
             "--jsonl では行ごとに一つのオブジェクトと、最後に要約を出します。\n"
             "正規表現は表と同じく 1 から数えます。`fields` は名前のある全グループの\n"
             "文字列、`attempts` は一つの失敗に属する行数です。\n"
             "一つも一致しなければ、終了コードは 1 です。\n"},
        .fn = test_filter_run,
    },
    {
        .name = "check-config",
        .usage = "",
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CONFIG),
        .summary = {"Check the configuration and show what it comes to",
                    "設定を調べ、どう解釈されるかを見る"},
        .help =
            {"Reads the configuration as komainud would, with the tables that the "
             "gate's\n"
             "restrictions name, and prints what is in force.\n"
             "Errors are listed with file and line; the exit code is then 2.\n"
             "Needs no running guard and changes nothing.\n",
             "komainud と同じように設定と、門の制限が名指す表を読み、有効になる内容を\n"
             "出します。\n"
             "誤りはファイルと行を添えて挙げ、終了コードは 2 です。\n"
             "番人が動いていなくても使え、何も変えません。\n"},
        .fn = local_check_config,
    },
    {
        .name = "detect",
        .usage = "",
        .options = OPT_BIT(OPT_JSON),
        .summary = {"Show what was found on this machine",
                    "このマシンで見つけたものを見る"},
        .help =
            {"Lists the services, logs and ports that the guard finds by itself, and\n"
             "what it does not guard and why.\n"
             "Needs no running guard and changes nothing.\n",
             "番人が自分で見つけるサービス、ログ、ポートと、守らないものとその理由を\n"
             "挙げます。\n"
             "番人が動いていなくても使え、何も変えません。\n"},
        .fn = local_detect,
    },
    {.name = NULL},
};
