/* Metrics: the format, and that the manual names each of them. */
#include "unit.h"

#include "base/clock.h"
#include "conf/config.h"
#include "metrics/metrics.h"
#include "wire/meaning.h"
#include "wire/wire.h"

static void
assert_has(const struct buf *b, const char *part)
{
    if (!memmem(b->ptr, b->len, part, strlen(part)))
        fail_msg("'%s' is missing in:\n%.*s", part, SPAN_FMT(buf_span(b)));
}

static void
test_values(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};
    struct wire_tell_jail jail = {.name = SPAN("sshd"),
                                  .filter = SPAN("sshd"),
                                  .mode = JAIL_OBSERVE,
                                  .bantime_s = -1};

    wire_put_tell_status(
        &frames, &(struct wire_tell_status){.started_us = INT64_C(1795222405) * SECOND_US,
                                            .lines = 1234567,
                                            .is_open = 1});
    wire_put_tell_jail(&frames, &jail);
    jail.name = SPAN("a\"b\\c\nd");
    jail.mode = JAIL_ENFORCE;
    wire_put_tell_jail(&frames, &jail);
    wire_put_tell_source(&frames,
                         &(struct wire_tell_source){.path = SPAN("/var/log/mail.log"),
                                                    .state = SOURCE_FAILED,
                                                    .error = -13});
    wire_put_tell_kind(&frames, &(struct wire_tell_kind){.kind = 0, .failures = 7});
    metrics_add(buf_span(&frames), buf_escaped, &out);
    assert_has(&out, "# HELP komainu_lines_total Lines read.\n"
                     "# TYPE komainu_lines_total counter\nkomainu_lines_total 1234567\n");
    assert_has(&out, "\nkomainu_start_time_seconds 1795222405.000\n");
    assert_has(&out, "\nkomainu_panic 1\n");
    assert_has(&out, "\nkomainu_sensor_up 0\n");
    assert_has(&out,
               "\nkomainu_jail_bantime_seconds{jail=\"sshd\",filter=\"sshd\"} +Inf\n");
    assert_has(&out, "\nkomainu_jail_enforces{jail=\"sshd\",filter=\"sshd\"} 0\n");
    assert_has(&out, "{jail=\"a\\\"b\\\\\\\\c\\\\x0Ad\",filter=\"sshd\"} 1\n");
    assert_has(&out, "\nkomainu_source_failed{path=\"/var/log/mail.log\"} 1\n");
    assert_has(&out, "\nkomainu_failures_total{kind=\"");
    buf_fini(&frames);
    buf_fini(&out);
}

/* Each name once, in the output and in the manual. */
static void
test_names(void **state UNUSED)
{
    struct buf out = {0}, man = {0}, item = {0};
    struct span rest, line, name, other;
    size_t count = 0;

    metrics_add((struct span){0}, buf_escaped, &out);
    metrics_add_man(&man, METRICS_JAPANESE);
    rest = buf_span(&out);
    while (span_line(&rest, &line)) {
        if (!span_take(&line, SPAN("# TYPE ")))
            continue;
        assert_true(span_cut(line, SPAN(" "), &name, &line));
        assert_true(span_eq(line, SPAN("counter")) || span_eq(line, SPAN("gauge")));
        assert_int_equal(span_ends(name, SPAN("_total")), span_eq(line, SPAN("counter")));
        buf_clear(&item);
        buf_printf(&item, "\n.It Li %.*s", SPAN_FMT(name));
        count++;
        if (count > 1)
            assert_has(&man, item.ptr);
        other = rest;
        buf_clear(&item);
        buf_printf(&item, "# TYPE %.*s ", SPAN_FMT(name));
        assert_int_equal(span_find(other, buf_span(&item)), -1);
    }
    assert_true(count > 30);
    buf_fini(&out);
    buf_fini(&man);
    buf_fini(&item);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_values), TEST(test_names)};

    return RUN(tests);
}
