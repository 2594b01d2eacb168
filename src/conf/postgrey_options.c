#include "conf/postgrey_options.h"

#include "base/ascii.h"

const char postgrey_usage[] =
    "usage: postgrey --inet=[HOST:]PORT | --unix=PATH [--socketmode=MODE]\n"
    "  [--delay=SECONDS] [--max-age=DAYS] [--retry-window=DAYS|HOURSh]\n"
    "  [--greylist-action=ACTION] [--greylist-text=TEXT] [--x-greylist-header=TEXT]\n"
    "  [--lookup-by-subnet|--lookup-by-host] [--ipv4cidr=BITS] [--ipv6cidr=BITS]\n"
    "  [--auto-whitelist-clients[=N]] [--whitelist-clients=FILE ...]\n"
    "  [--whitelist-recipients=FILE ...] [--hostname=NAME] [--syslog-facility=NAME]\n"
    "  [--dbdir=DIR] [--user=NAME] [--group=NAME] [--daemonize] [--pidfile=FILE]\n"
    "  [--quiet] [--verbose] [--privacy] [--exim] [--listen-queue-size=N]\n"
    "This is komainu's gate under the name of postgrey.\n";

enum what {
    SETTING, /* an option of [greylist] of the name in `key` */
    LIST,    /* the same, may come several times */
    FLAG,    /* `key` becomes `yes` */
    NOTHING, /* so in any case */
    REFUSED,
    UNIX,
    INET,
    MODE,
    USER,
    GROUP,
    PIDFILE,
    DBDIR,
    DAEMON,
    QUIET,
    HELP,
    VERSION,
};

enum takes { TAKES_NONE, TAKES_VALUE, TAKES_MAYBE };

static const struct row {
    const char *name;
    enum what what;
    enum takes takes;
    const char *key;
    bool has_default_for_zero; /* postgrey takes 0 for nothing */
} rows[] = {
    {"unix", UNIX, TAKES_VALUE, NULL, false},
    {"u", UNIX, TAKES_VALUE, NULL, false},
    {"inet", INET, TAKES_VALUE, NULL, false},
    {"i", INET, TAKES_VALUE, NULL, false},
    {"socketmode", MODE, TAKES_VALUE, NULL, false},
    {"user", USER, TAKES_VALUE, NULL, false},
    {"group", GROUP, TAKES_VALUE, NULL, false},
    {"dbdir", DBDIR, TAKES_VALUE, NULL, false},
    {"pidfile", PIDFILE, TAKES_VALUE, NULL, false},
    {"daemonize", DAEMON, TAKES_NONE, NULL, false},
    {"d", DAEMON, TAKES_NONE, NULL, false},
    {"quiet", QUIET, TAKES_NONE, NULL, false},
    {"q", QUIET, TAKES_NONE, NULL, false},
    {"verbose", NOTHING, TAKES_NONE, NULL, false},
    {"v", NOTHING, TAKES_NONE, NULL, false},
    {"help", HELP, TAKES_NONE, NULL, false},
    {"h", HELP, TAKES_NONE, NULL, false},
    {"version", VERSION, TAKES_NONE, NULL, false},
    {"man", REFUSED, TAKES_NONE, NULL, false},
    {"noaction", REFUSED, TAKES_NONE, NULL, false},
    {"no-action", REFUSED, TAKES_NONE, NULL, false},
    {"n", REFUSED, TAKES_NONE, NULL, false},
    {"delay", SETTING, TAKES_VALUE, "delay", true},
    {"max-age", SETTING, TAKES_VALUE, "max-age", true},
    {"retry-window", SETTING, TAKES_VALUE, "retry-window", false},
    {"greylist-action", SETTING, TAKES_VALUE, "greylist-action", true},
    {"greylist-text", SETTING, TAKES_VALUE, "greylist-text", true},
    {"x-greylist-header", SETTING, TAKES_VALUE, "x-greylist-header", true},
    {"hostname", SETTING, TAKES_VALUE, "hostname", false},
    {"ipv4cidr", SETTING, TAKES_VALUE, "ipv4cidr", true},
    {"ipv6cidr", SETTING, TAKES_VALUE, "ipv6cidr", true},
    {"auto-whitelist-clients", SETTING, TAKES_MAYBE, "auto-whitelist-clients", false},
    {"syslog-facility", SETTING, TAKES_VALUE, "syslog-facility", true},
    {"syslogfacility", SETTING, TAKES_VALUE, "syslog-facility", true},
    {"facility", SETTING, TAKES_VALUE, "syslog-facility", true},
    {"whitelist-clients", LIST, TAKES_VALUE, "whitelist-clients", false},
    {"whitelist-recipients", LIST, TAKES_VALUE, "whitelist-recipients", false},
    {"lookup-by-host", FLAG, TAKES_NONE, "lookup-by-host", false},
    {"lookup-by-subnet", NOTHING, TAKES_NONE, NULL, false},
    {"privacy", NOTHING, TAKES_NONE, NULL, false},
    {"exim", NOTHING, TAKES_NONE, NULL, false},
    {"listen-queue-size", NOTHING, TAKES_VALUE, NULL, false},
};

