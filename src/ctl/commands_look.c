/* What is guarded, what happened and why: nothing here changes anything. */
#include "ctl/commands.h"

#include "ctl/ask.h"
#include "ctl/audit.h"
#include "ctl/report.h"

const struct ctl_command commands_look[] = {
    {
        .name = "status",
        .usage = "",
        .options = TALKS,
        .summary = {"Show what is guarded, and what is wrong",
                    "何を守っているか、問題はないかを見る"},
        .help =
            {"Shows on one screen what is wrong, if anything is, then the jails with\n"
             "their limits and counts, and the logs that are read; with report-store\n"
             "how far days are counted for reports.\n"
             "FAILING is the number of addresses that have failed but are not banned\n"
             "yet.\n",
             "問題があればまず問題を、続いて各 jail の上限と数、読んでいるログを\n"
             "一画面に出します。report-store があれば、レポートのための集計が\n"
             "どこまで進んだかも出します。\n"
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
    {.name = NULL},
};
