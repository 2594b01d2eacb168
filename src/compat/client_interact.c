/* client_interact: fail2ban-client -i, a command a line. */
#include "base/mem.h"
#include "compat/client_internal.h"
#include "compat/orders.h"
#include "compat/words.h"

enum { LINE_MAX_BYTES = 65536 };

static void
add_greeting(struct buf *out)
{
    buf_add_text(out,
                 "Komainu " KOMAINU_VERSION " in the place of Fail2Ban v" ORDERS_VERSION
                 "\nCommands as of fail2ban-client; help, exit\n\n");
}

/* The next line without its end; one that is too long is told, and empty. False: there is
 * none. */
static bool
read_line(struct compat_run *r, FILE *in, char *line)
{
    size_t length;
    int c;

    if (!in || !fgets(line, LINE_MAX_BYTES, in))
        return false;
    length = strlen(line);
    if (length && line[length - 1] == '\n') {
        line[length - 1] = '\0';
    } else if (length == LINE_MAX_BYTES - 1) {
        while ((c = getc(in)) != EOF && c != '\n')
            continue; /* the rest is no command of its own */
        client_log(r, "ERROR", "the line is longer than %d bytes", LINE_MAX_BYTES - 2);
        line[0] = '\0';
    }
    return true;
}

/* What a line says. True: that was the last. */
static bool
obey(struct compat_run *r, char *line)
{
    const char *words[CLIENT_WORDS_MAX], *why;
    size_t count;

    if (!words_split(line, words, ARRAY_LEN(words), &count, &why)) {
        client_log(r, "ERROR", "%s", why);
        return false;
    }
    if (count == 1 && (strcmp(words[0], "exit") == 0 || strcmp(words[0], "quit") == 0))
        return true;
    if (count == 1 && strcmp(words[0], "help") == 0)
        client_usage(&r->options, &r->out);
    else if (count)
        (void)!client_command(r, words, count); /* told; the next may be better */
    return false;
}

bool
client_interact(struct compat_run *r)
{
    FILE *in = fdopen(r->env->in, "r");
    char *line = mem_zalloc(1, LINE_MAX_BYTES);
    bool is_over = false;

    add_greeting(&r->out);
    while (!is_over) {
        buf_add_text(&r->out, "fail2ban> ");
        client_print(r);
        if (!read_line(r, in, line))
            break;
        is_over = obey(r, line);
    }
    if (!is_over) {
        buf_add_byte(&r->out, '\n');
        client_log(r, "ERROR", "EOF when reading a line");
    }
    mem_free(line);
    return is_over;
}
