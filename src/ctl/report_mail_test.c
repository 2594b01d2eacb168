#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/report_mail.h"
#include "report/sample_test.h"

static void
test_recipients(void **state UNUSED)
{
    static const struct {
        const char *to;
        bool is_good;
    } rows[] = {
        {"root", true},
        {"a@example.org", true},
        {"a@example.org, b@example.org c@example.org", true},
        {"", false},
        {" , ", false},
        {"a@example.org\r\nBcc: b@example.org", false}, /* `Bcc:` is no address */
        {"-oQ/tmp", false},
        {"a@example.org;b@example.org", false},
        {"<a@example.org>", false},
        {"a\033b@example.org", false},
    };
    struct buf many = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(report_mail_is_to(span_of(rows[i].to)), rows[i].is_good);
    for (int i = 0; i <= REPORT_RECIPIENTS_MAX; i++) {
        assert_int_equal(report_mail_is_to(buf_span(&many)), i > 0);
        buf_add_text(&many, "root ");
    }
    assert_false(report_mail_is_to(buf_span(&many)));
    buf_fini(&many);
}

static void
build(enum language language, struct buf *out)
{
    struct document d;

    document_init(&d);
    sample_day(&d);
    report_mail_build(&d,
                      &(struct report_mail){.to = "a@example.org b@example.org",
                                            .host = SPAN("mx.example.org"),
                                            .language = language,
                                            .now_us = SAMPLE_FROM_US + DAY_US},
                      out);
    document_fini(&d);
}

static void
test_build(void **state UNUSED)
{
    for (int l = 0; l < LANGUAGES; l++) {
        struct buf out = {0};
        struct span rest, line;

        build((enum language)l, &out);
        assert_true(span_starts(
            buf_span(&out), SPAN("From: Komainu <root>\nTo: a@example.org,\n "
                                 "b@example.org\nSubject: =?utf-8?Q?mail=2Eexample")));
        assert_non_null(strstr(out.ptr, "\nMessage-ID: <1795273200000000."
                                        "1795186800000000.komainu@mx.example.org>\n"));
        assert_non_null(strstr(out.ptr, "\nContent-Type: text/html; charset=utf-8\n"));
        for (rest = buf_span(&out); span_line(&rest, &line);) {
            assert_true(line.len <= 78);
            for (size_t i = 0; i < line.len; i++)
                assert_in_range(line.ptr[i], ' ', '~');
        }
        buf_fini(&out);
    }
}

/* A sendmail that keeps what it is given beside itself, and says and ends as told. */
static void
write_sendmail(const char *path, const char *ending)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fprintf(f, "#!/bin/sh\necho \"$@\" >'%s.words'\ncat >'%s.mail'\n%s\n", path,
                  path, ending);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static void
assert_file(const char *path, const char *end, struct span wanted)
{
    char name[256];
    struct buf got = {0};
    FILE *f;
    int c;

    (void)snprintf(name, sizeof(name), "%s.%s", path, end);
    f = fopen(name, "r");
    assert_non_null(f);
    while ((c = fgetc(f)) != EOF)
        buf_add_byte(&got, (char)c);
    (void)fclose(f);
    (void)unlink(name);
    assert_int_equal(got.len, wanted.len);
    assert_memory_equal(got.ptr, wanted.ptr, wanted.len);
    buf_fini(&got);
}

static void
test_send(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-mail-XXXXXX", path[64];
    struct buf mail = {0}, said = {0};

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/sendmail", folder);
    build(LANGUAGE_JAPANESE, &mail);
    write_sendmail(path, "exit 0");
    assert_true(report_mail_send(path, buf_span(&mail), &said));
    assert_int_equal(said.len, 0);
    assert_file(path, "words", SPAN("-t -oi\n"));
    assert_file(path, "mail", buf_span(&mail));

    write_sendmail(path, "echo 'no queue' >&2; exit 75");
    assert_false(report_mail_send(path, buf_span(&mail), &said));
    assert_string_equal(said.ptr, "no queue\n");
    assert_file(path, "words", SPAN("-t -oi\n"));
    assert_file(path, "mail", buf_span(&mail));

    /* One that does not read is no trouble. */
    assert_true(report_mail_send("/bin/true", buf_span(&mail), &said));
    buf_clear(&said);
    (void)unlink(path);
    assert_false(report_mail_send(path, buf_span(&mail), &said));
    assert_non_null(strstr(said.ptr, "No such file"));
    (void)rmdir(folder);
    buf_fini(&mail);
    buf_fini(&said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_recipients), TEST(test_build),
                                       TEST(test_send)};

    (void)setenv("TZ", "JST-9", 1);
    clock_load_zone();
    return RUN(tests);
}
