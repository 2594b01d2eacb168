/* The options of [komainu]. */
#include "conf/options.h"

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
     .help =
         "The logs that are counted for report-store; jails must read them. auto: "
         "those of Postfix and Dovecot; where none of them is there, and a jail reads "
         "the journal for mail, the journal. journal: what it has of mail, and no "
         "file, so that a line that is in both counts once."},
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
