#include "ctl/pflogsumm_args.h"

#include <limits.h>

#include "base/ascii.h"
#include "base/mem.h"

enum type { FLAG, NUMBER, MAYBE_NUMBER, TEXT };

struct option {
    const char *name;
    enum pflogsumm_option id;
    enum type type;
};

/* By name, as messages list them. */
static const struct option options[] = {
    {"bounce-detail", PF_BOUNCE_DETAIL, NUMBER},
    {"colwidth", PF_COLWIDTH, NUMBER},
    {"d", PF_DATE, TEXT},
    {"deferral-detail", PF_DEFERRAL_DETAIL, NUMBER},
    {"detail", PF_DETAIL, NUMBER},
    {"e", PF_MESSAGES, FLAG},
    {"h", PF_HOSTS, NUMBER},
    {"help", PF_HELP, FLAG},
    {"i", PF_IGNORE_CASE, FLAG},
    {"ignore-case", PF_IGNORE_CASE, FLAG},
    {"iso-date-time", PF_ISO_DATE_TIME, FLAG},
    {"m", PF_UUCP_MUNG, FLAG},
    {"mailq", PF_MAILQ, FLAG},
    {"no-bounce-detail", PF_NO_BOUNCE_DETAIL, FLAG},
    {"no-deferral-detail", PF_NO_DEFERRAL_DETAIL, FLAG},
    {"no-no-msg-size", PF_NO_NO_MSG_SIZE, FLAG},
    {"no-reject-detail", PF_NO_REJECT_DETAIL, FLAG},
    {"no-smtpd-warnings", PF_NO_SMTPD_WARNINGS, FLAG},
    {"problems-first", PF_PROBLEMS_FIRST, FLAG},
    {"q", PF_QUIET, FLAG},
    {"rej-add-from", PF_REJ_ADD_FROM, FLAG},
    {"rej-add-to", PF_REJ_ADD_TO, FLAG},
    {"reject-detail", PF_REJECT_DETAIL, NUMBER},
    {"rotated", PF_ROTATED, FLAG},
    {"smtp-detail", PF_SMTP_DETAIL, NUMBER},
    {"smtpd-stats", PF_SMTPD_STATS, FLAG},
    {"smtpd-warning-detail", PF_SMTPD_WARNING_DETAIL, NUMBER},
    {"syslog-name", PF_SYSLOG_NAME, TEXT},
    {"u", PF_USERS, NUMBER},
    {"unprocd-file", PF_UNPROCESSED, TEXT},
    {"unprocessed", PF_UNPROCESSED, TEXT},
    {"use-orig-to", PF_USE_ORIG_TO, FLAG},
    {"uucp-mung", PF_UUCP_MUNG, FLAG},
    {"verbose-msg-detail", PF_VERBOSE_MSG_DETAIL, FLAG},
    {"verp-mung", PF_VERP_MUNG, MAYBE_NUMBER},
    {"version", PF_VERSION, FLAG},
    {"zero-fill", PF_ZERO_FILL, FLAG},
};

const char pflogsumm_usage[] =
    "usage: pflogsumm [OPTION...] [FILE...]\n"
    "\n"
    "A summary of Postfix' logs in the layout of pflogsumm 1.1.5. Files may be packed;\n"
    "without one, or with -, standard input is read.\n"
    "\n"
    "  -d DAY                 today, yesterday, 2026-11-20 or 2026-11-20..2026-11-21\n"
    "  --detail N             at most N rows in each list; 0: no lists\n"
    "  -h N, -u N             the same for hosts and domains, and for users\n"
    "  --bounce-detail N, --deferral-detail N, --reject-detail N, --smtp-detail N,\n"
    "  --smtpd-warning-detail N\n"
    "                         the same for each list of problems\n"
    "  -e                     list every message\n"
    "  -i, --ignore-case      addresses are the same in upper and lower case\n"
    "  --iso-date-time        dates as 2026-11-20, hours as 10:00\n"
    "  --mailq                show the queue at the end\n"
    "  -m, --uucp-mung        turn b!user@a into a!user@b\n"
    "  --no-no-msg-size       no list of messages without a size\n"
    "  --problems-first       problems before traffic\n"
    "  -q                     no titles of empty lists\n"
    "  --rej-add-from         add the sender to refusals of recipients and clients\n"
    "  --rej-add-to           add the recipient to refusals of senders\n"
    "  --smtpd-stats          count connections\n"
    "  --syslog-name NAME     only Postfix of this name, and \"postfix\"; else all\n"
    "  --use-orig-to          count recipients as they were before aliases\n"
    "  --verbose-msg-detail   reasons as the log has them\n"
    "  --colwidth N           columns that reasons are cut for; 80, 0: not cut\n"
    "  --verp-mung[=2]        numbers in addresses of mailing lists are the same; 2:\n"
    "                         and so are their members\n"
    "  --zero-fill            every column of every day\n"
    "  --unprocessed FILE     write the lines that were not understood to FILE\n"
    "  --rotated              read with each FILE its rotated ones\n"
    "  --version, --help\n";

