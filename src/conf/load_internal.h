/* What load.c and load_jail.c share. */
#pragma once

#include "conf/load.h"
#include "conf/section.h"

enum { LOAD_SOCKET_PATH_MAX = 108 }; /* sun_path */

struct loading {
    const struct config_request *request;
    struct layers layers;
    struct conf_errors errors;
    struct config out;
    bool is_observing;
    /* The socket that jails with logpath = auto read: "" is none. */
    char socket_path[LOAD_SOCKET_PATH_MAX];
    bool is_socket_preferred; /* even where log files exist */
    char
        *filter_keys[CONFIG_FILTERS_MAX]; /* what made each filter: to share equal ones */
};

/* Reads the jails of `ini`, the merged jail.conf. */
void load_jails(struct loading *l, const struct ini *ini);
