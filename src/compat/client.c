#include "compat/client_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "compat/dump.h"
#include "compat/dump_command.h"
#include "compat/orders.h"
#include "compat/shape.h"
#include "conf/layers.h"
#include "conf/value.h"
#include "ctl/command.h"

#define SOCKET_DEFAULT "/var/run/fail2ban/fail2ban.sock"

enum { PING_MS = 1000 };

/* --- what is printed --- */

void
client_print(struct compat_run *r)
{
    (void)!ctl_flush(r->env->out, &r->out); /* nobody reads it: as fail2ban's client */
    buf_clear(&r->out);
}

void
client_log(struct compat_run *r, const char *level, const char *format, ...)
{
    int64_t now_us = r->env->wall_us();
    struct civil c = clock_to_civil(now_us, clock_local_offset_s(now_us));
    struct buf line = {0};
    char text[4096];
    va_list values;

    client_print(r); /* in order */
    va_start(values, format);
    (void)vsnprintf(text, sizeof(text), format, values); /* cut to what is there */
    va_end(values);
    buf_printf(&line, "%04d-%02d-%02d %02d:%02d:%02d,%03d %-24s[%u]: %-7s %s\n", c.year,
               c.month, c.day, c.hour, c.minute, c.second, c.us / 1000, "fail2ban",
               r->env->pid, level, text);
    (void)!ctl_flush(r->env->err, &line); /* likewise */
    buf_fini(&line);
}

/* --- talking to the server --- */

const struct pickle_value *
client_message(struct pickle_arena *a, const char *const *words, size_t count)
{
    struct pickle_value *list = pickle_container(a, PICKLE_LIST);

    for (size_t i = 0; i < count; i++)
        if (!pickle_add(a, list, pickle_text(a, span_of(words[i]))))
            return NULL;
    return list;
}

static void
tell_socket_error(struct compat_run *r, int e, bool is_ping)
{
    const char *path = r->socket;

    if (access(path, F_OK) != 0)
        client_log(r, "ERROR", "Failed to access socket path: %s. Is fail2ban running?",
                   path);
    else if (access(path, W_OK) != 0)
        client_log(r, "ERROR", "Permission denied to socket: %s, (you must be root)",
                   path);
    else if (is_ping)
        client_log(r, "ERROR", "[Errno %d] %s", -e, strerror(-e));
    else
        client_log(r, "ERROR", "[[Errno %d] %s] Unable to contact server. Is it running?",
                   -e, strerror(-e));
}

bool
client_exchange(struct compat_run *r, const struct pickle_value *message,
                const struct shape_request *shown, struct pickle_arena *arena)
{
    const struct pickle_value *answer = NULL, *value;
    bool is_ping = strcmp(shown->words[0], "ping") == 0;
    struct session s;
    const char *why = NULL;
    struct buf text = {0};
    bool is_good;
    int timeout_ms = -1, e;

    if (is_ping && shown->count > 1)
        timeout_ms = (int)(strtod(shown->words[1], NULL) * 1000);
    e = session_open(&s, r->socket);
    if (e == 0)
        e = session_ask(&s, message, timeout_ms, arena, &answer, &why);
    session_close(&s);
    if (e == -EPROTO) {
        client_log(r, "ERROR", "the answer cannot be read: %s", why);
        return false;
    }
    if (e) {
        tell_socket_error(r, e, is_ping);
        return false;
    }
    if (!pickle_is_sequence(answer) || answer->count != 2 ||
        answer->items[0]->type != PICKLE_INT) {
        pickle_repr(&text, answer);
        client_log(r, "ERROR", "%s", text.ptr);
        buf_fini(&text);
        return false;
    }
    value = answer->items[1];
    is_good = answer->items[0]->number == 0;
    if (is_good) {
        shape_value(&r->out, shown, value);
    } else {
        shape_arguments(&text, value);
        client_log(r, "ERROR", "NOK: %s", text.ptr);
        shape_exception(&r->out, value);
        buf_fini(&text);
    }
    buf_add_byte(&r->out, '\n');
    client_print(r);
    return is_good;
}

