#include "guard_children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "guard_diff.h"

enum {
    TRY_MAX_US = 60000000, /* compiling takes much less than a second */
    WORDS_MAX = 16384,     /* of what a role says that fails */
};

/* Waits for the role's first word: whether that is READY. */
static bool
becomes_ready(struct guard_child *c)
{
    int64_t end_us = clock_boot_us() + TRY_MAX_US;
    struct pollfd p = {.fd = c->up.fd, .events = POLLIN};
    enum chan_got got = CHAN_EMPTY;
    struct wire_frame f;
    struct span packet;

    while (got == CHAN_EMPTY && clock_boot_us() < end_us) {
        (void)poll(&p, 1, 100); /* a signal only makes it look earlier */
        got = chan_recv(&c->up, &packet, NULL);
    }
    return got == CHAN_PACKET && wire_next(&packet, WIRE_TO_KOMAINUD, &f) == WIRE_FRAME &&
           f.type == WIRE_READY;
}

/* What it said: of `... reason="TEXT"` the text alone, which is for the person. */
static void
add_words(int from, const char *program, struct buf *why)
{
    static char bytes[WORDS_MAX];
    ssize_t n = read(from, bytes, sizeof(bytes));
    struct span all = {bytes, n > 0 ? (size_t)n : 0}, before, text;
    ptrdiff_t end;

    if (span_cut(all, SPAN("reason=\""), &before, &text)) {
        end = span_find_last(text, '"');
        all = span_head(text, end > 0 ? (size_t)end : text.len);
    }
    while (span_line(&all, &text)) {
        buf_escaped(why, text);
        buf_add_byte(why, '\n');
    }
    if (n <= 0)
        buf_printf(why, "%s, which was to try it, ended without a word\n", program);
}

/* What is left out by one that is good otherwise. */
static void
add_left_out(int from, struct buf *why)
{
    static char bytes[WORDS_MAX];
    ssize_t n = read(from, bytes, sizeof(bytes));
    struct span all = {bytes, n > 0 ? (size_t)n : 0}, line, before, text;

    while (span_line(&all, &line)) {
        ptrdiff_t end;

        if (!span_cut(line, SPAN("filter-left-out reason=\""), &before, &text))
            continue;
        end = span_find_last(text, '"');
        buf_escaped(why, span_head(text, end > 0 ? (size_t)end : text.len));
        buf_add_text(why, "; the jail is left out\n");
    }
}

static void
end_trial(struct guard_child *c)
{
    int status;

    (void)close(c->up.fd);       /* nothing was asked of it */
    (void)kill(c->pid, SIGKILL); /* it has nothing to save; it may be gone */
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
}

/* Starts a role for the configuration alone, and hears what it says of it. */
static bool
try_role(struct guard *g, enum wire_role role, const struct config *config,
         struct buf *why)
{
    static struct guard_child c;
    int words[2], e;
    bool is_good;

    c = (struct guard_child){.guard = g,
                             .role = role,
                             .program =
                                 role == ROLE_GATE ? "komainu-gate" : "komainu-sensor",
                             .user = {geteuid(), getegid()}};
    if (c.user.uid == 0)
        c.user = guard_user(role);
    if (pipe2(words, O_CLOEXEC | O_NONBLOCK) != 0) {
        buf_printf(why, "cannot make a pipe: %s\n", strerror(errno));
        return false;
    }
    e = guard_spawn(&c, words[1]);
    (void)close(words[1]); /* the role has it */
    if (e) {
        buf_printf(why, "cannot start %s/%s: %s\n", g->role_dir, c.program, strerror(-e));
        (void)close(words[0]); /* empty */
        return false;
    }
    is_good = guard_greet(&c, config) == 0 && becomes_ready(&c);
    if (is_good)
        add_left_out(words[0], why);
    else
        add_words(words[0], c.program, why);
    end_trial(&c);
    (void)close(words[0]); /* read, or of no interest */
    return is_good;
}

bool
guard_try(struct guard *g, const struct config *config, unsigned roles, struct buf *why)
{
    bool is_good = true;

    if (roles & ROLE_BIT(ROLE_SENSOR))
        is_good &= try_role(g, ROLE_SENSOR, config, why);
    if ((roles & ROLE_BIT(ROLE_GATE)) && config_has_gate(config))
        is_good &= try_role(g, ROLE_GATE, config, why);
    return is_good;
}
