/* The command `import fail2ban`, and where an import goes. */
#include <errno.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "conf/fail2ban.h"
#include "conf/globs.h"
#include "ctl/ask.h"
#include "ctl/import.h"
#include "ctl/local.h"
#include "ctl/transfer.h"

/* The guard says what became of bans by four numbers, in this order. */
static bool
read_counts(struct span text, uint64_t numbers[4])
{
    struct span word;
    size_t count = 0;

    while (count < 4 && span_word(&text, &word))
        count += span_u64(word, 0, UINT32_MAX, &numbers[count]);
    return count == 4;
}

static enum ctl_exit
send_group(const struct ctl_env *env, const struct ctl_args *args, struct import_group *g,
           bool is_past, struct buf *error)
{
    struct buf *frames = is_past ? &g->past : &g->bans;
    uint64_t numbers[4] = {0};
    struct answer a = {0};
    struct client c;
    enum ctl_exit code;

    if (!frames->len)
        return CTL_DONE;
    code = ask_connect(env, args, &c, error);
    if (code != CTL_DONE)
        return code;
    code = transfer_send(&c, buf_span(frames), &a, error);
    client_fini(&c);
    if (code == CTL_DONE && !read_counts(buf_span(&a.text), numbers))
        code = a.outcome == ANSWER_DONE ? CTL_INTERNAL : client_outcome(&a, error);
    *(is_past ? &g->done.past : &g->done.bans) = (uint32_t)numbers[0];
    g->done.same += (uint32_t)numbers[1];
    g->done.over += (uint32_t)numbers[2];
    g->done.refused += (uint32_t)numbers[3];
    answer_fini(&a);
    return code;
}

static enum ctl_exit
send_all(struct import *i, const struct ctl_env *env, const struct ctl_args *args,
         struct buf *error)
{
    enum ctl_exit code = CTL_DONE;

    for (size_t n = 0; code == CTL_DONE && n < i->group_count; n++) {
        if (env->is_err_tty)
            (void)dprintf(env->err, "\rjail %zu of %zu \r", n + 1, i->group_count);
        code = send_group(env, args, &i->groups[n], true, error);
        if (code == CTL_DONE)
            code = send_group(env, args, &i->groups[n], false, error);
    }
    for (size_t n = 0; n < i->place_count; n++)
        if (!i->places[n].why)
            i->places[n].why = "the guard runs, and reads it already";
    return code;
}

enum ctl_exit
import_deliver(struct import *i, const struct ctl_env *env, const struct ctl_args *args,
               struct buf *error)
{
    struct buf why = {0};
    struct client c;
    enum ctl_exit code = ask_connect(env, args, &c, &why);

    i->is_for_database = code == CTL_NOT_RUNNING;
    if (code == CTL_DONE)
        client_fini(&c);
    if (args->given[OPT_DRY_RUN])
        code = CTL_DONE;
    else if (i->is_for_database)
        code = import_to_store(i, args->value[OPT_STATE], error);
    else if (code == CTL_DONE)
        code = send_all(i, env, args, error);
    else
        buf_add(error, buf_span(&why));
    buf_fini(&why);
    return code;
}

/* The database that is named, or that of the fail2ban here. */
static char *
database_of(const struct ctl_args *args, struct buf *error)
{
    char *path;

    if (args->word_count > 2) {
        buf_add_text(error, "usage: import fail2ban [FILE]");
        return NULL;
    }
    if (args->word_count == 2)
        return mem_copy_text(args->words[1], strlen(args->words[1]));
    path = import_database_of(FAIL2BAN_DIRECTORY);
    if (!path)
        buf_add_text(error, "fail2ban.conf names no `dbfile`; give its name");
    return path;
}

static bool
load_config(const struct ctl_args *args, struct config *config, struct buf *error)
{
    bool is_good = local_load(args, config, error);

    if (is_good)
        globs_expand(config);
    return is_good;
}

static void
print(const struct ctl_env *env, const struct ctl_args *args, const char *path,
      const struct import *i, struct buf *out)
{
    if (!args->given[OPT_JSON]) {
        import_show(i, env, args->given[OPT_DRY_RUN], out);
        return;
    }
    json_begin(out, env->screen.now_us);
    json_key(out, "file");
    json_span(out, span_of(path));
    json_key(out, "dry_run");
    json_bool(out, args->given[OPT_DRY_RUN]);
    import_show_json(i, out);
    json_end(out);
}

/* Where to look for a database that is not there. */
static void
add_hint(const char *path, struct buf *error)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        buf_add_text(error, "; fail2ban's is what `dbfile` in fail2ban.conf names");
}

enum ctl_exit
import_fail2ban(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    struct config config = {0};
    struct import i = {.config = &config, .now_us = env->screen.now_us};
    char *path = database_of(args, &o->error);
    enum ctl_exit code = CTL_USAGE;

    if (path && args->given[OPT_FOR])
        buf_add_text(&o->error, "--for: bans of fail2ban's have their own ends");
    else if (path && load_config(args, &config, &o->error)) {
        if (import_read_fail2ban(&i, path, &o->error))
            code = import_deliver(&i, env, args, &o->error);
        else
            add_hint(path, &o->error);
    }
    if (code == CTL_DONE) {
        print(env, args, path, &i, &o->out);
        if (!args->given[OPT_DRY_RUN] && import_taken(&i) == 0)
            code = CTL_NO_MATCH;
    }
    import_fini(&i);
    config_fini(&config);
    mem_free(path);
    return code;
}
