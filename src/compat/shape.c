#include "compat/shape_internal.h"

#include "base/mem.h"

static void
shape_plain(struct buf *out, const struct shape_request *r UNUSED,
            const struct pickle_value *v)
{
    pickle_str(out, v);
}

/* --- settings --- */

/* A title, and a line for each text; `none` without any. */
static void
add_tree(struct buf *out, const struct pickle_value *v, const char *title,
         const char *none)
{
    if (!pickle_is_sequence(v)) {
        pickle_str(out, v);
        return;
    }
    if (v->count == 0) {
        buf_add_text(out, none);
        return;
    }
    buf_add_text(out, title);
    for (uint32_t i = 0; i < v->count; i++) {
        buf_add_text(out, i + 1 == v->count ? "\n`- " : "\n|- ");
        pickle_str(out, v->items[i]);
    }
}

static void
shape_logpath(struct buf *out, const struct shape_request *r UNUSED,
              const struct pickle_value *v)
{
    add_tree(out, v, "Current monitored log file(s):", "No file is currently monitored");
}

static void
shape_ignoreip(struct buf *out, const struct shape_request *r UNUSED,
               const struct pickle_value *v)
{
    add_tree(out, v, "These IP addresses/networks are ignored:",
             "No IP address/network is ignored");
}

static void
shape_regexes(struct buf *out, const struct shape_request *r UNUSED,
              const struct pickle_value *v)
{
    if (!pickle_is_sequence(v) || v->count == 0) {
        add_tree(out, v, "", "No regular expression is defined");
        return;
    }
    buf_add_text(out, "The following regular expression are defined:");
    for (uint32_t i = 0; i < v->count; i++) {
        buf_printf(out, "\n%s [%u]: ", i + 1 == v->count ? "`-" : "|-", i);
        pickle_str(out, v->items[i]);
    }
}

static void
shape_journalmatch(struct buf *out, const struct shape_request *r UNUSED,
                   const struct pickle_value *v)
{
    if (!pickle_is_sequence(v) || v->count == 0) {
        add_tree(out, v, "", "No journal match filter set");
        return;
    }
    buf_add_text(out, "Current match filter:\n");
    for (uint32_t i = 0; i < v->count; i++) {
        buf_add_text(out, i ? " + " : "");
        if (pickle_is_sequence(v->items[i]))
            shape_joined(out, v->items[i], " ");
        else
            pickle_str(out, v->items[i]);
    }
}

static void
shape_datepattern(struct buf *out, const struct shape_request *r UNUSED,
                  const struct pickle_value *v)
{
    buf_add_text(out, "Current date pattern set to: ");
    if (v->type == PICKLE_NONE) {
        buf_add_text(out, "Not set/required");
    } else if (shape_is_pair(v) && v->items[0]->type == PICKLE_NONE) {
        pickle_str(out, v->items[1]);
    } else if (shape_is_pair(v)) {
        pickle_str(out, v->items[0]);
        buf_add_text(out, " (");
        pickle_str(out, v->items[1]);
        buf_add_byte(out, ')');
    } else {
        pickle_str(out, v);
    }
}

static void
shape_logencoding(struct buf *out, const struct shape_request *r UNUSED,
                  const struct pickle_value *v)
{
    buf_add_text(out, "Current log encoding is set to:\n");
    pickle_str(out, v);
}

/* "actions", "actionproperties", "actionmethods": what there is of them. */
static void
shape_actions(struct buf *out, const struct shape_request *r,
              const struct pickle_value *v)
{
    const char *what =
        shape_is_word(r, 2, "actions") ? "actions" : shape_word(r, 2) + strlen("action");
    bool is_of_one = !shape_is_word(r, 2, "actions");

    if (!pickle_is_sequence(v)) {
        pickle_str(out, v);
        return;
    }
    if (v->count)
        buf_printf(out, "The jail %s %s%s%shas the following %s:\n", shape_word(r, 1),
                   is_of_one ? "action " : "", is_of_one ? shape_word(r, 3) : "",
                   is_of_one ? " " : "", what);
    else if (is_of_one)
        buf_printf(out, "No %s for jail %s action %s", what, shape_word(r, 1),
                   shape_word(r, 3));
    else
        buf_printf(out, "No actions for jail %s", shape_word(r, 1));
    shape_joined(out, v, ", ");
}

static void
shape_banip(struct buf *out, const struct shape_request *r, const struct pickle_value *v)
{
    const char *between = r->count <= 3                        ? " "
                          : shape_is_word(r, 3, "--with-time") ? "\n"
                                                               : shape_word(r, 3);

    if (v->type == PICKLE_LIST && shape_is_word(r, 0, "get"))
        shape_joined(out, v, between);
    else
        pickle_str(out, v);
}

/* --- settings of the server --- */

static void
shape_loglevel(struct buf *out, const struct shape_request *r UNUSED,
               const struct pickle_value *v)
{
    buf_add_text(out, "Current logging level is ");
    pickle_repr(out, v);
}

static void
shape_logtarget(struct buf *out, const struct shape_request *r UNUSED,
                const struct pickle_value *v)
{
    buf_add_text(out, "Current logging target is:\n`- ");
    pickle_str(out, v);
}

static void
shape_syslogsocket(struct buf *out, const struct shape_request *r UNUSED,
                   const struct pickle_value *v)
{
    buf_add_text(out, "Current syslog socket is:\n`- ");
    pickle_str(out, v);
}

