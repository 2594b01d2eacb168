#include "ctl/help.h"

static const struct {
    enum ctl_exit code;
    const char *text;
} exits[] = {
    {CTL_DONE, "Done."},
    {CTL_NO_MATCH, "Nothing matched, or nothing changed."},
    {CTL_USAGE, "Wrong use, a bad address, or an error in the configuration."},
    {CTL_NOT_RUNNING, "The guard is not running."},
    {CTL_REFUSED, "Refused: no permission, or a protected address."},
    {CTL_INTERNAL, "The guard or this program failed."},
};

/* Options of `command` in the order of the table; --help ends the list. */
static bool
next_option(const struct ctl_command *command, size_t *at, const struct ctl_option **out)
{
    while (*at < CTL_OPTIONS) {
        size_t i = (*at)++;

        if (i == OPT_HELP || (command->options & OPT_BIT(i))) {
            *out = ctl_option((enum ctl_option_id)i);
            return true;
        }
    }
    return false;
}

/* Each line of `text` behind `indent` blanks. */
static void
add_indented(struct buf *out, const char *text, int indent)
{
    struct span rest = span_of(text), line;

    while (span_line(&rest, &line)) {
        buf_printf(out, "%*s", indent, "");
        buf_add(out, line);
        buf_add_byte(out, '\n');
    }
}

static void
add_command(struct buf *out, const struct ctl_command *c)
{
    const struct ctl_option *option;
    size_t at = 0;

    buf_printf(out, "komainu %s%s%s: %s.\n\n", c->name, c->usage[0] ? " " : "", c->usage,
               c->summary);
    add_indented(out, c->help, 0);
    buf_add_text(out, "\nOptions:\n");
    while (next_option(c, &at, &option)) {
        buf_printf(out, "  %s%s%s\n", option->name, option->value ? " " : "",
                   option->value ? option->value : "");
        add_indented(out, option->help, 6);
    }
}

void
help_add(struct buf *out, const struct ctl_command *command)
{
    size_t count, pad;
    const struct ctl_command *c = ctl_commands(&count);

    if (command) {
        add_command(out, command);
        return;
    }
    buf_add_text(out, "komainu: look at and command the mail-server guard.\n\n"
                      "Usage: komainu COMMAND [OPTION...]\n\nCommands:\n");
    for (size_t i = 0; i < count; i++) {
        pad = 26 - strlen(c[i].name) - 1 - strlen(c[i].usage);
        buf_printf(out, "  %s %s%*s%s\n", c[i].name, c[i].usage, (int)pad, "",
                   c[i].summary);
    }
    buf_add_text(out, "\n'komainu help COMMAND' explains a command and its options.\n"
                      "'komainu --version' prints the version.\n\nExit codes:\n");
    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        buf_printf(out, "  %d  %s\n", (int)exits[i].code, exits[i].text);
}

/* Text of ours as lines of a man page: what roff would take for its own is quoted. */
static void
add_roff(struct buf *out, const char *text)
{
    struct span rest = span_of(text), line;

    while (span_line(&rest, &line)) {
        if (span_starts(line, SPAN(".")) || span_starts(line, SPAN("'")))
            buf_add_text(out, "\\&");
        for (size_t i = 0; i < line.len; i++) {
            if (line.ptr[i] == '\\')
                buf_add_text(out, "\\e");
            else if (line.ptr[i] == '-')
                buf_add_text(out, "\\-"); /* so that options can be copied */
            else
                buf_add_byte(out, line.ptr[i]);
        }
        buf_add_byte(out, '\n');
    }
}

/* ".Op Fl Fl json", or as the head of a list item. */
static void
add_man_option(struct buf *out, const char *macro, const struct ctl_option *o)
{
    buf_printf(out, "%s Fl Fl %s", macro, o->name + 2);
    if (o->value)
        buf_printf(out, " Ar %s", o->value);
    buf_add_byte(out, '\n');
}

static void
add_man_command(struct buf *out, const struct ctl_command *c)
{
    const struct ctl_option *option;
    size_t at = 0;

    buf_printf(out, ".It Ic %s", c->name);
    if (c->usage[0])
        buf_printf(out, " Ar %s", c->usage);
    buf_add_byte(out, '\n');
    add_roff(out, c->summary);
    buf_add_text(out, ".Pp\n");
    add_roff(out, c->help);
    buf_add_text(out, ".Pp\nOptions:\n.Bl -tag -width Ds -compact\n");
    while (next_option(c, &at, &option)) {
        add_man_option(out, ".It", option);
        add_roff(out, option->help);
    }
    buf_add_text(out, ".El\n");
}

static void
add_man_synopsis(struct buf *out)
{
    const struct ctl_option *option;
    size_t count, at;
    const struct ctl_command *c = ctl_commands(&count);

    for (size_t i = 0; i < count; i++) {
        buf_printf(out, ".Nm\n.Ic %s\n", c[i].name);
        for (at = 0; next_option(&c[i], &at, &option);)
            add_man_option(out, ".Op", option);
        if (c[i].usage[0])
            buf_printf(out, ".Ar %s\n", c[i].usage);
    }
    buf_add_text(out, ".Nm\n.Fl Fl version\n");
}

void
help_add_man(struct buf *out)
{
    size_t count;
    const struct ctl_command *c = ctl_commands(&count);

    buf_add_text(out, ".\\\" Made from the command table by komainu --dump-man.\n"
                      ".Dd November 22, 2026\n.Dt KOMAINU 1\n.Os\n"
                      ".Sh NAME\n.Nm komainu\n"
                      ".Nd look at and command the mail\\-server guard\n.Sh SYNOPSIS\n");
    add_man_synopsis(out);
    buf_add_text(out, ".Sh DESCRIPTION\n.Nm\n"
                      "shows what the guard\n.Xr komainud 8\n"
                      "sees and does, and tells it what to do.\n"
                      "The commands are:\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < count; i++)
        add_man_command(out, &c[i]);
    buf_add_text(out,
                 ".El\n.Pp\n"
                 "Tables fit the terminal.\n"
                 "Text that comes from logs is shown with control characters written\n"
                 "as \\exXX and invisible ones as \\eu{XXXX}.\n"
                 "Errors go to the standard error as one line,\n"
                 ".Dq komainu: command: message .\n"
                 ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
                 ".It Ev NO_COLOR\nWhen set and not empty, nothing is coloured.\n"
                 ".It Ev COLUMNS\nThe width of the terminal.\n"
                 ".It Ev TZ\nThe time zone.\n.El\n"
                 ".Sh FILES\n.Bl -tag -width Ds\n"
                 ".It Pa /run/komainu/control.sock\nThe control socket.\n.El\n"
                 ".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n");
    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        buf_printf(out, ".It %d\n%s\n", (int)exits[i].code, exits[i].text);
    buf_add_text(out, ".El\n.Sh EXAMPLES\n"
                      "Let a customer in again who calls, after looking why:\n"
                      ".Bd -literal -offset indent\n"
                      "komainu why 192.0.2.7\nkomainu unban 192.0.2.7\n.Ed\n.Pp\n"
                      "See whom the last log would have had banned:\n"
                      ".Dl komainu replay /var/log/mail.log.1\n"
                      ".Sh SEE ALSO\n.Xr komainud 8\n");
}
