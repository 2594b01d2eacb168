/* client_reload: `reload` and `restart JAIL`. The files are the server's to read; the
 * client looks only whether they have the jail. */
#include "compat/client_internal.h"
#include "conf/layers.h"

/* ["reload", jail, [options], []]: the server reads its files itself. */
static const struct pickle_value *
reload_message(struct pickle_arena *a, const char *jail, const char **options,
               size_t count)
{
    struct pickle_value *list = pickle_container(a, PICKLE_LIST);
    struct pickle_value *opts = pickle_container(a, PICKLE_LIST);

    for (size_t i = 0; i < count; i++)
        if (!pickle_add(a, opts, pickle_text(a, span_of(options[i]))))
            return NULL;
    return pickle_add(a, list, pickle_text(a, SPAN("reload"))) &&
                   pickle_add(a, list, pickle_text(a, span_of(jail))) &&
                   pickle_add(a, list, opts) &&
                   pickle_add(a, list, pickle_container(a, PICKLE_LIST))
               ? list
               : NULL;
}

bool
client_is_komainu(struct compat_run *r)
{
    static const char *const who[] = {"get", "komainu"};
    const struct pickle_value *version;
    struct pickle_arena arena = {0};
    bool is_ours = client_ask_quietly(r, who, 2, &arena, &version);

    pickle_arena_fini(&arena);
    return is_ours;
}

/* Whether the files have a section for the jail. */
static bool
is_written(struct compat_run *r, const char *jail)
{
    static const struct conf_builtin none[] = {{0}};
    struct layers layers = {.builtins = none, .directory = r->options.config};
    struct buf said = {0};
    struct conf_errors errors = {.text = &said}; /* the server has told them */
    struct ini ini = {0};
    bool is_there = layers_read(&layers, "jail", &ini, &errors) &&
                    ini_section(&ini, span_of(jail)) != NULL;

    ini_fini(&ini);
    buf_fini(&said);
    return is_there;
}

/* Whether it is a jail for fail2ban's client, which asks its files: ours are komainud's,
 * too, of which with `may_start` one that was stopped is started. One that the files
 * have, and the server not, is the server's to tell. */
static bool
is_jail(struct compat_run *r, const char *jail, bool may_start)
{
    const char *const look[] = {"status", jail, "short"};
    const char *const start[] = {"start", jail};
    const struct pickle_value *v;
    struct pickle_arena arena = {0};
    bool is_there = client_ask_quietly(r, look, 3, &arena, &v) || is_written(r, jail) ||
                    (may_start && client_ask_quietly(r, start, 2, &arena, &v));

    pickle_arena_fini(&arena);
    if (!is_there)
        client_log(r, "ERROR", "Failed during configuration: No section: '%s'", jail);
    return is_there;
}

/* What is none of its words, as Python shows a list. */
static void
tell_unexpected(struct compat_run *r, const char *const *words, size_t count)
{
    struct pickle_arena arena = {0};
    const struct pickle_value *list = client_message(&arena, words, count);
    struct buf text = {0};

    if (list)
        pickle_repr(&text, list);
    client_log(r, "ERROR", "Unexpected argument(s) for reload: %s",
               text.ptr ? text.ptr : "");
    buf_fini(&text);
    pickle_arena_fini(&arena);
}

bool
client_reload(struct compat_run *r, const char **words, size_t count)
{
    static const char *const known[] = {"--restart", "--unban", "--if-exists"};
    struct shape_request shown = {words, 1, r->env->is_utf8};
    struct pickle_arena arena = {0};
    const struct pickle_value *message;
    const char *jail = NULL;
    size_t options = 0;
    bool is_good, may_start = false;

    for (size_t k = 0; k < ARRAY_LEN(known) && options + 1 < count; k++)
        if (strcmp(words[options + 1], known[k]) == 0) {
            may_start |= strcmp(known[k], "--if-exists") == 0;
            options++;
            k = SIZE_MAX; /* from the first again */
        }
    if (count > options + 2) {
        tell_unexpected(r, words + options + 1, count - options - 1);
        return false;
    }
    if (!client_is_alive(r)) {
        client_log(r, "ERROR", "Could not find server");
        return false;
    }
    if (!client_is_komainu(r)) {
        client_log(r, "ERROR",
                   "this server is fail2ban's own: reload it with its client");
        return false;
    }
    if (count > options + 1 && strcmp(words[options + 1], "--all") != 0)
        jail = words[options + 1];
    if (jail && !is_jail(r, jail, may_start))
        return false;
    message = reload_message(&arena, jail ? jail : "--all", words + 1, options);
    is_good = message && client_exchange(r, message, &shown, &arena);
    pickle_arena_fini(&arena);
    return is_good;
}
