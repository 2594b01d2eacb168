/* What the files of overrides share. */
#pragma once

#include "conf/override.h"

/* The jail of the configuration that is called so, or NULL. */
const struct config_jail *override_jail_of(const struct config *c, struct span name);

/* Sets an option to a value, both of which may be set; OVERRIDE_PUT or OVERRIDE_FULL. */
enum override_put override_put_good(struct config_overrides *o, struct span jail,
                                    struct span option, struct span value);
