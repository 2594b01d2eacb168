/* config_notify: who is told of what, part of the configuration. */
#pragma once

#include "base/attr.h"

enum {
    CONFIG_WAYS_MAX = 16,
    CONFIG_COMMANDS_MAX = 240, /* those of notify, and of jails */
    CONFIG_CACHE_MAX = 100000,
    CONFIG_COMMAND_MAX = 4096,  /* bytes of one */
    CONFIG_MAIL_NAME_MAX = 128, /* bytes of whom an action's mails are from */
    CONFIG_MAIL_MAX = 1024,     /* bytes of a list of mail addresses */
    CONFIG_RATE_MAX = 1000,
    CONFIG_TIMEOUT_MAX_S = 3600,
};

enum command_kind {
    COMMAND_PLAIN, /* gets a JSON object on stdin */
    COMMAND_MAIL,  /* gets a mail on stdin */
    COMMAND_ASK,   /* ignorecommand: its exit status is the answer */
};

/* Shell text of the administrator; judge knows it by its index. */
struct config_command {
    enum command_kind kind;
    char *text;
};

/* Bits of `kinds`: what is told. */
enum notify_kind {
    NOTIFY_TROUBLE = 1, /* of the guard itself, and its end */
    NOTIFY_BAN = 2,     /* every ban */
    NOTIFY_DIGEST = 4,  /* the bans of each digest_s */
    NOTIFY_ALERT = 8,   /* verdicts of rules that alert */
    NOTIFY_ALL = 15,
};

/* ignorecommand and ignorecache of a jail. */
struct config_ask {
    int command;       /* an index; negative: there is none */
    int64_t timeout_s; /* then the ban is made */
    uint32_t cached;   /* addresses of which the answer is kept; 0: none is */
    int64_t cache_s;
};

struct config_notify {
    size_t ways; /* how many commands are told, the first ones; 0: nobody is */
    uint32_t kinds;
    uint32_t rate;          /* messages an hour */
    int64_t digest_s;       /* 60.. */
    int64_t silent_after_s; /* 1.., or 0: a silent log is no trouble */
    /* Only komainud and the runner have what follows. */
    struct config_command commands[CONFIG_COMMANDS_MAX];
    size_t command_count; /* behind the ways those of kind COMMAND_ASK */
    int64_t timeout_s, ask_timeout_s;
    char *mail_from, *mail_to; /* NULL without a command of kind COMMAND_MAIL */
};

/* Frees what it owns and zeroes it. */
void config_notify_fini(struct config_notify *n);
