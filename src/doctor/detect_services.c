/* Services that are found by a file of theirs, log where their distribution puts it, and
 * listen on the ports everybody knows. */
#include "doctor/detect_internal.h"

enum { MARKS_MAX = 5, PORTS_MAX = 8 };

static const struct known {
    enum machine_service_id id;
    const char *marks[MARKS_MAX]; /* any of these files */
    const char *beside;           /* and this one, unless NULL */
    const char
        *logs[MACHINE_LOGS_MAX]; /* where it logs; the first is named when none is */
    uint16_t ports[PORTS_MAX];
} table[] = {
    {MACHINE_DOVECOT,
     {"/etc/dovecot/dovecot.conf"},
     NULL,
     {"/var/log/mail.log", "/var/log/maillog", "/var/log/dovecot.log",
      "/var/log/dovecot-info.log"},
     {110, 143, 993, 995, 4190}},
    {MACHINE_EXIM,
     {"/etc/exim4/update-exim4.conf.conf", "/etc/exim4/exim4.conf", "/etc/exim/exim.conf",
      "/etc/exim.conf"},
     NULL,
     {"/var/log/exim4/mainlog", "/var/log/exim/main.log", "/var/log/exim/mainlog",
      "/var/log/exim_mainlog"},
     {25, 465, 587}},
    {MACHINE_OPENSMTPD,
     {"/etc/smtpd.conf", "/etc/opensmtpd/smtpd.conf"},
     NULL,
     {"/var/log/mail.log", "/var/log/maillog"},
     {25, 465, 587}},
    {MACHINE_SENDMAIL,
     {"/etc/mail/sendmail.cf"},
     NULL,
     {"/var/log/mail.log", "/var/log/maillog"},
     {25, 465, 587}},
    {MACHINE_PLESK_COURIER,
     {"/etc/courier-imap/imapd", "/usr/lib64/courier-imap/etc/imapd",
      "/usr/lib/courier-imap/etc/imapd"},
     "/usr/local/psa/version",
     {"/var/log/maillog", "/usr/local/psa/var/log/maillog", "/var/log/mail.log"},
     {110, 143, 993, 995}},
    {MACHINE_COURIER,
     {"/etc/courier/imapd", "/etc/courier/pop3d", "/etc/courier/esmtpd",
      "/usr/lib/courier-imap/etc/imapd", "/etc/courier-imap/imapd"},
     NULL,
     {"/var/log/mail.log", "/var/log/maillog"},
     {25, 110, 143, 465, 587, 993, 995}},
    {MACHINE_CYRUS,
     {"/etc/cyrus.conf"},
     NULL,
     {"/var/log/mail.log", "/var/log/maillog", "/var/log/imapd.log"},
     {110, 143, 993, 995, 4190}},
    {MACHINE_PLESK_QMAIL,
     {"/var/qmail/control/me", "/var/qmail/bin/qmail-smtpd"},
     "/usr/local/psa/version",
     {"/var/log/maillog", "/usr/local/psa/var/log/maillog", "/var/log/mail.log"},
     {25, 465, 587}},
    {MACHINE_QMAIL,
     {"/var/qmail/control/me", "/etc/qmail/me", "/var/qmail/bin/qmail-smtpd"},
     NULL,
     {"/var/log/qmail/smtpd/current", "/var/log/qmail/qmail-smtpd/current",
      "/var/log/qmail/smtpd/@current", "/var/log/mail.log", "/var/log/maillog"},
     {25, 465, 587}},
    {MACHINE_ROUNDCUBE,
     {"/etc/roundcube/config.inc.php", "/etc/roundcubemail/config.inc.php",
      "/etc/psa-webmail/roundcube/roundcube.conf"},
     NULL,
     {"/var/log/roundcube/errors.log", "/var/log/roundcubemail/errors.log",
      "/var/log/plesk-roundcube/errors.log", "/var/log/roundcube/errors"},
     {80, 443}},
    {MACHINE_SOGO, {"/etc/sogo/sogo.conf"}, NULL, {"/var/log/sogo/sogo.log"}, {80, 443}},
};

/* The panel's own kind of a service takes the place of the plain one. */
static bool
is_taken(const struct machine *m, enum machine_service_id id)
{
    return (id == MACHINE_COURIER && m->services[MACHINE_PLESK_COURIER].is_present) ||
           (id == MACHINE_QMAIL && m->services[MACHINE_PLESK_QMAIL].is_present);
}

/* The value of `name = value` on a line of its own, in any block. */
static bool
read_setting(struct span line, struct span name, struct span *value)
{
    struct span key;

    if (!span_cut(line, SPAN("="), &key, value) || !span_eq(span_trim(key), name))
        return false;
    *value = span_trim(*value);
    return value->len > 0;
}

/* Dovecot may write logs of its own. */
static void
find_dovecot_logs(struct machine_service *s, const char *root)
{
    static const char *const files[] = {"/etc/dovecot/dovecot.conf",
                                        "/etc/dovecot/conf.d/10-logging.conf",
                                        "/etc/dovecot/local.conf"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct span rest, line, path;
        struct buf text = {0};

        if (detect_read(root, files[i], &text)) {
            rest = buf_span(&text);
            while (span_line(&rest, &line))
                if (read_setting(line, SPAN("log_path"), &path) ||
                    read_setting(line, SPAN("info_log_path"), &path))
                    detect_log(s, root, path);
        }
        buf_fini(&text);
    }
}

static const char *
find_mark(const struct known *k, const char *root)
{
    if (k->beside && !detect_exists(root, k->beside))
        return NULL;
    for (size_t i = 0; i < MARKS_MAX && k->marks[i]; i++)
        if (detect_exists(root, k->marks[i]))
            return k->marks[i];
    return NULL;
}

void
detect_services(struct machine *m, const char *root)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct known *k = &table[i];
        struct machine_service *s = &m->services[k->id];
        const char *mark = is_taken(m, k->id) ? NULL : find_mark(k, root);

        s->is_present = mark != NULL;
        (void)snprintf(s->reason, sizeof(s->reason), mark ? "%s exists" : "no %s",
                       mark ? mark : k->marks[0]);
        for (size_t n = 0; n < PORTS_MAX && k->ports[n]; n++)
            detect_port(&s->usual_ports, k->ports[n]);
        if (!mark)
            continue;
        s->ports = s->usual_ports;
        if (k->id == MACHINE_DOVECOT)
            find_dovecot_logs(s, root);
        for (size_t n = 0; n < MACHINE_LOGS_MAX && k->logs[n]; n++)
            detect_log(s, root, span_of(k->logs[n]));
    }
}
