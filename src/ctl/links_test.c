#include "run_test.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "ctl/links.h"

static char folder[] = "/tmp/komainu-links-XXXXXX";

static const char *
in_folder(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

/* A test is no komainu, so that `enable` refuses to make links to it; the system test
 * makes some. */
static void
test_foreign(void **state UNUSED)
{
    struct run r;

    assert_int_equal(symlink("/opt/other", in_folder("fail2ban-regex")), 0);
    RUN_WORDS(&r, "compat", "enable", "--directory", folder);
    assert_int_equal(r.code, CTL_REFUSED);
    assert_non_null(strstr(r.err, "fail2ban-regex: is not ours"));
    assert_int_equal(access(in_folder("fail2ban-client"), F_OK), -1);
    assert_int_equal(symlink("/opt/komainu", in_folder("fail2ban-client")), 0);
    RUN_WORDS(&r, "compat", "status", "--directory", folder);
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "fail2ban-client is komainu\n"));
    assert_non_null(strstr(r.out, "fail2ban-server not there\n"));
    assert_non_null(strstr(r.out, "fail2ban-regex is not ours\n"));
    RUN_WORDS(&r, "compat", "disable", "--directory", folder);
    assert_int_equal(r.code, CTL_DONE);
    RUN_WORDS(&r, "compat", "disable", "--directory", folder, "--json");
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_non_null(strstr(r.out, "\"fail2ban-client\":\"not there\""));
    assert_int_equal(unlink(in_folder("fail2ban-regex")), 0); /* it was left */
    assert_int_equal(symlink("/opt/komainu", in_folder("pflogsumm")), 0);
    RUN_WORDS(&r, "compat", "status", "pflogsumm", "--directory", folder);
    assert_non_null(strstr(r.out, "/pflogsumm is komainu\n"));
    assert_null(strstr(r.out, "fail2ban"));
    RUN_WORDS(&r, "compat", "disable", "fail2ban", "--directory", folder);
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_int_equal(access(in_folder("pflogsumm"), F_OK), -1); /* leads nowhere ... */
    RUN_WORDS(&r, "compat", "disable", "pflogsumm", "--directory", folder);
    assert_int_equal(r.code, CTL_DONE);
    assert_int_equal(unlink(in_folder("pflogsumm")), -1); /* ... and now is gone */
    RUN_WORDS(&r, "compat", "enable", "postgrey");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "compat", "on");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "compat", "enable", "--directory", "/nonexistent");
    assert_int_equal(r.code, CTL_USAGE);
}

static void
test_callers(void **state UNUSED)
{
    struct buf out = {0};
    FILE *f;

    assert_int_equal(mkdir(in_folder("etc"), 0700), 0);
    assert_int_equal(mkdir(in_folder("etc/cron.d"), 0700), 0);
    f = fopen(in_folder("etc/cron.d/x"), "w");
    assert_non_null(f);
    assert_true(
        fputs("# /usr/bin/fail2ban-client\n\n* * * * * root /usr/bin/fail2ban-client "
              "\033status\n* * * * * root fail2ban-client ping\n",
              f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(links_find_callers(folder, &out), 1);
    assert_string_equal(
        out.ptr,
        "/etc/cron.d/x:3: * * * * * root /usr/bin/fail2ban-client \\x1Bstatus\n");
    buf_fini(&out);
    assert_int_equal(unlink(in_folder("etc/cron.d/x")), 0);
    assert_int_equal(rmdir(in_folder("etc/cron.d")), 0);
    assert_int_equal(rmdir(in_folder("etc")), 0);
}

static int
make(void **state UNUSED)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int
take_away(void **state UNUSED)
{
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_foreign), TEST(test_callers)};

    return cmocka_run_group_tests_name(NULL, tests, make, take_away);
}
