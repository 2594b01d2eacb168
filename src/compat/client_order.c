/* client_order: what only root itself may set. A client of the socket may not have root
 * run a command or open a file, because it is a role without rights that reads what comes
 * there; so these orders go to komainud's own socket, which asks the kernel who sends. */
#include <sys/socket.h>

#include "compat/client_internal.h"
#include "compat/orders_internal.h"
#include "conf/config.h"
#include "ctl/client.h"

enum { ORDER_TIMEOUT_MS = 60000, PATH_BYTES = 128, ORDER_VALUE_MAX = 8192 };

bool
client_is_of_root(const char *const *words, size_t count)
{
    if (count == 6 && strcmp(words[0], "set") == 0 && strcmp(words[2], "action") == 0)
        return !orders_is_method(span_of(words[4])) && strcmp(words[4], "timeout") != 0 &&
               strcmp(words[4], "banEpoch") != 0;
    return (count == 4 && strcmp(words[0], "set") == 0 &&
            strcmp(words[2], "ignorecommand") == 0) ||
           (count == 3 && strcmp(words[0], "set") == 0 &&
            strcmp(words[1], "logtarget") == 0 && words[2][0] == '/');
}

/* Where komainud listens, as the role says; that it is root who does is looked at. */
static bool
find_socket(struct compat_run *r, char *path)
{
    static const char *const where[] = {"get", "komainu", "orders"};
    const struct pickle_value *value;
    struct pickle_arena arena = {0};
    struct span text;
    bool is_found = client_ask_quietly(r, where, ARRAY_LEN(where), &arena, &value) &&
                    pickle_get_text(value, &text) && span_cstr(text, path, PATH_BYTES);

    pickle_arena_fini(&arena);
    return is_found;
}

static bool
is_root(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == 0;
}

/* The lines of an answer. */
static void
add_news(struct span rest, struct buf *why)
{
    struct wire_tell_news line;
    struct span fields;

    while (answer_next(&rest, WIRE_TELL_NEWS, &fields))
        if (wire_get_tell_news(fields, &line))
            buf_printf(why, "%s%.*s", why->len ? "\n" : "", SPAN_FMT(line.text));
}

/* Sends the order; false: it was not carried out, and `why` says so. */
static bool
order(const char *path, const struct wire_ask_order *m, struct buf *why)
{
    struct answer a = {0};
    struct buf frame = {0};
    struct client c;
    enum ctl_exit code = client_init(&c, path, ORDER_TIMEOUT_MS, why);

    if (code != CTL_DONE)
        return false;
    wire_put_ask_order(&frame, m);
    if (is_root(c.chan.fd))
        code = client_ask(&c, buf_span(&frame), why);
    else
        code = CTL_REFUSED;
    while (code == CTL_DONE && !a.is_ended)
        code = client_receive(&c, &a, why);
    if (code == CTL_DONE && a.outcome != ANSWER_DONE)
        add_news(buf_span(&a.frames), why);
    if (code == CTL_REFUSED && !why->len)
        buf_printf(why, "it is not root who listens at %s", path);
    client_fini(&c);
    buf_fini(&frame);
    code = code == CTL_DONE && a.outcome != ANSWER_DONE ? CTL_REFUSED : code;
    answer_fini(&a);
    return code == CTL_DONE;
}

/* As an exception of the server's. */
static void
tell_refusal(struct compat_run *r, const struct buf *why)
{
    struct pickle_arena arena = {0};
    struct pickle_value *text = pickle_text(&arena, buf_span(why));
    struct buf shown = {0};

    if (text)
        pickle_repr(&shown, text);
    client_log(r, "ERROR", "NOK: (%s,)", shown.ptr ? shown.ptr : "");
    if (text)
        pickle_str(&r->out, text);
    buf_add_byte(&r->out, '\n');
    client_print(r);
    buf_fini(&shown);
    pickle_arena_fini(&arena);
}

/* Whether there is the action of which something is to be set; what is wrong is told. */
static bool
has_action(struct compat_run *r, const char *const *words,
           const struct shape_request *shown)
{
    const char *const get[] = {"get", words[1], "action", words[3], "timeout"};
    const struct pickle_value *value;
    struct pickle_arena arena = {0};
    bool is_there = client_ask_quietly(r, get, ARRAY_LEN(get), &arena, &value);

    pickle_arena_fini(&arena);
    return is_there || client_say(r, get, ARRAY_LEN(get), shown);
}

bool
client_order(struct compat_run *r, const char *const *words, size_t count)
{
    bool is_of_jail = count >= 4;
    const char *const get[] = {"get", words[1], words[2], count == 6 ? words[3] : "",
                               count == 6 ? words[4] : ""};
    struct wire_ask_order m = {.jail = is_of_jail ? span_of(words[1]) : SPAN(""),
                               .option = span_of(words[is_of_jail ? 2 : 1]),
                               .value = span_of(words[count - 1])};
    struct shape_request shown = {words, count, r->env->is_utf8};
    char path[PATH_BYTES];
    struct buf why = {0}, property = {0};
    bool is_good = false;

    if (count == 6 && !has_action(r, words, &shown))
        return false;
    if (count == 6) {
        buf_printf(&property, "%s\n%s\n%s", words[3], words[4], words[5]);
        m.value = buf_span(&property);
    }
    if (!find_socket(r, path))
        buf_add_text(&why, "the guard does not say where it takes orders");
    else if (m.jail.len >= CONFIG_NAME_MAX || m.value.len > ORDER_VALUE_MAX)
        buf_add_text(&why, "it is too long");
    else
        is_good = order(path, &m, &why);
    if (is_good)
        is_good = client_say(r, get, count - 1, &shown);
    else
        tell_refusal(r, &why);
    buf_fini(&property);
    buf_fini(&why);
    return is_good;
}