/* --- finding the option --- */

static bool
begins(const struct option *o, struct span name)
{
    return strlen(o->name) >= name.len &&
           span_eq_nocase((struct span){o->name, name.len}, name);
}

static void
add_lower(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        buf_add_byte(out, ascii_lower(name.ptr[i]));
}

static void
say_ambiguous(struct span name, struct buf *error)
{
    const char *between = " (";

    buf_add_text(error, "Option ");
    add_lower(error, name);
    buf_add_text(error, " is ambiguous");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (!begins(&options[i], name))
            continue;
        buf_printf(error, "%s%s", between, options[i].name);
        between = ", ";
    }
    buf_add_text(error, ")\n");
}

/* The option of this name, or the one that it abbreviates; NULL, and why. A name that was
 * unique in 1.1.5 stays what it was. */
static const struct option *
find(struct span name, struct buf *error)
{
    const struct option *old = NULL, *new = NULL;
    bool is_ambiguous = false;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct option *o = &options[i], **found;

        if (!begins(o, name))
            continue;
        if (strlen(o->name) == name.len)
            return o;
        found = o->id < PF_REJ_ADD_TO ? &old : &new;
        is_ambiguous |= *found && (*found)->id != o->id && (found == &old || !old);
        *found = o;
    }
    if (is_ambiguous) {
        say_ambiguous(name, error);
        return NULL;
    }
    if (old || new)
        return old ? old : new;
    buf_add_text(error, "Unknown option: ");
    add_lower(error, name);
    buf_add_byte(error, '\n');
    return NULL;
}

/* --- values --- */

static bool
read_number(const char *text, int *number)
{
    struct span s = span_of(text);
    bool is_negative = s.len && s.ptr[0] == '-';
    uint64_t n;

    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = span_from(s, 1);
    if (!span_u64(s, 0, INT_MAX, &n))
        return false;
    *number = is_negative ? -(int)n : (int)n;
    return true;
}

struct reading {
    int argc, next; /* argv[next] was not looked at yet */
    char **argv;
    struct pflogsumm_args *out;
    struct buf *error;
};

static void
say(struct reading *r, const char *format, const char *name)
{
    buf_add_text(r->error, "Option ");
    buf_add_text(r->error, name);
    buf_printf(r->error, " %s\n", format);
}

/* The value of an option that takes one; `value` is what stood behind a =, or NULL. */
static void
take_value(struct reading *r, const struct option *o, const char *value)
{
    bool is_next = !value && r->next < r->argc;
    const char *text = value ? value : is_next ? r->argv[r->next] : NULL;
    int number = 0;

    if (o->type != MAYBE_NUMBER && (!text || (value && !value[0]))) {
        say(r, "requires an argument", o->name);
        return;
    }
    if (o->type != TEXT && text && !read_number(text, &number)) {
        if (o->type == MAYBE_NUMBER && !(value && value[0])) {
            is_next = false; /* it belongs to something else */
        } else {
            buf_printf(r->error, "Value \"%s\" invalid for option %s (number expected)\n",
                       text, o->name);
            return;
        }
    }
    r->next += is_next;
    r->out->given[o->id] = true;
    r->out->number[o->id] = number;
    r->out->text[o->id] = o->type == TEXT ? text : NULL;
}

/* An argument that begins with a dash. */
static void
take_option(struct reading *r, const char *arg)
{
    struct buf name = {0};
    const char *equals = strchr(arg, '=');
    struct span text = equals ? span_between(arg, equals) : span_of(arg);
    bool is_long = span_take(&text, SPAN("--"));
    const struct option *o;

    if (!is_long)
        text = span_from(text, 1);
    for (size_t i = 0; i < text.len; i++)
        buf_add_byte(&name, is_long && text.ptr[i] == '_' ? '-' : text.ptr[i]);
    o = find(buf_span(&name), r->error);
    buf_fini(&name);
    if (!o)
        return;
    if (o->type != FLAG)
        take_value(r, o, equals ? equals + 1 : NULL);
    else if (equals)
        say(r, "does not take an argument", o->name);
    else
        r->out->given[o->id] = true;
}

bool
pflogsumm_args_read(int argc, char **argv, struct pflogsumm_args *out, struct buf *error)
{
    struct reading r = {
        .argc = argc, .next = 1, .argv = argv, .out = out, .error = error};
    size_t before = error->len;
    bool is_end = false;

    *out = (struct pflogsumm_args){.files =
                                       mem_zalloc((size_t)argc + 1, sizeof(*out->files))};
    while (r.next < argc) {
        const char *arg = argv[r.next++];

        if (!is_end && strcmp(arg, "--") == 0)
            is_end = true;
        else if (is_end || arg[0] != '-' || arg[1] == '\0')
            out->files[out->file_count++] = arg;
        else
            take_option(&r, arg);
    }
    return error->len == before;
}

void
pflogsumm_args_fini(struct pflogsumm_args *a)
{
    mem_free(a->files);
    *a = (struct pflogsumm_args){0};
}
