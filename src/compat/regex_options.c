#include <getopt.h>

#include "compat/regex_parts.h"

#define VERSION "1.0.2" /* of the fail2ban that is followed */

static const char usage[] =
    "Usage: fail2ban-regex [OPTIONS] <LOG> <REGEX> [IGNOREREGEX]\n";

static const char help[] =
    "\nShows what a filter of fail2ban's makes of log lines.\n"
    "\n"
    "LOG:         a line, the path of a log (also compressed), or systemd-journal,\n"
    "             systemd-journal[journalpath=DIR]\n"
    "REGEX:       an expression, the name of a filter (sshd[mode=aggressive]), or the "
    "path of its file\n"
    "IGNOREREGEX: an expression\n"
    "\n"
    "Options:\n"
    "  --version, -V            say which fail2ban this follows\n"
    "  -h, --help               this text\n"
    "  -c, --config=DIR         the configuration, /etc/fail2ban\n"
    "  -d, --datepattern=TEXT   how dates are written\n"
    "  --timezone, --TZ=ZONE    of dates without one\n"
    "  -e, --encoding=NAME      UTF-8: others are not supported\n"
    "  -r, --raw                names of hosts stand for themselves\n"
    "  --usedns=HOW             yes, warn, no or raw\n"
    "  -L, --maxlines=N         lines that an expression sees together\n"
    "  -m, --journalmatch=MATCH what of the journal, in place of the filter's\n"
    "  -l, --log-level=LEVEL    critical, error, warning, notice or info\n"
    "  -v, --verbose            tell more; --verbosity=N\n"
    "  -D, --debuggex           addresses of debuggex.com for each line\n"
    "  --no-check-all           stop at the first expression that matches\n"
    "  -o, --out=FORMAT         print of failures only id, ip, msg, row, a group, or a "
    "text with <tags>\n"
    "  --print-no-missed, --print-no-ignored\n"
    "  --print-all-matched, --print-all-missed, --print-all-ignored\n";

enum {
    GIVEN_TZ = 256,
    GIVEN_USEDNS,
    GIVEN_VERBOSITY,
    GIVEN_VERBOSE_DATE,
    GIVEN_ONE,
    GIVEN_NO_MISSED,
    GIVEN_NO_IGNORED,
    GIVEN_ALL_MATCHED,
    GIVEN_ALL_MISSED,
    GIVEN_ALL_IGNORED,
    GIVEN_FULL,
    GIVEN_VERSION,
};

