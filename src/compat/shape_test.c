#include "unit.h"

#include "base/mem.h"
#include "compat/shape.h"

/* A pickle, and what is printed of it when `line` was asked. */
static void
check(const char *line, struct span pickle, bool is_error, const char *expected)
{
    struct pickle_arena arena = {0};
    struct buf words = {0}, out = {0};
    const struct pickle_value *v;
    const char *list[8], *why;
    struct shape_request r = {.words = list};
    char *copy;

    buf_add_text(&words, line);
    copy = buf_detach(&words);
    for (char *c = copy; *c && r.count < ARRAY_LEN(list); r.count++) {
        list[r.count] = c;
        c += strcspn(c, " ");
        if (*c)
            *c++ = 0;
    }
    v = pickle_read(&arena, pickle, PICKLE_OBJECTS, &why);
    assert_non_null(v);
    if (is_error)
        shape_exception(&out, v);
    else
        shape_value(&out, &r, v);
    assert_string_equal(out.ptr ? out.ptr : "", expected);
    buf_fini(&out);
    mem_free(copy);
    pickle_arena_fini(&arena);
}

static void
values(void **state UNUSED)
{
    check("ping", SPAN("Vpong\n."), false, "Server replied: pong");
    check("stop", SPAN("N."), false, "Shutdown successful");
    check("stop sshd", SPAN("N."), false, "Jail stopped");
    check("banned", SPAN("]}Va\n](Vb\nVc\nesa."), false, "[{'a': ['b', 'c']}]");
    check("echo a b", SPAN("(Va\nVb\nl."), false, "a b");
    check("get s banip", SPAN("(Va\nVb\nl."), false, "a b");
    check("get s banip ,", SPAN("(Va\nVb\nl."), false, "a,b");
    check("get s banip --with-time", SPAN("(Va\nVb\nl."), false, "a\nb");
    check("set s banip a", SPAN("K\x02."), false, "2");
    check("get s logpath", SPAN("](Va\nVb\ne."), false,
          "Current monitored log file(s):\n|- a\n`- b");
    check("get s logpath", SPAN("]."), false, "No file is currently monitored");
    check("get s ignoreip", SPAN("]."), false, "No IP address/network is ignored");
    check("get s failregex", SPAN("](Va\nVb\ne."), false,
          "The following regular expression are defined:\n|- [0]: a\n`- [1]: b");
    check("get s journalmatch", SPAN("](](Va\nVb\ne](Vc\nee."), false,
          "Current match filter:\na b + c");
    check("get s datepattern", SPAN("NVx\n\x86."), false,
          "Current date pattern set to: x");
    check("get s datepattern", SPAN("Va\nVb\n\x86."), false,
          "Current date pattern set to: a (b)");
    check("get s actions", SPAN("](Va\nVb\ne."), false,
          "The jail s has the following actions:\na, b");
    check("get s actionmethods x", SPAN("](Va\ne."), false,
          "The jail s action x has the following methods:\na");
    check("get loglevel", SPAN("VINFO\n."), false, "Current logging level is 'INFO'");
    check("get dbfile", SPAN("N."), false, "Database currently disabled");
    check("get dbpurgeage", SPAN("K\x05."), false,
          "Current database purge age is:\n`- 5seconds");
    check("get s logpath", SPAN("K\x05."), false, "5"); /* not what it should be */
}

static void
status(void **state UNUSED)
{
    check("status",
          SPAN("](VNumber of jail\nK\x01\x86VJail list\nVs\n\x86"
               "e."),
          false, "Status\n|- Number of jail:\t1\n`- Jail list:\ts");
    check("status s",
          SPAN("](VFilter\n](VTotal failed\nK\x08\x86"
               "e\x86VActions\n](VBanned IP list\n"
               "](Va\nVb\ne\x86"
               "e\x86"
               "e."),
          false,
          "Status for the jail: s\n|- Filter\n|  `- Total failed:\t8\n`- Actions\n"
          "   `- Banned IP list:\ta b");
    check("status --all",
          SPAN("](VJail list\nVs\n\x86}Vs\n](VFilter\n]\x86"
               "ese."),
          false,
          "Status\n|- Jail list:\ts\n`- Status for the jails:\n   `- Jail: s\n      `- "
          "Filter");
    check("stats",
          SPAN("}Vs\n](Vpolling\n](K\x01K\x02"
               "e](K\x03K\x04"
               "ees."),
          false,
          " Jail     | Backend  | Filter    | Actions  \n"
          "          |          | cur | tot | cur | tot\n"
          "----------+----------+-----+-----+-----+-----\n"
          " s        | polling  |   1 |   2 |   3 |   4");
}

static void
errors(void **state UNUSED)
{
    check("", SPAN("cfail2ban.exceptions\nUnknownJailException\n(Vx\ntR."), true,
          "Sorry but the jail 'x' does not exist");
    check("", SPAN("cfail2ban.exceptions\nDuplicateJailException\n(Vx\ntR."), true,
          "The jail 'x' already exists");
    check("", SPAN("cbuiltins\nIndexError\n(Vx\ntR."), true,
          "Sorry but the command is invalid");
    check("", SPAN("cbuiltins\nValueError\n(Vx\x1b[0m\ntR."), true, "x\\x1b[0m");
    check("", SPAN("cbuiltins\nKeyError\n(Vx\ntR."), true, "'x'");
    check("", SPAN("cbuiltins\nException\n(tR."), true, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(values), TEST(status), TEST(errors)};

    return RUN(tests);
}