bool
client_say(struct compat_run *r, const char *const *words, size_t count,
           const struct shape_request *shown)
{
    struct pickle_arena arena = {0};
    const struct pickle_value *message = client_message(&arena, words, count);
    bool is_good = false;

    if (message)
        is_good = client_exchange(r, message, shown, &arena);
    else
        client_log(r, "ERROR", "the command is too long");
    pickle_arena_fini(&arena);
    return is_good;
}

bool
client_is_alive(struct compat_run *r)
{
    static const char *const ping[] = {"ping"};
    struct pickle_arena arena = {0};
    const struct pickle_value *answer;
    struct session s;
    const char *why;
    bool is_there = session_open(&s, r->socket) == 0 &&
                    session_ask(&s, client_message(&arena, ping, 1), PING_MS, &arena,
                                &answer, &why) == 0;

    session_close(&s);
    pickle_arena_fini(&arena);
    return is_there;
}

/* --- commands of the client's own --- */

bool
client_ask_quietly(struct compat_run *r, const char *const *words, size_t count,
                   struct pickle_arena *arena, const struct pickle_value **value)
{
    const struct pickle_value *answer = NULL;
    struct session s;
    const char *why;
    bool is_good = session_open(&s, r->socket) == 0 &&
                   session_ask(&s, client_message(arena, words, count), -1, arena,
                               &answer, &why) == 0 &&
                   pickle_is_sequence(answer) && answer->count == 2 &&
                   answer->items[0]->type == PICKLE_INT && answer->items[0]->number == 0;

    session_close(&s);
    if (is_good)
        *value = answer->items[1];
    return is_good;
}

bool
client_command(struct compat_run *r, const char **words, size_t count)
{
    const char *restart[CLIENT_WORDS_MAX] = {"reload", "--restart"};
    struct shape_request shown = {words, count, r->env->is_utf8};

    if (count > CLIENT_WORDS_MAX - 1) {
        client_log(r, "ERROR", "the command is too long");
        return false;
    }
    if (strcmp(words[0], "start") == 0 && count == 1)
        return client_start(r, r->options.is_background);
    if (strcmp(words[0], "restart") == 0 && count == 1)
        return client_restart(r);
    if (strcmp(words[0], "restart") == 0) {
        memcpy(restart + 2, words + 1, (count - 1) * sizeof(*words));
        return client_reload(r, restart, count + 1);
    }
    if (strcmp(words[0], "reload") == 0)
        return client_reload(r, words, count);
    if (client_is_of_root(words, count) && client_is_komainu(r))
        return client_order(r, words, count);
    return client_say(r, words, count, &shown);
}

/* --- beginning --- */

/* What the command line says, or else fail2ban.conf, or else `usual`. */
static const char *
path_of(const char *given, const struct ini *ini, const char *name, const char *usual)
{
    const struct ini_option *o = ini_get(ini, SPAN("Definition"), span_of(name), 0);

    return given ? given : o && !strchr(o->value, '%') ? o->value : usual;
}

/* Where the server's socket is, and its pid file. */
static void
find_paths(struct compat_run *r)
{
    static const struct conf_builtin none[] = {{0}};
    struct layers layers = {.builtins = none, .directory = r->options.config};
    struct buf said = {0};
    struct conf_errors errors = {.text = &said}; /* of that file, not ours to tell */
    struct ini ini = {0};
    const char *path;

    (void)layers_read(&layers, "fail2ban", &ini, &errors); /* may be none */
    path = path_of(r->options.socket, &ini, "socket", SOCKET_DEFAULT);
    if (!span_cstr(span_of(path), r->socket, sizeof(r->socket)))
        (void)!span_cstr(SPAN(SOCKET_DEFAULT), r->socket, sizeof(r->socket));
    path = path_of(r->options.pidfile, &ini, "pidfile", "");
    (void)!span_cstr(span_of(path), r->pidfile, sizeof(r->pidfile)); /* none */
    ini_fini(&ini);
    buf_fini(&said);
}

/* -d, --dp, -t. What follows a good test is done then, so that is not said. */
static bool
dump(struct compat_run *r)
{
    const struct compat_options *o = &r->options;
    struct dump_wanted wanted = {.directory = o->config,
                                 .is_dump = o->is_dump,
                                 .is_pretty = o->is_pretty,
                                 .is_test = o->is_test,
                                 .is_silent = o->is_test && o->word_count > 0,
                                 .is_quiet = o->verbose < 1};
    struct buf told = {0};
    bool is_good = dump_command(&wanted, &r->out, &told);

    (void)!ctl_flush(r->env->err, &told); /* as client_print() */
    buf_fini(&told);
    return is_good;
}

