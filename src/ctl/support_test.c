/* The text for whoever helps: all of its sections, and nobody's address. */
#include "run_test.h"

#include <sys/stat.h>

static void
write_text(const char *path, const char *text)
{
    struct buf b = {0};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    buf_add_text(&b, text);
    assert_int_equal(ctl_flush(fd, &b), 0);
    (void)close(fd); /* the test reads it */
    buf_fini(&b);
}

static void
test_support(void **state UNUSED)
{
    static const char *const titles[] = {"== versions ==\nkomainu: ", "\n== status ==\n",
                                         "\n== detect ==\n", "\n== configuration ==\n",
                                         "\n== nftables ==\n"};
    char folder[] = "/tmp/komainu-support-XXXXXX", path[64], output[64];
    struct stat st;
    struct run r;

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/jail.conf", folder);
    (void)snprintf(output, sizeof(output), "%s/out", folder);
    write_text(path, "[postfix-sasl]\nenabled = true\nmaxretry = 9\n"
                     "ignoreip = 192.0.2.77 2001:db8:77::/48\n");
    RUN_WORDS(&r, "support", "--config", folder, "--state", folder);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        assert_non_null(strstr(r.out, titles[i]));
    assert_non_null(strstr(r.out, "maxretry = 9\n"));
    assert_non_null(strstr(r.out, "ignoreip = <IPv4-"));
    assert_null(strstr(r.out, "192.0.2.77"));
    assert_null(strstr(r.out, "2001:db8:77"));
    RUN_WORDS(&r, "support", "--config", folder, "--state", folder, "--with-addresses");
    assert_non_null(strstr(r.out, "ignoreip = 192.0.2.77\n"));
    RUN_WORDS(&r, "support", "--config", folder, "--state", folder, "--output", output);
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "");
    assert_int_equal(stat(output, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(st.st_size > 100);
    RUN_WORDS(&r, "support", "--config", folder, "--state", folder, "--output", output);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "File exists"));
    assert_int_equal(unlink(output), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_support)};

    return RUN(tests);
}