static void
shape_dbfile(struct buf *out, const struct shape_request *r UNUSED,
             const struct pickle_value *v)
{
    if (v->type == PICKLE_NONE) {
        buf_add_text(out, "Database currently disabled");
        return;
    }
    buf_add_text(out, "Current database file is:\n`- ");
    pickle_str(out, v);
}

static void
shape_dbpurgeage(struct buf *out, const struct shape_request *r UNUSED,
                 const struct pickle_value *v)
{
    if (v->type == PICKLE_NONE) {
        buf_add_text(out, "Database currently disabled");
        return;
    }
    buf_add_text(out, "Current database purge age is:\n`- ");
    pickle_str(out, v);
    buf_add_text(out, "seconds");
}

/* --- small ones --- */

static void
shape_ping(struct buf *out, const struct shape_request *r UNUSED,
           const struct pickle_value *v)
{
    buf_add_text(out, "Server replied: ");
    pickle_str(out, v);
}

static void
shape_start(struct buf *out, const struct shape_request *r UNUSED,
            const struct pickle_value *v UNUSED)
{
    buf_add_text(out, "Jail started");
}

static void
shape_stop(struct buf *out, const struct shape_request *r, const struct pickle_value *v)
{
    if (v->type == PICKLE_NONE)
        buf_add_text(out, r->count == 1 ? "Shutdown successful" : "Jail stopped");
    else
        pickle_str(out, v);
}

static void
shape_add(struct buf *out, const struct shape_request *r UNUSED,
          const struct pickle_value *v)
{
    buf_add_text(out, "Added jail ");
    pickle_str(out, v);
}

static void
shape_flushlogs(struct buf *out, const struct shape_request *r UNUSED,
                const struct pickle_value *v)
{
    buf_add_text(out, "logs: ");
    pickle_str(out, v);
}

static void
shape_echo(struct buf *out, const struct shape_request *r UNUSED,
           const struct pickle_value *v)
{
    if (pickle_is_sequence(v))
        shape_joined(out, v, " ");
    else
        pickle_str(out, v);
}

/* --- all --- */

/* The first row whose word, at its place, was asked. */
static const struct {
    size_t at;
    const char *word;
    shape_fn *fn;
} shapes[] = {
    {0, "ping", shape_ping},
    {0, "version", shape_plain},
    {0, "start", shape_start},
    {0, "stop", shape_stop},
    {0, "add", shape_add},
    {0, "flushlogs", shape_flushlogs},
    {0, "echo", shape_echo},
    {0, "status", shape_status},
    {0, "stats", shape_statistics},
    {0, "statistics", shape_statistics},
    {1, "syslogsocket", shape_syslogsocket},
    {1, "logtarget", shape_logtarget},
    {1, "loglevel", shape_loglevel},
    {1, "dbfile", shape_dbfile},
    {1, "dbpurgeage", shape_dbpurgeage},
    {2, "logpath", shape_logpath},
    {2, "addlogpath", shape_logpath},
    {2, "dellogpath", shape_logpath},
    {2, "logencoding", shape_logencoding},
    {2, "journalmatch", shape_journalmatch},
    {2, "addjournalmatch", shape_journalmatch},
    {2, "deljournalmatch", shape_journalmatch},
    {2, "datepattern", shape_datepattern},
    {2, "ignoreip", shape_ignoreip},
    {2, "addignoreip", shape_ignoreip},
    {2, "delignoreip", shape_ignoreip},
    {2, "failregex", shape_regexes},
    {2, "addfailregex", shape_regexes},
    {2, "delfailregex", shape_regexes},
    {2, "ignoreregex", shape_regexes},
    {2, "addignoreregex", shape_regexes},
    {2, "delignoreregex", shape_regexes},
    {2, "actions", shape_actions},
    {2, "actionproperties", shape_actions},
    {2, "actionmethods", shape_actions},
    {2, "banip", shape_banip},
};

void
shape_value(struct buf *out, const struct shape_request *r, const struct pickle_value *v)
{
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        if (shape_is_word(r, shapes[i].at, shapes[i].word)) {
            shapes[i].fn(out, r, v);
            return;
        }
    pickle_str(out, v);
}

/* --- errors --- */

/* The first argument of an exception; NULL: it has none. */
static const struct pickle_value *
first_argument(const struct pickle_value *e)
{
    const struct pickle_value *arguments =
        e->type == PICKLE_OBJECT && e->count ? e->items[0] : NULL;

    return arguments && arguments->count ? arguments->items[0] : NULL;
}

void
shape_exception(struct buf *out, const struct pickle_value *e)
{
    const struct pickle_value *first = first_argument(e);
    struct span name = e->text;

    if (e->type != PICKLE_OBJECT) {
        pickle_str(out, e);
    } else if (span_ends(name, SPAN(" IndexError"))) {
        buf_add_text(out, "Sorry but the command is invalid");
    } else if (first && span_ends(name, SPAN(" UnknownJailException"))) {
        buf_add_text(out, "Sorry but the jail '");
        pickle_str(out, first);
        buf_add_text(out, "' does not exist");
    } else if (first && span_ends(name, SPAN(" DuplicateJailException"))) {
        buf_add_text(out, "The jail '");
        pickle_str(out, first);
        buf_add_text(out, "' already exists");
    } else if (first && e->items[0]->count == 1 && !span_ends(name, SPAN(" KeyError"))) {
        pickle_str(out, first);
    } else if (first) {
        pickle_repr(out, e->items[0]->count == 1 ? first : e->items[0]);
    }
}

void
shape_arguments(struct buf *out, const struct pickle_value *e)
{
    if (e->type == PICKLE_OBJECT && e->count)
        pickle_repr(out, e->items[0]);
    else
        pickle_repr(out, e);
}