/* Whether the socket's name is to be read from what -c names, and that is not there,
 * which is told. */
static bool
lacks_directory(struct compat_run *r)
{
    const struct compat_options *o = &r->options;

    if (!o->is_directory_given || o->socket || access(o->config, F_OK) == 0)
        return false;
    buf_printf(&r->out, "ERROR: Base configuration directory %s does not exist\n",
               o->config);
    return true;
}

/* Says what every failure of a command line ends with. */
static void
end_of_options(struct compat_run *r)
{
    struct buf text = {0};

    client_print(r);
    buf_add_text(&text, "Init of command line failed\n");
    (void)!ctl_flush(r->env->err, &text); /* as client_print() */
    buf_fini(&text);
}

/* --str2sec: the exit status. */
static int
tell_seconds(struct compat_run *r)
{
    if (dump_str2sec(span_of(r->options.str2sec), &r->out))
        return CLIENT_DONE;
    end_of_options(r);
    return CLIENT_FAILED;
}

/* Whether the command line says nothing that could be done. */
static bool
says_nothing(const struct compat_options *o)
{
    return !o->word_count && !o->is_interactive && !o->is_server;
}

/* Options that need no server. True: that was all; `*status` is the exit status. */
static bool
is_done(struct compat_run *r, int *status)
{
    const struct compat_options *o = &r->options;

    *status = CLIENT_DONE;
    if (o->is_help) {
        client_usage(o, &r->out);
    } else if (o->is_version) {
        buf_add_text(&r->out, o->is_short_version ? ORDERS_VERSION "\n"
                                                  : "Fail2Ban v" ORDERS_VERSION "\n");
    } else if (o->str2sec) {
        *status = tell_seconds(r);
    } else if (o->is_dump || o->is_test) {
        *status = dump(r) ? CLIENT_DONE : CLIENT_FAILED;
        client_print(r);
        return *status == CLIENT_FAILED || !o->is_test || !o->word_count;
    } else if (lacks_directory(r)) {
        *status = CLIENT_FAILED;
    } else if (says_nothing(o)) {
        client_usage(o, &r->out);
        *status = CLIENT_FAILED;
    } else {
        return false;
    }
    client_print(r);
    return true;
}

bool
compat_is_name(const char *name)
{
    struct span own = span_of(name);

    own = span_from(own, (size_t)(span_find_last(own, '/') + 1));
    return span_eq(own, SPAN("fail2ban-client")) || span_eq(own, SPAN("fail2ban-server"));
}

/* False: the options are no good, which was told. */
static bool
read_options(struct compat_run *r, int argc, char **argv)
{
    struct buf why = {0};
    bool is_good = client_options(argc, argv, &r->options, &why);

    if (!is_good && why.len)
        buf_printf(&r->out, "ERROR: %s\n", why.ptr);
    else if (!is_good)
        client_usage(&r->options, &r->out);
    if (!is_good)
        end_of_options(r);
    buf_fini(&why);
    return is_good;
}

/* What the words say; then, with -i, what its user does. */
static bool
act(struct compat_run *r)
{
    const struct compat_options *o = &r->options;
    const char **words;
    bool is_good = true;

    if (o->is_server && !o->word_count && !o->is_interactive)
        return client_start(r, o->is_background);
    words = mem_zalloc((size_t)o->word_count + 1, sizeof(*words));
    for (int i = 0; i < o->word_count; i++)
        words[i] = o->words[i];
    if (o->word_count)
        is_good = client_command(r, words, (size_t)o->word_count);
    mem_free(words);
    return is_good && (!o->is_interactive || client_interact(r));
}

int
compat_main(int argc, char **argv, const struct compat_env *env)
{
    struct compat_run r = {.env = env};
    int status = CLIENT_FAILED;

    if (read_options(&r, argc, argv) && !is_done(&r, &status)) {
        find_paths(&r);
        if (r.options.verbose > 1)
            client_log(&r, "INFO", "Using socket file %s", r.socket);
        status = act(&r) ? CLIENT_DONE : CLIENT_FAILED;
    }
    buf_fini(&r.out);
    return status;
}
