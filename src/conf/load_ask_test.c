/* ignorecommand and ignorecache. */
#include "conf/config_print.h"
#include "load_world.h"

#define ASK ON "ignorecommand = /usr/bin/known <ip>\n"

static void
test_ask(void **state UNUSED)
{
    static const char jails[] =
        ASK "ignorecache = key=\"<ip>\", max-count=7, max-time=1h\n"
            "[k]\nenabled = yes\nfilter = f\nlogpath = /l\n"
            "ignorecommand = /usr/bin/known <ip>\nignorecache = key='<ip>'\n"
            "[l]\nenabled = yes\nfilter = f\nlogpath = /l\nignorecommand = a < b | c "
            "<fid> > d\n"
            "[m]\nenabled = yes\nfilter = f\nlogpath = /l\n";
    struct buf errors = {0}, text = {0};
    struct config c;

    if (load("[komainu]\nignorecommand-timeout = 3\nnotify = mail\n", jails, NULL, &c,
             &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.notify.ways, 1);
    assert_int_equal(c.notify.command_count, 3); /* equal ones are one */
    assert_int_equal(c.jails[0].ask.command, 1);
    assert_int_equal(c.jails[0].ask.timeout_s, 3);
    assert_int_equal(c.jails[0].ask.cached, 7);
    assert_int_equal(c.jails[0].ask.cache_s, 3600);
    assert_int_equal(c.jails[1].ask.command, 1);
    assert_int_equal(c.jails[1].ask.cached, 300);
    assert_int_equal(c.jails[1].ask.cache_s, 300);
    assert_int_equal(c.jails[2].ask.command, 2);
    assert_int_equal(c.jails[2].ask.cached, 0);
    assert_int_equal(c.notify.commands[2].kind, COMMAND_ASK);
    assert_string_equal(c.notify.commands[2].text, "a < b | c <fid> > d");
    assert_true(c.jails[3].ask.command < 0);
    assert_true(config_has_commands(&c));
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr, "ignorecommand = /usr/bin/known <ip>\n"
                                     "ignorecommand-timeout = 3s\nignorecache = "
                                     "key=\"<ip>\", max-count=7, max-time=1h\n"));
    config_fini(&c);
    buf_fini(&text);
    buf_fini(&errors);
}

static void
test_errors(void **state UNUSED)
{
#define CACHE(value)                                                                     \
    JAIL ":6: [j] `ignorecache` is `" value "`; write key=\"<ip>\", max-count=1 to "     \
         "100000, max-time=TIME: the address is the only key\n"
    static const struct {
        const char *jail, *error;
    } rows[] = {
        {ON "ignorecommand = known <ip> <F-USER>\n",
         JAIL ":5: [j] `ignorecommand` has `<F-USER>`; write <ip>, <fid>, <family>, "
              "<ip-rev>, or "
              "\"$KOMAINU_ACCOUNT\" for the account: what a log says is no part of a "
              "command\n"},
        {ON "ignorecommand = known '<ip-host>'\n",
         JAIL ":5: [j] `ignorecommand` has `<ip-host>`; write <ip>, <fid>, <family>, "
              "<ip-rev>, or "
              "\"$KOMAINU_ACCOUNT\" for the account: what a log says is no part of a "
              "command\n"},
        {ON "ignorecache = key=\"<ip>\"\n",
         JAIL ":5: [j] `ignorecache` without `ignorecommand`; remove the line\n"},
        {ASK "ignorecache = key=\"<F-USER>\"\n", CACHE("key=\"<F-USER>\"")},
        {ASK "ignorecache = max-count=0\n", CACHE("max-count=0")},
        {ASK "ignorecache = max-time=x\n", CACHE("max-time=x")},
        {ASK "ignorecache = size=1\n", CACHE("size=1")},
        {ASK "ignorecache = key=\"<ip>\n", CACHE("key=\"<ip>")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct config c;

        assert_int_not_equal(load("", rows[i].jail, NULL, &c, &errors), 0);
        assert_string_equal(errors.ptr, rows[i].error);
        buf_fini(&errors);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_ask), TEST(test_errors)};

    return RUN(tests);
}
