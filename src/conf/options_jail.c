/* The options of jails. */
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
