/* regex_journal: a journal as the log of fail2ban-regex. */
#include "compat/regex_parts.h"
#include "conf/fail2ban_args.h"
#include "conf/journal_args.h"
#include "conf/journalmatch.h"
#include "ctl/journal_entries.h"

bool
tool_is_journal(const struct tool *t)
{
    return span_starts(span_of(t->o.words[0]), SPAN("systemd-journal"));
}

/* --- what is read --- */

/* Which journal the word names. False, after telling: it asks for what is not built. */
static bool
read_word(struct tool *t, struct buf *place)
{
    struct fail2ban_options args = {0};
    const struct fail2ban_place nowhere = {0};
    struct journal_args wanted = {0};
    const char *wrong = NULL;
    struct span name;
    struct buf why = {0};

    if (!fail2ban_args_read(span_of(t->o.words[0]), &name, &args, nowhere, &why))
        wrong = why.ptr;
    for (size_t i = 0; !wrong && i < args.count; i++)
        if (!journal_args_take(&wanted, span_of(args.at[i].name),
                               span_of(args.at[i].text))) {
            buf_printf(&why, "%s is not supported", args.at[i].name);
            wrong = why.ptr;
        }
    if (!wrong)
        wrong = journal_args_place(&wanted, place);
    if (wrong)
        buf_printf(&t->err, "fail2ban-regex: systemd-journal: %s\n", wrong);
    fail2ban_options_fini(&args);
    buf_fini(&why);
    return !wrong;
}

/* What of it: as -m says, else the filter. */
static bool
read_match(struct tool *t, struct buf *match)
{
    struct buf shown = {0}, why = {0};
    bool is_good = true;

    if (t->o.journalmatch)
        is_good = journalmatch_add(match, span_of(t->o.journalmatch), &why);
    else if (t->filter->journalmatch)
        buf_add_text(match, t->filter->journalmatch);
    if (!is_good)
        buf_printf(&t->err, "fail2ban-regex: -m: %s\n", why.ptr);
    journalmatch_text(buf_span(match), &shown);
    if (is_good && !t->o.out)
        buf_printf(&t->out,
                   "Use         systemd journal\nUse         encoding : UTF-8\n%s%s%s\n",
                   shown.len ? "Use    journal match : " : "", shown.len ? shown.ptr : "",
                   shown.len ? "\n" : "");
    buf_fini(&shown);
    buf_fini(&why);
    return is_good;
}

/* --- its entries --- */

static bool
test_entry(void *ctx, struct span raw UNUSED, struct line *line, int64_t time_us)
{
    struct tool *t = ctx;

    tool_test_entry(t, line, time_us);
    return tool_flush(t);
}

bool
tool_test_journal(struct tool *t)
{
    struct buf folder = {0}, match = {0}, why = {0};
    bool is_good = read_word(t, &folder) && read_match(t, &match);

    is_good = is_good &&
              journal_entries_read(
                  &(struct journal_wanted){t->env->libexec, folder.len ? folder.ptr : "",
                                           match.len ? match.ptr : "", 0},
                  test_entry, t, &why);
    if (why.len)
        buf_printf(&t->err, "fail2ban-regex: %s\n", why.ptr);
    buf_fini(&folder);
    buf_fini(&match);
    buf_fini(&why);
    return is_good;
}
