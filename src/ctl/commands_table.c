#include "ctl/ask.h"
#include "ctl/audit.h"
#include "ctl/check_spf.h"
#include "ctl/command.h"
#include "ctl/greylist.h"
#include "ctl/help.h"
#include "ctl/links.h"
#include "ctl/local.h"
#include "ctl/migrate.h"
#include "ctl/pflogsumm.h"
#include "ctl/postfix_config.h"
#include "ctl/replay.h"
#include "ctl/report.h"
#include "ctl/support.h"
#include "ctl/test_filter.h"
#include "ctl/transfer.h"

#define TALKS (OPT_BIT(OPT_JSON) | OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE))

static const struct ctl_option options[CTL_OPTIONS] = {
    [OPT_JSON] = {"--json",
                  NULL,
                  TAKES_FLAG,
                  {"Print JSON instead of text, for programs.",
                   "文章の代わりに、プログラム向けの JSON を出します。"}},
    [OPT_JSONL] = {"--jsonl",
                   NULL,
                   TAKES_FLAG,
                   {"Print one JSON object a line.",
                    "一行に一つの JSON オブジェクトを出します。"}},
    [OPT_SOCKET] = {"--socket",
                    "PATH",
                    TAKES_PATH,
                    {"Talk to the guard through this control socket.\n"
                     "Without it, /run/komainu/control.sock.",
                     "番人に尋ねる制御ソケットです。\n"
                     "省くと /run/komainu/control.sock です。"}},
    [OPT_STATE] = {"--state",
                   "DIR",
                   TAKES_PATH,
                   {"Talk to the guard that was started with the same --state:\n"
                    "its control socket is DIR/control.sock.",
                    "同じ --state で起動した番人に尋ねます。\n"
                    "制御ソケットは DIR/control.sock です。"}},
    [OPT_CONFIG] = {"--config",
                    "DIR",
                    TAKES_PATH,
                    {"Read the configuration of this directory.",
                     "このディレクトリの設定を読みます。"}},
    [OPT_FOR] =
        {"--for",
         "TIME",
         TAKES_TIME,
         {"How long: 90s, 10m, 2h30m, 1d, 3w or permanent.\n"
          "Without it, ban: as long as the guard bans by default; allow: for good;\n"
          "holds: until it is released.",
          "長さです。90s、10m、2h30m、1d、3w、無期限なら permanent と書きます。\n"
          "省くと、ban では番人の既定の長さ、allow では無期限、holds では解くまで\n"
          "です。"}},
    [OPT_COMMENT] = {"--comment",
                     "TEXT",
                     TAKES_COMMENT,
                     {"Why, to be shown with it; at most 256 bytes.",
                      "理由です。一緒に表示されます。256 バイトまでです。"}},
    [OPT_JAIL] = {"--jail",
                  "JAIL",
                  TAKES_JAIL,
                  {"Only bans of this jail; manual are those made by hand.",
                   "この jail の遮断だけです。手で行った遮断は manual です。"}},
    [OPT_SINCE] = {"--since",
                   "TIME",
                   TAKES_WHEN,
                   {"Only what began at TIME or later: 2026-12-31,\n"
                    "'2026-12-31 10:00', 10:00, today, yesterday, -3h or '3h ago'.",
                    "TIME 以後に始まったものだけです。2026-12-31、'2026-12-31 10:00'、\n"
                    "10:00、today、yesterday、-3h、'3h ago' のように書きます。"}},
    [OPT_UNTIL] = {"--until",
                   "TIME",
                   TAKES_WHEN,
                   {"Only what began before TIME; a day is its beginning.",
                    "TIME より前に始まったものだけです。日付はその日の始まりです。"}},
    [OPT_ACCOUNT] =
        {"--account",
         "NAME",
         TAKES_TEXT,
         {"Only addresses whose failures, as far as their lines are kept, tried\n"
          "this account; upper and lower case are the same.",
          "残っている失敗の行で、このアカウントを試したアドレスだけです。\n"
          "大文字と小文字は区別しません。"}},
    [OPT_DRY_RUN] =
        {"--dry-run",
         NULL,
         TAKES_FLAG,
         {"Only show what would be done; of bans and panic also as commands of\n"
          "nft(8).",
          "何が行われるかを見るだけです。遮断と panic では、同じことをする\n"
          "nft(8) のコマンドも出します。"}},
    [OPT_OFF] = {"--off",
                 NULL,
                 TAKES_FLAG,
                 {"End the panic: enforce the bans again.",
                  "全開放をやめ、遮断を元に戻します。"}},
    [OPT_RELEASE] = {"--release",
                     NULL,
                     TAKES_FLAG,
                     {"brake: let it go; bans are made again from now on.\n"
                      "holds: mail of the account is free from now on.",
                      "brake では、ブレーキを解き、これからは再び遮断します。\n"
                      "holds では、そのアカウントの保留と制限を解きます。"}},
    [OPT_HOLD] = {"--hold",
                  NULL,
                  TAKES_FLAG,
                  {"Hold mail of the account from now on, until it is released or, with\n"
                   "--for, so long; what held it before gives way.",
                   "そのアカウントのメールを今から、解くまで保留します。--for があれば\n"
                   "その長さだけです。前からの保留は置き換わります。"}},
    [OPT_FORGET] = {"--forget",
                    NULL,
                    TAKES_FLAG,
                    {"Forget that anybody has logged in there: nothing is trusted there\n"
                     "before new logins.",
                     "そこからのログインを忘れます。新しくログインがあるまで、何も信用\n"
                     "されません。"}},
    [OPT_TABLE] = {"--table",
                   "NAME",
                   TAKES_NAME,
                   {"The name of the guard's nftables table.\n"
                    "Without it, komainu.",
                    "番人の nftables テーブルの名前です。\n"
                    "省くと komainu です。"}},
    [OPT_ROTATED] = {"--rotated",
                     NULL,
                     TAKES_FLAG,
                     {"Read with each LOG its rotated ones: LOG.1, LOG.2.gz,\n"
                      "LOG-20261122.xz and the like.",
                      "LOG.1、LOG.2.gz、LOG-20261122.xz など、\n"
                      "ローテートされたログも合わせて読みます。"}},
    [OPT_MATCHED] = {"--matched",
                     NULL,
                     TAKES_FLAG,
                     {"List the lines that matched or were told, the first 20 of each.",
                      "一致した行と伝えられた行を、最初の 20 行ずつ挙げます。"}},
    [OPT_IGNORED] = {"--ignored",
                     NULL,
                     TAKES_FLAG,
                     {"List the first 20 lines that were ignored.",
                      "無視された行を、最初の 20 行まで挙げます。"}},
    [OPT_MISSED] = {"--missed",
                    NULL,
                    TAKES_FLAG,
                    {"List the first 20 lines that no expression matched.",
                     "どの正規表現にも一致しなかった行を、最初の 20 行まで挙げます。"}},
    [OPT_ALL] = {"--all",
                 NULL,
                 TAKES_FLAG,
                 {"unban: lift every ban.\n"
                  "bans: show also each ban inside of a banned network.\n"
                  "campaigns: show also those that are over.\n"
                  "report: show every row.\n"
                  "test-filter: list all such lines; without another list, of every\n"
                  "kind.",
                  "unban では、すべての遮断を解きます。\n"
                  "bans では、遮断されたネットワークの中の遮断も挙げます。\n"
                  "campaigns では、終わったものも出します。\n"
                  "report では、すべての行を出します。\n"
                  "test-filter では該当する行をすべて、単独では全種類を挙げます。"}},
    [OPT_DATEPATTERN] = {"--datepattern",
                         "PATTERN",
                         TAKES_TEXT,
                         {"Read dates by this pattern, as `datepattern` of a filter\n"
                          "does; % stands for itself; several, one each line.",
                          "フィルタの `datepattern` と同じ書き方で日付を読みます。\n"
                          "% はそのまま書きます。複数なら一行に一つです。"}},
    [OPT_MAXLINES] = {"--maxlines",
                      "N",
                      TAKES_TEXT,
                      {"Let expressions see the last N lines together.",
                       "直近の N 行をまとめて正規表現に見せます。"}},
    [OPT_USEDNS] =
        {"--usedns",
         "HOW",
         TAKES_TEXT,
         {"What becomes of names of hosts, as a jail's `usedns`: no, yes, warn, raw.",
          "ホスト名の扱い。監獄の `usedns` と同じく no、yes、warn、raw です。"}},
    [OPT_JOURNAL] =
        {"--journal",
         NULL,
         TAKES_FLAG,
         {"test-filter: read lines as entries of the journal, HOST TAG[PID]: MESSAGE\n"
          "without a date. report: read what the journal has of mail; LOG, if any,\n"
          "is its folder.",
          "test-filter: 各行をジャーナルの項目として読みます。\n"
          "日付のない HOST TAG[PID]: MESSAGE です。report: ジャーナルのメール関係を\n"
          "読みます。LOG があれば、そのフォルダーです。"}},
    [OPT_OUTPUT] = {"--output",
                    "FILE",
                    TAKES_PATH,
                    {"Write to this new file, which only its owner can read.",
                     "この新しいファイルに書きます。所有者だけが読めます。"}},
    [OPT_WITH_ADDRESSES] = {"--with-addresses",
                            NULL,
                            TAKES_FLAG,
                            {"Leave addresses, accounts and secrets as they are.",
                             "アドレス、アカウント、秘密の値をそのまま残します。"}},
    [OPT_CLEAR] =
        {"--clear",
         NULL,
         TAKES_FLAG,
         {"You have seen to them: the logins were their owners', or the\n"
          "passwords are changed.",
          "対処済みとします。本人のログインだったか、パスワードを変えた場合です。"}},
    [OPT_COMPARE] =
        {"--compare",
         NULL,
         TAKES_FLAG,
         {"replay: compare two configurations: the first two words are their\n"
          "folders, A and B, or default for the one built in; logs follow.\n"
          "report: compare with as much time before, and with a week earlier.",
          "replay では二つの設定を比べます。最初の二語はそれぞれの設定ディレクトリ\n"
          "A と B で、default は組み込みの設定です。その後にログを書きます。\n"
          "report では直前の同じ長さの期間と、一週間前の期間と比べます。"}},
    [OPT_OBSERVED] =
        {"--observed",
         NULL,
         TAKES_FLAG,
         {"Let jails that only observe enforce: what turning them on would do.",
          "観察だけの jail も遮断するものとします。\n"
          "有効にした場合の結果が分かります。"}},
    [OPT_DIRECTORY] = {"--directory",
                       "DIR",
                       TAKES_PATH,
                       {"Make, remove or look at the links in this folder.\n"
                        "Without it, /usr/local/bin.",
                        "リンクを作る、外す、見るディレクトリです。\n"
                        "省くと /usr/local/bin です。"}},
    [OPT_FAIL2BAN] = {"--fail2ban",
                      "DIR",
                      TAKES_PATH,
                      {"The configuration of fail2ban; without it, /etc/fail2ban.",
                       "fail2ban の設定ディレクトリです。省くと /etc/fail2ban です。"}},
    [OPT_APPLY] = {"--apply",
                   NULL,
                   TAKES_FLAG,
                   {"Do it, in place of showing what would be done; needs root.",
                    "何をするかを見せる代わりに、実行します。root が要ります。"}},
    [OPT_UNDO] = {"--undo",
                  NULL,
                  TAKES_FLAG,
                  {"Put everything back as it was before --apply; needs root.",
                   "--apply の前の状態にすべて戻します。root が要ります。"}},
    [OPT_LISTEN] = {"--listen",
                    "ADDRESS",
                    TAKES_TEXT,
                    {"Where the gate is asked: unix:PATH or inet:HOST:PORT.",
                     "門に尋ねる場所です。unix:PATH か inet:HOST:PORT と書きます。"}},
    [OPT_SERVE] =
        {"--serve-clients",
         NULL,
         TAKES_FLAG,
         {"With --apply: serve fail2ban's socket, so that panels and exporters\n"
          "go on.",
          "--apply と共に使い、fail2ban のソケットに答えます。\n"
          "管理パネルや監視の連携がそのまま動きます。"}},
    [OPT_QUIET] = {"--quiet",
                   NULL,
                   TAKES_FLAG,
                   {"Print one word, the result, and nothing else.",
                    "結果の一語だけを出します。"}},
    [OPT_PFLOGSUMM] =
        {"--pflogsumm",
         NULL,
         TAKES_FLAG,
         {"The summary that pflogsumm 1.1.5 prints, with its options, which stand\n"
          "behind it: --pflogsumm --help lists them.",
          "pflogsumm 1.1.5 と同じ形式の集計を出します。その後に pflogsumm の\n"
          "オプションを書きます。--pflogsumm --help で一覧を出します。"}},
    [OPT_DAY] =
        {"-d",
         "DAY",
         TAKES_TEXT,
         {"today, yesterday, 2026-11-21 or 2026-11-20..2026-11-21.",
          "today、yesterday、2026-11-21、2026-11-20..2026-11-21 のいずれかです。"}},
    [OPT_HTML] = {"--html",
                  NULL,
                  TAKES_FLAG,
                  {"Print one HTML file with charts; it asks nothing of any network.",
                   "グラフ入りの HTML を一つ出します。外部には何も要求しません。"}},
    [OPT_PROMETHEUS] = {"--prometheus",
                        NULL,
                        TAKES_FLAG,
                        {"Print metrics as Prometheus reads them.",
                         "Prometheus が読む形式で出します。"}},
    [OPT_MAIL_TO] = {"--mail-to",
                     "ADDRESS",
                     TAKES_TEXT,
                     {"Send it as text and HTML through sendmail(1), to one address or\n"
                      "several with commas between them.",
                      "テキストと HTML のメールにして、sendmail(1) で送ります。\n"
                      "複数の宛先はコンマで区切ります。"}},
    [OPT_LANGUAGE] = {"--language",
                      "en|ja",
                      TAKES_TEXT,
                      {"The language of the report; without it, that of the locale.",
                       "レポートの言語です。省くとロケールに従います。"}},
    [OPT_CHECK] = {"--check",
                   NULL,
                   TAKES_FLAG,
                   {"Exit with 1 when something needs attention or is worth a look.",
                    "要対応または注意の項目があれば、終了コードを 1 にします。"}},
    [OPT_UNPROCESSED] =
        {"--unprocessed",
         "FILE",
         TAKES_PATH,
         {"Write the lines of mail programs that are not understood there.",
          "解釈できなかったメール関係の行を、このファイルに書きます。"}},
    [OPT_NO_ATTACKS] =
        {"--no-attacks",
         NULL,
         TAKES_FLAG,
         {"Do not judge attacks by the guard's rules: they are counted only.",
          "番人のルールで攻撃を判定せず、数えるだけにします。"}},
    [OPT_WIDE] = {"--wide",
                  NULL,
                  TAKES_FLAG,
                  {"Cut no name to make a table fit.",
                   "表を幅に収めるために名前を切り詰めません。"}},
    [OPT_COUNTRY_DATABASE] =
        {"--country-database",
         "FILE|no",
         TAKES_PATH,
         {"The file that says in which country an address is, in place of the one\n"
          "that is configured or found.",
          "アドレスの国を示すファイルです。設定や見つかったものに代わります。"}},
    [OPT_ASN_DATABASE] = {"--asn-database",
                          "FILE|no",
                          TAKES_PATH,
                          {"The same of operators (AS).",
                           "同じく、アドレスの事業者 (AS) を示すファイルです。"}},
    [OPT_FROM_STORE] =
        {"--from-store",
         NULL,
         TAKES_FLAG,
         {"Read no log: take what the guard counted of the day of -d (report-store).",
          "ログを読まず、-d の日について番人が数えたものを使います (report-store)。"}},
    [OPT_SCHEDULED] = {"--scheduled",
                       NULL,
                       TAKES_FLAG,
                       {"Send the mail of report-mail-to, if it is due and was not sent.",
                        "report-mail-to のメールを、時刻が来ていて未送信なら送ります。"}},
    [OPT_SYSLOG_NAME] =
        {"--syslog-name",
         "NAME,...",
         TAKES_TEXT,
         {"Take NAME/smtpd and its like for Postfix, too, as postfix* is anyway.",
          "postfix* のほか、NAME/smtpd なども Postfix として数えます。"}},
    [OPT_CATEGORY] =
        {"--category",
         "LIST",
         TAKES_TEXT,
         {"Only these: reject, list, content, login, gate, ban, unban, config,\n"
          "trouble, noise; several with commas.",
          "この種類だけです。reject、list、content、login、gate、ban、\n"
          "unban、config、trouble、noise をコンマで並べます。"}},
    [OPT_ADDRESS] = {"--address",
                     "ADDR|PREFIX",
                     TAKES_TEXT,
                     {"Only what this address did, or those of this network.",
                      "このアドレス、またはこのネットワークのものだけです。"}},
    [OPT_NOISE] = {"--noise",
                   NULL,
                   TAKES_FLAG,
                   {"Show noise as well: what is discarded, sessions for nothing.",
                    "破棄したものや、何もせずに終わった接続も見せます。"}},
    [OPT_FOLLOW] =
        {"--follow",
         NULL,
         TAKES_FLAG,
         {"Go on with what happens, until it is interrupted; with --since what\n"
          "was since then first.",
          "中断されるまで、起きることを続けて出します。--since があれば、\n"
          "それ以後のものから始めます。"}},
    [OPT_HELP] = {"--help",
                  NULL,
                  TAKES_FLAG,
                  {"Explain the command.", "コマンドを説明します。"}},
};

