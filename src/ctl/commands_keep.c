/* The guard itself: its configuration, its place on the machine, its data. */
#include "ctl/commands.h"

#include "ctl/ask.h"
#include "ctl/help.h"
#include "ctl/links.h"
#include "ctl/migrate.h"
#include "ctl/support.h"
#include "ctl/transfer.h"

const struct ctl_command commands_keep[] = {
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
        .name = "migrate",
        .usage = "",
        .options = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_STATE) |
                   OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_FAIL2BAN) | OPT_BIT(OPT_APPLY) |
                   OPT_BIT(OPT_UNDO) | OPT_BIT(OPT_SERVE) | OPT_BIT(OPT_WITHOUT_BANS),
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
             "When a step before that fails, fail2ban stays as it was; so it does where\n"
             "its bans cannot be read, without --without-bans.\n"
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
             "そのままです。遮断を読めないときも同じで、--without-bans が要ります。\n"
             "--undo では fail2ban "
             "を起動し、その遮断が戻るのを待ち、その後の遮断を渡して\n"
             "から、番人からその jail を外します。\n"
             "systemd がなければ、手で行う手順を出します。\n"},
        .fn = migrate_command,
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
    {.name = NULL},
};
