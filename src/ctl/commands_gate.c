/* What answers Postfix while SMTP is talking. */
#include "ctl/commands.h"

#include "ctl/ask.h"
#include "ctl/check_spf.h"
#include "ctl/greylist.h"
#include "ctl/postfix_config.h"

const struct ctl_command commands_gate[] = {
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
    {.name = NULL},
};
