#include "base/mem.h"
#include "conf/fail2ban_args.h"
#include "conf/fail2ban_internal.h"
#include "conf/fail2ban_repr.h"
#include "conf/tags.h"

/* Tags that are never settled before a ban. */
static const char *const late_tags[] = {"matches", "ipmatches", "ipjailmatches",
                                        "timeout", "bantime",   NULL};

/* The name of an action, and its arguments `name` and `actname`, which are added where
 * they are missing. */
static char *
name_action(const struct fail2ban_jail *j, const char *file,
            struct fail2ban_options *args)
{
    struct fail2ban_place nowhere = {0};
    const char *jail = j->name, *name;
    struct span rest;
    struct buf out = {0};

    if (!fail2ban_option(args, "name"))
        fail2ban_options_set(args, SPAN("name"), span_of(jail), nowhere);
    name = fail2ban_text(args, "name", jail);
    rest = span_of(name);
    if (!fail2ban_option(args, "actname")) {
        buf_add_text(&out, file);
        if (strcmp(name, jail) != 0) {
            if (!span_take(&rest, span_of(jail)))
                buf_add_byte(&out, '-');
            buf_add(&out, rest);
        }
        fail2ban_options_set(args, SPAN("actname"), buf_span(&out), nowhere);
    } else {
        buf_add_text(&out, fail2ban_text(args, "actname", file));
    }
    return buf_detach(&out);
}

static bool
is_wanted(const char *name)
{
    for (size_t i = 0; i < fail2ban_of_action_count; i++)
        if (strcmp(fail2ban_of_action[i].name, name) == 0)
            return true;
    return false;
}

/* What the server is told of the action: its commands, then its arguments. */
static bool
settle(struct fail2ban_definition *d, struct fail2ban_action *a)
{
    struct fail2ban_options combined = {0};
    bool is_good = fail2ban_definition_combine(d, late_tags, &combined);

    for (size_t i = 0; i < combined.count && is_good; i++)
        if (is_wanted(combined.at[i].name))
            fail2ban_options_copy(&a->options, &combined.at[i]);
    for (size_t i = 0; i < d->init.count && is_good; i++)
        if (!is_wanted(d->init.at[i].name) &&
            !span_starts(span_of(d->init.at[i].name), SPAN("known/")))
            fail2ban_options_copy(&a->options, &d->init.at[i]);
    fail2ban_options_fini(&combined);
    return is_good;
}

static bool
read_python(struct fail2ban_reading *r, struct fail2ban_action *a,
            struct fail2ban_options *args)
{
    struct buf path = {0};
    const char *name = fail2ban_text(args, "actname", NULL);

    a->name = name ? mem_copy_text(name, strlen(name))
                   : mem_copy_text(a->file, strlen(a->file) - strlen(".py"));
    for (size_t i = 0; i < args->count; i++)
        if (strcmp(args->at[i].name, "actname") != 0)
            fail2ban_options_copy(&a->options, &args->at[i]);
    if (a->file[0] == '/')
        buf_add_text(&path, a->file);
    else
        buf_printf(&path, "%s/action.d/%s", r->out->directory, a->file);
    a->path = buf_detach(&path);
    return true;
}

static bool
read_command(struct fail2ban_reading *r, struct fail2ban_jail *j,
             struct fail2ban_action *a, struct fail2ban_options *args, struct buf *why)
{
    struct fail2ban_definition d = {
        .r = r, .wanted = fail2ban_of_action, .wanted_count = fail2ban_of_action_count};
    struct buf path = {0};
    bool is_good = false;

    buf_printf(&path, "%s%s", a->file[0] == '/' ? "" : "action.d/", a->file);
    a->name = name_action(j, a->file, args);
    d.set = fail2ban_set_get(r, path.ptr);
    buf_fini(&path);
    fail2ban_options_merge(&d.init, args);
    if (!d.set->is_found) {
        buf_add_text(why, "Unable to read action ");
        fail2ban_repr(span_of(a->file), why);
    } else if (d.set->is_broken) {
        fail2ban_fail(r, (struct fail2ban_place){j->file, j->line},
                      "action `%s` cannot be read", a->file);
    } else {
        is_good = fail2ban_definition_read(&d, &j->options, false) && settle(&d, a);
    }
    fail2ban_definition_fini(&d);
    return is_good;
}

bool
fail2ban_read_action(struct fail2ban_reading *r, struct fail2ban_jail *j,
                     struct span text, struct buf *why)
{
    const struct fail2ban_option *o = fail2ban_option(&j->options, "action");
    struct fail2ban_place place = {o->file, o->line};
    struct fail2ban_options args = {0};
    struct fail2ban_action *a;
    struct buf reason = {0};
    struct span name;
    bool is_good;

    if (!fail2ban_args_read(text, &name, &args, place, &reason)) {
        buf_add_text(why, "Invalid action definition ");
        fail2ban_repr(text, why);
        buf_printf(why, ": %s", reason.len ? reason.ptr : "");
        is_good = false;
    } else {
        j->actions = mem_realloc(j->actions, j->action_count + 1, sizeof(*j->actions));
        a = &j->actions[j->action_count++];
        *a = (struct fail2ban_action){.file = mem_copy_text(name.ptr, name.len)};
        is_good = span_ends(name, SPAN(".py")) ? read_python(r, a, &args)
                                               : read_command(r, j, a, &args, why);
    }
    fail2ban_options_fini(&args);
    buf_fini(&reason);
    return is_good;
}

bool
fail2ban_has_families(const struct fail2ban_action *a)
{
    for (size_t i = 0; i < a->options.count; i++)
        if (span_find(span_of(a->options.at[i].name), SPAN("?family=")) > 0)
            return true;
    return false;
}

struct command_tags {
    const struct fail2ban_action *action;
    const char *condition; /* "?family=inet4"; "" for none */
};

static enum tag_found
find_tag(void *ctx, struct span name, struct buf *value)
{
    const struct command_tags *t = ctx;
    const struct fail2ban_option *o = NULL;
    struct buf key = {0};

    for (size_t i = 0; late_tags[i]; i++)
        if (span_eq(span_of(late_tags[i]), name))
            return TAG_UNKNOWN;
    if (t->condition[0]) {
        buf_add(&key, name);
        buf_add_text(&key, t->condition);
        o = fail2ban_options_find(&t->action->options, buf_span(&key));
        buf_fini(&key);
    }
    if (!o)
        o = fail2ban_options_find(&t->action->options, name);
    if (!o || o->type == FAIL2BAN_NONE)
        return TAG_UNKNOWN;
    buf_add_text(value, o->text);
    return TAG_FOUND;
}

bool
fail2ban_command(const struct fail2ban_action *a, const char *event,
                 enum fail2ban_family family, struct buf *out)
{
    static const char *const conditions[] = {
        [FAIL2BAN_ANY] = "",
        [FAIL2BAN_INET4] = "?family=inet4",
        [FAIL2BAN_INET6] = "?family=inet6",
    };
    struct command_tags t = {.action = a, .condition = conditions[family]};
    struct buf text = buf_bounded(FAIL2BAN_TEXT_MAX), name = {0};
    bool is_good = true;

    buf_add_text(&name, event);
    if (find_tag(&t, buf_span(&name), &text) == TAG_FOUND)
        is_good = tags_replace(&text, find_tag, &t) == TAGS_OK;
    if (is_good)
        buf_add(out, buf_span(&text));
    buf_fini(&text);
    buf_fini(&name);
    return is_good;
}
