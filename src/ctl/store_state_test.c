/* What status says of the days that are counted for reports. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "ctl/args.h"
#include "ctl/store_state.h"
#include "report/keeper.h"

static void
show(const struct wire_tell_store *m, struct buf *text, struct buf *json)
{
    struct buf frames = {0};

    buf_clear(text);
    buf_clear(json);
    if (m)
        wire_put_tell_store(&frames, m);
    store_state_show(buf_span(&frames), text);
    json_open(json, '{');
    store_state_member(buf_span(&frames), json);
    json_close(json, '}');
    buf_fini(&frames);
}

static void
test_shown(void **state UNUSED)
{
    static const struct wire_tell_store rows[] = {
        {.checked_us = 1795190400 * SECOND_US,
         .saved_us = 1795190403 * SECOND_US,
         .logs = SPAN_INIT("/var/log/mail.log /var/log/\033[31m\xFF")},
        {.saved_us = 1795190403 * SECOND_US, .logs = SPAN_INIT("journal")},
        {.error = -ENOENT},
        {.error = -EBADMSG},
        {.error = -EACCES},
    };
    static const struct {
        const char *text, *json;
    } want[ARRAY_LEN(rows)] = {
        {"Days for reports: /var/log/mail.log /var/log/\\x1B[31m\\xFF counted up to "
         "2026-11-21 01:00:00, saved 2026-11-21 01:00:03\n",
         "{\"report_store\":{\"logs\":\"/var/log/mail.log "
         "/var/log/\\u001b[31m\xEF\xBF\xBD\","
         "\"counted_until\":\"2026-11-21T01:00:00+09:00\","
         "\"saved\":\"2026-11-21T01:00:03+09:00\",\"error\":null}}"},
        {"Days for reports: journal not counted to the end yet, saved 2026-11-21 "
         "01:00:03\n",
         "{\"report_store\":{\"logs\":\"journal\",\"counted_until\":null,"
         "\"saved\":\"2026-11-21T01:00:03+09:00\",\"error\":null}}"},
        {"Days for reports: nothing is counted yet\n",
         "{\"report_store\":{\"logs\":\"\",\"counted_until\":null,\"saved\":null,"
         "\"error\":\"nothing is counted yet\"}}"},
        {"Days for reports: the totals are damaged or of another version\n",
         "{\"report_store\":{\"logs\":\"\",\"counted_until\":null,\"saved\":null,"
         "\"error\":\"the totals are damaged or of another version\"}}"},
        {"Days for reports: Permission denied\n",
         "{\"report_store\":{\"logs\":\"\",\"counted_until\":null,\"saved\":null,"
         "\"error\":\"Permission denied\"}}"},
    };
    struct buf text = {0}, json = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        show(&rows[i], &text, &json);
        assert_string_equal(text.ptr, want[i].text);
        assert_string_equal(json.ptr, want[i].json);
    }
    show(NULL, &text, &json);
    assert_int_equal(text.len, 0);
    assert_string_equal(json.ptr, "{\"report_store\":null}");
    buf_fini(&text);
    buf_fini(&json);
}

/* The frame of what lies in a folder of state; false: there is none. */
static bool
look(const char *path, bool counts_days, struct wire_tell_store *m)
{
    struct ctl_args args = {.given[OPT_STATE] = true, .value[OPT_STATE] = path};
    static struct answer a;
    struct span rest, fields;

    answer_fini(&a);
    a = (struct answer){0};
    wire_put_tell_status(&a.frames,
                         &(struct wire_tell_status){.counts_days = counts_days});
    store_state_add(&args, &a);
    rest = buf_span(&a.frames);
    return answer_next(&rest, WIRE_TELL_STORE, &fields) && wire_get_tell_store(fields, m);
}

static void
test_found(void **state UNUSED)
{
    char path[] = "/tmp/store-state-XXXXXX";
    int64_t now_us = clock_wall_us();
    struct wire_tell_store m = {0};
    int top, folder;
    struct keeper *k;

    assert_non_null(mkdtemp(path));
    assert_false(look(path, false, &m));
    assert_true(look(path, true, &m));
    assert_int_equal(m.error, -ENOENT);
    top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(top, "reporter", 0700), 0);
    assert_true(look(path, true, &m));
    assert_int_equal(m.error, -ENOENT);
    folder = openat(top, "reporter", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    k = keeper_new(folder, 7, NULL);
    assert_int_equal(keeper_load(k, now_us), 0);
    assert_non_null(keeper_source(k, "/var/log/mail.log"));
    assert_non_null(keeper_source(k, KEEPER_JOURNAL));
    assert_int_equal(keeper_save(k, now_us, true), 0);
    keeper_free(k);
    assert_false(look(path, false, &m));
    assert_true(look(path, true, &m));
    assert_int_equal(m.error, 0);
    assert_int_equal(m.checked_us, now_us);
    assert_in_range(m.saved_us, now_us - MINUTE_US, now_us + HOUR_US);
    assert_span(m.logs, "/var/log/mail.log " KEEPER_JOURNAL);
    assert_int_equal(unlinkat(folder, "totals", 0), 0);
    assert_int_equal(unlinkat(top, "reporter", AT_REMOVEDIR), 0);
    (void)close(folder);
    (void)close(top);
    assert_int_equal(rmdir(path), 0); /* nothing else is there */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_shown), TEST(test_found)};

    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    clock_load_zone();
    return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
