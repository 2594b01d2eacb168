/* client_options: the command line of fail2ban-client and fail2ban-server. */
#include <getopt.h>
#include <limits.h>

#include "compat/client_internal.h"
#include "compat/orders.h"
#include "conf/fail2ban_time.h"

/* OF_SERVER: an option that says how a server of fail2ban's own is started. */
enum { OF_SERVER = 256, STR2SEC, DUMP_PRETTY, TIMEOUT, ASYNC, VERSION, TIMEOUT_S = 30 };

static const struct option long_options[] = {
    {"conf", required_argument, NULL, 'c'},
    {"socket", required_argument, NULL, 's'},
    {"pidfile", required_argument, NULL, 'p'},
    {"pname", required_argument, NULL, OF_SERVER},
    {"loglevel", required_argument, NULL, OF_SERVER},
    {"logtarget", required_argument, NULL, OF_SERVER},
    {"syslogsocket", required_argument, NULL, OF_SERVER},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"async", no_argument, NULL, ASYNC},
    {"dp", no_argument, NULL, DUMP_PRETTY},
    {"dump-pretty", no_argument, NULL, DUMP_PRETTY},
    {"test", no_argument, NULL, 't'},
    {"str2sec", required_argument, NULL, STR2SEC},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, VERSION},
    {0}};

/* Seconds, or a time as 1m 30s; below nothing is at once, as for fail2ban's. */
static bool
take_timeout(struct compat_options *o, struct buf *why)
{
    struct fail2ban_seconds s = {0};

    if (!fail2ban_time(span_of(optarg), &s, why))
        return false;
    o->timeout_s = s.seconds < 0 ? 0 : s.seconds < INT_MAX ? (int)s.seconds : INT_MAX;
    return true;
}

static bool
take(struct compat_options *o, int option, struct buf *why)
{
    switch (option) {
    case 'c':
        o->config = optarg;
        o->is_directory_given = true;
        return true;
    case 's':
        o->socket = optarg;
        return true;
    case 'd':
    case DUMP_PRETTY:
        o->is_dump = true;
        o->is_pretty |= option == DUMP_PRETTY;
        return true;
    case 't':
        o->is_test = true;
        return true;
    case 'i':
        o->is_interactive = true;
        return true;
    case 'v':
        o->verbose++;
        return true;
    case 'q':
        o->verbose--;
        return true;
    case STR2SEC:
        o->str2sec = optarg;
        return true;
    case 'h':
        o->is_help = true;
        return true;
    case 'V':
    case VERSION:
        o->is_version = true;
        o->is_short_version = option == 'V';
        return true;
    case 'p':
        o->pidfile = optarg;
        return true;
    case 'f':
    case 'b':
        o->is_background = option == 'b';
        return true;
    case TIMEOUT:
        return take_timeout(o, why);
    case 'x':   /* a socket that nobody listens at is replaced anyway */
    case ASYNC: /* of fail2ban's tests */
        return true;
    default:
        return false;
    }
}

bool
client_options(int argc, char **argv, struct compat_options *out, struct buf *why)
{
    struct span name = span_of(argv[0]);
    struct compat_options o = {.config = "/etc/fail2ban",
                               .verbose = 1,
                               .timeout_s = TIMEOUT_S,
                               .is_background = true};
    int option, which = 0;

    o.program = span_from(name, (size_t)(span_find_last(name, '/') + 1)).ptr;
    o.is_server = span_ends(name, SPAN("server"));
    *out = o;
    opterr = 0; /* usage says it */
    optind = 0; /* from the beginning */
    while ((option = getopt_long(argc, argv, "+hc:s:p:xfbdtviqV", long_options,
                                 &which)) != -1) {
        if (option == OF_SERVER)
            o.unheeded = long_options[which].name;
        else if (!take(&o, option, why))
            return false;
        if (o.is_help || o.is_version || o.str2sec)
            break; /* the rest is not looked at */
    }
    o.words = argv + optind;
    o.word_count = argc - optind;
    *out = o;
    return true;
}

static const char options_text[] =
    "Options:\n"
    "    -c, --conf <DIR>        configuration directory of fail2ban\n"
    "    -s, --socket <FILE>     socket path\n"
    "    -d, --dp, --dump-pretty dump the configuration\n"
    "    -t, --test              test the configuration\n"
    "    -i                      interactive mode\n"
    "    -v, -q                  say more, less\n"
    "    --str2sec <STRING>      convert a time (1h30m) to seconds\n"
    "    -h, --help              display this help message\n"
    "    -V, --version           print the version (-V: machine-readable)\n"
    "    -p, --pidfile <FILE>    pid file, of a start\n"
    "    -b, -f                  start in the background (default), in the foreground\n"
    "    --timeout <TIME>        how long a start waits for the server (30)\n"
    "    -x, --async             change nothing here\n"
    "    --pname, --loglevel, --logtarget, --syslogsocket\n"
    "                            komainu.conf and fail2ban.conf say these; a start with\n"
    "                            them is refused\n";

static const char commands_text[] =
    "Command:\n"
    "    ping, version, echo <WORD>...\n"
    "    status, status <JAIL> [basic|short|cymru], status --all [stats]\n"
    "    banned [<IP>...], unban --all|<IP>...\n"
    "    set <JAIL> banip|unbanip [--report-absent] <IP>...\n"
    "    set <JAIL> addignoreip|delignoreip <IP>...\n"
    "    set <JAIL> bantime|findtime|maxretry|maxmatches|usedns|ignoreself|bantime.* "
    "<VALUE>\n"
    "    set <JAIL> idle on|off, set <JAIL> ignorecommand|ignorecache <VALUE>\n"
    "    set <JAIL> addjournalmatch|deljournalmatch <MATCH>\n"
    "    set loglevel|logtarget|dbmaxmatches|dbpurgeage <VALUE>\n"
    "    get <JAIL> banip [<SEP>|--with-time], get <JAIL> banned [<IP>...]\n"
    "    get <JAIL> "
    "logpath|journalmatch|ignoreip|failregex|ignoreregex|prefregex|bantime|\n"
    "               "
    "findtime|maxretry|maxmatches|maxlines|usedns|datepattern|actions|...\n"
    "    get <JAIL> actionproperties|actionmethods <NAME>, get <JAIL> action <NAME> "
    "<PROPERTY>\n"
    "    get loglevel|logtarget|syslogsocket|thread|dbfile|dbmaxmatches|dbpurgeage\n"
    "    start, restart, start|stop <JAIL>, stop [--all], reload [--restart] [--unban] "
    "[--if-exists] "
    "[<JAIL>|--all]\n"
    "    restart <JAIL>, flushlogs\n";

void
client_usage(const struct compat_options *o, struct buf *out)
{
    buf_printf(out, "Usage: %s [OPTIONS]%s\n\n", o->program,
               o->is_server ? "" : " <COMMAND>");
    buf_add_text(out, "Komainu " KOMAINU_VERSION
                      " in the place of Fail2Ban v" ORDERS_VERSION "\n\n");
    buf_add_text(out, options_text);
    if (!o->is_server) {
        buf_add_byte(out, '\n');
        buf_add_text(out, commands_text);
    }
}
