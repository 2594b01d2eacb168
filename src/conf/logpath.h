/* logpath: one line of the option `logpath`: a file, a pattern of files, or an address at
 * which other hosts' syslog is taken.
 *
 *     /var/log/mail.log              a file
 *     /var/log/mail.log tail         the same, at first from its end
 *     /var/log/vhosts/x/error_log    with *, ? or [..] in it: every file that fits
 *     syslog-udp://192.0.2.1:514     datagrams (RFC 5426)
 *     syslog-tcp://[2001:db8::1]:514 connections (RFC 6587)
 */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

enum { LOGPATH_TEXT_MAX = 80 }; /* a listener as logpath_listener_text() writes it */

struct logpath {
    enum source_kind kind;
    bool is_glob;
    bool is_tail;        /* ` tail`: what is in it already is passed over */
    struct span path;    /* of a file or pattern: borrowed from the line */
    struct addr address; /* of a listener */
    uint16_t port;
};

/* Reads a line, without blanks around it. False with what would be right in `why`. */
NODISCARD bool logpath_read(struct span line, struct logpath *out, struct buf *why);

/* Reads ADDRESS:PORT or [ADDRESS]:PORT; IPv6 in brackets, or its colons could be the
 * port's. */
NODISCARD bool logpath_read_endpoint(struct span text, struct addr *address,
                                     uint16_t *port);

/* Whether the line begins as a listener's does, right or wrong. */
bool logpath_is_listener(struct span line);

/* Writes a listener in its one spelling, by which it is known. */
void logpath_listener_text(const struct logpath *l, char dst[LOGPATH_TEXT_MAX]);
