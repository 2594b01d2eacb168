#include "unit.h"

#include <ftw.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/value.h"
#include "doctor/detect.h"

/* A made-up machine: a folder that stands for /. */
struct root {
    char path[64];
};

/* Writes a file under the root, its folders too. */
static void
make(const struct root *r, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    assert_true(snprintf(path, sizeof(path), "%s%s", r->path, name) < (int)sizeof(path));
    for (char *slash = path + strlen(r->path) + 1; (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* it may be there */
        *slash = '/';
    }
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int
setup(void **state)
{
    static struct root r;

    r = (struct root){"/tmp/komainu-detect-XXXXXX"};
    *state = &r;
    return mkdtemp(r.path) ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int flag UNUSED,
           struct FTW *where UNUSED)
{
    return remove(path);
}

static int
teardown(void **state)
{
    struct root *r = *state;

    return nftw(r->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
assert_ports(const struct machine *m, enum machine_service_id id, const char *want)
{
    struct buf out = {0};

    value_ports_text(&out, m->services[id].ports.ports, m->services[id].ports.count);
    assert_string_equal(out.ptr, want);
    buf_fini(&out);
}

static void
assert_addresses(const struct machine_addresses *a, const char *want)
{
    char text[ADDR_TEXT_MAX];
    struct buf out = {0};

    for (size_t i = 0; i < a->count; i++)
        buf_printf(&out, "%s ", addr_text(&a->prefixes[i], text));
    assert_span(buf_span(&out), want);
    buf_fini(&out);
}

static bool
has_note(const struct machine *m, const char *part)
{
    for (size_t i = 0; i < m->note_count; i++)
        if (strstr(m->notes[i], part))
            return true;
    return false;
}

/* Binds journald's forward socket under the root; the caller closes it. */
static int
bind_syslog(const struct root *r)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s%s", r->path,
                   MACHINE_SYSLOG_SOCKET);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static void
test_debian_with_rsyslog(void **state)
{
    struct root *r = *state;
    struct machine m;
    int fd;

    make(r, "/etc/postfix/main.cf",
         "# comment\nmyhostname = mx.example.com\nours = 198.51.100.0/24\n"
         "mynetworks = 127.0.0.0/8,\n    [::1]/128 ${ours}, [::ffff:127.0.0.0]/104\n# in "
         "between\n"
         "  hash:/etc/postfix/nets !192.0.2.9 [2001:db8::]/32\n"
         "relayhost = [192.0.2.25]:587\n");
    make(r, "/etc/postfix/master.cf",
         "#smtps inet n - y - - smtpd\nsmtp      inet  n - y - 1 postscreen\n"
         "submission inet n - y - - smtpd\n  -o syslog_name=postfix/submission\n"
         "submissions inet n - y - - smtpd\n"
         "192.0.2.1:2525 inet n - y - - smtpd\n"
         "127.0.0.1:10025 inet n - y - - smtpd\n[::1]:10026 inet n - y - - smtpd\n"
         "localhost:10027 inet n - y - - smtpd\n"
         "smtp unix - - y - - smtp\n628 inet n - y - - qmqpd\nshort line\n");
    make(r, "/etc/ssh/sshd_config", "#Port 1\nPort 22\nport=2222\nPort no\nPorts 5\n");
    make(r, "/etc/dovecot/dovecot.conf", "");
    make(r, "/var/log/mail.log", "");
    make(r, "/var/log/auth.log", "");
    make(r, "/run/systemd/journal/stdout", "");
    make(r, "/etc/resolv.conf",
         "search x\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver bad\n");
    fd = bind_syslog(r);

    detect(&m, r->path);
    assert_true(m.services[MACHINE_POSTFIX].is_present);
    assert_string_equal(m.services[MACHINE_POSTFIX].reason,
                        "/etc/postfix/main.cf exists");
    assert_int_equal(m.services[MACHINE_POSTFIX].log_count, 2);
    assert_string_equal(m.services[MACHINE_POSTFIX].logs[0].path, "/var/log/mail.log");
    assert_true(m.services[MACHINE_POSTFIX].logs[0].is_present);
    assert_false(m.services[MACHINE_POSTFIX].logs[1].is_present);
    assert_ports(&m, MACHINE_POSTFIX, "25,465,587,2525");
    assert_ports(&m, MACHINE_SSHD, "22,2222");
    assert_ports(&m, MACHINE_DOVECOT, "110,143,993,995,4190");
    assert_addresses(&m.mynetworks, "127.0.0.0/8 ::1 198.51.100.0/24 2001:db8::/32 ");
    assert_addresses(&m.relayhosts, "192.0.2.25 ");
    assert_addresses(&m.resolvers, "192.0.2.53 fe80::1 ");
    assert_true(m.has_journald);
    assert_false(m.can_bind_syslog);
    assert_string_equal(m.syslog_reason,
                        "a syslog daemon listens at journald's forward socket");
    assert_true(has_note(&m, "2 entries of mynetworks are files"));
    assert_false(has_note(&m, "no log file yet"));

    assert_false(m.has_journal);
    assert_string_equal(m.journal_reason, "journald keeps no journal");
    make(r, "/run/log/journal/0123/system.journal", "");
    detect(&m, r->path);
    assert_true(m.has_journal);
    assert_string_equal(m.journal_reason, "journald keeps a journal in /run/log/journal");

    /* The daemon has gone, its socket stayed behind. */
    (void)close(fd);
    detect(&m, r->path);
    assert_true(m.can_bind_syslog);
}

/* Debian 12 as it is installed: journald, and nobody behind it. */
static void
test_debian_without_syslog(void **state)
{
    struct root *r = *state;
    struct machine m;

    make(r, "/usr/sbin/sshd", "");
    make(r, "/etc/postfix/main.cf", "relayhost = relay.example.com:25\nmaillog_file =\n");
    make(r, "/run/systemd/journal/stdout", "");
    detect(&m, r->path);
    assert_string_equal(m.services[MACHINE_SSHD].reason, "/usr/sbin/sshd exists");
    assert_ports(&m, MACHINE_SSHD, "22");
    assert_ports(&m, MACHINE_POSTFIX, "25");
    assert_int_equal(m.services[MACHINE_DOVECOT].ports.count, 0);
    assert_int_equal(m.services[MACHINE_DOVECOT].usual_ports.ports[0].first, 110);
    assert_int_equal(m.services[MACHINE_POSTFIX].usual_ports.count, 3);
    assert_false(m.services[MACHINE_POSTFIX].logs[0].is_present);
    assert_true(m.can_bind_syslog);
    assert_addresses(&m.mynetworks, "127.0.0.0/8 ::1 ");
    assert_int_equal(m.relayhosts.count, 0);
    assert_true(has_note(&m, "relayhost relay.example.com is a name"));
    assert_true(has_note(&m, "mynetworks is not set"));
    assert_true(has_note(&m, "no resolver is protected"));
    assert_false(has_note(&m, "no log file yet"));
}

static void
test_red_hat(void **state)
{
    struct root *r = *state;
    struct machine m;

    make(r, "/etc/postfix/main.cf",
         "maillog_file = $dir/postfix.log\ndir = ${base}/log\nbase = /var\n"
         "mynetworks = $(mynetworks)\nrelayhost = [IPv6:2001:db8::25]:25\n");
    make(r, "/etc/ssh/sshd_config", "");
    make(r, "/var/log/maillog", "");
    make(r, "/var/log/secure", "");
    make(r, "/var/log/postfix.log", "");
    detect(&m, r->path);
    assert_int_equal(m.services[MACHINE_POSTFIX].log_count, 3);
    assert_string_equal(m.services[MACHINE_POSTFIX].logs[0].path, "/var/log/postfix.log");
    assert_true(m.services[MACHINE_POSTFIX].logs[0].is_present);
    assert_false(m.services[MACHINE_POSTFIX].logs[1].is_present);
    assert_true(m.services[MACHINE_POSTFIX].logs[2].is_present);
    assert_string_equal(m.services[MACHINE_SSHD].logs[1].path, "/var/log/secure");
    assert_true(m.services[MACHINE_SSHD].logs[1].is_present);
    assert_addresses(&m.relayhosts, "2001:db8::25 ");
    assert_false(m.has_journald);
    assert_false(m.can_bind_syslog);
    assert_string_equal(m.syslog_reason, "journald does not run");
}

static void
test_empty_machine(void **state)
{
    struct root *r = *state;
    struct buf out = {0};
    struct machine m;

    detect(&m, r->path);
    for (size_t i = 0; i < MACHINE_SERVICES; i++)
        assert_false(m.services[i].is_present);
    assert_true(has_note(&m, "No Postfix was found"));
    assert_true(has_note(&m, "No SSH server was found"));
    detect_print(&m, NULL, &out);
    assert_non_null(strstr(out.ptr,
                           "postfix    not found: no /etc/postfix/main.cf and no "
                           "/usr/sbin/postfix\n"));
    assert_non_null(strstr(out.ptr, "resolvers  none\n"));
    buf_fini(&out);
}

struct layout {
    const char *name;
    const char *files[6]; /* what is on the machine */
    struct found {
        enum machine_service_id id;
        const char *log; /* of those that are there, the only one */
        const char *ports;
    } found[4];
};

static const struct layout layouts[] = {
    {"Plesk with qmail and Courier",
     {"/usr/local/psa/version", "/var/qmail/control/me", "/etc/courier-imap/imapd",
      "/var/log/maillog", "/etc/ssh/sshd_config", "/var/log/secure"},
     {{MACHINE_PLESK_QMAIL, "/var/log/maillog", "25,465,587"},
      {MACHINE_PLESK_COURIER, "/var/log/maillog", "110,143,993,995"},
      {MACHINE_SSHD, "/var/log/secure", "22"}}},
    {"Plesk with Postfix, Dovecot and Roundcube",
     {"/usr/local/psa/version", "/etc/postfix/main.cf", "/etc/dovecot/dovecot.conf",
      "/var/log/maillog", "/etc/psa-webmail/roundcube/roundcube.conf",
      "/var/log/plesk-roundcube/errors.log"},
     {{MACHINE_POSTFIX, "/var/log/maillog", "25"},
      {MACHINE_DOVECOT, "/var/log/maillog", "110,143,993,995,4190"},
      {MACHINE_ROUNDCUBE, "/var/log/plesk-roundcube/errors.log", "80,443"}}},
    {"qmail with multilog",
     {"/var/qmail/control/me", "/var/log/qmail/smtpd/current"},
     {{MACHINE_QMAIL, "/var/log/qmail/smtpd/current", "25,465,587"}}},
    {"Debian with Exim and Courier",
     {"/etc/exim4/update-exim4.conf.conf", "/var/log/exim4/mainlog", "/etc/courier/imapd",
      "/var/log/mail.log"},
     {{MACHINE_EXIM, "/var/log/exim4/mainlog", "25,465,587"},
      {MACHINE_COURIER, "/var/log/mail.log", "25,110,143,465,587,993,995"}}},
    {"Red Hat with Exim and Dovecot",
     {"/etc/exim/exim.conf", "/var/log/exim/main.log", "/etc/dovecot/dovecot.conf",
      "/var/log/maillog"},
     {{MACHINE_EXIM, "/var/log/exim/main.log", "25,465,587"},
      {MACHINE_DOVECOT, "/var/log/maillog", "110,143,993,995,4190"}}},
    {"OpenSMTPD, Cyrus and SOGo",
     {"/etc/smtpd.conf", "/etc/cyrus.conf", "/var/log/mail.log", "/etc/sogo/sogo.conf",
      "/var/log/sogo/sogo.log"},
     {{MACHINE_OPENSMTPD, "/var/log/mail.log", "25,465,587"},
      {MACHINE_CYRUS, "/var/log/mail.log", "110,143,993,995,4190"},
      {MACHINE_SOGO, "/var/log/sogo/sogo.log", "80,443"}}},
    {"sendmail",
     {"/etc/mail/sendmail.cf", "/var/log/maillog"},
     {{MACHINE_SENDMAIL, "/var/log/maillog", "25,465,587"}}},
};

static void
check_layout(const struct layout *l, const struct root *r)
{
    struct machine m;
    size_t count = 0, present;

    for (size_t i = 0; i < ARRAY_LEN(l->files) && l->files[i]; i++)
        make(r, l->files[i], "");
    detect(&m, r->path);
    for (size_t i = 0; i < ARRAY_LEN(l->found) && l->found[i].log; i++) {
        const struct machine_service *s = &m.services[l->found[i].id];

        if (!s->is_present)
            fail_msg("%s: no %s", l->name, machine_service_name(l->found[i].id));
        present = 0;
        for (size_t k = 0; k < s->log_count; k++) {
            present += s->logs[k].is_present;
            if (s->logs[k].is_present)
                assert_string_equal(s->logs[k].path, l->found[i].log);
        }
        assert_int_equal(present, 1);
        assert_ports(&m, l->found[i].id, l->found[i].ports);
        count++;
    }
    for (size_t i = 0; i < MACHINE_SERVICES; i++)
        count -= m.services[i].is_present;
    assert_int_equal(count, 0); /* and nothing else */
}

static void
test_layouts(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        check_layout(&layouts[i], *state);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

/* One file under two names is read once; Dovecot may have logs of its own. */
static void
test_logs(void **state)
{
    struct root *r = *state;
    char link[128];
    struct machine m;

    make(r, "/usr/local/psa/version", "");
    make(r, "/var/qmail/control/me", "");
    make(r, "/var/log/maillog", "");
    make(r, "/usr/local/psa/var/log/x", "");
    (void)snprintf(link, sizeof(link), "%s/usr/local/psa/var/log/maillog", r->path);
    assert_int_equal(symlink("../../../../../var/log/maillog", link), 0);
    make(r, "/etc/dovecot/dovecot.conf", "log {\n  x = 1\n}\nlog_path = syslog\n");
    make(r, "/etc/dovecot/conf.d/10-logging.conf",
         "#log_path = /a\n info_log_path=/var/log/d.log \n");
    detect(&m, r->path);
    assert_int_equal(m.services[MACHINE_PLESK_QMAIL].log_count, 2);
    assert_string_equal(m.services[MACHINE_PLESK_QMAIL].logs[1].path,
                        "/var/log/mail.log");
    assert_string_equal(m.services[MACHINE_DOVECOT].logs[0].path, "/var/log/d.log");
    assert_false(m.services[MACHINE_DOVECOT].logs[0].is_present);
}

/* Which of log file, journal and socket a service is read from. */
static void
test_chosen(void **state)
{
    struct root *r = *state;
    struct buf out = {0};
    struct machine m;

    make(r, "/usr/sbin/sshd", "");
    make(r, "/run/systemd/journal/stdout", "");
    detect(&m, r->path);
    detect_print(&m, NULL, &out);
    assert_non_null(strstr(out.ptr, " read from journald's forward socket\n"));
    make(r, "/var/log/journal/0123/system.journal", "");
    detect(&m, r->path);
    detect_print(&m, NULL, &out);
    assert_non_null(strstr(out.ptr, " no log file: read from the journal, if"));
    assert_non_null(
        strstr(out.ptr, "journal    journald keeps a journal in /var/log/journal\n"));
    make(r, "/var/log/auth.log", "");
    detect(&m, r->path);
    detect_print(&m, NULL, &out);
    assert_non_null(strstr(out.ptr, " read from its log file, not from the journal\n"));
    buf_fini(&out);
}

/* A service without any log and without a socket is said to be unheard. */
static void
test_silence(void **state)
{
    struct root *r = *state;
    struct machine m;

    make(r, "/usr/sbin/postfix", "");
    detect(&m, r->path);
    assert_true(has_note(&m, "postfix has no log file yet"));
}

static void
test_print(void **state)
{
    struct root *r = *state;
    struct buf out = {0};
    struct span rest, line;
    struct machine m;

    make(r, "/etc/postfix/main.cf", "relayhost = \033[31mred.example.com\n");
    make(r, "/etc/ssh/sshd_config", "Port 2222\n");
    make(r, "/var/log/auth.log", "");
    make(r, "/etc/resolv.conf", "nameserver 192.0.2.53\n");
    detect(&m, r->path);
    detect_print(&m, NULL, &out);
    rest = buf_span(&out);
    while (span_line(&rest, &line))
        assert_true(line.len <= 80);
    assert_null(strchr(out.ptr, '\033'));
    assert_non_null(strstr(out.ptr, "sshd       found: /etc/ssh/sshd_config exists\n"
                                    "           ports 2222\n"
                                    "           log /var/log/auth.log\n"
                                    "           log /var/log/secure (does not exist)\n"
                                    "           read from its log file\n"));
    assert_non_null(strstr(out.ptr, "mynetworks 127.0.0.0/8 ::1\n"));
    assert_non_null(strstr(out.ptr, "\nnote       "));
    buf_clear(&out);
    detect_print_json(&m, NULL, &out);
    assert_non_null(strstr(out.ptr,
                           "{\"name\":\"sshd\",\"is_present\":true,\"reason\":\"/etc/"
                           "ssh/sshd_config exists\",\"ports\":[{\"first\":2222,"
                           "\"last\":2222}],\"chosen\":\"read from its log "
                           "file\",\"logs\":[{\"path\":\"/var/log/auth.log\","
                           "\"is_present\":true},"));
    assert_non_null(strstr(out.ptr, "\"resolvers\":[\"192.0.2.53\"],\"notes\":[\""));
    buf_fini(&out);
}

static void
test_print_jails(void **state UNUSED)
{
    struct config_jail jails[] = {{.name = (char[]){"sshd"}, .mode = JAIL_ENFORCE},
                                  {.name = (char[]){"dovecot"}, .mode = JAIL_ENFORCE},
                                  {.name = (char[]){"postfix"}, .mode = JAIL_OBSERVE}};
    struct config c = {.jails = jails, .jail_count = 3};
    struct machine m = {0};
    struct buf out = {0};

    detect_print(&m, &c, &out);
    assert_non_null(strstr(out.ptr, "\njails      that ban: sshd, dovecot\n"
                                    "           that tell and do not ban: postfix\n"));
    buf_clear(&out);
    c.jail_count = 1;
    detect_print(&m, &c, &out);
    assert_non_null(strstr(out.ptr, "\n           that tell and do not ban: none\n"));
    buf_clear(&out);
    detect_print_json(&m, &c, &out);
    assert_non_null(
        strstr(out.ptr, ",\"jails\":[{\"name\":\"sshd\",\"mode\":\"enforce\"}],"));
    buf_fini(&out);
}

/* Everything too much: more ports, networks and lines than there is room for. */
static void
test_bounds(void **state)
{
    struct root *r = *state;
    struct buf text = {0};
    struct machine m;

    buf_add_text(&text, "mynetworks =");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, " 10.%d.%d.1", i / 256, i % 256);
    buf_add_byte(&text, '\n');
    make(r, "/etc/postfix/main.cf", text.ptr);
    buf_clear(&text);
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "%d inet n - y - - smtpd\n", 1 + 2 * i);
    make(r, "/etc/postfix/master.cf", text.ptr);
    buf_clear(&text);
    for (int i = 0; i < 30000; i++)
        buf_printf(&text, "nameserver 192.0.2.%d\n", i % 256);
    make(r, "/etc/resolv.conf", text.ptr);
    detect(&m, r->path);
    assert_int_equal(m.mynetworks.count, MACHINE_ADDRESSES_MAX);
    assert_int_equal(m.resolvers.count, MACHINE_ADDRESSES_MAX);
    assert_int_equal(m.services[MACHINE_POSTFIX].ports.count, CONFIG_PORTS_MAX);
    buf_fini(&text);
}

int
main(void)
{
#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {WITH_ROOT(test_debian_with_rsyslog),
                                       WITH_ROOT(test_debian_without_syslog),
                                       WITH_ROOT(test_red_hat),
                                       WITH_ROOT(test_empty_machine),
                                       WITH_ROOT(test_chosen),
                                       WITH_ROOT(test_silence),
                                       WITH_ROOT(test_layouts),
                                       TEST(test_print_jails),
                                       WITH_ROOT(test_logs),
                                       WITH_ROOT(test_print),
                                       WITH_ROOT(test_bounds)};

    return RUN(tests);
}
