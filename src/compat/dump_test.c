/* What is printed of a small configuration; the whole of it is compared with fail2ban's
 * in test/conformance/fail2ban-config. */
#include "unit.h"

#include "compat/dump.h"
#include "compat/dump_value.h"

static bool
show(const char *jails, enum dump_shape shape, struct buf *out)
{
#define FILE_OF(name, text)                                                              \
    {                                                                                    \
        (name), (text), sizeof(text) - 1                                                 \
    }
    const struct conf_builtin files[] = {
        FILE_OF("fail2ban.conf",
                "[Definition]\ndbmaxmatches = 7\n[Thread]\nstacksize=0\n"),
        {"jail.conf", jails, strlen(jails)},
        FILE_OF("filter.d/f.conf", "[Definition]\nfailregex = a <HOST>\n  b <HOST>\n"
                                   "usedns = no\nmaxlines = 2\ndate = 1\n"),
        FILE_OF("action.d/act.conf", "[Definition]\nnorestored = 1\n"),
        {0}};
    struct fail2ban_request r = {.directory = "/f", .files = files, .is_blind = true};
    struct buf told = {0};
    struct conf_errors e = {.text = &told};
    struct fail2ban f;
    bool is_good;

    fail2ban_read(&r, &f, &e);
    is_good = dump_stream(&f, shape, out);
    fail2ban_fini(&f);
    buf_fini(&told);
    return is_good;
}

static void
test_stream(void **state UNUSED)
{
    struct buf out = {0};

    assert_true(show("[j]\nenabled = true\nfilter = f\nmaxretry = 3\nignoreip = ::1, a\n"
                     "action = act[name=n]\n x.py[a=\"\xc3\xa4\"]\n[k]\nenabled = true\n"
                     "filter = none\n",
                     DUMP_PLAIN, &out));
    assert_string_equal(
        out.ptr,
        "['set', 'thread', {'stacksize': 0}]\n"
        "['set', 'syslogsocket', 'auto']\n"
        "['set', 'loglevel', 'INFO']\n"
        "['set', 'logtarget', '/var/log/fail2ban.log']\n"
        "['set', 'allowipv6', 'auto']\n"
        "['set', 'dbfile', '/var/lib/fail2ban/fail2ban.sqlite3']\n"
        "['set', 'dbmaxmatches', 7]\n"
        "['set', 'dbpurgeage', '1d']\n"
        "['add', 'j', 'auto']\n"
        "['set', 'j', 'usedns', 'no']\n"
        "['set', 'j', 'maxlines', 2]\n"
        "['multi-set', 'j', 'addfailregex', ['a <HOST>', 'b <HOST>']]\n"
        "['set', 'j', 'maxretry', 3]\n"
        "['set', 'j', 'addignoreip', '::1', 'a']\n"
        "['set', 'j', 'addaction', 'act-n']\n"
        "['multi-set', 'j', 'action', 'act-n', [['norestored', True], ['name', 'n'], "
        "['actname', 'act-n']]]\n"
        "['set', 'j', 'addaction', 'x', '/f/action.d/x.py', '{\"a\": \"\\\\u00e4\"}']\n"
        "['config-error', \"Jail 'k' skipped, because of wrong configuration: Unable to "
        "read the filter 'none'\"]\n"
        "['start', 'j']\n");
    buf_fini(&out);
}

static void
test_failure(void **state UNUSED)
{
    struct buf out = {0};

    assert_false(show("[k]\nenabled = true\nfilter = none\n", DUMP_PLAIN, &out));
    assert_non_null(strstr(out.ptr, "['config-error', "));
    buf_clear(&out);
    assert_false(show("[k]\nenabled = %(x)s\n", DUMP_PLAIN, &out));
    assert_string_equal(out.ptr, "ERROR: The configuration stream failed because of the "
                                 "invalid syntax.\n");
    buf_fini(&out);
}

/* A list that is wider than a thousand characters, and a text that is. */
static void
test_pretty(void **state UNUSED)
{
    struct dump_value list = {.kind = DUMP_LIST};
    struct buf text = {0}, out = {0};

    for (int i = 0; i < 500; i++)
        buf_add_text(&text, "ab ");
    dump_value_text(&list, SPAN("x"));
    dump_value_pretty(&list, &out);
    assert_string_equal(out.ptr, "['x']");
    buf_clear(&out);
    dump_value_text(&list, buf_span(&text));
    dump_value_pretty(&list, &out);
    assert_int_equal(strncmp(out.ptr, "[ 'x',\n  'ab ab ", 15), 0);
    assert_non_null(strstr(out.ptr, "ab '\n  'ab "));
    assert_string_equal(out.ptr + out.len - 5, "ab ']");
    dump_value_fini(&list);
    buf_fini(&text);
    buf_fini(&out);
}

static void
test_str2sec(void **state UNUSED)
{
    struct buf out = {0};

    assert_true(dump_str2sec(SPAN("1h 30m"), &out));
    assert_string_equal(out.ptr, "5400\n");
    buf_clear(&out);
    assert_false(dump_str2sec(SPAN("soon"), &out));
    assert_int_equal(strncmp(out.ptr, "ERROR: ", 7), 0);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_stream), TEST(test_failure),
                                       TEST(test_pretty), TEST(test_str2sec)};

    return RUN(tests);
}
