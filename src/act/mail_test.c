#include "unit.h"

#include <time.h>

#include "act/mail.h"
#include "base/clock.h"
#include "random.h"

static struct mail
sample(void)
{
    return (struct mail){.from = "komainu@example.org",
                         .to = "root, b@example.com",
                         .time_us = INT64_C(1795335515) * SECOND_US,
                         .host = SPAN("mx1.example.org"),
                         .id = 3,
                         .subject = SPAN("mx1: bad"),
                         .body = SPAN("one\ntwo \n.\nFrom a\n=\xC3\xA9\n")};
}

static void
test_whole(void **state UNUSED)
{
    struct mail m = sample();
    struct buf out = {0};

    mail_build(&m, &out);
    assert_string_equal(out.ptr,
                        "From: Komainu <komainu@example.org>\n"
                        "To: root, b@example.com\n"
                        "Subject: =?utf-8?Q?mx1=3A_bad?=\n"
                        "Date: Sun, 22 Nov 2026 08:18:35 +0000\n"
                        "Message-ID: <1795335515000000.3.komainu@mx1.example.org>\n"
                        "MIME-Version: 1.0\n"
                        "Content-Type: text/plain; charset=utf-8\n"
                        "Content-Transfer-Encoding: quoted-printable\n"
                        "Auto-Submitted: auto-generated\n"
                        "\n"
                        "one\ntwo=20\n=2E\n=46rom a\n=3D=C3=A9\n");
    buf_fini(&out);
}

/* With HTML beside it: two parts, the better one last. */
static void
test_parts(void **state UNUSED)
{
    struct mail m = sample();
    struct buf out = {0};

    m.body = SPAN("one\n--=_komainu_part--\n");
    m.html = SPAN("<p class=\"x\">\xE5\xB1\xB1</p>");
    mail_build(&m, &out);
    assert_non_null(strstr(out.ptr, "MIME-Version: 1.0\n"
                                    "Content-Type: multipart/alternative; "
                                    "boundary=\"=_komainu_part\"\n"
                                    "Auto-Submitted: auto-generated\n"
                                    "\n"
                                    "--=_komainu_part\n"
                                    "Content-Type: text/plain; charset=utf-8\n"
                                    "Content-Transfer-Encoding: quoted-printable\n"
                                    "\n"
                                    "one\n--=3D_komainu_part--\n"
                                    "\n--=_komainu_part\n"
                                    "Content-Type: text/html; charset=utf-8\n"
                                    "Content-Transfer-Encoding: quoted-printable\n"
                                    "\n"
                                    "<p class=3D\"x\">=E5=B1=B1</p>\n"
                                    "\n--=_komainu_part--\n"));
    buf_fini(&out);
}

/* Whatever the texts are: printable ASCII, short lines, nothing that could be a header.
 */
/* Whom it is from: a name of words, of more than words, and none. */
static void
test_names(void **state UNUSED)
{
    static const char *const rows[][2] = {
        {"", "From: Komainu <guard@example.org>\n"},
        {"Fail2Ban", "From: Fail2Ban <guard@example.org>\n"},
        {" The guard-2 ", "From: The guard-2 <guard@example.org>\n"},
        {"a, \"b\" <c>", "From: =?utf-8?Q?a=2C_=22b=22_=3Cc=3E?= <guard@example.org>\n"},
        {"W\xc3\xa4"
         "chter",
         "From: =?utf-8?Q?W=C3=A4chter?= <guard@example.org>\n"},
        {"x\r\nBcc: y", "From: =?utf-8?Q?xBcc=3A_y?= <guard@example.org>\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct mail m = sample();
        struct buf out = {0};

        m.from = "guard@example.org";
        m.name = span_of(rows[i][0]);
        mail_build(&m, &out);
        assert_int_equal(strncmp(out.ptr, rows[i][1], strlen(rows[i][1])), 0);
        buf_fini(&out);
    }
}

static void
test_hostile(void **state UNUSED)
{
    struct mail m = sample();
    struct buf out = {0}, text = {0};
    struct span rest, line;
    uint64_t seed = 1;
    size_t headers = 0;
    bool is_head = true;

    for (int i = 0; i < 3000; i++)
        buf_add_byte(&text, (char)(random_below(&seed, 256)));
    buf_add_text(&text, "\r\nBcc: x@example.net\r\n\r\nbody");
    m.subject = m.body = m.host = buf_span(&text);
    for (size_t from = 0; from < 2000; from += 37) {
        m.subject = span_from(buf_span(&text), from);
        buf_clear(&out);
        mail_build(&m, &out);
        is_head = true;
        headers = 0;
        for (rest = buf_span(&out); span_line(&rest, &line);) {
            assert_true(line.len <= 320 && (!is_head || line.len));
            for (size_t i = 0; i < line.len; i++)
                assert_true(line.ptr[i] >= ' ' && line.ptr[i] < 0x7F);
            if (line.ptr[0] != ' ')
                headers += is_head;
            assert_true(is_head || line.len <= 76);
            if (rest.len && rest.ptr[0] == '\n' && is_head) {
                is_head = false;
                rest = span_from(rest, 1);
            }
        }
        assert_int_equal(headers, 9);
    }
    buf_fini(&out);
    buf_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_whole), TEST(test_parts),
                                       TEST(test_names), TEST(test_hostile)};

    setenv("TZ", "UTC", 1);
    tzset();
    return RUN(tests);
}
