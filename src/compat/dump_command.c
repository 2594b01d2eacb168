#include "compat/dump_command.h"

#include "compat/dump.h"

enum { EXIT_BAD = 255 };

struct wanted {
    const char *directory;
    const char *time; /* --str2sec */
    bool is_dump, is_pretty, is_test;
};

static bool
read_arguments(int argc, char *const *argv, struct wanted *w)
{
    for (int i = 1; i < argc; i++) {
        bool has_more = i + 1 < argc;

        if ((strcmp(argv[i], "-c") == 0 || strcmp(argv[i], "--conf") == 0) && has_more)
            w->directory = argv[++i];
        else if (strcmp(argv[i], "--str2sec") == 0 && has_more)
            w->time = argv[++i];
        else if (strcmp(argv[i], "-d") == 0)
            w->is_dump = true;
        else if (strcmp(argv[i], "--dp") == 0 || strcmp(argv[i], "--dump-pretty") == 0)
            w->is_dump = w->is_pretty = true;
        else if (strcmp(argv[i], "-t") == 0 || strcmp(argv[i], "--test") == 0)
            w->is_test = true;
        else
            return false;
    }
    return w->is_dump || w->is_test || w->time;
}

static void
put(FILE *to, struct buf *text)
{
    if (text->len)
        (void)fwrite(text->ptr, 1, text->len, to); /* ferror() is looked at in the end */
    buf_fini(text);
}

static bool
run(const struct wanted *w, FILE *out, FILE *err)
{
    struct fail2ban_request request = {.directory = w->directory};
    struct buf text = {0}, errors = {0}, told = {0};
    struct conf_errors e = {.text = &told};
    struct fail2ban f;
    bool is_good = true;

    text.limit = (size_t)256 << 20;
    fail2ban_read(&request, &f, &e);
    if (w->is_dump)
        is_good = dump_stream(&f, w->is_pretty ? DUMP_PRETTY : DUMP_PLAIN, &text);
    if (w->is_test)
        is_good = dump_test(&f, &text, &errors);
    fail2ban_fini(&f);
    put(err, &told);
    put(err, &errors);
    put(out, &text);
    return is_good;
}

int
dump_command(int argc, char *const *argv, FILE *out, FILE *err)
{
    struct wanted w = {.directory = FAIL2BAN_DIRECTORY};
    struct buf text = {0};
    bool is_good;

    if (!read_arguments(argc, argv, &w)) {
        (void)fputs("usage: fail2ban [-c DIR] -d|--dp|-t|--str2sec TEXT\n", err);
        return EXIT_BAD;
    }
    if (w.time) {
        is_good = dump_str2sec(span_of(w.time), &text);
        put(out, &text);
    } else {
        is_good = run(&w, out, err);
    }
    return is_good && fflush(out) == 0 && !ferror(out) ? 0 : EXIT_BAD;
}
