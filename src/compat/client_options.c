/* client_options: the command line of fail2ban-client and fail2ban-server. */
#include <getopt.h>

#include "compat/client_internal.h"
#include "compat/orders.h"

/* Options that only say how a server of fail2ban's own is started. */
enum { OF_SERVER = 256, STR2SEC, DUMP_PRETTY };

static const struct option long_options[] = {
    {"conf", required_argument, NULL, 'c'},
    {"socket", required_argument, NULL, 's'},
    {"pidfile", required_argument, NULL, OF_SERVER},
    {"pname", required_argument, NULL, OF_SERVER},
    {"loglevel", required_argument, NULL, OF_SERVER},
    {"logtarget", required_argument, NULL, OF_SERVER},
    {"syslogsocket", required_argument, NULL, OF_SERVER},
    {"timeout", required_argument, NULL, OF_SERVER},
    {"async", no_argument, NULL, OF_SERVER},
    {"dp", no_argument, NULL, DUMP_PRETTY},
    {"dump-pretty", no_argument, NULL, DUMP_PRETTY},
    {"test", no_argument, NULL, 't'},
    {"str2sec", required_argument, NULL, STR2SEC},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OF_SERVER + 100},
    {0}};

static bool
take(struct compat_options *o, int option)
{
    switch (option) {
    case 'c':
        o->config = optarg;
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
    case OF_SERVER + 100:
        o->is_version = true;
        o->is_short_version = option == 'V';
        return true;
    case OF_SERVER: /* and p x f b: komainud reads komainu.conf and is started by systemd
                     */
    case 'p':
    case 'x':
    case 'f':
    case 'b':
        return true;
    default:
        return false;
    }
}

bool
client_options(int argc, char **argv, struct compat_options *out)
{
    struct span name = span_of(argv[0]);
    struct compat_options o = {.config = "/etc/fail2ban", .verbose = 1};
    int option;

    o.program = span_from(name, (size_t)(span_find_last(name, '/') + 1)).ptr;
    o.is_server = span_ends(name, SPAN("server"));
    *out = o;
    opterr = 0; /* usage says it */
    optind = 0; /* from the beginning */
    while ((option = getopt_long(argc, argv, "+hc:s:p:xfbdtviqV", long_options, NULL)) !=
           -1) {
        if (!take(&o, option))
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
    "    -p, -x, -b, -f, --pidfile, --pname, --loglevel, --logtarget, --syslogsocket,\n"
    "    --async, --timeout      taken, for a server that is started by systemd here\n";

static const char commands_text[] =
    "Command:\n"
    "    ping, version, echo <WORD>...\n"
    "    status, status <JAIL> [basic|short|cymru], status --all [stats]\n"
    "    banned [<IP>...], unban --all|<IP>...\n"
    "    set <JAIL> banip|unbanip [--report-absent] <IP>...\n"
    "    set <JAIL> addignoreip|delignoreip <IP>...\n"
    "    set <JAIL> bantime|findtime|maxretry|maxmatches|usedns|ignoreself|bantime.* "
    "<VALUE>\n"
    "    set loglevel|dbpurgeage <VALUE>\n"
    "    get <JAIL> banip [<SEP>|--with-time], get <JAIL> banned [<IP>...]\n"
    "    get <JAIL> "
    "logpath|journalmatch|ignoreip|failregex|ignoreregex|prefregex|bantime|\n"
    "               "
    "findtime|maxretry|maxmatches|maxlines|usedns|datepattern|actions|...\n"
    "    get loglevel|logtarget|dbfile|dbpurgeage\n"
    "    start|stop <JAIL>, stop, reload [--restart] [--unban] [--if-exists] "
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
