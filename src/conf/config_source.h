/* config_source: what the guard reads, as part of a struct config. */
#pragma once

#include "base/addr.h"

enum source_kind {
    SOURCE_FILE,    /* a log file that is followed */
    SOURCE_SOCKET,  /* a datagram socket that we bind */
    SOURCE_UDP,     /* other hosts' syslog, in datagrams */
    SOURCE_TCP,     /* and over connections */
    SOURCE_JOURNAL, /* what a match finds in a systemd journal */
};

struct config_source {
    char *path; /* of a journal its name: "journal", folder and match */
    enum source_kind kind;
    bool is_tail;         /* of a log never seen before nothing old is read */
    struct addr *senders; /* of SOURCE_UDP and SOURCE_TCP: whose syslog is taken */
    size_t sender_count;
    char *folder; /* of a journal: where it lies, "" is the machine's own */
    char *match;  /* of a journal: a normal form of conf/journalmatch.h */
};