/* What is so at postgrey without being said. */
static const struct {
    const char *key, *value;
} defaults[] = {
    {"greylist-text", "Greylisted, see http://postgrey.schweikert.ch/help/%r.html"},
    {"x-greylist-header", "X-Greylist: delayed %t seconds by postgrey-1.37 at %h; %d"},
    {"sender-tokens", "no"},
    {"sender-pools", "no"},
    {"skip", ""},
};

struct reading {
    struct postgrey_options *out;
    struct buf *why;
    const char *values[ARRAY_LEN(rows)]; /* of each row, as it came last */
    const char *lists[ARRAY_LEN(rows)][POSTGREY_LISTS_MAX];
    size_t list_counts[ARRAY_LEN(rows)];
    bool is_quiet;
    const char *unix_path, *inet, *mode;
};

static const struct row *
row_of(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (span_eq(span_of(rows[i].name), name))
            return &rows[i];
    return NULL;
}

static enum postgrey_told
wrong(struct reading *r, const char *what, const char *argument)
{
    buf_add_text(r->why, "postgrey: `");
    buf_escaped(r->why, span_head(span_of(argument), 100));
    buf_printf(r->why, "` %s", what);
    return POSTGREY_WRONG;
}

static enum postgrey_told
take(struct reading *r, const struct row *row, const char *value)
{
    size_t i = (size_t)(row - rows);

    switch (row->what) {
    case SETTING:
    case FLAG:
        r->values[i] = value;
        return POSTGREY_RUN;
    case LIST:
        if (r->list_counts[i] == POSTGREY_LISTS_MAX || strpbrk(value, " \t,"))
            return wrong(r, "is a list too many, or has a blank or a comma in its name",
                         value);
        r->lists[i][r->list_counts[i]++] = value;
        return POSTGREY_RUN;
    case NOTHING:
        return POSTGREY_RUN;
    case REFUSED:
        return wrong(r, "is not built; leave it out", row->name);
    case UNIX:
        r->unix_path = value;
        return POSTGREY_RUN;
    case INET:
        r->inet = value;
        return POSTGREY_RUN;
    case MODE:
        r->mode = value;
        return POSTGREY_RUN;
    case USER:
        r->out->user = value;
        return POSTGREY_RUN;
    case GROUP:
        r->out->group = value;
        return POSTGREY_RUN;
    case PIDFILE:
        r->out->pidfile = value;
        return POSTGREY_RUN;
    case DBDIR:
        r->out->dbdir = value;
        return POSTGREY_RUN;
    case DAEMON:
        r->out->is_daemon = true;
        return POSTGREY_RUN;
    case QUIET:
        r->is_quiet = true;
        return POSTGREY_RUN;
    case HELP:
        return POSTGREY_HELP;
    case VERSION:
        return POSTGREY_VERSION;
    }
    return POSTGREY_WRONG;
}

/* Whether an option that came without `=` takes the next argument, which may be NULL. */
static bool
takes_next(const struct row *row, const char *next)
{
    return next &&
           (row->takes == TAKES_VALUE || (row->takes == TAKES_MAYBE && next[0] != '-'));
}