static const struct ctl_command commands[] = {
    {
        .name = "status",
        .usage = "",
        .options = TALKS,
        .summary = {"Show what is guarded, and what is wrong",
                    "何を守っているか、問題はないかを見る"},
        .help =
            {"Shows on one screen what is wrong, if anything is, then the jails with\n"
             "their limits and counts, and the logs that are read.\n"
             "FAILING is the number of addresses that have failed but are not banned\n"
             "yet.\n",
             "問題があればまず問題を、続いて各 jail の上限と数、読んでいるログを\n"
             "一画面に出します。\n"
             "FAILING は、失敗したがまだ遮断されていないアドレスの数です。\n"},
        .fn = ask_status,
    },
    {
        .name = "jails",
        .usage = "[JAIL]",
        .completes = COMPLETES_JAILS,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL),
        .summary = {"List the jails, or show one", "jail の一覧、または一つを見る"},
        .help =
            {"Lists the jails with their limits and counts.\n"
             "Of one JAIL also its logs, the options in force, and what the names in\n"
             "ignoreip stand for now.\n",
             "jail を、上限と数を添えて挙げます。\n"
             "JAIL を指定すると、そのログと有効なオプション、ignoreip にある名前の\n"
             "今のアドレスも出します。\n"},
        .fn = ask_jails,
    },
    {
        .name = "bans",
        .usage = "[ADDR|PREFIX]",
        .word = WORD_PREFIX,
        .completes = COMPLETES_BANNED,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_JAIL) | OPT_BIT(OPT_SINCE) |
                   OPT_BIT(OPT_UNTIL) | OPT_BIT(OPT_ALL),
        .summary = {"List the bans", "遮断の一覧を見る"},
        .help =
            {"Lists all bans, newest first, or those of one address or network.\n"
             "Those inside of a banned network are only counted, in its row; with --all\n"
             "or JSON each is listed.\n"
             "They stay when the network's ban ends.\n"
             "Exits with 1 when an address, network or jail is given and has no ban.\n",
             "すべての遮断、または一つのアドレスやネットワークの遮断を、\n"
             "新しい順に挙げます。\n"
             "遮断されたネットワークの中の遮断は、その行に数だけを出します。--all か\n"
             "JSON では一つずつ挙げます。ネットワークの遮断が終わっても残ります。\n"
             "アドレス、ネットワーク、jail を指定して一つもなければ、終了コードは\n"
             "1 です。\n"},
        .fn = ask_bans,
    },
    {
        .name = "history",
        .usage = "[ADDR|PREFIX]",
        .word = WORD_PREFIX,
        .completes = COMPLETES_BANNED,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_JAIL) | OPT_BIT(OPT_SINCE) |
                   OPT_BIT(OPT_UNTIL),
        .summary = {"List the bans of the past", "過去の遮断を見る"},
        .help =
            {"Lists the bans that were made, in force or not, newest first: when each\n"
             "began, how long it lasted and how it ended.\n"
             "BAN is which ban of the address it is, as far as that is remembered.\n"
             "The last 200000 are kept.\n"
             "Exits with 1 when there is none.\n",
             "行われた遮断を、終わったものも続いているものも新しい順に挙げます。\n"
             "始まった時刻、続いた長さ、終わり方を出します。\n"
             "BAN は、覚えている限りでそのアドレスの何度目の遮断かです。\n"
             "最後の 200000 件が残ります。\n"
             "一つもなければ、終了コードは 1 です。\n"},
        .fn = ask_history,
    },
    {
        .name = "alerts",
        .usage = "[ACCOUNT|ADDR|PREFIX]",
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_SINCE) | OPT_BIT(OPT_UNTIL) |
                   OPT_BIT(OPT_CLEAR),
        .summary = {"List the alerts about accounts", "アカウントについての警報を見る"},
        .help =
            {"Lists the alerts, newest first: logins that look guessed, accounts that\n"
             "are new at many places, mail that jumps, old passwords in devices; all,\n"
             "or those of one account, address or network.\n"
             "The last 10000 are kept.\n"
             "With --clear they are marked as seen to, and the places of those logins\n"
             "are trusted again; an account or address is needed then.\n"
             "Exits with 1 when there is none.\n",
             "警報を新しい順に挙げます。推測されたらしいログイン、多くの新しい場所\n"
             "からのログイン、メール送信の急増、機器に残った古いパスワードです。\n"
             "アカウント、アドレス、ネットワークで絞れます。\n"
             "最後の 10000 件が残ります。\n"
             "--clear では対処済みとし、そのログインの場所を再び信用します。\n"
             "このときはアカウントかアドレスが要ります。\n"
             "一つもなければ、終了コードは 1 です。\n"},
        .fn = ask_alerts,
    },
    {
        .name = "holds",
        .usage = "[ACCOUNT]",
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_RELEASE) | OPT_BIT(OPT_HOLD) |
                   OPT_BIT(OPT_FOR),
        .summary = {"List, make or end holds of accounts' mail",
                    "メールの保留と制限の一覧を見る、保留する、解く"},
        .help =
            {"Lists the accounts whose mail rules with `verdict = hold` or `limit` "
             "stop,\n"
             "since when and until when; all, or one.\n"
             "Held: what such an account hands in goes to Postfix's hold queue.\n"
             "Limited: no more of it is taken within an hour than the rule says.\n"
             "The gate does both, where Postfix asks it about mail of who has logged "
             "in.\n"
             "With --hold mail of an account is held by hand, whatever rules say.\n"
             "With --release all that stops it ends at once.\n"
             "Both need an account, and --hold a gate.\n"
             "Mail in the hold queue stays there: see postsuper(1), -H and -d.\n"
             "Exits with 1 when there is none of the account.\n",
             "`verdict = hold` か `limit` のルールがメールを止めているアカウントを、\n"
             "始まりと終わりを添えて挙げます。すべて、または一つです。\n"
             "保留では、そのアカウントのメールは Postfix の hold キューに入ります。\n"
             "制限では、一時間にルールの数までしか受け取りません。\n"
             "どちらも、ログインした人のメールについて Postfix が尋ねる門(gate)が\n"
             "行います。\n"
             "--hold では、ルールにかかわらず、そのアカウントのメールを手で保留します。\n"
             "門が要ります。--release では、どちらもすぐに解きます。どちらにも\n"
             "アカウントが要ります。hold キューのメールは残ります。\n"
             "postsuper(1) の -H と -d を見てください。\n"
             "そのアカウントに一つもなければ、終了コードは 1 です。\n"},
        .fn = ask_holds,
    },
    {
        .name = "trust",
        .usage = "[ADDR|PREFIX]",
        .word = WORD_PREFIX,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_FORGET),
        .summary = {"List from where people log in", "ログイン元の一覧を見る"},
        .help =
            {"Lists the places (/24, /64) and addresses that somebody has logged in\n"
             "from, the last login first; all, or those in and around one address or\n"
             "network.\n"
             "ACCOUNTS is how many have logged in there, 255 at most; their names are\n"
             "not kept.\n"
             "LAST is exact to the hour.\n"
             "good: a place where the first login was a day ago, an address that has\n"
             "no more failures of others than people make; new: a place of today;\n"
             "doubtful: a login there looked guessed, or others failed too often.\n"
             "What was not used for 90 days is forgotten.\n"
             "With --forget the address, or what is in the network, is forgotten, and\n"
             "the places around it; an address or network is needed then.\n"
             "Exits with 1 when there is none.\n",
             "ログインのあった場所(/24、/64)とアドレスを、最後のログインの新しい順に\n"
             "挙げます。アドレスやネットワークを指定すると、その中とその周りだけです。\n"
             "ACCOUNTS はそこからログインしたアカウントの数で、255 までです。名前は\n"
             "残しません。LAST は一時間単位です。\n"
             "good は、最初のログインから一日たった場所、または他人の失敗が多くない\n"
             "アドレスです。new は今日からの場所です。doubtful は、推測されたらしい\n"
             "ログインがあったか、他人の失敗が多すぎる所です。\n"
             "90 日使われなければ忘れます。\n"
             "--forget ではそのアドレスかネットワークの中と、その周りの場所を忘れます。\n"
             "このときはアドレスかネットワークが要ります。\n"
             "一つもなければ、終了コードは 1 です。\n"},
        .fn = ask_trust,
    },
    {
        .name = "providers",
        .usage = "",
        .options = TALKS,
        .summary = {"Show what is known of providers of mail",
                    "メール事業者について知っていることを見る"},
        .help =
            {"Lists the names in providers of komainu.conf: how many prefixes the SPF\n"
             "records of each name, when they were looked up, and what is amiss.\n"
             "Refused mail and errors of SMTP from those addresses count for nothing,\n"
             "logins that fail do; no rule bans a network with one of them in it.\n"
             "While no name server answers, what was found last holds for a day.\n",
             "komainu.conf の providers の名前ごとに、SPF レコードが示す範囲の数、\n"
             "調べた時刻、足りない理由を挙げます。\n"
             "そのアドレスから拒否されたメールや SMTP の誤りは数えません。ログインの\n"
             "失敗は数えます。それを含むネットワークを規則が遮断することはありません。\n"
             "ネームサーバーが答えない間は、最後の結果を一日使います。\n"},
        .fn = ask_providers,
    },
    {
        .name = "campaigns",
        .usage = "[RULE]",
        .completes = COMPLETES_JAILS,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_ALL) | OPT_BIT(OPT_SINCE) |
                   OPT_BIT(OPT_UNTIL),
        .summary = {"Show attacks of several addresses",
                    "複数のアドレスによる攻撃を見る"},
        .help =
            {"Shows the attacks that go on, newest first: several addresses that a rule\n"
             "counts as one, in a network, at an account or on the whole host.\n"
             "A campaign begins when they come half as far as the rule lets them, and "
             "is\n"
             "over when nothing came for the rule's findtime.\n"
             "The chart has a column an hour, the last attempt's on the right.\n"
             "With --all, --since or --until also those that are over; the last 1024 "
             "are\n"
             "kept.\n"
             "Numbers of addresses above eight are estimates.\n"
             "Exits with 1 when there is none.\n",
             "続いている攻撃を新しい順に出します。ルールが一つとして数える、同じ\n"
             "ネットワーク、アカウント、またはこのマシンへの複数のアドレスの試行です。\n"
             "ルールの上限の半分に達すると始まり、findtime の間なければ終わります。\n"
             "図は一時間に一列で、右端が最後の試行の時間です。\n"
             "--all、--since、--until では終わったものも出します。最後の 1024 件が\n"
             "残ります。\n"
             "八を超えるアドレスなどの数は推定です。\n"
             "一つもなければ、終了コードは 1 です。\n"},
        .fn = ask_campaigns,
    },
    {
        .name = "ban",
        .usage = "ADDR|PREFIX",
        .word = WORD_PREFIX,
        .min_words = 1,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_FOR) | OPT_BIT(OPT_COMMENT) | OPT_BIT(OPT_DRY_RUN),
        .summary = {"Ban an address or network", "アドレスやネットワークを遮断する"},
        .help =
            {"Bans one IPv4 or IPv6 address, or a network of /24 or /20, of IPv6 /64,\n"
             "/56, /48 or /40, as far as min-prefix-ipv4 and min-prefix-ipv6 permit.\n"
             "What is protected inside of it stays open.\n"
             "Own addresses, gateways, resolvers and the allow list cannot be banned:\n"
             "that is refused, with exit code 4.\n",
             "IPv4 または IPv6 のアドレス、またはネットワークを一つ遮断します。\n"
             "ネットワークは /24 と /20、IPv6 では /64、/56、/48、/40 のうち、\n"
             "min-prefix-ipv4 と min-prefix-ipv6 が許すものです。\n"
             "その中の保護されたものには通信できます。\n"
             "このマシン自身のアドレス、ゲートウェイ、リゾルバー、許可リストは\n"
             "遮断できません。拒否され、終了コードは 4 です。\n"},
        .fn = ask_ban,
    },
    {
        .name = "extend",
        .usage = "ADDR|PREFIX",
        .word = WORD_PREFIX,
        .completes = COMPLETES_BANNED,
        .min_words = 1,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_FOR) | OPT_BIT(OPT_JAIL) | OPT_BIT(OPT_DRY_RUN),
        .summary = {"Prolong the bans of an address", "アドレスの遮断を延ばす"},
        .help =
            {"Lets every ban of the address, in all jails, end later by the time that\n"
             "--for gives, which is needed here.\n"
             "Exits with 1 when the address is not banned.\n",
             "アドレスの遮断の終わりを、全 jail で --for の長さだけ延ばします。\n"
             "ここでは --for が要ります。\n"
             "遮断されていなければ、終了コードは 1 です。\n"},
        .fn = ask_extend,
    },
    {
        .name = "unban",
        .usage = "[ADDR|PREFIX]",
        .word = WORD_SOMEBODY,
        .completes = COMPLETES_BANNED,
        .max_words = 1,
        .options = TALKS | OPT_BIT(OPT_JAIL) | OPT_BIT(OPT_ACCOUNT) | OPT_BIT(OPT_ALL) |
                   OPT_BIT(OPT_DRY_RUN),
        .summary = {"Lift bans of an address, network, account or jail",
                    "アドレス、アカウント、jail などの遮断を解く"},
        .help =
            {"Lifts every ban of the address, or of all addresses in the network, in\n"
             "all jails, and forgets their failures.\n"
             "With --account, every ban of all addresses that tried the account: for\n"
             "the customer who phones.\n"
             "An address, or IPv6 /64, that only the ban of a network around it\n"
             "holds is let out of that ban until it ends, or until it is banned\n"
             "itself.\n"
             "Who is banned by a text that is no address (<F-ID> of a filter of\n"
             "fail2ban's) is lifted by that text, with --jail.\n"
             "One of an address, a network, --account, --jail and --all is needed.\n"
             "Exits with 1 when nothing there was banned.\n",
             "アドレス、またはネットワーク内の全アドレスの遮断を全 jail で解き、\n"
             "失敗の記録も忘れます。\n"
             "--account では、そのアカウントを試した全アドレスの遮断を解きます。\n"
             "顧客から電話があったときのためです。\n"
             "まわりのネットワークの遮断だけが止めているアドレス(IPv6 は /64 も)は、\n"
             "その遮断が終わるまで例外として通します。自身が遮断されれば、例外は\n"
             "なくなります。\n"
             "アドレスでない文字列(fail2ban のフィルターの <F-ID>)による遮断は、\n"
             "--jail と一緒にその文字列を指定して解きます。\n"
             "アドレス、ネットワーク、--account、--jail、--all のどれかが要ります。\n"
             "遮断が一つもなければ、終了コードは 1 です。\n"},
        .fn = ask_unban,
    },
    {
        .name = "allow",
        .usage = "list|remove|ADDR|PREFIX|NAME",
        .completes = COMPLETES_ALLOWED,
        .min_words = 1,
        .max_words = 2,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_FOR) | OPT_BIT(OPT_COMMENT),
        .summary = {"Never ban an address or network",
                    "アドレスやネットワークを遮断しない"},
        .help =
            {"allow ADDR|PREFIX: nobody bans it any more, whatever a log says: its\n"
             "bans are lifted, its failures are not counted; for good, or as long as\n"
             "--for says.\n"
             "allow NAME: the same for the addresses that a name of a host has\n"
             "(dynamic DNS), which are looked up again and again.\n"
             "A name that does not resolve is not taken.\n"
             "While no name server answers the last addresses stay.\n"
             "allow list [ADDR|PREFIX|NAME]: who is never banned, by hand and by the\n"
             "configuration.\n"
             "allow remove ADDR|PREFIX|NAME: takes off the list what was put there by\n"
             "hand.\n"
             "The list is a text file of the guard, and needs no database.\n",
             "allow ADDR|PREFIX: ログに何が書かれていても遮断しません。遮断を解き、\n"
             "失敗を数えません。無期限、または --for の長さです。\n"
             "allow NAME: ホスト名(ダイナミック DNS など)の持つアドレスについて同じこと\n"
             "をします。名前は繰り返し引き直します。引けない名前は受け付けません。\n"
             "ネームサーバーが答えない間は、最後のアドレスを使い続けます。\n"
             "allow list [ADDR|PREFIX|NAME]: "
             "手と設定によって遮断されないものを挙げます。\n"
             "allow remove ADDR|PREFIX|NAME: 手で加えたものを外します。\n"
             "この一覧は番人のテキストファイルで、データベースは要りません。\n"},
        .fn = ask_allow,
    },
    {
        .name = "why",
        .usage = "ADDR|PREFIX|ACCOUNT",
        .completes = COMPLETES_BANNED,
        .min_words = 1,
        .max_words = 1,
        .options = TALKS,
        .summary = {"Explain an address, network or account",
                    "アドレスやアカウントを説明する"},
        .help =
            {"Says whether the address or network is banned, by which jail, since when\n"
             "and until when, how that was counted, and which log lines led to it.\n"
             "Of a banned network around it: whether it is let out, since when and\n"
             "by whom.\n"
             "How far each jail and rule has counted, of the address, of the networks\n"
             "around it and of the accounts it tried; what more would lead to a ban, "
             "and\n"
             "when the oldest of it no longer counts; which campaigns it is part of.\n"
             "A word that is no address is an account: how far rules have counted its\n"
             "failures, where it has logged in, and the last lines that name it.\n"
             "Exits with 1 when nothing is known of it.\n",
             "アドレスやネットワークが遮断されているか、どの jail によるか、いつから\n"
             "いつまでか、どう数えたか、どのログの行によるかを述べます。\n"
             "まわりのネットワークの遮断から除かれていれば、いつから、誰によるかも\n"
             "述べます。\n"
             "アドレス、まわりのネットワーク、試したアカウントを各 jail とルールがどこ\n"
             "まで数えたか、あと何回で遮断されるか、最も古い失敗がいつ数から外れるか、\n"
             "どの攻撃の一部かも述べます。\n"
             "アドレスでない語はアカウントです。その失敗をルールがどこまで数えたか、\n"
             "どこからログインしたことがあるか、最後のログの行を述べます。\n"
             "何も知らなければ、終了コードは 1 です。\n"},
        .fn = ask_why,
    },
    {
        .name = "watch",
        .usage = "",
        .options = TALKS,
        .summary = {"Show what happens, as it happens", "起きていることをその場で見る"},
        .help = {"Prints a line for each failed login that is found and each ban made,\n"
                 "lifted or refused, until it is interrupted.\n"
                 "With --json, one JSON object a line.\n",
                 "失敗したログイン、遮断とその解除や拒否を、中断されるまで一行ずつ\n"
                 "出します。\n"
                 "--json では一行に一つの JSON オブジェクトです。\n"},
        .fn = ask_watch,
    },
    {
        .name = "audit",
        .usage = "[LOG...]",
        .completes = COMPLETES_FILES,
        .max_words = UINT32_MAX,
        .options = TALKS | OPT_BIT(OPT_JSONL) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_SINCE) |
                   OPT_BIT(OPT_UNTIL) | OPT_BIT(OPT_ROTATED) | OPT_BIT(OPT_CATEGORY) |
                   OPT_BIT(OPT_ADDRESS) | OPT_BIT(OPT_ACCOUNT) | OPT_BIT(OPT_NOISE) |
                   OPT_BIT(OPT_FOLLOW),
        .summary = {"Show what matters of the logs, a line each",
                    "ログの大事な行を一件ずつ見る"},
        .help =
            {"One stream of what somebody who looks after a mail server wants to see:\n"
             "who was refused, and why; list hits; content; logins that failed; what\n"
             "the gate answered; bans and their ends; starts, reloads and trouble.\n"
             "Without LOG, the logs that the guard's configuration reads, and the bans\n"
             "that the guard remembers.\n"
             "Logs may be compressed; - is the standard input.\n"
             "komainu why ADDRESS says more of whoever stands in a line.\n"
             "With --json or --jsonl, one JSON object a line.\n"
             "Exits with 1 when there is nothing to show.\n",
             "メールサーバーの世話をする人が見たいことを、一つの流れで出します。\n"
             "誰がなぜ拒まれたか、リストに載った相手、内容、失敗したログイン、門の返事、"
             "\n"
             "遮断とその終わり、起動や再読み込み、不具合です。\n"
             "LOG を省くと、番人の設定が読むログと、番人が覚えている遮断です。\n"
             "圧縮されたログも読めます。- は標準入力です。\n"
             "行に出た相手については komainu why ADDRESS が詳しく述べます。\n"
             "--json と --jsonl では一行に一つの JSON オブジェクトです。\n"
             "見せるものがなければ、終了コードは 1 です。\n"},
        .fn = audit_run,
    },
    {
        .name = "metrics",
        .usage = "",
        .options = OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE),
        .summary = {"Print what is counted, for Prometheus",
                    "数えているものを Prometheus 向けに出す"},
        .help =
            {"Prints the counts of status and of the jails in Prometheus' text format.\n"
             "The manual lists the names.\n",
             "status と jail の数を Prometheus のテキスト形式で出します。\n"
             "名前の一覧はマニュアルにあります。\n"},
        .fn = ask_metrics,
    },
    {
        .name = "export",
        .usage = "",
        .options = OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE),
        .summary = {"Print all bans and who is never banned, for import",
                    "全遮断と遮断しないものを import 向けに出す"},
        .help = {"Prints one JSON object a line: each ban, and each entry of allow list\n"
                 "that was made by hand.\n",
                 "遮断と、手で加えた allow list の項目を、一行に一つの JSON\n"
                 "オブジェクトで出します。\n"},
        .fn = transfer_export,
    },
    {
        .name = "import",
        .usage = "FILE|PROGRAM [FILE]",
        .completes = COMPLETES_FILES,
        .min_words = 1,
        .max_words = 3,
        .options = TALKS | OPT_BIT(OPT_FOR) | OPT_BIT(OPT_DRY_RUN) | OPT_BIT(OPT_CONFIG),
        .summary = {"Take bans in that export printed", "export が出した遮断を取り込む"},
        .help =
            {"Reads what export printed, or a plain list with an address a line, which\n"
             "needs --for; - is the standard input.\n"
             "Bans have the time that is left of them; those that are over are left "
             "out.\n"
             "One of a jail that is not on is taken in as made by hand.\n"
             "What is there already, and ends no earlier, stays as it is: a second time\n"
             "nothing changes, and the exit code is 1.\n"
             "At the first line that is wrong nothing at all is done.\n"
             "import fail2ban: from the database of fail2ban, which is only read: bans,\n"
             "how often each address was banned, and the lines that led to it.\n"
             "No ban gets longer than its jail makes them now.\n"
             "When no guard runs it begins with all this, and reads each log on from\n"
             "where fail2ban was; one that runs has its own place there.\n"
             "import ufw: each rule `deny from ADDR` of /etc/ufw/user.rules and\n"
             "user6.rules as a permanent ban by hand; the rules stay as they are.\n"
             "import postgrey FILE [FILE]: what postgrey knows, as db_dump -p writes "
             "its\n"
             "postgrey.db and postgrey_clients.db; a gate that runs takes it over "
             "itself.\n",
             "export の出力、または一行に一つのアドレスの一覧(--for が要ります)を\n"
             "読みます。- は標準入力です。\n"
             "遮断は残り時間だけ続き、終わったものは飛ばします。\n"
             "無効な jail の遮断は、手で行ったものとして取り込みます。\n"
             "すでにあって、より早く終わらないものは変えません。\n"
             "二度目は何も変わらず、終了コードは 1 です。\n"
             "誤った行があれば、何も行いません。\n"
             "import fail2ban: fail2ban のデータベースから、遮断、アドレスごとの遮断\n"
             "回数、原因となった行を取り込みます。データベースは読むだけです。\n"
             "遮断は jail の今の最長を超えません。番人が動いていなければ、番人は\n"
             "これらを持って始まり、各ログを fail2ban の続きから読みます。\n"
             "動いている番人には自身の位置があります。\n"
             "import ufw: /etc/ufw/user.rules と user6.rules の `deny from ADDR` を、\n"
             "手による無期限の遮断として取り込みます。ルールはそのまま残ります。\n"
             "import postgrey FILE [FILE]: db_dump -p が出した postgrey.db と\n"
             "postgrey_clients.db から、postgrey の知る相手を取り込みます。動いている\n"
             "門があれば、門自身が取り込みます。\n"},
        .fn = transfer_import,
    },
    {
        .name = "migrate",
        .usage = "",
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE) |
                   OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_FAIL2BAN) | OPT_BIT(OPT_APPLY) |
                   OPT_BIT(OPT_UNDO) | OPT_BIT(OPT_SERVE),
        .summary = {"Take the place of fail2ban, or give it back",
                    "fail2ban から引き継ぐ、元に戻す"},
        .help =
            {"Looks at the fail2ban of this machine and says of each of its jails "
             "whether\n"
             "the guard does it alone (native), with commands beside (by runner), or "
             "not\n"
             "at all, how many bans it has, and what will be different.\n"
             "Changes nothing without --apply.\n"
             "With --apply: writes komainu.d/fail2ban.conf, takes over bans and places "
             "in\n"
             "logs, starts the guard, and stops and disables fail2ban when every ban\n"
             "stands in the kernel, so that nobody gets in meanwhile.\n"
             "When a step before that fails, fail2ban stays as it was.\n"
             "With --undo: starts fail2ban, waits until it has its bans, gives it those\n"
             "made since, and only then takes its jails out of the guard.\n"
             "Without systemd it says what to do by hand.\n",
             "このマシンの fail2ban を調べ、jail ごとに、番人だけで行う (native)、\n"
             "コマンドも使う (by runner)、引き継がない (left out) のどれか、遮断の数、\n"
             "何が変わるかを述べます。--apply がなければ何も変えません。\n"
             "--apply では komainu.d/fail2ban.conf を書き、遮断とログの位置を引き継いで\n"
             "番人を起動し、全遮断がカーネルに入ってから fail2ban "
             "を止めて無効にします。\n"
             "その間も、遮断された相手は入れません。途中で失敗すれば fail2ban は\n"
             "そのままです。\n"
             "--undo では fail2ban "
             "を起動し、その遮断が戻るのを待ち、その後の遮断を渡して\n"
             "から、番人からその jail を外します。\n"
             "systemd がなければ、手で行う手順を出します。\n"},
        .fn = migrate_command,
    },
    {
        .name = "gate",
        .usage = "run|status|test",
        .min_words = 1,
        .max_words = UINT32_MAX,
        .options = TALKS,
        .summary = {"Answer Postfix while SMTP is talking",
                    "SMTP の途中で Postfix の問いに答える"},
        .help =
            {"gate status: what was asked and answered, who refused it, the greylist,\n"
             "DNS, and what is wrong.\n"
             "With --state DIR, of the guard or the gate that was started with the same\n"
             "folder.\n"
             "gate test NAME=VALUE ...: how a request would be answered now, and why.\n"
             "NAME is client, helo, sender, recipient, state (RCPT without it), name "
             "(of\n"
             "the client, forward-confirmed), rdns, or as Postfix calls it.\n"
             "gate run --state DIR --listen PLACE [-c FILE] [-o OPTION=VALUE]\n"
             "[--user NAME] [--pid-file FILE]: runs a gate alone, without a guard, as\n"
             "whoever calls it, in the foreground; it keeps what it knows in DIR.\n"
             "PLACE is unix:PATH, unix:PATH,MODE or inet:HOST:PORT; --listen may stand\n"
             "there several times.\n"
             "FILE has the sections that komainu.conf has for the gate; -o is one of\n"
             "their options.\n"
             "Without a list of restrictions it is a greylist.\n"
             "Root has to name a user, whom the gate becomes.\n",
             "gate status: 問いと答え、断った制限、グレーリスト、DNS、問題を出します。\n"
             "--state DIR では、同じ\n"
             "フォルダで起動した番人か門に尋ねます。\n"
             "gate test NAME=VALUE ...: 問いに今どう答えるか、その理由を出します。\n"
             "NAME は client、helo、sender、recipient、state(省くと RCPT)、name\n"
             "(確認済みの名前)、rdns、または Postfix での名前です。\n"
             "gate run --state DIR --listen PLACE [-c FILE] [-o OPTION=VALUE]\n"
             "[--user NAME] [--pid-file FILE]: 番人なしで門だけを、呼んだ人の権限で、\n"
             "フォアグラウンドで動かします。覚えたことは DIR に置きます。\n"
             "PLACE は unix:PATH、unix:PATH,MODE、inet:HOST:PORT です。--listen は\n"
             "何度でも書けます。\n"
             "FILE には komainu.conf の門の節を書きます。-o はそのオプション一つです。\n"
             "制限の一覧がなければ、グレーリストだけを行います。\n"
             "root では、門がなるユーザーを --user で指定します。\n"},
        .fn = gate_command,
    },
    {
        .name = "greylist",
        .usage = "VERB [WORD ...]",
        .min_words = 1,
        .max_words = UINT32_MAX,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_STATE) | OPT_BIT(OPT_SOCKET) |
                   OPT_BIT(OPT_CONFIG),
        .summary = {"Show and change what the greylist knows",
                    "門のグレイリストが知る相手を見る、変える"},
        .help =
            {"list: each triplet and client that is known: when it came first and last,\n"
             "and whether it has passed.\n"
             "Keys are hashes: of whom, cannot be said.\n"
             "search CLIENT: how often the address has passed.\n"
             "search CLIENT SENDER RECIPIENT: what would be answered now; <> is no\n"
             "sender.\n"
             "delete CLIENT [SENDER RECIPIENT]: forgets the client, or the triplet.\n"
             "allow CLIENT: it passes without being asked, as one that is known.\n"
             "A gate that runs does delete and allow itself.\n"
             "report LOG ...: who was put off, by the mail log (packed ones too), and "
             "has\n"
             "not come back; by postgrey's lines (log-lines) or Postfix' own.\n"
             "--state DIR is that of the guard or of a gate that runs alone; --config "
             "FILE\n"
             "is the file with its options.\n",
             "list: 知っている組とクライアントについて、最初と最後に来た時刻、通過\n"
             "したかを出します。鍵はハッシュで、誰のものかは分かりません。\n"
             "search CLIENT: そのアドレスの通過回数を出します。\n"
             "search CLIENT SENDER RECIPIENT: 今どう答えるかを出します。<> は空の\n"
             "送信者です。\n"
             "delete CLIENT [SENDER RECIPIENT]: クライアントまたは組を忘れます。\n"
             "allow CLIENT: 既知の相手として、問わずに通します。\n"
             "門が動いていれば、delete と allow は門が行います。\n"
             "report LOG ...: メールログから、待たされて戻らなかった相手を出します。\n"
             "--state DIR は番人か単独の門のフォルダ、--config FILE はその設定です。\n"},
        .fn = greylist_command,
    },
    {
        .name = "postfix-config",
        .usage = "[DIR]",
        .completes = COMPLETES_FILES,
        .max_words = 1,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_LISTEN) | OPT_BIT(OPT_CONFIG) |
                   OPT_BIT(OPT_APPLY) | OPT_BIT(OPT_UNDO),
        .summary = {"Have Postfix ask the gate, or no longer",
                    "Postfix が門に尋ねるようにする、やめる"},
        .help =
            {"Shows the lines of main.cf (in /etc/postfix, or DIR) by which Postfix asks "
             "the\n"
             "gate: behind reject_unauth_destination and reject_unlisted_recipient, so "
             "that\n"
             "no answer of it opens a relay, and at DATA and at the end of each mail.\n"
             "Greylisting and SPF services that the gate replaces are taken out.\n"
             "Clients that talk before the greeting are refused by postscreen, where it\n"
             "runs, else by a second of silence.\n"
             "The gate is where [gate] of komainu.conf has its first socket in the queue "
             "of\n"
             "Postfix, or its first port; or where --listen says.\n"
             "With --apply: looks whether somebody answers there, writes the lines with\n"
             "postconf(1), keeps what was there in\n"
             "komainu-before beside main.cf, has Postfix check and read its files; what\n"
             "fails is put back.\n"
             "With --undo: puts back what was there, and leaves alone what somebody "
             "else\n"
             "has changed since.\n",
             "Postfix が門に尋ねるための main.cf (/etc/postfix か DIR) "
             "の行を見せます。\n"
             "reject_unauth_destination と reject_unlisted_recipient の後に置くので、\n"
             "門の答えで中継が開くことはありません。DATA と本文の終わりでも尋ねます。\n"
             "門が代わりを務めるグレイリストや SPF のサービスは外します。\n"
             "挨拶より先に話す相手は、postscreen があればそれが、なければ一秒の沈黙が\n"
             "断ります。\n"
             "門の場所は、komainu.conf の [gate] にある、Postfix のキューの中の最初の\n"
             "ソケットか、最初のポートです。--listen でも示せます。\n"
             "--apply では、そこで答えがあるのを確かめてから、postconf(1) で書きます。\n"
             "前の値は main.cf の隣の komainu-before に残します。Postfix に確かめさせて\n"
             "読み直させ、失敗すれば元に戻します。\n"
             "--undo では前の値に戻します。その後で他の人が変えたものには触れません。\n"},
        .fn = postfix_config_command,
    },
    {
        .name = "compat",
        .usage = "enable|disable|status [NAME]",
        .min_words = 1,
        .max_words = 2,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_DIRECTORY),
        .summary = {"Answer to fail2ban's names", "fail2ban のプログラム名で動く"},
        .help =
            {"Makes, removes or shows links to komainu by the names fail2ban-client,\n"
             "fail2ban-server and fail2ban-regex, in a folder that comes before the\n"
             "package's in PATH; or, with pflogsumm behind the verb, by that name.\n"
             "What is there and is no link to komainu is never touched; the exit code "
             "is\n"
             "then 4.\n"
             "Lists who calls those programs by their full path in cron's, logrotate's\n"
             "and systemd's files: no link catches that.\n"
             "Exits with 1 when nothing had to be changed.\n",
             "fail2ban-client、fail2ban-server、fail2ban-regex の名前で komainu への\n"
             "リンクを作る、外す、見るコマンドです。PATH でパッケージより先に来る\n"
             "ディレクトリに置きます。動詞のあとに pflogsumm と書くと、その名前です。\n"
             "そこにある、komainu へのリンクでないものには触れません。終了コードは\n"
             "4 です。\n"
             "cron、logrotate、systemd のファイルでフルパスで呼ばれている所も挙げます。\n"
             "そこにはリンクが効きません。\n"
             "変えるものがなければ、終了コードは 1 です。\n"},
        .fn = links_run,
    },
    {
        .name = "reload",
        .usage = "",
        .options = TALKS,
        .summary = {"Read the configuration anew", "設定を読み直す"},
        .help =
            {"Has the guard read its configuration anew and put it in force, and says\n"
             "what changed.\n"
             "Bans, counts and places in logs stay; bans of jails that are gone are\n"
             "lifted.\n"
             "Processes that it does not concern go on undisturbed.\n"
             "When there are errors they are listed with file and line, nothing "
             "changes,\n"
             "and the exit code is 2.\n"
             "SIGHUP to komainud does the same, and says it in the log.\n",
             "番人に設定を読み直させて有効にし、変わったことを出します。\n"
             "遮断、数、ログを読んだ位置は残ります。なくなった jail "
             "の遮断は解かれます。\n"
             "関係のないプロセスはそのまま動き続けます。\n"
             "誤りがあればファイルと行を添えて挙げ、何も変えず、終了コードは 2 です。\n"
             "komainud への SIGHUP も同じことをし、結果をログに残します。\n"},
        .fn = ask_reload,
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
    {
        .name = "spf",
        .usage = "IP SENDER HELO",
        .word = WORD_HOST,
        .min_words = 3,
        .max_words = 3,
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET),
        .summary = {"Check whether a host may send for a name",
                    "ホストが送信してよいかを SPF で調べる"},
        .help =
            {"Checks by SPF (RFC 7208) whether IP may send mail of SENDER and call\n"
             "itself HELO, asks the name servers of /etc/resolv.conf for that, and "
             "takes\n"
             "20 seconds at most.\n"
             "SENDER may be '' or '<>': then the check of HELO stands for both.\n"
             "Prints the result of MAIL FROM, then that of HELO: pass, fail, softfail,\n"
             "neutral, none, temperror or permerror; why; the terms that were looked "
             "at,\n"
             "the last of them the one that matched; the domain's explanation of a "
             "fail;\n"
             "and the header Received-SPF.\n"
             "With --quiet the result of MAIL FROM alone.\n"
             "Needs no running guard.\n"
             "Exits with 0 when there is a result, whatever it is.\n",
             "IP が SENDER のメールを送り HELO と名乗ってよいかを、SPF (RFC 7208) で\n"
             "調べます。/etc/resolv.conf のネームサーバーに尋ね、20 "
             "秒以内に終わります。\n"
             "SENDER は '' または '<>' でもかまいません。そのときは HELO の検査が\n"
             "両方を兼ねます。\n"
             "MAIL FROM の結果、HELO "
             "の結果の順に、pass、fail、softfail、neutral、none、\n"
             "temperror、permerror "
             "のいずれか、その理由、調べた項目(最後が一致したもの)、\n"
             "fail ならドメインの説明、そして Received-SPF ヘッダーを出します。\n"
             "--quiet では MAIL FROM の結果だけです。\n"
             "番人が動いていなくても使えます。\n"
             "結果があれば、それが何であっても終了コードは 0 です。\n"},
        .fn = check_spf,
    },
    {
        .name = "report",
        .usage = "[OPTION...] [LOG...]",
        .completes = COMPLETES_FILES,
        .max_words = UINT32_MAX,
        .options = OPT_BIT(OPT_PFLOGSUMM) | OPT_BIT(OPT_DAY) | OPT_BIT(OPT_SINCE) |
                   OPT_BIT(OPT_UNTIL) | OPT_BIT(OPT_ROTATED) | OPT_BIT(OPT_ALL) |
                   OPT_BIT(OPT_JSON) | OPT_BIT(OPT_HTML) | OPT_BIT(OPT_PROMETHEUS) |
                   OPT_BIT(OPT_MAIL_TO) | OPT_BIT(OPT_LANGUAGE) | OPT_BIT(OPT_CHECK) |
                   OPT_BIT(OPT_UNPROCESSED) | OPT_BIT(OPT_NO_ATTACKS) |
                   OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_COMPARE) | OPT_BIT(OPT_WIDE) |
                   OPT_BIT(OPT_FROM_STORE) | OPT_BIT(OPT_STATE) | OPT_BIT(OPT_SCHEDULED) |
                   OPT_BIT(OPT_JOURNAL) | OPT_BIT(OPT_SYSLOG_NAME) |
                   OPT_BIT(OPT_COUNTRY_DATABASE) | OPT_BIT(OPT_ASN_DATABASE),
        .summary = {"Print what happened to mail", "メールに起きたことを集計する"},
        .help =
            {"Reads logs of Postfix, Dovecot and others, packed or not, in the order of\n"
             "their dates, without one standard input: what needs attention, attacks,\n"
             "refusals, logins, deliveries.\n"
             "REPORT.md describes --json and --prometheus.\n"
             "--pflogsumm, which comes first, prints what pflogsumm prints, as this\n"
             "program does by the name pflogsumm; PFLOGSUMM.md says what is counted\n"
             "differently, and why.\n",
             "Postfix や Dovecot などのログを、圧縮されたものも含めて日時の順に読み、\n"
             "対応が必要なこと、攻撃、拒否、ログイン、配送を出します。LOG を省くと\n"
             "標準入力です。--json と --prometheus の形式は REPORT.md にあります。\n"
             "最初に --pflogsumm と書くと pflogsumm と同じ形式になります。pflogsumm\n"
             "という名前のリンクから起動しても同じです。数え方の違いは PFLOGSUMM.md に\n"
             "あります。\n"},
        .fn = report_command,
    },
    {
        .name = "support",
        .usage = "",
        .options = OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE) | OPT_BIT(OPT_CONFIG) |
                   OPT_BIT(OPT_TABLE) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_WITH_ADDRESSES),
        .summary = {"Print what a helper needs to know", "助ける人に必要な情報を出す"},
        .help =
            {"Prints versions, status, jails, what was found, the configuration in "
             "force\n"
             "and the names of chains and sets in the kernel, never what is in them.\n"
             "Addresses are replaced by numbers, the same by the same; accounts, this\n"
             "machine's name and secrets are taken out.\n"
             "Paths and other host names stay: read it before you send it.\n"
             "No line of a log and no ban is in it.\n",
             "バージョン、状態、jail、見つけたもの、有効な設定、カーネルのチェーンと\n"
             "セットの名前を出します。セットの中身は出しません。\n"
             "アドレスは番号に置き換え、同じものは同じ番号です。アカウント、この\n"
             "マシンの名前、秘密の値は取り除きます。\n"
             "パスとほかのホスト名は残ります。送る前に読んでください。\n"
             "ログの行と遮断は含まれません。\n"},
        .fn = support_run,
    },
    {
        .name = "brake",
        .usage = "",
        .options = TALKS | OPT_BIT(OPT_RELEASE),
        .summary = {"Show or release the brake on bans", "遮断のブレーキを見る、解く"},
        .help =
            {"The guard stops banning when the bans of one hour would shut out too many\n"
             "who belong here: see brake, brake-places and brake-clients in\n"
             "komainu.conf.\n"
             "Shows whether it does, and which bans counted for that; the last of them\n"
             "was not made.\n"
             "With --release it bans again, and counts anew.\n"
             "Bans by hand are made in any case.\n"
             "By itself the brake goes when for an hour no ban would have hit anybody\n"
             "known.\n"
             "Exits with 1 when there is nothing to release.\n",
             "一時間の遮断が、ここの利用者を締め出しすぎるとき、番人は遮断をやめます。\n"
             "komainu.conf の brake、brake-places、brake-clients を見てください。\n"
             "止まっているかどうかと、数えられた遮断を出します。最後のものは実行\n"
             "されていません。\n"
             "--release で再び遮断し、初めから数え直します。\n"
             "手による遮断はいつでも行われます。知っている相手に当たる遮断が一時間\n"
             "なければ、ブレーキはひとりでに解けます。\n"
             "解くものがなければ、終了コードは 1 です。\n"},
        .fn = ask_brake,
    },
    {
        .name = "panic",
        .usage = "",
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_OFF) | OPT_BIT(OPT_TABLE) |
                   OPT_BIT(OPT_DRY_RUN),
        .summary = {"Open everything at once", "すべてをすぐに開放する"},
        .help =
            {"Lets all traffic pass, whatever is banned, until the panic is ended with\n"
             "--off.\n"
             "Works on the kernel's table itself and needs no running guard.\n",
             "何が遮断されていても、--off で終えるまで全通信を通します。\n"
             "カーネルのテーブルを直接変えるので、番人が動いていなくても使えます。\n"},
        .fn = local_panic,
    },
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
        .name = "help",
        .usage = "[COMMAND]",
        .completes = COMPLETES_COMMANDS,
        .max_words = 1,
        .summary = {"Explain a command, or list all",
                    "コマンドを説明する、または一覧を見る"},
        .help =
            {"Lists the commands, or explains one of them with its options.\n",
             "コマンドの一覧、または一つのコマンドとそのオプションの説明を出します。\n"},
        .fn = help_run,
    },
    /* Not shown: see ctl_commands(). */
    {
        .name = "complete",
        .usage = "bans|jails|allowed [BEGINNING]",
        .min_words = 1,
        .max_words = 2,
        .options = TALKS,
        .summary = {"Print what a word can be completed to", "語の補完の候補を出す"},
        .help = {"Prints one word a line; nothing at all when no guard answers.\n",
                 "一行に一語を出します。番人が答えなければ何も出しません。\n"},
        .fn = ask_complete,
    },
    {.name = NULL},
};

const struct ctl_command *
ctl_commands(size_t *count)
{
    *count = ARRAY_LEN(commands) - 2;
    return commands;
}

const struct ctl_command *
ctl_command_find(const char *name)
{
    for (const struct ctl_command *c = commands; c->name; c++) {
        if (span_eq(span_of(c->name), span_of(name)))
            return c;
    }
    return NULL;
}

const struct ctl_option *
ctl_option(enum ctl_option_id id)
{
    return &options[id];
}
