/* rows: what the store keeps, one struct a table. Spans are borrowed. */
#pragma once

#include "base/addr.h"

/* A ban as stored; `jail` and `comment` are borrowed. */
struct store_ban {
    struct span jail;
    struct addr who;
    int64_t since_us, until_us, first_us;
    uint32_t failures;
    uint8_t mode;
    struct span comment;
    uint32_t nth;     /* which ban of the address it is in its jail: 1 is the first */
    uint32_t earlier; /* bans before it that decided how long it is */
};

/* Who is let out of a ban; of a jail without a name: who no ban lets out any more, though
 * the kernel may. */
struct store_hole {
    struct span jail;
    struct addr prefix, who;
    int64_t since_us;
    uint8_t by;
};

/* A campaign of the rule `jail`; what `data` means is for the owner to know. */
struct store_campaign {
    struct span jail;
    struct addr who; /* its key */
    int64_t first_us;
    struct span data;
};

/* One line that was counted. */
struct store_evidence {
    struct span jail;
    struct addr who;
    int64_t time_us;
    uint8_t kind;
    struct span source;
    uint64_t offset;
    struct span account, line;
    struct span groups; /* as in event/event.h; read back by address alone */
};

/* What is known of a session of several lines. What `fields` mean is for the owner to
 * know, by `form`. */
struct store_session {
    struct span filter, name;
    uint64_t form;
    struct span fields;
};

/* Which rows to read of those that are made in the order of time, newest first. */
struct store_query {
    int64_t from_us, to_us; /* at or after, and before */
    struct addr within;     /* family 0: everybody */
    struct span account;    /* of alerts; empty: any; else in any case of ASCII letters */
    int64_t before_id;      /* from here on back; 0: from the newest on */
    unsigned most;          /* rows looked at, at most */
};

/* How far a source is done. */
struct store_place {
    struct span path;
    uint64_t device, inode, fingerprint;
    uint16_t fingerprint_len;
    uint64_t offset;
    struct span cursor; /* of a journal; borrowed */
    int64_t touched_us; /* when the source was last in use; not read back */
};

/* What is kept for its owner, who knows what the bytes mean. */
struct store_kept {
    uint8_t part;
    struct span key, state;
};
