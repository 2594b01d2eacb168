/* audit_follow: what happens, as it happens. */
#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/audit_parts.h"

/* News of the guard that belong here. */
static void
show_news(struct audit *a, const struct wire_tell_news *n)
{
    static const struct {
        uint8_t what;
        enum audit_category category;
    } kinds[] = {{NEWS_BAN, AUDIT_BAN},
                 {NEWS_UNBAN, AUDIT_UNBAN},
                 {NEWS_REFUSED, AUDIT_TROUBLE},
                 {NEWS_NOTE, AUDIT_CONFIG},
                 {NEWS_ALERT, AUDIT_LOGIN}};
    struct audit_entry e = {.time_us = n->time_us,
                            .address = n->id,
                            .account = n->account,
                            .what = n->jail,
                            .text = n->text};
    char who[ADDR_TEXT_MAX];

    if (n->who.family)
        e.address = span_of(addr_text(&n->who, who));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        e.category = kinds[i].category;
        if (kinds[i].what == n->what && n->time_us > a->past_us &&
            audit_is_wanted(&a->filter, &e))
            audit_show(a, &e);
    }
}

/* One packet of the guard's; false: it says no more. */
static bool
hear(struct audit *a, struct client *c)
{
    struct answer answer = {0};
    struct buf error = {0};
    struct wire_tell_news n;
    struct span rest, fields;
    bool goes_on = client_receive(c, &answer, &error) == CTL_DONE && !answer.is_ended;

    rest = buf_span(&answer.frames);
    while (answer_next(&rest, WIRE_TELL_NEWS, &fields))
        if (wire_get_tell_news(fields, &n))
            show_news(a, &n);
    answer_fini(&answer);
    buf_fini(&error);
    return goes_on;
}

/* Watches the folder of a log: whether it grew, and whether another file has its name. */
static void
watch_folder(int fd, const char *name)
{
    struct buf folder = {0};
    ptrdiff_t slash = span_find_last(span_of(name), '/');

    if (slash < 0)
        buf_add_text(&folder, ".");
    else
        buf_add(&folder, span_head(span_of(name), (size_t)slash + 1));
    /* A log in a folder that cannot be watched is looked at with the others. */
    (void)inotify_add_watch(fd, folder.ptr,
                            IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
    buf_fini(&folder);
}

/* Takes all that has come; whether it is more than that files were written to. */
static bool
take_events(int fd)
{
    _Alignas(struct inotify_event) char events[4096];
    bool is_more = false;
    ssize_t got;

    while ((got = read(fd, events, sizeof(events))) > 0) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *e = (const void *)(events + at);

            is_more |= e->mask != IN_MODIFY;
            at += (ssize_t)(sizeof(*e) + e->len);
        }
    }
    return is_more;
}

static void
look_at_all(struct audit *a, struct tail_buffer *b)
{
    for (size_t i = 0; i < a->log_count; i++)
        audit_log_look(&a->logs[i], &a->filter, clock_wall_us(), b, audit_show, a);
    audit_flush(a);
}

/* Goes on with the files that have the names now. */
static void
find_all(struct audit *a)
{
    for (size_t i = 0; i < a->log_count; i++)
        audit_log_find(&a->logs[i]);
}

/* To whoever looks at it: it goes on. */
static void
say(const struct audit *a, const char *what)
{
    struct buf line = {0};

    buf_printf(&line, "komainu: audit: %s", what);
    (void)!ctl_flush(a->env->err, &line); /* nobody is there to be told */
    buf_fini(&line);
}

/* Connects to the guard's news; without one only logs are followed. */
static bool
connect_news(struct audit *a, struct client *c)
{
    struct buf frame = {0}, error = {0};
    bool is_there =
        a->args->word_count == 0 && ask_connect(a->env, a->args, c, &error) == CTL_DONE;

    if (is_there) {
        c->timeout_ms = -1;
        wire_put_ask_watch(&frame, &(struct wire_ask_watch){0});
        is_there = client_ask(c, buf_span(&frame), &error) == CTL_DONE;
        if (!is_there)
            client_fini(c);
    }
    buf_fini(&frame);
    buf_fini(&error);
    return is_there;
}

/* With --since: the bans since then, too. What is told of them once more is left out. */
static void
begin_with_past(struct audit *a)
{
    struct audit_past *past = a->filter.from_us ? audit_past_ask(a) : NULL;

    audit_past_show(a, past, INT64_MAX);
    a->past_us = audit_past_end(past);
    audit_past_free(past);
}

/* Shows what comes to the logs, and to the guard if `guard` is not NULL, until nobody
 * reads it any more. */
static void
follow(struct audit *a, int fd, struct client *guard, struct tail_buffer *b)
{
    struct pollfd wait[2] = {{.fd = fd, .events = POLLIN},
                             {.fd = guard ? guard->chan.fd : -1, .events = POLLIN}};

    while (!a->write_error && (poll(wait, ARRAY_LEN(wait), -1) > 0 || errno == EINTR)) {
        if (wait[0].revents) {
            if (take_events(fd))
                find_all(a);
            look_at_all(a, b);
        }
        if (wait[1].revents && !hear(a, guard)) {
            say(a, "the guard is gone: its bans are no longer shown\n");
            wait[1].fd = -1;
        }
        audit_flush(a);
    }
}

void
audit_follow(struct audit *a)
{
    struct tail_buffer *b = mem_zalloc(1, sizeof(*b));
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    struct client c;
    bool has_news = connect_news(a, &c);

    if (fd < 0) {
        buf_printf(&a->o->error, "cannot watch the logs: %s", strerror(errno));
        a->code = CTL_INTERNAL;
        goto done;
    }
    for (size_t i = 0; i < a->log_count; i++)
        watch_folder(fd, a->logs[i].name);
    find_all(a);
    if (has_news)
        begin_with_past(a);
    look_at_all(a, b);
    follow(a, fd, has_news ? &c : NULL, b);
    (void)close(fd);
done:
    if (has_news)
        client_fini(&c);
    mem_free(b);
}
