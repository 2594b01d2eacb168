#include "conf/machine.h"
#include "conf/options.h"

#define REFUSED(option)                                                                  \
    {                                                                                    \
        .name = (option), .type = OPTION_REFUSED                                         \
    }
#define REFUSED_BUT(option, taken)                                                       \
    {                                                                                    \
        .name = (option), .type = OPTION_REFUSED, .words = (taken)                       \
    }

const struct option options_komainu[] = {
    {.name = "allow",
     .type = OPTION_ADDRESSES,
     .fallback = "",
     .help = "Addresses and prefixes that are never banned, by nothing and nobody."},
    {.name = "providers",
     .type = OPTION_TEXT,
     .fallback = "_spf.google.com spf.protection.outlook.com outlook.com yahoo.com "
                 "icloud.com gmx.net web.de _spf.protonmail.ch spf.messagingengine.com "
                 "zoho.com amazonses.com sendgrid.net mailgun.org spf.mandrillapp.com "
                 "_spf.yandex.net _spf.mail.ru",
     .help =
         "Names of large providers of mail. From the addresses that their SPF records "
         "name, what a server does that others use counts for nothing: recipients that "
         "do not exist, refused mail, errors of SMTP. Logins that fail count. They are "
         "looked up only where something counts that; `komainu providers` shows what is "
         "known. Empty: none. To add to them: providers = %(known/providers)s NAME."},
    {.name = "observe",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: count and decide, but ban nobody, whatever the jails say."},
    {.name = "max-bans",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = 1 << 24,
     .fallback = "1048576",
     .unit = "bans",
     .help = "The most bans held at once, and so the size of each set in the kernel. "
             "Failures beyond it are counted, but nobody is banned for them."},
    {.name = "max-bans-per-second",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = 10000000,
     .fallback = "100000",
     .unit = "bans",
     .help = "Bans beyond this rate wait."},
    {.name = "max-bantime",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_TIME_MAX_S,
     .may_be_forever = true,
     .fallback = "-1",
     .help = "Longer bans are cut to this; -1 cuts none."},
    {.name = "dbpurgeage",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_TIME_MAX_S / 10,
     .fallback = "1d",
     .help = "How long an address is known for having been banned (bantime.increment): "
             "so long, and three times its last ban, after that ban began. With "
             "bantime.increment some weeks are better."},
    {.name = "dbmaxmatches",
     .type = OPTION_INTEGER,
     .min = 0,
     .max = CONFIG_EVIDENCE_MAX,
     .fallback = "200",
     .unit = "lines",
     .help = "How many of the last lines of an address <ipmatches> and <ipjailmatches> "
             "of an action have; and <matches> of a ban that is restored, if "
             "`maxmatches` is not less."},
    {.name = "min-prefix-ipv4",
     .type = OPTION_INTEGER,
     .min = 20,
     .max = 32,
     .fallback = "24",
     .unit = "bits",
     .help = "Shortest IPv4 prefix that may be banned. Prefixes are banned as /24 or "
             "/20; 32 permits single addresses only."},
    {.name = "min-prefix-ipv6",
     .type = OPTION_INTEGER,
     .min = 40,
     .max = 128,
     .fallback = "56",
     .unit = "bits",
     .help = "Shortest IPv6 prefix that may be banned. Prefixes are banned as /64, /56, "
             "/48 or /40; 128 permits single addresses only."},
    {.name = "brake",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help =
         "Stop banning, and say so, when the bans of one hour would shut out more of "
         "those who belong here than brake-places or brake-clients permit. Bans by "
         "hand are made all the same. `komainu brake --release` lets it go; by itself "
         "it does so when for an hour no ban would have hit anybody known."},
    {.name = "brake-places",
     .type = OPTION_INTEGER,
     .min = 0,
     .max = 1000,
     .fallback = "5",
     .unit = "places",
     .help = "Most places where people log in for a day or longer that the bans of an "
             "hour may hit."},
    {.name = "brake-clients",
     .type = OPTION_INTEGER,
     .min = 0,
     .max = 100,
     .fallback = "5",
     .unit = "percent",
     .help = "The same for addresses that somebody has logged in from today or "
             "yesterday, in percent of them; three may be hit in any case."},
    {.name = "cut-connections",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help = "Close the open connections of an address when it is banned."},
    {.name = "guarded-ports",
     .type = OPTION_PORTS,
     .words = "auto",
     .fallback = "auto",
     .help = "Ports on which a ban drops every packet, also of open connections; auto: "
             "those of the services found on this machine or watched by a jail, and "
             "those that a jail names in `port`."},
    {.name = "slots-every",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_SLOTS_EVERY_MAX_S,
     .fallback = "10s",
     .help = "How often open connections are looked at for rules with held_open or "
             "held_open_net; with fewer than slots-floor connections six times as "
             "seldom, without such a rule never."},
    {.name = "slots-ports",
     .type = OPTION_PORTS,
     .fallback = "25,465,587",
     .help = "TCP ports of this machine on which that is done. Clients of IMAP hold "
             "connections open for hours, and an office behind one address dozens of "
             "them: leave its ports out."},
    {.name = "slots-floor",
     .type = OPTION_INTEGER,
     .min = 2,
     .max = CONFIG_SLOTS_FLOOR_MAX,
     .fallback = "20",
     .unit = "connections",
     .help = "So many connections of one address that move next to nothing are a "
             "held_open; 5 times as many of one /24, or twice as many of one /64, whose "
             "addresses have fewer each, a held_open_net."},
    {.name = "table",
     .type = OPTION_NAME,
     .fallback = "komainu",
     .help = "Name of our nftables table (family inet)."},
    {.name = "loglevel",
     .type = OPTION_WORD,
     .words = CONFIG_LOGLEVELS,
     .fallback = "INFO",
     .help = "How much is logged: NOTICE: bans; INFO: failures too."},
    {.name = "logtarget",
     .type = OPTION_PATH,
     .words = "none STDERR SYSOUT SYSTEMD-JOURNAL",
     .fallback = "none",
     .help =
         "A file for lines in the shape of fail2ban.log, for programs that read "
         "those. SIGUSR1 opens it anew. Our own log goes to the standard error, so to "
         "the journal of a service, in any case: that is what the words say. With "
         "`fail2ban`, a path or SYSLOG in its fail2ban.conf is taken where nothing is "
         "said "
         "here, and so is its loglevel."},
    {.name = "fail2ban",
     .type = OPTION_PATH,
     .words = "none",
     .fallback = "none",
     .help =
         "A directory of fail2ban's (/etc/fail2ban): the jails that are enabled there "
         "are jails here, read by fail2ban's rules, and what is auto in `enabled` is "
         "off. A jail that cannot be taken is told and left out."},
    {.name = "native-actions",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help =
         "yes: the firewall actions of fail2ban's jails (iptables, nftables, ipset, "
         "firewallcmd, ufw, shorewall, route, apf) are not run: a ban closes the same "
         "ports in our own table. no: they are actions like others, whose commands "
         "are run."},
    {.name = "metrics-socket",
     .type = OPTION_TEXT,
     .words = "none",
     .fallback = "none",
     .help = "Where Prometheus may ask for /metrics over HTTP: a path (unix:PATH is the "
             "same), 127.0.0.1:PORT or [::1]:PORT. Everybody on this machine may; no "
             "other address is taken."},
    {.name = "fail2ban-socket",
     .type = OPTION_PATH,
     .words = "none",
     .fallback = "none",
     .help =
         "Where fail2ban-client and programs that speak its protocol are answered as "
         "fail2ban would: its own place is /run/fail2ban/fail2ban.sock. The socket is "
         "root's, mode 0600. A fail2ban that answers there is not driven away."},
    {.name = "assume-kernel",
     .type = OPTION_WORD,
     .words = "auto 6.1",
     .fallback = "auto",
     .help = "6.1: do without what newer kernels can do; auto: try what this one can."},
    {.name = "syslog-socket",
     .type = OPTION_PATH,
     .words = "auto no",
     .fallback = "auto",
     .help = "A datagram socket to bind and read log lines from. auto: journald's "
             "forward socket, for jails with logpath = auto whose service has no log "
             "file; a path: all jails with logpath = auto read it instead of files."},
    {.name = "notify",
     .type = OPTION_TEXT,
     .words = "no",
     .fallback = "no",
     .help = "How somebody is told: `mail`, `command` or both."},
    {.name = "notify-on",
     .type = OPTION_TEXT,
     .fallback = "trouble alert",
     .help = "What is told. trouble: of the guard itself, once when it begins and once "
             "when it is over; alert: what rules with `verdict = alert` find; digest: "
             "the bans of notify-digest, in one message; ban: "
             "every ban."},
    {.name = "notify-rate",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = CONFIG_RATE_MAX,
     .fallback = "12",
     .unit = "messages",
     .help = "The most messages within an hour. What is beyond comes together in one "
             "message as soon as that may be sent. Half of them is kept for trouble and "
             "alerts."},
    {.name = "notify-digest",
     .type = OPTION_TIME,
     .min = 60,
     .max = INT64_C(31) * 86400,
     .fallback = "1d",
     .help = "How often the bans are told where notify-on has `digest`."},
    {.name = "notify-command",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Commands of `notify = command`, one a line, run by /bin/sh as root. Each "
             "gets a JSON object on stdin and the variables KOMAINU_KIND, KOMAINU_TIME, "
             "KOMAINU_HOST, KOMAINU_SUBJECT, KOMAINU_JAIL, KOMAINU_ADDRESS, "
             "KOMAINU_ACCOUNT and KOMAINU_REASON; what is said in them is data, never "
             "part of the command."},
    {.name = "notify-timeout",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_TIMEOUT_MAX_S,
     .fallback = "60",
     .help = "A command that runs longer is killed with all that it started."},
    {.name = "mail-to",
     .type = OPTION_TEXT,
     .fallback = "root",
     .help = "Addresses that `notify = mail` writes to."},
    {.name = "mail-from",
     .type = OPTION_TEXT,
     .fallback = "root",
     .help = "The address in From of that mail."},
    {.name = "mail-command",
     .type = OPTION_TEXT,
     .fallback = "/usr/sbin/sendmail -t -oi",
     .help = "What takes the mail on stdin, run by /bin/sh as root."},
    {.name = "ignorecommand-timeout",
     .type = OPTION_TIME,
     .min = 1,
     .max = 60,
     .fallback = "10",
     .help =
         "How long a ban waits for ignorecommand of its jail. Then it is made, and the "
         "command killed."},
    {.name = "silent-after",
     .type = OPTION_TIME,
     .words = "no",
     .min = 1,
     .max = INT64_C(366) * 86400,
     .fallback = "1d",
     .help = "A log that had lines and has had none for so long is trouble; no: it never "
             "is."},
    {.name = "country-database",
     .type = OPTION_TEXT,
     .words = "auto no",
     .fallback = "auto",
     .help = "The file, in MaxMind's format (MMDB), that says in which country an "
             "address is, for reports: GeoLite2-Country.mmdb, dbip-country-lite.mmdb or "
             "another. auto: one of these names in /usr/share/GeoIP or /var/lib/GeoIP, "
             "if there is one."},
    {.name = "asn-database",
     .type = OPTION_TEXT,
     .words = "auto no",
     .fallback = "auto",
     .help = "The same of operators (AS): GeoLite2-ASN.mmdb, dbip-asn-lite.mmdb or "
             "another. auto: that of [gate], else as above."},
    {.name = "report-store",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: a process of its own counts each day as its log is written, so that "
             "`komainu report --from-store` need not read the log again."},
    {.name = "report-logs",
     .type = OPTION_TEXT,
     .words = "auto",
     .fallback = "auto",
     .help = "The logs that are counted for report-store; jails must read them. auto: "
             "those of Postfix and Dovecot."},
    {.name = "report-days",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = CONFIG_REPORT_DAYS_MAX,
     .fallback = "400",
     .unit = "days",
     .help = "How many days are kept."},
    {.name = "report-mail-to",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Mail addresses that the report of the day before is sent to, as text and "
             "HTML, through sendmail(1). Empty: nobody. What was due while the machine "
             "was off is sent once, when it is on again."},
    {.name = "report-at",
     .type = OPTION_TEXT,
     .fallback = "06:30",
     .help = "When, by the clock of this machine."},
    {.name = "report-every",
     .type = OPTION_WORD,
     .words = "day week",
     .fallback = "day",
     .help = "week: on Mondays, about seven days; those are read from the logs."},
    {.name = "report-language",
     .type = OPTION_WORD,
     .words = "en ja",
     .fallback = "en",
     .help = "Of that mail."},
};
const size_t options_komainu_count = ARRAY_LEN(options_komainu);

const struct option options_jail[] = {
    {.name = "enabled",
     .type = OPTION_BOOL,
     .words = "auto",
     .fallback = "no",
     .help = "auto: on when the service was found on this machine; a jail with events is "
             "on where another one is."},
    {.name = "service",
     .type = OPTION_WORD,
     .words = "none" MACHINE_WORDS,
     .fallback = "none",
     .help = "The service that auto in enabled and logpath stands for."},
    {.name = "filter",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "The filter, with arguments: NAME[a=1, b=\"x, y\"]. Empty: the name of the "
             "jail."},
    {.name = "logpath",
     .type = OPTION_LOGS,
     .words = "auto",
     .fallback = "auto",
     .help = "Log files, one a line; auto: the logs of the service. With *, ? or [..]: "
             "every file that fits, also one that comes later. With ` tail` behind it: "
             "what is in it already is passed over. syslog-udp://ADDRESS:PORT and "
             "syslog-tcp://ADDRESS:PORT: what the hosts in senders send there."},
    {.name = "senders",
     .type = OPTION_ADDRESSES,
     .fallback = "",
     .help = "Addresses and prefixes of the hosts whose syslog is taken; others are "
             "refused and counted."},
    {.name = "events",
     .type = OPTION_TEXT,
     .fallback = "",
     .help =
         "Makes the jail a rule, without filter and logpath: it counts events of "
         "these kinds that any filter of the other jails finds, failures or not. The "
         "kinds are those of event and eventregex in filters: auth_fail "
         "account_unknown auth_ok user_unknown relay_denied list_hit identity "
         "rejected protocol_error flood connect session_end packet_drop banned "
         "(also the bans of other jails), probe (sessions for nothing), asked_in_vain "
         "(sessions that found no recipient). Several "
         "lines of one login count once; of list_hit, identity, rejected and "
         "protocol_error failures alone; and no noise (user_unknown and what follows "
         "it here, connect and probe, too) of who has logged in from its network, or has "
         "delivered three times as much as was refused."},
    {.name = "per",
     .type = OPTION_TEXT,
     .fallback = "address",
     .help = "With events, what is counted by: address, account, host (all together), "
             "or a prefix of each family: /24 or /20, /64, /56, /48 or /40. A prefix "
             "is banned as a whole, if min-prefix-ipv4 and min-prefix-ipv6 permit it; "
             "else, and per account or host, it is the address of each further event "
             "that is banned, unless it has logged in before."},
    {.name = "distinct",
     .type = OPTION_WORD,
     .words = "none address network account recipient",
     .fallback = "none",
     .help = "With events, of what there must be mindistinct different ones among "
             "the events; network: /24 or /64."},
    {.name = "mindistinct",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = CONFIG_RETRY_MAX,
     .fallback = "1",
     .unit = "values",
     .help = "How many different ones, at maxretry at the latest."},
    {.name = "apart",
     .type = OPTION_TIME,
     .min = 0,
     .max = 86400,
     .fallback = "0",
     .help = "With events: those closer together than this count once, as one visit."},
    {.name = "own",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = 8,
     .fallback = "1",
     .unit = "accounts",
     .help =
         "With events, per account or host: how many accounts an address must have "
         "tried itself within findtime to be banned for what all did; of other events "
         "than logins, how many of them it must have done."},
    {.name = "verdict",
     .type = OPTION_TEXT,
     .fallback = "ban",
     .help =
         "With events: ban; alert: somebody is told, as notify says; prolong: bans of "
         "the address that are there end bantime later, up to max-bantime (28 days "
         "where that is -1), and none begins: for packet_drop, which anybody can "
         "forge. Of rules per account, where there is a gate: hold: for bantime mail of "
         "the account goes to Postfix's hold queue; limit: for bantime no more of it is "
         "taken than limit-messages and limit-recipients say. Both tell somebody, too; "
         "`komainu holds` lists them, and --release ends them."},
    {.name = "limit-messages",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = RULE_LIMIT_MAX,
     .fallback = "20",
     .unit = "messages",
     .help = "With verdict = limit: how many messages of the account are taken within an "
             "hour; more are put off (450)."},
    {.name = "limit-recipients",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = RULE_LIMIT_MAX,
     .fallback = "60",
     .unit = "recipients",
     .help = "The same of recipients."},
    {.name = "forgive",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help = "yes: a login takes back the failures of the same account before it, from "
             "the same address; and who tries one account alone, no faster than every "
             "90 s, may fail twice as often as maxretry."},
    {.name = "port",
     .type = OPTION_PORTS,
     .words = "all 0:65535",
     .fallback = "all",
     .help = "Ports that a ban closes. all, or 0:65535: every port of TCP and UDP."},
    {.name = "protocol",
     .type = OPTION_TEXT,
     .fallback = "tcp",
     .help = "Of which protocol the ports are: tcp, udp, or all (or tcp,udp) for both. "
             "Where port is all, both are closed, and udp alone is refused."},
    {.name = "blocktype",
     .type = OPTION_WORD,
     .words = "drop reject",
     .fallback = "drop",
     .help = "What becomes of the packets of a banned address. drop: nothing; reject: "
             "they are answered, TCP by a reset, other things by \"port unreachable\"."},
    {.name = "findtime",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_TIME_MAX_S / 10,
     .fallback = "10m",
     .help = "maxretry failures within this time earn a ban."},
    {.name = "maxretry",
     .type = OPTION_INTEGER,
     .min = 1,
     .max = CONFIG_RETRY_MAX,
     .fallback = "5",
     .unit = "failures",
     .help = "Failures that earn a ban."},
    {.name = "maxmatches",
     .type = OPTION_INTEGER,
     .words = "maxretry",
     .min = 1,
     .max = CONFIG_RETRY_MAX,
     .fallback = "maxretry",
     .unit = "lines",
     .help = "How many of the lines that led to a ban are kept, the last ones; maxretry: "
             "as many as that says. `why` shows them."},
    {.name = "bantime",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_TIME_MAX_S,
     .may_be_forever = true,
     .fallback = "1h",
     .help = "How long a ban lasts; -1 is for ever."},
    {.name = "bantime.increment",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: who was banned in this jail before is banned for longer, by "
             "bantime.formula or bantime.multipliers; and each failure of it counts as 2 "
             "after one ban, as 3 after two, then 5, 9 and so on. How long an address is "
             "known for its bans is in dbpurgeage of [komainu]."},
    {.name = "bantime.factor",
     .type = OPTION_TEXT,
     .fallback = "1",
     .help =
         "A number, or a calculation with numbers: banFactor in the formula, and what "
         "multipliers are multiplied with."},
    {.name = "bantime.formula",
     .type = OPTION_TEXT,
     .fallback = "ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor",
     .help = "The ban time in seconds, in Python's notation, of ban.Time (what bantime "
             "says), ban.Count (earlier bans) and banFactor; never less than bantime. "
             "There are + - * / // % ** << >> & | ^ ~, comparisons, and, or, not, "
             "A if C else B, min, max, abs, int, float, round, pow and math.exp, log, "
             "log2, log10, sqrt, pow, floor, ceil, fabs, pi, e. In a file % is written "
             "%%."},
    {.name = "bantime.multipliers",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "In place of the formula: with what bantime is multiplied after 0, 1, 2 ... "
             "earlier bans, as in 1 2 4 8 16; the last one from there on."},
    {.name = "bantime.maxtime",
     .type = OPTION_TIME,
     .min = 1,
     .max = CONFIG_TIME_MAX_S,
     .may_be_forever = true,
     .fallback = "-1",
     .help = "No later ban lasts longer; -1 is no bound."},
    {.name = "bantime.rndtime",
     .type = OPTION_TIME,
     .min = 0,
     .max = CONFIG_TIME_MAX_S / 10,
     .fallback = "0",
     .help =
         "A random time up to this is added to a later ban, so that its end cannot be "
         "foreseen."},
    {.name = "bantime.overalljails",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: bans in other jails, and by hand, are earlier bans too."},
    {.name = "ignoreip",
     .type = OPTION_ADDRESSES,
     .fallback = "",
     .may_be_file = true,
     .help = "Addresses and prefixes whose failures this jail does not count. file:PATH: "
             "those that stand in a file, one a line, with comments behind a #; it is "
             "read with the configuration. Names of hosts are looked up at the start and "
             "again when an answer is over (1 minute to 1 day); until a name has its "
             "first answer, its failures are counted. Whoever controls the name or its "
             "DNS decides who is left out."},
    {.name = "ignoreself",
     .type = OPTION_BOOL,
     .fallback = "yes",
     .help =
         "yes: failures of this machine's own addresses are not counted. no: they are, "
         "but those are never banned all the same."},
    {.name = "ignorecommand",
     .type = OPTION_TEXT,
     .fallback = "",
     .help =
         "A command, run by /bin/sh as root before somebody is banned: when it ends "
         "with 0 nobody is. <ip> stands for the address, or for who it is "
         "that has none; <fid>, <family> and <ip-rev> are fail2ban's. It has the "
         "variables "
         "KOMAINU_ADDRESS, KOMAINU_JAIL and KOMAINU_ACCOUNT; other <tags> are refused, "
         "because what a log says never becomes a part of a command."},
    {.name = "ignorecache",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "How long what ignorecommand said of an address holds: key=\"<ip>\", "
             "max-count=300, max-time=5m. Empty: it is asked every time."},
    {.name = "observe",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: say what would be banned, and ban nobody."},
    {.name = "idle",
     .type = OPTION_BOOL,
     .fallback = "no",
     .help = "yes: what its filter finds is not counted, and lost for it; bans that are "
             "there go on. As `fail2ban-client set JAIL idle on`."},
    {.name = "mode",
     .type = OPTION_TEXT,
     .fallback = "normal",
     .help = "What `filter` may hand to the filter as %(mode)s: how much of it is used."},
    {.name = "failregex",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Replaces the filter's expressions, one a line; %(known/failregex)s are "
             "those of the filter."},
    {.name = "ignoreregex",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Replaces the filter's exceptions, one a line."},
    {.name = "prefregex",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Replaces the filter's prefregex: what must match before a failregex is "
             "tried; its <F-CONTENT> is what they see."},
    {.name = "maxlines",
     .type = OPTION_TEXT,
     .fallback = "1",
     .help = "Replaces the filter's number of lines that an expression sees together."},
    {.name = "datepattern",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Replaces the filter's templates for the date of a line."},
    {.name = "logtimezone",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "The zone of dates that name none, with a fixed offset (UTC+0100, CET); "
             "empty: local time."},
    {.name = "usedns",
     .type = OPTION_TEXT,
     .fallback = "raw",
     .help = "What becomes of a line that names a host and no address. raw: it is not "
             "counted, but `status` says how many there were. no: <HOST> stands for an "
             "address, so the line does not match. yes: the name is looked up, and the "
             "failure counted for each of its addresses, 16 at most. warn: the same, and "
             "the log says so. With yes and warn whoever controls the DNS of a name that "
             "he gets into the log can have others banned: that is why it is not the "
             "default, as in fail2ban it is."},

    {.name = "backend",
     .type = OPTION_TEXT,
     .fallback = "auto",
     .help =
         "Where the log lines come from. systemd: the systemd journal; with "
         "systemd[journalpath=FOLDER] the one in that folder, with "
         "systemd[journalfiles=PATHS] those files (patterns, too), with "
         "systemd[namespace=NAME] that of a namespace of journald's; journalflags=N "
         "is a sum of 1 (this machine's alone), 2 (in memory) and 4 (the system's, no "
         "user's: the default). pyinotify, polling: "
         "log files. auto: log files where there are any, else the journal if the "
         "filter or the jail has a journalmatch."},
    {.name = "journalmatch",
     .type = OPTION_TEXT,
     .fallback = "",
     .help = "Which entries of the journal are read, in place of what the filter says: "
             "FIELD=value ..., + between groups."},

    REFUSED_BUT("logencoding", "auto"),
    REFUSED("skip_if_nologs"),
    REFUSED("systemd_if_nologs"),
    REFUSED("action"),
    REFUSED("action_*"),
    REFUSED("banaction"),
    REFUSED("banaction_*"),
    REFUSED("chain"),
    REFUSED("destemail"),
    REFUSED("sender"),
    REFUSED("mta"),
    REFUSED("fail2ban_agent"),
};
const size_t options_jail_count = ARRAY_LEN(options_jail);
