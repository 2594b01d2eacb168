#include "doctor/detect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/value.h"
#include "doctor/detect_internal.h"

/* A path under the root; false when it is too long to be one. */
static bool
place(const char *root, const char *path, char out[PATH_MAX])
{
    return snprintf(out, PATH_MAX, "%s%s", root, path) < PATH_MAX;
}

bool
detect_exists(const char *root, const char *path)
{
    char full[PATH_MAX];
    struct stat st;

    return place(root, path, full) && stat(full, &st) == 0;
}

bool
detect_read(const char *root, const char *path, struct buf *text)
{
    char full[PATH_MAX], block[4096];
    struct stat st;
    ssize_t n = -1;
    int fd;

    if (!place(root, path, full))
        return false;
    fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        while (text->len < DETECT_FILE_MAX && (n = read(fd, block, sizeof(block))) > 0)
            buf_add(text, (struct span){block, (size_t)n});
    (void)close(fd); /* only read from */
    return n >= 0;
}

void
detect_note(struct machine *m, const char *format, ...)
{
    va_list args;

    if (m->note_count == MACHINE_NOTES_MAX)
        return;
    va_start(args, format);
    (void)vsnprintf(m->notes[m->note_count++], MACHINE_TEXT_MAX, format, args);
    va_end(args);
}

void
detect_port(struct config_scope *p, uint16_t port)
{
    if (p->count < CONFIG_PORTS_MAX)
        p->ports[p->count++] =
            (struct config_ports){.protocol = IPPROTO_TCP, .first = port, .last = port};
    value_ports_normalize(p);
}

/* Whether the file has been added under another name: it must not be read twice. */
static bool
is_another_name(const struct machine_service *s, const char *root, const char *path)
{
    char full[PATH_MAX];
    struct stat one, other;

    if (!place(root, path, full) || stat(full, &one) != 0)
        return false;
    for (size_t i = 0; i < s->log_count; i++)
        if (place(root, s->logs[i].path, full) && stat(full, &other) == 0 &&
            one.st_dev == other.st_dev && one.st_ino == other.st_ino)
            return true;
    return false;
}

void
detect_log(struct machine_service *s, const char *root, struct span path)
{
    struct machine_log *log = &s->logs[s->log_count];

    if (s->log_count == MACHINE_LOGS_MAX ||
        !span_cstr(path, log->path, sizeof(log->path)) || log->path[0] != '/')
        return;
    for (size_t i = 0; i < s->log_count; i++)
        if (strcmp(s->logs[i].path, log->path) == 0)
            return;
    log->is_present = detect_exists(root, log->path);
    if (log->is_present && is_another_name(s, root, log->path))
        return;
    s->log_count++;
}

/* Present when one of the two files exists; the reason names it. */
static bool
find_service(struct machine_service *s, const char *root, const char *settings,
             const char *program)
{
    const char *found = NULL;

    if (detect_exists(root, settings))
        found = settings;
    else if (program && detect_exists(root, program))
        found = program;
    s->is_present = found != NULL;
    if (found)
        (void)snprintf(s->reason, sizeof(s->reason), "%s exists", found);
    else
        (void)snprintf(s->reason, sizeof(s->reason), "no %s%s%s", settings,
                       program ? " and no " : "", program ? program : "");
    return s->is_present;
}

static void
find_postfix(struct machine *m, const char *root)
{
    struct machine_service *s = &m->services[MACHINE_POSTFIX];
    static const uint16_t usual[] = {25, 465, 587};
    struct buf main_cf = {0}, master_cf = {0};

    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        detect_port(&s->usual_ports, usual[i]);
    if (!find_service(s, root, "/etc/postfix/main.cf", "/usr/sbin/postfix")) {
        detect_note(m, "No Postfix was found: logins over SMTP are not guarded.");
        return;
    }
    if (detect_read(root, "/etc/postfix/main.cf", &main_cf))
        detect_main_cf(m, buf_span(&main_cf), root);
    detect_log(s, root, SPAN("/var/log/mail.log"));
    detect_log(s, root, SPAN("/var/log/maillog"));
    if (detect_read(root, "/etc/postfix/master.cf", &master_cf))
        detect_master_cf(m, buf_span(&master_cf));
    if (s->ports.count == 0)
        detect_port(&s->ports, 25);
    buf_fini(&main_cf);
    buf_fini(&master_cf);
}

/* Adds the port of a line "Port 22" or "Port=22". */
static void
read_sshd_line(struct machine_service *s, struct span line)
{
    struct span word;
    uint64_t port;

    line = span_trim(line);
    if (!span_eq_nocase(span_head(line, 4), SPAN("port")))
        return;
    line = span_trim(span_from(line, 4));
    if (span_take(&line, SPAN("=")))
        line = span_trim(line);
    if (span_word(&line, &word) && span_u64(word, 1, UINT16_MAX, &port))
        detect_port(&s->ports, (uint16_t)port);
}

