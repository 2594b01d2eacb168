#include "guard_parts.h"

#include <unistd.h>

#include "base/clock.h"

static void
add_label(struct buf *out, const char **label)
{
    buf_printf(out, "  %-12s", *label);
    *label = "";
}

enum { LABEL_COLUMNS = 14, SCREEN_COLUMNS = 79 };

/* Appends words, and goes on under the first one where a line is full. */
static void
add_wrapped(struct buf *out, struct span text)
{
    size_t column = LABEL_COLUMNS;
    struct span word;

    while (text.len) {
        if (!span_cut(text, SPAN(" "), &word, &text)) {
            word = text;
            text = (struct span){0};
        }
        if (column > LABEL_COLUMNS && column + 1 + word.len > SCREEN_COLUMNS) {
            buf_printf(out, "\n%*s", LABEL_COLUMNS, "");
            column = LABEL_COLUMNS;
        } else if (column > LABEL_COLUMNS) {
            buf_add_byte(out, ' ');
            column++;
        }
        buf_escaped(out, word);
        column += word.len;
    }
    buf_add_byte(out, '\n');
}

static bool
is_log_there(const struct guard *g, uint16_t source)
{
    const struct config_source *s = &g->config.sources[source];

    return s->kind != SOURCE_FILE || access(s->path, F_OK) == 0;
}

static void
add_limits(const struct guard *g, struct buf *out, const struct config_jail *j)
{
    buf_printf(out, "%u failures in ", j->maxretry);
    clock_add_duration(out, j->findtime_s * SECOND_US);
    buf_add_text(out,
                 j->mode == JAIL_ENFORCE ? ": banned for " : ": would be banned for ");
    clock_add_duration(out, j->bantime_s < 0 ? -1 : j->bantime_s * SECOND_US);
    buf_add_text(out, j->is_by_commands                       ? ", by its commands"
                      : g->config.scopes[j->scope].count == 0 ? ", all ports"
                                                              : ", its ports");
    if (j->mode == JAIL_OBSERVE)
        buf_add_text(out, " (observe only)");
    buf_add_byte(out, '\n');
}

static void
add_guarded(const struct guard *g, struct buf *out)
{
    const char *label = "guarded";

    for (size_t i = 0; i < g->config.jail_count; i++) {
        const struct config_jail *j = &g->config.jails[i];

        if (j->rule.key != RULE_NONE)
            continue;
        add_label(out, &label);
        buf_printf(out, "%-14s ", j->name);
        add_limits(g, out, j);
        for (size_t k = 0; k < j->source_count; k++) {
            buf_printf(out, "  %-12s%-14s reads ", "", "");
            buf_escaped(out, span_of(g->config.sources[j->sources[k]].path));
            buf_add_byte(out, '\n');
        }
    }
    if (g->config.jail_count == 0)
        buf_add_text(out,
                     "  guarded     nothing: no service was found that a jail is for\n");
}

/* The rules of one mode, by name: what they count would fill the screen. */
static void
add_rules(const struct guard *g, enum jail_mode mode, struct buf *out)
{
    struct buf names = {0};

    for (size_t i = 0; i < g->config.jail_count; i++) {
        const struct config_jail *j = &g->config.jails[i];

        if (j->rule.key != RULE_NONE && j->mode == mode)
            buf_printf(&names, "%s%s", names.len ? " " : "", j->name);
    }
    if (names.len && mode == JAIL_OBSERVE)
        buf_add_text(&names, " (observe only)");
    if (names.len) {
        const char *label = "rules";

        add_label(out, &label);
        add_wrapped(out, buf_span(&names));
    }
    buf_fini(&names);
}

static void
add_missing(const struct guard *g, struct buf *out)
{
    const char *label = "waiting for";
    bool is_any_there = false;

    for (size_t i = 0; i < g->config.source_count; i++) {
        if (is_log_there(g, (uint16_t)i)) {
            is_any_there = true;
            continue;
        }
        add_label(out, &label);
        buf_escaped(out, span_of(g->config.sources[i].path));
        buf_add_text(out, " (read as soon as it appears)\n");
    }
    if (is_any_there)
        return;
    buf_add_text(out, "  no log      There is no log to read on this machine yet. "
                      "Komainu keeps watching\n"
                      "              for one. To see it at work now: make demo\n");
}

static void
add_notes(const struct guard *g, struct buf *out)
{
    const char *label = "not guarded";

    for (size_t i = 0; i < g->machine.note_count; i++) {
        add_label(out, &label);
        add_wrapped(out, span_of(g->machine.notes[i]));
    }
}

void
guard_screen(const struct guard *g, struct buf *out)
{
    char host[65] = "this machine";

    (void)gethostname(host, sizeof(host) - 1); /* the words above do as well */
    buf_printf(out, "\nKomainu %s guards ", KOMAINU_VERSION);
    buf_escaped(out, span_of(host));
    buf_add_text(out, "\n\n");
    add_guarded(g, out);
    add_rules(g, JAIL_ENFORCE, out);
    add_rules(g, JAIL_OBSERVE, out);
    add_missing(g, out);
    add_notes(g, out);
    buf_add_text(out, "  look        ");
    buf_printf(out, "%s%s status | bans | why ADDRESS | watch\n", g->command,
               g->state_option);
    buf_printf(out, "  let out     %s%s unban ADDRESS\n", g->command, g->state_option);
    buf_printf(out, "  open all    %s panic", g->command);
    if (strcmp(g->config.table, "komainu") != 0)
        buf_printf(out, " --table %s", g->config.table);
    buf_add_byte(out, '\n');
    buf_add_text(
        out,
        "  stop        Ctrl-C; bans stay in the kernel until their time is over\n\n");
}