/* One argument, which may take the next one as its value. */
static enum postgrey_told
read_one(struct reading *r, int argc, char **argv, int *i)
{
    const char *argument = argv[*i], *value = NULL;
    struct span name = span_of(argument), text;
    const struct row *row;

    if (!span_take(&name, SPAN("--")) && !span_take(&name, SPAN("-")))
        return wrong(r, "is no option", argument);
    if (span_cut(name, SPAN("="), &name, &text))
        value = text.ptr;
    row = row_of(name);
    if (!row)
        return wrong(r, "is no option of postgrey", argument);
    if (value && row->takes == TAKES_NONE)
        return wrong(r, "takes no value", argument);
    if (!value && takes_next(row, *i + 1 < argc ? argv[*i + 1] : NULL))
        value = argv[++*i];
    if (!value && row->takes == TAKES_VALUE)
        return wrong(r, "needs a value", argument);
    if (value && (strchr(value, '\n') || strchr(value, '\r')))
        return wrong(r, "has several lines", argument);
    return take(r, row, value ? value : "");
}

/* A value of an INI file, where % begins a name. */
static void
add_setting(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "%s = ", key);
    for (; *value; value++)
        buf_add_text(out, *value == '%' ? "%%" : (char[]){*value, '\0'});
    buf_add_byte(out, '\n');
}

static bool
is_number(const char *text)
{
    for (; *text; text++)
        if (!ascii_is_digit(*text))
            return false;
    return true;
}

static enum postgrey_told
add_listen(struct reading *r)
{
    struct buf place = {0};

    if (!r->inet && !r->unix_path) {
        buf_add_text(r->why, "postgrey: --unix or --inet must be specified");
        return POSTGREY_WRONG;
    }
    if (r->inet)
        buf_printf(&place, "inet:%s%s", is_number(r->inet) ? "localhost:" : "", r->inet);
    else
        buf_printf(&place, "unix:%s,%s", r->unix_path, r->mode ? r->mode : "0666");
    buf_add_text(&r->out->text, "[gate]\n");
    add_setting(&r->out->text, "listen", place.ptr);
    buf_fini(&place);
    return POSTGREY_RUN;
}

/* The value of a key, or NULL: the last one that says something. */
static const char *
value_of(const struct reading *r, const char *key)
{
    const char *found = NULL;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *value = r->values[i];
        bool is_nothing = !value || (rows[i].has_default_for_zero &&
                                     (!value[0] || strcmp(value, "0") == 0));

        if (!is_nothing && rows[i].key && strcmp(rows[i].key, key) == 0)
            found = value;
    }
    return found;
}

/* The values of an option that may come several times. */
static void
add_list(struct buf *text, const char *key, const char *const *values, size_t count)
{
    buf_printf(text, "%s =", key);
    for (size_t i = 0; i < count; i++)
        buf_printf(text, " %s", values[i]);
    buf_add_byte(text, '\n');
}

static void
add_row(struct reading *r, size_t i)
{
    const struct row *row = &rows[i];
    const char *value = value_of(r, row->key);

    if (r->list_counts[i]) {
        add_list(&r->out->text, row->key, r->lists[i], r->list_counts[i]);
        return;
    }
    if (!value || value != r->values[i]) /* another row has the last word */
        return;
    if (row->what == FLAG)
        value = "yes";
    if (row->takes == TAKES_MAYBE && !value[0])
        value = "5";
    add_setting(&r->out->text, row->key, value);
}

static void
add_settings(struct reading *r)
{
    struct buf *text = &r->out->text;

    buf_add_text(text, "[greylist]\n");
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
        if (!value_of(r, defaults[i].key))
            add_setting(text, defaults[i].key, defaults[i].value);
    add_setting(text, "log-lines", r->is_quiet ? "no" : "postgrey");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].key)
            add_row(r, i);
}

enum postgrey_told
postgrey_options_read(int argc, char **argv, struct postgrey_options *out,
                      struct buf *why)
{
    struct reading r = {.out = out, .why = why};
    enum postgrey_told told = POSTGREY_RUN;

    *out = (struct postgrey_options){.dbdir = "/var/lib/postgrey"};
    for (int i = 1; i < argc && told == POSTGREY_RUN; i++)
        told = read_one(&r, argc, argv, &i);
    if (told == POSTGREY_RUN)
        told = add_listen(&r);
    if (told == POSTGREY_RUN)
        add_settings(&r);
    return told;
}

void
postgrey_options_fini(struct postgrey_options *o)
{
    buf_fini(&o->text);
}