static void
find_sshd(struct machine *m, const char *root)
{
    struct machine_service *s = &m->services[MACHINE_SSHD];
    struct buf text = {0};
    struct span rest, line;

    detect_port(&s->usual_ports, 22);
    if (!find_service(s, root, "/etc/ssh/sshd_config", "/usr/sbin/sshd")) {
        detect_note(m, "No SSH server was found: logins over SSH are not guarded.");
        return;
    }
    detect_log(s, root, SPAN("/var/log/auth.log"));
    detect_log(s, root, SPAN("/var/log/secure"));
    if (detect_read(root, "/etc/ssh/sshd_config", &text)) {
        rest = buf_span(&text);
        while (span_line(&rest, &line))
            read_sshd_line(s, line);
    }
    if (s->ports.count == 0)
        detect_port(&s->ports, 22);
    buf_fini(&text);
}

static void
find_resolvers(struct machine *m, const char *root)
{
    struct machine_addresses *to = &m->resolvers;
    struct buf text = {0};
    struct span rest, line, word;
    struct addr a;

    if (!detect_read(root, "/etc/resolv.conf", &text)) {
        detect_note(m, "/etc/resolv.conf cannot be read: no resolver is protected.");
        buf_fini(&text);
        return;
    }
    rest = buf_span(&text);
    while (span_line(&rest, &line)) {
        if (!span_word(&line, &word) || !span_eq(word, SPAN("nameserver")) ||
            !span_word(&line, &word))
            continue;
        /* A link-local resolver may carry its interface: fe80::1%eth0. */
        if (span_find_byte(word, '%') >= 0)
            word = span_head(word, (size_t)span_find_byte(word, '%'));
        if (addr_parse(word, &a) && to->count < MACHINE_ADDRESSES_MAX)
            to->prefixes[to->count++] = a;
    }
    buf_fini(&text);
}

enum binding { SOCKET_FREE, SOCKET_TAKEN, SOCKET_UNKNOWN };

/* Whether somebody listens at the socket. Connecting a datagram socket sends nothing. */
static enum binding
who_binds(const char *root)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    enum binding result = SOCKET_UNKNOWN;
    int n, fd;

    n = snprintf(to.sun_path, sizeof(to.sun_path), "%s%s", root, MACHINE_SYSLOG_SOCKET);
    if (n < 0 || (size_t)n >= sizeof(to.sun_path))
        return SOCKET_UNKNOWN;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return SOCKET_UNKNOWN;
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 || errno == EPROTOTYPE)
        result = SOCKET_TAKEN;
    else if (errno == ENOENT || errno == ENOTDIR || errno == ECONNREFUSED)
        result = SOCKET_FREE;
    (void)close(fd); /* never used */
    return result;
}

static void
find_syslog(struct machine *m, const char *root)
{
    static const char *const reasons[] = {
        [SOCKET_FREE] = "journald runs and nobody listens at its forward socket",
        [SOCKET_TAKEN] = "a syslog daemon listens at journald's forward socket",
        [SOCKET_UNKNOWN] = "journald's forward socket cannot be looked at",
    };
    enum binding binding = who_binds(root);

    m->has_journald = detect_exists(root, "/run/systemd/journal/stdout");
    m->can_bind_syslog = m->has_journald && binding == SOCKET_FREE;
    (void)snprintf(m->syslog_reason, sizeof(m->syslog_reason), "%s",
                   m->has_journald ? reasons[binding] : "journald does not run");
}

/* Whether something is in the folder. */
static bool
has_entries(const char *root, const char *path)
{
    char full[PATH_MAX];
    const struct dirent *e;
    bool is_found = false;
    DIR *folder;

    if (!place(root, path, full))
        return false;
    folder = opendir(full);
    while (folder && !is_found && (e = readdir(folder)))
        is_found = e->d_name[0] != '.';
    if (folder)
        (void)closedir(folder); /* only read */
    return is_found;
}

/* The journal that survives a reboot, or else the one that does not. */
static void
find_journal(struct machine *m, const char *root)
{
    static const char *const folders[] = {"/var/log/journal", "/run/log/journal"};
    size_t i = 0;

    while (i < ARRAY_LEN(folders) && !has_entries(root, folders[i]))
        i++;
    m->has_journal = m->has_journald && i < ARRAY_LEN(folders);
    if (m->has_journal)
        (void)snprintf(m->journal_reason, sizeof(m->journal_reason),
                       "journald keeps a journal in %s", folders[i]);
    else
        (void)snprintf(m->journal_reason, sizeof(m->journal_reason), "%s",
                       m->has_journald ? "journald keeps no journal"
                                       : "journald does not run");
}

/* Says which service nobody hears: no log, and no socket in place of one. */
static void
note_silence(struct machine *m, enum machine_service_id id)
{
    const struct machine_service *s = &m->services[id];
    size_t present = 0;

    for (size_t i = 0; i < s->log_count; i++)
        present += s->logs[i].is_present;
    if (s->is_present && present == 0 && !m->can_bind_syslog && !m->has_journal)
        detect_note(m, "%s has no log file yet: it is guarded from when one appears.",
                    machine_service_name(id));
}

void
detect(struct machine *m, const char *root)
{
    *m = (struct machine){0};
    find_postfix(m, root);
    find_sshd(m, root);
    detect_services(m, root);
    find_resolvers(m, root);
    find_syslog(m, root);
    find_journal(m, root);
    for (int i = 0; i < MACHINE_SERVICES; i++)
        note_silence(m, (enum machine_service_id)i);
}
