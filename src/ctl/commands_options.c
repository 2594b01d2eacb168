/* The options of all commands. */
#include "ctl/command.h"

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
    [OPT_WITHOUT_BANS] =
        {"--without-bans",
         NULL,
         TAKES_FLAG,
         {"With --apply: take over also where fail2ban's bans cannot be read.\n"
          "Who is banned by it can connect again then.",
          "--apply と共に使い、fail2ban の遮断を読めなくても引き継ぎます。\n"
          "遮断されていた相手は、また接続できるようになります。"}},
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

const struct ctl_option *
ctl_option(enum ctl_option_id id)
{
    return &options[id];
}