static const struct option longs[] = {
    {"config", required_argument, NULL, 'c'},
    {"datepattern", required_argument, NULL, 'd'},
    {"timezone", required_argument, NULL, GIVEN_TZ},
    {"TZ", required_argument, NULL, GIVEN_TZ},
    {"encoding", required_argument, NULL, 'e'},
    {"raw", no_argument, NULL, 'r'},
    {"usedns", required_argument, NULL, GIVEN_USEDNS},
    {"maxlines", required_argument, NULL, 'L'},
    {"journalmatch", required_argument, NULL, 'm'},
    {"log-level", required_argument, NULL, 'l'},
    {"verbose", no_argument, NULL, 'v'},
    {"verbosity", required_argument, NULL, GIVEN_VERBOSITY},
    {"verbose-date", no_argument, NULL, GIVEN_VERBOSE_DATE},
    {"VD", no_argument, NULL, GIVEN_VERBOSE_DATE},
    {"debuggex", no_argument, NULL, 'D'},
    {"no-check-all", no_argument, NULL, GIVEN_ONE},
    {"out", required_argument, NULL, 'o'},
    {"print-no-missed", no_argument, NULL, GIVEN_NO_MISSED},
    {"print-no-ignored", no_argument, NULL, GIVEN_NO_IGNORED},
    {"print-all-matched", no_argument, NULL, GIVEN_ALL_MATCHED},
    {"print-all-missed", no_argument, NULL, GIVEN_ALL_MISSED},
    {"print-all-ignored", no_argument, NULL, GIVEN_ALL_IGNORED},
    {"log-traceback", no_argument, NULL, 't'},
    {"full-traceback", no_argument, NULL, GIVEN_FULL},
    {"version", no_argument, NULL, GIVEN_VERSION},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int
wrong(struct tool *t, const char *what, const char *value)
{
    buf_printf(&t->err, "%s\nfail2ban-regex: error: %s", usage, what);
    if (value)
        text_foreign(&t->err, span_of(value));
    buf_add_byte(&t->err, '\n');
    return 2;
}

/* What is not built is refused by its name. */
static int
refuse(struct tool *t, const char *what)
{
    buf_printf(&t->err, "fail2ban-regex: %s\n", what);
    return 255;
}

static bool
is_one_of(const char *value, const char *const *names)
{
    while (*names && !span_eq_nocase(span_of(value), span_of(*names)))
        names++;
    return *names != NULL;
}

static int
set_number(struct tool *t, const char *name, const char *value, unsigned *out)
{
    char what[64];
    uint64_t n;

    if (!span_u64(span_of(value), 0, CONFIG_LINES_MAX, &n)) {
        (void)snprintf(what, sizeof(what), "option %s: invalid integer value: ", name);
        return wrong(t, what, value);
    }
    *out = (unsigned)n;
    return -1;
}

/* Options whose value must be one that we know. */
static int
take_checked(struct tool *t, int option, const char *value)
{
    static const char *const levels[] = {"critical", "error", "warning",
                                         "notice",   "info",  NULL};
    static const char *const encodings[] = {"utf-8", "utf8", "auto", "ascii", NULL};
    static const char *const ways[] = {"yes", "warn", "no", "raw", NULL};

    if (option == 'l')
        return is_one_of(value, levels) ? -1
                                        : refuse(t, "-l: only critical, error, warning, "
                                                    "notice and info; there is no "
                                                    "log of the search to show");
    if (option == 'e')
        return is_one_of(value, encodings) ? -1
                                           : refuse(t, "-e: lines are bytes here, shown "
                                                       "as UTF-8; convert the log first");
    if (!is_one_of(value, ways))
        return refuse(t, "--usedns: write yes, warn, no or raw");
    t->o.usedns = value;
    return -1;
}

static int
take_flag(struct tool *t, int option)
{
    struct tool_options *o = &t->o;

    switch (option) {
    case 'r':
        o->is_raw = true;
        break;
    case 'v':
        o->verbose++;
        break;
    case 'D':
        o->has_debuggex = true;
        break;
    case GIVEN_ONE:
        o->checks_one = true;
        break;
    case GIVEN_NO_MISSED:
        o->prints_no[TOOL_MISSED] = true;
        break;
    case GIVEN_NO_IGNORED:
        o->prints_no[TOOL_IGNORED] = true;
        break;
    case GIVEN_ALL_MATCHED:
        o->prints_all[TOOL_MATCHED] = true;
        break;
    case GIVEN_ALL_MISSED:
        o->prints_all[TOOL_MISSED] = true;
        break;
    case GIVEN_ALL_IGNORED:
        o->prints_all[TOOL_IGNORED] = true;
        break;
    case 'V':
        buf_add_text(&t->out, VERSION "\n");
        return 0;
    case GIVEN_VERSION:
        buf_add_text(&t->out, "fail2ban-regex " VERSION "\n");
        return 0;
    case 'h':
        buf_printf(&t->out, "%s%s", usage, help);
        return 0;
    case 't':
    case GIVEN_FULL:
        return refuse(t, "-t, --full-traceback: there are no tracebacks here");
    case GIVEN_VERBOSE_DATE:
        return refuse(t, "--verbose-date: templates have no weights here");
    default:
        return wrong(t, "no such option", NULL);
    }
    return -1;
}

static int
take(struct tool *t, int option, const char *value)
{
    unsigned verbose = 0;
    int code;

    switch (option) {
    case 'c':
        t->o.config = value;
        return -1;
    case 'd':
        t->o.datepattern = value;
        return -1;
    case 'm':
        t->o.journalmatch = value;
        return -1;
    case 'o':
        t->o.out = value;
        return -1;
    case GIVEN_TZ:
        t->o.timezone = value;
        return -1;
    case 'L':
        return set_number(t, "-L", value, &t->o.maxlines);
    case GIVEN_VERBOSITY:
        code = set_number(t, "--verbosity", value, &verbose);
        t->o.verbose = (int)verbose;
        return code;
    case 'e':
    case 'l':
    case GIVEN_USEDNS:
        return take_checked(t, option, value);
    default:
        return take_flag(t, option);
    }
}

/* Combinations that make no sense, and words. */
static int
check(struct tool *t)
{
    struct tool_options *o = &t->o;
    size_t before = t->err.len;

    if (o->prints_no[TOOL_MISSED] && o->prints_all[TOOL_MISSED])
        buf_add_text(
            &t->err,
            "\nERROR: --print-no-missed and --print-all-missed are mutually exclusive.");
    if (o->prints_no[TOOL_IGNORED] && o->prints_all[TOOL_IGNORED])
        buf_add_text(&t->err, "\nERROR: --print-no-ignored and --print-all-ignored are "
                              "mutually exclusive.");
    if (o->word_count < 2 || o->word_count > 3)
        buf_add_text(&t->err, "\nERROR: provide both <LOG> and <REGEX>.");
    if (t->err.len == before)
        return -1;
    buf_add_byte(&t->err, '\n');
    buf_printf(&t->out, "%s%s", usage, help);
    return 255;
}

int
tool_options(struct tool *t, int argc, char **argv)
{
    int option, code = -1;

    t->o.config = "/etc/fail2ban";
    optind = 0; /* begin anew, with the GNU one's own order of words */
    opterr = 0;
    while (code < 0 &&
           (option = getopt_long(argc, argv, "c:d:e:rL:m:l:vDVho:t", longs, NULL)) >= 0) {
        if (option == '?')
            return wrong(t,
                         optopt ? "option without its value, or no such option: "
                                : "no such option: ",
                         argv[optind - 1]);
        code = take(t, option, optarg);
    }
    for (int i = optind; code < 0 && i < argc; i++)
        if (t->o.word_count++ < ARRAY_LEN(t->o.words))
            t->o.words[t->o.word_count - 1] = argv[i];
    return code < 0 ? check(t) : code;
}
