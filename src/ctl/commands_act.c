/* Who is banned, let in or held, by the word of who runs the machine. */
#include "ctl/commands.h"

#include "ctl/ask.h"
#include "ctl/local.h"

const struct ctl_command commands_act[] = {
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
    {.name = NULL},
};
