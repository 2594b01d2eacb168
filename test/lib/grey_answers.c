/* Answers policy requests on stdin as `postgrey` would, one after the other, by the clock
 * of their attribute policy_test_time; postgrey's lines of the log go to stderr. For
 * test/conformance/postgrey.
 *
 *     grey_answers FOLDER [OPTION=VALUE | import=DUMP,NOW ...] */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/greylist_parts.h"
#include "gate/request.h"

static void
die(const char *what)
{
    (void)fprintf(stderr, "grey_answers: %s\n", what);
    exit(2);
}

static void
read_input(struct buf *in)
{
    char block[65536];
    ssize_t n;

    in->limit = (size_t)256 << 20;
    while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0)
        buf_add(in, (struct span){block, (size_t)n});
    if (n < 0 || in->is_cut)
        die("cannot read");
}

static int64_t
time_of(struct span lines)
{
    struct span line;
    uint64_t n;

    while (span_line(&lines, &line))
        if (span_take(&line, SPAN("policy_test_time=")) &&
            span_u64(line, 1, UINT32_MAX, &n))
            return (int64_t)n;
    die("a request without policy_test_time");
    return 0;
}

static void
tell(const struct greylist_turn *t)
{
    struct buf line = {0};

    if (t->is_whitelisted_now) {
        grey_line_whitelisted(&line, t->ask);
        buf_add_byte(&line, '\n');
    }
    grey_line(&line, t->ask, t->out, t->has_delay_line);
    (void)fprintf(stderr, "%s\n", line.ptr);
    buf_fini(&line);
}

static void
answer(struct greylist *g, struct span lines)
{
    struct gate_request r;
    struct greylist_answer a;
    struct greylist_ask ask;
    struct greylist_turn t;

    if (gate_request_read(lines, &r) != GATE_READ)
        die("a request that cannot be read");
    ask = (struct greylist_ask){.client = r.client,
                                .client_name = r.values[GATE_CLIENT_NAME],
                                .sender = r.values[GATE_SENDER],
                                .recipient = r.values[GATE_RECIPIENT],
                                .instance = r.values[GATE_INSTANCE],
                                .queue_id = r.values[GATE_QUEUE_ID],
                                .has_etrn_domain = r.has_etrn_domain,
                                .now_s = time_of(lines)};
    t = greylist_answer_turn(g, &ask, &a);
    tell(&t);
    if (a.action.len)
        (void)printf("%.*s %.*s\n", SPAN_FMT(a.action), SPAN_FMT(a.text));
    else if (a.header.len)
        (void)printf("PREPEND %.*s\n", SPAN_FMT(a.header));
    else
        (void)printf("DUNNO\n");
}

static void
set(struct config_greylist *c, const char *text)
{
    struct span name, value;
    struct buf why = {0};

    if (!span_cut(span_of(text), SPAN("="), &name, &value) ||
        !config_greylist_set(c, name, value, &why))
        die(why.ptr ? why.ptr : text);
    buf_fini(&why);
}

/* PATH,NOW */
static void
import(struct greylist *g, struct span text)
{
    struct greylist_imported done;
    struct span path, when;
    char name[4096];
    uint64_t now_s;
    int fd;

    if (!span_cut(text, SPAN(","), &path, &when) ||
        !span_u64(when, 1, UINT32_MAX, &now_s) || !span_cstr(path, name, sizeof(name)))
        die("import=PATH,NOW");
    fd = open(name, O_RDONLY);
    if (fd < 0 || greylist_import(g, fd, (int64_t)now_s, &done) < 0 || done.broken)
        die("cannot import");
    (void)close(fd); /* only read */
}

int
main(int argc, char **argv)
{
    struct config_greylist config = {0};
    struct greylist *g = NULL;
    struct buf in = {0}, notes = {0};
    struct span rest, one;

    if (argc < 2)
        die("which folder?");
    config_greylist_init(&config);
    config_greylist_as_postgrey(&config);
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], "import=", 7) != 0)
            set(&config, argv[i]);
    config.has_log_lines = false; /* they go to stderr */
    if (greylist_open(&config, argv[1], &notes, &g) < 0)
        die("cannot open the folder");
    if (notes.len)
        die(notes.ptr);
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], "import=", 7) == 0)
            import(g, span_of(argv[i] + 7));
    read_input(&in);
    for (rest = buf_span(&in); span_cut(rest, SPAN("\n\n"), &one, &rest);)
        answer(g, one);
    greylist_close(g);
    config_greylist_fini(&config);
    buf_fini(&in);
    return 0;
}
