/* config_share: section [share]: through which Redis or Valkey the gates of several hosts
 * share what they know.
 *
 *     [share]
 *     redis = inet:192.0.2.7:6379
 *     secret-file = /etc/komainu/share.secret
 *     password-file = /etc/komainu/share.password
 *
 * The files are komainud's to read, as root (config_share_read_secret() and the like):
 * the role that talks to Redis gets the password and not the secret, the gate the other
 * way round.
 */
#pragma once

#include "conf/options.h"

enum {
    CONFIG_SHARE_SECRET_BYTES = 32,
    CONFIG_SHARE_SECRET_HEX = 64,
    CONFIG_SHARE_PASSWORD_MAX = 512,
    CONFIG_SHARE_PATH_MAX = 512,
    CONFIG_SHARE_USER_MAX = 128,
    CONFIG_SHARE_FILE_MAX = 4096,
};

/* What is shared: bits of `share`. */
enum config_share_what { CONFIG_SHARE_GREYLIST = 1, CONFIG_SHARE_LIMITS = 2 };

struct config_share {
    char redis[128]; /* its one spelling; "": nothing is shared */
    char name[65];   /* what our keys in Redis begin with */
    char user[CONFIG_SHARE_USER_MAX + 1];
    char password_file[CONFIG_SHARE_PATH_MAX + 1]; /* "": no password */
    char secret_file[CONFIG_SHARE_PATH_MAX + 1];
    unsigned what; /* of enum config_share_what */
};

extern const struct option options_share[];
extern const size_t options_share_count;

/* Takes a value of an option of the table, which option_read() has read. False with what
 * is wrong and what would be right in `why`. */
NODISCARD bool config_share_take(struct config_share *c, const struct option *o,
                                 const struct option_value *v, struct buf *why);

/* Whether what is set fits together. False with why not. */
NODISCARD bool config_share_check(const struct config_share *c, struct buf *why);

/* Reads what a secret-file holds: 64 hexadecimal digits, or a greylist.key as a gate has
 * it in its folder; into lower case digits and a NUL. False: it is neither. */
NODISCARD bool config_share_read_secret(struct span text,
                                        char out[CONFIG_SHARE_SECRET_HEX + 1]);

/* The secret as bytes; false: these are no such digits. */
NODISCARD bool config_share_secret_bytes(struct span hex,
                                         uint8_t out[CONFIG_SHARE_SECRET_BYTES]);
